"""Spreader and sink: two plates on each other under the field of dies, with a rim around them, in closed form.

The part over the field is a series of modes (``modes.py``) that both share: their rims have the same shape. Each side
of the rim is a trapezoid, a node of one temperature in the middle of its depth in each plate. The modes' response to
the eight nodes is eliminated: eight equations are left.
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.engines.thermal.modes import Axis, axis_modes

N_CELLS = 10  # along an axis; against HotSpot's 64 the hottest die is as close with 8 to 24


@dataclass(frozen=True)
class Plate:
    """A square plate of U designs, (U,) each [m, W/(m K)]."""

    side_m: FloatArray
    thickness_m: FloatArray
    conductivity: FloatArray

    @property
    def sheet_w_per_k(self) -> FloatArray:
        """Lateral conductance of a square of it."""
        return self.thickness_m * self.conductivity

    @property
    def through_m2_k_per_w(self) -> FloatArray:
        """Resistance of an area through it."""
        return self.thickness_m / self.conductivity


class Cooling:
    """Spreader, sink and convection of U fields of dies, ready for any flow into the spreader.

    Parameters
    ----------
    width_m, height_m : (U,) [m]
        Field of dies; less than the spreader's side.
    spreader, sink : Plate (U)
    convection_k_per_w : (U,) [K/W]
        From the whole sink to ambient, in proportion to area.
    convection_above : float
        Part of the convection that counts between spreader and sink as well: 0, but HotSpot's detailed 3-D model has
        the mean of both layers' resistances there, and its sink's includes the convection: 1/2.
    """

    def __init__(
        self,
        width_m: FloatArray,
        height_m: FloatArray,
        spreader: Plate,
        sink: Plate,
        convection_k_per_w: FloatArray,
        convection_above: float = 0.0,
    ) -> None:
        side_m = spreader.side_m
        # rim nodes are half of the rim's depth away; the mean width of that half is (3 x field + spreader) / 4
        across, up = (side_m - width_m) / (side_m + 3 * height_m), (side_m - height_m) / (side_m + 3 * width_m)
        self.x: Axis = axis_modes(width_m, across * height_m, N_CELLS)
        is_square = np.array_equal(width_m, height_m)
        self.y: Axis = self.x if is_square else axis_modes(height_m, up * width_m, N_CELLS)
        convection = convection_k_per_w * sink.side_m**2
        through = (spreader.through_m2_k_per_w + sink.through_m2_k_per_w) / 2 + convection_above * convection
        to_ambient = sink.through_m2_k_per_w + convection
        self._respond(spreader, sink, 1 / through, 1 / to_ambient)
        edge_x = self.y.cell_m / (self.x.cell_m / 2 + across * height_m)
        edge_y = self.x.cell_m / (self.y.cell_m / 2 + up * width_m)
        self._edges = self._sides(edge_x, edge_y)
        self._sheets = spreader.sheet_w_per_k[:, None], sink.sheet_w_per_k[:, None]
        fixed = _rim(width_m, height_m, spreader, sink, to_ambient, N_CELLS * edge_x, N_CELLS * edge_y)
        self._of_rim = np.linalg.inv(fixed - self._between_edges())

    def _respond(self, spreader: Plate, sink: Plate, between: FloatArray, to_ambient: FloatArray) -> None:
        """Response of each mode of both plates to a flow into each [K/W], (U, N N)."""
        loss = (self.y.loss_per_m2[:, :, None] + self.x.loss_per_m2[:, None, :]).reshape(len(between), -1)
        cell_m2 = (self.x.cell_m * self.y.cell_m)[:, None]
        mutual = between[:, None] * cell_m2
        upper = spreader.sheet_w_per_k[:, None] * loss * cell_m2
        lower = (sink.sheet_w_per_k[:, None] * loss + to_ambient[:, None]) * cell_m2
        det = upper * lower + mutual * (upper + lower)
        self._own, self._mutual, self._lower = (lower + mutual) / det, mutual / det, (upper + mutual) / det

    def _sides(self, edge_x: FloatArray, edge_y: FloatArray) -> FloatArray:
        """Modes along the four edges, times the conductance of a cell's edge over the sheet's, (U, 4, N N)."""
        x, y = self.x, self.y
        along_y, along_x = y.values.sum(axis=1)[:, :, None], x.values.sum(axis=1)[:, None, :]
        west, south = edge_x[:, None] * x.first, edge_y[:, None] * y.first
        sides = [
            along_y * west[:, None, :],
            along_y * (west * x.is_odd)[:, None, :],
            south[:, :, None] * along_x,
            (south * y.is_odd)[:, :, None] * along_x,
        ]
        return np.stack([side.reshape(len(edge_x), -1) for side in sides], axis=1)

    def _between_edges(self) -> FloatArray:
        """Flow into each rim node for a temperature of each other by way of the modes, (U, 8, 8)."""
        (upper, lower), edges = self._sheets, self._edges
        back = edges.transpose(0, 2, 1)
        own, mutual, below = ((edges * response[:, None]) @ back for response in (self._own, self._mutual, self._lower))
        a, b = upper[:, :, None], lower[:, :, None]
        return np.block([[own * a * a, mutual * a * b], [mutual * a * b, below * b * b]])

    def solve(self, flow_w: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Modes of the rise of spreader and sink, (U, N, N) [K], for modes of the flow into the spreader [W]."""
        shape, flow = flow_w.shape, flow_w.reshape(len(flow_w), -1)
        upper, lower = self._sheets
        into = [
            (self._edges @ (response * flow)[:, :, None])[:, :, 0] * sheet
            for response, sheet in ((self._own, upper), (self._mutual, lower))
        ]
        rim = (self._of_rim @ np.concatenate(into, axis=1)[:, :, None])[:, :, 0]
        n_sides = self._edges.shape[1]
        above = flow + (rim[:, None, :n_sides] @ self._edges)[:, 0] * upper
        below = (rim[:, None, n_sides:] @ self._edges)[:, 0] * lower
        return (
            (self._own * above + self._mutual * below).reshape(shape),
            (self._mutual * above + self._lower * below).reshape(shape),
        )


