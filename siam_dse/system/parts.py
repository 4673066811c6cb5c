"""Parts: what each engine adds to a layer's latency and energy, by layer, on the engine's unique keys."""

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from siam_dse.core.arrays import IntArray
from siam_dse.engines.nop.links import bandwidth_bit_per_s, hop_latency_s, link_energy_j_per_bit
from siam_dse.engines.tile.engine import tile_latency
from siam_dse.mapping.duplication import positions_per_copy
from siam_dse.system.batch import Batch
from siam_dse.system.keyed import Keyed

ENGINES = ("crossbar", "tile", "noc", "nop")
NOC_MODELS = ("fast", "fluid")


class Parts:
    """Latency and energy of a batch by engine and layer."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch

    @cached_property
    def latency(self) -> Mapping[str, tuple[Keyed, ...]]:
        """Latency of each layer by engine, (U, L) [s] on keys that include the mapping's."""
        batch = self.batch
        return {
            "crossbar": self._compute(),
            "tile": (self._tile_latency(), Keyed(batch.chiplet_key, batch.chiplet.latency_s)),
            "noc": self._noc_latency(),
            "nop": self._nop_latency(),
        }

    @cached_property
    def energy(self) -> Mapping[str, tuple[Keyed, ...]]:
        """Dynamic energy of each layer by engine, (U, L) [J], one inference."""
        batch = self.batch
        return {
            "crossbar": (Keyed(batch.crossbar_key, batch.crossbar_energy.energy_j),),
            "tile": (
                Keyed(batch.tile_key, batch.tile_energy.energy_j),
                Keyed(batch.chiplet_key, batch.chiplet.energy_j),
            ),
            "noc": self._noc_energy(),
            "nop": self._nop_energy(),
        }

    @cached_property
    def total_energy(self) -> Mapping[str, tuple[Keyed, ...]]:
        """Dynamic energy of all layers by engine, (U,) [J], one inference."""
        batch = self.batch
        return {
            "crossbar": (Keyed(batch.crossbar_key, batch.crossbar_energy.total_j),),
            "tile": (
                Keyed(batch.tile_key, batch.tile_energy.total_j),
                Keyed(batch.chiplet_key, batch.chiplet.total_energy_j),
            ),
            "noc": tuple(part.summed() for part in self._noc_energy()),
            "nop": tuple(part.summed() for part in self._nop_energy()),
        }

    @cached_property
    def _positions(self) -> IntArray:
        """Positions that each copy works on, (U, L) on the mapping's key."""
        return positions_per_copy(self.batch.network.positions, self.batch.mapping.copies)

    @cached_property
    def _position_s(self) -> Keyed:
        """Time of the crossbars for one position, one input bit after another, (U,) [s]."""
        key, unit = self.batch.crossbar_key, self.batch.crossbar_unit
        return Keyed(key, np.asarray(unit.bit_vector_s * key.designs.activation_bits))

    def _compute(self) -> tuple[Keyed, ...]:
        """Crossbars: the positions of a copy one after another, and the fill of the additions behind them."""
        batch = self.batch
        fill = Keyed(batch.crossbar_key, batch.crossbar_unit.fill_s)
        return (
            Keyed(batch.mapping_key, self._positions.astype(np.float64), self._position_s),
            Keyed(batch.mapping_key, np.ones(self._positions.shape), fill),
        )

    def _tile_latency(self) -> Keyed:
        """Digital steps behind the crossbars that their pipeline does not hide."""
        batch = self.batch
        key = batch.ranks.key((*batch.mapping_key.names, *batch.tile_key.names))
        interval_s = key.from_key(batch.tile_key, batch.tile_energy.interval_s)
        fill_s = key.from_key(batch.tile_key, batch.tile_energy.fill_s)
        positions = key.from_key(batch.mapping_key, self._positions)
        return Keyed(key, tile_latency(interval_s, fill_s, positions, self._position_s.on(key)))

    def _noc_latency(self) -> tuple[Keyed, ...]:
        """Feature maps and partial sums on chip."""
        batch = self.batch
        if batch.noc_model != "fast":
            return (Keyed(batch.noc_key, batch.noc.latency_s),)
        return Keyed(batch.map_key, batch.noc_map_s), Keyed(batch.noc_key, batch.noc_sum_s)

    def _noc_energy(self) -> tuple[Keyed, ...]:
        """Routers, links and ends of packets on chip; a packet passes one router more than links."""
        batch, routers = self.batch, self.batch.routers
        key, links, passed = batch.traffic_key, batch.noc_link_bits, batch.noc_router_bits
        return tuple(
            Keyed(key, bits, Keyed(batch.router_key, per_bit))
            for bits, per_bit in (
                (passed, routers.router_energy_j_per_bit),
                (links, routers.link_energy_j_per_bit),
                (passed - links, routers.terminal_energy_j_per_bit),
            )
        )

    def _nop_energy(self) -> tuple[Keyed, ...]:
        """Bits over the links of the package."""
        batch = self.batch
        per_bit = link_energy_j_per_bit(batch.link_key.designs)
        return (Keyed(batch.traffic_key, batch.nop_bit_hops, Keyed(batch.link_key, per_bit)),)

    def _nop_latency(self) -> tuple[Keyed, ...]:
        """Bits over the busiest links, and hops."""
        batch = self.batch
        if batch.noc_model != "fast":
            return (Keyed(batch.nop_key, batch.nop.latency_s),)
        bit_s, hop_s = (1 / bandwidth_bit_per_s(batch.link_key.designs), hop_latency_s(batch.link_key.designs))
        return (
            Keyed(batch.traffic_key, batch.nop_busiest_bits, Keyed(batch.link_key, bit_s)),
            Keyed(batch.mapping_key, batch.nop_hops, Keyed(batch.link_key, hop_s)),
        )
