"""What a search that evaluates far more than it stores leaves behind: front and random sample, as table and study."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray, chunks
from siam_dse.core.errors import RunError
from siam_dse.core.text import command
from siam_dse.runs.atomic import disk_errors
from siam_dse.runs.fingerprint import digest
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.tables import ID
from siam_dse.search.described import description_of
from siam_dse.search.mirror import PatientMirror, StudyShape, removed_study
from siam_dse.search.problem import Problem
from siam_dse.search.scale import Scale, thinned
from siam_dse.system.columns import OUTPUT_COLUMNS

KEEP = 1000  # front members stored as trials
SAMPLE = 1000  # random designs beside them
_BATCH = 8192  # trials written at once


@dataclass(frozen=True)
class Found:
    """What is stored: levels (n, A) and numbers (n,), the designs' ids in the run.

    The first ``n_front`` are the stored part of the front, then ``n_sample`` random designs, both trials of the study;
    then the rest of the front, which the tables have.
    """

    levels: IntArray
    numbers: IntArray
    n_front: int
    n_sample: int

    @property
    def n_trials(self) -> int:
        """Trials of the study."""
        return self.n_front + self.n_sample

    @property
    def on_front(self) -> IntArray:
        """Rows of the front."""
        return np.concatenate([np.arange(self.n_front), np.arange(self.n_trials, len(self.levels))])


@dataclass(frozen=True)
class Numbered:
    """Designs of a run: levels (n, A) and the number of each (n,), which stays its own however the run goes on."""

    levels: IntArray
    numbers: IntArray

    def take(self, rows: IntArray | BoolArray | slice) -> "Numbered":
        """Some of them."""
        return Numbered(self.levels[rows], self.numbers[rows])


def chosen(
    front: Numbered, objectives: FloatArray, sample: Numbered, keep: int = KEEP, trials: int | None = None
) -> Found:
    """What to store of a front of F designs with objectives (F, M) and of a random sample.

    ``keep`` front members at most, spread over the front, and ``trials`` altogether; left out, a thousand random
    designs beside the front.
    """
    order = np.lexsort(objectives.T[::-1])
    front, objectives = front.take(order), objectives[order]
    most = keep if trials is None else min(keep, trials)
    stored = np.zeros(0, dtype=np.int64)
    if len(front.numbers):
        stored = np.sort(_at_most(thinned(Scale.of(objectives)(objectives), most), most))
    others = sample.take(~np.isin(sample.numbers, front.numbers))
    others = others.take(slice(SAMPLE if trials is None else trials - len(stored)))
    rest = np.setdiff1d(np.arange(len(front.numbers)), stored)
    parts = (front.take(stored), others, front.take(rest))
    return Found(
        np.concatenate([part.levels for part in parts]),
        np.concatenate([part.numbers for part in parts]),
        len(stored),
        len(others.numbers),
    )


def _at_most(rows: IntArray, most: int) -> IntArray:
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).round().astype(np.int64)]


def write_study(run: RunFolder, problem: Problem, frame: pd.DataFrame, found: Found, url: str) -> None:
    """Write the run's study anew: the first ``n_trials`` rows of a run's table as COMPLETE trials with all columns.

    The run's own database is replaced as a whole; in another one the run's study is removed first.

    Raises
    ------
    RunError
        The database cannot be used, or has a study of that name that is not this run's.
    """
    own = url == run.own_storage_url
    temporary = run.study_path.with_name("study.db.part")
    if own:
        for leftover in _files_of(temporary):
            leftover.unlink(missing_ok=True)
        target = f"sqlite:///{temporary.resolve().as_posix()}"
    else:
        removed_study(url, run.study_name, digest(run.info["fingerprint"]), _when_back(run))
        target = url
    mirror = open_mirror(run, problem, target, waits=not own)
    try:
        for part in chunks(found.n_trials, _BATCH):
            rows = frame.iloc[part]
            scores = problem.scores_of_table(rows)
            kinds = np.where(np.arange(part.start, part.start + len(rows)) < found.n_front, "front", "random sample")
            mirror.write(found.levels[part], scores.objectives, scores.slack, _attributes(rows, kinds))
    finally:
        mirror.close()
    if own:
        with disk_errors(run.study_path):
            for leftover in _files_of(run.study_path)[1:]:
                leftover.unlink(missing_ok=True)
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            temporary.replace(run.study_path)


def open_mirror(run: RunFolder, problem: Problem, url: str, done: int = 0, *, waits: bool = False) -> PatientMirror:
    """The run's study on a database with at most ``done`` trials; one that cannot be used is refused here.

    ``waits`` for a server that is away also before it has answered once.
    """
    info = run.info
    shape = StudyShape(
        problem.space.axes, problem.objective_names, tuple(problem.signs.tolist()), problem.constraint_names
    )
    notes = {
        **{"network": info["network"], "space": problem.space.text, "profile": info["profile"]},
        **description_of(run),
    }
    return PatientMirror(url, run.study_name, shape, digest(info["fingerprint"]), notes, done, _when_back(run), waits)


def _when_back(run: RunFolder) -> str:
    """What to do where a server stays away."""
    return f"start the server, then {command('resume', run.path)}: no finished generation is lost"


def check_storage(run: RunFolder, problem: Problem, url: str) -> None:
    """Refuse, before any work, a database that :func:`write_study` could not use.

    Raises
    ------
    RunError
    """
    if url == run.own_storage_url:
        return
    removed_study(url, run.study_name, digest(run.info["fingerprint"]))
    open_mirror(run, problem, url).close()


def _files_of(database: Path) -> list[Path]:
    return [database.with_name(database.name + suffix) for suffix in ("", "-wal", "-shm", "-journal")]


def _attributes(rows: pd.DataFrame, kinds: np.ndarray) -> list[dict[str, Any]]:
    """User attributes of trials: the design's id, how it came to be stored, and every column that has a value."""
    names = ["feasible", *(name for name in rows.columns if name in OUTPUT_COLUMNS and name != "feasible")]
    columns = [rows[name].tolist() for name in names]
    return [
        {
            "design": int(number),
            "found": str(kind),
            **{name: value for name, value in zip(names, values, strict=True) if value == value},
        }
        for number, kind, *values in zip(rows[ID], kinds, *columns, strict=True)
    ]


def check_complete(path: Path, found: int, counted: int) -> None:
    """Refuse to go on with less than run.json counts."""
    if found < counted:
        raise RunError(
            f"{path}: has {found:,} evaluated designs of the {counted:,} that run.json counts: it was removed or is "
            "an older one; restore it from a copy, or start a new run (nothing was changed here)"
        )
