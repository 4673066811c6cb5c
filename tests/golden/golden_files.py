"""Frozen figures as files: read, written, compared, and rewritten only under a new model version."""

import csv
import math
import re
from collections.abc import Iterable, Mapping
from math import inf
from pathlib import Path
from typing import NamedTuple

from golden_cases import Figures, Place

FOLDER = Path(__file__).parent / "figures"
RTOL = 1e-9  # round-off of sums in another order; whole numbers must be equal
HOW_TO_REWRITE = (
    "If the change is meant: raise MODEL_VERSION, say what moved under 'Numbers changed' of CHANGELOG.md "
    "(- Model version N: ...), and run: make golden"
)
_SHOWN = 12
_VERSION_FILE = "model_version.txt"


class Refused(Exception):
    """Files that must not be rewritten."""


class Change(NamedTuple):
    """A figure that moved; ``now`` is None where it is no longer there."""

    place: Place
    was: int | float
    now: int | float | None

    @property
    def relative(self) -> float:
        """|now / was - 1|, without bound where it came from nothing, or is gone."""
        if self.now is None or self.now != self.now or self.was == 0:
            return inf
        return abs(self.now / self.was - 1)


def compare(stored: Figures, now: Figures) -> list[Change]:
    """Figures that moved or went, the largest change first."""
    changes = [
        Change(place, was, now.get(place))
        for place, was in stored.items()
        if place not in now or not _agree(was, now[place])
    ]
    return sorted(changes, key=lambda change: -change.relative)


def _agree(was: float, now: float) -> bool:
    if isinstance(was, int):
        return was == now
    if math.isnan(was):  # a figure that a network has none of
        return math.isnan(now)
    return abs(now - was) <= RTOL * abs(was)


def message(changes: list[Change]) -> str:
    """What a failing test says."""
    lines = [f"{len(changes)} frozen figures moved:", *map(_line, changes[:_SHOWN])]
    if len(changes) > _SHOWN:
        lines += [f"  and {len(changes) - _SHOWN} more; by column:", *_by_column(changes)]
    return "\n".join([*lines, HOW_TO_REWRITE])


def _line(change: Change) -> str:
    place = change.place
    now = "no longer there" if change.now is None else f"is {change.now!r} ({_percent(change)})"
    return (
        f"  network {place.network}, design {place.design}, engine {place.engine}, layer {place.layer}, "
        f"column {place.column}: was {change.was!r}, {now}"
    )


def _percent(change: Change) -> str:
    if change.relative == inf:
        return "from nothing" if change.was == 0 else "not a number"
    return f"{(change.now / change.was - 1) * 100:+.3g} %"


def _by_column(changes: list[Change]) -> list[str]:
    """One line a column and engine: how many moved, the largest change and where."""
    groups: dict[str, list[Change]] = {}
    for change in changes:
        place = change.place
        name = place.column if place.engine == "-" or place.layer != "-" else f"{place.engine} {place.column}"
        groups.setdefault(f"{name} by layer" if place.layer != "-" else name, []).append(change)
    lines = []
    for name, group in groups.items():
        worst = group[0]  # sorted by size
        size = "no longer there" if worst.now is None else _percent(worst)
        layer = "" if worst.place.layer == "-" else f", layer {worst.place.layer}"
        lines.append(f"  {name}: {len(group)}, at most {size} ({worst.place.network}, {worst.place.design}{layer})")
    return lines


def new_names(stored: Figures, now: Figures) -> list[str]:
    """What is not stored yet: columns, engines, designs, networks and layers, each with how many figures it adds."""
    added: dict[str, int] = {}
    for place in now:
        if place not in stored:
            name = f"{place.network}: {place.engine} {place.column}{'' if place.layer == '-' else ' by layer'}"
            added[name] = added.get(name, 0) + 1
    return [f"  {name} ({n} figures)" for name, n in added.items()]


def read(network: str, folder: Path = FOLDER) -> Figures:
    """Frozen figures of a network; none where it is not frozen yet."""
    out: Figures = {}
    path = folder / f"{network}.csv"
    if path.exists():
        for row in _rows(path):
            engine, column = row.pop("engine"), row.pop("column")
            out.update({Place(network, design, engine, "-", column): _number(v) for design, v in row.items()})
        for row in _rows(folder / f"{network}_layers.csv"):
            design, engine, column = row.pop("design"), row.pop("engine"), row.pop("column")
            out.update({Place(network, design, engine, layer, column): _number(v) for layer, v in row.items()})
    return {place: value for place, value in out.items() if value is not None}


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with path.open(newline="") as file:
        yield from csv.DictReader(file)


