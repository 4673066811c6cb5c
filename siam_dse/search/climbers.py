"""Climbers: independent local searches, which find what lies apart from the front that is known."""

from collections.abc import Mapping

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray, IntArray
from siam_dse.search.moves import Moves

_FROM_KNOWN = 0.5  # share of climbers that start again at a known design
_TRIES = 24  # designs that a climber tries in a generation, while the front moves
_PATIENCE = 200  # tries without a better one until a climber starts again
_ONE_SIDED = 0.1  # of a Dirichlet distribution of weights: so little that most are of nearly one objective alone
_ARRAYS = ("levels", "rank", "weights", "waited")


class Climbers:
    """W local searches, each for the best in a mix of objectives of its own.

    ``levels`` (W, A) is where each is, ``rank`` (W,) how far from what it seeks, ``weights`` (W, M) its mix, ``waited``
    (W,) the designs tried since it last moved.
    """

    def __init__(self, n_axes: int, n_objectives: int) -> None:
        self.levels = np.zeros((0, n_axes), dtype=np.int64)
        self.rank = np.zeros(0)
        self.weights = np.zeros((0, n_objectives))
        self.waited = np.zeros(0, dtype=np.int64)

    def start(self, levels: IntArray, rng: np.random.Generator) -> None:
        """Begin at designs (W, A)."""
        n = len(levels)
        self.levels, self.rank, self.waited = levels.copy(), np.full(n, np.inf), np.zeros(n, dtype=np.int64)
        self.weights = self._mixes(n, rng)

    def tries(
        self, moves: Moves, n: int, rng: np.random.Generator, known: IntArray, *, all_of_them: bool
    ) -> tuple[IntArray, IntArray]:
        """About ``n`` designs (t, A) to try next, a step or two from climbers, and whose each is (t,).

        All of them climb, or the first so many that each has enough tries to see most of what is around it. One that
        is stuck starts again with another mix, anywhere or at one of the ``known`` designs (k, A).
        """
        anew = np.flatnonzero(self.waited >= _PATIENCE)
        self.levels[anew] = moves.anywhere(len(anew), rng)
        if len(known):
            there = anew[rng.random(len(anew)) < _FROM_KNOWN]
            self.levels[there] = known[rng.integers(len(known), size=len(there))]
        self.rank[anew], self.waited[anew] = np.inf, 0
        self.weights[anew] = self._mixes(len(anew), rng)
        n_climbing = len(self.levels) if all_of_them else min(-(-n // _TRIES), len(self.levels))
        rows = np.repeat(np.arange(n_climbing), max(n // max(n_climbing, 1), 1))
        levels, whence = moves.walks(self.levels[rows], 1 + (rng.random(len(rows)) < 0.4), rng)
        return np.concatenate([levels, self.levels[anew]]), np.concatenate([rows[whence], anew])

    def move(self, levels: IntArray, rank: FloatArray, climber: IntArray) -> None:
        """Move each to the best of the designs (n, A) that it tried, if that has a lower rank (n,)."""
        order = np.lexsort((rank, climber))
        own, first = np.unique(climber[order], return_index=True)
        best = order[first]
        better = rank[best] < self.rank[own]
        self.waited += np.bincount(climber, minlength=len(self.waited))
        moved, to = own[better], best[better]
        self.levels[moved], self.rank[moved], self.waited[moved] = levels[to], rank[to], 0

    def state(self) -> dict[str, AnyArray]:
        """All there is to them, as arrays that do not change any more."""
        return {f"climbers_{name}": np.array(getattr(self, name)) for name in _ARRAYS}

    def restore(self, state: Mapping[str, AnyArray]) -> None:
        """Become what :meth:`state` was taken of."""
        for name in _ARRAYS:
            setattr(self, name, np.array(state[f"climbers_{name}"]))

    def _mixes(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Weights (n, M) of objectives that add up to 1."""
        return rng.dirichlet(np.full(self.weights.shape[1], _ONE_SIDED), size=n)
