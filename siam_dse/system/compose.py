"""Composition: the terms of all engines summed to latency, energy, area and leakage of designs.

A layer's latency is the sum of what the engines take, one after the other, or where they overlap what each takes beyond
those before it (:mod:`siam_dse.system.overlap`); a network's is the sum over its layers (:mod:`siam_dse.system.sums`).
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, total
from siam_dse.core.declare import (
    ALWAYS,
    AREA,
    AT_WORK,
    CUSTOM_DIE_AREA,
    DIE_AREA,
    ENERGY,
    ENGINE_BUSY,
    HOLDING,
    LATENCY,
    LEAKAGE,
    MULTIPLYING,
    SUMMING,
    VECTORISING,
)
from siam_dse.design.designs import Designs, DesignsOnDemand
from siam_dse.design.fields import code
from siam_dse.system.overlap import exposed
from siam_dse.system.results import product
from siam_dse.system.sums import Sums
from siam_dse.workload.network import Network
from siam_dse.workload.schedule import longest_path

# Leakage powered so flows while layers run, weighted by a figure (U, L); if never gated, all the time x another.
DUTIES = {
    AT_WORK: ("work.working_tiles", "mapping.package_tiles"),
    HOLDING: ("work.holding_share", None),
    SUMMING: ("work.sums_meet", None),
    MULTIPLYING: ("digital_dies.working_macs", "digital_dies.macs"),
    VECTORISING: ("digital_dies.working_vectors", "digital_dies.vectors"),
}


class Composition:
    """Composed figures of n designs of a batch; arrays (n,) or (n, L), each computed when it is first asked for."""

    def __init__(
        self,
        sums: Sums,
        rows: slice | IntArray = slice(None),
        *,
        include_dram: bool = False,
        pipelined: BoolArray | None = None,
    ) -> None:
        self.sums = sums
        self.rows = rows
        self.include_dram = include_dram
        self._pipelined = pipelined  # where a design was asked for as a pipeline and is faster without copies
        self.is_kind_b = False  # all chiplets are of kind B
        self._of: dict[str, Any] = {}
        self._duty_s: dict[str, FloatArray] = {}

    @property
    def engines(self) -> tuple[str, ...]:
        """Engines on the package, in the order of every breakdown."""
        return self.sums.results.plan.on_package

    @property
    def network(self) -> Network:
        """The network."""
        return self.sums.results.network

    @cached_property
    def designs(self) -> Designs:
        """The n designs."""
        own = self.sums.results.ranks.designs
        rows = np.arange(len(own))[self.rows]
        return own if len(rows) == len(own) and isinstance(self.rows, slice) else DesignsOnDemand(own, rows)

    def figure(self, reference: str) -> AnyArray:
        """``part.figure`` of every design, (n, ...)."""
        return self.sums.results.figure(reference).gathered(self.rows)

    def record(self, part: str) -> Any:
        """All that a part computes, on its own rows."""
        return self.sums.results.record(part)

    def of(self, part: str) -> Any:
        """Record of a part of composed figures, (n,) arrays."""
        if part not in self._of:
            engines = self.sums.results.plan.engines.values()
            compute = {name: function for engine in engines for name, function in engine.composed}[part]
            self._of[part] = compute(self)
        return self._of[part]

    def total(self, quantity: str) -> FloatArray:
        """A quantity summed over engines and layers, (n,), branches one after the other."""
        return self._summed(self.engines, quantity)

    def of_engine(self, engine: str, quantity: str) -> FloatArray:
        """An engine's share of :meth:`total`, (n,)."""
        return self._summed((engine,), quantity)

    def by_layer(self, quantity: str, engines: Iterable[str] | None = None) -> FloatArray:
        """A quantity summed over engines, (n, L); of latencies that overlap what each adds to its layer's."""
        names = tuple(engines or self.engines)
        own = self.each_by_layer(quantity, names)
        if quantity != LATENCY or not self._hides.any():
            return own
        return np.where(self._hides[:, None], total(self._exposed_s[name] for name in names), own)

    def each_by_layer(self, quantity: str, engines: Iterable[str]) -> FloatArray:
        """A quantity summed over engines, each by itself, (n, L); what is of the whole network spread over layers."""
        results, noc_model = self.sums.results, self.sums.noc_model
        terms = [t for name in engines for t in results.terms(name, quantity, noc_model)]
        shares = [product(results.figure(name).gathered(self.rows) for name in term.factors) for term in terms]
        n_layers = self.network.n_layers
        layered = [share if share.ndim > 1 else share[:, None] / n_layers for share in shares]
        return total([np.zeros((len(self.designs), n_layers)), *layered])

    def _summed(
        self, engines: tuple[str, ...], quantity: str, weight: str = "", powered: str | None = None
    ) -> FloatArray:
        summed = self.sums.of(engines, quantity, weight, powered)
        shares = [product(factor.gathered(self.rows) for factor in factors) for factors in summed.apart]
        if summed.common is not None:
            shares.insert(0, summed.common[self.sums.common.gather[self.rows]])
        return total(shares) if shares else np.zeros(len(self.designs))

    @property
    def cells_per_tile(self) -> IntArray:
        """Cells of a tile, (n, 1), or of the tiles that each layer lies on, (n, L)."""
        d = self.designs
        return (d.crossbar_rows * d.crossbar_cols * d.crossbars_per_tile)[:, None]

    @property
    def views(self) -> tuple["Composition", ...]:
        """The same figures as each kind of chiplets has its fields: what is asked of fields alone is asked of each."""
        return (self,)

    @cached_property
    def on_kind_b(self) -> tuple[IntArray, IntArray]:
        """Weight layers and chiplets of kind B, (n,) each."""
        layers, chiplets = int(self.network.has_tiles.sum()), self.figure("mapping.n_chiplets")
        return np.full(len(chiplets), layers * self.is_kind_b), chiplets * self.is_kind_b

    # --- latency -----------------------------------------------------------------------------------------------------

    def latency_s(self, engine: str) -> FloatArray:
        """Latency of an engine, (n,) [s]: summed over layers, or along the longest path of branches that overlap."""
        serial = self.of_engine(engine, LATENCY)
        if self._hides.any():
            serial = np.where(self._hides, self.by_layer(LATENCY, [engine]).sum(axis=1), serial)
        return np.where(self._overlaps, self._path_s[engine], serial) if self._overlaps.any() else serial

    @cached_property
    def total_latency_s(self) -> FloatArray:
        """Latency of one inference, (n,) [s]."""
        return total(self.latency_s(engine) for engine in self.engines)

    @cached_property
    def slowest_layer_s(self) -> FloatArray:
        """Latency of the slowest layer, the period of a pipeline of layers, (n,) [s]; layers of one place are one."""
        layers, owner = self.by_layer(LATENCY), self.network.weights_of
        for layer in np.flatnonzero(owner >= 0):
            layers[:, owner[layer]] += layers[:, layer]
        return np.asarray(layers.max(axis=1))

    @cached_property
    def inferences_per_s(self) -> FloatArray:
        """Inferences one after another, or as a pipeline where copies are asked for one, (n,) [1/s]."""
        asked = self._pipelined
        is_pipeline = self.designs.duplication == code("duplication", "pipeline") if asked is None else asked
        return 1 / np.where(is_pipeline, self.slowest_layer_s, self.total_latency_s)

    @cached_property
    def _overlaps(self) -> BoolArray:
        return np.asarray(self.designs.schedule == code("schedule", "branches"))

    @cached_property
    def _hides(self) -> BoolArray:
        return np.asarray(self.designs.overlap == code("overlap", "layer"))

    @cached_property
    def _exposed_s(self) -> dict[str, FloatArray]:
        engines = self.sums.results.plan.engines
        busy_s = {name: self.each_by_layer(LATENCY, [name]) for name in self.engines}
        return exposed(busy_s, frozenset(name for name in self.engines if engines[name].is_network))

    @cached_property
    def _path_s(self) -> dict[str, FloatArray]:
        return longest_path(self.network, {name: self.by_layer(LATENCY, [name]) for name in self.engines})

    # --- dies --------------------------------------------------------------------------------------------------------

    @cached_property
    def custom_die_area_m2(self) -> FloatArray:
        """Area of each sort of custom die, at the layer that starts it, 0 elsewhere, (n, L) [m2]."""
        return self.by_layer(CUSTOM_DIE_AREA)

    @cached_property
    def equal_dies(self) -> tuple[FloatArray, FloatArray]:
        """Area [m2] and number of the chiplets of each kind of a package of equal ones, (n, K) each."""
        return self.total(DIE_AREA)[:, None], np.asarray(self.figure("mapping.n_chiplets"))[:, None]

    @cached_property
    def largest_die_m2(self) -> FloatArray:
        """Area of the largest die, (n,) [m2]."""
        is_custom, equal = self.figure("mapping.is_custom"), np.asarray(self.equal_dies[0].max(axis=1))
        return np.where(is_custom, self.custom_die_area_m2.max(axis=1), equal) if is_custom.any() else equal

    @cached_property
    def smallest_die_m2(self) -> FloatArray:
        """Area of the smallest chiplet, (n,) [m2]."""
        is_custom, equal = self.figure("mapping.is_custom"), np.asarray(self.equal_dies[0].min(axis=1))
        if not is_custom.any():
            return equal
        own = self.custom_die_area_m2
        return np.where(is_custom, own.min(axis=1, where=own > 0, initial=np.inf), equal)

    @cached_property
    def dies(self) -> tuple[FloatArray, FloatArray]:
        """Area [m2] and number of each sort of die, (n, G): equal chiplets or a custom package's, the accumulator's."""
        areas, counts = self.equal_dies
        is_custom = self.figure("mapping.is_custom")[:, None]
        if is_custom.any():
            own = self.custom_die_area_m2
            number = self.figure("work.starts_die") * self.figure("mapping.spanned_chiplets")
            empty = np.zeros((len(areas), own.shape[1] - areas.shape[1]))
            areas = np.where(is_custom, own, np.concatenate([areas, empty], axis=1))
            counts = np.where(is_custom, number, np.concatenate([counts, empty], axis=1))
        accumulator = self.figure("chiplet.accumulator_area_m2")[:, None]
        if not accumulator.any():
            return areas, counts
        return np.concatenate([areas, accumulator], axis=1), np.concatenate([counts, accumulator > 0], axis=1)

    @cached_property
    def tiles_of_dies(self) -> tuple[FloatArray, IntArray]:
        """Area of a tile [m2] and tiles of a die, spare ones included, of each sort of die in ``dies``, (n, G) each."""
        tile_m2, tiles = np.zeros((2, *self.dies[0].shape))
        equal = self.equal_tiles
        for values, own in zip((tile_m2, tiles), equal, strict=True):
            values[:, : own.shape[1]] = own
        is_custom = self.figure("mapping.is_custom")
        if is_custom.any():
            of_layers = self.figure("mapping.group_tiles").shape[1]
            tiles[is_custom] = 0
            tiles[is_custom, :of_layers] = self.figure("mapping.group_tiles")[is_custom]
            tile_m2[is_custom, :of_layers] = self._tile_m2_by_layer[is_custom]
        return tile_m2, tiles.astype(np.int64)

    @property
    def equal_tiles(self) -> tuple[FloatArray, IntArray]:
        """Area of a tile [m2] and tiles of each kind of equal chiplets, (n, K) each."""
        return self.tile_m2[:, None], np.asarray(self.figure("mapping.die_tiles"))[:, None]

    @property
    def tile_m2(self) -> FloatArray:
        """Area of a tile with all that each has, (n,) [m2]."""
        plan, each = self.sums.results.plan, "mapping.package_tiles"
        terms = [t for name in self.engines for t in plan.terms(name, AREA, self.sums.noc_model, self.network)]
        own = [[name for name in term.factors if name != each] for term in terms if each in term.factors]
        return total(product(self.figure(name) for name in names) for names in own)

    @property
    def _tile_m2_by_layer(self) -> FloatArray:
        return np.broadcast_to(self.tile_m2[:, None], (len(self.designs), self.network.n_layers))

    # --- energy ------------------------------------------------------------------------------------------------------

    def leakage_energy_j(self, engine: str) -> FloatArray:
        """Leakage energy of an engine in one inference, (n,) [J].

        Tiles and digital units leak while their layer runs, buffers while they hold data, the global accumulator while
        a layer runs whose sums meet there, an engine's links while it is at work; all of them all the time if
        ``idle_power`` is ``always_on``. SRAM cells hold the weights and are never gated. The times of layers add up;
        where branches overlap so may what is powered for them, and nothing is for longer than the inference takes.
        """
        power = (*DUTIES, ENGINE_BUSY, ALWAYS)
        terms = self.sums.results.terms(engine, LEAKAGE, self.sums.noc_model)
        flowing = [powered for powered in power if any(term.powered == powered for term in terms)]
        shares = [self._summed((engine,), LEAKAGE, powered=p) * self._powered_s(p, engine) for p in flowing]
        return total(shares) if shares else np.zeros(len(self.designs))

    def _powered_s(self, powered: str, engine: str) -> FloatArray:
        """Time that a leakage flows, x the tiles or chiplets that it flows in where it is one's, (n,) [s]."""
        if powered == ALWAYS:
            return self.total_latency_s
        if powered == ENGINE_BUSY:
            at_work = np.minimum(self.of_engine(engine, LATENCY), self.total_latency_s)
            return np.where(self._is_gated, at_work, self.total_latency_s)
        if powered not in self._duty_s:
            self._duty_s[powered] = self._weighed_s(*DUTIES[powered])
        return self._duty_s[powered]

    def _weighed_s(self, weight: str, everywhere: str | None) -> FloatArray:
        always = self.figure(everywhere) * self.total_latency_s if everywhere else self.total_latency_s
        layers_s = self._summed(self.engines, LATENCY, weight)
        if self._hides.any():
            hiding = (self.by_layer(LATENCY) * self.figure(weight)).sum(axis=1)
            layers_s = np.where(self._hides, hiding, layers_s)
        at_work = np.minimum(layers_s, always)
        return np.where(self._is_gated, at_work, always)

    @cached_property
    def _is_gated(self) -> BoolArray:
        return np.asarray(self.designs.idle_power == code("idle_power", "gated"))

    @cached_property
    def energy_j(self) -> FloatArray:
        """Dynamic and leakage energy of the package, (n,) [J]."""
        return self.total(ENERGY) + self.total_leakage_j

    @cached_property
    def total_leakage_j(self) -> FloatArray:
        """Leakage energy of the package, (n,) [J]."""
        return total(self.leakage_energy_j(engine) for engine in self.engines)
