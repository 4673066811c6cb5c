"""Blocks: composed figures of a batch of designs, as many at a time as may be held."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, chunks
from siam_dse.core.plan import Plan
from siam_dse.design.designs import Designs
from siam_dse.design.keys import Ranks
from siam_dse.system.batch import Batch
from siam_dse.system.columns import computed
from siam_dse.system.compose import Composition
from siam_dse.system.copies import DESIGNS_PER_BLOCK, FewerCopies, fewer_copies, is_pipeline, slowness_s
from siam_dse.system.kinds import Unplaced, blocks_of_kinds, cases, split
from siam_dse.system.known import known_parts
from siam_dse.system.plan import numbered, plan_numbers
from siam_dse.system.results import Results, common_fields
from siam_dse.system.sums import Sums
from siam_dse.workload.network import Network


class Blocks:
    """Composed figures of D designs, worked out block by block as they are iterated over.

    A design may be in several blocks: the last has it with the copies it is fastest with. Figures of designs that one
    part of the batch holds are kept, so that a second pass costs next to nothing.
    """

    def __init__(self, network: Network, designs: Designs, noc_model: str, include_dram: bool) -> None:
        self.network = network
        self.designs = designs
        self.noc_model = noc_model
        self.include_dram = include_dram
        self._fewer: FewerCopies | None = None  # of the whole, once found
        self._known: list[tuple[IntArray, Composition]] = []  # of the whole, once found, where they are small

    def of(self, designs: Designs) -> "Blocks":
        """The same network on other designs."""
        return Blocks(self.network, designs, self.noc_model, self.include_dram)

    def _sums(self, ranks: Ranks) -> Sums:
        known = known_parts(self.network, self._plan).of(ranks.designs) if len(ranks) == 1 else None
        return Sums(Results(self._plan, self.network, ranks, known=known), self.noc_model)

    @cached_property
    def _plans(self) -> IntArray:
        """Plan that each design needs, (D,)."""
        return plan_numbers(self.designs)

    @property
    def _is_mixed(self) -> bool:
        return bool((self._plans != self._plans[:1]).any())

    @property
    def _plan(self) -> Plan:
        return numbered(self._plans)

    @cached_property
    def _batch(self) -> Batch:
        return Batch(self.designs, self.network.n_layers, common_fields(self.network, self._plan, self.noc_model))

    @cached_property
    def whole(self) -> Sums | None:
        """The sums of all designs, kept where one part holds them."""
        if self.designs.kind_b.any() or self._is_mixed:
            return None
        ranks = self._batch.whole()
        return self._sums(ranks) if ranks else None

    def parts(self) -> Iterator[tuple[IntArray, Sums]]:
        """Parts of the batch that are held at once: rows and sums."""
        if self.whole:
            yield np.arange(len(self.designs)), self.whole
            return
        for rows, ranks in self._batch.parts():
            yield rows, self._sums(ranks)

    def __iter__(self) -> Iterator[tuple[IntArray, Composition]]:
        """Rows and composed figures, block by block: of all designs, then of those faster with fewer copies."""
        if self._known:
            yield from self._known
            return
        found = []
        for block in self._new():
            if self.whole and len(self.designs) <= DESIGNS_PER_BLOCK:
                found.append(block)
            yield block
        self._known = found

    def _new(self) -> Iterator[tuple[IntArray, Composition]]:
        """As when iterated, worked out."""
        if self._is_mixed:
            yield from self._of_plans()
            return
        if self.designs.kind_b.any():
            yield from self._of_kinds(split(self.designs, self.network, self._at_splits))
            return
        for part, sums in self.parts():
            fast = sums if self.noc_model == "fast" else Sums(sums.results, "fast")
            filled_s = np.empty(len(part))
            fewer = self._fewer if sums is self.whole else None
            for rows in chunks(len(part), DESIGNS_PER_BLOCK):
                composed = Composition(sums, rows, include_dram=self.include_dram)
                yield part[rows], composed
                if fewer is None:
                    of_level = composed if sums is fast else Composition(fast, rows)
                    filled_s[rows] = slowness_s(of_level, is_pipeline(of_level.designs))
            fewer = fewer or fewer_copies(fast, filled_s)
            others = Sums(fewer.sums.results, self.noc_model)
            for rows in chunks(len(fewer.rows), DESIGNS_PER_BLOCK):
                pipelined = is_pipeline(self.designs)[part[fewer.rows[rows]]]
                composed = Composition(others, rows, include_dram=self.include_dram, pipelined=pipelined)
                yield part[fewer.rows[rows]], composed
            if sums is self.whole:
                self._fewer = fewer

    def _of_plans(self) -> Iterator[tuple[IntArray, Composition]]:
        """As when iterated: the designs of one plan, then those of another."""
        for number in np.unique(self._plans):
            part = np.flatnonzero(self._plans == number)
            for rows, composed in self.of(self.designs.take(part)):
                yield part[rows], composed

    def _of_kinds(self, n_on_a: IntArray) -> Iterator[tuple[IntArray, Composition]]:
        """As when iterated, where kind A of some designs has the first ``n_on_a`` weight layers, (D,)."""
        unplaced = None
        if len(self.designs) <= DESIGNS_PER_BLOCK:  # more are not held at once
            unplaced = Unplaced(self.designs, self.network, self.noc_model)
        for case in cases(self.designs, self.network, n_on_a):
            if len(case.kinds) > 1:
                yield from blocks_of_kinds(
                    case, self.designs, self.network, self.noc_model, self.include_dram, unplaced
                )
                continue
            alone = self.of(case.kinds[0])
            for rows, composed in alone:
                composed.is_kind_b = case.n_on_a == 0
                yield case.rows[rows], composed

    def _at_splits(self, designs: Designs, n_on_a: IntArray) -> tuple[FloatArray, FloatArray]:
        """Chiplets missing of designs, and latency x energy, where kind A has the first ``n_on_a`` layers, (D,)."""
        some = self.of(designs)
        missing, edp = np.empty((2, len(designs)))
        with np.errstate(divide="raise", invalid="raise", over="raise"):
            for rows, composed in some._of_kinds(n_on_a):
                missing[rows], edp[rows] = computed("fits", composed), computed("edp_mj_ms", composed)
        return missing, edp
