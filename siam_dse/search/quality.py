"""How good a front is: the volume it dominates on scaled objectives, and how far it falls short of a better one."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import moocore
import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray
from siam_dse.search.scale import MARGIN, Scale, relative

_MOST_EXACT = 4  # objectives: the volume of a front in more is sampled
_MOST_FOLLOWED = 3  # the same for a front that is measured again and again
_SAMPLES = 2**14
_WORD = 64  # bits
_ROWS_PER_TABLE = 2048
_BEYOND = 0.5  # of the scale's extent: how far below its best values a volume is counted
_ENOUGH = 32  # feasible designs to lay a reference point by


class Volume:
    """Share of a fixed box that a growing front dominates; it never falls.

    The box lies on the scaled objectives of the designs it is made from, from half their extent below their best values
    to a tenth beyond their worst. In up to three objectives the volume is exact, in more it is the share of 2^14 fixed
    points that are dominated (standard error at most 0.4 %, the same for all fronts of a run).

    Parameters
    ----------
    scale : Scale
    """

    def __init__(self, scale: Scale) -> None:
        self.scale = scale
        n_objectives = len(scale.best)
        self.value = 0.0
        self._size = (1 + MARGIN + _BEYOND) ** n_objectives
        self.free = _box_points(n_objectives) if n_objectives > _MOST_FOLLOWED else None

    def grown(self, front: FloatArray, joined: FloatArray) -> float:
        """The share after designs (n, M) ``joined`` a front (F, M), which they are part of."""
        if not len(joined):
            return self.value
        if self.free is None:
            self.value = max(self.value, scaled_volume(np.maximum(self.scale(front), -_BEYOND)) / self._size)
        else:
            self.free = self.free[~dominated(self.free, self.scale(joined))]
            self.value = 1 - len(self.free) / _SAMPLES
        return self.value


class RunVolume:
    """The volume of a run's front from one reference point, fixed when enough feasible designs are known to lay it.

    Until then the volume counts as 0.
    """

    def __init__(self, n_objectives: int) -> None:
        self.early = np.zeros((0, n_objectives))  # feasible designs so far, before it is fixed
        self.fixed: Volume | None = None

    @property
    def value(self) -> float:
        """Share of the box."""
        return self.fixed.value if self.fixed else 0.0

    def grown(self, feasible: FloatArray, front: FloatArray, joined: FloatArray, may_fix: bool = True) -> float:
        """The share after ``feasible`` designs (n, M), of which those ``joined`` are on the front (F, M) now.

        The reference is fixed only where it ``may_fix``: at the end of a generation.
        """
        if self.fixed is None:
            self.early = np.concatenate([self.early, feasible])
            if len(self.early) >= _ENOUGH and may_fix:
                self.fix(front)
        else:
            self.fixed.grown(front, joined)
        return self.value

    def fix(self, front: FloatArray) -> None:
        """Fix the reference with what is known, if it is not fixed yet."""
        if self.fixed is None and len(self.early):
            self.fixed = Volume(Scale.of(self.early))
            self.fixed.grown(front, front)

    def of_others(self, front: FloatArray) -> float:
        """The volume of another front (n, M) in the same box."""
        return Volume(self.fixed.scale).grown(front, front) if self.fixed else 0.0

    def state(self) -> dict[str, AnyArray]:
        """All it is made of, as arrays."""
        if self.fixed is None:
            return {"volume_early": self.early}
        free = self.fixed.free
        return {
            "volume_early": self.early,
            "volume_value": np.asarray(self.fixed.value),
            "volume_free": free if free is not None else np.zeros(0),
        }

    def restore(self, state: Mapping[str, AnyArray]) -> None:
        """Become what :meth:`state` was taken of."""
        self.early, self.fixed = state["volume_early"], None
        if "volume_value" in state:
            self.fixed = Volume(Scale.of(self.early))
            self.fixed.value = float(state["volume_value"])
            if self.fixed.free is not None:
                self.fixed.free = state["volume_free"]

    def content(self, names: Sequence[str], signs: FloatArray) -> dict[str, Any]:
        """For run.json: the volume, and the values that it is measured from."""
        if self.fixed is None:
            return {"hypervolume": None}
        values = self.fixed.scale.value_at(1 + MARGIN) * signs
        return {
            "hypervolume": self.value,
            "reference_point": dict(zip(names, values.tolist(), strict=True)),
            "logarithmic": [name for name, log in zip(names, self.fixed.scale.is_log, strict=True) if log],
        }


def scaled_volume(scaled: FloatArray) -> float:
    """Volume that scaled objectives (n, M) dominate up to a tenth beyond the scale's worst values.

    Sampled above four objectives, between the best value of each and there.
    """
    reference = 1 + MARGIN
    inside = scaled[(scaled < reference).all(axis=1)]
    if not len(inside):
        return 0.0
    n_objectives = inside.shape[1]
    if n_objectives == 1:
        return reference - float(inside.min())
    if n_objectives <= _MOST_EXACT:
        return float(moocore.hypervolume(np.ascontiguousarray(inside), ref=np.full(n_objectives, reference)))
    low = inside.min(axis=0)
    points = _uniform(n_objectives) * (reference - low) + low
    return float(np.prod(reference - low) * dominated(points, inside).mean())


def dominated(points: FloatArray, front: FloatArray) -> BoolArray:
    """Points (S, M) that some row of a front (n, M) equals or beats in every objective, (S,).

    Notes
    -----
    For each objective the rows that do not exceed a point there are the first so many of the sorted ones: a set that is
    read off a table, 64 rows a word. A point is dominated where its M sets have a row in common.
    """
    out = np.zeros(len(points), dtype=bool)
    for start in range(0, len(front), _ROWS_PER_TABLE):
        rows, left = front[start : start + _ROWS_PER_TABLE], np.flatnonzero(~out)
        common = np.full((len(left), -(-len(rows) // _WORD)), np.iinfo(np.uint64).max, dtype=np.uint64)
        for column, values in zip(rows.T, points[left].T, strict=True):
            order = np.argsort(column, kind="stable")
            common &= _first_rows(order)[np.searchsorted(column[order], values, side="right")]
        out[left] = common.any(axis=1)
    return out


def _first_rows(order: IntArray) -> np.ndarray:
    """Sets of the first 0, 1, ... n of an order of rows, as bits: (n + 1, words)."""
    n = len(order)
    table = np.zeros((n + 1, -(-n // _WORD)), dtype=np.uint64)
    table[np.arange(1, n + 1), order // _WORD] = np.uint64(1) << (order % _WORD).astype(np.uint64)
    return np.asarray(np.bitwise_or.accumulate(table, axis=0))


def volume_share(found: FloatArray, exact: FloatArray) -> float:
    """Volume of a front (n, M) over that of a better one (E, M), both on the better one's scale."""
    if not len(found):
        return 0.0
    scale = Scale.of(exact)
    if exact.shape[1] <= _MOST_EXACT:
        return min(scaled_volume(scale(found)) / scaled_volume(scale(exact)), 1.0)
    points = _uniform(exact.shape[1]) * (1 + MARGIN)
    return float(dominated(points, scale(found)).sum() / max(int(dominated(points, scale(exact)).sum()), 1))


