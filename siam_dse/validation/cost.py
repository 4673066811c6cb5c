"""Validation of yield and cost: packages of equal chips, and single chips, in Chiplet Actuary.

The rows' die area is rounded to 0.0001 mm2; here it follows from the modules' area, the number of chips and what the
die-to-die interface adds. Node constants are those of ``technology/data/cost_nodes.csv``, by ``node_nm``.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.core.units import MM2_PER_M2
from siam_dse.engines.cost.dies import cost_node, die_cost
from siam_dse.engines.cost.package import Contents, assemble, source_bond_yield
from siam_dse.technology.technology import Technology
from siam_dse.validation.kind import PACKAGED, Kind, Target

_KNOBS = ("node_nm", "total_module_area_mm2", "n_chiplets", "d2d_frac", "packaging")
# The source's word -> package, and whether its carrier is built around the chips.
_PACKAGING = {
    "OS": ("organic", False),
    "FO_last": ("fan_out", False),
    "FO_first": ("fan_out", True),
    "SI": ("interposer", False),
}


def predict(rows: pd.DataFrame, noc_model: str = "fast", technology: Technology = PACKAGED) -> Mapping[str, FloatArray]:
    """Die yield, cost of a known-good die and recurring cost of a package of each row, (n,).

    Raises
    ------
    InputError
        A way of packaging is not known, or an area or number is not positive.
    """
    del noc_model
    _check(rows)
    count = rows["n_chiplets"].to_numpy(dtype=np.float64)
    modules = rows["total_module_area_mm2"].to_numpy(dtype=np.float64) / MM2_PER_M2
    area = modules / count * (1 + rows["d2d_frac"].to_numpy(dtype=np.float64))
    die = die_cost(
        technology.constants("cost"), area, cost_node(technology, rows["node_nm"].to_numpy(dtype=np.float64))
    )
    ways = [_PACKAGING[str(name)] for name in rows["packaging"]]
    names = technology.table("packages").names()
    package = np.array([names.index(name) for name, _ in ways], dtype=np.int64)
    is_chip_first = np.array([first for _, first in ways], dtype=bool)
    contents = Contents(count, count * area, count * die.raw_usd, count * die.known_good_usd)
    assembly = assemble(technology, contents, package, source_bond_yield(technology, package), is_chip_first)
    return {"die_yield": die.yield_fraction, "kgd_usd": die.known_good_usd, "RE_total_usd": assembly.total_usd}


def _check(rows: pd.DataFrame) -> None:
    """Refuse rows that cannot be read, all faults at once."""
    problems = [
        f"row {row + 1}: packaging: {unknown_name('packaging', str(name), _PACKAGING)}"
        for row, name in enumerate(rows["packaging"])
        if name not in _PACKAGING
    ]
    for name, low in (("node_nm", 1), ("n_chiplets", 1), ("total_module_area_mm2", 0), ("d2d_frac", 0)):
        values = rows[name].to_numpy(dtype=np.float64)
        problems += [
            f"row {row + 1}: {name}: must be a finite number of at least {low}, got {values[row]:g}"
            for row in np.flatnonzero(~((values >= low) & np.isfinite(values)))
        ]
    if problems:
        raise InputError("cost rows", problems)


def _scored(rows: pd.DataFrame, quantity: str) -> BoolArray:
    """Rows the source calls valid: the die fits the reticle and the carrier a wafer."""
    del quantity
    return np.asarray(rows["valid"] == 1) if "valid" in rows else np.ones(len(rows), dtype=bool)


KIND = Kind(
    name="cost",
    reference="cost.csv",
    quantities={"die_yield": "die_yield", "kgd_usd": "kgd_usd", "RE_total_usd": "RE_total_usd"},
    predict=predict,
    knobs=_KNOBS,
    groups=("packaging", "node_nm"),
    scored=_scored,
    targets={"all": Target(0.001, 0.01)},
    note="rows with valid = 0 (die over the reticle, or carrier larger than a wafer) are left out of the scores. The "
    "rest is the source's own law: these errors show that it is written down rightly, not that it is true.",
)
