"""Overlays: values of one's own over the packaged technology, from a YAML file.

A file changes constants and adds rows to tables, each value with its unit, source and status::

    name: my_chip
    sources:
      lab2026: {title: "Our test chip", authors: "A. Author", where: "measured", year: 2026}
    constants:
      adc.sar_cycle: {value: 0.8, unit: ns, source: lab2026, status: measured, range: [0.7, 0.9]}
    rows:
      nop_links:
        - {name: mine, like: grs, rate_per_lane: 32, energy_per_bit: {value: 350, unit: fJ/bit}, source: lab2026,
           status: measured}
      nodes:
        - {node_nm: 28, roadmap: lstp, like: {node_nm: 32}, vdd_v: 0.9, source: lab2026, status: assumed, note: "..."}

    fields:
      r_on_ohm: {value: 25, unit: kohm, source: lab2026, status: measured}

``fields`` states what a field of a design is where nothing else is said, as a device or a chip has it. ``about``, with
source and status, holds for every entry that says nothing of its own; a field may be its bare value then.

A number without a unit has the column's own. ``like`` takes what a row leaves out from another row of the table. A row
whose keys stand already is a fault unless it says ``replace: true``. ``measured`` are points of a macro that it was
calibrated on, and mean nothing here. New rows are choices of the fields at once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from siam_dse.core.arrays import AnyArray, freeze
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.core.paths import data_folder
from siam_dse.technology.load import Constant, Constants, Table

_SHIPPED = ("examples", "presets", "systems")  # folders of the room


@dataclass(frozen=True)
class Row:
    """A row that an overlay adds to a table or puts in the place of one: keys as text, what it says by column."""

    table: str
    keys: Mapping[str, Any]
    like: Mapping[str, Any] | None
    replaces: bool
    values: Mapping[str, Any]  # numbers in SI, texts
    ranges: Mapping[str, tuple[float, float]]  # column -> lowest and highest value in SI
    about: Mapping[str, str]


@dataclass(frozen=True)
class OwnField:
    """What a field of a design is where nothing else is said; ``unit`` is "" where it is the field's own."""

    value: Any
    unit: str
    about: Mapping[str, str]


@dataclass(frozen=True)
class Overlay:
    """What a file lays over a technology, checked against it."""

    name: str
    path: Path
    text: str
    sources: Mapping[str, Mapping[str, str]]
    constants: Mapping[tuple[str, str], Constant]  # (file, name) -> what it is now
    rows: tuple[Row, ...]
    fields: Mapping[str, OwnField]
    measured: Any = None  # points of a macro as the file has them
    note: str = ""

    @property
    def file_name(self) -> str:
        """Name of the overlay's file in the folder of a run."""
        return f"{''.join(c if c.isalnum() or c in '_.+-' else '_' for c in self.name)}.yaml"

    @property
    def digest(self) -> str:
        """The first 16 digits of the text's SHA-256."""
        return sha256(self.text.encode()).hexdigest()[:16]

    def over(self, constants: Constants) -> Constants:
        """A file's constants with those of the overlay in their place."""
        own = {name: record for (file, name), record in self.constants.items() if file == constants.name}
        return constants.with_records(own) if own else constants

    def over_table(self, table: Table) -> Table:
        """A table with the overlay's rows: in the place of those they replace, new ones behind."""
        for row in (row for row in self.rows if row.table == table.name):
            table = Table(table.name, table.keys, _with_row(table, row))
        return table


class OverlayError(InputError):
    """Faults of an overlay's file, and what it states of ``fields``, which ``design`` has yet to check.

    ``row_names`` are those that its rows give themselves, whatever is wrong with the rows.
    """

    def __init__(
        self, where: str, problems: Sequence[str], fields: Mapping[str, OwnField], row_names: Collection[str]
    ) -> None:
        super().__init__(where, problems)
        self.fields, self.row_names = fields, row_names


def _with_row(table: Table, row: Row) -> dict[str, AnyArray]:
    """Columns of a table with a row in the place of the one with its keys, or behind all."""
    place = row_of(table, row.keys)
    base = place if row.like is None else row_of(table, {**row.keys, **row.like})
    columns = {}
    for name, column in table.columns.items():
        value = {**row.keys, **row.values}.get(name, None if base is None else column[base])
        own = np.asarray([value]).astype(str if column.dtype.kind == "U" else np.float64)
        if place is None:
            columns[name] = freeze(np.concatenate([column, own]))
        else:
            columns[name] = freeze(np.concatenate([column[:place], own, column[place + 1 :]]))
    return columns


def row_of(table: Table, keys: Mapping[str, Any]) -> int | None:
    """Index of the row with these keys, None where there is none."""
    is_row = np.ones(len(table), dtype=bool)
    for key in table.keys:
        column = table.columns[key]
        is_row &= column == (str(keys[key]) if column.dtype.kind == "U" else float(keys[key]))
    found = np.flatnonzero(is_row)
    return int(found[0]) if len(found) else None


def shipped_overlays() -> dict[str, Path]:
    """Overlays that come with the package: name -> file."""
    return {path.stem: path for folder in _SHIPPED for path in sorted(data_folder("technology", folder).glob("*.yaml"))}


def overlay_path(given: str | Path) -> Path:
    """File of an overlay: a path, or the name of one that comes with the package.

    Raises
    ------
    InputError
        A name that is none of them.
    """
    path, shipped = Path(given), shipped_overlays()
    if path.suffix.lower() in (".yaml", ".yml") or path.is_file():
        return path
    if str(given) in shipped:
        return shipped[str(given)]
    raise InputError("--technology", f"{unknown_name('overlay', str(given), shipped)}; or give a .yaml file")
