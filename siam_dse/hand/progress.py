"""A progress bar for searches, in notebooks and terminals."""

from typing import Any

from siam_dse.search.progress import Progress


class ProgressBar:
    """Shows how far a search is: ``sd.sweep(..., progress=sd.ProgressBar())``.

    In a notebook it is a widget where ipywidgets are installed, else a line of text.
    """

    def __init__(self) -> None:
        self._bar: Any = None

    def __call__(self, progress: Progress) -> None:
        """Show where the search is."""
        if self._bar is None:
            from tqdm.auto import tqdm

            self._bar = tqdm(total=progress.total, unit=progress.unit)
        self._bar.total, self._bar.n = progress.total, progress.done
        self._bar.set_postfix(front=progress.front_size, feasible=progress.feasible)
        if progress.done >= progress.total:
            self._bar.close()
            self._bar = None
