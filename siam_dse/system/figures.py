"""Figures: latency, energy, area and leakage of each engine, composed from a batch.

A layer's latency is the sum of what its crossbars, tiles, network on chip and network on package take, one after the
other; a network's is the sum over its layers. A part stays on its engine's unique keys, by layer, until a total is
asked for: only (D,) totals are materialised.
"""

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray, total
from siam_dse.design.fields import code
from siam_dse.engines.cost.engine import CostResult, MonolithCost, monolith_cost, package_cost
from siam_dse.engines.tile.engine import tile_latency
from siam_dse.mapping.duplication import positions_per_copy
from siam_dse.system.batch import Batch
from siam_dse.system.keyed import Keyed
from siam_dse.system.keys import Key
from siam_dse.system.schedule import longest_path
from siam_dse.workload.lifetime import holds_input

ENGINES = ("crossbar", "tile", "noc", "nop")
NOC_MODELS = ("fast", "fluid")


class Figures:
    """Composed figures of D designs."""

    def __init__(self, batch: Batch, *, include_dram: bool = False) -> None:
        self.batch = batch
        self.include_dram = include_dram

    # --- parts by layer ----------------------------------------------------------------------------------------------

    @cached_property
    def latency_parts(self) -> Mapping[str, tuple[Keyed, ...]]:
        """Latency of each layer by engine, (U, L) [s] on keys that include the mapping's."""
        batch = self.batch
        return {
            "crossbar": (self._compute(),),
            "tile": (self._tile_latency(), Keyed(batch.chiplet_key, batch.chiplet.latency_s)),
            "noc": (Keyed(batch.noc_key, batch.noc.latency_s),),
            "nop": (Keyed(batch.nop_key, batch.nop.latency_s),),
        }

    @cached_property
    def energy_parts(self) -> Mapping[str, tuple[Keyed, ...]]:
        """Dynamic energy of each layer by engine, (U, L) [J], one inference."""
        batch = self.batch
        return {
            "crossbar": (Keyed(batch.crossbar_key, batch.crossbar_energy.energy_j),),
            "tile": (
                Keyed(batch.tile_key, batch.tile_energy.energy_j),
                Keyed(batch.chiplet_key, batch.chiplet.energy_j),
            ),
            "noc": (Keyed(batch.noc_energy_key, batch.noc_energy_j),),
            "nop": (Keyed(batch.nop_key, batch.nop.energy_j),),
        }

    @cached_property
    def _work_key(self) -> Key:
        """Designs that map alike and whose crossbars and tiles do the same work."""
        batch = self.batch
        return batch.ranks.key((*batch.mapping_key.names, *batch.tile_key.names))

    @cached_property
    def _positions(self) -> IntArray:
        """Positions that each copy works on, (U, L) on ``_work_key``."""
        batch = self.batch
        positions = positions_per_copy(batch.network.positions, batch.mapping.copies)
        return np.asarray(self._work_key.from_key(batch.mapping_key, positions))

    @cached_property
    def _position_s(self) -> FloatArray:
        """Time of the crossbars for one position, one input bit after another, (U,) on ``_work_key`` [s]."""
        batch, key = self.batch, self._work_key
        bit_vector_s = key.from_key(batch.crossbar_key, batch.crossbar_unit.bit_vector_s)
        return np.asarray(bit_vector_s * key.designs.activation_bits)

    def _compute(self) -> Keyed:
        """Crossbars: the positions of a copy one after another, and the fill of the additions behind them."""
        key = self._work_key
        fill_s = key.from_key(self.batch.crossbar_key, self.batch.crossbar_unit.fill_s)
        return Keyed(key, self._positions * self._position_s[:, None] + fill_s[:, None])

    def _tile_latency(self) -> Keyed:
        """Digital steps behind the crossbars that their pipeline does not hide."""
        batch, key = self.batch, self._work_key
        interval_s = key.from_key(batch.tile_key, batch.tile_energy.interval_s)
        fill_s = key.from_key(batch.tile_key, batch.tile_energy.fill_s)
        return Keyed(key, tile_latency(interval_s, fill_s, self._positions, self._position_s))

    # --- totals ------------------------------------------------------------------------------------------------------

    def latency_s(self, engine: str) -> FloatArray:
        """Latency of an engine, (D,) [s]: summed over layers, or along the longest path of branches that overlap."""
        serial = total(part.summed() for part in self.latency_parts[engine])
        return np.where(self._overlaps, self._path_s[engine], serial) if self._overlaps.any() else serial

    @cached_property
    def _overlaps(self) -> BoolArray:
        return np.asarray(self.batch.designs.schedule == code("schedule", "branches"))

    @cached_property
    def _path_s(self) -> Mapping[str, FloatArray]:
        return longest_path(self.batch.network, {engine: self.layer_latency_s(engine) for engine in ENGINES})

    @cached_property
    def total_latency_s(self) -> FloatArray:
        """Latency of one inference, (D,) [s]."""
        return total(self.latency_s(engine) for engine in ENGINES)

    def layer_latency_s(self, engine: str) -> FloatArray:
        """Latency of each layer, (D, L) [s]."""
        return total(part.gathered() for part in self.latency_parts[engine])

    @cached_property
    def slowest_layer_s(self) -> FloatArray:
        """Latency of the slowest layer, the period of a pipeline of layers, (D,) [s]."""
        return np.asarray(total(self.layer_latency_s(engine) for engine in ENGINES).max(axis=1))

    def dynamic_energy_j(self, engine: str) -> FloatArray:
        """Dynamic energy of an engine, (D,) [J]."""
        return total(part.summed() for part in self.energy_parts[engine])

    @cached_property
    def _tile_seconds(self) -> FloatArray:
        """Tiles at work x the time they work, summed over layers, (D,) [s]."""
        return self._weighted_seconds(self.batch.mapping.tiles * self.batch.mapping.copies)

    @cached_property
    def _buffer_seconds(self) -> FloatArray:
        """Chiplets whose buffer holds data x the time it does, summed over layers, (D,) [s]."""
        mapping = self.batch.mapping
        holding = mapping.spanned_chiplets @ holds_input(self.batch.network).T.astype(np.int64)
        return self._weighted_seconds(np.minimum(holding, mapping.n_chiplets[:, None]))

    def _weighted_seconds(self, weights: IntArray) -> FloatArray:
        """Sum over layers of a weight (U, L) on the mapping's key x the layer's latency, (D,) [s]."""
        parts = [part for engine in ENGINES for part in self.latency_parts[engine]]
        mapping_key = self.batch.mapping_key
        return total(p.summed(p.key.from_key(mapping_key, weights).astype(np.float64)) for p in parts)

    @cached_property
    def _powered_tile_seconds(self) -> FloatArray:
        """Tiles that leak x the time they do, (D,) [s]: those at work if idle ones are gated, all if not."""
        everything = self._mapped("package_tiles") * self.total_latency_s
        return np.where(self._is_gated, self._tile_seconds, everything)

    @cached_property
    def _is_gated(self) -> BoolArray:
        return np.asarray(self.batch.designs.idle_power == code("idle_power", "gated"))

    def leakage_energy_j(self, engine: str) -> FloatArray:
        """Leakage energy of an engine in one inference, (D,) [J].

        Tiles and routers leak while their layer runs, or all the time if ``idle_power`` is ``always_on``; SRAM cells
        hold the weights and are never gated. A chiplet's buffer leaks while it holds data, package links while the
        network on package is at work (``always_on``: all the time).
        """
        batch, total_s = self.batch, self.total_latency_s
        if engine == "crossbar":
            unit, gather = batch.crossbar_unit, batch.crossbar_key.gather
            cells = unit.leakage_by_component["array"][gather]  # resistive cells leak nothing
            rest = unit.leakage_w[gather] - cells
            always = cells * self._mapped("package_tiles") * total_s
            return np.asarray(batch.designs.crossbars_per_tile * (rest * self._powered_tile_seconds + always))
        if engine == "tile":
            tiles = batch.tile_unit.leakage_w[batch.tile_key.gather] * self._powered_tile_seconds
            buffers = batch.chiplet.leakage_w[batch.chiplet_key.gather]
            held = self._buffer_seconds / self._mapped("n_chiplets")
            return np.asarray(tiles + buffers * np.where(self._is_gated, held, total_s))
        if engine == "noc":
            return np.asarray(batch.routers.router_leakage_w[batch.router_key.gather] * self._powered_tile_seconds)
        powered_s = np.where(self._is_gated, self.latency_s("nop"), total_s)
        return np.asarray(batch.nop.static_power_w[batch.nop_key.gather] * powered_s)

    @cached_property
    def energy_j(self) -> FloatArray:
        """Dynamic and leakage energy of the package, (D,) [J]."""
        return total(self.dynamic_energy_j(e) + self.leakage_energy_j(e) for e in ENGINES)

    def area_m2(self, engine: str) -> FloatArray:
        """Area of an engine in all dies, (D,) [m2]."""
        batch, tiles = self.batch, self._mapped("package_tiles")
        if engine == "crossbar":
            return np.asarray(
                tiles * batch.designs.crossbars_per_tile * batch.crossbar_unit.area_m2[batch.crossbar_key.gather]
            )
        if engine == "tile":
            own = batch.tile_unit.area_m2[batch.tile_key.gather] * tiles
            return np.asarray(own + batch.chiplet.package_area_m2[batch.chiplet_key.gather])
        if engine == "noc":
            return np.asarray(batch.routers.router_area_m2[batch.router_key.gather] * tiles)
        return self._phy_area_m2

    @cached_property
    def _phy_area_m2(self) -> FloatArray:
        """PHYs of all dies: equal dies carry as many as the one that needs most, (D,) [m2]."""
        nop, gather = self.batch.nop, self.batch.nop_key.gather
        equal = self._mapped("n_chiplets") * nop.die_phy_area_m2[gather]
        return np.where(self._mapped("is_custom"), nop.phy_area_m2[gather], equal)

    @cached_property
    def total_area_m2(self) -> FloatArray:
        """Area of all dies, (D,) [m2]."""
        return total(self.area_m2(engine) for engine in ENGINES)

    @cached_property
    def tile_area_m2(self) -> FloatArray:
        """A tile with its crossbars and its router, (D,) [m2]."""
        batch = self.batch
        return np.asarray(
            batch.tile_unit.tile_area_m2[batch.tile_key.gather] + batch.routers.router_area_m2[batch.router_key.gather]
        )

    @cached_property
    def die_area_m2(self) -> FloatArray:
        """Area of the largest die, (D,) [m2]."""
        batch = self.batch
        own = self._mapped("die_tiles") * self.tile_area_m2
        buffers = batch.chiplet.die_area_m2[batch.chiplet_key.gather]
        return np.asarray(own + buffers + batch.nop.die_phy_area_m2[batch.nop_key.gather])

    # --- cost and DRAM -----------------------------------------------------------------------------------------------

    @cached_property
    def cost(self) -> CostResult:
        """Yield and cost of the package, on (D,)."""
        areas, counts = self._dies
        return package_cost(self.batch.designs, areas, counts)

    @cached_property
    def _dies(self) -> tuple[FloatArray, FloatArray]:
        """Area [m2] and number of each sort of die: equal chiplets or a custom package's, and the accumulator's."""
        accumulator = self.batch.chiplet.accumulator_area_m2[self.batch.chiplet_key.gather][:, None]
        areas, counts = self.die_area_m2[:, None], self._mapped("n_chiplets")[:, None]
        is_custom = self._mapped("is_custom")
        if is_custom.any():
            own, number = self._custom_dies
            empty = np.zeros((len(areas), own.shape[1] - 1))
            areas = np.where(is_custom[:, None], own, np.concatenate([areas, empty], axis=1))
            counts = np.where(is_custom[:, None], number, np.concatenate([counts, empty], axis=1))
        return np.concatenate([areas, accumulator], axis=1), np.concatenate([counts, accumulator > 0], axis=1)

    @cached_property
    def _custom_dies(self) -> tuple[FloatArray, FloatArray]:
        """Area and number of the dies that start with each layer, (D, L); links spread evenly over the dies."""
        batch = self.batch
        tiles = self._mapped("group_tiles")
        buffers = batch.chiplet.group_area_m2[batch.chiplet_key.gather]
        phys = (self._phy_area_m2 / self._mapped("n_chiplets"))[:, None]
        starts = tiles > 0
        area = np.where(starts, tiles * self.tile_area_m2[:, None] + buffers + phys, 0)
        return area, np.where(starts, self._mapped("spanned_chiplets"), 0)

    @cached_property
    def mono_area_m2(self) -> FloatArray:
        """One die with the same tiles, one buffer and no package links, (D,) [m2]."""
        buffer_m2 = self.batch.chiplet.monolith_area_m2[self.batch.chiplet_key.gather]
        return np.asarray(self._mapped("package_tiles") * self.tile_area_m2 + buffer_m2)

    @cached_property
    def monolithic(self) -> MonolithCost:
        """The monolithic twin, on (D,)."""
        return monolith_cost(self.batch.designs, self.mono_area_m2)

    @cached_property
    def dram_s(self) -> FloatArray:
        """Time of the DRAM, (D,) [s]."""
        return np.asarray(self.batch.dram.latency_s[self.batch.dram_key.gather])

    @cached_property
    def dram_j(self) -> FloatArray:
        """Energy of the DRAM's core, (D,) [J]."""
        return np.asarray(self.batch.dram.energy_j[self.batch.dram_key.gather])

    @property
    def included_dram_s(self) -> FloatArray | float:
        """Time of the DRAM where it counts in the totals."""
        return self.dram_s if self.include_dram else 0.0

    @property
    def included_dram_j(self) -> FloatArray | float:
        """Energy of the DRAM where it counts in the totals."""
        return self.dram_j if self.include_dram else 0.0

    def _mapped(self, name: str) -> FloatArray:
        return np.asarray(self.batch.mapped(getattr(self.batch.mapping, name)))
