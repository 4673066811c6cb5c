"""Trials of layers dealt out over chiplets as plain loops, mapping by mapping: ``spread``, its trials in their order.

They end where two that are a copy, or a chiplet, apart leave nothing between them to try. Only exponentials and
logarithms may differ in the last bit, which whole copies do not show.
"""

import math

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.core.compiled import compiled

_HALVINGS = 32  # of spread
_MANY = 2**62  # copies


@compiled
def fits(number: IntArray, copies: IntArray, tiles: IntArray, chiplets: int, capacity: int) -> bool:
    """Whether shelves of layers of so many units (L,), each of so many tiles, are no higher than a chiplet has room.

    As ``spread.deal`` puts them.
    """
    end, bottom, top = 0, 0, 0  # of the open shelf: chiplets, tiles
    for layer in range(len(number)):
        units = number[layer] * copies[layer]
        of_chiplet = -(-units // chiplets)
        spanned = -(-units // of_chiplet)
        if end + spanned > chiplets:
            bottom, end = top, 0
        end += spanned
        top = max(top, bottom + of_chiplet * tiles[layer])
        if top > capacity:
            return False
    return True


@compiled
def chiplets_of(number: IntArray, tiles: IntArray, capacity: IntArray, needed: IntArray) -> None:
    """Chiplets over which one copy of every layer can be dealt, into ``needed`` (U,); see ``spread.chiplets_dealt``.

    Parameters
    ----------
    number, tiles : (U, L)
        Units of a layer, and tiles of each.
    capacity, needed : (U,)
    """
    ones = np.ones(number.shape[1], dtype=np.int64)
    for u in range(len(number)):
        low = max(-(-(number[u] * tiles[u]).sum() // capacity[u]) - 1, 0)
        high = max(number[u].sum(), low + 1)
        for _ in range(_HALVINGS):
            if high - low <= 1:
                break
            middle = max((low + high) // 2, 1)
            if fits(number[u], ones, tiles[u], middle, capacity[u]):
                high = middle
            else:
                low = middle
        needed[u] = high


@compiled
def scale(log_scale: float, weight: FloatArray, most: IntArray, copies: IntArray) -> int:
    """Copies that a scale gives, clip(floor(e^scale weight), 1, most), into ``copies`` (L,), and their number."""
    factor, n_copies = math.exp(log_scale), 0
    for layer in range(len(weight)):
        copies[layer] = max(int(min(factor * weight[layer], float(most[layer]))), 1)
        n_copies += copies[layer]
    return n_copies


@compiled
def copies_of(
    number: IntArray,
    tiles: IntArray,
    capacity: IntArray,
    weight: FloatArray,
    most: IntArray,
    chiplets: IntArray,
    copies: IntArray,
) -> None:
    """Copies of the largest scale that fits, into ``copies`` (U, L); see ``spread.copies_dealt``.

    Parameters
    ----------
    number, tiles, weight, most : (U, L)
    capacity, chiplets : (U,)
    copies : (U, L)
    """
    for u in range(len(number)):
        least, largest = math.inf, 0.0
        for layer in range(number.shape[1]):
            least = min(least, 1 / weight[u, layer])
            largest = max(largest, most[u, layer] / weight[u, layer])
        low, high, n_low, n_high = math.log(least), math.log(largest), number.shape[1], _MANY
        for _ in range(_HALVINGS):
            if n_high - n_low <= 1:
                break
            middle = (low + high) / 2
            n_copies = scale(middle, weight[u], most[u], copies[u])
            if fits(number[u], copies[u], tiles[u], chiplets[u], capacity[u]):
                low, n_low = middle, n_copies
            else:
                high, n_high = middle, n_copies
        scale(low, weight[u], most[u], copies[u])
