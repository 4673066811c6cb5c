"""Copies of a layer in the crossbars that it leaves free in its own tiles (field ``in_tile_copies``)."""

import numpy as np

from siam_dse.core.arrays import IntArray
from siam_dse.design.designs import Designs
from siam_dse.mapping.crossbars import crossbar_blocks_of_kinds, tile_side_crossbars
from siam_dse.workload.network import Network


def most_copies(designs: Designs) -> IntArray:
    """Most copies along one side of a tile, (U,): one a crossbar, where a design has copies in its tiles."""
    return np.where(designs.in_tile_copies, tile_side_crossbars(designs), 1)


def copies_along(designs: Designs, network: Network) -> tuple[IntArray, IntArray]:
    """Copies of each layer in its tiles along their rows and along their columns, (U, L) each.

    A layer whose weights take n of the s crossbars along a side of its first tile has floor(s / n) copies along it.
    Those that differ in rows have rows of crossbars of their own, whose sums are not added; those that differ in
    columns read inputs of their own. Grouped layers, which lie along the diagonal of their tiles, have none, nor have
    sequential ones, which copies do not help, and products, which have no tiles.

    Parameters
    ----------
    designs : Designs
        ``in_tile_copies``, ``crossbars_per_tile``, crossbar and weights, (U,).
    network : Network

    Returns
    -------
    rows, columns : (U, L) int64, at least 1

    References
    ----------
    [siam2021] measured with SIAM's engine on layers of 1 to 16 crossbars (``siam-dse validate --kind siam``);
    [neurosim13] Chip.cpp, copies in processing elements and in their sub-arrays: with 4 x 4 crossbars a tile and 2 x 2
    a processing element the same.
    """
    if not designs.in_tile_copies.any():
        one = np.ones((len(designs), network.n_layers), dtype=np.int64)
        return one, one
    side, is_whole = most_copies(designs)[:, None], (network.groups == 1) & ~network.sequential & ~network.is_product
    *blocks, kind = crossbar_blocks_of_kinds(designs, network)
    rows, columns = (
        np.where(is_whole, np.take(np.maximum(side // np.maximum(taken, 1), 1), kind, axis=1), 1) for taken in blocks
    )
    return rows, columns


def in_tile_copies(designs: Designs, network: Network) -> IntArray:
    """Copies of each layer in the tiles of one copy, (U, L): never more than it has positions."""
    rows, columns = copies_along(designs, network)
    return np.asarray(np.minimum(rows * columns, np.maximum(network.positions, 1)))
