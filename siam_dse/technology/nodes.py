"""Columns of a table of technology nodes, read at any node."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.technology.load import Table


@dataclass(frozen=True)
class NodeColumns:
    """A table's positive columns over ``node_nm``, at the nodes (U,) [nm] that are asked for.

    Between tabulated nodes the logarithms are interpolated over the logarithm of the node; beyond them the nearest
    node holds.
    """

    table: Table
    node_nm: FloatArray

    def at(self, column: str) -> FloatArray:
        """Column at the nodes, (U,), in the table's SI unit."""
        known = np.log(self.table["node_nm"])
        return np.exp(np.interp(np.log(self.node_nm), known, np.log(self.table[column])))

    @property
    def is_beyond(self) -> BoolArray:
        """(U,), whether a node lies outside of the tabulated ones."""
        known = self.table["node_nm"]
        return np.asarray((self.node_nm < known.min()) | (self.node_nm > known.max()))

    @property
    def is_interpolated(self) -> BoolArray:
        """(U,), whether a node lies between two tabulated ones."""
        return ~np.isin(self.node_nm, self.table["node_nm"]) & ~self.is_beyond
