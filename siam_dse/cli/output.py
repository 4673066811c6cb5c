"""Tables on stdout as text, JSON or CSV, and into files."""

from __future__ import annotations

import enum
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

Rows = Sequence[Mapping[str, Any]]

TABLE_SUFFIXES = (".csv", ".json", ".parquet")  # of files that a table is written to
PAGE_SUFFIXES = (".html", ".htm")

_NARROW = 80  # columns of a terminal: a wider table has one space between its columns in place of two
_FORCES_TERMINAL = frozenset({"FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"})  # to rich
_FOLDED = 16  # letters that a column of texts needs at least: longer ones fold


class Format(enum.StrEnum):
    """How data is printed."""

    table = "table"
    json = "json"
    csv = "csv"


class FrontFormat(enum.StrEnum):
    """How a front is printed: as data, or as a table for a terminal, a paper or a page."""

    table = "table"
    json = "json"
    csv = "csv"
    latex = "latex"
    markdown = "markdown"
    html = "html"


def note(message: str) -> None:
    """A message for the user, on stderr."""
    print(message, file=sys.stderr)


def emit(table: pd.DataFrame | Rows, fmt: Format, title: str = "") -> None:
    """Print a table on stdout in the format asked for: a frame, or rows of equal keys, which need no pandas."""
    if fmt is Format.table:
        print_table(table, title)
        return
    frame = _frame(table)
    if fmt is Format.csv:
        from siam_dse.runs.tables import write_csv

        write_csv(frame, sys.stdout)
    else:
        print(frame.to_json(orient="records", indent=1, double_precision=12))


def print_table(table: pd.DataFrame | Rows, title: str = "") -> None:
    """Print a table for reading: four significant digits, numbers to the right."""
    columns = _columns(table)
    if not (sys.stdout.isatty() or _FORCES_TERMINAL & os.environ.keys()) and _is_plain(columns, title):
        print(_plain_table(columns, title))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    columns, left_out = _fitting(columns, console.width if console.is_terminal else None)
    needed = sum(column.width + 2 for column in columns)
    printed = Table(
        title=Text(title) if title else None, title_justify="left", header_style="bold", pad_edge=False, box=None,
        padding=(0, 1, 0, 0) if needed > _NARROW else (0, 1),
    )  # fmt: skip
    for column in columns:
        printed.add_column(column.name, justify="right" if column.is_number else "left", overflow="fold")
    for row in zip(*(column.cells for column in columns), strict=True):
        printed.add_row(*row)
    if not console.is_terminal:
        console = Console(width=max(120, needed))
    console.print(printed, markup=False, highlight=False)
    if left_out:
        note(f"left out for want of width: {', '.join(left_out)}; --format csv has all")


def _is_plain(columns: list[_Column], title: str) -> bool:
    """Whether every letter takes one place and every cell one line."""
    texts = [title, *(text for column in columns for text in (column.name.replace("\n", ""), *column.cells))]
    return (
        bool(columns)
        and len(title) <= sum(column.width for column in columns)
        and "".join(texts).isascii()
        and ("".join(texts).isprintable())
    )


def _plain_table(columns: list[_Column], title: str) -> str:
    """The table as rich prints it where there is no terminal, without its import and in a tenth of its time."""
    gap = " " if sum(column.width + 2 for column in columns) > _NARROW else "  "
    heads = [column.name.split("\n") for column in columns]
    height = max(map(len, heads))
    rows = zip(
        *([*[""] * (height - len(head)), *head, *c.cells] for head, c in zip(heads, columns, strict=True)), strict=True
    )
    lines = [
        gap.join(
            cell.rjust(column.width) if column.is_number else cell.ljust(column.width)
            for cell, column in zip(row, columns, strict=True)
        )
        for row in rows
    ]
    return "\n".join([*([title.ljust(len(lines[0]))] if title else []), *lines])


def has_room(table: pd.DataFrame) -> bool:
    """Whether the terminal has room for every column; where there is no terminal there is room."""
    from rich.console import Console

    console = Console()
    return not (console.is_terminal and _fitting(_columns(table), console.width)[1])


class _Column(NamedTuple):
    """A column as it is printed."""

    name: str
    cells: list[str]
    is_number: bool

    @property
    def width(self) -> int:
        """Letters of the longest cell or line of the name."""
        return max(map(len, [*self.name.split("\n"), *self.cells]))


def _columns(table: pd.DataFrame | Rows) -> list[_Column]:
    if isinstance(table, Sequence):
        names = list(table[0]) if table else []
        values = {name: [row[name] for row in table] for name in names}
        return [_Column(name, [*map(show, each)], all(map(_is_number, each))) for name, each in values.items()]
    return [
        _Column(str(name), [*map(show, table.iloc[:, i])], is_number(table.iloc[:, i]))
        for i, name in enumerate(table.columns)
    ]


def _frame(table: pd.DataFrame | Rows) -> pd.DataFrame:
    if not isinstance(table, Sequence):
        return table
    import pandas as pd

    return pd.DataFrame(list(table))


def _fitting(columns: list[_Column], room: int | None) -> tuple[list[_Column], list[str]]:
    """The columns that a terminal of ``room`` letters has room for, and the names of the others.

    Those in the middle go first; where there is no terminal nothing is left out. Texts may fold.
    """
    needs = [(each.width if each.is_number else min(each.width, _FOLDED)) + 2 for each in columns]
    kept = list(range(len(needs)))
    while room and sum(needs[i] for i in kept) > room + 2 and len(kept) > 2:
        kept.pop(len(kept) // 2)
    return [columns[i] for i in kept], [" ".join(each.name.split()) for i, each in enumerate(columns) if i not in kept]


def is_number(column: pd.Series[Any]) -> bool:
    """Whether a column holds numbers (truth values do not count)."""
    return column.dtype.kind in "iuf" or str(column.dtype) == "Int64"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def show(value: object) -> str:
    """A value for reading: numbers to four significant digits, whole numbers whole, nothing where unknown."""
    import numbers

    if value is None or str(value) == "<NA>" or value != value:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, numbers.Real):
        number = float(value)
        if number == 0:
            return "0"
        return f"{number:.4g}" if 1e-3 <= abs(number) < 1e5 else f"{number:.3e}"
    return str(value)


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a table to ``path``, by its suffix one of ``TABLE_SUFFIXES``; what stood there stays until it is whole."""
    from siam_dse.runs.atomic import replace_file
    from siam_dse.runs.tables import write_csv

    writers = {
        ".csv": lambda new: write_csv(frame, new),
        ".json": lambda new: frame.to_json(new, orient="records", indent=1, double_precision=12),
        ".parquet": lambda new: frame.to_parquet(new, index=False),
    }
    replace_file(path.resolve(), writers[path.suffix.lower()])
