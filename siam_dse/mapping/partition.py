"""Greedy fill of chiplets in layer order: which chiplet, which tiles."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.mapping.crossbars import ceil_div


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
    n_keys, n_layers = tiles.shape
    first_chiplet = np.empty((n_keys, n_layers), dtype=np.int64)
    first_tile = np.zeros((n_keys, n_layers), dtype=np.int64)
    spanned = np.maximum(ceil_div(tiles, capacity[:, None]), 1)
    open_chiplet = np.zeros(n_keys, dtype=np.int64)
    used = np.zeros(n_keys, dtype=np.int64)  # tiles taken in the open chiplet; 0 = it is empty
    for layer in range(n_layers):
        wanted = tiles[:, layer]
        split = spanned[:, layer] > 1
        joins = ~split & (used + wanted <= capacity)
        open_chiplet += ~joins & (used > 0)
        first_chiplet[:, layer] = open_chiplet
        first_tile[:, layer] = np.where(joins, used, 0)
        used = np.where(split, 0, np.where(joins, used + wanted, wanted))
        open_chiplet += np.where(split, spanned[:, layer], 0)
    return Partition(first_chiplet, spanned, first_tile, open_chiplet + (used > 0))


def chiplets_filled(tiles: IntArray, capacity: IntArray) -> IntArray:
    """Chiplets that the fill takes, (U,): :func:`partition` without the placement."""
    return filled_by_layers(tiles.T.astype(np.float64), capacity.astype(np.float64)).astype(np.int64)


def filled_by_layers(tiles: FloatArray, capacity: FloatArray) -> FloatArray:
    """Chiplets that the fill takes, (U,), from whole numbers as floats, layers first: (L, U).

    A layer larger than a chiplet leaves its last one full, so that the next opens its own; as many chiplets are open
    before the first layer as after none: zero, full.
    """
    own = np.ceil(tiles / capacity)  # chiplets of a layer that opens its own; exact below 2^53
    left = np.where(own > 1, capacity, tiles)  # tiles taken in the last of them
    filled = np.zeros_like(capacity)
    used = capacity.copy()
    for layer in range(len(tiles)):
        used += tiles[layer]
        opens = used > capacity
        np.add(filled, own[layer], out=filled, where=opens)
        np.copyto(used, left[layer], where=opens)
    return filled
