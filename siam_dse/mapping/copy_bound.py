"""Fewer copies than a package has room for, and the least work of layers then: what rules them out untried."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.mapping.mapping import ChipMapping

_SIDES = (2, 3, 4, 5, 7, 10, 14, 20, 28, 40, 56)  # of squares of chiplets
NO_COPIES = 0  # in place of the chiplets that copies may fill
_LEAST_ROOT = 1e-9  # of a price: where all layers have one copy, tiles are free


@dataclass(frozen=True)
class FewerCopyWay:
    """A way of fewer copies, of U mappings; arrays (U,), infinite positions where a mapping has no such way."""

    chiplets: IntArray  # that copies may fill; NO_COPIES
    total: FloatArray  # least sum of the positions that a copy of each layer works on
    slowest: FloatArray  # the least of the slowest layer


def fewer_copy_ways(
    mapping: ChipMapping, tiles: IntArray, positions: IntArray, capacity: IntArray, has_choice: BoolArray
) -> Iterator[FewerCopyWay]:
    """Ways of fewer copies than those that fill the package.

    Copies in as many of its chiplets as make a square, each about twice as many as the one before, for one more chiplet
    makes the mesh larger by a whole side; copies in the chiplets needed anyway; no copies.

    Parameters
    ----------
    mapping : ChipMapping
        With all copies.
    tiles : (U, L)
        Of one copy of each layer with weights.
    positions : (U, L)
        That a tile's copies in one set of its crossbars work on: those in the tile share them.
    capacity : (U,)
        Tiles of a chiplet.
    has_choice : (U,) bool
        Mappings whose copies may be fewer.
    """
    needed, given = mapping.chiplets_needed, np.where(has_choice, mapping.chiplets_given, 0)
    squares = (side**2 for side in reversed(_SIDES) if side**2 < given.max(initial=0))
    for chiplets in (*(np.where(square > needed, square, given) for square in squares), needed):
        total, slowest = np.full((2, len(needed)), np.inf)
        keys = np.flatnonzero(chiplets < given)
        if len(keys):
            total[keys], slowest[keys] = least_positions(tiles[keys], positions[keys], chiplets[keys] * capacity[keys])
        yield FewerCopyWay(chiplets, total, slowest)
    alone = np.where(has_choice, 1.0, np.inf)
    yield FewerCopyWay(np.full(len(needed), NO_COPIES), alone * positions.sum(axis=1), alone * positions.max(axis=1))


def least_positions(tiles: IntArray, positions: IntArray, room: IntArray) -> tuple[FloatArray, FloatArray]:
    """Bounds below the positions that a copy of each layer works on: of their sum, and of the slowest layer's.

    Parameters
    ----------
    tiles : (U, L)
        Tiles of one copy.
    positions : (L,) or (U, L)
    room : (U,)
        Tiles that all copies together may have.

    Returns
    -------
    sum, slowest : (U,) float64; no whole numbers of copies that fit the room have fewer

    Notes
    -----
    Sum: for any price m of a tile, sum min_r (p / r + m r t) - m room over 1 <= r <= p is a lower bound (weak duality),
    here for the m at which copies would fill the room if they had no limits, and for the one at which those with more
    than one copy then do. Slowest: with s positions at most each layer has p / s copies, and sum (p / s) t <= room.
    """
    of_copy, most = np.ascontiguousarray(tiles, dtype=np.float64), room.astype(np.float64)
    root = np.sqrt(positions * of_copy)
    least, is_single = _dual(of_copy, positions, most, root.sum(axis=1) / most)
    left = np.maximum(most - np.where(is_single, of_copy, 0).sum(axis=1), 1)
    better, _ = _dual(of_copy, positions, most, np.where(is_single, 0, root).sum(axis=1) / left)
    return np.maximum(least, better), np.asarray((positions * of_copy).sum(axis=1) / most)


def _dual(
    tiles: FloatArray, positions: IntArray, room: FloatArray, root_price: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """Value of the dual problem at a price of a tile, whose root is given, (U,), and layers with one copy, (U, L)."""
    price = np.maximum(root_price, _LEAST_ROOT)[:, None] ** 2
    copies = np.clip(np.sqrt(positions / (price * tiles)), 1, positions)
    value = (positions / copies + price * tiles * copies).sum(axis=1) - price[:, 0] * room
    return value, copies <= 1
