"""Reader of a search-space file; every fault in it is named in one error.

::

    name: links                        # default: the file's name
    profile: default
    axes:
      adc_bits: [4, 5, 6, 7]           # a list of levels
      nop_bandwidth_gbps: {low: 10, high: 640, levels: 7, log: true}
      n_chiplets: {low: 4, high: 64, step: 4}
      technology: [packaged, mine.yaml]   # overlays, relative to the file; packaged: nothing laid over
    fixed:
      duplication: serial
    objectives:
      latency_ms: minimise
      pipelined_throughput_ips: maximise
    constraints:
      - fits                           # a rule of the model
      - area_mm2 <= 2500               # a bound on an output column

A range without ``step`` or ``levels`` takes every whole number of an int field, and 1001 levels of a float field
(1000 equal steps, or equal ratios with ``log: true``).
"""

import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from siam_dse.core.errors import InputError, unknown_name
from siam_dse.core.paths import packaged_folder
from siam_dse.core.text import name_fault, read_text, shown
from siam_dse.core.yaml_text import LinedDict, LinedList, parse_yaml
from siam_dse.design.columns import JOINED, joint_faults
from siam_dse.design.fields import ALIASES, fields, profiles
from siam_dse.design.space import Axis, Constraint, SearchSpace, grid_axis
from siam_dse.design.space_levels import finite, is_number, level_faults, number, range_faults, range_levels, spelled
from siam_dse.design.space_technology import TechnologyFiles, space_technology
from siam_dse.technology.overlay import Overlay
from siam_dse.technology.technology import Technology, packaged_technology
from siam_dse.technology.variants import FIELD, Variants

DIRECTIONS = {
    **dict.fromkeys(("minimise", "minimize", "min"), "minimise"),
    **dict.fromkeys(("maximise", "maximize", "max"), "maximise"),
}
_TOP_KEYS = ("name", "profile", "axes", "fixed", "objectives", "constraints")
_RANGE_KEYS = ("low", "high", "step", "levels", "log")
_HERE = TechnologyFiles()
_LONGEST_CONSTRAINT = 200  # letters
_BOUND = re.compile(r"\s*([A-Za-z_]\w*(?:\[[^\]]+\])?)\s*(<=|>=|==|<|>|=)?\s*(.*?)\s*")


def space_names() -> tuple[str, ...]:
    """Names of the packaged search spaces, sorted."""
    return tuple(sorted(path.stem for path in packaged_folder("search_spaces").glob("*.yaml")))


def space_path(name_or_path: str | Path) -> Path:
    """File of a search space: a path, or the name of a packaged one."""
    path = Path(name_or_path)
    if path.suffix.lower() in (".yaml", ".yml"):
        return path
    if str(name_or_path).lower() in space_names():
        return packaged_folder("search_spaces") / f"{str(name_or_path).lower()}.yaml"
    if path.is_dir():
        raise InputError(str(path), "is a folder; give a .yaml file, such as the space.yaml of a run")
    raise InputError(
        "search space", f"{unknown_name('search space', str(name_or_path), space_names())}; or give a .yaml file"
    )


def read_space(
    path: Path,
    columns: Collection[str] | None = None,
    rules: Collection[str] | None = None,
    technology: Sequence[str | Path | Overlay] = (),
) -> SearchSpace:
    """Search space of a file.

    Parameters
    ----------
    path : Path
    columns, rules : names, optional
        Output columns and rules that objectives and constraints may name; left out, names are not checked.
    technology : overlays laid over those that the space fixes, optional

    Raises
    ------
    InputError
        With every fault: file, line, field, value, rule and remedy.
    """
    text = read_text(path, f"check the path, or give one of {', '.join(space_names())}")
    return parse_space(text, str(path), path.stem, columns, rules, TechnologyFiles(path.parent, more=tuple(technology)))


def parse_space(
    text: str,
    where: str,
    name: str = "space",
    columns: Collection[str] | None = None,
    rules: Collection[str] | None = None,
    files: TechnologyFiles = _HERE,
) -> SearchSpace:
    """Search space of YAML text; ``where`` names the file in errors, ``name`` is the space's where it gives none."""
    return space_of_content(parse_yaml(text, where), where, name, columns, rules, files)


