"""Tables of designs from files: fields apart from ids, and from what a run or an evaluation put beside them."""

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from siam_dse.core.arrays import chunks
from siam_dse.core.errors import InputError
from siam_dse.core.text import ascii_marks, cut, read_text, shown
from siam_dse.design.fields import ALIASES, fields
from siam_dse.system.columns import OUTPUT_COLUMNS
from siam_dse.system.joint import RATIOS
from siam_dse.technology.variants import FIELD

ID = "trial"  # number of a design in its run: the trial that found it, or the flat index of an enumeration
_OF_A_RUN = frozenset({"generation", "duplicate_of", "seconds", "feasible", "violation", "knee", "exclusive_pct"})
_LONGEST_LINE = 1_000_000  # letters; the packaged rows' longest, a traffic matrix, has 60,000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a cell that begins so is run by a spreadsheet
_NUMBER = re.compile(r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?|-|-?inf")
_NEEDS_QUOTES = re.compile(r'[,"\r\n]')  # around a cell of CSV
_ROWS_AT_ONCE = 2**15  # become text
_LARGEST_ID = 2**53
_WHY = 300  # letters of a reader's message
_ALSO = frozenset({"design", "id", "sampler_notes"})


@dataclass(frozen=True)
class DesignTable:
    """Rows of a file: the columns that describe designs, the ids where there are any, and what was left out."""

    designs: pd.DataFrame
    ids: pd.Series | None
    ignored: tuple[str, ...]


def is_output(name: str) -> bool:
    """Whether a column is not a design's but what a run or an evaluation says of it."""
    stem = name.partition("[")[0] if name.endswith("]") else name
    known = stem in OUTPUT_COLUMNS or stem in RATIOS or name in _OF_A_RUN or name in _ALSO
    return known or name.startswith("excess: ")


def split(frame: pd.DataFrame) -> DesignTable:
    """A table's designs apart from outputs and ids.

    An unknown column stays with the designs, where it is refused by name. Of an alias beside all its fields the fields
    stay.
    """
    names = [str(name) for name in frame.columns]
    ids = frame[ID] if ID in names else None
    ignored = tuple(name for name in names if name != ID and is_output(name))
    kept = [name for name in names if name != ID and name not in ignored]
    kept = [name for name in kept if not set(ALIASES.get(name, ("",))) <= set(kept)]
    return DesignTable(frame[kept], ids, ignored)


def with_id(table: DesignTable, wanted: Iterable[int], where: str) -> DesignTable:
    """The rows with some ids, in the order asked for.

    Raises
    ------
    InputError
        The table has no ids, or not these.
    """
    wanted = list(wanted)
    if table.ids is None:
        raise InputError(where, f"has no column {ID!r}, so --design cannot name a row; leave it out, or add the column")
    rows = {int(number): row for row, number in reversed(list(enumerate(table.ids)))}
    missing = [number for number in wanted if number not in rows]
    if missing:
        known = sorted(rows)
        few = ", ".join(map(str, known[:10])) + (f", ... ({len(known)} designs)" if len(known) > 10 else "")
        raise InputError(
            "--design", [f"{number}: {where} has no design of this id; it has {few}" for number in missing]
        )
    at = [rows[number] for number in wanted]
    return DesignTable(
        table.designs.iloc[at].reset_index(drop=True), table.ids.iloc[at].reset_index(drop=True), table.ignored
    )


def read_designs(path: Path) -> DesignTable:
    """Designs of a .csv or .parquet file; space around names and text does not count.

    Raises
    ------
    InputError
        One clear error where the file cannot be read as a table of designs.
    """
    frame = read_frame(path)
    if not len(frame):
        raise InputError(str(path), "holds no design; write one a line below the column names")
    if not isinstance(frame.index, pd.RangeIndex):  # pandas takes the cells before the named ones as row labels
        raise InputError(str(path), "a line has more cells than there are column names; make them agree")
    frame.columns = [str(name).strip() for name in frame.columns]
    twice = [_first_of_twins(name) for name in frame.columns if _first_of_twins(name) in frame.columns]
    if twice:
        raise InputError(str(path), [f"column {name!r} stands there twice; drop one" for name in twice])
    if len(frame.columns) == 1 and ";" in frame.columns[0]:
        raise InputError(str(path), "cells are separated by semicolons; separate them with commas")
    kept = without_quotes(frame[[name for name in frame.columns if not name.startswith("Unnamed")]])
    table = split(kept.map(lambda value: value.strip() if isinstance(value, str) else value))
    _check_ids(table, str(path))
    return table


def _check_ids(table: DesignTable, where: str) -> None:
    """Refuse ids that are no whole numbers."""
    numbers = [] if table.ids is None else pd.to_numeric(table.ids, errors="coerce").tolist()
    wrong = [row for row, number in enumerate(numbers) if not (abs(number) < _LARGEST_ID and number == int(number))]
    if table.ids is not None and wrong:
        line = "row {}: {}: must be a whole number, the id of a design, got {}"
        raise InputError(where, [line.format(row + 1, ID, shown(table.ids.iloc[row])) for row in wrong])


def write_csv(frame: pd.DataFrame, target: Path | IO[str]) -> None:
    """Write a table as CSV; a text that a spreadsheet would run as a formula gets an apostrophe before it.

    The bytes are those of ``DataFrame.to_csv``, in a quarter of its time: what stands in many rows of a column becomes
    text once.
    """
    columns = [frame.iloc[:, i] for i in range(frame.shape[1])]
    if len(columns) < 2 or not all(map(_is_plain, columns)):  # alone in its row, an empty cell takes quotes
        texts = {name: frame[name].map(_quoted) for name in frame.columns if frame[name].dtype.kind not in "biufc"}
        frame.assign(**texts).rename(columns=_quoted).to_csv(target, index=False)
        return
    if isinstance(target, Path):
        with target.open("w", encoding="utf-8", newline="") as file:
            _write_plain(frame.columns, columns, file)
    else:
        _write_plain(frame.columns, columns, target)


def _write_plain(names: Iterable[str], columns: Sequence[pd.Series], file: IO[str]) -> None:
    """Write plain columns, some rows at a time: what is a number in memory is a text of its own here."""
    file.write(",".join(map(_cell, names)) + "\n")
    for part in chunks(len(columns[0]), _ROWS_AT_ONCE):
        cells = [_cells(values.iloc[part]) for values in columns]
        file.write("\n".join([*map(",".join, zip(*cells, strict=True)), ""]))


def _is_plain(values: pd.Series) -> bool:
    """Whether a column is one of whole or double-precision numbers, truth values, objects or texts."""
    dtype = values.dtype
    return dtype.kind in "biu" or dtype in ("float64", "object") or isinstance(dtype, pd.StringDtype)


def _cells(values: pd.Series) -> list[str]:
    """Cells of a plain column."""
    if values.dtype == object:  # 1, 1.0 and True are equal, and no equal texts
        return list(map(_cell, values.tolist()))
    if values.dtype == float:
        codes, bits = pd.factorize(values.to_numpy().view(np.int64))  # as numbers 0.0 equals -0.0
        texts = ["" if value != value else repr(value) for value in bits.view(float).tolist()]
    else:
        codes, levels = pd.factorize(values, use_na_sentinel=False)
        texts = list(map(_cell, levels.tolist()))
    return [texts[code] for code in codes.tolist()]


def _cell(value: Any) -> str:
    """A value as CSV has it; nothing where it is missing."""
    if not isinstance(value, str):
        return "" if pd.isna(value) else str(value)
    text = str(_quoted(value))
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text


def without_quotes(frame: pd.DataFrame) -> pd.DataFrame:
    """A table read from CSV, its texts as they were before :func:`write_csv`."""
    texts = {name: frame[name].map(_unquoted) for name in frame.columns if _may_be_quoted(frame[name])}
    return frame.assign(**texts).rename(columns=_unquoted)


def _may_be_quoted(values: pd.Series) -> bool:
    """Whether a column has texts that begin with an apostrophe, which few have."""
    return values.dtype.kind not in "biufc" and any(str(text).startswith("'") for text in values.unique())


def _quoted(value: Any) -> Any:
    is_formula = isinstance(value, str) and value.startswith(_FORMULA) and not _NUMBER.fullmatch(value)
    return f"'{value}" if is_formula else value


def _unquoted(value: Any) -> Any:
    return value[1:] if isinstance(value, str) and value.startswith("'") and value[1:].startswith(_FORMULA) else value


def known_fields(frame: pd.DataFrame) -> list[str]:
    """Columns of a table that are fields of a design today."""
    return [name for name in (FIELD, *fields()) if name in frame]


def _read_csv(path: Path) -> pd.DataFrame:
    """Table of a CSV file whose cells are of a sane length."""
    text = read_text(path)
    if "\0" in text:
        raise InputError(str(path), f"has a NUL character in line {text[: text.index(chr(0))].count(chr(10)) + 1}")
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > _LONGEST_LINE:
            raise InputError(str(path), f"line {number} has {len(line):,} letters; at most {_LONGEST_LINE:,} are read")
    return pd.read_csv(io.StringIO(text), comment="#")


def _read_parquet(path: Path) -> pd.DataFrame:
    """Table of a Parquet file, whatever its readers say of one that is damaged."""
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError, MemoryError):
        raise
    except Exception as error:  # of the description of its columns, which pandas takes as it finds it
        raise ValueError(f"{type(error).__name__}: {error}") from error


def read_frame(path: Path) -> pd.DataFrame:
    """Table of a CSV or Parquet file, with one clear error where it cannot be read."""
    if not path.is_file():
        raise InputError(str(path), _no_file(path))
    try:
        return _read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)
    except InputError:
        raise
    except pd.errors.EmptyDataError:
        raise InputError(str(path), "is empty; write a line of column names, then one row a line") from None
    except UnicodeDecodeError as error:
        raise InputError(str(path), f"is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except (ValueError, OverflowError, MemoryError) as error:
        why = ascii_marks(cut(str(error).strip(), _WHY))
        raise InputError(str(path), f"cannot be read as a table: {why}") from error
    except OSError as error:
        raise InputError(str(path), f"cannot be read: {error.strerror or error}") from error


def _no_file(path: Path) -> str:
    """Why a path names no table."""
    if path.is_dir():
        return "is a folder; give a .csv or .parquet file"
    return "is no plain file; give a .csv or .parquet file" if path.exists() else "no such file"


def _first_of_twins(name: str) -> str:
    """The name of which pandas made ``name`` since it stood in the header before: ``cell`` of ``cell.1``."""
    stem, dot, number = name.rpartition(".")
    return stem if dot and number.isdigit() else ""
