"""The plan: which engines there are. A new one is its folder and a line here, or an entry point of another package."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType

from siam_dse.core.declare import Engine, Part, Term
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.engines.accuracy.parts import ACCURACY
from siam_dse.engines.cost.parts import COST
from siam_dse.engines.crossbar.parts import CROSSBAR
from siam_dse.engines.dram.parts import DRAM
from siam_dse.engines.noc.parts import NOC
from siam_dse.engines.nop.parts import NOP
from siam_dse.engines.tile.parts import TILE
from siam_dse.mapping.parts import MAPPING

ENTRY_POINTS = "siam_dse.engines"
NOC_MODELS = ("fast", "fluid")
OF_DESIGN = "design"  # a factor ``design.<field>`` is a field itself

PACKAGED = (MAPPING, CROSSBAR, TILE, NOC, NOP, ACCURACY, COST, DRAM)


class Plan:
    """Engines, the parts they declare by name, and what follows from both."""

    def __init__(self, engines: Iterable[Engine]) -> None:
        self.engines: Mapping[str, Engine] = MappingProxyType({engine.name: engine for engine in engines})
        self.parts: Mapping[str, Part] = MappingProxyType({part.name: part for part in self._all_parts()})
        self.on_package = tuple(engine.name for engine in self.engines.values() if engine.terms)
        _check(self)

    def _all_parts(self) -> Iterator[Part]:
        return (part for engine in self.engines.values() for part in engine.parts)

    def terms(self, engine: str, quantity: str, noc_model: str) -> list[Term]:
        """What an engine adds to a quantity."""
        own = self.engines[engine].terms
        return [term for term in own if term.quantity == quantity and term.level in (None, noc_model)]

    def fields(self, part: str) -> frozenset[str]:
        """All fields that a part's figures depend on."""
        own = self.parts[part]
        others = (*own.needs, *(value.partition(".")[0] for value in own.values))
        return frozenset(own.fields).union(*(self.fields(other) for other in others))

    def is_apart(self, factor: str) -> bool:
        """Whether a figure depends on fields that designs of a batch often differ in alone."""
        part = factor.partition(".")[0]
        own = self.parts.get(part)
        return own is not None and (own.apart or any(map(self.is_apart, own.needs)))

    def common_fields(self, noc_model: str) -> frozenset[str]:
        """Fields of all terms' factors but those apart."""
        names: set[str] = set()
        for engine in self.engines.values():
            for term in engine.terms:
                for factor in (factor for factor in term.factors if term.level in (None, noc_model)):
                    part, _, figure = factor.partition(".")
                    if part == OF_DESIGN:
                        names.add(figure)
                    elif not self.is_apart(factor):
                        names |= self.fields(part)
        return frozenset(names)


@cache  # reading the installed packages' entry points takes longer than an evaluation
def plan() -> Plan:
    """The packaged engines, and those that installed packages add."""
    return Plan((*PACKAGED, *(point.load() for point in entry_points(group=ENTRY_POINTS))))


def _check(of: Plan) -> None:
    """Refuse names that are taken, and references that lead nowhere."""
    problems = []
    names = [part.name for engine in of.engines.values() for part in engine.parts]
    problems += [f"part {name!r} is declared twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    for part in of.parts.values():
        for other in (*part.needs, *(value.partition(".")[0] for value in part.values)):
            if other not in of.parts:
                problems.append(f"part {part.name!r} needs: {unknown_name('part', other, of.parts)}")
    for engine in of.engines.values():
        for term in engine.terms:
            for factor in (*term.factors, *(term.of_all_layers or ())):
                part_name = factor.partition(".")[0]
                if part_name not in of.parts and part_name != OF_DESIGN:
                    problems.append(f"engine {engine.name!r}, {factor}: {unknown_name('part', part_name, of.parts)}")
    if problems:
        raise InputError("engines", problems)
