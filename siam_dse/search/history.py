"""History: every trial of a sweep so far, and the archive that answers duplicates."""

import numpy as np
import pandas as pd

from siam_dse.core.arrays import IntArray
from siam_dse.runs.folder import HISTORY_COLUMNS
from siam_dse.search.front import Archive, knee
from siam_dse.search.problem import Problem, Scores
from siam_dse.search.quality import RunVolume

# Columns of a stored trial before those of its design, and the sampler's notes behind them.
TRIAL_COLUMNS = ("trial", "generation", "duplicate_of", "seconds")
NOTES = "sampler_notes"
_SMALLEST_JOIN = 2000  # rows


class History:
    """Trials in their order: levels (N, A), scores, and the table of the evaluated designs."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.archive = Archive(1, len(problem.objective_names))  # keys: trial numbers
        self.volume = RunVolume(len(problem.objective_names))
        self.n_feasible = 0
        self._size = 0
        self._first: dict[bytes, int] = {}  # levels -> trial that evaluated them
        self._frames: list[pd.DataFrame] = []  # one a generation
        self._starts: list[int] = []  # trial number of each frame's first row
        self._lines: list[tuple[float, ...]] = []  # of the table, one a generation
        self._last = -1  # generation of the last line

    def __len__(self) -> int:
        return self._size

    @property
    def evaluated(self) -> int:
        """Number of different designs."""
        return len(self._first)

    def generation(self, levels: IntArray, number: int | IntArray, seconds: float) -> tuple[pd.DataFrame, Scores, int]:
        """Evaluate the designs (n, A) of a generation: those not seen before in one call, the rest from the archive.

        ``number`` is that of the generation, or of each trial's, (n,).

        Returns
        -------
        frame : one row a trial: ``TRIAL_COLUMNS``, then the design's columns; ``duplicate_of`` is -1 where new
        scores : Scores of the trials
        n_new : designs evaluated
        """
        trials = np.arange(len(self), len(self) + len(levels))
        fresh: dict[bytes, int] = {}
        source = np.asarray(
            [self._first.get(row.tobytes(), -1) if row.tobytes() in self._first else fresh.setdefault(row.tobytes(), t)
             for row, t in zip(levels, trials.tolist(), strict=True)],
            dtype=np.int64,
        )  # fmt: skip
        is_new = source == trials
        old = np.unique(source[source < len(self)])
        pieces = [self._rows(old)] if len(old) else []
        if is_new.any():
            table = self.problem.table(self.problem.evaluate(levels[is_new]))
            pieces.append(table.set_index(trials[is_new]))
        design = table if is_new.all() else pd.concat(pieces).loc[source].reset_index(drop=True)
        duplicate_of = np.where(is_new, -1, source)
        head = {"trial": trials, "generation": number, "duplicate_of": duplicate_of, "seconds": seconds}
        frame = pd.concat([pd.DataFrame(head), design], axis=1)
        return frame, self.problem.scores_of_table(frame), int(is_new.sum())

    def add(self, frame: pd.DataFrame, levels: IntArray, scores: Scores, *, is_whole: bool = True) -> None:
        """Take over trials that are on the disk; their last generation may not be ``is_whole`` yet."""
        for row, trial, duplicate in zip(levels, frame["trial"], frame["duplicate_of"], strict=True):
            if duplicate < 0:
                self._first[row.tobytes()] = int(trial)
        self._frames.append(frame)
        self._starts.append(self._size)
        self._size += len(frame)
        if len(self._frames) > 1 and self._size - len(self._frames[0]) >= max(_SMALLEST_JOIN, len(self._frames[0])):
            self._frames, self._starts = [pd.concat(self._frames, ignore_index=True)], [0]
        self._follow(frame, scores, is_whole)

    def _follow(self, frame: pd.DataFrame, scores: Scores, is_whole: bool) -> None:
        """Take over what trials add to front and volume, generation by generation."""
        numbers, seconds = frame["generation"].to_numpy(), frame["seconds"].to_numpy(dtype=np.float64)
        trials = frame["trial"].to_numpy(dtype=np.int64)
        new = scores.feasible & (frame["duplicate_of"].to_numpy() < 0)
        for part in np.split(np.arange(len(frame)), np.flatnonzero(np.diff(numbers)) + 1):
            may_fix = is_whole or part[-1] < len(frame) - 1
            own = part[new[part]]
            self.n_feasible += len(own)
            joined = self.archive.add(trials[own, None], scores.objectives[own])
            front = self.archive.objectives
            value = self.volume.grown(scores.objectives[own], front, front[len(front) - joined :], may_fix)
            line = (trials[part[-1]] + 1, seconds[part[-1]], self.n_feasible, len(front), value)
            if numbers[part[-1]] == self._last:  # the rest of a generation that was begun
                self._lines.pop()
            self._last = int(numbers[part[-1]])
            self._lines.append(line)

    def table(self) -> pd.DataFrame:
        """Front size and volume after each generation."""
        lines = self._lines
        return pd.DataFrame(lines, columns=list(HISTORY_COLUMNS)) if lines else pd.DataFrame(columns=HISTORY_COLUMNS)

    def front(self) -> pd.DataFrame:
        """Table of the front, sorted by the objectives, the knee marked."""
        if not len(self.archive):
            return pd.DataFrame()
        order = np.lexsort(self.archive.objectives.T[::-1])
        trials = self.archive.keys[order, 0]
        rows: pd.DataFrame = self._rows(np.sort(trials)).loc[trials]
        rows.insert(0, "trial", trials)
        rows["knee"] = np.arange(len(rows)) == knee(self.archive.objectives[order])
        return rows.reset_index(drop=True)

    def _rows(self, trials: IntArray) -> pd.DataFrame:
        """Designs of trials (ascending): rows without ``TRIAL_COLUMNS``, indexed by trial number."""
        frame_of = np.searchsorted(self._starts, trials, side="right") - 1
        pieces = [self._frames[i].iloc[trials[frame_of == i] - self._starts[i]] for i in np.unique(frame_of).tolist()]
        rows: pd.DataFrame = pd.concat(pieces).set_index(trials)
        return rows.drop(columns=[*TRIAL_COLUMNS, NOTES], errors="ignore")
