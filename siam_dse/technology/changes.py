"""What differs between two technologies: constants and cells of tables, value by value."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from siam_dse.core.units import SI_PER_UNIT
from siam_dse.technology.load import Table
from siam_dse.technology.overlay import Row, row_of
from siam_dse.technology.technology import Technology

_ABOUT = ("source", "status", "note")


@dataclass(frozen=True)
class Change:
    """A value that differs; ``was`` and ``now`` in ``unit``, None where there is none, status and source of ``now``.

    Of a new row ``was`` is that of the row it is like.
    """

    name: str
    was: Any
    now: Any
    unit: str
    status: str
    source: str

    @property
    def text(self) -> str:
        """The change as a line."""
        was, now = (_shown(value) for value in (self.was, self.now))
        return f"{self.name}: was {was}, now {now}{f' {self.unit}' if self.unit not in ('', '1') else ''}"


def changes(before: Technology, after: Technology) -> list[Change]:
    """What is other in ``after`` than in ``before``: constants, tables, then what fields are where nothing is said."""
    return [*_of_constants(before, after), *_of_tables(before, after), *_of_fields(before, after)]


def _of_fields(before: Technology, after: Technology) -> Iterator[Change]:
    old, new = ({name: stated for overlay in each.overlays for name, stated in overlay.fields.items()}
                for each in (before, after))  # fmt: skip
    for name in dict.fromkeys([*old, *new]):
        was, now = old.get(name), new.get(name)
        if was is None or now is None or (was.value, was.unit) != (now.value, now.unit):
            own = now if now is not None else old[name]
            unit, about = own.unit, own.about
            yield Change(
                f"field {name}",
                None if was is None else was.value,
                None if now is None else now.value,
                unit,
                about["status"],
                about["source"],
            )


def _of_constants(before: Technology, after: Technology) -> Iterator[Change]:
    for file in after.files:
        old, new = before.constants(file), after.constants(file)
        for name in new if new is not old else ():
            was, record = old.record(name), new.record(name)
            if not np.array_equal(was.value, record.value) and not isinstance(record.value, np.ndarray):
                factor = SI_PER_UNIT[record.unit]
                old_value, value = (float(np.asarray(each)) / factor for each in (was.value, record.value))
                yield Change(f"{file}.{name}", old_value, value, record.unit, record.status, record.source)


def _of_tables(before: Technology, after: Technology) -> Iterator[Change]:
    laid = {(row.table, _words(row.keys.values())): row for each in (before, after)
            for overlay in each.overlays for row in overlay.rows}  # fmt: skip
    for name in after.tables:
        old, new = before.table(name), after.table(name)
        if new is old:
            continue
        units = after.units(name)
        for i, words in enumerate(_row_words(new)):
            yield from _of_row(old, new, i, words, units, laid.get((name, words)))
        gone = set(_row_words(old)) - set(_row_words(new))
        yield from (Change(f"{name} {words}", "a row", None, "", "", "") for words in sorted(gone))


def _of_row(
    old: Table, new: Table, i: int, words: str, units: dict[str, str], laid: Row | None
) -> Iterator[Change]:  # fmt: skip
    keys = {key: new.columns[key][i] for key in new.keys}
    base, about = row_of(old, keys), laid.about if laid is not None else {}
    if base is None:
        like = laid.like if laid is not None else None
        base = row_of(old, like) if like is not None else None
        said = "a new row" if base is None else f"a new row, like {_row_words(old)[base]}"
        yield Change(f"{new.name} {words}", None, said, "", about.get("status", ""), about.get("source", ""))
    for column, values in new.columns.items():
        if column in (*new.keys, *_ABOUT):
            continue
        was, now = None if base is None else old.columns[column][base], values[i]
        if was is None or was != now:
            is_number = values.dtype.kind == "f"
            factor = SI_PER_UNIT[units[column]] if is_number else 1
            yield Change(
                f"{new.name} {words}: {column}",
                was / factor if is_number and was is not None else was,
                now / factor if is_number else str(now),
                units[column] if is_number else "",
                about.get("status", ""),
                about.get("source", ""),
            )


def _row_words(table: Table) -> list[str]:
    return [_words(row) for row in zip(*(table.columns[key].tolist() for key in table.keys), strict=True)]


def _words(keys: Any) -> str:
    return " ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in keys)


def _shown(value: Any) -> str:
    return "none" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
