"""Exact loads of every channel of a mesh under XY routing, for all-to-all traffic between two sets of nodes.

A node is at column x and row y (id = x + columns * y); a packet goes along its row to the destination's column, then
along that column. ``east`` raises x, ``south`` raises y. With S and D the occupancies of sources and destinations, the
link in row y from x to x + 1 carries per_pair * (S in row y at columns <= x) * (D at columns > x), and the link in
column x from y to y + 1 carries per_pair * (S in rows <= y) * (D in column x at rows > y): products of prefix counts.
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, read_only


@dataclass(frozen=True)
class MeshLoads:
    """Load of each channel, in the unit of ``per_pair`` (packets, flits or bits); arrays are (n, ky, kx).

    A link's load stands at the node that it leaves. Loads of flows that share the mesh add up: ``a + b``.
    """

    east: FloatArray
    west: FloatArray
    south: FloatArray
    north: FloatArray
    injection: FloatArray
    ejection: FloatArray

    def __post_init__(self) -> None:
        for array in self._arrays():
            read_only(array)

    def _arrays(self) -> tuple[FloatArray, ...]:
        return (self.east, self.west, self.south, self.north, self.injection, self.ejection)

    def __add__(self, other: "MeshLoads") -> "MeshLoads":
        """Sum of two flows on the same meshes."""
        return MeshLoads(*(mine + theirs for mine, theirs in zip(self._arrays(), other._arrays(), strict=True)))

    def links(self) -> FloatArray:
        """Loads of the links, (n, 4, ky, kx): east, west, south, north."""
        return np.stack(self._arrays()[:-2], axis=1)

    def ends(self) -> FloatArray:
        """Loads of the injection and ejection channels, (n, 2, ky, kx)."""
        return np.stack(self._arrays()[-2:], axis=1)

    def max_link(self) -> FloatArray:
        """Load of the busiest link, (n,)."""
        return np.asarray(np.max([array.max(axis=(1, 2)) for array in self._arrays()[:-2]], axis=0))

    def max_injection(self) -> FloatArray:
        """Load of the busiest injection channel, (n,)."""
        return np.asarray(self.injection.max(axis=(1, 2)))

    def max_ejection(self) -> FloatArray:
        """Load of the busiest ejection channel, (n,)."""
        return np.asarray(self.ejection.max(axis=(1, 2)))

    def total_link(self) -> FloatArray:
        """Sum over links, (n,): bit-hops if the loads are bits."""
        return np.asarray(np.sum([array.sum(axis=(1, 2)) for array in self._arrays()[:-2]], axis=0))

    def total(self) -> FloatArray:
        """What the sources send in all, (n,)."""
        return np.asarray(self.injection.sum(axis=(1, 2)))


def place_block(first: IntArray, count: IntArray, side: IntArray, side_max: int) -> FloatArray:
    """Occupancy of the nodes first .. first + count - 1 of meshes with ``side`` columns.

    Parameters
    ----------
    first, count, side : (n,)
        First node in placement order, number of nodes, columns of the mesh.
    side_max : int
        Rows and columns of the padded arrays; padding does not change XY loads.

    Returns
    -------
    (n, side_max, side_max) float64, 1 where occupied, indexed (case, y, x)
    """
    first, count, side = (np.asarray(values)[:, None, None] for values in (first, count, side))
    y, x = np.arange(side_max)[:, None], np.arange(side_max)
    order = side * y + x
    return ((x < side) & (order >= first) & (order < first + count)).astype(np.float64)


def perimeter(rows: IntArray, cols: IntArray, side_max: int) -> FloatArray:
    """Occupancy of the boundary nodes of rows x cols meshes.

    Parameters
    ----------
    rows, cols : (n,)
    side_max : int
        Rows and columns of the padded arrays.

    Returns
    -------
    (n, side_max, side_max) float64, 1 on the boundary, indexed (case, y, x)
    """
    rows, cols = (np.asarray(values)[:, None, None] for values in (rows, cols))
    y, x = np.arange(side_max)[:, None], np.arange(side_max)
    edge = (y == 0) | (y == rows - 1) | (x == 0) | (x == cols - 1)
    return np.asarray(edge & (y < rows) & (x < cols), dtype=np.float64)


def all_to_all_loads(
    source: FloatArray, destination: FloatArray, per_pair: FloatArray, exclude_self: bool = False
) -> MeshLoads:
    """Loads of an all-to-all: each source sends per_pair x its weight x the destination's weight to each destination.

    Parameters
    ----------
    source, destination : (n, ky, kx)
        Weights of the nodes; 0 or 1 for plain sets.
    per_pair : (n,)
        What goes from one source to one destination.
    exclude_self : bool
        A node that is source and destination sends itself nothing (else it passes through its own injection and
        ejection channel; links never see it).

    Returns
    -------
    MeshLoads

    Notes
    -----
    Exact for XY routing; rows first along x, then along y.
    """
    source_columns = np.cumsum(source, axis=2)  # sources in the row at columns <= x
    source_rows = np.cumsum(source.sum(axis=2), axis=1)[:, :, None]  # sources in rows <= y
    sources = source_rows[:, -1:, :]
    row_total = source_columns[:, :, -1:]
    destination_columns = np.cumsum(destination.sum(axis=1), axis=1)[:, None, :]  # destinations at columns <= x
    destination_rows = np.cumsum(destination, axis=1)  # destinations in the column at rows <= y
    destinations = destination_columns[:, :, -1:]
    column_total = destination_rows[:, -1:, :]
    volume = np.asarray(per_pair, dtype=np.float64)[:, None, None]
    own = source * destination if exclude_self else np.zeros_like(source)
    return MeshLoads(
        east=volume * source_columns * (destinations - destination_columns),
        west=volume * (row_total - source_columns + source) * (destination_columns - destination.sum(axis=1)[:, None]),
        south=volume * source_rows * (column_total - destination_rows),
        north=volume * (sources - source_rows + source.sum(axis=2)[:, :, None]) * (destination_rows - destination),
        injection=volume * (source * destinations - own),
        ejection=volume * (destination * sources - own),
    )
