"""Sums over layers as a plain loop: ``compose.Sums`` row by row, its products and additions in NumPy's order."""

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.core.compiled import compiled

_AT_ONCE = 8  # values that NumPy adds up side by side
_BLOCK = 128  # values that it does so with; more are halved first


@compiled
def pairwise_sum(values: FloatArray) -> float:
    """Sum of values (n,), added in the order of ``np.sum`` along contiguous rows: the same bytes."""
    n = len(values)
    if n < _AT_ONCE:
        few = 0.0
        for i in range(n):
            few += values[i]
        return few
    if n > _BLOCK:
        half = n // 2
        half -= half % _AT_ONCE
        return float(pairwise_sum(values[:half]) + pairwise_sum(values[half:]))
    a, b, c, d, e, f, g, h = values[0], values[1], values[2], values[3], values[4], values[5], values[6], values[7]
    whole = n - n % _AT_ONCE
    for i in range(_AT_ONCE, whole, _AT_ONCE):
        a, b, c, d = a + values[i], b + values[i + 1], c + values[i + 2], d + values[i + 3]
        e, f, g, h = e + values[i + 4], f + values[i + 5], g + values[i + 6], h + values[i + 7]
    total = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for i in range(whole, n):
        total += values[i]
    return float(total)


@compiled
def sums_of_rows(one: FloatArray, rows: IntArray, other: FloatArray, other_rows: IntArray, out: FloatArray) -> None:
    """Sum over layers of the product of two figures, into ``out`` (U,).

    Parameters
    ----------
    one, other : (u, L)
    rows, other_rows : (U,)
        Row of each for each sum; none given: row by row.
    out : (U,)
    """
    line = np.empty(one.shape[1])
    for u in range(len(out)):
        here = one[rows[u] if len(rows) else u]
        there = other[other_rows[u] if len(other_rows) else u]
        for layer in range(len(line)):
            line[layer] = here[layer] * there[layer]
        out[u] = pairwise_sum(line)
