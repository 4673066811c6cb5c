"""Distances on a mesh, in links, from maps of occupied nodes: the L1 distance is separable, axis by axis."""

import numpy as np

from siam_dse.core.arrays import FloatArray


def behind(distance: FloatArray, axis: int) -> FloatArray:
    """Smallest distance + walk over positions at or before each one along ``axis``; same shape."""
    position = _position(distance, axis)
    return np.minimum.accumulate(distance - position, axis=axis) + position


def ahead(distance: FloatArray, axis: int) -> FloatArray:
    """Smallest distance + walk over positions at or after each one along ``axis``; same shape."""
    return np.flip(behind(np.flip(distance, axis), axis), axis)


def along(distance: FloatArray, axis: int) -> FloatArray:
    """Smallest distance + walk over all positions along ``axis``; same shape."""
    return np.minimum(behind(distance, axis), ahead(distance, axis))


def shifted(values: FloatArray, axis: int, step: int, fill: float) -> FloatArray:
    """Each position's value moved by ``step`` (1 or -1) along ``axis``; ``fill`` comes in at the edge."""
    out = np.roll(values, step, axis=axis)
    edge = [slice(None)] * values.ndim
    edge[axis] = slice(0, 1) if step > 0 else slice(-1, None)
    out[tuple(edge)] = fill
    return out


def nearest_other(occupied: FloatArray) -> FloatArray:
    """Links from each node to the nearest occupied one that is not itself.

    Parameters
    ----------
    occupied : (n, ky, kx)
        Non-zero where occupied.

    Returns
    -------
    (n, ky, kx) float64; infinite where nothing else is occupied
    """
    seed = zero_where(occupied)
    in_row = np.minimum(
        shifted(behind(seed, -1), -1, 1, np.inf) + 1,
        shifted(ahead(seed, -1), -1, -1, np.inf) + 1,
    )
    inclusive = along(seed, -1)
    in_other_rows = np.minimum(
        shifted(behind(inclusive, 1), 1, 1, np.inf) + 1,
        shifted(ahead(inclusive, 1), 1, -1, np.inf) + 1,
    )
    return np.minimum(in_row, in_other_rows)


def zero_where(occupied: FloatArray) -> FloatArray:
    """0 where occupied, infinite elsewhere."""
    return np.where(occupied != 0, 0.0, np.inf)


def _position(values: FloatArray, axis: int) -> FloatArray:
    """Index along ``axis``, shaped to broadcast."""
    shape = [1] * values.ndim
    shape[axis] = -1
    return np.arange(values.shape[axis], dtype=np.float64).reshape(shape)
