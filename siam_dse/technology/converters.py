"""Laws of published converters: energy, area and rate against effective bits, node, rate, supply and architecture."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray
from siam_dse.core.units import M_PER_NM
from siam_dse.technology.technology import Technology

FEATURES = ("bits", "node", "rate", "supply", "interleaved", "parallel", "parallel_bits", "interleaved_rate",
            "parallel_rate")  # fmt: skip


@dataclass(frozen=True)
class Converters:
    """Converters of the survey, or of designs; arrays (U,).

    ``rate_hz`` are conversions a second, ``supply_v`` the supply, NaN where it is the node's. ``is_parallel``: flash,
    folding and two-step converters, whose comparators double with each bit; the others are SAR, pipelined or not.
    ``is_interleaved``: several converters take turns.
    """

    enob_bit: FloatArray
    node_nm: FloatArray
    rate_hz: FloatArray
    supply_v: FloatArray
    is_parallel: AnyArray
    is_interleaved: AnyArray


def law_features(technology: Technology, given: Converters) -> dict[str, FloatArray]:
    """Regressors of the laws by name, (U,) each: all 0 at the reference converter.

    Notes
    -----
    bits = b - b0, node = ln(F / F0), rate = ln(f / f0), supply = ln(V / V_node) with V_node = 1 V sqrt(F / F0) and 1 V
    below F0; interleaved and parallel are 1 or 0, and what they change of the slopes. Of the area the rate counts
    above f0 alone (:func:`survey_area`).
    """
    k = technology.constants("adc_survey")
    bits = given.enob_bit - k["reference_bits"]
    node = np.log(given.node_nm * M_PER_NM / k["reference_node"])
    nominal = k["reference_supply"] * np.exp(np.maximum(node, 0) / 2)
    stated = np.where(np.isfinite(given.supply_v), given.supply_v, nominal)
    rate = np.log(given.rate_hz / k["reference_rate"])
    parallel, interleaved = given.is_parallel * 1.0, given.is_interleaved * 1.0
    return {
        "bits": bits,
        "node": node,
        "rate": rate,
        "supply": np.log(stated / nominal),
        "interleaved": interleaved,
        "parallel": parallel,
        "parallel_bits": parallel * bits,
        "interleaved_rate": interleaved * rate,
        "parallel_rate": parallel * rate,
    }


def survey_energy(technology: Technology, given: Converters) -> FloatArray:
    """Energy of one conversion of the survey's median converter [J], (U,).

    Notes
    -----
    ln(E / E0) = sum of coefficient x regressor (:func:`law_features`): fitted to ISSCC and VLSI converters of 2001 to
    2025 with 2.3 to 11 effective bits at 5 to 180 nm; one geometric SD is a factor of 3.

    References
    ----------
    Murmann, ADC Performance Survey (key murmann_survey); the fit is :mod:`siam_dse.validation.adc_fit`.
    """
    return _law(technology, "energy", law_features(technology, given))


def survey_area(technology: Technology, given: Converters) -> FloatArray:
    """Area of the survey's median converter [m2], (U,): as :func:`survey_energy`, the rate counting above f0 alone."""
    return _law(technology, "area", clipped_rates(law_features(technology, given)))


def survey_rate(technology: Technology, given: Converters) -> FloatArray:
    """Conversions a second of the survey's median converter of at least 1 MS/s [1/s], (U,); ``rate_hz`` is not read."""
    features = law_features(technology, given)
    return _law(technology, "rate", {name: features[name] for name in ("bits", "node", "interleaved", "parallel")})


def clipped_rates(features: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """The regressors with rates below the reference taken as the reference."""
    return {name: np.maximum(x, 0) if name.endswith("rate") else x for name, x in features.items()}


def _law(technology: Technology, quantity: str, features: dict[str, FloatArray]) -> FloatArray:
    """Value at the reference converter x exp(coefficients x regressors)."""
    k = technology.constants("adc_survey")
    exponent = sum(k[f"{quantity}_{name}"] * x for name, x in features.items() if f"{quantity}_{name}" in k)
    return np.asarray(k[f"{quantity}_reference"] * np.exp(exponent))
