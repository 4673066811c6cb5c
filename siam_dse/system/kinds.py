"""Packages of two kinds of chiplets: each kind's figures worked out as of one kind, then joined layer by layer.

A kind sees the mapping of the whole package. What a layer takes is that of the kind it lies on; what tiles take is
counted kind by kind; what the package takes, or every chiplet alike, is that of each kind by its share of the chiplets.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, chunks, total
from siam_dse.core.declare import (
    AT_WORK,
    DIE_AREA,
    ENERGY,
    LATENCY,
    LEAKAGE,
    MULTIPLYING,
    VECTORISING,
    Term,
)
from siam_dse.design.designs import Designs, DesignsOnDemand
from siam_dse.design.fields import code
from siam_dse.design.keys import Ranks
from siam_dse.design.kinds import are_alike, as_kind_a, as_kind_b, as_one_kind, has_best_split
from siam_dse.engines.accuracy.engine import accuracy_of_kinds
from siam_dse.engines.nop.engine import NopLoads, placed_loads
from siam_dse.engines.nop.placement import is_placed
from siam_dse.mapping.kinds import is_on_b, layers_on_a, map_kinds
from siam_dse.mapping.place import map_network
from siam_dse.system.compose import DUTIES, Composition
from siam_dse.system.copies import DESIGNS_PER_BLOCK, is_pipeline, slowness_s
from siam_dse.system.plan import numbered, plan_numbers
from siam_dse.system.results import Results, product
from siam_dse.system.sums import Sums
from siam_dse.workload.network import Network

_OF_TILES = (
    "mapping.package_tiles",
    "mapping.die_tiles",
    "mapping.mono_tiles",
)  # factors of a figure that each tile of a kind has
_OF_LAYERS_TILES = (AT_WORK, MULTIPLYING, VECTORISING)  # leaks where a layer lies, on its kind

_CHANGED = frozenset({"weights", "copy_chiplets", "duplication"})  # fields that are tried with other values

# Chiplets missing and latency x energy of designs, (D,) each, at weight layers on kind A, (D,)
AtSplits = Callable[[Designs, IntArray], tuple[FloatArray, FloatArray]]


@dataclass(frozen=True)
class Case:
    """Designs at ``rows`` of a batch, of one kind, or of two where ``n_on_a`` weight layers lie on kind A."""

    rows: IntArray
    kinds: tuple[Designs, ...]
    n_on_a: int


def cases(designs: Designs, network: Network, n_on_a: IntArray) -> Iterator[Case]:
    """The designs of a batch by where kind A ends, (D,): those with all layers on one kind, or kinds alike, first."""
    n_layers = int(network.has_tiles.sum())
    last = np.where(designs.kind_b, n_on_a, n_layers)
    is_one = designs.kind_b & are_alike(designs) & (last > 0) & (last < n_layers)
    for rows, as_one, count in (
        (np.flatnonzero(last == n_layers), as_kind_a, n_layers),
        (np.flatnonzero(is_one), partial(_as_one_kind, network=network, n_on_a=last), n_layers),
        (np.flatnonzero(last == 0), as_kind_b, 0),
    ):
        if len(rows):
            yield Case(rows, (as_one(designs, rows),), count)
    two = np.flatnonzero((last > 0) & (last < n_layers) & ~is_one)
    for count in np.unique(last[two]).tolist():
        rows = two[last[two] == count]
        yield Case(rows, (as_kind_a(designs, rows), as_kind_b(designs, rows)), count)


def _as_one_kind(designs: Designs, rows: IntArray, *, network: Network, n_on_a: IntArray) -> Designs:
    """Designs at ``rows``, whose kinds are alike, with the chiplets of both.

    Where one kind has a number and the other as many as needed, these are what the other's layers need alone, as of
    kinds that differ; ``n_on_a``, (D,), says which those are.
    """
    a, b = designs.n_chiplets[rows], designs.kind_b_n_chiplets[rows]
    both = np.where((a > 0) & (b > 0), a + b, 0)
    is_a_alone, is_b_alone = (a > 0) & (b == 0), (b > 0) & (a == 0)
    for count in np.unique(n_on_a[rows[is_a_alone | is_b_alone]]).tolist():
        on_b, here = is_on_b(network, count), n_on_a[rows] == count
        for given, is_alone, other, layers in ((a, is_a_alone, as_kind_b, on_b), (b, is_b_alone, as_kind_a, ~on_b)):
            own = np.flatnonzero(is_alone & here)
            both[own] = given[own] + map_network(other(designs, rows[own]), network, layers).chiplets_needed
    return as_one_kind(designs, rows, both)


def split(designs: Designs, network: Network, at_splits: AtSplits) -> IntArray:
    """Weight layers on kind A of each design, (D,): by share, or where of all boundaries latency x energy is least.

    A split at which chiplets are missing counts only where they are at any other. Splits are compared with chiplets in
    rows where swaps are to place them: a search for each would take many times as long.
    """
    n_on_a = layers_on_a(network, designs.split_share)
    best, n_splits = np.flatnonzero(designs.kind_b & has_best_split(designs)), int(network.has_tiles.sum()) + 1
    for part in chunks(len(best), max(DESIGNS_PER_BLOCK // n_splits, 1)):
        rows = best[part]
        each = np.tile(np.arange(n_splits), len(rows))
        every = np.repeat(rows, n_splits)
        in_rows = np.where(is_placed(designs), code("nop_placement", "row_major"), designs.nop_placement)[every]
        missing, edp = at_splits(DesignsOnDemand(designs, every, {"nop_placement": in_rows}), each)
        order = np.lexsort((edp, missing, every))
        n_on_a[rows] = each[order[::n_splits]]
    return n_on_a


class Unplaced:
    """What of designs of two kinds does not depend on where layers lie: worked out once for all splits and copies."""

    def __init__(self, designs: Designs, network: Network, noc_model: str) -> None:
        own, rows = numbered(plan_numbers(designs)), np.arange(len(designs))
        free = own.parts_apart_from("mapping", noc_model, network)
        self.parts = tuple(name for name in free if not _CHANGED & own.fields(name))
        self.kinds = tuple(Results(own, network, Ranks(of(designs, rows))) for of in (as_kind_a, as_kind_b))


def blocks_of_kinds(
    case: Case, designs: Designs, network: Network, noc_model: str, include_dram: bool, unplaced: Unplaced | None = None
) -> Iterator[tuple[IntArray, Composition]]:
    """Rows and figures of designs of two kinds: with all copies, then of those that are faster with fewer.

    Under ``copy_chiplets`` 0 copies fill each kind's chiplets, or those needed anyway, or there are none.
    """
    for part in chunks(len(case.rows), DESIGNS_PER_BLOCK):
        rows, kinds = case.rows[part], tuple(kind.take(part) for kind in case.kinds)
        own, pipelined = designs.take(rows), is_pipeline(kinds[0])
        may_choose = (own.copy_chiplets == 0) & (own.duplication != code("duplication", "none"))
        best_s = np.full(len(rows), np.inf)
        for changed in ({}, {"copy_chiplets": 1}, {"duplication": code("duplication", "none")}):
            some = np.flatnonzero(may_choose) if changed else np.arange(len(rows))
            if not len(some):
                return
            tried = tuple(_changed(kind, some, changed) for kind in kinds)
            f = _composed(
                tried, own.take(some), network, case.n_on_a, noc_model, include_dram, pipelined[some],
                unplaced, rows[some],
            )  # fmt: skip
            taken_s = slowness_s(f, pipelined[some])
            faster = np.flatnonzero(taken_s < best_s[some])
            best_s[some[faster]] = taken_s[faster]
            if len(faster) == len(some):
                yield rows[some], f
            elif len(faster):
                again = tuple(kind.take(faster) for kind in tried), own.take(some[faster])
                g = _composed(
                    *again, network, case.n_on_a, noc_model, include_dram, pipelined[some[faster]],
                    unplaced, rows[some[faster]],
                )  # fmt: skip
                yield rows[some[faster]], g


def _changed(designs: Designs, rows: IntArray, values: dict[str, int]) -> Designs:
    """Designs at ``rows``, whose weights stay, with some values instead of their own."""
    fixed = {"weights": code("weights", "resident"), **values}
    return DesignsOnDemand(designs, rows, {name: np.full(len(rows), value) for name, value in fixed.items()})


def _composed(
    kinds: tuple[Designs, ...],
    designs: Designs,
    network: Network,
    n_on_a: int,
    noc_model: str,
    include_dram: bool,
    pipelined: BoolArray,
    unplaced: Unplaced | None,
    rows: IntArray,
) -> "KindsComposition":
    on_b, own = is_on_b(network, n_on_a), numbered(plan_numbers(designs))
    mapped = map_kinds(kinds, network, on_b)
    both = []
    for i, (kind, mapping) in enumerate(zip(kinds, (mapped.a, mapped.b), strict=True)):
        results = Results(own, network, Ranks(kind), given={"mapping": mapping})
        if unplaced:
            results.take_over(unplaced.parts, unplaced.kinds[i], rows)
        both.append(results)
    if is_placed(designs).all():
        loads = _loads_as_placed(designs, network, on_b, both)
        for results in both:
            results.give("nop_loads", loads)
    parts = [Composition(Sums(results, noc_model), include_dram=include_dram, pipelined=pipelined) for results in both]
    return KindsComposition((parts[0], parts[1]), designs, on_b, mapped.chiplets)


def _loads_as_placed(designs: Designs, network: Network, on_b: BoolArray, kinds: Sequence[Results]) -> NopLoads:
    """Loads on the package where swaps place the chiplets of both kinds together, each sum as wide as on its kind."""
    a, b = (results.figure("sent_widths.bits") for results in kinds)
    every = np.arange(len(designs))
    sums = np.where(on_b, b.gathered(every), a.gathered(every))
    moved = kinds[0].record("values_moved").take(kinds[0].key("values_moved").gather)
    mapping = kinds[0].record("mapping")
    return placed_loads(designs, mapping, moved, network.n_layers, (designs.activation_bits, sums))


class KindsComposition(Composition):
    """Composed figures of n designs of two kinds of chiplets, from those of each kind on the whole package's mapping.

    ``designs`` are the designs as they were asked for, ``on_b``, (L,), the layers on kind B, ``chiplets`` those of
    each kind, (n,).
    """

    def __init__(
        self,
        kinds: tuple[Composition, Composition],
        designs: Designs,
        on_b: BoolArray,
        chiplets: tuple[IntArray, IntArray],
    ) -> None:
        first = kinds[0]
        super().__init__(first.sums, include_dram=first.include_dram, pipelined=first._pipelined)
        self.kinds = kinds
        self.on_b = on_b
        self._chiplets = chiplets
        vars(self)["designs"] = designs

    @property
    def views(self) -> tuple[Composition, ...]:
        """The same figures, and them with the fields of kind B in place of kind A's."""
        of_b = copy(self)
        vars(of_b)["designs"] = self.kinds[1].designs
        return self, of_b

    @property
    def cells_per_tile(self) -> IntArray:
        """Cells of the tiles that each layer lies on, (n, L)."""
        a, b = (kind.cells_per_tile for kind in self.kinds)
        return np.where(self.on_b, b, a)

    @cached_property
    def on_kind_b(self) -> tuple[IntArray, IntArray]:
        """Weight layers and chiplets of kind B, (n,) each."""
        return np.full(len(self.designs), (self.on_b & self.network.has_tiles).sum()), self._chiplets[1]

    @cached_property
    def _share(self) -> tuple[FloatArray, FloatArray]:
        """Share of each kind in the chiplets, (n,) each."""
        of_a, of_b = self._chiplets
        return of_a / (of_a + of_b), of_b / (of_a + of_b)

    def figure(self, reference: str) -> AnyArray:
        """``part.figure`` of every design, (n, ...): of layers that of their kind, of tiles the sum over both."""
        part, _, name = reference.partition(".")
        if part == "accuracy":
            return np.asarray(getattr(self._accuracy, name))
        a, b = (kind.figure(reference) for kind in self.kinds)
        if a.ndim > 1:
            return np.where(self.on_b, b, a) if a.shape[1] == len(self.on_b) else a
        if reference in ("mapping.package_tiles", "mapping.mono_tiles"):
            return a + b
        if reference == "chiplet.accumulator_area_m2":  # a die that is as large as in the area of the package
            return self._share[0] * a + self._share[1] * b
        return a | b if a.dtype == bool else a

    @cached_property
    def _accuracy(self) -> Any:
        a, b = (kind.designs for kind in self.kinds)
        is_by_layer = self.kinds[0].record("converters").bits is not None
        bits = [kind.figure("converters.bits") if is_by_layer else None for kind in self.kinds]
        return accuracy_of_kinds((a, b), self.network, self.on_b, bits)

    def record(self, part: str) -> Any:
        """All that a part computes, each layer's of its kind."""
        a, b = (kind.record(part) for kind in self.kinds)
        if part == "mapping":
            tiles = a.package_tiles + b.package_tiles
            return replace(a, package_tiles=tiles, die_tiles=np.maximum(a.die_tiles, b.die_tiles))
        if part == "transfers":
            on_b = self.on_b[a.layer]
            bits = {name: np.where(on_b, getattr(b, name), getattr(a, name)) for name in ("tile_bits", "chiplet_bits")}
            return replace(a, **bits)
        return _Joined(a, b, self.on_b)

    def each_by_layer(self, quantity: str, engines: Iterable[str]) -> FloatArray:
        """A quantity summed over engines, each by itself, (n, L)."""
        names = tuple(engines)
        a, b = (kind.each_by_layer(quantity, names) for kind in self.kinds)
        return np.where(self.on_b, b, a)

    def _summed(
        self, engines: tuple[str, ...], quantity: str, weight: str = "", powered: str | None = None
    ) -> FloatArray:
        if quantity in (LATENCY, ENERGY):
            layers = self.each_by_layer(quantity, engines)
            return np.asarray((layers * self.figure(weight) if weight else layers).sum(axis=1))
        shares = [self._of_both(term) for name in engines for term in self._terms(name, quantity, powered)]
        return total(shares) if shares else np.zeros(len(self.designs))

    def _terms(self, engine: str, quantity: str, powered: str | None) -> list[Term]:
        own = self.sums.results.terms(engine, quantity, self.sums.noc_model)
        return [term for term in own if term.powered == powered]

    def _of_both(self, term: Term) -> FloatArray:
        """A figure of tiles summed over kinds; one of chiplets or of the package by each kind's share of chiplets."""
        a, b = (product(kind.figure(name) for name in term.factors) for kind in self.kinds)
        share = (1.0, 1.0) if set(_OF_TILES) & set(term.factors) else self._share
        return np.asarray(share[0] * a + share[1] * b)

    def leakage_energy_j(self, engine: str) -> FloatArray:
        """Leakage energy of an engine in one inference, (n,) [J]."""
        shares = [np.zeros(len(self.designs))]
        every = self.sums.results.terms(engine, LEAKAGE, self.sums.noc_model)
        for powered in dict.fromkeys(term.powered for term in every):
            terms = self._terms(engine, LEAKAGE, powered)
            if powered not in _OF_LAYERS_TILES:
                shares.append(total(map(self._of_both, terms)) * self._powered_s(str(powered), engine))
                continue
            for kind, share, on in zip(self.kinds, self._share, (~self.on_b, self.on_b), strict=True):
                leaking_w = total(product(kind.figure(name) for name in term.factors) for term in terms)
                shares.append(leaking_w * self._at_work_s(str(powered), kind, share, on))
        return total(shares)

    def _at_work_s(self, powered: str, kind: Composition, share: FloatArray, on: BoolArray) -> FloatArray:
        """Time x tiles or chiplets at work of one kind, (n,) [s]."""
        weight, everywhere = DUTIES[powered]
        exist = kind.figure(str(everywhere)) * (1.0 if everywhere in _OF_TILES else share)
        always = exist * self.total_latency_s
        at_work = (self.by_layer(LATENCY) * kind.figure(weight) * on).sum(axis=1)
        return np.where(self._is_gated, np.minimum(at_work, always), always)

    @cached_property
    def equal_dies(self) -> tuple[FloatArray, FloatArray]:
        """Area [m2] and number of the chiplets of each kind, (n, 2) each."""
        area_m2 = np.stack([kind.total(DIE_AREA) for kind in self.kinds], axis=1)
        return area_m2, np.stack(self._chiplets, axis=1)

    @property
    def equal_tiles(self) -> tuple[FloatArray, IntArray]:
        """Area of a tile [m2] and tiles of the chiplets of each kind, (n, 2) each."""
        tiles = [kind.figure("mapping.die_tiles") for kind in self.kinds]
        return np.stack([kind.tile_m2 for kind in self.kinds], axis=1), np.stack(tiles, axis=1)

    @property
    def _tile_m2_by_layer(self) -> FloatArray:
        a, b = (kind.tile_m2[:, None] for kind in self.kinds)
        return np.where(self.on_b, b, a)


class _Joined:
    """Records of both kinds as one: (n, L) figures, alone or by name, are each layer's of its kind, others kind A's."""

    def __init__(self, a: Any, b: Any, on_b: BoolArray) -> None:
        self._a, self._b, self._on_b = a, b, on_b

    def __getattr__(self, name: str) -> Any:
        a, b = getattr(self._a, name), getattr(self._b, name)
        if isinstance(a, Mapping):
            return {key: np.where(self._on_b, b[key], a[key]) for key in a}
        is_by_layer = isinstance(a, np.ndarray) and a.ndim > 1 and a.shape[-1] == len(self._on_b)
        return np.where(self._on_b, b, a) if is_by_layer else a
