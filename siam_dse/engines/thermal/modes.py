"""Modes of a plate in cells, each cell joined to its neighbours, the outermost to what lies beyond the edge.

Along one axis of N cells of width d the flow between neighbours is k t / d an extent, that out of an edge
k t / (d / 2 + e) with a depth e beyond. Modes are cosines and sines about the middle, T_j = cos or sin of
2 z (j - (N - 1) / 2) / N with tan(z - m pi / 2) tan(z / N) = d / (2 e), m = 0 .. N - 1; their losses are
(2 - 2 cos(2 z / N)) / d^2 times k t.
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray

_NEWTON_STEPS = 8  # on a monotone function from its secant: to rounding


@dataclass(frozen=True)
class Axis:
    """Modes along one axis of U plates; cells and modes N."""

    cell_m: FloatArray  # (U,)
    loss_per_m2: FloatArray  # (U, N), times k t
    values: FloatArray  # (U, N cells, N modes), orthonormal

    @property
    def is_odd(self) -> FloatArray:
        """1 and -1 of modes even and odd about the middle, (N,)."""
        return np.asarray(1 - 2 * (np.arange(self.loss_per_m2.shape[1]) % 2))

    @property
    def first(self) -> FloatArray:
        """Modes in the first cell, (U, N)."""
        return self.values[:, 0]

    @property
    def middle(self) -> FloatArray:
        """Modes in the middle, (U, N)."""
        n = self.values.shape[1]
        return np.asarray((self.values[:, (n - 1) // 2] + self.values[:, n // 2]) / 2)

    def means(self, low_m: FloatArray, high_m: FloatArray) -> FloatArray:
        """Mean of each mode over stretches from ``low_m`` to ``high_m``, (U, n) -> (U, n, N)."""
        edges_m = np.arange(self.values.shape[1] + 1) * self.cell_m[:, None]
        low, high = low_m[:, :, None], high_m[:, :, None]
        covered_m = np.minimum(edges_m[:, None, 1:], high) - np.maximum(edges_m[:, None, :-1], low)
        return np.asarray((np.maximum(covered_m, 0) / (high - low)) @ self.values)

    def at(self, place_m: FloatArray) -> FloatArray:
        """Modes at some places, between the middles of cells, (U, n) -> (U, n, N)."""
        place = place_m / self.cell_m[:, None] - 1 / 2
        cell = np.clip(np.floor(place), 0, self.values.shape[1] - 2).astype(np.int64)
        share = np.clip(place - cell, 0, 1)[:, :, None]
        low, high = (np.take_along_axis(self.values, (cell + next_)[:, :, None], axis=1) for next_ in (0, 1))
        return np.asarray((1 - share) * low + share * high)


def axis_modes(length_m: FloatArray, beyond_m: FloatArray, n_cells: int) -> Axis:
    """Modes along an axis.

    Parameters
    ----------
    length_m : (U,) [m]
    beyond_m : (U,) [m], > 0
        Depth of the same plate that has the resistance beyond an edge.
    n_cells : int

    Returns
    -------
    Axis
    """
    cell_m = length_m / n_cells
    edge = (cell_m / (2 * beyond_m))[:, None]
    offset = np.arange(n_cells) * np.pi / 2
    angle = np.arctan(edge / np.tan((offset + np.pi / (2 * 2)) / n_cells))
    for _ in range(_NEWTON_STEPS):
        slope = np.tan((angle + offset) / n_cells)
        miss = angle - np.arctan2(edge, slope)
        steepness = 1 + edge * (1 + slope**2) / ((slope**2 + edge**2) * n_cells)
        angle = np.clip(angle - miss / steepness, np.finfo(np.float64).tiny, np.pi / 2)
    step = 2 * (angle + offset) / n_cells
    place = np.arange(n_cells)[:, None] - (n_cells - 1) / 2
    values = step[:, None] * place
    np.cos(values[:, :, ::2], out=values[:, :, ::2])
    np.sin(values[:, :, 1::2], out=values[:, :, 1::2])
    values /= np.sqrt((values**2).sum(axis=1, keepdims=True))
    return Axis(cell_m, (2 - 2 * np.cos(step)) / cell_m[:, None] ** 2, values)
