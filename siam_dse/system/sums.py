"""Sums: terms of engines summed over the layers of a network, once for a whole batch of designs.

A term is a product of figures, each on the unique keys of its own fields: its layers are summed up first, then it is
multiplied on the key of all fields but those that designs of a batch often differ in alone, and only then for every
design (:mod:`siam_dse.system.compose`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import add, mul
from typing import Any

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray, IntArray, total
from siam_dse.core.declare import Term
from siam_dse.core.loops import for_loop, takes_loop
from siam_dse.design.keys import Key
from siam_dse.system.results import Keyed, Results, common_fields, product

_SAVED_S = 1e-9  # CPU time that a loop saves a value of a sum over layers, measured


@dataclass(frozen=True)
class Summed:
    """Sum of terms over layers: (U,) on the common key, and products that are multiplied for every design."""

    common: FloatArray | None = None
    apart: tuple[tuple[Keyed, ...], ...] = ()


@dataclass(frozen=True)
class Lines:
    """Terms of one design before they are summed over layers."""

    by_layer: FloatArray  # (T, L) products of those of their factors that differ from layer to layer, 1 where none does
    flat: tuple[tuple[float, ...], ...]  # the others of each term
    is_layered: tuple[bool, ...]


@dataclass
class Sums:
    """Sums of terms of a whole batch, each worked out once."""

    results: Results
    noc_model: str
    _known: dict[tuple[object, ...], Summed] = field(default_factory=dict)
    _lines: dict[tuple[object, ...], Lines] = field(default_factory=dict)

    @cached_property
    def common(self) -> Any:
        """Key of all fields but those apart."""
        return self.results.ranks.key(common_fields(self.results.network, self.results.plan, self.noc_model))

    def of(self, engines: tuple[str, ...], quantity: str, weight: str = "", powered: str | None = None) -> Summed:
        """Terms of engines that add to a quantity, each layer x ``weight``, a figure (U, L), where one is given."""
        known = engines, quantity, weight, powered
        if known not in self._known:
            summed = self._of_one if len(self.results.ranks) == 1 else self._of_batch
            self._known[known] = summed(*known)
        return self._known[known]

    def _of_batch(self, engines: tuple[str, ...], quantity: str, weight: str, powered: str | None) -> Summed:
        """The same of several designs."""
        terms = self._terms(engines, quantity, powered)
        apart = [self._is_apart(term) for term in terms]
        folded = [self._over_layers(term, weight) for term in terms]
        common = [
            product(f.on(self.common) for f in factors)
            for factors, is_apart in zip(folded, apart, strict=True)
            if not is_apart
        ]
        return Summed(
            total(common) if common else None,
            tuple(factors for factors, is_apart in zip(folded, apart, strict=True) if is_apart),
        )

    def _terms(self, engines: tuple[str, ...], quantity: str, powered: str | None) -> list[Term]:
        every = [term for name in engines for term in self.results.terms(name, quantity, self.noc_model)]
        return [term for term in every if term.powered == powered]

    def _of_one(self, engines: tuple[str, ...], quantity: str, weight: str, powered: str | None) -> Summed:
        """The same of a single design: all terms are summed over layers side by side, then multiplied as numbers."""
        known = engines, quantity, powered, bool(weight)
        if known not in self._lines:
            self._lines[known] = self._lines_of(self._terms(engines, quantity, powered), is_weighted=bool(weight))
        lines = self._lines[known]
        by_layer = lines.by_layer * self._of_design(weight) if weight else lines.by_layer
        sums = zip(by_layer.sum(axis=1).tolist(), lines.is_layered, lines.flat, strict=True)
        each = [reduce(mul, (layers, *flat) if is_layered or weight else flat) for layers, is_layered, flat in sums]
        return Summed(np.array([reduce(add, each)]) if each else None)

    def _lines_of(self, terms: Iterable[Term], *, is_weighted: bool) -> Lines:
        """Factors of terms of a single design; those apart are last, as they are added last in a batch."""
        by_layer, flat, is_layered = [], [], []
        for term in sorted(terms, key=self._is_apart):
            factors = [self._of_design(name) for name in _references(term, is_weighted=is_weighted)]
            layered = [values[0] for values in factors if values.ndim > 1]
            by_layer.append(reduce(np.multiply, layered) if layered else np.ones(self.results.network.n_layers))
            flat.append(tuple(values.item() for values in factors if values.ndim == 1))
            is_layered.append(bool(layered))
        shape = len(by_layer), self.results.network.n_layers
        return Lines(np.array(by_layer, dtype=np.float64).reshape(shape), tuple(flat), tuple(is_layered))

    def _of_design(self, reference: str) -> AnyArray:
        """A figure of a single design, (1, ...)."""
        figure = self.results.figure(reference)
        return figure.values if len(figure.values) == 1 else figure.gathered(slice(None))

    def _is_apart(self, term: Term) -> bool:
        return any(map(self.results.plan.is_apart, term.factors))

    def _over_layers(self, term: Term, weight: str) -> tuple[Keyed, ...]:
        """Factors (U,) of a term summed over its layers.

        Rows are laid out one after another first: NumPy then adds each in the same order whatever the batch, so that a
        design's figures do not depend on the designs beside it.
        """
        references = (*_references(term, is_weighted=bool(weight)), *filter(None, [weight]))
        factors = [self.results.figure(name) for name in references]
        layered = [factor for factor in factors if factor.values.ndim > 1]
        flat = tuple(factor for factor in factors if factor.values.ndim == 1)
        if not layered:
            return flat
        key = self.results.union(factor.key for factor in layered)
        if len(layered) == 2 and len(key) > 1 and takes_loop(len(key) * self.results.network.n_layers, _SAVED_S):
            return Keyed(key, _summed_products(key, *layered)), *flat
        values = np.ascontiguousarray(product(factor.on(key) for factor in layered))
        return Keyed(key, np.asarray(values.sum(axis=1))), *flat


def _references(term: Term, *, is_weighted: bool) -> tuple[str, ...]:
    """Factors of a term that is to be summed over layers."""
    return term.factors if is_weighted or not term.of_all_layers else term.of_all_layers


def _summed_products(key: Key, one: Keyed, other: Keyed) -> FloatArray:
    """Products of two figures (U, L) summed over layers, (U,), by a compiled loop."""
    from siam_dse.system.kernel import sums_of_rows

    def of(factor: Keyed) -> tuple[FloatArray, IntArray]:
        rows = np.empty(0, dtype=np.int64) if key.is_like(factor.key) else key.rows_of(factor.key)
        return for_loop(factor.values.astype(np.float64, copy=False)), rows

    sums = np.empty(len(key))
    sums_of_rows(*of(one), *of(other), sums)
    return sums
