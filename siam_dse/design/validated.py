"""Where each engine was checked: which fields of a design lie outside the reference rows."""

from collections.abc import Mapping
from functools import cache

import numpy as np

from siam_dse.core.arrays import BoolArray
from siam_dse.core.paths import data_folder
from siam_dse.core.yaml_text import read_yaml
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code, fields


@cache
def validated_ranges() -> Mapping[str, Mapping[str, list[float | str]]]:
    """Engine -> field -> lowest and highest checked value, or the checked choices."""
    content: dict[str, dict[str, list[float | str]]] = read_yaml(data_folder("design") / "validated_ranges.yaml")
    return content


def is_outside(designs: Designs, field: str, checked: list[float | str]) -> BoolArray:
    """Designs whose ``field`` was not checked, (D,)."""
    values = getattr(designs, field)
    if field == "cost_node_nm":  # 0 stands for the node of the circuits
        values = np.where(values == 0, designs.node_nm, values)
    if fields()[field].kind == "choice":
        return np.isin(values, [code(field, str(name)) for name in checked], invert=True)
    low, high = (float(bound) for bound in checked)
    return np.asarray((values < low) | (values > high))


def in_validated_range(designs: Designs) -> BoolArray:
    """Designs of which every field lies in every engine's checked range, (D,)."""
    inside = np.ones(len(designs), dtype=bool)
    for checked in validated_ranges().values():
        for field, values in checked.items():
            inside &= ~is_outside(designs, field, values)
    return inside


def outside_validated_range(designs: Designs, i: int) -> dict[str, list[str]]:
    """Of design ``i``: engine -> fields outside the range it was checked in; engines without one are left out."""
    one = designs.take([i])
    out: dict[str, list[str]] = {}
    for engine, checked in validated_ranges().items():
        faults = [field for field, values in checked.items() if is_outside(one, field, values)[0]]
        if faults:
            out[engine] = faults
    return out
