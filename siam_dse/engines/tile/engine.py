"""The tile engine: everything above the crossbar, from a tile's buffers to the chiplet's and the global accumulator.

``tile_unit`` gives one tile, ``tile_energy`` what a network's layers take in it, ``tile_latency`` what of its time the
crossbars do not hide, ``chiplet_cost`` the buffers of chiplets and the accumulator of the package.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np

from siam_dse.core.arrays import FloatArray, freeze, read_only, total
from siam_dse.design.designs import Designs
from siam_dse.engines.tile.chiplet import CHIPLET_FIELDS, ChipletCost, chiplet_cost
from siam_dse.engines.tile.energy import work_energies
from siam_dse.engines.tile.timing import pipeline_fill, position_interval, tile_latency
from siam_dse.engines.tile.unit import TILE_FIELDS, TileUnit, tile_unit
from siam_dse.engines.tile.work import RowSums, Tally, network_work, of_all_layers, of_each_layer, row_sums
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
    """A network's layers in the tiles' digital part, one inference, for U designs and L layers; SI.

    ``total_j`` is the energy of all layers, (U,); all else is (U, L). Figures are computed when asked for.
    """

    designs: Designs
    network: Network
    leaf_m: FloatArray  # (U,) pitch of the crossbars

    @cached_property
    def total_j(self) -> FloatArray:
        """Energy of all layers together [J], (U,)."""
        return freeze(total(self._energies(of_all_layers).values()))

    @cached_property
    def by_component(self) -> Mapping[str, FloatArray]:
        """Energy of each layer by component [J]; :func:`siam_dse.engines.tile.energy.work_energies` names them."""
        parts = self._energies(of_each_layer)
        return MappingProxyType({name: freeze(values) for name, values in parts.items()})

    @cached_property
    def energy_j(self) -> FloatArray:
        """Energy of each layer [J]."""
        return freeze(total(self.by_component.values()))

    @cached_property
    def interval_s(self) -> FloatArray:
        """Least time between two positions of a layer, or as many as it has copies in its tiles [s]."""
        return read_only(position_interval(self.designs, self.network))

    @cached_property
    def fill_s(self) -> FloatArray:
        """Time of the pipeline behind the crossbars, once a layer [s]."""
        return self._by_layer(pipeline_fill(self.designs, self._sums, self.leaf_m))

    @cached_property
    def _sums(self) -> RowSums:
        return row_sums(self.designs, self.network)

    def _energies(self, tally: Tally) -> Mapping[str, FloatArray]:
        work = network_work(self.designs, self.network, self._sums, tally)
        return work_energies(self.designs, work, self.leaf_m)

    def _by_layer(self, values: FloatArray) -> FloatArray:
        """Values of the sorts of layers, (U, K), for each layer."""
        return read_only(np.take(values, self._sums.layers.sort, axis=1))


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
    """
    return TileEnergy(designs, network, unit.leaf_m)
