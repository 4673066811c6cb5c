"""ProgressLine: where a search is, on stderr."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from siam_dse.cli.output import note

if TYPE_CHECKING:
    from collections.abc import Callable

    from siam_dse.search.progress import Progress

_PLAIN_LINE_S = 5.0  # where stderr is not a terminal, progress is a line this often


class ProgressLine:
    """Progress on stderr: a line that rewrites itself on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None
        self._printed = time.monotonic()

    def __enter__(self) -> ProgressLine:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            self._bar = Progress(
                BarColumn(bar_width=24),
                TextColumn("{task.description}", markup=False),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def update(self, progress: Progress) -> None:
        """Show where the search is."""
        text = described(progress)
        if self._bar:
            if self._task is None:
                self._task = self._bar.add_task(text, total=progress.total)
            self._bar.update(self._task, completed=progress.done, description=text)
        elif time.monotonic() - self._printed > _PLAIN_LINE_S:
            self._printed = time.monotonic()
            left = f", {progress.eta_s:.0f} s left" if progress.eta_s < float("inf") else ""
            note(text + left)

    def interrupted(self) -> None:
        """Say what the first Ctrl-C does."""
        notify: Callable[[str], None] = self._bar.console.print if self._bar else note
        notify("stopping after this step; Ctrl-C again stops at once (what is finished is kept either way)")


def described(progress: Progress) -> str:
    """Where a search is, in a line."""
    volume = f", volume {100 * progress.hypervolume:.1f} %" if progress.hypervolume else ""
    of = f" of {progress.total:,}" if progress.total > progress.done else ""
    return (
        f"{progress.done:,}{of} {progress.unit}, {progress.rate:,.0f}/s, {progress.feasible:,} feasible, "
        f"front {progress.front_size:,}{volume}"
    )
