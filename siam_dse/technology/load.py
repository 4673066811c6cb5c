"""Files of constants and tables, as those in ``technology/data``: their records, and reading them.

Two kinds of file. ``<name>.yaml`` holds single constants::

    constants:
      sar_cycle: {value: 1.0, unit: ns, source: neurosim13, locator: "SarADC.cpp", status: measured, note: "..."}

``<name>.csv`` holds a table; ``<name>.csv.yaml`` beside it describes each column in the same words::

    keys: [node_nm, roadmap]
    columns:
      vdd: {unit: V, source: neurosim13, locator: "technology.csv", status: measured, meaning: "supply voltage"}

A source is a key of ``sources.yaml``. ``status`` is one of ``sourced`` (printed by the source), ``measured`` (read off
the source's program), ``fitted`` (our fit to measured rows), ``derived`` (arithmetic on sourced values) and
``assumed`` (needs a note). Values are converted to SI once, here.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray, IntArray, freeze
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.core.text import read_text
from siam_dse.core.units import SI_PER_UNIT
from siam_dse.core.yaml_text import read_yaml

STATUSES = ("sourced", "measured", "fitted", "derived", "assumed")


@dataclass(frozen=True)
class Constant:
    """One constant: ``value`` in SI (a number, or a list for a short series), the rest as the file has it."""

    name: str
    value: float | FloatArray
    unit: str
    source: str
    locator: str
    status: str
    note: str
    range: tuple[float, float] | None = None  # lowest and highest value in SI, where stated


class Constants(Mapping[str, float]):
    """The constants of one file by name, as SI numbers; ``record(name)`` gives source and status."""

    def __init__(self, name: str, records: Mapping[str, Constant]) -> None:
        self.name = name
        self._records = dict(records)

    def __getitem__(self, key: str) -> float:
        found = self._records.get(key)
        value = self.record(key).value if found is None else found.value
        if isinstance(value, np.ndarray):
            raise InputError(f"technology/data/{self.name}.yaml", f"{key}: is a series; read it with .series()")
        return value

    def __contains__(self, key: object) -> bool:
        return key in self._records

    def __iter__(self) -> Any:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def record(self, key: str) -> Constant:
        """Value with its unit, source, locator, status and note."""
        if key not in self._records:
            raise InputError(f"technology/data/{self.name}.yaml", unknown_name("constant", key, self._records))
        return self._records[key]

    def with_records(self, records: Mapping[str, Constant]) -> "Constants":
        """The same constants with some in another's place."""
        return Constants(self.name, {**self._records, **records})

    def series(self, key: str) -> FloatArray:
        """A constant that is a short series, as an array in SI."""
        return np.atleast_1d(np.asarray(self.record(key).value, dtype=np.float64))


class Table:
    """One table: columns as read-only arrays in SI, and look-up of rows by key columns."""

    def __init__(self, name: str, keys: tuple[str, ...], columns: Mapping[str, AnyArray]) -> None:
        self.name = name
        self.keys = keys
        self.columns = dict(columns)
        # Key values are numbered in their order; the numbers of a row's values make a code of mixed radix.
        self._key_values = {key: np.unique(self.columns[key]) for key in keys}
        sizes = [len(values) for values in self._key_values.values()]
        places = [np.searchsorted(values, self.columns[key]) for key, values in self._key_values.items()]
        self._row_of_code = np.full(int(np.prod(sizes)), -1, dtype=np.int64)
        self._row_of_code[np.ravel_multi_index(places, sizes)] = np.arange(len(self))

    def __getitem__(self, column: str) -> AnyArray:
        if column not in self.columns:
            raise InputError(f"technology/data/{self.name}.csv", unknown_name("column", column, self.columns))
        return self.columns[column]

    def __len__(self) -> int:
        return len(self.columns[self.keys[0]])

    def names(self) -> tuple[str, ...]:
        """Values of the only key column of a table with one key."""
        (key,) = self.keys
        return tuple(str(value) for value in self.columns[key])

    def rows(self, **wanted: Any) -> IntArray:
        """Row index for each combination of key values.

        Parameters
        ----------
        wanted : key column = scalar or (U,) array
            Every key column of the table must be given; arrays broadcast.

        Returns
        -------
        (U,) int64

        Raises
        ------
        InputError
            A combination is not in the table.
        """
        arrays = np.broadcast_arrays(*(np.atleast_1d(wanted[key]) for key in self.keys))
        code, known = np.zeros(arrays[0].shape, dtype=np.int64), np.ones(arrays[0].shape, dtype=bool)
        for key, array in zip(self.keys, arrays, strict=True):
            values = self._key_values[key]
            array = array.astype(str) if array.dtype == object and values.dtype.kind == "U" else array
            position = np.minimum(np.searchsorted(values, array), len(values) - 1)
            known &= values[position] == array
            code = code * len(values) + position
        found = np.where(known, self._row_of_code[code], -1)
        if (found < 0).any():
            first = int(np.flatnonzero(found < 0)[0])
            asked = ", ".join(f"{key} = {array[first]}" for key, array in zip(self.keys, arrays, strict=True))
            have = "; ".join(f"{key}: {', '.join(map(str, np.unique(self.columns[key])))}" for key in self.keys)
            raise InputError(f"technology/data/{self.name}.csv", f"no row for {asked}; there are {have}")
        return found


def read_constants(folder: Path, name: str) -> Constants:
    """Constants of ``<name>.yaml`` in a folder, in SI."""
    content = read_yaml(folder / f"{name}.yaml")
    records = {}
    for key, row in content["constants"].items():
        factor = SI_PER_UNIT[row["unit"]]
        raw = row["value"]
        value = freeze(np.asarray(raw, dtype=np.float64) * factor) if isinstance(raw, list) else float(raw) * factor
        ends = row.get("range")
        limits = (float(ends[0]) * factor, float(ends[1]) * factor) if ends else None
        records[key] = Constant(
            key, value, row["unit"], row["source"], row["locator"], row["status"], row.get("note", ""), limits
        )
    return Constants(name, records)


def column_units(folder: Path, name: str) -> dict[str, str]:
    """Unit of each column of ``<name>.csv``; empty for a column of texts."""
    about = read_yaml(folder / f"{name}.csv.yaml")
    return {column: str(row.get("unit", "")) for column, row in about["columns"].items()}


def read_table(folder: Path, name: str) -> Table:
    """Table of ``<name>.csv`` in a folder, in SI; text columns stay text."""
    about = read_yaml(folder / f"{name}.csv.yaml")
    lines = (line for line in read_text(folder / f"{name}.csv").splitlines() if not line.startswith("#"))
    names, *rows = csv.reader(line for line in lines if line)
    columns: dict[str, AnyArray] = {}
    for column, cells in zip(names, zip(*rows, strict=True), strict=True):
        values = _cells(cells)
        if values.dtype.kind == "f":
            unit = about["columns"][column]["unit"]
            columns[column] = freeze(values * SI_PER_UNIT[unit])
        else:
            columns[column] = freeze(values)
    return Table(name, tuple(about["keys"]), columns)


def _cells(cells: Sequence[str]) -> AnyArray:
    """Cells of a column as floats, an empty one as NaN; as text where one is no number."""
    try:
        return np.array([float(cell) if cell else np.nan for cell in cells])
    except ValueError:
        return np.array(cells)
