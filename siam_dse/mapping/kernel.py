"""Copies of layers as plain loops, mapping by mapping: ``copy_search`` and ``leftover``.

The same trials in the same order as theirs, until two that are a copy apart leave nothing between them to try; only
exponentials and logarithms may differ in the last bit, which whole copies do not show.
"""

import math

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.core.compiled import compiled

_TOLERANCE = 1e-4  # of copy_search
_BISECTIONS = 20  # of leftover
_MANY = 2**62  # copies


@compiled
def fits(taken: IntArray, capacity: int, allowed: int) -> bool:
    """Whether layers of ``taken`` tiles (L,) fill at most the chiplets allowed; see ``partition.partition``."""
    room, filled = 0, 0
    for layer in range(len(taken)):
        if taken[layer] <= room:
            room -= taken[layer]
        elif taken[layer] <= capacity:
            filled += 1
            room = capacity - taken[layer]
        else:
            filled += -(-taken[layer] // capacity)
            room = 0
        if filled > allowed:
            return False
    return True


@compiled
def scale(log_scale: float, weight: FloatArray, tiles: IntArray, least: IntArray, most: IntArray, out: IntArray) -> int:
    """Tiles (L,) of the copies that a scale gives, clip(floor(e^scale weight), least, most) x tiles, into ``out``.

    Returns the number of copies.
    """
    factor, n_copies = math.exp(log_scale), 0
    for layer in range(len(weight)):
        # a number too large to be whole is more than the most
        copies = max(int(min(factor * weight[layer], float(most[layer]))), least[layer])
        out[layer] = copies * tiles[layer]
        n_copies += copies
    return n_copies


@compiled
def scaled_tiles(
    tiles: IntArray,
    positions: IntArray,
    weight: FloatArray,
    capacity: int,
    allowed: int,
    out: IntArray,
) -> None:
    """Tiles of the copies of the largest scale that fits, into ``out`` (L,); see ``CopySearch``."""
    most, ones = np.empty_like(tiles), np.ones_like(tiles)
    least, largest = math.inf, 0.0
    for layer in range(len(tiles)):
        most[layer] = min(positions[layer], allowed * capacity // tiles[layer] + 1)
        least = min(least, 1 / weight[layer])
        largest = max(largest, positions[layer] / weight[layer])
    low, high, n_low, n_high = math.log(least), math.log(largest), len(tiles), _MANY
    while high - low >= _TOLERANCE and n_high - n_low > 1:
        middle = (low + high) / 2
        n_copies = scale(middle, weight, tiles, ones, most, out)
        if fits(out, capacity, allowed):
            low, n_low = middle, n_copies
        else:
            high, n_high = middle, n_copies
    scale(low, weight, tiles, ones, most, out)


@compiled
def grow(tiles: IntArray, positions: IntArray, capacity: int, allowed: int, taken: IntArray) -> None:
    """One more copy of as many layers as fit, those that gain most a tile first, onto ``taken`` (L,)."""
    loss, trial = np.zeros(len(tiles)), np.empty_like(tiles)
    n_more = 0
    for layer in range(len(tiles)):
        copies = taken[layer] // tiles[layer]
        if copies < positions[layer]:
            loss[layer] = -(positions[layer] / float(copies * (copies + 1)) / tiles[layer])
            n_more += 1
    order = np.argsort(loss, kind="mergesort")
    low, high = 0, n_more + 1
    while high - low > 1:
        middle = (low + high) // 2
        trial[:] = taken
        for i in range(middle):
            trial[order[i]] += tiles[order[i]]
        if fits(trial, capacity, allowed):
            low = middle
        else:
            high = middle
    for i in range(low):
        taken[order[i]] += tiles[order[i]]


@compiled
def fill(tiles: IntArray, positions: IntArray, weight: FloatArray, capacity: int, taken: IntArray) -> None:
    """More copies from the tiles that chiplets have left, onto ``taken`` (L,); see ``leftover.fill_chiplets``."""
    start, largest, least = math.inf, 0.0, math.inf
    for layer in range(len(tiles)):
        start = min(start, taken[layer] // tiles[layer] / weight[layer])
        largest = max(largest, positions[layer] / weight[layer])
        least = min(least, 1 / weight[layer])
    start, span = math.log(start), math.log(largest / least)
    first, n_layers = 0, len(tiles)
    while first < n_layers:
        chiplets = -(-taken[first] // capacity)
        room = chiplets * capacity
        left, last = room - taken[first], first + 1
        joins = chiplets == 1  # after a layer split over chiplets the next opens its own
        while joins and last < n_layers and taken[last] <= left:
            left -= taken[last]
            last += 1
        can_grow = False
        for layer in range(first, last):
            can_grow = can_grow or (tiles[layer] <= left and taken[layer] // tiles[layer] < positions[layer])
        if can_grow and last - first > 1:
            group = slice(first, last)
            left = rescale(start, span, room, tiles[group], positions[group], weight[group], taken[group])
        for layer in range(first, last):
            if tiles[layer] <= left:
                copies = min(positions[layer] - taken[layer] // tiles[layer], left // tiles[layer])
                taken[layer] += copies * tiles[layer]
                left -= copies * tiles[layer]
        first = last


@compiled
def rescale(
    start: float, span: float, room: int, tiles: IntArray, most: IntArray, weight: FloatArray, taken: IntArray
) -> int:
    """Tiles of a group's layers (l,) at the largest scale that fits its room, into ``taken``; what is left then."""
    least, trial = taken // tiles, np.empty_like(tiles)
    low, high, n_low, n_high = 0.0, span, least.sum(), _MANY
    for _ in range(_BISECTIONS):
        if n_high - n_low <= 1:
            break
        middle = (low + high) / 2
        n_copies = scale(start + middle, weight, tiles, least, most, trial)
        if trial.sum() <= room:
            low, n_low = middle, n_copies
        else:
            high, n_high = middle, n_copies
    scale(start + low, weight, tiles, least, most, taken)
    return room - int(taken.sum())


@compiled
def copies_of(
    tiles: IntArray,
    positions: IntArray,
    is_stage: bool,
    capacity: IntArray,
    allowed: IntArray,
    copies: IntArray,
) -> None:
    """Copies of each layer that fill at most the chiplets allowed.

    Parameters
    ----------
    tiles : (U, L)
        Of one copy.
    positions : (1, L) or (U, L)
        Most copies of a layer.
    is_stage : bool
        Copies in proportion to the positions, for stages of a pipeline; else to sqrt(positions / tiles).
    capacity, allowed : (U,)
        Tiles of a chiplet; chiplets.
    copies : (U, L)
        For the copies.
    """
    weight, taken = np.empty(tiles.shape[1]), np.empty(tiles.shape[1], dtype=np.int64)
    for u in range(len(tiles)):
        most = positions[u if len(positions) > 1 else 0]
        for layer in range(len(weight)):
            weight[layer] = most[layer] if is_stage else math.sqrt(most[layer] / tiles[u, layer])
        scaled_tiles(tiles[u], most, weight, capacity[u], allowed[u], taken)
        grow(tiles[u], most, capacity[u], allowed[u], taken)
        fill(tiles[u], most, weight, capacity[u], taken)
        for layer in range(len(weight)):
            copies[u, layer] = taken[layer] // tiles[u, layer]
