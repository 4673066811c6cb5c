"""The tile engine: everything above the crossbar, from a tile's buffers to the chiplet's and the global accumulator.

``tile_unit`` gives one tile, ``tile_energy`` what a network's layers take in it, ``tile_latency`` what of its time the
crossbars do not hide, ``chiplet_cost`` the buffers of chiplets and the accumulator of the package.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from siam_dse.core.arrays import FloatArray, freeze, total
from siam_dse.design.designs import Designs
from siam_dse.engines.tile.chiplet import CHIPLET_FIELDS, ChipletCost, chiplet_cost
from siam_dse.engines.tile.energy import layer_energies
from siam_dse.engines.tile.library import design_library
from siam_dse.engines.tile.shape import tile_shape
from siam_dse.engines.tile.timing import pipeline_fill, position_interval, tile_latency
from siam_dse.engines.tile.unit import TILE_FIELDS, TileUnit, tile_unit
from siam_dse.engines.tile.work import layer_work
from siam_dse.workload.network import Network

__all__ = [
    "CHIPLET_FIELDS",
    "TILE_FIELDS",
    "ChipletCost",
    "TileEnergy",
    "TileUnit",
    "chiplet_cost",
    "tile_energy",
    "tile_latency",
    "tile_unit",
]


@dataclass(frozen=True)
class TileEnergy:
    """A network's layers in the tiles' digital part, one inference; arrays (U, L), SI, read-only."""

    by_component: Mapping[str, FloatArray]
    energy_j: FloatArray
    interval_s: FloatArray  # least time between two positions of a layer
    fill_s: FloatArray  # of the pipeline behind the crossbars, once a layer

    @property
    def latency_s(self) -> FloatArray:
        """Latency where the crossbars hide all but the fill; :func:`tile_latency` says how much they do."""
        return self.fill_s


def tile_energy(designs: Designs, network: Network, unit: TileUnit) -> TileEnergy:
    """Energy of every layer in the tiles' digital part, and the pace that it keeps.

    Copies of a layer share its positions: they change neither energy nor interval.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``TILE_FIELDS``.
    network : Network
    unit : TileUnit
        Of the same designs.

    Returns
    -------
    TileEnergy
        ``by_component``: input_buffer, htree, adder_tree, output_buffer, accumulator, activation, pooling.
    """
    library, shape, work = design_library(designs), tile_shape(designs), layer_work(designs, network)
    parts = layer_energies(designs, library, shape, work, unit.leaf_m)
    return TileEnergy(
        by_component=MappingProxyType({name: freeze(values) for name, values in parts.items()}),
        energy_j=freeze(total(parts.values())),
        interval_s=freeze(position_interval(designs, library, shape, work)),
        fill_s=freeze(pipeline_fill(designs, library, shape, work, unit.leaf_m)),
    )
