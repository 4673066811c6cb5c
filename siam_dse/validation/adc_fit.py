"""Fit of the converter laws to the survey: robust regression in logarithms, standard errors, what left-out rows say.

``python -m siam_dse.validation.adc_fit`` prints the constants of ``technology/data/adc_survey.yaml``; a test compares.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import least_squares

from siam_dse.core.arrays import AnyArray, FloatArray
from siam_dse.technology.converters import Converters, clipped_rates, law_features
from siam_dse.technology.technology import packaged_technology
from siam_dse.validation.adc import KIND, converters_of
from siam_dse.validation.tables import reference_rows

_SCALE = 0.5  # of the soft L1 loss: a residual beyond a factor of 1.65 counts by its size, no longer by its square
_LEAST_RATE_HZ = 1e6  # of rows from which the rate is fitted: slower ones are sensors' and were not made to be fast
_BEST = 10  # percentile of the residuals that counts as the best in practice
REGRESSORS: Mapping[str, tuple[str, ...]] = {
    "energy": ("bits", "node", "rate", "supply", "interleaved", "parallel", "parallel_bits"),
    "area": ("bits", "node", "rate", "interleaved", "parallel", "interleaved_rate", "parallel_rate"),
    "rate": ("bits", "node", "interleaved", "parallel"),
}
COLUMNS = {"energy": "energy_per_conversion_pj", "area": "area_um2", "rate": "fs_nyquist_hz"}


@dataclass(frozen=True)
class Fit:
    """A fitted law: coefficients (the first is ln of the value at the reference), standard errors, residuals.

    ``left_out`` are ln(predicted / published) of each row by the fit without it, ``rows`` the row numbers.
    """

    names: tuple[str, ...]
    coefficients: FloatArray
    errors: FloatArray
    left_out: FloatArray
    rows: AnyArray

    @property
    def spread(self) -> float:
        """Geometric standard deviation of published over predicted, of rows left out: half the middle 68 %."""
        low, high = np.percentile(self.left_out, [16, 84])
        return float(np.exp((high - low) / 2))

    @property
    def best(self) -> float:
        """The tenth percentile of published over predicted, of rows left out."""
        return float(np.exp(-np.percentile(self.left_out, 100 - _BEST)))


def fit(quantity: str, rows: pd.DataFrame | None = None) -> Fit:
    """Coefficients of a law, their standard errors by the jackknife, and the residual of each row left out.

    Parameters
    ----------
    quantity : str
        ``energy``, ``area`` or ``rate``.
    rows : DataFrame, optional
        As ``adc_survey.csv``, which is the default. Each row is a paper of its own.
    """
    table = reference_rows(KIND) if rows is None else rows
    given = converters_of(table)
    published = table[COLUMNS[quantity]].to_numpy(dtype=np.float64)
    used = np.flatnonzero(np.isfinite(published) & ((quantity != "rate") | (given.rate_hz >= _LEAST_RATE_HZ)))
    wanted, columns = np.log(published[used]), design_matrix(quantity, given)[used]
    whole = _robust(columns, wanted)
    without = np.array([_robust(np.delete(columns, i, 0), np.delete(wanted, i), whole) for i in range(len(used))])
    n = len(used)
    errors = np.sqrt((n - 1) / n * ((without - without.mean(axis=0)) ** 2).sum(axis=0))
    left_out = (columns * without).sum(axis=1) - wanted
    return Fit(("reference", *REGRESSORS[quantity]), whole, errors, left_out, used)


def design_matrix(quantity: str, given: Converters) -> FloatArray:
    """Ones and the regressors of a law, (n, p)."""
    features = law_features(packaged_technology(), given)
    if quantity == "area":
        features = clipped_rates(features)
    return np.stack([np.ones(len(given.enob_bit)), *(features[name] for name in REGRESSORS[quantity])], axis=1)


def _robust(columns: FloatArray, wanted: FloatArray, start: FloatArray | None = None) -> FloatArray:
    """Coefficients of least soft L1 loss."""
    first = np.linalg.lstsq(columns, wanted, rcond=None)[0] if start is None else start
    found = least_squares(
        lambda x: columns @ x - wanted, first, jac=lambda _: columns, loss="soft_l1", f_scale=_SCALE, xtol=1e-10
    )
    return np.asarray(found.x)


def lines() -> list[str]:
    """The fitted constants as ``technology/data/adc_survey.yaml`` holds them."""
    out = []
    about = 'source: murmann_survey, locator: "validation/adc_fit.py on adc_survey.csv", status: fitted'
    units = {"energy": "pJ", "area": "um2", "rate": "Hz"}
    for quantity in REGRESSORS:
        found = fit(quantity)
        for name, value, error in zip(found.names, found.coefficients, found.errors, strict=True):
            is_level = name == "reference"
            value = np.exp(value) if is_level else value
            unit = units[quantity] if is_level else "1"
            note = f"standard error {error:.2g}{' of its logarithm' if is_level else ''}"
            out.append(f'  {quantity}_{name}: {{value: {value:.4g}, unit: "{unit}", {about}, note: "{note}"}}')
        beside = {"spread": (found.spread, "geometric standard deviation of published over law, rows left out in turn")}
        if quantity != "rate":
            beside["best"] = found.best, "tenth percentile of published over law, rows left out in turn"
        for name, (value, note) in beside.items():
            out.append(f'  {quantity}_{name}: {{value: {value:.4g}, unit: "1", {about}, note: "{note}"}}')
    return out


if __name__ == "__main__":
    print("\n".join(lines()))  # noqa: T201
