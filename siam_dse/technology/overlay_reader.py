"""Reading overlays: a file of one's own, checked against the technology it is laid over.

What is legal follows from the technology beneath (names, units of columns, rows that stand), which a schema of the file
alone does not know.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from siam_dse.core.errors import InputError, unknown_name
from siam_dse.core.text import name_fault, read_text, shown
from siam_dse.core.units import SI_PER_UNIT, units_like
from siam_dse.core.yaml_text import parse_yaml
from siam_dse.technology.load import STATUSES, Constant, Constants, Table
from siam_dse.technology.overlay import Overlay, OverlayError, OwnField, Row, row_of

_PARTS = ("name", "sources", "constants", "rows", "fields", "about", "note", "measured")
_OF_SOURCE = ("title", "authors", "where", "year")
_OF_CONSTANT = ("value", "unit", "source", "locator", "status", "note", "range")
_OF_ROW = ("like", "replace", "source", "locator", "status", "note", "range")
_OF_FIELD = ("value", "unit", "source", "locator", "status", "note")
_OF_VALUE = ("value", "unit", "range")
_ABOUT = ("source", "locator", "status", "note")
_NEEDED = ("source", "status")
_ENDS = 2
_ROUNDING = 1e-12


class Base(Protocol):
    """A technology that an overlay is laid over."""

    @property
    def files(self) -> tuple[str, ...]:
        """Names of its files of constants."""

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of its tables."""

    def constants(self, name: str) -> Constants:
        """Constants of a file in SI."""

    def table(self, name: str) -> Table:
        """Table in SI."""

    def units(self, name: str) -> dict[str, str]:
        """Unit of each column of a table."""

    def bounds(self) -> Mapping[str, tuple[float, float]]:
        """Lowest and highest value of each constant and column of numbers, ``where.name`` -> in its unit."""

    def sources(self) -> Mapping[str, Mapping[str, str]]:
        """The bibliography."""


def read_overlay(path: Path, base: Base) -> Overlay:
    """The overlay of a file, checked against the technology it is laid over.

    Raises
    ------
    OverlayError
        Names every fault but those of names, values and units of fields, which ``design`` knows: an unknown part,
        constant, table, column, unit, status or source, a unit of another
        dimension, a value that is no number, a range that is not around its value, a row that lacks a column, a row
        whose keys stand already.
    """
    text = read_text(path, "'siam-dse technologies template' prints one to begin with")
    return _Reader(path, base).overlay(parse_yaml(text, str(path)), text)


