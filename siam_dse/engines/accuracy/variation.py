"""What device variation and wires do to a conversion: errors before the converter, and their removal by rounding.

Conductances scatter by a relative ``cell_sigma``, drawn once a device, so a cell's error is the same in every input bit
and adds up over them in amplitude, not in power. Where the converter's step is one level, rounding *regenerates* the
whole level as long as the analog error stays below half a level.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.engines.accuracy.columns import ColumnSets, activity_spread, conducting_share
from siam_dse.engines.accuracy.conversion import UNIFORM_VARIANCE
from siam_dse.engines.accuracy.overload import GAUSSIAN_PEAK

HALF = 1 / 2  # of a level: where rounding errs
DIRECT_TERMS = 2  # of the sum over half levels; at v = 0.15 the next is 6.4 standard deviations out, 1e-10
DUAL_TERMS = 2  # of the Poisson dual; at v = 0.15 the next is exp(-2 pi^2 9 0.15) = 3e-12
DUAL_FROM = 0.15  # levels^2: above, the dual series is the shorter
SILENT = 0.003  # levels^2; half a level is then 9 standard deviations out, and rounding removes all but 1e-18
NODES = (0.0, 1.355626, 2.856970)  # Gauss-Hermite, five points, of the standard normal density
NODE_WEIGHTS = (8 / 15, 0.2220759, 0.01125741)
WIDEST = 6.0  # relative deviation of the activity; beyond, the last node alone stands for all that conducts


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
    """Mean slope and second moment of a Gaussian error of ``variance`` (m,) [levels^2] after rounding to whole levels.

    Notes
    -----
    slope = (2 / s) sum_k phi((k + 1/2) / s), second moment = 2 sum_k (2 k + 1) Q((k + 1/2) / s), s = sqrt(variance);
    for larger variances their Poisson duals 1 + 2 sum (-1)^n e_n and
    v (2 slope - 1) + 1/12 + (1/pi^2) sum (-1)^n e_n / n^2 with e_n = exp(-2 pi^2 n^2 v).
    """
    slope, second = np.zeros(variance.shape), np.zeros(variance.shape)
    rows = np.flatnonzero((variance > SILENT) & (variance < DUAL_FROM))
    deviation = np.sqrt(variance[rows])
    for k in range(DIRECT_TERMS):
        t = (k + HALF) / deviation
        slope[rows] += 2 / deviation * GAUSSIAN_PEAK * np.exp(-(t**2) / 2)
        second[rows] += 2 * (2 * k + 1) * ndtr(-t)
    rows = np.flatnonzero(variance >= DUAL_FROM)
    large = variance[rows]
    dual_slope, dual_second = np.ones(len(rows)), np.full(len(rows), UNIFORM_VARIANCE)
    sign = -1.0
    for n in range(1, DUAL_TERMS + 1):
        term = sign * np.exp(-2 * np.pi**2 * n**2 * large)
        dual_slope += 2 * term
        dual_second += term / (n * np.pi) ** 2
        sign = -sign
    slope[rows] = dual_slope
    second[rows] = dual_second + large * (2 * dual_slope - 1)
    return slope, second


def regeneration(sets: ColumnSets, analog_variance: FloatArray, happens: BoolArray) -> Regeneration:
    """What rounding leaves of an analog error; gain 1 and scatter 0 where it does not happen.

    The error of a conversion grows with the number of cells that conduct in it. What rounding leaves is far from
    linear in that number, so it is averaged over a gamma distribution of it. One row at a time converts single cells:
    the rounded error of each is as static as the analog one, and all of it counts as gain.

    Parameters
    ----------
    sets : ColumnSets
    analog_variance : (n, S, B) [levels^2]
        Mean over all conversions.
    happens : (n, S, B) bool
        The converter's step is one level, its codes lie on whole levels and the ideal signal is whole.

    Returns
    -------
    Regeneration

    Notes
    -----
    Five Gauss-Hermite points of the cube root of the number (Wilson-Hilferty). gain = E[x slope(x v)] and
    scatter = E[second(x v)] - gain^2 v over the relative number x, E[x] = 1.
    """
    gain, scatter = np.ones(analog_variance.shape), np.zeros(analog_variance.shape)
    rows = np.flatnonzero(happens)
    if not len(rows):
        return Regeneration(gain, scatter)
    variance = analog_variance.reshape(-1)[rows]
    number, weight = _activity(sets, analog_variance.shape, rows)
    slope, second = rounded_moments((number * variance[:, None]).reshape(-1))
    passed = np.sum(weight * number * slope.reshape(number.shape), axis=1)
    kept = np.sum(weight * second.reshape(number.shape), axis=1)
    passed = np.minimum(passed, 1)
    is_cell = np.broadcast_to((sets.active_rows == 1)[:, None, None], gain.shape).reshape(-1)[rows]
    passed = np.where(is_cell, np.sqrt(kept / np.maximum(variance, np.finfo(float).tiny)), passed)
    gain.reshape(-1)[rows] = passed
    scatter.reshape(-1)[rows] = np.maximum(0, kept - passed**2 * variance)
    return Regeneration(gain, scatter)


def slice_gain(sets: ColumnSets, gain: FloatArray, analog_variance: FloatArray) -> FloatArray:
    """Gain of a slice's analog error over all input bits, (n, S): bits weighted by the error they carry."""
    weight = sets.bit_weight[:, None, :] * np.sqrt(analog_variance)
    total = np.sum(weight, axis=2)
    return np.where(total > 0, np.sum(weight * gain, axis=2) / np.where(total > 0, total, 1), 1)


def _activity(sets: ColumnSets, shape: tuple[int, ...], rows: IntArray) -> tuple[FloatArray, FloatArray]:
    """Relative number of conducting cells at each point of its distribution and the points' weights, (m, 5) each."""
    deviation = np.minimum(np.sqrt(activity_spread(sets).reshape(-1)[rows]), WIDEST)
    points = np.array([0, *NODES[1:], *(-z for z in NODES[1:])])
    weight = np.broadcast_to([*NODE_WEIGHTS, *NODE_WEIGHTS[1:]], (len(rows), len(points))).copy()
    third = deviation[:, None] / 3  # 3: Wilson-Hilferty, the cube root has mean 1 - c^2 / 9 and deviation c / 3
    number = np.maximum(1 - third**2 + points * third, 0) ** 3
    number /= np.sum(weight * number, axis=1, keepdims=True)
    one_row = np.flatnonzero(np.broadcast_to((sets.active_rows == 1)[:, None, None], shape).reshape(-1)[rows])
    if len(one_row):
        share = (conducting_share(sets)[:, :, None] * sets.bit_density[:, None, :]).reshape(-1)[rows[one_row]]
        number[one_row] = 0
        number[one_row, 0] = 1 / np.maximum(share, np.finfo(float).tiny)
        weight[one_row, 0] = share
    return number, weight
