"""Crew: this process and others beside it, which evaluate the designs of a generation together."""

import time
from collections.abc import Iterable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from functools import reduce

import numpy as np
from joblib.externals.loky import ProcessPoolExecutor

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.search.problem import Problem, Scores
from siam_dse.search.workers import Jobs, in_order, n_workers, start_processes

_WORTH = 256  # designs of a share, from which on another process is asked
_LEAST = 0.05  # of a generation, that each has at least
_NEWS = 0.5  # weight of a generation in what is known of how quick each is

Timed = tuple[Scores, float]  # and the seconds that they took


def timed_scores(problem: Problem, levels: IntArray) -> Timed:
    """Scores of designs at rows of levels (n, A), and the seconds that they took."""
    started = time.perf_counter()
    scores = problem.scores(problem.evaluate(levels))
    return scores, time.perf_counter() - started


class Crew:
    """Evaluates generations in ``jobs`` processes, of which this is one, or by the workers of a scheduler.

    Scores are the same bytes whoever finds them. So the others join in once they are up, each has as much as it does in
    the time of the rest, and where one dies this process goes on alone.
    """

    def __init__(self, problem: Problem, jobs: Jobs) -> None:
        self.problem, self.jobs = problem, jobs
        n = 1 if isinstance(jobs, str) else n_workers(jobs)
        self._shares = np.full(n, 1 / n)  # of a generation, this process' first
        self._others = start_processes(n - 1) if n > 1 else None
        self._rehearsals: list[Future[Timed]] = []

    def scores(self, levels: IntArray) -> Scores:
        """Scores of designs at rows of levels (n, A)."""
        if isinstance(self.jobs, str):
            shares = np.array_split(levels, min(n_workers(self.jobs), len(levels)))
            found = in_order(self.jobs, timed_scores, ((self.problem, share) for share in shares))
            return _joined(scores for scores, _ in found)
        if self._others and len(levels) >= _WORTH * len(self._shares):
            try:
                return self._together(self._others, levels)
            except BrokenProcessPool:  # killed, for want of memory perhaps
                self.close()
        return timed_scores(self.problem, levels)[0]

    def close(self) -> None:
        """End the other processes, in the middle of their work."""
        if self._others:
            self._others.shutdown(wait=False, kill_workers=True)
        self._others = None

    def _together(self, others: ProcessPoolExecutor, levels: IntArray) -> Scores:
        """Scores by all that are up: a new process imports the model and evaluates a first time before it counts."""
        if not self._rehearsals:
            self._rehearsals = [others.submit(timed_scores, self.problem, levels) for _ in self._shares[1:]]
        if not all(rehearsal.done() for rehearsal in self._rehearsals):
            return timed_scores(self.problem, levels)[0]
        for rehearsal in self._rehearsals:
            rehearsal.result()
        cuts = np.rint(len(levels) * np.cumsum(self._shares)[:-1]).astype(np.int64)
        first, *rest = np.split(levels, cuts)
        under_way = [others.submit(timed_scores, self.problem, share) for share in rest]
        found = [timed_scores(self.problem, first), *(future.result() for future in under_way)]
        self._shares = _balanced(self._shares, np.asarray([seconds for _, seconds in found]))
        return _joined(scores for scores, _ in found)


def _joined(parts: Iterable[Scores]) -> Scores:
    """Scores of parts, one after the other."""
    return reduce(Scores.joined, parts)


def _balanced(shares: FloatArray, seconds: FloatArray) -> FloatArray:
    """Shares (n,) that take each the same time, from the seconds (n,) that these took."""
    pace = shares / np.maximum(seconds, 1e-6)
    mixed = np.maximum((1 - _NEWS) * shares + _NEWS * pace / pace.sum(), _LEAST)
    return np.asarray(mixed / mixed.sum())
