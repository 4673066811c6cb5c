"""Batch: the engines' results for one batch of designs, each computed once on its own unique keys when first needed."""

from functools import cached_property

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray, take_rows
from siam_dse.design.designs import Designs
from siam_dse.engines.accuracy.engine import ACCURACY_FIELDS, AccuracyCost, accuracy_cost
from siam_dse.engines.crossbar.engine import (
    CROSSBAR_FIELDS,
    CrossbarEnergy,
    CrossbarUnit,
    crossbar_energy,
    crossbar_unit,
)
from siam_dse.engines.dram.engine import DRAM_FIELDS, DramCost, dram_cost
from siam_dse.engines.noc.energy import NOC_ENERGY_FIELDS, NocPhysics, noc_energy_j, noc_physics
from siam_dse.engines.noc.engine import NOC_FIELDS, NocTraffic, noc_time
from siam_dse.engines.nop.engine import NOP_FIELDS, NopCost, nop_cost
from siam_dse.engines.tile.engine import (
    CHIPLET_FIELDS,
    TILE_FIELDS,
    ChipletCost,
    TileEnergy,
    TileUnit,
    chiplet_cost,
    tile_energy,
    tile_unit,
)
from siam_dse.mapping.mapping import MAPPING_FIELDS, Mapping
from siam_dse.mapping.place import map_network
from siam_dse.mapping.traffic import TRAFFIC_FIELDS, Transfers, transfers
from siam_dse.system.keys import Key, Ranks
from siam_dse.workload.lifetime import live_values
from siam_dse.workload.network import Network


