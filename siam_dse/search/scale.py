"""Scale: objectives brought to one footing, in logarithms where they span decades, so that equal steps matter alike."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray

_DECADE = 10.0  # a positive objective that varies by more is measured in logarithms
_SMALL = 0.01  # of an objective's worst value on a front: differences of less are taken relative to this
_DEEPEST = 1e-4  # of an objective's largest value: smaller ones count as this, since a logarithm has no end

MARGIN = 0.1  # of a front's extent: how far beyond its worst values a reference point lies


@dataclass(frozen=True)
class Scale:
    """0 at an objective's best value (M,), 1 at its worst; in logarithms where ``is_log``."""

    best: FloatArray
    worst: FloatArray
    is_log: BoolArray

    @classmethod
    def of(cls, objectives: FloatArray) -> "Scale":
        """Scale of rows (n, M), at least one, all to be minimised."""
        best, worst = objectives.min(axis=0), objectives.max(axis=0)
        return cls(best, worst, (best > 0) & (worst > _DECADE * best))

    def __call__(self, objectives: FloatArray) -> FloatArray:
        """Scaled objectives (n, M); where the scale has no extent, differences relative to the value itself."""
        low, high = self._plain(self.best), self._plain(self.worst)
        extent = high - low
        alone = np.where(low != 0, np.abs(low), 1)
        return (self._plain(objectives) - low) / np.where(extent > 0, extent, alone)

    def value_at(self, scaled: float) -> FloatArray:
        """Objectives (M,) whose scaled values are all ``scaled``."""
        low, high = self._plain(self.best), self._plain(self.worst)
        extent = np.where(high > low, high - low, np.where(low != 0, np.abs(low), 1))
        at = low + scaled * extent
        return np.asarray(np.where(self.is_log, np.exp(np.where(self.is_log, at, 0)), at))

    def _plain(self, objectives: FloatArray) -> FloatArray:
        floor = np.where(self.is_log, _DEEPEST * self.worst, -np.inf)
        raised = np.maximum(objectives, floor)
        return np.where(self.is_log, np.log(np.where(self.is_log, raised, 1)), raised)


def relative(objectives: FloatArray, among: FloatArray) -> FloatArray:
    """Objectives (n, M) so bent that equal differences are equal percentages, beside rows ``among`` (F, M) of a front.

    Values below a hundredth of the largest of them count as that in the denominator, so that a loss of 0.002 in place
    of 0.001 is not called twice as bad.
    """
    floor = _SMALL * np.abs(among).max(axis=0)
    size = np.abs(objectives) / np.where(floor > 0, floor, 1)
    return np.asarray(np.sign(objectives) * np.where(size > 1, 1 + np.log(np.maximum(size, 1)), size))


def view(front: FloatArray, turn: int) -> FloatArray:
    """A front (F, M) as a search looks at it, 0 at its best in each objective.

    By turns on a scale from best to worst, which gives its extremes their due, and in percentages.
    """
    if not len(front):
        return front
    if turn % 2 == 0:
        return Scale.of(front)(front)
    values = relative(front, front)
    return np.asarray(values - values.min(axis=0))


def thinned(scaled: FloatArray, most: int) -> IntArray:
    """At most ``most`` rows (n, M) of a scaled front, spread over it: one of each box of the finest grid that fits.

    The best row in each objective is always among them (so that there may be M more).
    """
    n = len(scaled)
    if n <= most:
        return np.arange(n)
    best = np.unique(scaled.argmin(axis=0))
    low, high = 1.0, 4096.0  # boxes along an objective
    for _ in range(12):
        middle = (low * high) ** 0.5
        found = np.sort(_boxes(scaled * middle))  # np.unique hashes, which takes five times as long and more
        n_found = 1 + int((found[1:] != found[:-1]).sum())
        low, high = (middle, high) if n_found <= most else (low, middle)
        if 0.9 * most < n_found <= most:
            break
    kept = _first_of_boxes(scaled * low) if low > 1 else np.zeros(1, dtype=np.int64)
    return np.union1d(kept, best)


def _first_of_boxes(at: FloatArray) -> IntArray:
    """Of each box, of extent 1, that holds some of the points (n, M), the row of the one nearest to its best corner."""
    order = np.argsort((at - np.floor(at)).sum(axis=1), kind="stable")
    _, first = np.unique(_boxes(at)[order], return_index=True)
    return np.sort(order[first])


def _boxes(at: FloatArray) -> np.ndarray:
    """A number for the box of each of the points (n, M)."""
    corners = np.floor(at).astype(np.int64).astype(np.uint64)
    return np.asarray((corners * _MIX[: at.shape[1]]).sum(axis=1, dtype=np.uint64))


_MIX = np.random.default_rng(1).integers(0, 2**63, size=64, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
