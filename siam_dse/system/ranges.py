"""Validated ranges: which fields of a design lie outside what an engine was checked on."""

from functools import cache
from typing import Any

import numpy as np

from siam_dse.core.arrays import BoolArray
from siam_dse.core.paths import data_folder
from siam_dse.design.designs import Designs
from siam_dse.design.fields import fields
from siam_dse.technology.load import read_yaml


@cache
def validated_ranges() -> dict[str, dict[str, Any]]:
    """Engine -> field -> [low, high] or list of choices, as validated against the packaged reference rows."""
    content: dict[str, dict[str, Any]] = read_yaml(data_folder("technology") / "validated_ranges.yaml")
    return content


def outside_range(designs: Designs, engine: str, field: str) -> BoolArray:
    """Designs whose ``field`` lies outside the range that ``engine`` was validated in, (D,)."""
    allowed = validated_ranges()[engine][field]
    values = getattr(designs, field)
    if fields()[field].kind == "choice":
        return ~np.isin(values, [fields()[field].choices.index(name) for name in allowed])
    low, high = allowed
    return np.asarray((values < low) | (values > high))


def in_validated_range(designs: Designs) -> BoolArray:
    """Designs inside every engine's validated range, (D,)."""
    inside = np.ones(len(designs), dtype=bool)
    for engine, ranges in validated_ranges().items():
        for field in ranges:
            inside &= ~outside_range(designs, engine, field)
    return inside


def outside_fields(designs: Designs, i: int) -> list[str]:
    """For design ``i``, a line for each engine and field outside its validated range."""
    one = designs.take(np.array([i]))
    return [
        f"{field} = {one.describe(0)[field]} is outside what the {engine} engine was validated on ({allowed})"
        for engine, ranges in validated_ranges().items()
        for field, allowed in ranges.items()
        if outside_range(one, engine, field)[0]
    ]
