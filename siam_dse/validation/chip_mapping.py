"""How DNN+NeuroSim V1.3 lays a network out on its chip: one tile size, processing elements, copies inside tiles.

A tile of V1.3 is a square of crossbars; so is a processing element (PE) in it. Both sizes follow from the network, and
what a layer leaves free of its PEs or crossbars is filled with copies of it. A design of this package has no PEs; its
copies inside tiles (:mod:`siam_dse.mapping.in_tile`) are the same where a PE is half a side of four crossbars. These
counts stand in where the source's chips are predicted, and nowhere else.

References
----------
[neurosim13] Chip.cpp, ChipDesignInitialize, TileDesignCM, PEDesign (sizes and copies of 65 measured chips, exact).
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import IntArray
from siam_dse.mapping.crossbars import ceil_div


@dataclass(frozen=True)
class ChipLayout:
    """Sides of tile and processing element [cells], and copies of each layer inside its tiles, (L,)."""

    tile_side: int
    pe_side: int
    copies: IntArray


def chip_layout(rows: IntArray, columns: IntArray, crossbar_side: int) -> ChipLayout:
    """Layout of a network's layers on conventionally mapped tiles.

    Parameters
    ----------
    rows, columns : (L,) [cells] of each layer's weight matrix
    crossbar_side : int [cells]

    Returns
    -------
    ChipLayout

    Notes
    -----
    The tile's side starts at the power of two that holds the widest layer, is never below four crossbars, and is halved
    down to eight as long as that uses more of the cells. The PE's side starts at half a tile and is halved down to two
    crossbars on the same condition, copies counted as use.
    """
    least = 4 * crossbar_side
    tile = max(int(2 ** np.ceil(np.log2(columns.max()))), least)
    best = _used_share(rows, columns, tile)
    side = tile
    while side > 2 * least:
        side //= 2
        share = _used_share(rows, columns, side)
        if share > best:
            tile, best = side, share
    one = np.ones_like(rows)

    def share_with_copies(pe_side: int) -> float:
        return _used_share(rows, columns, tile, _copies(rows, columns, tile, pe_side, crossbar_side))

    pe = side = tile // 2
    best = share_with_copies(pe)
    while side > 2 * crossbar_side:
        side //= 2
        share = share_with_copies(side)
        if share > best:
            pe, best = side, share
    return ChipLayout(tile, pe, one * _copies(rows, columns, tile, pe, crossbar_side))


def _used_share(rows: IntArray, columns: IntArray, tile: int, copies: IntArray | int = 1) -> float:
    """Share of the cells of all tiles that hold weights."""
    whole = np.full_like(rows, tile)
    tiles = ceil_div(rows, whole) * ceil_div(columns, whole)
    return float((rows * columns * copies).sum() / (tiles * tile**2).sum())


def _copies(rows: IntArray, columns: IntArray, tile: int, pe: int, crossbar: int) -> IntArray:
    """Copies of each layer in its tiles, (L,): those that fit the PEs of a tile x those that fit a PE, in each axis."""
    copies = np.ones_like(rows)
    for cells in (rows, columns):
        for outer, inner in ((tile, pe), (pe, crossbar)):
            taken = ceil_div(cells, np.full_like(cells, inner))
            copies = copies * np.maximum(outer // inner // taken, 1)
    return copies
