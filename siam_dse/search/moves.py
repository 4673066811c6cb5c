"""Moves: from known designs to new ones, a row of levels each, thousands at a time."""

from collections.abc import Sequence

import numpy as np

from siam_dse.core.arrays import BoolArray, IntArray

_SCATTERED = 6  # most axes drawn anew by one move


class Moves:
    """All single steps in a space: along an ordered axis 1, 2, 4, ... levels, on an unordered one to any other.

    Parameters
    ----------
    radices : (A,) levels of each axis
    is_ordered : (A,) whether neighbouring levels are alike
    """

    def __init__(self, radices: Sequence[int] | IntArray, is_ordered: Sequence[bool] | BoolArray) -> None:
        self.radices = np.asarray(radices, dtype=np.int64)
        steps = [
            (axis, shift, ordered)
            for axis, (radix, ordered) in enumerate(zip(self.radices.tolist(), is_ordered, strict=True))
            for shift in (_shifts(radix) if ordered and radix > 1 else range(1, radix))
        ]
        table = np.asarray(steps, dtype=np.int64).reshape(-1, 3)
        self._axis, self._shift, self._stops = table[:, 0], table[:, 1], table[:, 2] > 0
        self._free = np.flatnonzero(self.radices > 1)

    def __len__(self) -> int:
        return len(self._axis)

    def steps(self, levels: IntArray) -> tuple[IntArray, IntArray]:
        """Every neighbour of rows (K, A): levels (n, A), and the row (n,) that each is a neighbour of."""
        rows = np.repeat(np.arange(len(levels)), len(self))
        return self._moved(levels, rows, np.tile(np.arange(len(self)), len(levels)))

    def pairs(self, levels: IntArray) -> tuple[IntArray, IntArray]:
        """Every design two steps, along two axes, from rows (K, A): levels (n, A), and the row (n,) each is from."""
        first, second = np.triu_indices(len(self), 1)
        apart = self._axis[first] != self._axis[second]
        first, second = first[apart], second[apart]
        rows = np.repeat(np.arange(len(levels)), len(first))
        once, whence = self._moved(levels, rows, np.tile(first, len(levels)), np.tile(second, len(levels)))
        return once, whence

    def walks(self, levels: IntArray, n_steps: IntArray, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
        """From each row (K, A) some steps (K,) at random: levels (n, A), and the row (n,) each is from."""
        out, rows = levels.copy(), np.arange(len(levels))
        inside = np.ones(len(levels), dtype=bool)
        for step in range(int(n_steps.max(initial=0))):
            going = n_steps > step
            moves = rng.integers(len(self), size=len(levels))
            inside &= ~going | self._apply(out, rows, moves, going)
        return out[inside], rows[inside]

    def scattered(self, levels: IntArray, rng: np.random.Generator) -> IntArray:
        """Rows (n, A) with two to six axes drawn anew."""
        n, free = len(levels), self._free
        if not len(free):
            return levels
        order = np.argsort(rng.random((n, len(free))), axis=1)
        count = rng.integers(2, _SCATTERED + 1, size=(n, 1))
        anew = np.zeros(levels.shape, dtype=bool)
        anew[:, free] = order < count
        return np.where(anew, self.anywhere(n, rng), levels)

    def anywhere(self, n: int, rng: np.random.Generator) -> IntArray:
        """Designs (n, A), each level as likely as the other."""
        return rng.integers(0, self.radices, size=(n, len(self.radices)), dtype=np.int64)

    def _moved(self, levels: IntArray, rows: IntArray, *moves: IntArray) -> tuple[IntArray, IntArray]:
        """Rows after moves, one after the other; those that leave the space are left out."""
        out, each = levels[rows], np.arange(len(rows))
        inside = np.ones(len(rows), dtype=bool)
        for move in moves:
            inside &= self._apply(out, each, move, np.ones(len(rows), dtype=bool))
        return out[inside], rows[inside]

    def _apply(self, levels: IntArray, rows: IntArray, moves: IntArray, going: BoolArray) -> BoolArray:
        """Move ``levels`` in place where ``going``; where a move would leave the space (n,) is False."""
        axis = self._axis[moves]
        radix, at = self.radices[axis], levels[rows, axis]
        to = at + self._shift[moves]
        inside: BoolArray = ~self._stops[moves] | ((to >= 0) & (to < radix))
        levels[rows, axis] = np.where(going & inside, to % radix, at)
        return inside


def crossed(first: IntArray, second: IntArray, from_first: BoolArray) -> IntArray:
    """Every child of two sets of parents, (P, A) and (Q, A): axes (A,) ``from_first`` of one, the rest of the other.

    The P * Q children have few different combinations of the axes that each side gives, and the model computes what
    depends on one side alone once a combination.
    """
    children = np.repeat(second[None], len(first), axis=0)
    children[:, :, from_first] = first[:, None, from_first]
    return children.reshape(-1, first.shape[1])


def _shifts(radix: int) -> list[int]:
    """Steps along an ordered axis: 1, 2, 4, ... levels either way, for what lies behind a level that is worse."""
    return [sign << power for power in range((radix - 1).bit_length()) for sign in (-1, 1)]


class Keys:
    """A 64-bit number for each design: its flat index where the space has few enough designs, else a hash.

    Different designs of a space that is too large to number share a hash with a probability of 2^-63 a pair.
    """

    def __init__(self, radices: Sequence[int]) -> None:
        size, strides = 1, []
        for radix in reversed(radices):
            strides.append(size)
            size *= int(radix)
        if size <= 2**63:
            self._strides = np.asarray(strides[::-1], dtype=np.uint64)
        else:
            draw = np.random.default_rng(0).integers(0, 2**63, size=len(radices), dtype=np.uint64)
            self._strides = draw * np.uint64(2) + np.uint64(1)

    def of(self, levels: IntArray) -> np.ndarray:
        """Keys (n,) of rows of levels (n, A)."""
        return np.asarray((levels.astype(np.uint64) * self._strides).sum(axis=1, dtype=np.uint64))
