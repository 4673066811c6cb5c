"""Tables on stdout as text, JSON or CSV, and into files."""

from __future__ import annotations

import enum
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siam_dse.core.errors import InputError, RunError

if TYPE_CHECKING:
    import pandas as pd


_NARROW = 80  # columns of a terminal: a wider table has one space between its columns in place of two
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


def emit(frame: pd.DataFrame, fmt: Format, title: str = "") -> None:
    """Print a table on stdout in the format asked for."""
    if fmt is Format.csv:
        frame.to_csv(sys.stdout, index=False)
    elif fmt is Format.json:
        print(frame.to_json(orient="records", indent=1, double_precision=12))
    else:
        print_table(frame, title)


def print_table(frame: pd.DataFrame, title: str = "") -> None:
    """Print a table for reading: four significant digits, numbers to the right."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    frame, left_out = fitting(frame)
    numeric = [is_number(frame[name]) for name in frame.columns]
    wide = sum(_width(frame, i) + 2 for i in range(len(frame.columns))) > _NARROW
    table = Table(
        title=Text(title) if title else None, title_justify="left", header_style="bold", pad_edge=False, box=None,
        padding=(0, 1, 0, 0) if wide else (0, 1),
    )  # fmt: skip
    for name, right in zip(frame.columns, numeric, strict=True):
        table.add_column(str(name), justify="right" if right else "left", overflow="fold")
    for row in frame.itertuples(index=False, name=None):
        table.add_row(*(show(value) for value in row))
    console = Console()
    if not console.is_terminal:
        console = Console(width=max(120, sum(_width(frame, i) + 2 for i in range(len(frame.columns)))))
    console.print(table, markup=False, highlight=False)
    if left_out:
        note(f"left out for want of width: {', '.join(left_out)}; --format csv has all")


def fitting(frame: pd.DataFrame, width: int | None = None) -> tuple[pd.DataFrame, list[str]]:
    """The columns that a terminal has room for, and the names of the others: those in the middle go first.

    ``width`` is the terminal's, in letters; where there is no terminal nothing is left out. Texts may fold.
    """
    from rich.console import Console

    console = Console()
    if width is None and not console.is_terminal:
        return frame, []
    room = width or console.width
    needs = [
        _width(frame, i) + 2 if is_number(frame.iloc[:, i]) else min(_width(frame, i), _FOLDED) + 2
        for i in range(len(frame.columns))
    ]
    kept = list(range(len(needs)))
    while sum(needs[i] for i in kept) > room + 2 and len(kept) > 2:
        kept.pop(len(kept) // 2)
    left_out = [" ".join(str(name).split()) for i, name in enumerate(frame.columns) if i not in kept]
    return frame.iloc[:, kept], left_out


def is_number(column: pd.Series[Any]) -> bool:
    """Whether a column holds numbers (truth values do not count)."""
    return column.dtype.kind in "iuf" or str(column.dtype) == "Int64"


def _width(frame: pd.DataFrame, i: int) -> int:
    shown = [len(show(value)) for value in frame.iloc[:, i]]
    return max([*map(len, str(frame.columns[i]).split("\n")), *shown])


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
    """Write a table to ``path``: .csv, .json or .parquet by its suffix."""
    writers = {
        ".csv": lambda: frame.to_csv(path, index=False),
        ".json": lambda: frame.to_json(path, orient="records", indent=1, double_precision=12),
        ".parquet": lambda: frame.to_parquet(path, index=False),
    }
    if path.suffix not in writers:
        raise InputError(str(path), f"cannot write {path.suffix or 'a file without suffix'}; use {', '.join(writers)}")
    try:
        writers[path.suffix]()
    except OSError as error:
        raise RunError(f"{path}: cannot be written ({error.strerror or error}); choose another --out") from error
