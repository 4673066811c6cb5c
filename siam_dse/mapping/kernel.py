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
def fits(copies: IntArray, tiles: IntArray, capacity: int, allowed: int) -> bool:
    """Whether copies of layers of so many tiles (L,) fill at most the chiplets allowed; see ``partition.partition``."""
    room, filled = 0, 0
    for layer in range(len(tiles)):
        taken = copies[layer] * tiles[layer]
        if taken <= room:
            room -= taken
        elif taken <= capacity:
            filled += 1
            room = capacity - taken
        else:
            filled += -(-taken // capacity)
            room = 0
        if filled > allowed:
            return False
    return True


@compiled
def scale(log_scale: float, weight: FloatArray, least: IntArray, most: IntArray, out: IntArray) -> int:
    """Copies that a scale gives, clip(floor(e^scale weight), least, most), into ``out`` (L,); their number."""
    factor, n_copies = math.exp(log_scale), 0
    for layer in range(len(weight)):
        # a number too large to be whole is more than the most
        out[layer] = max(int(min(factor * weight[layer], float(most[layer]))), least[layer])
        n_copies += out[layer]
    return n_copies


@compiled
def scaled_copies(
    tiles: IntArray,
    positions: IntArray,
    weight: FloatArray,
    scales: tuple[float, float],
    capacity: int,
    allowed: int,
    out: IntArray,
) -> None:
    """Copies of the largest scale that fits, between two, into ``out`` (L,); see ``CopySearch``."""
    most, ones = np.empty_like(tiles), np.ones_like(tiles)
    for layer in range(len(tiles)):
        most[layer] = min(positions[layer], allowed * capacity // tiles[layer] + 1)
    low, high, n_low, n_high = math.log(scales[0]), math.log(scales[1]), len(tiles), _MANY
    while high - low >= _TOLERANCE and n_high - n_low > 1:
        middle = (low + high) / 2
        n_copies = scale(middle, weight, ones, most, out)
        if fits(out, tiles, capacity, allowed):
            low, n_low = middle, n_copies
        else:
            high, n_high = middle, n_copies
    scale(low, weight, ones, most, out)


@compiled
def grow(tiles: IntArray, positions: IntArray, capacity: int, allowed: int, copies: IntArray) -> None:
    """One more copy of as many layers as fit, those that gain most a tile first, onto ``copies`` (L,).

    Where a layer no longer fits none does after it: more tiles never fill fewer chiplets.
    """
    gain = np.zeros(len(tiles))
    for layer in range(len(tiles)):
        if copies[layer] < positions[layer]:
            gain[layer] = positions[layer] / float(copies[layer] * (copies[layer] + 1)) / tiles[layer]
    while True:
        best = np.argmax(gain)
        if gain[best] == 0:
            return
        copies[best] += 1
        if not fits(copies, tiles, capacity, allowed):
            copies[best] -= 1
            return
        gain[best] = 0


@compiled
def fill(
    tiles: IntArray,
    positions: IntArray,
    weight: FloatArray,
    scales: tuple[float, float],
    capacity: int,
    copies: IntArray,
) -> None:
    """More copies from the tiles that chiplets have left, onto ``copies`` (L,); see ``leftover.fill_chiplets``."""
    start = math.inf
    for layer in range(len(tiles)):
        start = min(start, copies[layer] / weight[layer])
    start, span = math.log(start), math.log(scales[1] / scales[0])
    first, n_layers = 0, len(tiles)
    while first < n_layers:
        taken = copies[first] * tiles[first]
        chiplets = -(-taken // capacity)
        room = chiplets * capacity
        left, last = room - taken, first + 1
        joins = chiplets == 1  # after a layer split over chiplets the next opens its own
        while joins and last < n_layers and copies[last] * tiles[last] <= left:
            left -= copies[last] * tiles[last]
            last += 1
        can_grow = False
        for layer in range(first, last):
            can_grow = can_grow or (tiles[layer] <= left and copies[layer] < positions[layer])
        if can_grow and last - first > 1:
            group = slice(first, last)
            left = rescale(start, span, room, tiles[group], positions[group], weight[group], copies[group])
        for layer in range(first, last):
            if tiles[layer] <= left:
                more = min(positions[layer] - copies[layer], left // tiles[layer])
                copies[layer] += more
                left -= more * tiles[layer]
        first = last


@compiled
def all_tiles(copies: IntArray, tiles: IntArray) -> int:
    """Tiles of all copies of layers (l,)."""
    taken = 0
    for layer in range(len(tiles)):
        taken += copies[layer] * tiles[layer]
    return taken


@compiled
def rescale(
    start: float, span: float, room: int, tiles: IntArray, most: IntArray, weight: FloatArray, copies: IntArray
) -> int:
    """Copies of a group's layers (l,) at the largest scale that fits its room, onto ``copies``; tiles left then."""
    least, trial = copies.copy(), np.empty_like(tiles)
    low, high, n_low, n_high = 0.0, span, least.sum(), _MANY
    for _ in range(_BISECTIONS):
        if n_high - n_low <= 1:
            break
        middle = (low + high) / 2
        n_copies = scale(start + middle, weight, least, most, trial)
        if all_tiles(trial, tiles) <= room:
            low, n_low = middle, n_copies
        else:
            high, n_high = middle, n_copies
    scale(start + low, weight, least, most, copies)
    return room - all_tiles(copies, tiles)


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
    weight = np.empty(tiles.shape[1])
    for u in range(len(tiles)):
        most, own = positions[u if len(positions) > 1 else 0], copies[u]
        least, largest = math.inf, 0.0  # scales: one copy of every layer, and the most copies
        for layer in range(len(weight)):
            weight[layer] = most[layer] if is_stage else math.sqrt(most[layer] / tiles[u, layer])
            least, largest = min(least, 1 / weight[layer]), max(largest, most[layer] / weight[layer])
        scaled_copies(tiles[u], most, weight, (least, largest), capacity[u], allowed[u], own)
        grow(tiles[u], most, capacity[u], allowed[u], own)
        fill(tiles[u], most, weight, (least, largest), capacity[u], own)
