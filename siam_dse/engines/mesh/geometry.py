"""Which nodes of which mesh send to which: an all-to-all between two runs of nodes, and when two of them are alike."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, IntArray


@dataclass(frozen=True)
class Nodes:
    """Nodes first .. first + count - 1 of a mesh in row-major order, (n,) each; a count of 0 is the perimeter ring."""

    first: IntArray
    count: IntArray

    def take(self, rows: IntArray | BoolArray | slice) -> "Nodes":
        """The runs at ``rows``."""
        return Nodes(self.first[rows], self.count[rows])


N_KEY = 6  # numbers that tell two geometries apart


@dataclass(frozen=True)
class Geometry:
    """Meshes of ``columns`` x ``rows`` routers and two runs of their nodes; arrays are (n,)."""

    columns: IntArray
    rows: IntArray
    source: Nodes
    destination: Nodes

    def __len__(self) -> int:
        return len(self.columns)

    def columns_of_key(self) -> list[IntArray]:
        """What tells two geometries apart, ``N_KEY`` columns."""
        ends = (self.source, self.destination)
        return [self.columns, self.rows, *(part for end in ends for part in (end.first, end.count))]

    def take(self, index: IntArray | slice) -> "Geometry":
        """Geometries at ``index``."""
        return Geometry(self.columns[index], self.rows[index], self.source.take(index), self.destination.take(index))

    def canonical(self) -> "Geometry":
        """The first of all geometries with the same loads: moved up to the first row, ``rows`` 0.

        Under XY routing nothing leaves the rows that two runs span. The perimeter knows how many rows there are.
        """
        has_ring = (self.source.count == 0) | (self.destination.count == 0)
        above = np.minimum(self.source.first, self.destination.first)
        above -= above % self.columns
        above[has_ring] = 0
        source, destination = (Nodes(end.first - above, end.count) for end in (self.source, self.destination))
        return Geometry(self.columns, self.rows * has_ring, source, destination)
