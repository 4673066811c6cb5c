"""Pareto fronts: which designs no other beats in every objective, and where the knee is."""

import moocore
import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray


def nondominated(objectives: FloatArray) -> BoolArray:
    """Rows (n, M) that no other row equals or beats in every objective (all minimised), (n,).

    Of rows with equal objectives the first is kept.
    """
    if not len(objectives):
        return np.zeros(0, dtype=bool)
    return np.asarray(moocore.is_nondominated(objectives, maximise=False, keep_weakly=False), dtype=bool)


def knee(front: FloatArray) -> int:
    """Row of the knee of a front (n, M).

    Each objective is scaled to 0 at the front's best and 1 at its worst value; the knee is the row nearest to the
    point that is best in everything (Euclidean distance; the first of equals).
    """
    best = front.min(axis=0)
    extent = front.max(axis=0) - best
    scaled = (front - best) / np.where(extent > 0, extent, 1)
    return int(np.argmin((scaled**2).sum(axis=1)))


class Archive:
    """The front of a stream of designs: rows of levels and objectives, exact, in the order they came.

    Of designs with equal objectives the one that came first stays.
    """

    def __init__(self, n_axes: int, n_objectives: int) -> None:
        self.keys = np.zeros((0, n_axes), dtype=np.int64)
        self.objectives = np.zeros((0, n_objectives))

    def __len__(self) -> int:
        return len(self.keys)

    def add(self, keys: IntArray, objectives: FloatArray) -> int:
        """Offer designs; returns how many of them joined the front."""
        if not len(keys):
            return 0
        fresh = nondominated(objectives)
        joined_keys = np.concatenate([self.keys, keys[fresh]])
        joined = np.concatenate([self.objectives, objectives[fresh]])
        keep = nondominated(joined)
        before = len(self.keys)
        self.keys, self.objectives = joined_keys[keep], joined[keep]
        return int(keep[before:].sum())
