"""Niches: the best designs known with each choice, so that no choice is lost before what goes with it is found."""

from collections.abc import Mapping

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray
from siam_dse.search.front import nondominated
from siam_dse.search.leniency import with_nothing_beyond
from siam_dse.search.moves import Moves, crossed
from siam_dse.search.scale import Scale, thinned

_FEW = 4  # levels of an ordered axis that are choices too
_MEMBERS = 40  # of a niche, at most
_PLENTY = 100  # members of the front with a choice, from which on all that is good with it joins the front too
_AT_ONCE = 3  # niches bred in a generation
_FAMILY = 12  # parents on either side of a crossing
_STEPS = 3  # of a walk, at most
_ARRAYS = ("levels", "objectives", "beyond", "of")


class Niches:
    """A small front for each level of each unordered or short axis, of the designs that have it.

    A front as a whole may do without a choice for long, because what it needs beside it is not known yet: cells of two
    bits want another mapping of weights and other ADCs than the cells that fill the front. ``levels`` (n, A) and
    ``objectives`` (n, M) are the members of all niches, ``beyond`` (n,) how far they are beyond the bounds on
    objectives, ``of`` (n,) the niche of each.
    """

    def __init__(self, moves: Moves, is_ordered: list[bool], n_objectives: int) -> None:
        self.moves = moves
        choices = [
            (axis, level)
            for axis, (radix, ordered) in enumerate(zip(moves.radices.tolist(), is_ordered, strict=True))
            for level in range(radix)
            if radix > 1 and (not ordered or radix <= _FEW)
        ]
        self.axis, self.level = np.asarray(choices, dtype=np.int64).reshape(-1, 2).T
        self.levels = np.zeros((0, len(is_ordered)), dtype=np.int64)
        self.objectives = np.zeros((0, n_objectives))
        self.beyond = np.zeros(0)
        self.of = np.zeros(0, dtype=np.int64)

    def take(
        self, levels: IntArray, objectives: FloatArray, beyond: FloatArray, most: float, has_joined: BoolArray,
        front: IntArray,
    ) -> None:  # fmt: skip
        """Offer designs (n, A) with their objectives (n, M), none further ``beyond`` (n,) the bounds than ``most``.

        The niche of a choice that the ``front`` (F, A) has plenty of takes of them only what ``has_joined`` (n,) it.
        """
        within = self.beyond <= most
        every = np.concatenate([self.levels[within], levels])
        values = np.concatenate([self.objectives[within], objectives])
        excess = np.concatenate([self.beyond[within], beyond])
        self.of = self.of[within]
        kept, of = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
        is_plenty = self._count(front) >= _PLENTY
        for niche, (axis, level) in enumerate(zip(self.axis, self.level, strict=True)):
            is_own = levels[:, axis] == level
            new = np.flatnonzero(is_own & has_joined if is_plenty[niche] else is_own)
            rows = np.concatenate([self._members(niche), len(self.of) + new])
            rows = rows[nondominated(values[rows])]
            if len(rows) > _MEMBERS:
                rows = rows[thinned(Scale.of(values[rows])(values[rows]), _MEMBERS)]
            kept.append(rows)
            of.append(np.full(len(rows), niche))
        rows = np.concatenate(kept)
        self.levels, self.objectives, self.beyond = every[rows], values[rows], excess[rows]
        self.of = np.concatenate(of)

    def extremes(self) -> IntArray:
        """The best of each niche in each objective, levels (k, A), each once."""
        rows = [own[self.objectives[own].argmin(axis=0)] for own in map(self._members, np.unique(self.of))]
        return np.unique(self.levels[np.concatenate(rows)], axis=0) if rows else self.levels[:0]

    def bred(self, n: int, parents: IntArray, rng: np.random.Generator) -> IntArray:
        """About ``n`` designs (t, A) of a few niches, mostly of those that few of the parents (P, A) have."""
        living = np.unique(self.of)
        if not len(living):
            return self.levels[:0]
        rare = 1 / (1 + self._count(parents)[living])
        chosen = rng.choice(living, min(_AT_ONCE, len(living)), replace=False, p=rare / rare.sum())
        return np.concatenate([self._of_one(int(niche), -(-n // len(chosen)), rng) for niche in chosen])

    def _of_one(self, niche: int, n: int, rng: np.random.Generator) -> IntArray:
        """Half of them crossings of members, half walks from them, all with the niche's choice."""
        members = self.levels[self._members(niche)]
        family = rng.permutation(members)[: 2 * _FAMILY]
        half = -(-len(family) // 2)
        children = crossed(family[:half], family[half:], rng.random(len(self.moves.radices)) < 0.5)
        bases = members[rng.integers(len(members), size=n - n // 2)]
        walked, _ = self.moves.walks(bases, rng.integers(1, _STEPS + 1, len(bases)), rng)
        out = np.concatenate([rng.permutation(children)[: n // 2], walked])
        out[:, self.axis[niche]] = self.level[niche]
        return out

    def _count(self, levels: IntArray) -> IntArray:
        """How many of some designs (n, A) have each niche's choice, (K,)."""
        return np.asarray((levels[:, self.axis] == self.level).sum(axis=0))

    def _members(self, niche: int) -> IntArray:
        """Rows of a niche's members."""
        return np.flatnonzero(self.of == niche)

    def state(self) -> dict[str, AnyArray]:
        """All there is to them, as arrays that do not change any more."""
        return {f"niches_{name}": np.array(getattr(self, name)) for name in _ARRAYS}

    def restore(self, state: Mapping[str, AnyArray]) -> None:
        """Become what :meth:`state` was taken of."""
        state = with_nothing_beyond(state, "niches_beyond", "niches_levels")
        for name in _ARRAYS:
            setattr(self, name, np.array(state[f"niches_{name}"]))
