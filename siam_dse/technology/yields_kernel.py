"""Chances that few of many fail, as a plain loop: ``yields._few_summed``, die by die, its terms in the same order."""

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.core.compiled import compiled


@compiled
def sum_terms(share: FloatArray, odds: FloatArray, number: FloatArray, most: IntArray, out: FloatArray) -> None:
    """Add the terms of ``yields._summed`` beyond the first to ``out``.

    Parameters
    ----------
    share : (n, P)
        The first terms; overwritten.
    odds : (n, P)
        Rising along P or not; where they rise, points are done one after the other.
    number : (n,)
    most : (n,)
    out : (n, P)
        The first terms.
    """
    n_points = share.shape[1]
    for i in range(len(share)):
        first = 0  # of the points whose terms are not yet lost in rounding
        for k in range(most[i]):
            left, taken = max(number[i] - k, 0.0), k + 1.0
            for p in range(first, n_points):
                share[i, p] = share[i, p] * left / taken * odds[i, p]
            while first < n_points and out[i, first] + share[i, first] == out[i, first]:
                first += 1
            for p in range(first, n_points):
                out[i, p] += share[i, p]
            if first == n_points:
                break