class Batch:
    """Results for D designs; a part is computed when it is first asked for."""

    def __init__(self, network: Network, designs: Designs, noc_model: str = "fast") -> None:
        self.network = network
        self.designs = designs
        self.noc_model = noc_model
        self.ranks = Ranks(designs)

    # --- where weights lie and what moves ----------------------------------------------------------------------------

    @cached_property
    def mapping_key(self) -> Key:
        """Designs that map alike."""
        return self.ranks.key(MAPPING_FIELDS)

    @cached_property
    def mapping(self) -> Mapping:
        """Mapping on ``mapping_key``."""
        return map_network(self.mapping_key.designs, self.network)

    def mapped(self, values: AnyArray) -> AnyArray:
        """Values on ``mapping_key`` for every design, (D, ...)."""
        return values[self.mapping_key.gather]

    def mapping_on(self, key: Key) -> Mapping:
        """Mapping on the rows of a key that includes the mapping's fields."""
        return self.mapping.take(key.rows_of(self.mapping_key))

    @cached_property
    def traffic_key(self) -> Key:
        """Designs with the same transfers."""
        return self.ranks.key((*MAPPING_FIELDS, *TRAFFIC_FIELDS))

    @cached_property
    def transfers(self) -> Transfers:
        """Transfers on ``traffic_key``."""
        return transfers(self.traffic_key.designs, self.network, self.mapping_on(self.traffic_key))

    # --- circuits ----------------------------------------------------------------------------------------------------

    @cached_property
    def crossbar_key(self) -> Key:
        """Designs with the same crossbar."""
        return self.ranks.key(CROSSBAR_FIELDS)

    @cached_property
    def crossbar_unit(self) -> CrossbarUnit:
        """One crossbar with its periphery, on ``crossbar_key``."""
        return crossbar_unit(self.crossbar_key.designs)

    @cached_property
    def crossbar_energy(self) -> CrossbarEnergy:
        """Energy and counts of the crossbars by layer, on ``crossbar_key``."""
        return crossbar_energy(self.crossbar_key.designs, self.network)

    @cached_property
    def tile_key(self) -> Key:
        """Designs with the same tile."""
        return self.ranks.key((*CROSSBAR_FIELDS, *TILE_FIELDS))

    @cached_property
    def tile_unit(self) -> TileUnit:
        """One tile, on ``tile_key``."""
        crossbar_area = self.tile_key.from_key(self.crossbar_key, self.crossbar_unit.area_m2)
        return tile_unit(self.tile_key.designs, crossbar_area)

    @cached_property
    def tile_energy(self) -> TileEnergy:
        """Energy and pace of the tiles by layer, on ``tile_key``."""
        return tile_energy(self.tile_key.designs, self.network, self.tile_unit)

    @cached_property
    def chiplet_key(self) -> Key:
        """Designs with the same buffers and accumulators above the tiles."""
        return self.ranks.key((*MAPPING_FIELDS, *CHIPLET_FIELDS))

    @cached_property
    def chiplet(self) -> ChipletCost:
        """Buffers and accumulators of dies and package, on ``chiplet_key``."""
        return chiplet_cost(self.chiplet_key.designs, self.network, self.mapping_on(self.chiplet_key))

    # --- networks on chip and package --------------------------------------------------------------------------------

    @cached_property
    def noc_key(self) -> Key:
        """Designs with the same traffic on chip."""
        return self.ranks.key(NOC_FIELDS)

    @cached_property
    def noc(self) -> NocTraffic:
        """Network on chip, on ``noc_key``."""
        key = self.noc_key
        moved = self.transfers.take(key.rows_of(self.traffic_key))
        return noc_time(key.designs, self.network, self.mapping_on(key), moved, self.noc_model)

    @cached_property
    def router_key(self) -> Key:
        """Designs with the same routers and links on chip."""
        return self.ranks.key((*self.tile_key.names, *NOC_ENERGY_FIELDS))

    @cached_property
    def routers(self) -> NocPhysics:
        """Router and link of the network on chip, on ``router_key``."""
        return noc_physics(
            self.router_key.designs, self.router_key.from_key(self.tile_key, self.tile_unit.tile_area_m2)
        )

    @cached_property
    def noc_energy_key(self) -> Key:
        """Designs with the same traffic and the same routers on chip."""
        return self.ranks.key((*self.noc_key.names, *self.router_key.names))

    @cached_property
    def noc_energy_j(self) -> FloatArray:
        """Energy of the network on chip by layer, (U, L) on ``noc_energy_key``."""
        traffic = self.noc_energy_key.rows_of(self.noc_key)
        physics = take_rows(self.routers, self.noc_energy_key.rows_of(self.router_key))
        return noc_energy_j(self.noc.link_bits[traffic], self.noc.router_bits[traffic], physics)

    @cached_property
    def nop_key(self) -> Key:
        """Designs with the same network on package."""
        return self.ranks.key(NOP_FIELDS)

    @cached_property
    def nop(self) -> NopCost:
        """Network on package, on ``nop_key``."""
        key = self.nop_key
        moved = self.transfers.take(key.rows_of(self.traffic_key))
        return nop_cost(key.designs, self.network, self.mapping_on(key), moved, self.noc_model)

    # --- beside the package ------------------------------------------------------------------------------------------

    @cached_property
    def dram_key(self) -> Key:
        """Designs that load weights and spill activations alike."""
        return self.ranks.key((*DRAM_FIELDS, *self.chiplet_key.names))

    @cached_property
    def dram(self) -> DramCost:
        """DRAM, on ``dram_key``: one load of the weights, and the feature maps that find no room on chip."""
        designs = self.dram_key.designs
        weights = (designs.weight_bits * self.network.weights.sum()).astype(np.float64)
        return dram_cost(designs, weights, self.spilled_bits, self.spilled_bits)

    @cached_property
    def spilled_bits(self) -> FloatArray:
        """Feature maps beyond the chiplets' buffers, written and read back once, (U,) on ``dram_key`` [bit]."""
        room = self.dram_key.from_key(self.chiplet_key, self.chiplet.package_buffer_bits)
        live = float(live_values(self.network).max()) * self.dram_key.designs.activation_bits
        return np.asarray(np.maximum(live - room, 0))

    @cached_property
    def accuracy_key(self) -> Key:
        """Designs that compute alike."""
        return self.ranks.key(ACCURACY_FIELDS)

    @cached_property
    def accuracy(self) -> AccuracyCost:
        """SQNR and accuracy, on ``accuracy_key``."""
        return accuracy_cost(self.accuracy_key.designs, self.network)
