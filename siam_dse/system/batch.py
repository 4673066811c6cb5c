"""Batch: the engines' results for one batch of designs, each computed once on its own unique keys when first needed."""

from functools import cached_property

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.engines.accuracy.engine import ACCURACY_FIELDS, AccuracyCost, accuracy_cost
from siam_dse.engines.crossbar.engine import (
    CROSSBAR_FIELDS,
    CrossbarEnergy,
    CrossbarUnit,
    crossbar_energy,
    crossbar_unit,
)
from siam_dse.engines.dram.engine import DRAM_FIELDS, DramCost, dram_cost
from siam_dse.engines.noc.energy import NOC_ENERGY_FIELDS, NocPhysics, noc_physics
from siam_dse.engines.noc.engine import NOC_FIELDS, ROUTER_FIELDS, NocTraffic, noc_time
from siam_dse.engines.noc.loads import NocLoads, fast_latency_s, noc_loads
from siam_dse.engines.nop.engine import NOP_FIELDS, NopCost, NopLoads, nop_cost, nop_loads
from siam_dse.engines.nop.links import LINK_FIELDS, NopLinks, nop_links
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
from siam_dse.mapping.precision import CROSSBAR_BLOCK_FIELDS, PRECISION_FIELDS, partial_sum_bits
from siam_dse.mapping.traffic import TRAFFIC_FIELDS, Transfers, transfers, transfers_of_values
from siam_dse.system.keys import Key, Ranks
from siam_dse.workload.network import Network


