"""One factor a class on the area of macros, the spread of each class, and what macros left out say of both.

``python -m siam_dse.validation.silicon_fit`` prints the fitted constants of ``technology/data/silicon.yaml``, and the
ratios of macros whose class's factors were found without them.
"""

import numpy as np
import pandas as pd

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.technology.technology import packaged_technology
from siam_dse.validation.silicon import KIND, QUANTITIES, macros_of, predict
from siam_dse.validation.silicon_macro import CLASSES
from siam_dse.validation.tables import reference_rows

FITTED = ("area",)
_SPREADS = ("energy", "time", *FITTED)


def log_ratios(rows: pd.DataFrame) -> dict[str, FloatArray]:
    """ln(model / silicon) of energy, time and area of a core, the class's factor taken off, (n,) each; NaN if none."""
    found = predict(rows)
    k = packaged_technology().constants("silicon")
    ratio = {name: np.log(found[name] / rows[name].to_numpy(dtype=np.float64)) for name in QUANTITIES}
    kind = macros_of(rows).kind
    time, off = ratio["time_per_read_ns"], np.array([np.log(k[f"area_{c}"]) if c else 0.0 for c in kind])
    area = off - ratio["tops_per_mm2_1b"] - time
    return {"energy": ratio["energy_per_1b_op_fj"], "time": time, "area": area}


def factors(rows: pd.DataFrame, used: BoolArray) -> dict[str, float]:
    """``<quantity>_<class>``: median of model over silicon of the used rows."""
    ratios, kind = log_ratios(rows), macros_of(rows).kind
    out = {}
    for quantity in FITTED:
        for name in CLASSES:
            here = ratios[quantity][used & (kind == name)]
            out[f"{quantity}_{name}"] = float(np.exp(np.nanmedian(here)))
    return out


def left_out(rows: pd.DataFrame) -> dict[str, FloatArray]:
    """ln(model / silicon) of each row, the factors found without all rows of its macro, (n,) each."""
    ratios, kind = log_ratios(rows), macros_of(rows).kind
    out = {name: values.copy() for name, values in ratios.items()}
    for macro in rows["macro"].unique():
        here = (rows["macro"] == macro).to_numpy()
        without = factors(rows, ~here)
        for quantity in FITTED:
            own = [np.log(without[f"{quantity}_{c}"]) if c else 0.0 for c in kind[here]]
            out[quantity][here] = ratios[quantity][here] - own
    return out


def spread(values: FloatArray) -> float:
    """Geometric standard deviation of ratios from their logarithms, robust: half the middle 68 %."""
    low, high = np.nanpercentile(values, [16, 84])
    return float(np.exp((high - low) / 2))


def lines() -> list[str]:
    """The fitted constants as the file holds them."""
    rows = reference_rows(KIND)
    kind, without = macros_of(rows).kind, left_out(rows)
    about = 'source: uiuc_imc, locator: "validation/silicon_fit.py on silicon_macros.csv", status: fitted'
    ratios = log_ratios(rows)
    out = []
    for name, value in factors(rows, np.ones(len(rows), dtype=bool)).items():
        quantity, which = name.split("_")
        n = int(np.isfinite(ratios[quantity][kind == which]).sum())
        note = f"median of model over silicon, {n} operating points; divides the model's figure"
        out.append(f'  {name}: {{value: {value:.3g}, unit: "1", {about}, note: "{note}"}}')
    for quantity in _SPREADS:
        value = spread(without[quantity])
        note = "geometric standard deviation of model over silicon, macros left out one by one, all classes"
        out.append(f'  {quantity}_spread: {{value: {value:.3g}, unit: "1", {about}, note: "{note}"}}')
        for which in CLASSES:
            value = spread(without[quantity][kind == which])
            note = f"the same of {which} macros"
            out.append(f'  {quantity}_spread_{which}: {{value: {value:.3g}, unit: "1", {about}, note: "{note}"}}')
    return out


if __name__ == "__main__":
    print("\n".join(lines()))  # noqa: T201
