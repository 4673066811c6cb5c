"""SearchSpace: the axes of a search as finite lists of levels, and the designs they span."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from html import escape
from math import prod
from typing import Any

import numpy as np
import pandas as pd

from siam_dse.core.arrays import AnyArray, IntArray, read_only, rows_of
from siam_dse.core.errors import InputError
from siam_dse.core.yaml_text import quoted
from siam_dse.design.designs import Designs, computed_with
from siam_dse.design.fields import ALIASES, Value, default_values, fields, profile_values
from siam_dse.technology.overlay import Overlay
from siam_dse.technology.technology import Technology, packaged_technology
from siam_dse.technology.variants import FIELD, PACKAGED, Variants

# Flat indices are 64-bit: a larger space can be searched, not numbered.
LARGEST_NUMBERED = 2**62
OVERLAYS = "technology"  # folder of a run with the files of its space's technologies


@dataclass(frozen=True)
class Axis:
    """One axis: a field or alias and its levels, numbers in ascending order."""

    name: str
    levels: tuple[Value, ...]
    technology: Technology | Variants | None = field(default=None, compare=False, repr=False)

    @property
    def members(self) -> tuple[str, ...]:
        """Fields that the axis sets."""
        return ALIASES.get(self.name, (self.name,))

    @property
    def is_ordinal(self) -> bool:
        """Whether the order of the levels means something (numbers), or not (choices)."""
        return fields(self.technology)[self.members[0]].kind in ("int", "float")

    @cached_property
    def encoded(self) -> AnyArray:
        """Stored form of each level, (levels,)."""
        first = fields(self.technology)[self.members[0]]
        return read_only(np.asarray([first.encode(level) for level in self.levels]))


@dataclass(frozen=True)
class Constraint:
    """A rule of the model by name (``fits``), or a bound on an output column (``area_mm2 <= 2500``).

    The bound may be another column (``energy_mj <= latency_ms``): ``against`` is its name, and ``limit`` 1, the ratio
    of the two.
    """

    name: str
    op: str = ""  # "<=", ">=", or "" for a rule
    limit: float = 0.0
    against: str = ""

    def __post_init__(self) -> None:
        given: Any = self.limit
        refuse_function(self.name, given)
        if isinstance(given, str):
            object.__setattr__(self, "against", given)
            object.__setattr__(self, "limit", 1.0)
        if self.op not in ("", "<=", ">="):
            bound = self.against or f"{self.limit:g}"
            raise InputError("constraint", f"{self.name} {self.op} {bound}: the sign must be <= or >=")

    @property
    def is_rule(self) -> bool:
        """Whether this names a rule of the model."""
        return not self.op

    @property
    def text(self) -> str:
        """The constraint as a search-space file writes it."""
        return self.name if self.is_rule else f"{self.name} {self.op} {self.against or plain(self.limit)}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Output columns that a bound needs."""
        return tuple(name for name in (self.name, self.against) if name and not self.is_rule)


def refuse_function(*given: Any) -> None:
    """Refuse functions where a search space must be text.

    Raises
    ------
    InputError
    """
    if any(callable(each) for each in given):
        why = "a run keeps its space as a file, which holds no function; filter evaluate(...).to_frame() by one"
        example = "such as 'area_mm2 <= 500', or 'energy_mj <= latency_ms' for two columns"
        raise InputError("search space", f"objectives and constraints must be text, {example}: {why}")


