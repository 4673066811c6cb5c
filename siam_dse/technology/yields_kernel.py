"""Chances that few of many fail, as a plain loop: ``yields._few_summed``, die by die, its terms in the same order."""

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.core.compiled import compiled


@compiled
def sum_terms(out: FloatArray, odds: FloatArray, number: FloatArray, most: IntArray) -> None:
    """Add the terms of ``yields._summed`` beyond the first to it.

    Parameters
    ----------
    out : (n, P)
        The first terms.
    odds : (n, P)
        Rising along P or not; where they rise, points are done one after the other.
    number : (n,)
    most : (n,)
    """
    n_points = out.shape[1]
    share = np.empty(n_points)
    for i in range(len(out)):
        share[:] = out[i]
        first = 0  # of the points whose terms are not yet lost in rounding
        for k in range(most[i]):
            left, taken = max(number[i] - k, 0.0), k + 1.0
            for p in range(first, n_points):
                share[p] = share[p] * left / taken * odds[i, p]
            while first < n_points and out[i, first] + share[first] == out[i, first]:
                first += 1
            for p in range(first, n_points):
                out[i, p] += share[p]
            if first == n_points:
                break
