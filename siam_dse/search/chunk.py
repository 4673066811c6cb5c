"""One chunk of an enumeration: the front of a range of flat indices, and the table of the designs to keep."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.search.front import nondominated
from siam_dse.search.problem import Problem
from siam_dse.search.workers import Jobs, in_order
from siam_dse.system.evaluate import Evaluation

CHUNK = 65_536  # designs; the same whatever the number of processes, so that results are too
_PILOT = 256  # designs that constraints are timed on
_CHEAP = 0.3  # constraints that take less than this share of a whole evaluation are checked first


@dataclass(frozen=True)
class ChunkResult:
    """What a chunk gives: its front by flat index, counts, and the table of kept designs."""

    keys: IntArray
    objectives: FloatArray
    n: int
    n_evaluated: int
    n_feasible: int
    kept: pd.DataFrame


def run_chunk(problem: Problem, cheap: tuple[int, ...], start: int, stop: int, keep: IntArray | None) -> ChunkResult:
    """Front of the designs ``start`` to ``stop``.

    Parameters
    ----------
    problem : Problem
    cheap : positions of the constraints to check first; what they exclude is not evaluated further but for the table
    start, stop : flat indices
    keep : flat indices to tabulate, or None for all
    """
    flat = np.arange(start, stop, dtype=np.int64)
    levels = problem.space.levels_at(flat)
    if keep is None:  # a table has all that scores are made of
        evaluation = problem.evaluate(levels)
        kept, scores, survivors = _table(problem, evaluation, flat), problem.scores(evaluation), flat
    else:
        survivors, kept = flat[screen(problem, levels, cheap)], tabulate(problem, keep)
        if not len(survivors):
            return ChunkResult(flat[:0], np.zeros((0, len(problem.objective_names))), len(flat), 0, 0, kept)
        scores = problem.scores(problem.evaluate(levels[survivors - start]))
    feasible = scores.feasible
    keys, objectives = survivors[feasible], scores.objectives[feasible]
    best = nondominated(objectives)
    return ChunkResult(keys[best], objectives[best], len(flat), len(survivors), int(feasible.sum()), kept)


def screen(problem: Problem, levels: IntArray, cheap: tuple[int, ...]) -> IntArray:
    """Rows of levels (n, A) that meet the constraints at the positions ``cheap``."""
    if not cheap:
        return np.arange(len(levels))
    evaluation = problem.evaluate(levels)
    rules = [problem.constraints[i] for i in cheap]
    fine = np.ones(len(levels), dtype=bool)
    for slack in problem.slacks(evaluation, rules):
        fine &= slack <= 0
    return np.flatnonzero(fine)


def tabulate(problem: Problem, flat: IntArray) -> pd.DataFrame:
    """Table of designs by flat index, which is also their ``trial``."""
    if not len(flat):
        return pd.DataFrame()
    return _table(problem, problem.evaluate(problem.space.levels_at(flat)), flat)


def _table(problem: Problem, evaluation: Evaluation, flat: IntArray) -> pd.DataFrame:
    frame = problem.table(evaluation)
    head = pd.DataFrame({"trial": flat, "generation": -1, "duplicate_of": -1})
    return pd.concat([head, frame], axis=1)


def cheap_constraints(problem: Problem, seed: int) -> tuple[int, ...]:
    """Positions of the constraints worth checking first, quickest first.

    Each is timed alone on a few designs. The order changes how long an enumeration takes, never what it finds.
    """
    rng = np.random.default_rng(seed)
    levels = rng.integers(0, problem.space.radices, size=(_PILOT, len(problem.space.axes)))
    problem.scores(problem.evaluate(levels))  # loads tables that are read once
    whole = _seconds(lambda: problem.scores(problem.evaluate(levels)))
    times = [_seconds(partial(screen, problem, levels, (i,))) for i in range(len(problem.constraints))]
    order = sorted(range(len(times)), key=times.__getitem__)
    return tuple(i for i in order if times[i] < _CHEAP * whole)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def results_of_chunks(
    problem: Problem, jobs: Jobs, done: int, keep: IntArray | None, seed: int
) -> Iterator[ChunkResult]:
    """Results of the chunks from flat index ``done`` on, in their order."""
    size = problem.space.size
    cheap = () if keep is None else cheap_constraints(problem, seed)
    ranges = ((start, min(start + CHUNK, size)) for start in range(done, size, CHUNK))
    tasks = (
        (problem, cheap, start, stop, None if keep is None else keep[slice(*np.searchsorted(keep, (start, stop)))])
        for start, stop in ranges
    )
    return in_order(jobs, run_chunk, tasks)
