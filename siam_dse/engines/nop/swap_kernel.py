"""Search of chiplets' positions as plain loops over those that exchange data: ``swaps``, the same to the byte."""

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.core.compiled import compiled


@compiled
def change_of(
    first: IntArray, other: IntArray, traffic: FloatArray, hops: FloatArray, position: IntArray, a: int, b: int
) -> float:
    """Change of the traffic times hops of chiplet a, if b makes room for it where it is and goes where a is."""
    here, there, change = position[a], position[b], 0.0
    for i in range(first[a], first[a + 1]):
        if other[i] != b:
            at = position[other[i]]
            change += traffic[i] * (hops[there, at] - hops[here, at])
    return change


@compiled
def swap_one(
    first: IntArray, other: IntArray, traffic: FloatArray, hops: FloatArray, position: IntArray, n: int, passes: int
) -> None:
    """Swap the positions of n chiplets of one package, in place; see ``swaps.swapped``."""
    for _ in range(passes):
        has_moved = False
        for a in range(1, n):
            best, least = 0, 0.0
            for b in range(1, n):
                if b != a:
                    change = change_of(first, other, traffic, hops, position, a, b)
                    change += change_of(first, other, traffic, hops, position, b, a)
                    if change < least:
                        best, least = b, change
            if best > 0:
                position[a], position[best] = position[best], position[a]
                has_moved = True
        if not has_moved:
            break


@compiled
def grow(first: IntArray, other: IntArray, traffic: FloatArray, hops: FloatArray, position: IntArray, n: int) -> None:
    """Deal the positions of n chiplets of one package out anew, in place; see ``swaps.grown``."""
    free = np.sort(position[1:n])
    is_left, linked = np.ones(n, dtype=np.bool_), np.zeros(n)
    chiplet, is_left[0] = 0, False
    for left in range(n - 1, 0, -1):
        for i in range(first[chiplet], first[chiplet + 1]):
            linked[other[i]] += traffic[i]
        chiplet = -1
        for c in range(1, n):
            if is_left[c] and (chiplet < 0 or linked[c] > linked[chiplet]):
                chiplet = c
        best, least = 0, -1.0
        for place in range(left):
            away = 0.0
            for i in range(first[chiplet], first[chiplet + 1]):
                if not is_left[other[i]]:
                    away += traffic[i] * hops[free[place], position[other[i]]]
            if least < 0 or away < least:
                best, least = place, away
        position[chiplet], is_left[chiplet] = free[best], False
        for place in range(best, left - 1):
            free[place] = free[place + 1]


@compiled
def weighed(
    first: IntArray, other: IntArray, traffic: FloatArray, hops: FloatArray, position: IntArray, n: int
) -> float:
    """Traffic times hops of one package."""
    total = 0.0
    for chiplet in range(n):
        for i in range(first[chiplet], first[chiplet + 1]):
            total += traffic[i] * hops[position[chiplet], position[other[i]]]
    return total


@compiled
def search(
    first: IntArray, other: IntArray, traffic: FloatArray, hops: FloatArray, position: IntArray, rows: IntArray,
    chiplets: IntArray, passes: IntArray,
) -> None:  # fmt: skip
    """Better positions in the place of those (U, C) of the packages at ``rows`` (n,); see ``swaps.searched``.

    They have ``chiplets`` chiplets each, and ``passes`` at most; ``first``, ``other`` and ``traffic`` are of
    ``swaps.Partners``, ``hops`` between two positions, (P, P).
    """
    for i in range(len(rows)):
        begin, n, found = rows[i] * position.shape[1], chiplets[i], position[rows[i]]
        own, anew = first[begin : begin + n + 1], found.copy()
        swap_one(own, other, traffic, hops, found, n, passes[i])
        grow(own, other, traffic, hops, anew, n)
        swap_one(own, other, traffic, hops, anew, n, passes[i])
        if weighed(own, other, traffic, hops, anew, n) < weighed(own, other, traffic, hops, found, n):
            found[:] = anew
