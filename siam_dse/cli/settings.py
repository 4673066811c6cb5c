"""Designs from the command line: ``--set field=value``, ``--designs FILE.csv``, ``--profile``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from siam_dse.core.errors import InputError

if TYPE_CHECKING:
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

    from siam_dse.cli.output import read_frame
    from siam_dse.design.designs import Designs

    given = parse_settings(settings)
    if designs_file is None:
        points = list(product(*given.values()))
        columns: dict[str, Any] = {name: [point[i] for point in points] for i, name in enumerate(given)}
        return Designs.from_columns(columns, profile=profile, n=len(points), where="--set")
    frame = read_frame(designs_file)
    for name, values in given.items():
        if len(values) > 1:
            raise InputError("--set", f"{name}: one value only beside --designs, got {','.join(values)}")
        frame[name] = values[0]
    known = frame[[name for name in frame.columns if not str(name).startswith("Unnamed")]]
    return Designs.from_frame(known, profile=profile, where=str(designs_file))
