"""From the SQNR of each layer to top-1: the effective SQNR of a network and the accuracy it leaves.

Top-1 falls from its int8 value to chance along a logistic curve of the effective SQNR. The curve was measured by adding
white noise to every layer of two networks; a deeper network collects more noise, which moves its middle by 10 log10 of
the depth. Beyond those networks (deeper than 14 layers, other data sets) it is an extrapolation, flagged and given
with a range.
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.core.units import PERCENT
from siam_dse.engines.accuracy.sqnr import DECIBEL
from siam_dse.technology.technology import Technology


@dataclass(frozen=True)
class AccuracyCurve:
    """Top-1 over effective SQNR of one network: chance and int8 top-1 (fractions), middle and width [dB], the half
    width of the middle's uncertainty [dB], whether it is extrapolated, and the SQNR of an exact product [dB].
    """

    chance: float
    int8_top1: float
    middle_db: float
    width_db: float
    error_db: float
    is_extrapolated: bool
    cap_db: float


def effective_sqnr_db(layer_sqnr_db: FloatArray, n_layers: FloatArray | None = None) -> FloatArray:
    """SQNR whose noise is the mean of the layers' noise, (U,) [dB].

    Parameters
    ----------
    layer_sqnr_db : (U, L) [dB]
    n_layers : (L,), optional
        Layers that each column stands for.

    Notes
    -----
    -10 log10(mean over layers of 10^(-SQNR / 10)): one collapsed layer decides, which the mean of dB would hide.
    """
    noise = 10 ** (-layer_sqnr_db / DECIBEL)  # 10: decades, as DECIBEL counts them
    return -DECIBEL * np.log10(np.average(noise, axis=1, weights=n_layers))


def accuracy_curve(technology: Technology, dataset: str, chance: float, depth: int, int8_top1: float) -> AccuracyCurve:
    """Curve of a classifier with ``depth`` weight layers.

    A data set without a measured curve takes that of the hardest measured one (largest middle).

    Notes
    -----
    middle = logit middle + 10 log10(depth) + depth_offset, from output against layer SQNR of two networks; a network
    of the measured data set and depth takes its own fitted middle.
    """
    data, table = technology.constants("accuracy"), technology.table("accuracy_curves")
    known = [str(name) for name in table["dataset"]]
    logit = table["logit_sqnr_middle"]
    row = known.index(dataset) if dataset in known else int(np.argmax(logit))
    is_measured = dataset in known and depth == table["depth"][row]
    by_depth = logit[row] + DECIBEL * np.log10(depth) + data["depth_offset"]
    error = data["depth_offset_error"] + (0 if dataset in known else float(np.ptp(logit)))
    return AccuracyCurve(
        chance=chance,
        int8_top1=int8_top1,
        middle_db=float(table["layer_sqnr_middle"][row] if is_measured else by_depth),
        width_db=float(table["curve_width"][row]),
        error_db=float(error),
        is_extrapolated=dataset not in known or depth > data["deepest_measured"],
        cap_db=data["sqnr_cap"],
    )


def top1_share(sqnr_db: FloatArray, curve: AccuracyCurve, shift_db: float = 0.0) -> FloatArray:
    """Top-1 at an effective SQNR, (U,) fraction; the curve's middle moved by ``shift_db``.

    Notes
    -----
    1/C + (A - 1/C) f(S) / f(cap), f(S) = 1 / (1 + exp(-(S - S0) / w)). Dividing by the value at the cap makes an exact
    product lose nothing.
    """
    return curve.int8_top1 - loss_pct(sqnr_db, curve, shift_db) / PERCENT


def loss_pct(sqnr_db: FloatArray, curve: AccuracyCurve, shift_db: float = 0.0) -> FloatArray:
    """Points of top-1 lost against int8, (U,) [%]: never negative, and never more at a higher SQNR."""
    middle = curve.middle_db + shift_db
    share = _logistic((sqnr_db - middle) / curve.width_db) / _logistic(
        np.array((curve.cap_db - middle) / curve.width_db)
    )
    return PERCENT * (curve.int8_top1 - curve.chance) * (1 - np.minimum(share, 1))


def _logistic(x: FloatArray) -> FloatArray:
    return 1 / (1 + np.exp(-x))
