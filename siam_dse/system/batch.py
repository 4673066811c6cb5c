"""Batch: the engines' results for one batch of designs, each computed once on its own unique keys when first needed."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.engines.accuracy.engine import ACCURACY_FIELDS, AccuracyCost, accuracy_cost
from siam_dse.engines.crossbar.engine import CROSSBAR_FIELDS, CrossbarCost, crossbar_cost
from siam_dse.engines.dram.engine import DRAM_FIELDS, DramCost, dram_cost
from siam_dse.engines.noc.engine import NOC_FIELDS, NocTraffic, noc_time
from siam_dse.engines.nop.engine import NOP_FIELDS, NopCost, nop_cost
from siam_dse.engines.tile.chiplet import CHIPLET_FIELDS, ChipletCost, chiplet_cost
from siam_dse.engines.tile.tile import TILE_FIELDS, TileCost, tile_cost
from siam_dse.mapping.duplication import positions_per_copy
from siam_dse.mapping.mapping import MAPPING_FIELDS, Mapping
from siam_dse.mapping.place import map_network
from siam_dse.mapping.traffic import TRAFFIC_FIELDS, Transfers, transfers
from siam_dse.system.keys import Key
from siam_dse.workload.network import Network

COMPUTE_FIELDS = (*MAPPING_FIELDS, *CROSSBAR_FIELDS, *TILE_FIELDS)


@dataclass(frozen=True)
class ComputeTime:
    """Compute latency of each layer, (U, L) [s]: the sensing path, and what slower digital steps and fills add."""

    crossbar_s: FloatArray
    tile_s: FloatArray


class Batch:
    """Results of every engine for D designs; an engine runs when its result is first asked for."""

    def __init__(self, network: Network, designs: Designs, noc_model: str = "fast") -> None:
        self.network = network
        self.designs = designs
        self.noc_model = noc_model

    # Mapping -----------------------------------------------------------------------------------------------------

    @cached_property
    def mapping_key(self) -> Key:
        """Designs that map alike."""
        return Key(self.designs, MAPPING_FIELDS)

    @cached_property
    def mapping(self) -> Mapping:
        """Mapping on ``mapping_key``."""
        return map_network(self.mapping_key.designs, self.network)

    @cached_property
    def traffic_key(self) -> Key:
        """Designs with the same transfers."""
        return Key(self.designs, (*MAPPING_FIELDS, *TRAFFIC_FIELDS))

    @cached_property
    def transfers(self) -> Transfers:
        """Transfers on ``traffic_key``."""
        return transfers(self.traffic_key.designs, self.network, self._mapping_on(self.traffic_key))

    def _mapping_on(self, key: Key) -> Mapping:
        return self.mapping.take(key.rows_of(self.mapping_key))

    def _transfers_on(self, key: Key) -> Transfers:
        return self.transfers.take(key.rows_of(self.traffic_key))

    # Circuit -----------------------------------------------------------------------------------------------------

    @cached_property
    def crossbar_key(self) -> Key:
        """Designs with the same crossbar."""
        return Key(self.designs, CROSSBAR_FIELDS)

    @cached_property
    def crossbar(self) -> CrossbarCost:
        """Crossbar engine on ``crossbar_key``."""
        return crossbar_cost(self.crossbar_key.designs, self.network)

    @cached_property
    def tile_key(self) -> Key:
        """Designs with the same tile."""
        return Key(self.designs, (*CROSSBAR_FIELDS, *TILE_FIELDS))

    @cached_property
    def tile(self) -> TileCost:
        """Tile engine on ``tile_key``."""
        key = self.tile_key
        return tile_cost(key.designs, self.network, key.from_key(self.crossbar_key, self.crossbar.area_m2))

    @cached_property
    def chiplet_key(self) -> Key:
        """Designs with the same chiplet-level blocks."""
        return Key(self.designs, (*MAPPING_FIELDS, *CHIPLET_FIELDS))

    @cached_property
    def chiplet(self) -> ChipletCost:
        """Chiplet-level buffers and accumulators on ``chiplet_key``."""
        key = self.chiplet_key
        return chiplet_cost(key.designs, self.network, self._mapping_on(key))

    @cached_property
    def compute_key(self) -> Key:
        """Designs with the same compute latency."""
        return Key(self.designs, COMPUTE_FIELDS)

    @cached_property
    def compute(self) -> ComputeTime:
        """Compute latency on ``compute_key``: positions a copy works on x the slower of sensing and digital steps."""
        key = self.compute_key
        positions = positions_per_copy(self.network.positions, self._mapping_on(key).copies)
        vector_s = key.from_key(self.crossbar_key, self.crossbar.bit_vector_time_s)
        sensing_s = (vector_s * key.designs.activation_bits)[:, None]
        digital_s = key.from_key(self.tile_key, self.tile.position_time_s)
        fill_s = key.from_key(self.tile_key, self.tile.fill_time_s)
        crossbar_fill_s = key.from_key(self.crossbar_key, self.crossbar.fill_time_s)[:, None]
        return ComputeTime(
            crossbar_s=positions * sensing_s + crossbar_fill_s,
            tile_s=positions * np.maximum(digital_s - sensing_s, 0) + fill_s,
        )

    # Interconnect ------------------------------------------------------------------------------------------------

    @cached_property
    def noc_key(self) -> Key:
        """Designs with the same NoC latency."""
        return Key(self.designs, (*MAPPING_FIELDS, *TRAFFIC_FIELDS, *NOC_FIELDS))

    @cached_property
    def noc(self) -> NocTraffic:
        """NoC engine on ``noc_key``."""
        key = self.noc_key
        return noc_time(key.designs, self.network, self._mapping_on(key), self._transfers_on(key), self.noc_model)

    @cached_property
    def nop_key(self) -> Key:
        """Designs with the same NoP."""
        return Key(self.designs, (*MAPPING_FIELDS, *TRAFFIC_FIELDS, *NOP_FIELDS))

    @cached_property
    def nop(self) -> NopCost:
        """NoP engine on ``nop_key``."""
        key = self.nop_key
        return nop_cost(key.designs, self.network, self._mapping_on(key), self._transfers_on(key), self.noc_model)

    # Beside the package ------------------------------------------------------------------------------------------

    @cached_property
    def accuracy_key(self) -> Key:
        """Designs with the same accuracy."""
        return Key(self.designs, ACCURACY_FIELDS)

    @cached_property
    def accuracy(self) -> AccuracyCost:
        """Accuracy engine on ``accuracy_key``."""
        return accuracy_cost(self.accuracy_key.designs, self.network)

    @cached_property
    def dram_key(self) -> Key:
        """Designs with the same DRAM traffic."""
        return Key(self.designs, (*DRAM_FIELDS, "weight_bits"))

    @cached_property
    def dram(self) -> DramCost:
        """DRAM engine on ``dram_key``: one load of all weights; every map fits the chiplets' buffers: no spill."""
        key = self.dram_key
        weights = self.network.weights.sum() * key.designs.weight_bits.astype(np.float64)
        return dram_cost(key.designs, weights, np.zeros(len(key)))

    @cached_property
    def is_gated(self) -> FloatArray:
        """1 where idle tiles do not leak, (D,)."""
        return (self.designs.idle_power == code("idle_power", "gated")).astype(np.float64)
