"""How far constants may lie from their values, and technologies drawn within that."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from siam_dse.core.arrays import freeze
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.core.units import SI_PER_UNIT
from siam_dse.core.yaml_text import read_yaml
from siam_dse.technology.load import Table
from siam_dse.technology.technology import RANGES, Technology


@dataclass(frozen=True)
class Range:
    """What is not known for sure: a constant, a column of a table, all of its rows together, or of one row.

    ``low`` and ``high`` are factors on the value; ``where`` is the file or table, or a row of it (``nop_links[grs]``),
    ``name`` the constant or column.
    """

    where: str
    name: str
    low: float
    high: float
    reason: str

    @property
    def key(self) -> str:
        """``where.name``."""
        return f"{self.where}.{self.name}"


def ranges(technology: Technology) -> tuple[Range, ...]:
    """Everything that has a range: those of the data, and in their place those that overlays state."""
    content = read_yaml(technology.folder / f"{RANGES}.yaml")["constants"]
    found = {key: _range(key, row) for key, row in content.items()}
    for overlay in technology.overlays:
        for (file, name), record in overlay.constants.items():
            if record.range is not None and record.value:
                low, high = sorted(end / float(record.value) for end in record.range)
                found[f"{file}.{name}"] = Range(file, name, low, high, record.note or record.status)
            else:  # stated without doubt
                found.pop(f"{file}.{name}", None)
        for row in overlay.rows:
            where = f"{row.table}[{_words(row.keys.values())}]"
            for column, ends in row.ranges.items():
                if row.values[column]:
                    low, high = sorted(end / float(row.values[column]) for end in ends)
                    reason = row.about["note"] or row.about["status"]
                    found[f"{where}.{column}"] = Range(where, column, low, high, reason)
    return tuple(found.values())


def _range(key: str, row: Mapping[str, Any]) -> Range:
    where, _, name = key.partition(".")
    return Range(where, name, float(row["low"]), float(row["high"]), str(row["reason"]))


def scaled(technology: Technology, factors: Mapping[str, float]) -> Technology:
    """The technology with some constants, whole columns of tables, or cells of a row, times a factor.

    The factor of a cell takes the place of its column's.

    Parameters
    ----------
    technology : Technology
    factors : ``where.name`` -> factor

    Raises
    ------
    InputError
        A name that is neither a constant nor a column of numbers.
    """
    out, files, tables = technology.copy(), technology.files, technology.tables
    cells = [key for key in factors if "]." in key]
    for key, factor in factors.items():
        where, _, name = key.partition(".")
        if key in cells:
            continue
        if where in files and name in out.constants(where):  # a file and a table may share their name
            record = out.constants(where).record(name)
            out.put_constants(out.constants(where).with_records({name: replace(record, value=record.value * factor)}))
        elif where in tables:
            out.put_table(_scaled_column(out.table(where), name, factor))
        else:
            raise InputError(technology.name, unknown_name("constant or column", key, names(technology)))
    for key in cells:
        out.put_table(_scaled_cell(technology, out, key, factors[key]))
    return out


def factors_within_bounds(technology: Technology, key: str) -> tuple[float, float]:
    """Least and greatest factor on a constant, or on all of a column, that leaves its values what they may be.

    Parameters
    ----------
    technology : Technology
    key : ``where.name``, one of :func:`names`

    Returns
    -------
    low, high : float
        At most and at least 1.
    """
    where, _, name = key.partition(".")
    if where in technology.files and name in technology.constants(where):
        record = technology.constants(where).record(name)
        values, unit = np.atleast_1d(record.value), record.unit
    else:
        values, unit = technology.table(where)[name], technology.units(where)[name]
    ends = np.array(technology.bounds()[key]) * SI_PER_UNIT[unit]
    each = np.sort(ends / values[np.isfinite(values) & (values != 0), None], axis=1)
    return float(each[:, 0].max(initial=0)), float(each[:, 1].min(initial=np.inf))


def names(technology: Technology) -> list[str]:
    """Every constant and every column of numbers that is no key, as ``where.name``."""
    constants = [f"{file}.{name}" for file in technology.files for name in technology.constants(file)]
    tables = [technology.table(name) for name in technology.tables]
    return constants + [
        f"{t.name}.{c}" for t in tables for c, v in t.columns.items() if v.dtype.kind == "f" and c not in t.keys
    ]


def _scaled_cell(base: Technology, out: Technology, key: str, factor: float) -> Table:
    """The table of ``out`` with the cell ``table[row].column`` at a factor on its value in ``base``."""
    where, _, column = key.rpartition("].")
    name, _, words = where.partition("[")
    table = out.table(name) if name in base.tables else None
    rows = [] if table is None else [_words(row) for row in zip(*(table.columns[k] for k in table.keys), strict=True)]
    if table is None or words not in rows or column in table.keys or column not in table.columns:
        raise InputError(base.name, f"there is no cell {key}; write table[row].column")
    values = table.columns[column].copy()
    at = rows.index(words)
    values[at] = base.table(name).columns[column][at] * factor
    return Table(name, table.keys, {**table.columns, column: freeze(values)})


def _words(keys: Iterable[Any]) -> str:
    return " ".join(str(value) if isinstance(value, str) else f"{value:g}" for value in keys)


def _scaled_column(table: Table, name: str, factor: float) -> Table:
    if name not in table.columns or table.columns[name].dtype.kind != "f" or name in table.keys:
        raise InputError(table.name, unknown_name("column of numbers", name, table.columns))
    return Table(table.name, table.keys, {**table.columns, name: freeze(table.columns[name] * np.float64(factor))})
