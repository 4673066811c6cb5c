"""``uncertainty``: how sure a run's front is."""

from __future__ import annotations

from pathlib import Path

from siam_dse.cli.output import Format, emit, note, write_frame
from siam_dse.core.errors import InputError

_SHOWN = 12
_CHOSEN_CONSTANTS = 8


def run_uncertainty(run: str, results: Path, samples: int, seed: int, out: Path | None, fmt: Format) -> None:
    """Evaluate a run's front under constants drawn from their ranges; print who stays, and which constant decides.

    Parameters
    ----------
    run, results : name or path of the run, and the folder of runs
    samples, seed : int
        Draws of all uncertain constants.
    out : Path, optional
        A page (.html) with the figures, or a table (.csv, .json, .parquet).
    fmt : Format
    """
    import numpy as np

    from siam_dse.report.doubt import bands_figure, influence_table, stays_table, summary, tornado
    from siam_dse.report.html import figure_part, page, table_part
    from siam_dse.report.view import RunView, shown_axes
    from siam_dse.runs.atomic import replace_text
    from siam_dse.runs.folder import RunFolder
    from siam_dse.search.problem import Problem
    from siam_dse.search.uncertainty import uncertainty

    view = RunView.of(RunFolder.open(run, results))
    if not len(view.front):
        raise InputError(view.name, "has no front yet; wait for it, or see 'siam-dse front RUN'")
    if view.changes:
        raise InputError(view.name, [f"model or data changed since the run: {line}" for line in view.changes[:3]])
    front = view.front
    designs = view.space.designs_of(front)
    knee = int(np.flatnonzero(front["knee"].to_numpy(dtype=bool))[0])
    found = uncertainty(Problem(view.network, view.space), designs, samples=samples, seed=seed, chosen=knee)
    table = stays_table(found, front, shown_axes(front, view.axes))
    constants = influence_table(found)
    if out is not None and out.suffix == ".html":
        figures = [tornado(found, str(front["trial"].iloc[knee]))]
        if len(found.objective_names) > 1:
            figures.insert(0, bands_figure(found, front))
        parts = "".join(figure_part(figure, f"figure-{i}") for i, figure in enumerate(figures))
        tables = table_part(table) + "<h2>Constants</h2>" + table_part(constants)
        title = f"{view.name}: how sure the front is"
        replace_text(out, page(title, f"<main><h1>{view.network.name} on {view.space.name}: how sure the front is</h1>"
                                      f"<p class='sub'>{summary(found)}</p>{parts}{tables}</main>"))  # fmt: skip
        note(f"wrote {out}")
    elif out is not None:
        write_frame(table, out)
        note(f"wrote {len(table)} designs to {out}")
    if fmt is not Format.table:
        emit(table, fmt)
        return
    shown = table.rename(columns={"trial": "design", "stays": "stays [%]"})
    emit(shown.head(_SHOWN), fmt, f"{view.name}: 5 % … median … 95 % of {samples} draws, and how often a design stays")
    moves = constants.drop(columns="why").head(_CHOSEN_CONSTANTS)
    emit(moves.rename(columns=lambda name: str(name).replace(" moves", " [%]")), fmt,
         "constants that move the knee most, each alone")  # fmt: skip
    note(summary(found))
