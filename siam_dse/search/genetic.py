"""GeneticStudy: NSGA-II on arrays, asked for and told whole generations in a time that does not grow with the trials.

Ranks and crowding after K. Deb et al., "A fast and elitist multiobjective genetic algorithm: NSGA-II", IEEE Trans.
Evol. Comput. 6(2), 2002, 182; constraints by its constrained domination.
"""

from typing import Any

import moocore
import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.search.problem import Problem, Scores

_CROSSOVER = 0.9  # share of children that have two parents (Deb et al. 2002, section IV)
_SWAP = 0.5  # uniform crossover
_NEAR = 0.5  # share of an ordered axis' mutations that go to a neighbouring level
_ATTEMPTS = 20  # to find children that are not known, before any will do


class GeneticStudy:
    """NSGA-II over the index of each axis' level.

    The parents of a generation are the best of the last one and its parents. A child has, axis by axis, the level of
    one of two parents or of one alone, and one axis in A is changed: of numbers every other time by one level, else to
    any. Designs known already are not asked for again as long as others are found. A generation follows from (seed,
    trials done), the trials told and :meth:`state` alone, so that a resumed run goes on exactly as an unbroken one.
    The first trials are the designs ``given``, levels (n, A).
    """

    def __init__(self, problem: Problem, seed: int, population: int, given: IntArray | None = None) -> None:
        self.radices = np.asarray(problem.space.radices)
        self.is_ordinal = np.asarray([axis.is_ordinal for axis in problem.space.axes])
        self.seed, self.population = seed, population
        self.given: IntArray = np.zeros((0, len(self.radices)), dtype=np.int64) if given is None else given
        self.done = 0
        self._known: set[bytes] = set()
        self._asked: IntArray = np.zeros((0, len(self.radices)), dtype=np.int64)
        self._numbers: IntArray = np.zeros(0, dtype=np.int64)  # of the parents: their trials, best first
        self._levels = self._asked
        self._scores = Scores(np.zeros((0, len(problem.objective_names))), np.zeros((0, len(problem.constraint_names))))

    def ask(self, n: int) -> IntArray:
        """Levels (n, A) of the next n designs."""
        rng = np.random.default_rng([self.seed, self.done])
        rows = list(self.given[self.done : self.done + n])
        taken = {row.tobytes() for row in rows}
        for attempt in range(_ATTEMPTS):
            for row in self._children(rng, n) if len(self._levels) else self._random(rng, n):
                key = row.tobytes()
                is_new = key not in self._known and key not in taken
                if len(rows) < n and (is_new or attempt == _ATTEMPTS - 1):
                    rows.append(row)
                    taken.add(key)
            if len(rows) == n:
                break
        self._asked = np.asarray(rows, dtype=np.int64)
        return self._asked

    def tell(self, scores: Scores) -> None:
        """Scores of the designs last asked for."""
        self.learn(self._asked, scores, [])

    def learn(self, levels: IntArray, scores: Scores, _attributes: list[dict[str, Any]]) -> None:
        """Take over further trials, whoever asked for them."""
        numbers = np.arange(self.done, self.done + len(levels))
        self._known.update(row.tobytes() for row in levels)
        self.done += len(levels)
        self._select(
            np.concatenate([self._numbers, numbers]),
            np.concatenate([self._levels, levels]),
            self._scores.joined(scores),
        )

    def forget(self) -> None:
        """Leave the designs last asked for untold."""

    def attributes(self) -> list[dict[str, Any]]:
        """Notes on each trial last asked for: none."""
        return [{}] * len(self._asked)

    def state(self) -> dict[str, Any]:
        """The trials that are the parents of the next generation."""
        return {"parents": self._numbers.tolist()}

    def restore(
        self, levels: IntArray, scores: Scores, _attributes: list[dict[str, Any]], state: dict[str, Any]
    ) -> None:
        """Go on from stored trials, in their order, and the state stored with the last; without one, of the best."""
        self.done = len(levels)
        self._known = {row.tobytes() for row in levels}
        if "parents" in state:
            self._numbers = np.asarray(state["parents"], dtype=np.int64)
            self._levels, self._scores = levels[self._numbers], scores.take(self._numbers)
        else:
            self._select(np.arange(self.done), levels, scores)

    def _select(self, numbers: IntArray, levels: IntArray, scores: Scores) -> None:
        """Make the best of these trials the parents: by rank, in the last rank those that are least crowded."""
        rank = constrained_rank(scores)
        crowding = crowding_distance(scores.objectives, rank)
        best = np.lexsort((numbers, -crowding, rank))[: self.population]
        self._numbers, self._levels, self._scores = numbers[best], levels[best], scores.take(best)

    def _random(self, rng: np.random.Generator, n: int) -> IntArray:
        """Designs drawn evenly from the space, (n, A)."""
        return rng.integers(0, self.radices, size=(n, len(self.radices)))

    def _children(self, rng: np.random.Generator, n: int) -> IntArray:
        """Children of the parents, (n, A)."""
        candidates = rng.integers(0, len(self._levels), size=(2, 2, n))
        first, second = candidates.min(axis=0)  # the better one of two: parents are in their order
        from_second = (rng.random((n, len(self.radices))) < _SWAP) & (rng.random((n, 1)) < _CROSSOVER)
        children = np.where(from_second, self._levels[second], self._levels[first])
        other = (children + rng.integers(1, np.maximum(self.radices, 2), size=children.shape)) % self.radices
        step = children + rng.choice((-1, 1), size=children.shape)
        is_step = self.is_ordinal & (rng.random(children.shape) < _NEAR) & (step >= 0) & (step < self.radices)
        is_changed = rng.random(children.shape) < 1 / len(self.radices)
        return np.asarray(np.where(is_changed, np.where(is_step, step, other), children))


def constrained_rank(scores: Scores) -> IntArray:
    """Rank of each design under constrained domination, (n,); 0 is the best.

    Feasible designs by fronts, each the designs that no other beats once the fronts before are gone; behind them the
    others by the sum of their excesses.
    """
    feasible = scores.feasible
    rank = np.full(len(feasible), -1)
    if feasible.any():
        rank[feasible] = moocore.pareto_rank(np.ascontiguousarray(scores.objectives[feasible]))
    rank[~feasible] = rank.max(initial=-1) + 1 + np.unique(scores.violation[~feasible], return_inverse=True)[1]
    return rank


def crowding_distance(objectives: FloatArray, rank: IntArray) -> FloatArray:
    """Crowding distance of each design among those of its rank, (n,).

    Notes
    -----
    Sum over the objectives of (next larger - next smaller value) / (largest - smallest); infinite for the smallest and
    the largest. An objective with one value adds nothing.
    """
    distance = np.zeros(len(rank))
    for column in objectives.T:
        order = np.lexsort((column, rank))
        values, ranks = column[order], rank[order]
        is_first, is_last = np.diff(ranks, prepend=-1) != 0, np.diff(ranks, append=-1) != 0
        group = np.cumsum(is_first) - 1
        extent = (values[is_last] - values[is_first])[group]
        gap = np.full(len(values), np.inf)
        gap[1:-1] = values[2:] - values[:-2]
        gap[is_first | is_last] = np.inf
        distance[order] += np.where(extent > 0, gap / np.where(extent > 0, extent, 1), 0)
    return distance