@dataclass(frozen=True)
class SearchSpace:
    """Axes, fixed fields, profile, objectives and constraints of a search.

    A design of the space is a row of A levels (n, A), or, where the space is small enough to be numbered, one flat
    index in mixed radix with the first axis slowest. ``objectives`` maps an output column to ``minimise`` or
    ``maximise``. ``technology`` is what its designs are computed with, or, of the axis ``technology``, a name a level.
    ``sd.Space`` makes one of plain values, checked as a file is.
    """

    name: str
    axes: tuple[Axis, ...]
    fixed: Mapping[str, Value] = field(default_factory=dict)
    profile: str = "default"
    objectives: Mapping[str, str] = field(default_factory=dict)
    constraints: tuple[Constraint, ...] = ()
    technology: Technology | Variants = field(default_factory=packaged_technology)

    def __repr__(self) -> str:
        return f"SearchSpace({self.name!r}: {self.size:,} designs; {', '.join(self.axis_names)})"

    def _repr_html_(self) -> str:
        """Axes with their levels, then what is fixed, sought and required, for a notebook."""
        rows = [(axis.name, ", ".join(plain(level) for level in axis.levels)) for axis in self.axes]
        rows += [("fixed", f"{name} = {plain(value)}") for name, value in self.fixed.items()]
        rows += [(way, name) for name, way in self.objectives.items()]
        rows += [("constraint", rule.text) for rule in self.constraints]
        cells = "".join(f"<tr><th>{escape(head)}</th><td>{escape(text)}</td></tr>" for head, text in rows)
        return f"<p>{escape(self.name)}: {self.size:,} designs</p><table>{cells}</table>"

    @property
    def radices(self) -> tuple[int, ...]:
        """Levels of each axis, (A,)."""
        return tuple(len(axis.levels) for axis in self.axes)

    @property
    def size(self) -> int:
        """Number of designs."""
        return prod(self.radices)

    @property
    def axis_names(self) -> tuple[str, ...]:
        """Names of the axes, (A,)."""
        return tuple(axis.name for axis in self.axes)

    # --- designs -----------------------------------------------------------------------------------------------------

    def levels_at(self, flat: Any) -> IntArray:
        """Levels (n, A) of designs by flat index (n,)."""
        self._check_numbered()
        return np.stack(np.unravel_index(np.asarray(flat, dtype=np.int64), self.radices), axis=-1).astype(np.int64)

    def designs(self, levels: IntArray) -> Designs:
        """Designs at rows of levels (n, A)."""
        levels = np.asarray(levels, dtype=np.int64)
        n = len(levels)
        columns = {}
        for a, axis in enumerate(self.axes):
            for member in axis.members:
                columns[member] = rows_of(axis.encoded, levels[:, a])
        which = columns.pop(FIELD, None)
        columns = {name: self._fixed_column(name, n, which) for name in self._base} | columns
        return computed_with(self.technology, Designs(**columns), which)

    def designs_of(self, frame: pd.DataFrame, where: str = "designs") -> Designs:
        """Designs of rows of a table, such as a run's, computed as the space's are; other columns are left out.

        A field that the table has no column of takes the profile's value.
        """
        known = [name for name in fields(self.technology) if name in frame]
        return Designs.from_frame(frame[known], profile=self.profile, where=where, technology=self.technology)

    def designs_at(self, flat: Any) -> Designs:
        """Designs by flat index (n,)."""
        return self.designs(self.levels_at(flat))

    def levels_of(self, designs: Designs) -> IntArray:
        """Levels (n, A) of designs of this space.

        Raises
        ------
        InputError
            A design has a value that is not a level of its axis, or differs in a field that is not an axis.
        """
        out = np.zeros((len(designs), len(self.axes)), dtype=np.int64)
        problems = []
        for a, axis in enumerate(self.axes):
            for member in axis.members:
                column = designs.column(member)
                order = np.argsort(axis.encoded, kind="stable")
                spot = np.searchsorted(axis.encoded, column, sorter=order).clip(max=len(order) - 1)
                level = order[spot]
                problems += [
                    f"row {row + 1}: {member} = {column[row]} is not a level of the axis {axis.name}"
                    for row in np.flatnonzero(axis.encoded[level] != column)[:1]
                ]
                out[:, a] = level
        on_axis = {member for axis in self.axes for member in axis.members}
        for name in self._base:
            if name not in on_axis:
                column = getattr(designs, name)
                which = designs.column(FIELD) if isinstance(self.technology, Variants) else None
                fixed = self._fixed_column(name, len(designs), which)
                problems += [
                    f"row {row + 1}: {name} = {column[row]}, but the space fixes it at {fixed[row]}"
                    for row in np.flatnonzero(column != fixed)[:1]
                ]
        if problems:
            raise InputError(f"search space {self.name}", problems)
        return out

    @cached_property
    def _base(self) -> dict[str, AnyArray]:
        """Stored value of every field outside the axes, for each of its technologies, (1,) where they agree."""
        of = self.technology
        each = [self._base_of(one) for one in (of.technologies if isinstance(of, Variants) else (of,))]
        columns = {name: np.asarray([one[name] for one in each]) for name in each[0]}
        return {
            name: read_only(column if len(np.unique(column)) > 1 else column[:1]) for name, column in columns.items()
        }

    def _fixed_column(self, name: str, n: int, which: AnyArray | None) -> AnyArray:
        """Value of a field outside the axes for each of n designs, (n,)."""
        base = self._base[name]
        if len(base) > 1 and which is not None:
            return rows_of(base, which)
        return base[:1] if n == 1 else np.broadcast_to(base[0], n)

    def _base_of(self, technology: Technology) -> dict[str, float | int | bool]:
        table = {name: field for name, field in fields(self.technology).items() if name != FIELD}
        values: dict[str, Value] = {**default_values(self.profile, technology)}
        for name, value in self.fixed.items():
            for member in ALIASES.get(name, (name,)):
                values[member] = value
        return {name: table[name].encode(values[name]) for name in table}

    def _check_numbered(self) -> None:
        if self.size > LARGEST_NUMBERED:
            raise InputError(
                f"search space {self.name}",
                f"has {float(self.size):.1e} designs, too many to number; fix some axes, or use a sweep instead",
            )

    @property
    def overlays(self) -> dict[str, Overlay]:
        """Overlays of its technologies: path in the canonical text -> overlay."""
        of = self.technology
        each = of.technologies if isinstance(of, Variants) else (of,)
        return {f"{OVERLAYS}/{o.file_name}": o for technology in each for o in technology.overlays}

    # --- changes and identity ----------------------------------------------------------------------------------------

    def with_profile(self, profile: str) -> "SearchSpace":
        """The space on another profile."""
        profile_values(profile)
        return replace(self, profile=profile)

    def with_objectives(self, objectives: Mapping[str, str]) -> "SearchSpace":
        """The space with other objectives."""
        return replace(self, objectives=dict(objectives))

    @property
    def parts(self) -> dict[str, dict[str, Any]]:
        """What makes a search what it is, part by part, as plain values: a run's fingerprint compares these."""
        return {
            "space": {
                **{f"axes.{axis.name}": list(axis.levels) for axis in self.axes},
                **{f"fixed.{name}": value for name, value in self.fixed.items()},
                **{f"constraints.{rule.text}": True for rule in self.constraints},
            },
            "profile": {"name": self.profile, **dict(profile_values(self.profile))},
            "objectives": dict(self.objectives),
        }

    @cached_property
    def text(self) -> str:
        """Canonical YAML of the space; reading it back gives an equal space."""
        lines = [f"name: {plain(self.name)}", f"profile: {self.profile}", "axes:"]
        lines += [f"  {axis.name}: [{', '.join(self._level_text(axis, level) for level in axis.levels)}]"
                  for axis in self.axes]  # fmt: skip
        base = self.technology.base if isinstance(self.technology, Variants) else self.technology
        laid = [plain(f"{OVERLAYS}/{overlay.file_name}") for overlay in base.overlays]
        if self.fixed or laid:
            lines += ["fixed:", *([f"  {FIELD}: [{', '.join(laid)}]"] if laid else []),
                      *(f"  {name}: {plain(value)}" for name, value in self.fixed.items())]  # fmt: skip
        lines += ["objectives:", *(f"  {name}: {direction}" for name, direction in self.objectives.items())]
        if self.constraints:
            lines += ["constraints:", *(f"  - {constraint.text}" for constraint in self.constraints)]
        return "\n".join(lines) + "\n"

    def _level_text(self, axis: Axis, level: Value) -> str:
        """A level as a file has it: of a technology the path of its overlay."""
        if not isinstance(self.technology, Variants) or axis.name != FIELD or level == PACKAGED:
            return plain(level)
        own = self.technology.technologies[self.technology.names.index(str(level))].overlays[-1]
        return plain(f"{OVERLAYS}/{own.file_name}")

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical text."""
        return sha256(self.text.encode()).hexdigest()


def plain(value: Value) -> str:
    """YAML scalar of a value, exact."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < LARGEST_NUMBERED else _float(value)
    if isinstance(value, int):
        return str(value)
    return quoted(value)


def _float(value: float) -> str:
    """YAML 1.2 float: the exponent needs a point before it."""
    text = repr(value)
    return text.replace("e", ".0e") if "e" in text and "." not in text else text


def grid_axis(name: str, levels: Sequence[Value], technology: Technology | Variants | None = None) -> Axis:
    """Axis with its levels as the field stores them: whole numbers whole, numbers ascending."""
    kind = fields(technology)[ALIASES.get(name, (name,))[0]].kind
    if kind == "int":
        return Axis(name, tuple(sorted(int(level) for level in levels)), technology)
    if kind == "float":
        return Axis(name, tuple(sorted(float(level) for level in levels)), technology)
    return Axis(name, tuple(bool(level) if kind == "bool" else level for level in levels), technology)