class _Reader:
    """One file, every fault gathered before raising."""

    def __init__(self, path: Path, base: Base) -> None:
        self.path, self.base = path, base
        self.problems: list[str] = []
        self.sources: dict[str, Mapping[str, str]] = {}
        self.row_names = set[str]()
        self.general: dict[str, Any] = {}  # source, status and note of entries without their own

    def overlay(self, content: Any, text: str) -> Overlay:
        if not isinstance(content, dict):
            raise InputError(str(self.path), f"must be a mapping of {', '.join(_PARTS)}")
        self.known(content, _PARTS, "part", "")
        name = content.get("name", self.path.stem)
        fault = name_fault(str(name)) if isinstance(name, str | int | float) else f"must be text, got {shown(name)}"
        self.problems += [f"name: {fault}"] if fault else []
        self.sources = dict(self.all_sources(self.mapping(content, "sources")))
        self.general = self.mapping(content, "about")
        self.known(self.general, _ABOUT, "entry", "about")
        constants = dict(self.all_constants(self.mapping(content, "constants")))
        rows = tuple(self.all_rows(self.mapping(content, "rows")))
        fields = dict(self.all_fields(self.mapping(content, "fields")))
        if not constants and not rows and not fields and not self.problems:
            self.problems.append("changes nothing: give constants, rows or fields")
        if self.problems:
            raise OverlayError(str(self.path), self.problems, fields, self.row_names)
        parts = (self.sources, constants, rows, fields, content.get("measured"), str(content.get("note", "")))
        return Overlay(str(name), self.path, text, *parts)

    def mapping(self, content: Mapping[str, Any], part: str) -> dict[str, Any]:
        given = content.get(part) or {}
        if not isinstance(given, dict):
            self.problems.append(f"{part}: must be a mapping, got {shown(given)}")
            return {}
        return {str(key): value for key, value in given.items()}

    def known(self, row: Iterable[Any], names: Iterable[str], kind: str, where: str) -> None:
        """A line for each entry that is not among the names."""
        names = tuple(names)
        lines = [unknown_name(kind, str(name), names) for name in row if str(name) not in names]
        self.problems += [f"{where}: {line}" if where else line for line in lines]

    def all_sources(self, given: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
        for key, source in given.items():
            where = f"sources: {key}"
            if not isinstance(source, dict) or not source.get("title"):
                self.problems.append(f"{where}: must be a mapping with a title, got {shown(source)}")
                source = {}
            self.known(source, _OF_SOURCE, "entry", where)
            yield key, {str(part): str(text) for part, text in source.items()}

    def all_constants(self, given: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Constant]]:
        for key, row in given.items():
            file, _, name = key.partition(".")
            where = f"constants: {key}"
            if file not in self.base.files:
                self.problems.append(f"{where}: {unknown_name('file of constants', file, self.base.files)}")
            elif name not in self.base.constants(file):
                self.problems.append(f"{where}: {unknown_name('constant', name, self.base.constants(file))}")
            elif not isinstance(row, dict):
                self.problems.append(f"{where}: must be a mapping with value, unit, source, status, got {shown(row)}")
            else:
                old = self.base.constants(file).record(name)
                self.known(row, _OF_CONSTANT, "entry", where)
                self.about(row, where)
                found = None
                if isinstance(old.value, np.ndarray):
                    self.problems.append(f"{where}: is a series, which an overlay cannot change")
                else:
                    found = self.number(row, old.unit, key, where)
                if found:
                    value, limits = found
                    texts = self.texts(row)
                    yield (file, name), Constant(name, value, str(row["unit"]), **texts, range=limits)

    def all_fields(self, given: Mapping[str, Any]) -> Iterator[tuple[str, OwnField]]:
        """Fields of a design; whether there are such fields with such values, ``design`` says, which lies above."""
        for name, stated in given.items():
            where = f"fields: {name}"
            row = stated if isinstance(stated, dict) else {"value": stated}
            self.known(row, _OF_FIELD, "entry", where)
            self.about(row, where)
            if row.get("value") is None:
                self.problems.append(f"{where}: lacks value")
            yield name, OwnField(row.get("value"), str(row.get("unit", "")), self.texts(row))

    def all_rows(self, given: Mapping[str, Any]) -> Iterator[Row]:
        for table, rows in given.items():
            if table not in self.base.tables:
                self.problems.append(f"rows: {unknown_name('table', table, self.base.tables)}")
            elif not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                self.problems.append(f"rows: {table}: must be a list of mappings, got {shown(rows)}")
            else:
                seen: list[tuple[str, ...]] = []
                for i, row in enumerate(rows, start=1):
                    found = self.row(table, row, f"rows: {table}: row {i}")
                    if found:
                        keys = tuple(map(str, found.keys.values()))
                        if keys in seen:
                            self.problems.append(f"rows: {table}: row {i}: {', '.join(keys)} is given twice")
                        seen.append(keys)
                        yield found

    def row(self, name: str, given: Mapping[str, Any], where: str) -> Row | None:
        table, units, faults = self.base.table(name), self.base.units(name), len(self.problems)
        entries = dict.fromkeys([*table.columns, *_OF_ROW])
        self.known(given, entries, "entry", where)
        self.about(given, where)
        lacking = [key for key in table.keys if key not in given]
        if lacking:
            self.problems.append(f"{where}: lacks {', '.join(lacking)}, which names the row")
            return None
        keys = {key: given[key] for key in table.keys}
        wrong = [self.key_fault(table, key, value) for key, value in keys.items()]
        if any(wrong):
            self.problems += [f"{where}: {fault}" for fault in wrong if fault]
            return None
        self.row_names.update(map(str, keys.values()))
        for key, value in keys.items():
            if table.columns[key].dtype.kind != "U":
                keys[key] = float(value) * SI_PER_UNIT[units[key]]
        values, ranges = dict[str, Any](), dict[str, tuple[float, float]]()
        for column in (c for c in table.columns if c in given and c not in table.keys):
            if table.columns[column].dtype.kind == "U":
                values[column] = str(given[column])
                continue
            stated = given[column] if isinstance(given[column], dict) else {"value": given[column]}
            self.known(stated, _OF_VALUE, "entry", f"{where}: {column}")
            unit = units[column]
            found = self.number({"unit": unit, **stated}, unit, f"{name}.{column}", f"{where}: {column}")
            if found:
                values[column] = found[0]
                if found[1]:
                    ranges[column] = found[1]
        like = self.like(table, keys, given.get("like"), where)
        stands, replaces = row_of(table, keys) is not None, given.get("replace", False) is True
        if stands and not replaces:
            listed = ", ".join(str(given[key]) for key in table.keys)
            self.problems.append(f"{where}: {listed} stands already; give another name, or say replace: true")
        values |= {part: text for part, text in self.texts(given).items() if part in table.columns and text}
        missing = [c for c in table.columns if c not in {*values, *keys}]
        if missing and like is None and not stands:
            listed = ", ".join(missing)
            self.problems.append(f"{where}: lacks {listed}; give them, or say which row it is like: {_names(table)}")
        if name == "nodes" and len(self.problems) == faults:
            self.supply_above_threshold(table, values, row_of(table, keys if stands or like is None else like), where)
        if len(self.problems) > faults:
            return None
        return Row(name, keys, like, stands, values, ranges, self.texts(given))

    def supply_above_threshold(self, table: Table, values: Mapping[str, Any], row: int | None, where: str) -> None:
        """Refuse a node whose transistors would not switch: its supply is to lie above its threshold.

        What ``values`` leave out is that of the ``row`` that the node is like.
        """
        supply_v, threshold_v = (
            float(values[name]) if name in values or row is None else float(table[name][row])
            for name in ("vdd_v", "vth_v")
        )
        least_v = threshold_v + float(self.base.constants("supply")["least_overdrive"])
        if supply_v < least_v:
            self.problems.append(
                f"{where}: vdd_v: {supply_v:.4g} V must exceed vth_v, {threshold_v:.4g} V, by supply.least_overdrive: "
                f"be at least {least_v:.4g} V"
            )

    def key_fault(self, table: Table, key: str, value: Any) -> str | None:
        """What is wrong with one of the names of a row."""
        if table.columns[key].dtype.kind != "U":
            low, high = self.base.bounds()[f"{table.name}.{key}"]
            is_wrong = _bad_number(value) or not low <= value <= high
            return f"{key}: must be a number in [{low:.10g}, {high:.10g}], got {shown(value)}" if is_wrong else None
        if isinstance(value, bool) or not isinstance(value, str | int | float) or not str(value).strip():
            return f"{key}: must be a name, got {shown(value)}"
        fault = name_fault(str(value))
        return f"{key}: {fault}" if fault else None

    def like(self, table: Table, keys: Mapping[str, Any], given: Any, where: str) -> Mapping[str, Any] | None:
        """Keys of the row that another one is like, those it does not name being its own."""
        if given is None:
            return None
        units = self.base.units(table.name)
        stated = given if isinstance(given, dict) else {table.keys[0]: given}
        self.known(stated, table.keys, "key", f"{where}: like")
        wanted = dict(keys)
        for key, value in stated.items():
            if key in table.keys:
                is_text = table.columns[key].dtype.kind == "U"
                wanted[key] = value if is_text or _bad_number(value) else float(value) * SI_PER_UNIT[units[key]]
        if any(_bad_number(wanted[k]) for k in table.keys if table.columns[k].dtype.kind != "U"):
            self.problems.append(f"{where}: like: must name a row, got {shown(given)}")
            return None
        if row_of(table, wanted) is None:
            self.problems.append(f"{where}: like: {shown(given)} is not in the table; there are {_names(table)}")
            return None
        return wanted

    def texts(self, row: Mapping[str, Any]) -> dict[str, str]:
        """Where a value is from: as its row says, else as the file does."""
        return {part: str(row.get(part) or self.general.get(part) or "") for part in _ABOUT}

    def about(self, stated: Mapping[str, Any], where: str) -> None:
        """Faults of source and status."""
        row = self.texts(stated)
        lacking = [name for name in _NEEDED if not row.get(name)]
        if lacking:
            self.problems.append(f"{where}: lacks {' and '.join(lacking)}")
        if row["status"] and row["status"] not in STATUSES:
            self.problems.append(f"{where}: {unknown_name('status', row['status'], STATUSES)}")
        known = {**self.base.sources(), **self.sources}
        if row["source"] and row["source"] not in known:
            listed = unknown_name("source", row["source"], known)
            self.problems.append(f"{where}: {listed}; a new one stands under 'sources'")
        if row["status"] == "assumed" and not row["note"]:
            self.problems.append(f"{where}: status assumed needs a note that says why")

    def number(
        self, row: Mapping[str, Any], unit: str, key: str, where: str
    ) -> tuple[float, tuple[float, float] | None] | None:
        """A value and its range in SI, from any unit of the same dimension; ``key`` is file and name of what it is."""
        lacking = [name for name in ("value", "unit") if row.get(name) is None]
        if lacking:
            self.problems.append(f"{where}: lacks {' and '.join(lacking)}; the unit may be {_one_of(units_like(unit))}")
            return None
        if str(row["unit"]) not in units_like(unit):
            self.problems.append(f"{where}: unit {row['unit']!r} is not one of {_one_of(units_like(unit))}")
            return None
        if _bad_number(row["value"]):
            self.problems.append(f"{where}: value must be a finite number, got {shown(row['value'])}")
            return None
        factor = SI_PER_UNIT[str(row["unit"])]
        value, ends = float(row["value"]) * factor, row.get("range")
        if not self.is_possible([value], unit, key, f"{where}: got {shown(row['value'])}"):
            return None
        if ends is None:
            return value, None
        if not isinstance(ends, list) or len(ends) != _ENDS or any(map(_bad_number, ends)):
            self.problems.append(f"{where}: range must be two numbers, got {shown(ends)}")
            return None
        low, high = (float(end) * factor for end in ends)
        if not low <= value <= high:
            self.problems.append(f"{where}: range {shown(ends)} is not around the value {row['value']}")
            return None
        is_possible = self.is_possible((low, high), unit, key, f"{where}: range {shown(ends)}")
        return (value, (low, high)) if is_possible else None

    def is_possible(self, values: Sequence[float], unit: str, key: str, where: str) -> bool:
        """Whether values in SI lie within the bounds of a constant or column; what ``is_`` or ``has_`` is 0 or 1."""
        if key.partition(".")[2].startswith(("is_", "has_")) and not set(values) <= {0, 1}:
            self.problems.append(f"{where}; must be 1 for yes or 0 for no")
            return False
        low, high = self.base.bounds()[key]
        least, most = low * SI_PER_UNIT[unit], high * SI_PER_UNIT[unit]
        least, most = least - _ROUNDING * abs(least), most + _ROUNDING * abs(most)  # of other units' factors
        if all(least <= value <= most for value in values):
            return True
        self.problems.append(f"{where}; must lie in [{low:.10g}, {high:.10g}]{'' if unit == '1' else f' {unit}'}")
        return False


def _bad_number(value: Any) -> bool:
    return isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(float(value))


def _one_of(names: Iterable[str]) -> str:
    return ", ".join(names)


def _names(table: Table) -> str:
    rows = zip(*(table.columns[key].tolist() for key in table.keys), strict=True)
    return ", ".join(" ".join(f"{value}" for value in row) for row in rows)
