"""Least work of layers with copies, whatever copies they get: what rules out other copies untried."""

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray

_LEAST_ROOT = 1e-9  # of a price: where all layers have one copy, tiles are free


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
