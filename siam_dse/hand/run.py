"""Run: a run folder with all that a notebook asks of it."""

from pathlib import Path
from typing import TYPE_CHECKING

from siam_dse.core.errors import InputError
from siam_dse.runs.folder import RunFolder

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from siam_dse.report.doubt import Doubt

_MOST_ROWS = 12  # of a front shown by a notebook


class Run(RunFolder):
    """A run on disk: :class:`siam_dse.runs.folder.RunFolder` with figures, report, words and citations."""

    @classmethod
    def open(cls, run: str | Path | RunFolder, results: str | Path = "results") -> "Run":
        """Run by path, or by name in ``results``; see :meth:`siam_dse.runs.folder.RunFolder.open`."""
        return cls(RunFolder.open(run, results).path)

    def __repr__(self) -> str:
        return f"<run {self.name}: {self.info.get('network')} on {self.info.get('space')}, {self.status}>"

    def _repr_html_(self) -> str:
        """The first designs of the front: what a search varied and what it optimised."""
        from siam_dse.report.view import RunView, shown_axes

        view = RunView.of(self)
        names = ["trial", *shown_axes(view.front, view.axes), *view.objectives, "knee"]
        head = view.front[[name for name in names if name in view.front]].head(_MOST_ROWS)
        return f"<p>{self.name}: {len(view.front)} designs on the front</p>{head.to_html(index=False)}"

    def plot(self, x: str | None = None, y: str | None = None, colour: str | None = None) -> "go.Figure":
        """Scatter of two columns, the front and the knee marked, a third column as colour.

        Parameters
        ----------
        x, y, colour : str, optional
            Columns of :meth:`points`; default the first objectives.

        Raises
        ------
        InputError
            Nothing was evaluated yet, or an unknown column.
        """
        from siam_dse.report.gallery import scatter_of
        from siam_dse.report.view import MOST_DRAWN, RunView

        view = RunView.of(self, MOST_DRAWN)
        if not len(view.points):
            raise InputError(self.name, "has no evaluated design yet; wait for its first generation, or resume it")
        return scatter_of(view, x, y, colour).figure()

    def report(self, out: str | Path | None = None) -> Path:
        """Write the report, one self-contained HTML page; returns its path (default ``report.html`` in the run)."""
        from siam_dse.report.page import write_report
        from siam_dse.report.view import MOST_DRAWN, RunView

        path = self.report_path if out is None else Path(out)
        if path.suffix.lower() not in (".html", ".htm"):
            raise InputError("report", f"{path}: a report is an HTML page; give a name that ends in .html")
        write_report(RunView.of(self, MOST_DRAWN), path)
        return path

    def explain(self, trial: int) -> str:
        """In words: where energy, time and area of a design go, what limits it, and why it is infeasible.

        Parameters
        ----------
        trial : int
            As in the column ``trial`` of :meth:`points` and :meth:`front`.

        Raises
        ------
        InputError
            The run has no such trial.
        """
        from siam_dse.system.evaluate import evaluate
        from siam_dse.workload.network_set import members_of

        points = self.points(duplicates=True)
        row = points[points["trial"] == trial]
        if not len(row):
            last = f"{points['trial'].min()} to {points['trial'].max()}" if len(points) else "none"
            raise InputError(self.name, f"has no trial {trial}; it has {last}")
        designs = self.designs_of(row.head(1))
        return "\n\n".join(evaluate(network, designs).explain(0) for network in members_of(self.network()))

    def uncertainty(self, samples: int = 200, seed: int = 0) -> "Doubt":
        """How sure the front is: bands, how often each design stays on it, which constant decides.

        Every constant that has a range is drawn from it; what is found is kept with the run, and its report shows it.

        Parameters
        ----------
        samples, seed : draws

        Returns
        -------
        Doubt
            ``designs``: a row a design with ``stays`` [% of the draws] and bands of the objectives; ``robust``: those
            that stay in 95 %; ``constants``: a row a constant and what it moves.

        Raises
        ------
        InputError
            The run has no front, or was made with another model.
        """
        from siam_dse.report.doubt import doubt_of

        return doubt_of(self, samples, seed)

    def citations(self) -> str:
        """BibTeX of the models and data that the run's designs used."""
        from siam_dse.report.citations import bibtex, sources_of

        return bibtex(sources_of(self.points(), self.space().technology))