class Batch:
    """Results for D designs; a part is computed when it is first asked for."""

    def __init__(self, network: Network, ranks: Ranks, noc_model: str = "fast") -> None:
        self.network = network
        self.designs = ranks.designs
        self.noc_model = noc_model
        self.ranks = ranks

    # --- where weights lie and what moves ----------------------------------------------------------------------------

    @cached_property
    def mapping_key(self) -> Key:
        """Designs that map alike."""
        return self.ranks.key(MAPPING_FIELDS)

    @cached_property
    def mapping(self) -> Mapping:
        """Mapping on ``mapping_key``."""
        return map_network(self.mapping_key.designs, self.network)

    def mapping_on(self, key: Key) -> Mapping:
        """Mapping on the rows of a key that includes the mapping's fields."""
        return self.mapping if key is self.mapping_key else self.mapping.take(key.rows_of(self.mapping_key))

    @cached_property
    def traffic_key(self) -> Key:
        """Designs with the same transfers."""
        return self.ranks.key((*MAPPING_FIELDS, *TRAFFIC_FIELDS))

    @cached_property
    def values_moved(self) -> Transfers:
        """Transfers of values of one bit each, on ``mapping_key``."""
        return transfers_of_values(self.mapping_key.designs, self.network, self.mapping)

    @cached_property
    def sum_bits(self) -> FloatArray:
        """Bits of a partial sum, (U, L) on ``sum_key``."""
        return partial_sum_bits(self.sum_key.designs, self.network).astype(np.float64)

    @cached_property
    def sum_key(self) -> Key:
        """Designs with partial sums as wide."""
        return self.ranks.key((*PRECISION_FIELDS, *CROSSBAR_BLOCK_FIELDS))

    def _with_widths(self, values: FloatArray) -> FloatArray:
        """Bits (U, L) on ``traffic_key`` from the values (U, 2, L) of feature maps and of partial sums, a bit each."""
        key = self.traffic_key
        rows = key.rows_of(self.mapping_key)
        bits: FloatArray = values[rows, 1]
        bits *= key.from_key(self.sum_key, self.sum_bits)
        bits += values[rows, 0] * key.designs.activation_bits[:, None]
        return bits

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
        """Energy and counts of the crossbars, of all layers or each, on ``crossbar_key``."""
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
        key = self.chiplet_key
        return chiplet_cost(key.designs, self.network, self.mapping, key.rows_of(self.mapping_key))

    # --- networks on chip and package --------------------------------------------------------------------------------

    @cached_property
    def noc_key(self) -> Key:
        """Designs with the same traffic on chip."""
        return self.ranks.key(NOC_FIELDS)

    @cached_property
    def noc(self) -> NocTraffic:
        """Network on chip transfer by transfer, on ``noc_key``: the fluid level, and what holds up a layer."""
        key = self.noc_key
        mapping = self.mapping_on(key)
        return noc_time(
            key.designs, self.network, mapping, transfers(key.designs, self.network, mapping), self.noc_model
        )

    @cached_property
    def noc_loads(self) -> NocLoads:
        """Network on chip for values of a bit, on ``mapping_key``."""
        return noc_loads(self.mapping, self.values_moved, self.network.n_layers)

    @cached_property
    def map_key(self) -> Key:
        """Designs whose feature maps move alike on chip."""
        return self.ranks.key((*MAPPING_FIELDS, "activation_bits", *ROUTER_FIELDS))

    @cached_property
    def noc_map_s(self) -> FloatArray:
        """Latency of feature maps on chip, (U, L) on ``map_key`` [s]."""
        bits = self.map_key.designs.activation_bits[:, None].astype(np.float64)
        return self._noc_s(self.map_key, ~self.noc_loads.is_sum, bits)

    @cached_property
    def noc_sum_s(self) -> FloatArray:
        """Latency of partial sums on chip, (U, L) on ``noc_key`` [s]."""
        return self._noc_s(self.noc_key, self.noc_loads.is_sum, self.noc_key.from_key(self.sum_key, self.sum_bits))

    def _noc_s(self, key: Key, which: BoolArray, value_bits: FloatArray) -> FloatArray:
        """Latency of some of the transfers by layer, (U, L) on ``key`` [s]."""
        width, clock = key.designs.noc_width_bits, key.designs.noc_clock_hz
        rows = key.rows_of(self.mapping_key)
        return fast_latency_s(self.noc_loads, which, rows, value_bits, width, clock, self.network.n_layers)

    @cached_property
    def noc_link_bits(self) -> FloatArray:
        """Bits x links on chip, (U, L) on ``traffic_key``."""
        return self._with_widths(self.noc_loads.link_bits)

    @cached_property
    def noc_router_bits(self) -> FloatArray:
        """Bits x routers on chip, (U, L) on ``traffic_key``."""
        return self._with_widths(self.noc_loads.router_bits)

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
    def nop_key(self) -> Key:
        """Designs with the same network on package."""
        return self.ranks.key(NOP_FIELDS)

    @cached_property
    def nop(self) -> NopCost:
        """Network on package transfer by transfer, on ``nop_key``: the fluid level."""
        key = self.nop_key
        mapping = self.mapping_on(key)
        return nop_cost(
            key.designs, self.network, mapping, transfers(key.designs, self.network, mapping), self.noc_model
        )

    @cached_property
    def nop_loads(self) -> NopLoads:
        """Feature maps and partial sums over the package for values of a bit, on ``mapping_key``."""
        return nop_loads(self.mapping, self.values_moved, self.network.n_layers)

    @cached_property
    def nop_busiest_bits(self) -> FloatArray:
        """Bits over the busiest links of the package, (U, L) on ``traffic_key``."""
        return self._with_widths(self.nop_loads.busiest_bits)

    @cached_property
    def nop_bit_hops(self) -> FloatArray:
        """Bits x links of the package, (U, L) on ``traffic_key``."""
        return self._with_widths(self.nop_loads.bit_hops)

    @cached_property
    def nop_hops(self) -> FloatArray:
        """Links of the longest ways over the package, (U, L) on ``mapping_key``."""
        return np.asarray(self.nop_loads.hops.sum(axis=1))

    @cached_property
    def link_key(self) -> Key:
        """Designs with the same links between chiplets."""
        return self.ranks.key(LINK_FIELDS)

    @cached_property
    def package_key(self) -> Key:
        """Designs with the same links and as many chiplets."""
        return self.ranks.key_with(LINK_FIELDS, self.mapping_key, self.mapping.n_chiplets)

    @cached_property
    def links(self) -> NopLinks:
        """PHYs of a package, on ``package_key``."""
        key, mapping = self.package_key, self.mapping
        rows = key.rows_of(self.mapping_key)
        return nop_links(key.designs, mapping.n_chiplets[rows], mapping.package_side[rows])

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
        return np.asarray(self.dram_key.from_key(self.chiplet_key, self.chiplet.spilled_bits))

    @cached_property
    def accuracy_key(self) -> Key:
        """Designs that compute alike."""
        return self.ranks.key(ACCURACY_FIELDS)

    @cached_property
    def accuracy(self) -> AccuracyCost:
        """SQNR and accuracy, on ``accuracy_key``."""
        return accuracy_cost(self.accuracy_key.designs, self.network)
