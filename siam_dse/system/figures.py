"""Figures: latency, energy, area, leakage and cost, composed for some designs of a batch.

A layer's latency is the sum of what its crossbars, tiles, network on chip and network on package take, one after the
other; a network's is the sum over its layers. Only (n,) totals are materialised, for a block of designs at a time.
"""

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, total
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.engines.cost.engine import CostResult, MonolithCost, monolith_cost, package_cost
from siam_dse.system.batch import Batch
from siam_dse.system.core import Core
from siam_dse.system.keys import Key
from siam_dse.system.parts import ENGINES, NOC_MODELS, Parts
from siam_dse.system.schedule import longest_path

__all__ = ["ENGINES", "NOC_MODELS", "Figures"]


class Figures:
    """Composed figures of n designs of a batch."""

    def __init__(self, core: Core, rows: slice | IntArray = slice(None), *, include_dram: bool = False) -> None:
        self.core = core
        self.rows = rows
        self.include_dram = include_dram

    @property
    def batch(self) -> Batch:
        """The batch that the designs are of."""
        return self.core.batch

    @property
    def parts(self) -> Parts:
        """Parts of the batch by layer."""
        return self.core.parts

    @cached_property
    def designs(self) -> Designs:
        """The n designs."""
        return self.batch.designs.take(self.rows)

    def at(self, key: Key, values: AnyArray) -> AnyArray:
        """Values (U, ...) on a key for every design, (n, ...)."""
        return values[key.gather[self.rows]]

    def mapped(self, name: str) -> AnyArray:
        """A figure of the mapping for every design, (n, ...)."""
        return self.at(self.batch.mapping_key, getattr(self.batch.mapping, name))

    def _of_core(self, values: FloatArray) -> FloatArray:
        return self.at(self.core.key, values)

    # --- latency -----------------------------------------------------------------------------------------------------

    def latency_s(self, engine: str) -> FloatArray:
        """Latency of an engine, (n,) [s]: summed over layers, or along the longest path of branches that overlap."""
        serial = self._serial_s[engine]
        return np.where(self._overlaps, self._path_s[engine], serial) if self._overlaps.any() else serial

    @cached_property
    def _serial_s(self) -> Mapping[str, FloatArray]:
        own = {engine: self._of_core(values) for engine, values in self.core.latency_s.items()}
        return own | {"nop": total(part.gathered(self.rows) for part in self.core.nop_latency_s)}

    @cached_property
    def _overlaps(self) -> BoolArray:
        return np.asarray(self.designs.schedule == code("schedule", "branches"))

    @cached_property
    def _path_s(self) -> Mapping[str, FloatArray]:
        return longest_path(self.batch.network, {engine: self.layer_latency_s(engine) for engine in ENGINES})

    @cached_property
    def total_latency_s(self) -> FloatArray:
        """Latency of one inference, (n,) [s]."""
        return total(self.latency_s(engine) for engine in ENGINES)

    def layer_latency_s(self, engine: str) -> FloatArray:
        """Latency of each layer, (n, L) [s]."""
        return total(part.gathered(self.rows) for part in self.parts.latency[engine])

    @cached_property
    def slowest_layer_s(self) -> FloatArray:
        """Latency of the slowest layer, the period of a pipeline of layers, (n,) [s]."""
        return np.asarray(total(self.layer_latency_s(engine) for engine in ENGINES).max(axis=1))

    # --- energy ------------------------------------------------------------------------------------------------------

    def dynamic_energy_j(self, engine: str) -> FloatArray:
        """Dynamic energy of an engine, (n,) [J]."""
        if engine == "nop":
            return total(part.gathered(self.rows) for part in self.core.nop_energy_j)
        return self._of_core(self.core.energy_j[engine])

    @cached_property
    def _powered_tile_seconds(self) -> FloatArray:
        """Tiles that leak x the time they do, (n,) [s]: those at work if idle ones are gated, all if not."""
        at_work = total(part.gathered(self.rows) for part in self.core.tile_seconds)
        return np.where(self._is_gated, at_work, self.mapped("package_tiles") * self.total_latency_s)

    @cached_property
    def _powered_buffer_s(self) -> FloatArray:
        """Time that a chiplet's buffer leaks, (n,) [s]: while it holds data if idle ones are gated, always if not."""
        holds = total(part.gathered(self.rows) for part in self.core.buffer_seconds) / self.mapped("n_chiplets")
        return np.where(self._is_gated, holds, self.total_latency_s)

    @cached_property
    def _is_gated(self) -> BoolArray:
        return np.asarray(self.designs.idle_power == code("idle_power", "gated"))

    def leakage_energy_j(self, engine: str) -> FloatArray:
        """Leakage energy of an engine in one inference, (n,) [J].

        Tiles and routers leak while their layer runs, or all the time if ``idle_power`` is ``always_on``; SRAM cells
        hold the weights and are never gated. A chiplet's buffer leaks while it holds data, package links while the
        network on package is at work (``always_on``: all the time).
        """
        batch, core, total_s = self.batch, self.core, self.total_latency_s
        if engine == "nop":
            powered_s = np.where(self._is_gated, self.latency_s("nop"), total_s)
            return np.asarray(self.at(batch.package_key, batch.links.static_power_w) * powered_s)
        tiles = self._of_core(core.tile_leakage_w[engine]) * self._powered_tile_seconds
        if engine == "crossbar":
            return np.asarray(tiles + self._of_core(core.cell_leakage_w) * total_s)
        if engine == "tile":
            return np.asarray(tiles + self.at(batch.chiplet_key, batch.chiplet.leakage_w) * self._powered_buffer_s)
        return np.asarray(tiles)

    @cached_property
    def energy_j(self) -> FloatArray:
        """Dynamic and leakage energy of the package, (n,) [J]."""
        return total(self.dynamic_energy_j(e) + self.leakage_energy_j(e) for e in ENGINES)

    # --- area --------------------------------------------------------------------------------------------------------

    def area_m2(self, engine: str) -> FloatArray:
        """Area of an engine in all dies, (n,) [m2]."""
        return self._phy_area_m2 if engine == "nop" else self._of_core(self.core.area_m2[engine])

    @cached_property
    def _die_phy_area_m2(self) -> FloatArray:
        return self.at(self.batch.package_key, self.batch.links.die_phy_area_m2)

    @cached_property
    def _phy_area_m2(self) -> FloatArray:
        """PHYs of all dies: equal dies carry as many as the one that needs most, (n,) [m2]."""
        equal = self.mapped("n_chiplets") * self._die_phy_area_m2
        if not self._is_custom.any():
            return np.asarray(equal)
        return np.where(self._is_custom, self.at(self.batch.package_key, self.batch.links.phy_area_m2), equal)

    @cached_property
    def total_area_m2(self) -> FloatArray:
        """Area of all dies, (n,) [m2]."""
        return np.asarray(self._of_core(total(self.core.area_m2.values())) + self._phy_area_m2)

    @cached_property
    def die_area_m2(self) -> FloatArray:
        """Area of the largest die, (n,) [m2]."""
        return np.asarray(self._of_core(self.core.die_area_m2) + self._die_phy_area_m2)

    @cached_property
    def mono_area_m2(self) -> FloatArray:
        """One die with the same tiles, one buffer and no package links, (n,) [m2]."""
        return self._of_core(self.core.mono_area_m2)

    # --- cost and DRAM -----------------------------------------------------------------------------------------------

    @cached_property
    def cost(self) -> CostResult:
        """Yield and cost of the package, (n,)."""
        areas, counts = self._dies
        return package_cost(self.designs, areas, counts)

    @cached_property
    def _is_custom(self) -> BoolArray:
        return self.mapped("is_custom")

    @cached_property
    def _dies(self) -> tuple[FloatArray, FloatArray]:
        """Area [m2] and number of each sort of die: equal chiplets or a custom package's, and the accumulator's."""
        chiplet = self.batch.chiplet
        accumulator = self.at(self.batch.chiplet_key, chiplet.accumulator_area_m2)[:, None]
        areas, counts = self.die_area_m2[:, None], self.mapped("n_chiplets")[:, None]
        if self._is_custom.any():
            own, number = self._custom_dies
            empty = np.zeros((len(areas), own.shape[1] - 1))
            is_custom = self._is_custom[:, None]
            areas = np.where(is_custom, own, np.concatenate([areas, empty], axis=1))
            counts = np.where(is_custom, number, np.concatenate([counts, empty], axis=1))
        if not accumulator.any():
            return areas, counts
        return np.concatenate([areas, accumulator], axis=1), np.concatenate([counts, accumulator > 0], axis=1)

    @cached_property
    def _custom_dies(self) -> tuple[FloatArray, FloatArray]:
        """Area and number of the dies that start with each layer, (n, L); links spread evenly over the dies."""
        batch = self.batch
        tiles = self.mapped("group_tiles")
        buffers = self.at(batch.chiplet_key, batch.chiplet.group_area_m2)
        phys = (self._phy_area_m2 / self.mapped("n_chiplets"))[:, None]
        starts = tiles > 0
        area = np.where(starts, tiles * self._of_core(self.core.tile_area_m2)[:, None] + buffers + phys, 0)
        return area, np.where(starts, self.mapped("spanned_chiplets"), 0)

    @cached_property
    def monolithic(self) -> MonolithCost:
        """The monolithic twin, (n,)."""
        return monolith_cost(self.designs, self.mono_area_m2)

    @cached_property
    def dram_s(self) -> FloatArray:
        """Time of the DRAM, (n,) [s]."""
        return self.at(self.batch.dram_key, self.batch.dram.latency_s)

    @cached_property
    def dram_j(self) -> FloatArray:
        """Energy of the DRAM's core, (n,) [J]."""
        return self.at(self.batch.dram_key, self.batch.dram.energy_j)

    @property
    def included_dram_s(self) -> FloatArray | float:
        """Time of the DRAM where it counts in the totals."""
        return self.dram_s if self.include_dram else 0.0

    @property
    def included_dram_j(self) -> FloatArray | float:
        """Energy of the DRAM where it counts in the totals."""
        return self.dram_j if self.include_dram else 0.0
