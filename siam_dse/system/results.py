"""Results: every part of the plan, worked out once for a batch of designs on its own unique keys when first needed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray, IntArray
from siam_dse.core.declare import Need, Term
from siam_dse.core.once import once
from siam_dse.core.plan import OF_DESIGN, Plan
from siam_dse.design.designs import Designs, DesignsOnDemand
from siam_dse.design.keys import Key, Ranks
from siam_dse.design.view import View
from siam_dse.system.known import KnownOfDesign
from siam_dse.workload.network import Network


@dataclass(frozen=True)
class Keyed:
    """A figure, (U, ...) on a key's unique rows."""

    key: Key
    values: AnyArray

    def gathered(self, rows: slice | IntArray) -> AnyArray:
        """Of some of the designs, (n, ...)."""
        return self.values[self.key.gather[rows]]

    def on(self, key: Key) -> AnyArray:
        """On a key that includes this one's, (U, ...)."""
        return key.from_key(self.key, self.values)


class Results:
    """Records of parts for D designs, each computed when it is first asked for, or ``given``, a row for each design.

    Those of one design may be ``known``.
    """

    def __init__(
        self,
        plan: Plan,
        network: Network,
        ranks: Ranks,
        given: Mapping[str, Any] | None = None,
        known: KnownOfDesign | None = None,
    ) -> None:
        self.plan = plan
        self.network = network
        self.ranks = ranks
        self._known = known
        self._records: dict[str, Any] = dict(given or {})
        self._keys: dict[str, Key] = dict.fromkeys(self._records, ranks.each()) if given else {}
        self._figures: dict[str, Keyed] = {}
        self._views: dict[tuple[int, frozenset[str]], View] = {}

    def give(self, part: str, record: Any) -> None:
        """Have a record of a part, a row for each design, before any figure of it is asked for."""
        self._records[part], self._keys[part] = record, self.ranks.each()

    def of_others(self, designs: Designs, rows: IntArray, changed: frozenset[str]) -> "Results":
        """Results of designs that are those at ``rows`` but for the ``changed`` fields; other parts are shared."""
        others = Results(self.plan, self.network, Ranks(designs))
        for part, record in self._records.items():
            if not changed & self.plan.fields(part):
                others._records[part] = record
                others._keys[part] = self._keys[part].of_rows(rows)
        return others

    def of_rows(self, rows: IntArray) -> "Results":
        """Results of some of the designs; all that is known is shared."""
        return self.of_others(DesignsOnDemand(self.ranks.designs, rows), rows, frozenset())

    def take_over(self, parts: Iterable[str], others: "Results", rows: IntArray) -> None:
        """Have these parts of ``others``, whose designs at ``rows`` are the same in all that the parts depend on."""
        for part in parts:
            self._records[part] = others.record(part)
            self._keys[part] = others.key(part).of_rows(rows)

    def key(self, part: str) -> Key:
        """Designs that share the results of a part."""
        if part not in self._keys:
            own = self.plan.parts[part]
            names = (*own.fields, *(name for need in own.needs for name in self.key(need).names))
            figures = [self.figure(value) for value in own.values]
            self._keys[part] = self.ranks.key_with(names, [(figure.key, figure.values) for figure in figures])
        return self._keys[part]

    def record(self, part: str) -> Any:
        """What the part computes, a row for each of its key's."""
        if part not in self._records:
            self._records[part] = self._known.of(part, self._computed) if self._known else self._computed(part)
        return self._records[part]

    def _computed(self, part: str) -> Any:
        own, key = self.plan.parts[part], self.key(part)
        needs = {need: self._need(key, need) for need in own.needs}
        values = {value.partition(".")[2]: self.figure(value).on(key) for value in own.values}
        return own.compute(self._view(key, own.fields, part), self.network, **needs, **values)

    def figure(self, reference: str) -> Keyed:
        """``part.figure``, or ``design.field``."""
        if reference not in self._figures:
            self._figures[reference] = self._figure(*reference.split("."))
        return self._figures[reference]

    def _figure(self, part: str, name: str) -> Keyed:
        if part == OF_DESIGN:
            key = self.ranks.key((name,))
            return Keyed(key, getattr(key.designs, name))
        return Keyed(self.key(part), getattr(self.record(part), name))

    def terms(self, engine: str, quantity: str, noc_model: str) -> tuple[Term, ...]:
        """What an engine adds to a quantity, looked up once."""
        return _terms(self.network, self.plan, engine, quantity, noc_model)

    def union(self, keys: Iterable[Key]) -> Key:
        """The key that includes all of these."""
        own = list(dict.fromkeys(keys))
        return own[0] if len(own) == 1 else self.ranks.key(name for key in own for name in key.names)

    def _need(self, key: Key, part: str) -> Need:
        record, theirs = self.record(part), self.key(part)
        return Need(record, key.rows_of(theirs), is_same=key.is_like(theirs))

    def _view(self, key: Key, fields: tuple[str, ...], part: str) -> View:
        """The view of a part; parts with the same fields and key share one, and what is kept with it."""
        known = id(key), frozenset(fields)
        if known not in self._views:
            self._views[known] = View(self.ranks.designs, key.representative, fields, part)
        return self._views[known]


@once
def _terms(network: Network, plan: Plan, engine: str, quantity: str, noc_model: str) -> tuple[Term, ...]:
    """Terms of an engine, kept with the network: which it has takes longer to ask than to compute one."""
    return tuple(plan.terms(engine, quantity, noc_model, network))


@once
def common_fields(network: Network, plan: Plan, noc_model: str) -> frozenset[str]:
    """``Plan.common_fields``, kept with the network likewise."""
    return plan.common_fields(noc_model, network)


def product(factors: Iterable[AnyArray]) -> FloatArray:
    """Product of (n,) and (n, L) arrays."""
    arrays = list(factors)
    if any(array.ndim > 1 for array in arrays):
        arrays = [array[:, None] if array.ndim == 1 else array for array in arrays]
    return np.asarray(reduce(np.multiply, arrays))
