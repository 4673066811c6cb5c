"""How macros that were left out agree with the factor of their class, and pairs of operating points of presets."""

import numpy as np
import pandas as pd

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray
from siam_dse.core.units import FJ_PER_J, NS_PER_S, PERCENT
from siam_dse.technology.presets import preset_names, preset_path
from siam_dse.technology.technology import Technology
from siam_dse.validation.calibration import calibrate
from siam_dse.validation.kind import PACKAGED
from siam_dse.validation.silicon import KIND, macros_of
from siam_dse.validation.silicon_macro import figures_of
from siam_dse.validation.tables import predict_rows, reference_rows, scored_errors

NEAR_TARGET_PCT, TWICE_TARGET_PCT = 60.0, 80.0  # of ordered pairs within a factor of 1.3 and of 2
_NEAR = "within_1.3x_pct"
_TWICE = "within_2x_pct"


def without_own_macro(errors: FloatArray, macro: AnyArray, kind: AnyArray) -> FloatArray:
    """ln(model / silicon) of each row less the median of its class without its macro, (n,); NaN where none is left.

    Parameters
    ----------
    errors : (n,), ln(model / silicon)
    macro, kind : (n,) names of the row's macro and class
    """
    out = np.full(len(errors), np.nan)
    for i, (own, of) in enumerate(zip(macro, kind, strict=True)):
        others = errors[(kind == of) & (macro != own)]
        if len(others):
            out[i] = errors[i] - np.median(others)
    return out


def left_out_table(technology: Technology = PACKAGED) -> pd.DataFrame:
    """Macros left out one by one, by quantity and class: |ln(model / silicon)| and spread before and after a factor.

    A class's factor is the median ratio of its other macros. Rows of a class of one macro have none and are left out of
    both. The geometric standard deviation is that of the ratios.
    """
    rows, out = reference_rows(KIND), []
    for quantity, scored in scored_errors(KIND, predict_rows(KIND, rows, technology=technology)).items():
        kind, before = macros_of(scored).kind, scored["error"].to_numpy()
        after = without_own_macro(before, scored["macro"].to_numpy(dtype=str), kind)
        known = np.isfinite(after)
        for name in ("all", *np.unique(kind[known])):
            here = known & ((kind == name) | (name == "all"))
            out.append(
                {
                    "quantity": quantity,
                    "group": "all" if name == "all" else f"class = {name}",
                    "rows": int(here.sum()),
                    **_agreement("before", before, here),
                    **_agreement("after", after, here),
                }
            )
    return pd.DataFrame(out)


def paced_table(technology: Technology = PACKAGED) -> pd.DataFrame:
    """Energy of a conversion where converters take as long as each macro's published read, by class of analog macros.

    The settings do not say how long a read takes; given it as ``adc_rate_hz``, the current of columns flows all the
    while. Where it flows, silicon lies between this and the model's own pace. A published result goes in, so it is no
    prediction.
    """
    rows = reference_rows(KIND)
    found = predict_rows(KIND, rows, technology=technology)
    scored = scored_errors(KIND, found)["energy_per_column_fj"]
    scored = scored[(scored["time_per_read_ns"] > 0) & (macros_of(scored).kind != "digital")]
    macros, own = macros_of(scored), scored["error"].to_numpy()
    rates = NS_PER_S / scored["time_per_read_ns"].to_numpy(dtype=np.float64)
    of = figures_of(technology, macros, rates)
    fj = of.energy_j * of.operations * FJ_PER_J
    paced = np.log(fj / scored["energy_per_column_fj"].to_numpy(dtype=np.float64))
    return pd.DataFrame(
        {
            "quantity": "energy_per_column_fj",
            "group": f"class = {kind}",
            "rows": int((macros.kind == kind).sum()),
            **_ratios("own_pace", own[macros.kind == kind]),
            **_ratios("published_pace", paced[macros.kind == kind]),
        }
        for kind in np.unique(macros.kind)
    )


def _ratios(when: str, errors: FloatArray) -> dict[str, float]:
    """Median and geometric standard deviation of ratios, from their logarithms."""
    return {
        f"median_{when}": float(np.exp(np.median(errors))),
        f"geometric_sd_{when}": float(np.exp(np.std(errors, ddof=1))) if len(errors) > 1 else np.nan,
    }


def pairs_table() -> pd.DataFrame:
    """Ordered pairs of operating points of one packaged preset: shares in which one foretells the other, and targets.

    The factor found at one point of a macro is applied to another point of it.
    """
    table = pd.concat([calibrate(preset_path(name)).pairs for name in preset_names()])
    rows = []
    for quantity, of in table.groupby("quantity", sort=False):
        share = {name: float((of[name] * of["pairs"]).sum() / of["pairs"].sum()) for name in (_NEAR, _TWICE)}
        rows.append(
            {
                "quantity": quantity,
                "macros": len(of),
                "pairs": int(of["pairs"].sum()),
                _NEAR: share[_NEAR],
                "target_1.3x_pct": NEAR_TARGET_PCT,
                _TWICE: share[_TWICE],
                "target_2x_pct": TWICE_TARGET_PCT,
                "met": share[_NEAR] >= NEAR_TARGET_PCT and share[_TWICE] >= TWICE_TARGET_PCT,
            }
        )
    return pd.DataFrame(rows)


def _agreement(when: str, errors: FloatArray, here: BoolArray) -> dict[str, float]:
    """Median |ln| and geometric standard deviation of some rows, and their share within a factor of 2."""
    of = errors[here]
    return {
        f"median_ln_{when}": float(np.median(np.abs(of))),
        f"geometric_sd_{when}": float(np.exp(np.std(of, ddof=1))) if len(of) > 1 else np.nan,
        f"within_2x_pct_{when}": PERCENT * float((np.abs(of) <= np.log(2)).mean()),
    }
