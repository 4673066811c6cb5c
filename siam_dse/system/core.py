"""Core: all of a design but its package's links, summed up over layers once for each combination that occurs.

Many designs of a grid differ in the bandwidth of their links alone. What the links take part in stays apart, as sums
over layers on keys of their own: bits to be divided by a bandwidth, hops to be multiplied by a latency.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray, total
from siam_dse.engines.crossbar.engine import CROSSBAR_FIELDS
from siam_dse.engines.noc.energy import NOC_ENERGY_FIELDS
from siam_dse.engines.noc.engine import NOC_FIELDS
from siam_dse.engines.tile.engine import CHIPLET_FIELDS, TILE_FIELDS
from siam_dse.system.keyed import Keyed
from siam_dse.system.keys import Key, Ranks
from siam_dse.system.parts import ENGINES, Parts
from siam_dse.workload.lifetime import holds_input

# Engines that do not depend on the links between chiplets.
CORE_ENGINES = ENGINES[:-1]
CORE_FIELDS = (*CROSSBAR_FIELDS, *TILE_FIELDS, *CHIPLET_FIELDS, *NOC_FIELDS, *NOC_ENERGY_FIELDS)


def core_key(ranks: Ranks) -> Key:
    """Designs that differ in their links, their cost or their schedule at most."""
    return ranks.key(CORE_FIELDS)


class Core:
    """Sums over layers, areas and leakage; arrays are (U,) on ``key`` where nothing else is said."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.batch = parts.batch
        self.key = core_key(self.batch.ranks)

    # --- sums over layers --------------------------------------------------------------------------------------------

    @cached_property
    def latency_s(self) -> Mapping[str, FloatArray]:
        """Latency by engine [s]."""
        return {engine: self._sum(p.summed() for p in self.parts.latency[engine]) for engine in CORE_ENGINES}

    @cached_property
    def energy_j(self) -> Mapping[str, FloatArray]:
        """Dynamic energy by engine [J]."""
        return {engine: self._sum(self.parts.total_energy[engine]) for engine in CORE_ENGINES}

    @cached_property
    def nop_latency_s(self) -> tuple[Keyed, ...]:
        """Latency of the network on package [s]."""
        return tuple(part.summed() for part in self.parts.latency["nop"])

    @cached_property
    def nop_energy_j(self) -> tuple[Keyed, ...]:
        """Energy of the network on package [J]."""
        return self.parts.total_energy["nop"]

    @cached_property
    def tile_seconds(self) -> tuple[Keyed, ...]:
        """Tiles at work x the time they work [s]: of the core, and of the network on package."""
        mapping = self.batch.mapping
        return self._weighted_seconds((mapping.tiles * mapping.copies).astype(np.float64))

    @cached_property
    def buffer_seconds(self) -> tuple[Keyed, ...]:
        """Chiplets whose buffer holds data x the time it does [s]: of the core, and of the network on package."""
        mapping = self.batch.mapping
        holding = mapping.spanned_chiplets.astype(np.float64) @ holds_input(self.batch.network).T.astype(np.float64)
        return self._weighted_seconds(np.minimum(holding, mapping.n_chiplets[:, None]))

    def _weighted_seconds(self, weights: FloatArray) -> tuple[Keyed, ...]:
        """Sum over layers of a weight (U, L) on the mapping's key x the layer's latency."""
        weigh = Keyed(self.batch.mapping_key, weights)
        core = (p.summed(weigh) for engine in CORE_ENGINES for p in self.parts.latency[engine])
        return Keyed(self.key, self._sum(core)), *(p.summed(weigh) for p in self.parts.latency["nop"])

    # --- areas and leakage -------------------------------------------------------------------------------------------

    @cached_property
    def area_m2(self) -> Mapping[str, FloatArray]:
        """Area by engine in all dies [m2]."""
        batch, tiles = self.batch, self.mapped("package_tiles")
        crossbars = tiles * self.key.designs.crossbars_per_tile
        own = self._at(batch.tile_key, batch.tile_unit.area_m2) * tiles
        return {
            "crossbar": np.asarray(crossbars * self._at(batch.crossbar_key, batch.crossbar_unit.area_m2)),
            "tile": np.asarray(own + self._at(batch.chiplet_key, batch.chiplet.package_area_m2)),
            "noc": np.asarray(self._at(batch.router_key, batch.routers.router_area_m2) * tiles),
        }

    @cached_property
    def tile_area_m2(self) -> FloatArray:
        """A tile with its crossbars and its router [m2]."""
        batch = self.batch
        tile = self._at(batch.tile_key, batch.tile_unit.tile_area_m2)
        return np.asarray(tile + self._at(batch.router_key, batch.routers.router_area_m2))

    @cached_property
    def die_area_m2(self) -> FloatArray:
        """The largest die without its links [m2]."""
        buffers = self._at(self.batch.chiplet_key, self.batch.chiplet.die_area_m2)
        return np.asarray(self.mapped("die_tiles") * self.tile_area_m2 + buffers)

    @cached_property
    def mono_area_m2(self) -> FloatArray:
        """One die with the same tiles and one buffer [m2]."""
        buffer_m2 = self._at(self.batch.chiplet_key, self.batch.chiplet.monolith_area_m2)
        return np.asarray(self.mapped("package_tiles") * self.tile_area_m2 + buffer_m2)

    @cached_property
    def tile_leakage_w(self) -> Mapping[str, FloatArray]:
        """Leakage of a tile that is on, by engine, without the cells [W]."""
        batch, unit = self.batch, self.batch.crossbar_unit
        rest = self._at(batch.crossbar_key, unit.leakage_w - unit.leakage_by_component["array"])
        return {
            "crossbar": np.asarray(self.key.designs.crossbars_per_tile * rest),
            "tile": self._at(batch.tile_key, batch.tile_unit.leakage_w),
            "noc": self._at(batch.router_key, batch.routers.router_leakage_w),
        }

    @cached_property
    def cell_leakage_w(self) -> FloatArray:
        """Leakage of all cells of the package, which hold the weights and are never off [W]; resistive ones: none."""
        batch = self.batch
        cells = self._at(batch.crossbar_key, batch.crossbar_unit.leakage_by_component["array"])
        return np.asarray(self.key.designs.crossbars_per_tile * cells * self.mapped("package_tiles"))

    def mapped(self, name: str) -> AnyArray:
        """A (U,) figure of the mapping."""
        return self._at(self.batch.mapping_key, getattr(self.batch.mapping, name))

    def _at(self, key: Key, values: AnyArray) -> AnyArray:
        return self.key.from_key(key, values)

    def _sum(self, parts: Iterable[Keyed]) -> FloatArray:
        """Sum of (U,) parts."""
        return total(part.on(self.key) for part in parts)
