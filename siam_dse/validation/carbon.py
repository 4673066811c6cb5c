"""Validation of carbon: packages of equal chiplets in ECO-CHIP (commit fe998d9)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.core.units import J_PER_KWH, KG_PER_G, MM2_PER_M2
from siam_dse.engines.carbon.engine import carbon_node, design_kg, die_yield, manufacturing_kg, package_kg, router_kg
from siam_dse.technology.technology import Technology
from siam_dse.validation.kind import PACKAGED, Kind, Target

_KNOBS = ("n_chiplets", "die_mm2", "node_nm", "package", "carbon_g_per_kwh")
_LEAST = {"n_chiplets": 1, "die_mm2": 0, "node_nm": 1, "carbon_g_per_kwh": 0}
_PACKAGES = {"RDL": "fan_out", "passive": "interposer", "EMIB": "bridge"}  # the source's word -> row of the table
_OF_SEVERAL = ("package_g", "router_g")


def predict(rows: pd.DataFrame, noc_model: str = "fast", technology: Technology = PACKAGED) -> Mapping[str, FloatArray]:
    """Carbon of all dies, the package and the routers, of the design of a die, and the die yield of each row, (n,).

    Raises
    ------
    InputError
        A package is not known, or a number is too low or not finite.
    """
    del noc_model
    _check(rows)
    constants = technology.constants("carbon")
    number = {name: rows[name].to_numpy(dtype=np.float64) for name in _LEAST}
    n_dies, area_m2 = number["n_chiplets"].astype(np.int64), number["die_mm2"] / MM2_PER_M2
    node = carbon_node(technology, number["node_nm"])
    names = technology.table("carbon_packages").names()
    package = np.array([names.index(_PACKAGES[str(name)]) for name in rows["package"]], dtype=np.int64)
    grid_kg_per_j = number["carbon_g_per_kwh"] * KG_PER_G / J_PER_KWH
    return {
        "manufacturing_g": n_dies * manufacturing_kg(constants, area_m2, node) / KG_PER_G,
        "die_yield": die_yield(constants, area_m2, node),
        "package_g": package_kg(technology, package, n_dies, area_m2) / KG_PER_G,
        "router_g": router_kg(constants, n_dies, node) / KG_PER_G,
        "design_g_per_design": design_kg(constants, area_m2, node, grid_kg_per_j) / KG_PER_G,
    }


def _check(rows: pd.DataFrame) -> None:
    """Refuse rows that cannot be read, all faults at once."""
    problems = [
        f"row {row + 1}: package: {unknown_name('package', str(name), _PACKAGES)}"
        for row, name in enumerate(rows["package"])
        if name not in _PACKAGES
    ]
    for name, low in _LEAST.items():
        values = rows[name].to_numpy(dtype=np.float64)
        problems += [
            f"row {row + 1}: {name}: must be a finite number of at least {low}, got {values[row]:g}"
            for row in np.flatnonzero(~((values >= low) & np.isfinite(values)))
        ]
    if problems:
        raise InputError("carbon rows", problems)


def _scored(rows: pd.DataFrame, quantity: str) -> BoolArray:
    """A single die has neither a carrier nor a router."""
    return np.asarray(rows["n_chiplets"] > 1) if quantity in _OF_SEVERAL else np.ones(len(rows), dtype=bool)


KIND = Kind(
    name="carbon",
    reference="carbon.csv",
    quantities={
        name: name for name in ("manufacturing_g", "die_yield", "package_g", "router_g", "design_g_per_design")
    },
    predict=predict,
    knobs=_KNOBS,
    groups=("package", "node_nm"),
    scored=_scored,
    targets={"all": Target(0.001, 0.01)},
    note="package and router are scored for two chiplets or more: one alone has neither. This is the source's own law: "
    "these errors show that it is written down rightly, not that it is true.",
)
