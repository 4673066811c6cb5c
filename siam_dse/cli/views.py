"""What commands that look at a run share: its view, what they refuse, heads of its tables, folders to write in."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from siam_dse.core.errors import DiskFullError, InputError, NoFeasibleDesignError, RunError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from siam_dse.report.view import RunView


def view_of(run: str, results: Path, most: int | None = None) -> RunView:
    """A run, by name or path, with at most so many designs of a larger front."""
    from siam_dse.report.view import RunView
    from siam_dse.runs.folder import RunFolder

    return RunView.of(RunFolder.open(run, results), most)


def need_points(view: RunView) -> None:
    """Refuse a run that has evaluated nothing."""
    if not len(view.points):
        raise InputError(view.name, "has no evaluated design yet; wait for its first generation, or resume it")


def need_front(view: RunView) -> None:
    """Exit code 3 where nothing feasible was found, with the constraint that excludes most."""
    from siam_dse.report.exclusions import tightest

    if not len(view.front):
        if len(view.points) and view.points["feasible"].any():
            raise RunError(f"{view.name}: has no pareto.csv yet; wait for the run, or 'siam-dse resume' writes it")
        raise NoFeasibleDesignError(f"{view.name}: no feasible design; {tightest(view)}")


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """Heads in words with units, over each other; none over the mark of the knee."""
    from siam_dse.report.front import MARK
    from siam_dse.report.labels import stacked

    table = table.rename(columns={MARK: " "})
    return table.rename(columns={name: stacked(str(name)) if str(name).strip() else " " for name in table.columns})


@contextmanager
def space_for(remedy: str) -> Iterator[None]:
    """Say what to do where the disk is full: there is no search to be continued."""
    try:
        yield
    except DiskFullError as error:
        raise DiskFullError(error.where, remedy) from error


def make_folder(folder: Path) -> None:
    """Make a folder to write in, and those above it."""
    from siam_dse.runs.atomic import OF_A_FILE, disk_errors

    with disk_errors(folder, OF_A_FILE):
        folder.mkdir(parents=True, exist_ok=True)
