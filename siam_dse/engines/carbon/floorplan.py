"""Floor plan of equal dies: split in halves again and again, the two halves a gap apart, across and along in turn.

At each split the smaller and the larger half lie side by side. A single die is half as long along the split above it
as across. With L(n) the extent of n dies along the split above them and C(n) that across, L(n) = C(h) and
C(n) = L(n - h) + L(h) + gap with h = ceil(n / 2); L(1) = s / sqrt(2), C(1) = sqrt(2) s for a die of area s^2.
"""

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray

_Extents = tuple[int, int, int, int]  # along and across the split above some dies: short edges and gaps of each
_ONE: _Extents = (1, 0, 2, 0)


def _extents(n: int) -> _Extents:
    """Extent of n dies along and across the split above them."""
    return _extents_and_next(n)[0]


def _extents_and_next(n: int) -> tuple[_Extents, _Extents]:
    """Of n dies and of one more: halves of both are of n // 2 dies, or of one more."""
    if n == 1:
        return _ONE, _side_by_side(_ONE, _ONE)
    half, larger = _extents_and_next(n // 2)
    if n % 2:
        return _side_by_side(half, larger), _side_by_side(larger, larger)
    return _side_by_side(half, half), _side_by_side(half, larger)


def _side_by_side(smaller: _Extents, larger: _Extents) -> _Extents:
    return larger[2], larger[3], smaller[0] + larger[0], smaller[1] + larger[1] + 1


def _extents_m(n: IntArray, die_area_m2: FloatArray, gap_m: float) -> tuple[FloatArray, FloatArray]:
    """Extent of n dies along and across the split above them, (U,) each [m]."""
    each, back = np.unique(n, return_inverse=True)
    extents = np.array([_extents(int(one)) for one in each], dtype=np.float64).reshape(len(each), len(_ONE))
    edges_along, gaps_along, edges_across, gaps_across = extents[back].T
    short_m = np.sqrt(die_area_m2 / 2)
    return edges_along * short_m + gaps_along * gap_m, edges_across * short_m + gaps_across * gap_m


def box_m2(n: IntArray, die_area_m2: FloatArray, gap_m: float) -> FloatArray:
    """Area of the rectangle around n equal dies.

    Parameters
    ----------
    n : (U,) int64, >= 1
    die_area_m2 : (U,) [m2]
    gap_m : float
        Between the halves of every split [m].

    Returns
    -------
    (U,) float64 [m2]

    References
    ----------
    Worked out from ECO-CHIP's packages of 2 to 36 dies, equal to 1e-14.
    """
    along_m, across_m = _extents_m(n, die_area_m2, gap_m)
    return along_m * across_m


def bridges(n: IntArray, die_area_m2: FloatArray, gap_m: float, reach_m: float) -> FloatArray:
    """Bridges below n equal dies: at every split as many as its shorter half's edge takes, ``reach_m`` each.

    Parameters
    ----------
    n : (U,) int64, >= 1
    die_area_m2 : (U,) [m2]
    gap_m, reach_m : float
        [m]

    Returns
    -------
    (U,) float64, whole numbers; 0 for one die
    """
    count = np.zeros(len(n))
    for depth in range(int(n.max(initial=1)).bit_length()):
        small = n >> depth  # groups at this depth are of n // 2^depth dies, or of one more
        larger = n - (small << depth)
        for size, groups in ((small, (1 << depth) - larger), (small + 1, larger)):
            edge_m = _extents_m(np.maximum(size // 2, 1), die_area_m2, gap_m)[1]
            count += np.where(size > 1, groups * np.ceil(edge_m / reach_m), 0)
    return count
