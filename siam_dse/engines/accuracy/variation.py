"""What device variation and wires do to a conversion: errors before the converter, and their removal by rounding.

Conductances scatter by a relative ``cell_sigma``, drawn once a device, so a cell's error is the same in every input bit
and adds up over them in amplitude, not in power. Where the converter's step is one level, rounding *regenerates* the
whole level as long as the analog error stays below half a level.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.engines.accuracy.columns import ColumnSets
from siam_dse.engines.accuracy.conversion import DUAL_BELOW, GAUSSIAN_PEAK, UNIFORM_VARIANCE

HALF = 1 / 2  # of a level: where rounding errs
DIRECT_TERMS = 4  # of the sum over half levels; at v = 0.15 the next is 9 standard deviations out
DUAL_TERMS = 3  # of the Poisson dual; at v = 0.15 the next is exp(-2 pi^2 16 0.15) = 3e-21
SMALLEST = 1e-6  # levels^2; half a level is then 500 standard deviations out
DUAL_FROM = 0.15  # levels^2: above, the dual series is the shorter


@dataclass(frozen=True)
class Regeneration:
    """Rounding of a whole signal with an analog error of variance v, (n, S, B).

    ``gain`` is the share of the analog error that still passes linearly (mean slope of the rounding), ``scatter`` the
    second moment of the rounded error that does not follow the analog one, [levels^2].
    """

    gain: FloatArray
    scatter: FloatArray


def conversion_variation(sets: ColumnSets, cell_sigma: FloatArray) -> FloatArray:
    """Variance of one conversion by device variation, (n, S, B) [levels^2]: sigma^2 x active cells x their square."""
    cells = (cell_sigma**2 * sets.active_rows)[:, None] * sets.conducting_msq
    return cells[:, :, None] * sets.bit_density[:, None, :]


def slice_variation(sets: ColumnSets, cell_sigma: FloatArray) -> FloatArray:
    """Variance that device variation adds to the result, a slice and row of the weight matrix, (n, S).

    Times the mean square of the input it is the noise a row; coherent over input bits.
    """
    return cell_sigma[:, None] ** 2 * sets.slice_weight**2 * sets.conducting_msq


def rounded_moments(variance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean slope and second moment of a Gaussian error of ``variance`` [levels^2] after rounding to whole levels.

    Notes
    -----
    slope = (2 / s) sum_k phi((k + 1/2) / s), second moment = 2 sum_k (2 k + 1) Q((k + 1/2) / s), s = sqrt(variance);
    for larger variances their Poisson duals 1 + 2 sum (-1)^n e_n and
    v (2 slope - 1) + 1/12 + (1/pi^2) sum (-1)^n e_n / n^2 with e_n = exp(-2 pi^2 n^2 v).
    """
    small = np.minimum(variance, DUAL_FROM)
    deviation = np.sqrt(np.maximum(small, SMALLEST))
    slope, second = np.zeros(variance.shape), np.zeros(variance.shape)
    for k in range(DIRECT_TERMS):
        t = (k + HALF) / deviation
        slope += 2 / deviation * GAUSSIAN_PEAK * np.exp(-(t**2) / 2)
        second += 2 * (2 * k + 1) * ndtr(-t)
    dual_slope, dual_second = np.ones(variance.shape), np.full(variance.shape, UNIFORM_VARIANCE)
    sign = -1.0
    for n in range(1, DUAL_TERMS + 1):
        term = sign * np.exp(-2 * np.pi**2 * n**2 * np.maximum(variance, DUAL_BELOW))
        dual_slope += 2 * term
        dual_second += term / (n * np.pi) ** 2
        sign = -sign
    dual_second += variance * (2 * dual_slope - 1)
    direct = variance < DUAL_FROM
    return np.where(direct, slope, dual_slope), np.where(direct, second, dual_second)


def occupied_share(sets: ColumnSets) -> FloatArray:
    """Share of conversions that carry an analog error, (n, S, B).

    Many rows: all of them. One row at a time: those whose input bit is 1 and whose cell conducts; the share of
    conducting cells is that of the two-valued cell with the same mean and mean square, mean^2 / mean square.
    """
    conducting = sets.level_mean + sets.level_offset[:, None]
    share = conducting**2 / np.maximum(sets.conducting_msq, SMALLEST)
    one_row = np.minimum(share[:, :, None] * sets.bit_density[:, None, :], 1)
    return np.where((sets.active_rows == 1)[:, None, None], np.maximum(one_row, SMALLEST), 1)


def regeneration(analog_variance: FloatArray, happens: BoolArray, occupied: FloatArray) -> Regeneration:
    """What rounding leaves of an analog error; gain 1 and scatter 0 where it does not happen.

    Parameters
    ----------
    analog_variance : (n, S, B) [levels^2]
        Mean over all conversions.
    happens : (n, S, B) bool
        The converter's step is one level and the ideal signal is whole.
    occupied : (n, S, B)
        Share of conversions that carry the error, :func:`occupied_share`.

    Returns
    -------
    Regeneration
    """
    gain, scatter = np.ones(analog_variance.shape), np.zeros(analog_variance.shape)
    rows = np.flatnonzero(happens)
    if len(rows):
        share = occupied.reshape(-1)[rows]
        variance = analog_variance.reshape(-1)[rows] / share
        slope, second = rounded_moments(variance)
        slope = np.minimum(slope, 1)
        gain.reshape(-1)[rows] = slope
        scatter.reshape(-1)[rows] = share * np.maximum(0, second - slope**2 * variance)
    return Regeneration(gain, scatter)


def slice_gain(sets: ColumnSets, gain: FloatArray, analog_variance: FloatArray) -> FloatArray:
    """Gain of a slice's analog error over all input bits, (n, S): bits weighted by the error they carry."""
    weight = sets.bit_weight[:, None, :] * np.sqrt(analog_variance)
    total = np.sum(weight, axis=2)
    return np.where(total > 0, np.sum(weight * gain, axis=2) / np.where(total > 0, total, 1), 1)
