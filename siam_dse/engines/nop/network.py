"""How the chiplets with weights of a package are connected."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.design.designs import Designs
from siam_dse.engines.nop.topologies import MESH, RING, SNAKE, TORUS
from siam_dse.mapping.field import snake
from siam_dse.mapping.mapping import ChipMapping

# Fields of a design that say how its chiplets are connected.
NETWORK_FIELDS = ("nop_topology", "nop_placement", "nop_bandwidth_ratio_xy")


@dataclass(frozen=True)
class Network:
    """How the chiplets with weights are connected; arrays are (n,)."""

    topology: IntArray  # codes of ``topologies``
    placement: IntArray
    side: IntArray  # of the square that holds them
    chiplets: IntArray
    ratio_xy: FloatArray  # bandwidth of links along rows over that of links along columns; 1 where there are no such

    def take(self, rows: IntArray | slice) -> "Network":
        """Some of them."""
        return Network(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})

    @property
    def is_closed(self) -> BoolArray:
        """Tori and rings, (n,)."""
        return np.asarray(self.topology != MESH)

    @property
    def size(self) -> IntArray:
        """Places along a row of a square or along a ring, (n,)."""
        return np.where(self.topology == RING, self.chiplets, self.side)

    def in_order(self) -> IntArray:
        """Positions of chiplets row by row or as a snake, or along a ring, (n, C), -1 beyond the last."""
        chiplet = np.arange(int(self.chiplets.max()))
        found = np.where(chiplet < self.chiplets[:, None], chiplet, -1)
        is_snake = ((self.placement == SNAKE) & is_grid(self.topology))[:, None] & (found >= 0)
        return np.where(is_snake, snake(found, self.side[:, None]), found)


def is_grid(topology: IntArray) -> BoolArray:
    """Networks with links along rows and along columns, (n,)."""
    return np.asarray((topology == MESH) | (topology == TORUS))


def network_of(designs: Designs, mapping: ChipMapping) -> Network:
    """Network of designs with ``NETWORK_FIELDS`` and their mapping, (n,)."""
    chiplets = (mapping.first_chiplet + mapping.spanned_chiplets).max(axis=1)  # of all rounds of streamed weights
    ratio_xy = np.where(is_grid(designs.nop_topology), designs.nop_bandwidth_ratio_xy, 1.0)
    return Network(designs.nop_topology, designs.nop_placement, mapping.mesh_side, chiplets, ratio_xy)
