"""Every field of a design: meaning, unit, default, limits. The one list that files, tables and errors use."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from siam_dse.core.errors import InputError, unknown_name
from siam_dse.core.once import once
from siam_dse.core.paths import data_folder
from siam_dse.core.text import shown
from siam_dse.core.units import SI_PER_UNIT, units_like
from siam_dse.core.yaml_text import read_yaml
from siam_dse.technology.overlay import OverlayError, OwnField
from siam_dse.technology.technology import Technology, packaged_technology
from siam_dse.technology.variants import FIELD, Variants

if TYPE_CHECKING:
    import pandas as pd

Value = float | int | bool | str
_LARGEST = 2**53  # numbers that a field takes at most, where its own limits do not bind


@dataclass(frozen=True)
class Field:
    """One field of a design.

    ``kind`` is ``int``, ``float``, ``bool`` or ``choice``. A choice is stored as its position in ``choices``.
    """

    name: str
    kind: str
    default: Value
    meaning: str
    unit: str = "1"
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    def fault(self, value: object) -> str | None:
        """What is wrong with ``value``, or None."""
        if self.kind == "choice":
            if self.spelled(value) not in self.choices:
                return f"{self.name}: {unknown_name('choice', str(value), self.choices)}"
            return None
        if self.kind == "bool":
            if value in (True, False, 0, 1):
                return None
            return f"{self.name}: must be true or false, got {shown(value)}"
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"{self.name}: must be a number [{self.unit}], got {shown(value)}"
        if value != value:
            return f"{self.name}: must be a number [{self.unit}], got NaN (an empty cell?)"
        if self.kind == "int" and abs(value) < _LARGEST and float(value) != int(value):
            return f"{self.name}: must be a whole number, got {shown(value)}"
        fault = self.limit_fault(value)
        return f"{self.name}: {fault}" if fault else None

    def limit_fault(self, value: float) -> str | None:
        """What is wrong with the size of a number, or None."""
        if (self.low is not None and value < self.low) or (self.high is not None and value > self.high):
            return f"must lie in [{self.low:g}, {self.high:g}] {self.unit}, got {shown(value)}"
        if not -_LARGEST <= value <= _LARGEST:
            return f"must lie in [{-_LARGEST:g}, {_LARGEST:g}] {self.unit}, got {shown(value)}"
        return None

    def spelled(self, value: Any) -> Any:
        """A choice as its table spells it, in whatever letters it was given; any other value as it is."""
        if self.kind != "choice" or value in self.choices or not isinstance(value, str):
            return value
        alike = [choice for choice in self.choices if choice.lower() == value.lower()]
        return alike[0] if len(alike) == 1 else value

    def encode(self, value: Value) -> float | int | bool:
        """Stored form of a legal value: the code of a choice, the number itself otherwise."""
        if self.kind == "choice":
            return self.choices.index(str(self.spelled(value)))
        if self.kind == "bool":
            return bool(value)
        return int(value) if self.kind == "int" else float(value)


def fields(technology: Technology | Variants | None = None) -> Mapping[str, Field]:
    """All fields by name, in the order of the output table.

    Parameters
    ----------
    technology : Technology or Variants, optional
        Where the choices come from that its tables list; default the packaged one. Of several technologies the choices
        are those that all of them have, and there is a field more, which names the technology.

    Raises
    ------
    InputError
        A table does not begin with the choices of the packaged one: codes of choices would not mean the same.
    """
    if isinstance(technology, Variants):
        return _fields_of_all(technology)
    packaged = packaged_technology()
    table = _fields(packaged if technology is None else technology)
    if technology is not None and technology is not packaged:
        for name, field in _fields(packaged).items():
            if table[name].choices[: len(field.choices)] != field.choices:
                listed = ", ".join(field.choices)
                raise InputError(technology.name, f"{name}: the choices must begin with {listed}; add others behind")
        _own_values(technology)
    return table


@cache
def _content() -> dict[str, Any]:
    """The file of fields, the same for every technology."""
    content: dict[str, Any] = read_yaml(data_folder("design") / "fields.yaml")
    return content


@once
def _fields(technology: Technology) -> Mapping[str, Field]:
    table: dict[str, Field] = {}
    for name, row in _content()["fields"].items():
        choices = row.get("choices", [])
        if isinstance(choices, str):  # "<table> <column>" of technology/data: one name a row
            file, column = choices.split()
            choices = [str(value) for value in technology.table(file)[column]]
        table[name] = Field(
            name=name,
            kind=row["kind"],
            default=row["default"],
            meaning=row["meaning"],
            unit=row.get("unit", "1"),
            low=row.get("low"),
            high=row.get("high"),
            choices=tuple(dict.fromkeys(choices)),
        )
    return MappingProxyType(table)


@once
def _fields_of_all(variants: Variants) -> Mapping[str, Field]:
    """Fields whose choices, and codes of them, several technologies have in common, and the one that names them."""
    tables = [fields(technology) for technology in variants.technologies]
    common = {
        name: replace(field, choices=_common([table[name].choices for table in tables]))
        for name, field in tables[0].items()
    }
    own = Field(FIELD, "choice", variants.names[0], "constants and tables it is computed with", choices=variants.names)
    return MappingProxyType({FIELD: own, **common})


def _common(choices: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """What several lists of choices begin with."""
    same = [len(set(names)) == 1 for names in zip(*choices, strict=False)]
    return choices[0][: same.index(False) if False in same else len(same)]


@cache
def profiles() -> Mapping[str, Mapping[str, Value]]:
    """Named sets of defaults: profile -> field -> value, complete for every field."""
    base = {field.name: field.default for field in fields().values()}
    return MappingProxyType(
        {name: MappingProxyType({**base, **(changed or {})}) for name, changed in _content()["profiles"].items()}
    )


def default_values(profile: str, technology: Technology | None = None) -> Mapping[str, Value]:
    """Value of every field where nothing is said: of the profile, and over it what overlays say of their device."""
    base = profile_values(profile)
    own = {} if technology is None else _own_values(technology)
    return {**base, **own} if own else base


@once
def _own_values(technology: Technology) -> dict[str, Value]:
    """What a technology's overlays state of fields.

    Raises
    ------
    InputError
        Every unknown field, illegal value, and unit of another dimension.
    """
    out = dict[str, Value]()
    for overlay in technology.overlays:
        own, problems = _stated(overlay.fields, _fields(technology))
        if problems:
            raise InputError(str(overlay.path), problems)
        out |= own
    return out


def _stated(own: Mapping[str, OwnField], table: Mapping[str, Field]) -> tuple[dict[str, Value], list[str]]:
    """Values of the fields that an overlay states, and what is wrong with them."""
    out, problems = dict[str, Value](), list[str]()
    for name, stated in own.items():
        if name not in table:
            problems.append(f"fields: {unknown_name('field', name, table)}")
            continue
        field, value = table[name], stated.value
        if stated.unit and (field.unit not in SI_PER_UNIT or stated.unit not in units_like(field.unit)):
            like = ", ".join(units_like(field.unit)) if field.unit in SI_PER_UNIT else "none"
            problems.append(f"fields: {name}: unit {stated.unit!r} is not one of {like}")
            continue
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if stated.unit and is_number and stated.unit != field.unit:
            value = float(value) * SI_PER_UNIT[stated.unit] / SI_PER_UNIT[field.unit]
        fault = field.fault(value)
        problems += [f"fields: {fault}"] if fault else []
        out[name] = value
    return out, problems


def load_technology(*paths: str | Path, base: Technology | None = None) -> Technology:
    """The packaged technology, or ``base``, with overlays laid over it, every fault of a file in one message.

    Parameters
    ----------
    paths : overlay files, or names of packaged ones
    base : Technology, optional

    Raises
    ------
    InputError
        Names every fault of a file, those of the fields that it states among them.
    """
    technology = packaged_technology() if base is None else base
    for path in paths:
        with field_faults_too(technology):
            technology = technology.with_overlay(path)
        fields(technology)
    return technology


@contextmanager
def field_faults_too(technology: Technology) -> Iterator[None]:
    """Add to the faults of an overlay over ``technology`` those of the fields that it states.

    Choices that its own rows name are left out: a row may be missing for its faults alone.
    """
    try:
        yield
    except OverlayError as error:
        table = _fields(technology)
        stated = {
            name: own for name, own in error.fields.items()
            if own.value is not None
            and not (name in table and table[name].kind == "choice" and str(own.value) in error.row_names)
        }  # fmt: skip
        raise InputError(error.where, [*error.problems, *_stated(stated, table)[1]]) from None


def profile_values(profile: str) -> Mapping[str, Value]:
    """Value of every field in ``profile``."""
    known = profiles()
    if profile not in known:
        raise InputError("profile", unknown_name("profile", profile, known))
    return known[profile]


def fields_table() -> "pd.DataFrame":
    """All fields as a table: name, kind, unit, default, the value of each profile, what is legal, meaning.

    Examples
    --------
    >>> fields_table().set_index("name").loc["adc_bits", ["kind", "unit", "legal"]].tolist()
    ['int', 'bit', '1 .. 12']
    """
    import pandas as pd

    return pd.DataFrame(field_rows())


def field_rows() -> list[dict[str, str]]:
    """Rows of :func:`fields_table`."""
    siam = profile_values("siam")
    return [
        {
            "name": f.name,
            "kind": f.kind,
            "unit": f.unit,
            "default": str(f.default),
            "siam": str(siam[f.name]),
            "legal": ", ".join(f.choices) if f.choices else ("" if f.low is None else f"{f.low:g} .. {f.high:g}"),
            "meaning": f.meaning,
        }
        for f in fields().values()
    ]


@cache
def code(field: str, choice: str) -> int:
    """Stored code of a packaged choice, the same in every technology: ``designs.cell == code("cell", "sram")``."""
    return fields()[field].choices.index(choice)


# An alias stands for several fields that take its value together.
ALIASES: Mapping[str, tuple[str, ...]] = MappingProxyType({"crossbar_size": ("crossbar_rows", "crossbar_cols")})


def expand_aliases(
    values: Mapping[str, Any], where: str, technology: Technology | Variants | None = None
) -> dict[str, Any]:
    """``values`` with every alias replaced by its fields, and unknown names refused.

    Raises
    ------
    InputError
        An unknown field, or an alias given beside a field it sets to something else.
    """
    table = fields(technology)
    problems = [
        unknown_name("field", name, [*table, *ALIASES]) for name in values if name not in table and name not in ALIASES
    ]
    out = {name: value for name, value in values.items() if name in table}
    for alias, members in ALIASES.items():
        if alias not in values:
            continue
        for member in members:
            given = values.get(member)
            if given is not None and repr(given) != repr(values[alias]):
                problems.append(
                    f"{alias} = {values[alias]!r} sets {member}, which is also given as {given!r}; give only one"
                )
            out[member] = values[alias]
    if problems:
        raise InputError(where, problems)
    return out