def _number(text: str) -> int | float | None:
    if not text:
        return None
    return int(text) if text.lstrip("-").isdigit() else float(text)


def write(network: str, figures: Figures, folder: Path = FOLDER) -> None:
    """Freeze the figures of a network: a line for each column, so that a column that moves is a line that differs."""
    totals = {place: value for place, value in figures.items() if place.layer == "-"}
    layers = {place: value for place, value in figures.items() if place.layer != "-"}
    designs = list(dict.fromkeys(place.design for place in totals))
    names = list(dict.fromkeys((place.engine, place.column) for place in totals))
    _write(
        folder / f"{network}.csv",
        ["engine", "column", *designs],
        ([*name, *(totals.get(Place(network, d, name[0], "-", name[1])) for d in designs)] for name in names),
    )
    layer_names = list(dict.fromkeys(place.layer for place in layers))
    rows = list(dict.fromkeys((place.design, place.engine, place.column) for place in layers))
    _write(
        folder / f"{network}_layers.csv",
        ["design", "engine", "column", *layer_names],
        ([*row, *(layers.get(Place(network, row[0], row[1], x, row[2])) for x in layer_names)] for row in rows),
    )


def _write(path: Path, header: list[str], rows: Iterable[list[object]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(["" if value is None else _text(value) for value in row] for row in rows)


def _text(value: object) -> str:
    """Numbers so that they are read back bit for bit."""
    return value if isinstance(value, str) else repr(value)


def stored_version(folder: Path = FOLDER) -> str | None:
    """Model version of the frozen figures."""
    path = folder / _VERSION_FILE
    return path.read_text().strip() if path.exists() else None


def rewrite(now: Mapping[str, Figures], version: str, changelog: str, folder: Path = FOLDER) -> str:
    """Freeze figures by network anew, and say what moved.

    Raises
    ------
    Refused
        Figures moved, and the model version is that of the frozen ones, or the change log has no line for it.
    """
    stored = {network: read(network, folder) for network in now}
    changes = sorted(
        (change for network in now for change in compare(stored[network], now[network])), key=lambda c: -c.relative
    )
    added = [line for network in now for line in new_names(stored[network], now[network])]
    before = stored_version(folder)
    said = [f"{len(changes)} figures moved; by column:", *_by_column(changes)] if changes else ["No figure moved."]
    said += ["New:", *added] if added else []
    if changes or before not in (None, version):
        _check_version(before, version, changelog, said)
    folder.mkdir(exist_ok=True)
    for network, figures in now.items():
        if added or changes:  # figures within the tolerance stay as they were first frozen
            write(network, figures if not stored[network] else _kept(stored[network], figures), folder)
    (folder / _VERSION_FILE).write_text(f"{version}\n")
    return "\n".join([*said, f"Frozen as of model version {version}."])


def _kept(stored: Figures, now: Figures) -> Figures:
    """Figures of ``now``, those that agree as they are stored."""
    return {
        place: stored[place] if place in stored and _agree(stored[place], value) else value
        for place, value in now.items()
    }


def _check_version(before: str | None, version: str, changelog: str, said: list[str]) -> None:
    summary = "\n".join(said)
    if before == version:
        raise Refused(
            f"{summary}\nRefused: MODEL_VERSION (siam_dse/system/__init__.py) is {version}, as it was when the figures "
            f"were frozen. {HOW_TO_REWRITE}"
        )
    if not has_line(changelog, version):
        raise Refused(
            f"{summary}\nRefused: CHANGELOG.md has no line '- Model version {version}: ...' under 'Numbers changed'. "
            f"{HOW_TO_REWRITE}"
        )


def has_line(changelog: str, version: str) -> bool:
    """Whether a section "Numbers changed" says what a model version changed."""
    sections = re.split(r"^#+ +", changelog, flags=re.MULTILINE)
    wanted = re.compile(rf"^- Model version {re.escape(version)}: *\S", flags=re.MULTILINE)
    return any(section.startswith("Numbers changed") and wanted.search(section) for section in sections)