def share_of_front(found: FloatArray, exact: FloatArray) -> float:
    """Share of the points of a front (E, M) that are, bit for bit, among those found (n, M)."""
    rows = {row.tobytes() for row in np.ascontiguousarray(found)}
    return float(np.mean([row.tobytes() in rows for row in np.ascontiguousarray(exact)]))


def worst_gap_pct(found: FloatArray, exact: FloatArray) -> float:
    """Largest percentage by which some design of a front (E, M) beats every design found (n, M), [%].

    A found design falls short of another by its largest relative shortfall in an objective; a design is as near as the
    nearest found one. Values below a hundredth of the better front's largest count as that in the denominator, so
    that a loss of 0.002 in place of 0.001 is not called twice as bad. 0 where everything is found; infinite where
    nothing is.

    Notes
    -----
    The multiplicative epsilon indicator (E. Zitzler et al., IEEE Trans. Evol. Comput. 7(2), 2003, 117), less 1.
    """
    if not len(found):
        return math.inf
    return float(
        100 * math.expm1(max(moocore.epsilon_additive(relative(found, exact), ref=relative(exact, exact)), 0.0))
    )


def _uniform(n_objectives: int) -> FloatArray:
    """Fixed points in the unit cube, (2^14, M)."""
    return np.random.default_rng(0).random((_SAMPLES, n_objectives))


def _box_points(n_objectives: int) -> FloatArray:
    """Fixed points in a :class:`Volume`'s box."""
    return _uniform(n_objectives) * (1 + MARGIN + _BEYOND) - _BEYOND
