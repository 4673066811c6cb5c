"""The plan: which engines there are. A new one is its folder and a line here, or an entry point of another package."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

from siam_dse.core.declare import Engine, Part, Term
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.engines.accuracy.parts import ACCURACY
from siam_dse.engines.carbon.parts import CARBON
from siam_dse.engines.cost.parts import COST
from siam_dse.engines.crossbar.parts import CROSSBAR
from siam_dse.engines.dram.parts import DRAM
from siam_dse.engines.noc.parts import NOC
from siam_dse.engines.nop.parts import NOP
from siam_dse.engines.thermal.parts import THERMAL
from siam_dse.engines.tile.parts import TILE
from siam_dse.mapping.parts import MAPPING

ENTRY_POINTS = "siam_dse.engines"
NOC_MODELS = ("fast", "fluid")
OF_DESIGN = "design"  # a factor ``design.<field>`` is a field itself

PACKAGED = (MAPPING, CROSSBAR, TILE, NOC, NOP, ACCURACY, COST, CARBON, THERMAL, DRAM)


class Plan:
    """Engines, the parts they declare by name, and what follows from both."""

    def __init__(self, engines: Iterable[Engine], packages: Mapping[str, str] | None = None) -> None:
        engines = tuple(engines)
        self.engines: Mapping[str, Engine] = MappingProxyType({engine.name: engine for engine in engines})
        self.parts: Mapping[str, Part] = MappingProxyType({part.name: part for part in self._all_parts()})
        self.on_package = tuple(engine.name for engine in self.engines.values() if engine.terms)
        problems = [*_taken(engines, packages or {}), *_lost(self, packages or {})]
        if problems:
            raise InputError("engines", problems)

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
    found = [_loaded(point) for point in entry_points(group=ENTRY_POINTS)]
    packages = {engine.name: package for engine, package in found}
    return Plan((*PACKAGED, *(engine for engine, _ in found)), packages)


def _loaded(point: EntryPoint) -> tuple[Engine, str]:
    """Engine of an entry point, and its package."""
    package = point.dist.name if point.dist else point.module
    try:
        engine = point.load()
    except Exception as error:
        message = f"package {package}, entry point {point.name} = {point.value}: cannot be loaded ({error!r})"
        raise InputError("engines", f"{message}; repair or uninstall the package") from error
    if not isinstance(engine, Engine):
        raise InputError("engines", f"package {package}, entry point {point.name} = {point.value}: is no Engine")
    return engine, package


def _taken(engines: Iterable[Engine], packages: Mapping[str, str]) -> list[str]:
    """Names of engines, parts, columns, rules and notes that are taken."""
    problems = []
    of_kind: dict[tuple[str, str], str] = {}
    for engine in engines:
        own = [("engine", engine.name)]
        for kind, things in (("part", engine.parts), ("column", engine.columns), ("rule", engine.rules),
                             ("note", engine.notes)):  # fmt: skip
            own += [(kind, thing.name) for thing in things]
        for kind, name in own:
            if (kind, name) in of_kind:
                problems.append(
                    f"{_where(engine.name, packages)}: {kind} {name!r} is declared twice, first by engine "
                    f"{of_kind[kind, name]!r}"
                )
            of_kind.setdefault((kind, name), engine.name)
    return problems


def _where(engine: str, packages: Mapping[str, str]) -> str:
    """An engine, and the package it comes from if that is another one."""
    return f"engine {engine!r}" + (f" of package {packages[engine]}" if engine in packages else "")


def _lost(of: Plan, packages: Mapping[str, str]) -> list[str]:
    """References that lead nowhere."""
    problems = []
    for engine in of.engines.values():
        for part in engine.parts:
            for other in (*part.needs, *(value.partition(".")[0] for value in part.values)):
                if other not in of.parts:
                    problems.append(
                        f"{_where(engine.name, packages)}, part {part.name!r} needs: "
                        f"{unknown_name('part', other, of.parts)}"
                    )
        for term in engine.terms:
            for factor in (*term.factors, *(term.of_all_layers or ())):
                part_name = factor.partition(".")[0]
                if part_name not in of.parts and part_name != OF_DESIGN:
                    problems.append(
                        f"{_where(engine.name, packages)}, {factor}: {unknown_name('part', part_name, of.parts)}"
                    )
    return problems