def space_of_content(
    content: Any,
    where: str,
    name: str = "space",
    columns: Collection[str] | None = None,
    rules: Collection[str] | None = None,
    files: TechnologyFiles = _HERE,
) -> SearchSpace:
    """Search space of what a file holds, or of plain containers, which know no lines: mappings, lists and scalars."""
    if not isinstance(content, dict):
        raise InputError(where, f"must be a mapping with the keys {', '.join(_TOP_KEYS)}")
    reader = _Reader(content, columns, rules, files)
    space = reader.space(name)
    if space is None or reader.problems:
        raise InputError(where, reader.problems)
    return space


def read_constraints(
    texts: Iterable[str], where: str, columns: Collection[str] | None = None, rules: Collection[str] | None = None
) -> tuple[Constraint, ...]:
    """Constraints of texts such as ``area_mm2 <= 500``, read as those of a search-space file."""
    reader = _Reader({"constraints": list(texts)}, columns, rules)
    found = reader.constraints()
    if reader.problems:
        raise InputError(where, [problem.removeprefix("constraints: ") for problem in reader.problems])
    return tuple(found)


class _Reader:
    """One pass over a file's content that gathers faults."""

    def __init__(
        self,
        content: Any,
        columns: Collection[str] | None,
        rules: Collection[str] | None,
        files: TechnologyFiles = _HERE,
    ) -> None:
        self.content = content
        self.files = files
        self.technology: Technology | Variants = packaged_technology()
        self.columns = columns
        self.rules = rules
        self.problems: list[str] = []

    def fault(self, node: Any, key: Any, message: str) -> None:
        """Record a fault, at the line of ``key`` in ``node`` where that was read from a file."""
        lines = getattr(node, "lines", {})
        line = lines[key] if isinstance(node, LinedList) or key in lines else None
        self.problems.append(f"line {line}: {message}" if line is not None else message)

    def space(self, name: str) -> SearchSpace | None:
        """The space, or None where faults leave nothing to build."""
        top = self.content
        for key in top:
            if key not in _TOP_KEYS:
                self.fault(top, key, f"{unknown_name('key', str(key), _TOP_KEYS)}")
        profile = str(top.get("profile") or "default")
        if profile not in profiles():
            self.fault(top, "profile", f"profile: {unknown_name('profile', profile, profiles())}")
            profile = "default"
        fixed, levels = (
            node.get(FIELD) if isinstance(node := top.get(key), dict) else None for key in ("fixed", "axes")
        )
        self.technology = space_technology(fixed, levels, self.files)
        axes = [axis for axis in self.axes() if axis]
        fixed = self.fixed({axis.name for axis in axes})
        space = SearchSpace(
            name=self.name(top.get("name"), name),
            axes=tuple(axes),
            fixed=fixed,
            profile=profile,
            objectives=self.objectives(),
            constraints=tuple(self.constraints()),
            technology=self.technology,
        )
        if not self.problems:
            self.joint_faults(space)
        return space

    def name(self, given: Any, default: str) -> str:
        """Name of the space: what the file gives, else that of the file."""
        name = default if given is None or given == "" else given
        if isinstance(name, bool | list | dict) or not str(name).strip():
            self.fault(self.content, "name", f"name: must be text, got {shown(name)}; put it in quotes")
            return default
        fault = name_fault(str(name))
        if fault:
            self.fault(self.content, "name", f"name: {shown(str(name))} {fault}")
        return str(name)

    def mapping(self, key: str, example: str, *, required: bool) -> Any:
        """Sub-mapping under ``key``; an empty one where it is missing or of another kind."""
        node = self.content.get(key)
        if node is None:
            if required:
                self.problems.append(f"{key}: is missing; give a mapping such as {example}")
            return LinedDict()
        if not isinstance(node, dict) or (required and not node):
            self.fault(self.content, key, f"{key}: must be a mapping such as {example}")
            return LinedDict()
        return node

    # --- axes and fixed fields ---------------------------------------------------------------------------------------

    def axes(self) -> list[Axis | None]:
        """The axes; None for one with faults."""
        node = self.mapping("axes", "{adc_bits: [5, 6, 7]}", required=True)
        self.clashes(node)
        return [self.axis(node, name) for name in node]

    def axis(self, node: Any, name: str) -> Axis | None:
        """One axis from its list or range."""
        if name == FIELD and isinstance(self.technology, Variants):
            return Axis(FIELD, self.technology.names, self.technology)
        if not self.known(node, name):
            return None
        given, before = node[name], len(self.problems)
        if isinstance(given, dict):
            levels = self.range_levels(node, name)
        elif isinstance(given, list):
            levels = [spelled(name, level, self.technology) for level in given]
            if not levels:
                self.fault(node, name, f"axes.{name}: has no level; give at least one")
        else:
            rule = "an axis is a list or a range; put one value in fixed"
            self.fault(node, name, f"axes.{name}: got {shown(given)}; {rule}")
            return None
        for i, level in enumerate(levels):
            for problem in level_faults(name, level, self.technology):
                self.fault(given if isinstance(given, list) else node, i if isinstance(given, list) else name,
                           f"axes.{problem}")  # fmt: skip
        if len(self.problems) > before:
            return None
        if len({repr(number(level)) for level in levels}) < len(levels):
            self.fault(node, name, f"axes.{name}: a level is given twice; levels must differ")
            return None
        return grid_axis(name, levels, self.technology)

    def range_levels(self, node: Any, name: str) -> list[Any]:
        """Levels of {low, high, step | levels, log}."""
        given = node[name]
        example = "{low: 4, high: 64, step: 4} or {low: 10, high: 640, levels: 7, log: true}"
        kind = fields()[ALIASES.get(name, (name,))[0]].kind
        problems = [unknown_name("key", str(key), _RANGE_KEYS) for key in given if key not in _RANGE_KEYS]
        if kind not in ("int", "float"):
            problems.append(f"a range needs a number, {name} is a {kind}; list its levels")
        numbers = {key: number(given.get(key)) for key in ("low", "high", "step", "levels") if key in given}
        wrong = [key for key in numbers if not is_number(numbers[key])]
        problems += [f"{key} must be a number, got {shown(given[key])}" for key in wrong]
        problems += [f"{key} is missing" for key in ("low", "high") if key not in given]
        log = given.get("log", False)
        if not isinstance(log, bool):
            problems.append(f"log must be true or false, got {shown(log)}")
        if kind == "int" and log is True and "levels" not in given:
            problems.append("log on whole numbers needs levels")
        if "step" in given and ("levels" in given or log is True):
            problems.append("step goes with neither levels nor log; keep one")
        if not problems:
            problems += range_faults(numbers, log=bool(log), whole=kind == "int")
            field = fields()[ALIASES.get(name, (name,))[0]]
            problems += [f"{key} {fault}" for key in ("low", "high") if (fault := field.limit_fault(numbers[key]))]
        if problems:
            self.fault(node, name, f"axes.{name}: {'; '.join(problems)}; write {example}")
            return []
        return range_levels(numbers, log=bool(log), whole=kind == "int")

    def fixed(self, axes: set[str]) -> dict[str, Any]:
        """Fields set for the whole space."""
        node = self.mapping("fixed", "{duplication: serial}", required=False)
        self.clashes(node)
        on_axis = {member: name for name in axes for member in ALIASES.get(name, (name,))}
        out = {}
        for name in node:
            if name == FIELD or not self.known(node, name):
                continue
            value = spelled(name, node[name], self.technology)
            taken = [on_axis[member] for member in ALIASES.get(name, (name,)) if member in on_axis]
            if taken:
                self.fault(node, name, f"fixed.{name}: is set by the axis {taken[0]} too; remove one")
            for problem in level_faults(name, value, self.technology):
                self.fault(node, name, f"fixed.{problem}")
            out[name] = value
        return out

    def known(self, node: Any, name: str) -> bool:
        """Whether ``name`` is a field or alias."""
        if name in fields() or name in ALIASES:
            return True
        self.fault(node, name, unknown_name("field", str(name), [*fields(), FIELD, *ALIASES]))
        return False

    def clashes(self, node: Any) -> None:
        """An alias beside a field that it sets."""
        for alias, members in ALIASES.items():
            for member in members:
                if alias in node and member in node:
                    self.fault(node, member, f"{member}: is set by {alias} too; remove one")

    def joint_faults(self, space: SearchSpace) -> None:
        """Rules that join fields, on the extremes of the axes that they join."""
        first = np.zeros((1, len(space.axes)), dtype=np.int64)
        for a, axis in enumerate(space.axes):
            levels = np.repeat(first, len(axis.levels), axis=0)
            levels[:, a] = np.arange(len(axis.levels))
            highest_on = [i for i, other in enumerate(space.axes) if other.name == "r_on_ohm" and i != a]
            levels[:, highest_on] = [space.radices[i] - 1 for i in highest_on]
            designs = space.designs(levels)
            for line in joint_faults({name: designs.column(name) for name in JOINED}, space.technology)[:1]:
                self.fault(self.content["axes"], axis.name, f"axes.{axis.name}: {line.partition(': ')[2]}")

    # --- objectives and constraints ----------------------------------------------------------------------------------

    def objectives(self) -> dict[str, str]:
        """Column -> direction."""
        node = self.mapping("objectives", "{latency_ms: minimise, energy_mj: minimise}", required=True)
        out = {}
        for name in node:
            direction = str(node[name])
            if self.columns is not None and name not in self.columns:
                self.fault(node, name, f"objectives: {unknown_name('output column', str(name), self.columns)}")
            if direction not in DIRECTIONS:
                self.fault(node, name, f"objectives.{name}: must be minimise or maximise, got {shown(direction)}")
            out[str(name)] = DIRECTIONS.get(direction, "minimise")
        return out

    def constraints(self) -> list[Constraint]:
        """The constraints in the file's order."""
        node = self.content.get("constraints")
        if node is None:
            return []
        if not isinstance(node, list):
            self.fault(self.content, "constraints", "constraints: must be a list such as [fits, area_mm2 <= 2500]")
            return []
        found = [self.constraint(node, i, str(text)) for i, text in enumerate(node)]
        sound = [constraint for constraint in found if constraint]
        for low in sound:
            for high in sound:
                if low.op == ">=" and high.op == "<=" and low.columns == high.columns and low.limit > high.limit:
                    self.problems.append(f"constraints: nothing meets both {low.text} and {high.text}; change one")
        return list(dict.fromkeys(sound))

    def constraint(self, node: Any, i: int, text: str) -> Constraint | None:
        """One constraint; None where it has a fault."""
        match = _BOUND.fullmatch(text) if len(text) <= _LONGEST_CONSTRAINT else None
        name, op, limit = match.groups() if match else ("", None, text)
        if not name or (op is None and limit) or (op is not None and op not in ("<=", ">=")):
            forms = "'column <= number' or 'column >= number' (or another column)"
            self.fault(node, i, f"constraints: {shown(text)} is neither a rule nor {forms}")
            return None
        if op is None:
            if self.rules is not None and name not in self.rules:
                self.fault(
                    node, i, f"constraints: {unknown_name('rule', name, self.rules)}; or write 'column <= number'"
                )
                return None
            return Constraint(name)
        if self.columns is not None and name not in self.columns:
            self.fault(node, i, f"constraints: {unknown_name('output column', name, self.columns)}")
            return None
        if limit.isidentifier() and limit not in (".inf", "inf", "nan"):
            if self.columns is not None and limit not in self.columns:
                unknown = unknown_name("number or output column", limit, self.columns)
                self.fault(node, i, f"constraints: {shown(text)}: {unknown}")
                return None
            return Constraint(name, op, 1.0, limit)
        try:
            return Constraint(name, op, finite(limit))
        except ValueError:
            self.fault(node, i, f"constraints: {shown(text)}: {shown(limit)} is not a finite number")
            return None
