"""Figures that are computed once: for a record, such as a node or a sub-array, and for all rows picked from a table.

A record is a frozen dataclass of (U,) arrays, one row for each node, sub-array or design, that do not change. Its
figures stay with it as long as it lives, and with its copies; their arrays are read-only.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import numpy as np

from siam_dse.core.arrays import IntArray, read_only

Record = TypeVar("Record", bound=Any)
Options = ParamSpec("Options")
Figure = TypeVar("Figure")


def once(figure: Callable[Concatenate[Record, Options], Figure]) -> Callable[Concatenate[Record, Options], Figure]:
    """A function of a record, computed when it is first asked for and kept with the record as long as that lives.

    Many figures rest on the same few: the size of an array, the gates of a node. Those of a record that was picked from
    a table are picked from the table's figure. Further arguments must be hashable, as each set of them has a figure of
    its own.
    """
    name = f"{figure.__module__}.{figure.__qualname__}"

    @wraps(figure)
    def kept(record: Record, *args: Options.args, **options: Options.kwargs) -> Figure:
        figures = vars(record).setdefault("_figures", {})
        key = (name, args, tuple(options.items())) if args or options else name
        if key not in figures:
            origin = vars(record).get("_picked_from")
            if origin is None:
                figures[key] = _all_read_only(figure(record, *args, **options))
            else:
                table, rows = origin
                figures[key] = pick(kept(table, *args, **options), rows)
        return cast(Figure, figures[key])

    return cast(Callable[Concatenate[Record, Options], Figure], kept)


def _all_read_only(figure: Figure) -> Figure:
    """The figure, with its arrays made read-only."""
    if isinstance(figure, np.ndarray):
        read_only(figure)
    elif isinstance(figure, tuple):
        for part in figure:
            _all_read_only(part)
    else:
        for name in _names(type(figure)):
            _all_read_only(getattr(figure, name))
    return figure


def pick(record: Record, rows: IntArray) -> Record:
    """Some rows of a record: of its arrays, read-only, and of records within it; numbers stay what they are.

    The rows remember where they were picked from, so that :func:`once` can pick their figures from the same place. One
    row is picked once, such as the gates of a node for one design after another.
    """
    if len(rows) != 1 or not _names(type(record)):
        return cast(Record, _picked(record, rows))
    figures = vars(record).setdefault("_figures", {})
    key = "picked", int(rows[0])
    if key not in figures:
        figures[key] = _picked(record, rows)
    return cast(Record, figures[key])


def _picked(record: Any, rows: IntArray) -> Any:
    if isinstance(record, np.ndarray):
        return read_only(record[rows])
    if isinstance(record, tuple):
        return tuple(_picked(part, rows) for part in record)
    names = _names(type(record))
    if not names:
        return record
    figures = {name: _picked(getattr(record, name), rows) for name in names}
    picked: Any = replace(record, **figures)
    vars(picked)["_picked_from"] = (record, rows)
    return picked


def _names(kind: type) -> tuple[str, ...]:
    """Fields of a record; none of what is no record."""
    return tuple(getattr(kind, "__dataclass_fields__", ()))
