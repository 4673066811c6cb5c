"""Designs from the command line: ``--set field=value``, ``--designs FILE.csv``, ``--profile``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from siam_dse.core.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from siam_dse.design.designs import Designs


def parse_settings(settings: list[str]) -> dict[str, list[str]]:
    """Field -> values of ``field=value`` or ``field=value,value,...`` (a grid)."""
    out: dict[str, list[str]] = {}
    problems = []
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            problems.append(f"{text!r}: must be field=value")
        elif name.strip() in out:
            problems.append(f"{name.strip()}: given twice")
        else:
            out[name.strip()] = [part.strip() for part in value.split(",")]
    if problems:
        raise InputError("--set", problems)
    return out


def designs_from_options(profile: str, settings: list[str], designs_file: Path | None) -> Designs:
    """The designs that the options describe: the rows of a file, or the grid of the settings."""
    from itertools import product

    from siam_dse.design.designs import Designs

    given = parse_settings(settings)
    if designs_file is None:
        points = list(product(*given.values()))
        columns: dict[str, Any] = {name: [point[i] for point in points] for i, name in enumerate(given)}
        return Designs.from_columns(columns, profile=profile, n=len(points), where="--set")
    frame = _table_of_designs(designs_file)
    for name, values in given.items():
        if len(values) > 1:
            raise InputError("--set", f"{name}: one value only beside --designs, got {','.join(values)}")
        frame[name] = values[0]
    return Designs.from_frame(frame, profile=profile, where=str(designs_file))


def _table_of_designs(path: Path) -> pd.DataFrame:
    """Rows of a file of designs: space around names and text does not count, columns without a name are left out."""
    import pandas as pd

    from siam_dse.cli.output import read_frame

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
    kept = frame[[name for name in frame.columns if not name.startswith("Unnamed")]]
    return kept.map(lambda value: value.strip() if isinstance(value, str) else value)


def _first_of_twins(name: str) -> str:
    """The name of which pandas made ``name`` since it stood in the header before: ``cell`` of ``cell.1``."""
    stem, dot, number = name.rpartition(".")
    return stem if dot and number.isdigit() else ""