def _rim(
    width_m: FloatArray,
    height_m: FloatArray,
    spreader: Plate,
    sink: Plate,
    to_ambient: FloatArray,
    edge_x: FloatArray,
    edge_y: FloatArray,
) -> FloatArray:
    """Conductances of the rim's nodes, four sides in the spreader and below in the sink, (U, 8, 8) [W/K].

    Each side of the sink beyond the spreader is one more trapezoid in series, to ambient.
    """
    inner, outer = spreader.side_m, sink.side_m
    # west, east, south, north: a trapezoid of depth (spreader - field) / 2 and mean width (spreader + field) / 2
    depth = np.stack([inner - width_m, inner - width_m, inner - height_m, inner - height_m], axis=1) / 2
    field = np.stack([height_m, height_m, width_m, width_m], axis=1)
    area = depth * (inner[:, None] + field) / 2
    down = area / spreader.through_m2_k_per_w[:, None]
    sheet = sink.sheet_w_per_k[:, None]
    # outer half of the inner trapezoid: half its depth, mean width (3 x spreader + field) / 4; so beyond the spreader
    half = (depth / 2) / (sheet * (3 * inner[:, None] + field) / 4)
    beyond = ((outer - inner) / 4 / ((outer + 3 * inner) / 4))[:, None] / sheet  # as above, from the spreader on
    ring = ((outer**2 - inner**2) / 4)[:, None]  # 4 sides
    out = area / to_ambient[:, None] + 1 / (half + beyond + to_ambient[:, None] / ring)
    edge = np.stack([edge_x, edge_x, edge_y, edge_y], axis=1)
    n = edge.shape[1]
    side, matrix = np.arange(n), np.zeros((len(inner), 2 * n, 2 * n))
    matrix[:, side, side] = edge * spreader.sheet_w_per_k[:, None] + down
    matrix[:, n + side, n + side] = edge * sheet + down + out
    matrix[:, side, n + side] = matrix[:, n + side, side] = -down
    return matrix
