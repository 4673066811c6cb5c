"""Breeding: new designs from the members of a front, by crossings, walks and scatterings."""

import math
from dataclasses import dataclass, field

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray, least_of
from siam_dse.search.leaders import nearest
from siam_dse.search.moves import Moves, crossed
from siam_dse.search.parts import axes_of_parts
from siam_dse.search.problem import Problem
from siam_dse.search.scale import thinned

PARENTS = 200  # members bred from, at most: few, so that each generation builds on the best of the last
_LEADERS = 200  # members that count as leaders, at most
_FAMILY = 24  # parents on either side of a crossing
_SIBLINGS = 2  # designs bred together that share what the shared axes determine
_DIRECTED = 0.2  # share of parents that are the best in some direction
_OF_LEADERS = 0.3  # share of crossings of members near a leader
_NEAR = 0.2  # the same near any parent
_FROM_AFAR = 0.15  # share of crossings of the best in a direction with members from anywhere on the front
_VARIED = 0.3  # share of the other crossings whose parents take a step each, or none, before
_OF_SHARED = 0.2  # share of crossings of the shared axes with the others
_OF_A_PART = 0.5  # the same and those of the axes of any part with the others
_ONE_SIDED = 0.3  # of a Dirichlet distribution of weights: below 1 most weight is mostly on one objective


class Ways:
    """How designs of a space change: ``moves`` along any axis, ``light_moves`` along those that are not ``shared``.

    ``masks`` are the axes (A,) of a part of the model each, ``shared`` those of the part that most others need.
    """

    def __init__(self, problem: Problem) -> None:
        space = problem.space
        self.is_ordered = [axis.is_ordinal for axis in space.axes]
        self.moves = Moves(space.radices, self.is_ordered)
        self.masks, self.shared = axes_of_parts(problem)
        self.light_moves = Moves(np.where(self.shared, 1, self.moves.radices), self.is_ordered)


@dataclass(frozen=True)
class Breeding:
    """What one generation is bred from: members' levels (F, A), ``scaled`` objectives (F, M), and leaders among them.

    ``parents`` (P,) are some of the members, spread over them, ``leaders`` those of the largest ``gains`` (F,).
    """

    ways: Ways
    levels: IntArray
    scaled: FloatArray
    gains: FloatArray
    rng: np.random.Generator
    parents: IntArray = field(init=False)
    leaders: IntArray = field(init=False)
    by_objective: FloatArray = field(init=False)  # (M, F), at least 0: largest values are found quicker across rows

    def __post_init__(self) -> None:
        object.__setattr__(self, "parents", thinned(self.scaled, PARENTS))
        object.__setattr__(self, "leaders", np.argsort(-self.gains, kind="stable")[:_LEADERS])
        object.__setattr__(self, "by_objective", np.ascontiguousarray(np.maximum(self.scaled, 0).T))

    def crossings(self, n: int) -> IntArray:
        """About ``n`` children of families of members, (t, A)."""
        families = (self._family() for _ in range(-(-n // _FAMILY**2)))
        children = [crossed(first, second, self._from_first()) for first, second in families]
        return np.concatenate(children) if children else self.levels[:0]

    def walks(self, n: int) -> IntArray:
        """A few steps from members, and from each of these designs some steps along axes that are not shared."""
        ways, rng = self.ways, self.rng
        bases = self._some(-(-n // _SIBLINGS))
        bases, _ = ways.moves.walks(bases, rng.integers(1, 4, len(bases)), rng)
        others = np.repeat(bases, _SIBLINGS - 1, axis=0)
        if len(ways.light_moves):
            others, _ = ways.light_moves.walks(others, rng.integers(1, 4, len(others)), rng)
        return np.concatenate([bases, others])

    def scatterings(self, n: int) -> IntArray:
        """Members with a few axes drawn anew, and each of these designs with others, not shared, drawn anew."""
        bases = self.ways.moves.scattered(self._some(-(-n // _SIBLINGS)), self.rng)
        others = np.repeat(bases, _SIBLINGS - 1, axis=0)
        return np.concatenate([bases, self.ways.light_moves.scattered(others, self.rng)])

    def _some(self, n: int) -> IntArray:
        """Levels of members to breed from, n: any parents, and some of the best in some directions."""
        n_directions = math.ceil(_DIRECTED * n / (2 * _FAMILY))
        directed = [self.rng.choice(self._best_in_a_direction(), 2 * _FAMILY) for _ in range(n_directions)]
        return np.asarray(self.levels[np.concatenate([*directed, self.rng.choice(self.parents, n)])[:n]])

    def _best_in_a_direction(self) -> IntArray:
        """Some of the members that are best in a random mix of objectives, often in nearly one alone."""
        weights = self.rng.dirichlet(np.full(self.scaled.shape[1], _ONE_SIDED))
        worth = (weights[:, None] * self.by_objective).max(axis=0)
        return least_of(worth, min(2 * _FAMILY, len(worth)))

    def _family(self) -> tuple[IntArray, IntArray]:
        """Two sets of designs to cross.

        Halves of some members that are alike, by times a step from them; or members from anywhere and the best in some
        direction, so that a choice is tried in designs far from the one that it was found in.
        """
        if self.rng.random() < _FROM_AFAR:
            there = self.rng.integers(len(self.levels), size=_FAMILY)
            return self.levels[there], self.levels[self.rng.permutation(self._best_in_a_direction())[:_FAMILY]]
        family = self.levels[self._relatives()]
        if self.rng.random() < _VARIED:
            family, _ = self.ways.moves.walks(family, self.rng.integers(0, 2, len(family)), self.rng)
        half = -(-len(family) // 2)
        return family[:half], family[half:]

    def _relatives(self) -> IntArray:
        """Members, in random order: near a leader, best in some direction, near a parent, or any parents."""
        chance = self.rng.random()
        if chance < _OF_LEADERS:
            return nearest(self.scaled, self.rng.choice(self.leaders), 2 * _FAMILY, self.rng)
        if chance < _OF_LEADERS + _DIRECTED:
            return self.rng.permutation(self._best_in_a_direction())
        if chance < _OF_LEADERS + _DIRECTED + _NEAR:
            return nearest(self.scaled, self.rng.choice(self.parents), 2 * _FAMILY, self.rng)
        return self.rng.permutation(self.parents)[: 2 * _FAMILY]

    def _from_first(self) -> BoolArray:
        """Axes that a crossing takes from its first parents: those of the shared parts, of another part, or any."""
        chance, ways = self.rng.random(), self.ways
        if chance < _OF_SHARED and ways.shared.any():
            return ways.shared
        if chance < _OF_A_PART and ways.masks:
            return ways.masks[self.rng.integers(len(ways.masks))]
        return np.asarray(self.rng.random(len(ways.shared)) < 0.5)
