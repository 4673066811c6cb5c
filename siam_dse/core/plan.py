"""The plan of an evaluation: what follows from what all engines declare, and what is wrong with it."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from siam_dse.core.declare import Engine, Part, Term
from siam_dse.core.errors import InputError, unknown_name

OF_DESIGN = "design"  # a factor ``design.<field>`` is a field itself


class Plan:
    """Engines, the parts they declare by name, and what follows from both.

    ``packages`` names the packages of engines that another one adds, for what is said of their faults.
    """

    def __init__(self, engines: Iterable[Engine], packages: Mapping[str, str] | None = None) -> None:
        engines = tuple(engines)
        self.engines: Mapping[str, Engine] = MappingProxyType({engine.name: engine for engine in engines})
        self.parts: Mapping[str, Part] = MappingProxyType({p.name: p for engine in engines for p in engine.parts})
        self.on_package = tuple(engine.name for engine in self.engines.values() if engine.terms)
        self._fields: dict[str, frozenset[str]] = {}
        self._apart: dict[str, bool] = {}
        self._of_level: dict[tuple[str, str], tuple[Term, ...]] = {}
        faults = (*_taken(engines), *self._lost())
        if faults:
            added = {name: f" of package {package}" for name, package in (packages or {}).items()}
            raise InputError("engines", [f"engine {e!r}{added.get(e, '')}{fault}" for e, fault in faults])

    def terms(self, engine: str, quantity: str, noc_model: str, network: Any) -> list[Term]:
        """What an engine adds to a quantity of a network."""
        return [term for term in self._own(engine, noc_model, network) if term.quantity == quantity]

    def fields(self, part: str) -> frozenset[str]:
        """All fields that a part's figures depend on."""
        if part not in self._fields:
            own = self.parts[part]
            self._fields[part] = frozenset(own.fields).union(*(self.fields(other) for other in _rests_on(own)))
        return self._fields[part]

    def is_apart(self, factor: str) -> bool:
        """Whether a figure depends on fields that designs of a batch often differ in alone."""
        if factor not in self._apart:
            own = self.parts.get(_part_of(factor))
            self._apart[factor] = own is not None and (own.apart or any(map(self.is_apart, own.needs)))
        return self._apart[factor]

    def common_fields(self, noc_model: str, network: Any) -> frozenset[str]:
        """Fields of all factors, but those apart, of the terms that a network has."""
        terms = (term for engine in self.engines for term in self._own(engine, noc_model, network))
        factors = {factor for term in terms for factor in term.factors if not self.is_apart(factor)}
        own = {factor.partition(".")[2] for factor in factors if _part_of(factor) == OF_DESIGN}
        return frozenset(own).union(*(self.fields(_part_of(f)) for f in factors if _part_of(f) != OF_DESIGN))

    def parts_apart_from(self, part: str, noc_model: str, network: Any) -> tuple[str, ...]:
        """Parts of the terms that a network has which do not rest on ``part``, and what they need."""
        factors = (f for engine in self.engines for term in self._own(engine, noc_model, network) for f in term.factors)
        asked = dict.fromkeys(name for name in map(_part_of, factors) if name != OF_DESIGN)
        return tuple(name for name in asked if not self._rests_on(name, part))

    def _rests_on(self, name: str, part: str) -> bool:
        return name == part or any(self._rests_on(other, part) for other in _rests_on(self.parts[name]))

    def _own(self, engine: str, noc_model: str, network: Any) -> Iterator[Term]:
        known = engine, noc_model
        if known not in self._of_level:
            every = self.engines[engine].terms
            self._of_level[known] = tuple(term for term in every if noc_model in (term.levels or (noc_model,)))
        return (term for term in self._of_level[known] if term.network_has is None or term.network_has(network))

    def _lost(self) -> Iterator[tuple[str, str]]:
        """References that lead nowhere: engine and fault."""
        for engine in self.engines.values():
            for part in engine.parts:
                for other in _rests_on(part):
                    if other not in self.parts:
                        yield engine.name, f", part {part.name!r} needs: {unknown_name('part', other, self.parts)}"
            for term in engine.terms:
                for factor in (*term.factors, *(term.of_all_layers or ())):
                    if _part_of(factor) not in (*self.parts, OF_DESIGN):
                        yield engine.name, f", {factor}: {unknown_name('part', _part_of(factor), self.parts)}"


def _part_of(reference: str) -> str:
    """Part of ``part.figure``."""
    return reference.partition(".")[0]


def _rests_on(part: Part) -> list[str]:
    """Parts that a part needs, or whose figures."""
    return [*part.needs, *map(_part_of, part.values)]


def _taken(engines: Iterable[Engine]) -> Iterator[tuple[str, str]]:
    """Names of engines, parts, columns, rules and notes that are taken: engine and fault."""
    first: dict[tuple[str, str], str] = {}
    for engine in engines:
        kinds = (("part", engine.parts), ("column", engine.columns), ("rule", engine.rules), ("note", engine.notes))
        for kind, name in [("engine", engine.name), *((kind, thing.name) for kind, own in kinds for thing in own)]:
            if (kind, name) in first:
                yield engine.name, f": {kind} {name!r} is declared twice, first by engine {first[kind, name]!r}"
            first.setdefault((kind, name), engine.name)
