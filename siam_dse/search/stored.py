"""Tables of designs as a run stores them: every column of each design, and the front of a run's table."""

import numpy as np
import pandas as pd

from siam_dse.core.arrays import IntArray, chunks
from siam_dse.runs.tables import ID
from siam_dse.search.front import Archive, knee
from siam_dse.search.problem import Problem

_BATCH = 8192  # designs tabulated at once


def table_of(problem: Problem, levels: IntArray, numbers: IntArray) -> pd.DataFrame:
    """Designs (n, A) with all columns and their numbers (n,)."""
    pieces = []
    for part in chunks(len(levels), _BATCH):
        evaluation = problem.evaluate(levels[part])
        pieces.append(problem.table(evaluation))
    frame = pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame()
    head = pd.DataFrame({ID: numbers, "generation": -1, "duplicate_of": -1})
    return pd.concat([head, frame], axis=1)


def front_of(frame: pd.DataFrame, problem: Problem, rows: IntArray) -> pd.DataFrame:
    """Rows of a run's table as pareto.csv has them: sorted by the objectives, the knee marked, without excesses."""
    objectives = problem.scores_of_table(frame.iloc[rows]).objectives
    order = np.lexsort(objectives.T[::-1])
    drop = [name for name in frame.columns if name.startswith("excess: ")]
    front = frame.iloc[rows[order]].drop(columns=[*drop, "violation", "generation", "duplicate_of"])
    front["knee"] = np.arange(len(front)) == (knee(objectives[order]) if len(front) else 0)
    return front.reset_index(drop=True)


def stored_front(problem: Problem, frame: pd.DataFrame) -> pd.DataFrame:
    """The front of a run's stored points as pareto.csv has it; of equal designs the first."""
    scores = problem.scores_of_table(frame)
    feasible = np.flatnonzero(scores.feasible)
    archive = Archive(1, len(problem.objective_names))
    archive.add(feasible[:, None], scores.objectives[feasible])
    return front_of(frame, problem, archive.keys[:, 0])
