"""Greedy fill of chiplets in layer order: which chiplet, which tiles."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.core.loops import for_loop, takes_loop

_SAVED_S = 1e-8  # CPU time that the loop saves a design's layer, measured
_SINGLE = 2**24  # whole numbers below are exact in single precision


@dataclass(frozen=True)
class Partition:
    """Place of every layer's run of tiles; arrays are (U, L) but for ``chiplets`` (U,), the chiplets filled."""

    first_chiplet: IntArray
    spanned_chiplets: IntArray
    first_tile: IntArray
    chiplets: IntArray


def partition(tiles: IntArray, capacity: IntArray) -> Partition:
    """Chiplets of each layer under SIAM's sequential fill.

    A layer joins the open chiplet if it fits in; if not, and it fits an empty one, the open chiplet is closed (its
    left-over tiles are wasted) and the layer starts the next. A layer larger than a chiplet takes chiplets of its own,
    ceil(tiles / capacity) of them, and what is left of the last is not shared with the next layer.

    Parameters
    ----------
    tiles : (U, L) int64
        Tiles of each layer, all copies together, >= 1.
    capacity : (U,) int64
        Tiles of a chiplet.

    Returns
    -------
    Partition

    References
    ----------
    [siam2021] partition and mapping engine (rule read in the released code and its relatives).
    """
    if takes_loop(tiles.size, _SAVED_S):
        return _looped(tiles, capacity)
    placed = placed_by_layers(*_layers_first(tiles, capacity))
    return Partition(*(np.ascontiguousarray(values.T, dtype=np.int64) for values in vars(placed).values()))


def chiplets_filled(tiles: IntArray, capacity: IntArray) -> IntArray:
    """Chiplets that the fill takes, (U,): :func:`partition` without the placement."""
    if takes_loop(tiles.size, _SAVED_S):
        return _looped(tiles, capacity).chiplets
    return filled_by_layers(*_layers_first(tiles, capacity)).astype(np.int64)


def _looped(tiles: IntArray, capacity: IntArray) -> Partition:
    """The fill by a compiled loop."""
    from siam_dse.mapping.partition_kernel import place_layers

    first_chiplet, spanned, first_tile = (np.empty(tiles.shape, dtype=np.int64) for _ in range(3))
    filled = np.empty(len(tiles), dtype=np.int64)
    place_layers(for_loop(tiles), for_loop(capacity), first_chiplet, spanned, first_tile, filled)
    return Partition(first_chiplet, spanned, first_tile, filled)


def _layers_first(tiles: IntArray, capacity: IntArray) -> tuple[FloatArray, FloatArray]:
    """(L, U) and (U,) whole numbers as floats of (U, L) and (U,)."""
    exact = exact_type(max(int(tiles.max(initial=0)) * tiles.shape[1], int(capacity.max(initial=0))))
    return np.ascontiguousarray(tiles.T, dtype=exact), capacity.astype(exact)


def exact_type(most: float) -> type[np.floating[Any]]:
    """Floats in which whole numbers up to ``most`` are exact; a quotient of two of them is whole only if it is so."""
    return np.float32 if most < _SINGLE else np.float64


def placed_by_layers(tiles: FloatArray, capacity: FloatArray) -> Partition:
    """:func:`partition` of whole numbers as floats, layers first: (L, U)."""
    opens, room = _fill(tiles, capacity, np.arange(len(tiles)))
    spanned = np.ceil(tiles / capacity)
    filled = spanned * opens
    for before, here in pairwise(filled):
        here += before
    first_tile = np.maximum(capacity - room - tiles, 0)
    return Partition(filled - spanned, spanned, first_tile, filled[-1])


def filled_by_layers(tiles: FloatArray, capacity: FloatArray, layers: IntArray | None = None) -> FloatArray:
    """Chiplets that the fill takes, (U,), from whole numbers as floats, layers first: (L, U).

    With ``layers``, (L,), ``tiles`` are those of distinct layers, (K, U), and layer l is the one at ``layers[l]``.
    """
    layers = np.arange(len(tiles)) if layers is None else layers
    opens, _ = _fill(tiles, capacity, layers)
    spanned = np.ceil(tiles / capacity)[layers]
    spanned *= opens
    return np.asarray(spanned.sum(axis=0))


def _fill(tiles: FloatArray, capacity: FloatArray, layers: IntArray) -> tuple[BoolArray, FloatArray]:
    """Layers that start a chiplet, and tiles that the next layer may take in the chiplet left open, (L, U) each.

    A layer larger than a chiplet leaves no room in its last one, so that the next opens its own; before the first layer
    there is no room either.
    """
    left, room = np.empty((2, len(layers), len(capacity)), dtype=tiles.dtype)
    rows, beside = list(tiles), list(np.maximum(capacity - tiles, 0))  # room that a layer leaves in a new chiplet
    negative, before = -capacity, np.zeros_like(capacity)
    for layer, rest, after in zip(layers.tolist(), left, room, strict=True):
        np.subtract(before, rows[layer], rest)  # -1 or less where a chiplet opens
        np.multiply(rest, negative, after)  # a capacity or more there, elsewhere 0 or less
        np.minimum(after, beside[layer], out=after)
        np.maximum(after, rest, out=after)
        before = after
    return left < 0, room
