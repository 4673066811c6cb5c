"""Designs that a search begins with: the front of another run, or the rows of a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from siam_dse.core.arrays import BoolArray, IntArray
from siam_dse.core.errors import InputError
from siam_dse.core.text import command
from siam_dse.design.designs import Designs
from siam_dse.design.fields import fields
from siam_dse.design.space import SearchSpace
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.tables import known_fields, read_designs
from siam_dse.search.problem import Problem
from siam_dse.technology.variants import FIELD

OPTION = "--start-from"


@dataclass(frozen=True)
class Start:
    """Levels (n, A) to begin with, each design once, and how they were come by, in words."""

    levels: IntArray
    said: str

    def table(self, space: SearchSpace) -> pd.DataFrame:
        """The designs' fields, one row each."""
        return space.designs(self.levels).to_frame().drop(columns="crossbar_size")


def search_anew(run: RunFolder) -> str:
    """The command, in marks, that begins a new run of the same search with the front of ``run``."""
    of_set = run.info.get("networks") or {}
    networks = [run.network_path(name) for name in of_set.get("names") or [run.info.get("network")]]
    return command("sweep", *networks, "--space", run.path / "space.yaml", OPTION, run.path)


def start_of(
    given: str | Path | RunFolder | pd.DataFrame, space: SearchSpace, results: str | Path = "results"
) -> Start:
    """Designs of a space for a search to begin with.

    Parameters
    ----------
    given : run, by object, name or path; path of a .csv or .parquet file; or DataFrame
        Of a run its front, of a table every row. A value between the levels of an axis moves to the nearest; what the
        space fixes stays fixed.
    space : SearchSpace
    results : folder of runs

    Raises
    ------
    InputError, RunError
        No such run or file, a faulty table, or no design that the space can take.
    """
    where, frame = _table(given, results)
    own = frame if FIELD in space.axis_names else frame.drop(columns=FIELD, errors="ignore")
    designs = Designs.from_frame(own, profile=space.profile, where=where, technology=space.technology)
    levels, is_exact = nearest_levels(space, designs)
    keep: BoolArray = np.asarray((levels >= 0).all(axis=1))
    if not keep.any():
        raise InputError(OPTION, f"{where}: no design has choices that the space {space.name} offers")
    kept = levels[keep]
    _, first = np.unique(kept, axis=0, return_index=True)
    unique = kept[np.sort(first)]
    return Start(unique, f"starts from {len(unique)} designs of {where}" + _moved(keep, is_exact))


def nearest_levels(space: SearchSpace, designs: Designs) -> tuple[IntArray, BoolArray]:
    """Levels (n, A) nearest to designs, -1 where an axis has no such choice; and which designs are of the space, (n,).

    Numbers are near by their ratio where all levels are positive, else by their difference.
    """
    levels = np.zeros((len(designs), len(space.axes)), dtype=np.int64)
    for a, axis in enumerate(space.axes):
        values = np.asarray(designs.column(axis.members[0]))
        offered = np.asarray(axis.encoded)
        if axis.is_ordinal:
            is_log = offered.min() > 0 and bool((values > 0).all())
            near = np.log if is_log else np.asarray
            levels[:, a] = np.abs(near(values)[:, None] - near(offered)[None, :]).argmin(axis=1)
        else:
            same = values[:, None] == offered[None, :]
            levels[:, a] = np.where(same.any(axis=1), same.argmax(axis=1), -1)
    near_designs = space.designs(np.maximum(levels, 0))
    columns = [np.asarray(getattr(designs, name) == getattr(near_designs, name)) for name in fields()]
    return levels, np.asarray(np.all(columns, axis=0))


def start_levels(run: RunFolder, problem: Problem) -> IntArray | None:
    """Levels (n, A) of the designs that a run was given to begin with; None where none were."""
    frame = run.start()
    return None if frame is None else problem.space.levels_of(run.designs_of(frame))


def spread(levels: Sequence[IntArray], n: int) -> IntArray:
    """At most ``n`` rows, evenly spread over tables of levels, the first and last of each among them."""
    share = max(n // max(len(levels), 1), 1)
    picked = [rows[np.unique(np.linspace(0, len(rows) - 1, share).round().astype(int))] for rows in levels if len(rows)]
    joined = np.concatenate(picked) if picked else np.zeros((0, 0), dtype=np.int64)
    _, first = np.unique(joined, axis=0, return_index=True) if len(joined) else (None, np.zeros(0, dtype=int))
    return np.asarray(joined[np.sort(first)])


def _table(given: str | Path | RunFolder | pd.DataFrame, results: str | Path) -> tuple[str, pd.DataFrame]:
    if isinstance(given, pd.DataFrame):
        return "the table", given
    if isinstance(given, RunFolder) or Path(given).suffix.lower() not in (".csv", ".parquet"):
        run = RunFolder.open(given, results)
        front = run.front()
        if not len(front):
            raise InputError(OPTION, f"{run.path}: has no front to start from")
        return str(run.path), front[known_fields(front)]
    return str(given), read_designs(Path(given)).designs


def _moved(keep: BoolArray, is_exact: BoolArray) -> str:
    n = len(keep)
    moved, left = int((keep & ~is_exact).sum()), int((~keep).sum())
    parts = []
    if moved:
        parts.append(f"{moved} of {n} moved to the nearest levels and fixed fields of this space")
    if left:
        parts.append(f"{left} left out, whose choices it does not offer")
    return f" ({'; '.join(parts)})" if parts else ""
