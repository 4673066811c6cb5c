"""What device variation and wires do to a conversion: errors before the converter, and their removal by rounding.

Conductances scatter by a relative ``cell_sigma``, drawn once a device, so a cell's error is the same in every input bit
and adds up over them in amplitude, not in power. Where the converter's step is one level, rounding *regenerates* the
whole level as long as the analog error stays below half a level.
"""

from dataclasses import dataclass

import numpy as np
from numpy.polynomial.hermite_e import hermegauss

from siam_dse.core.arrays import BoolArray, FloatArray, freeze, total
from siam_dse.engines.accuracy.columns import ColumnSets, activity_spread, conducting_probability
from siam_dse.engines.accuracy.conversion import UNIFORM_VARIANCE
from siam_dse.engines.accuracy.overload import FAR, GAUSSIAN_PEAK

HALF = 1 / 2  # of a level: where rounding errs
DIRECT_TERMS = 3  # of the sum over half levels; at v = 0.15 the next is 9 standard deviations out, 1e-18
# levels^2, times k (k + 1): below, the term of half level k + 1/2 is less than exp(-40) = 4e-18 of the first, which its
# rounding hides
FADES = 1 / 80
DUAL_TERMS = 2  # of the Poisson dual; at v = 0.15 the next is exp(-2 pi^2 9 0.15) = 3e-12
DUAL_FROM = 0.15  # levels^2: above, the dual series is the shorter
SHIFTED_TERMS = 3  # half levels on either side of a centre; at v = 0.15 the next is 7.7 standard deviations out, 6e-15
SMALLEST = 1e-100  # levels^2, in place of 0
SILENT = 0.003  # levels^2; half a level is then 9 standard deviations out, and rounding removes all but 1e-18
# Gauss-Hermite, five points and their weights (5, 1), of the standard normal density
POINTS, POINT_WEIGHTS = (freeze(values.reshape(-1, 1)) for values in hermegauss(5))
POINT_WEIGHTS = freeze(POINT_WEIGHTS / POINT_WEIGHTS.sum())
WIDEST = 6.0  # relative deviation of the activity; beyond, the last node alone stands for all that conducts


@dataclass(frozen=True)
class Regeneration:
    """Rounding of a whole signal with an analog error of variance v, (m,).

    ``gain`` is the share of the analog error that still passes linearly (mean slope of the rounding), ``scatter`` the
    second moment of the rounded error that does not follow the analog one, [levels^2].
    """

    gain: FloatArray
    scatter: FloatArray


def conversion_variation(sets: ColumnSets, cell_sigma: FloatArray) -> FloatArray:
    """Variance of one conversion by device variation, (m,) [levels^2]: sigma^2 x active cells x squares."""
    cells = sets.layout.set_to_slice(cell_sigma**2 * sets.active_rows) * sets.conducting_msq
    return sets.layout.slice_to_conversion(cells) * sets.digit_square


def slice_variation(sets: ColumnSets, cell_sigma: FloatArray) -> FloatArray:
    """Variance that device variation adds to the result, a slice and row of the weight matrix, (p,).

    Times the mean square of the input it is the noise a row; coherent over input bits.
    """
    return sets.layout.set_to_slice(cell_sigma**2) * sets.slice_weight**2 * sets.conducting_msq


def shifted_moments(variance: FloatArray, centre: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Rounding to whole levels of a Gaussian error of ``variance`` about ``centre`` between two levels, -1/2 .. 1/2.

    Parameters
    ----------
    variance, centre : shapes that broadcast [levels^2, levels]

    Returns
    -------
    Mean slope of the rounding; mean and second moment of rounded value less centre [levels, levels^2].

    Notes
    -----
    :func:`rounded_moments` with thresholds k + 1/2 -/+ centre u. Poisson duals with C_n = (-1)^n e_n cos(2 pi n u):
    1 + 2 sum C_n, (1/pi) sum (-1)^n e_n sin(2 pi n u) / n, and v (2 slope - 1) + 1/12 + (1/pi^2) sum C_n / n^2. Without
    a variance the rounding is exact: minus the centre, and its square.
    """
    variance, centre = (values.copy() for values in np.broadcast_arrays(variance, centre))
    slope, mean, second = (np.empty(variance.shape) for _ in range(3))
    is_direct = variance < DUAL_FROM
    for part, moments in ((is_direct, _direct_shifted), (~is_direct, _dual_shifted)):
        slope[part], mean[part], second[part] = moments(variance[part], centre[part])
    return slope, mean, second


def _direct_shifted(variance: FloatArray, centre: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Moments of :func:`shifted_moments` as sums over half levels."""
    from scipy.special import ndtr

    slope, first, second = (np.zeros(variance.shape) for _ in range(3))
    deviation = np.sqrt(np.maximum(variance, SMALLEST))
    for k in range(SHIFTED_TERMS):
        wide = np.flatnonzero(deviation > k / FAR)
        spread, shift = deviation[wide], centre[wide]
        up, down = (k + HALF - shift) / spread, (k + HALF + shift) / spread
        slope[wide] += GAUSSIAN_PEAK * (np.exp(-(up**2) / 2) + np.exp(-(down**2) / 2)) / spread
        above, below = ndtr(-up), ndtr(-down)
        first[wide] += above - below
        second[wide] += (2 * k + 1) * (above + below)
    return slope, first - centre, second - 2 * centre * first + centre**2


def _dual_shifted(variance: FloatArray, centre: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Moments of :func:`shifted_moments` as Poisson duals."""
    slope, mean = np.ones(variance.shape), np.zeros(variance.shape)
    second = np.full(variance.shape, UNIFORM_VARIANCE)
    sign = -1.0
    for n in range(1, DUAL_TERMS + 1):
        term = sign * np.exp(-2 * np.pi**2 * n**2 * variance)
        in_phase = term * np.cos(2 * np.pi * n * centre)
        slope += 2 * in_phase
        mean += term * np.sin(2 * np.pi * n * centre) / (n * np.pi)
        second += in_phase / (n * np.pi) ** 2
        sign = -sign
    return slope, mean, second + variance * (2 * slope - 1)


def rounded_moments(variance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean slope and second moment of a Gaussian error of ``variance`` (m,) [levels^2] after rounding to whole levels.

    Notes
    -----
    slope = (2 / s) sum_k phi((k + 1/2) / s), second moment = 2 sum_k (2 k + 1) Q((k + 1/2) / s), s = sqrt(variance);
    for larger variances their Poisson duals 1 + 2 sum (-1)^n e_n and
    v (2 slope - 1) + 1/12 + (1/pi^2) sum (-1)^n e_n / n^2 with e_n = exp(-2 pi^2 n^2 v). What is left out is at most
    6e-12 of the slope and 8e-12 of the second moment, at v = 0.15 from above.
    """
    slope, second = np.zeros(variance.shape), np.zeros(variance.shape)
    rows = np.flatnonzero((variance > SILENT) & (variance < DUAL_FROM))
    slope[rows], second[rows] = _direct_moments(variance[rows])
    rows = np.flatnonzero(variance >= DUAL_FROM)
    slope[rows], second[rows] = _dual_moments(variance[rows])
    return slope, second


def _direct_moments(variance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Slope and second moment of :func:`rounded_moments` as sums over half levels."""
    from scipy.special import ndtr

    slope, second = np.zeros(variance.shape), np.zeros(variance.shape)
    deviation = np.sqrt(variance)
    for k in range(DIRECT_TERMS):
        wide = np.flatnonzero(variance > k * (k + 1) * FADES)
        spread = deviation[wide]
        t = (k + HALF) / spread
        slope[wide] += 2 / spread * GAUSSIAN_PEAK * np.exp(-(t**2) / 2)
        second[wide] += 2 * (2 * k + 1) * ndtr(-t)
    return slope, second


def _dual_moments(variance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Slope and second moment of :func:`rounded_moments` as Poisson duals."""
    slope, second = np.ones(variance.shape), np.full(variance.shape, UNIFORM_VARIANCE)
    sign = -1.0
    for n in range(1, DUAL_TERMS + 1):
        term = sign * np.exp(-2 * np.pi**2 * n**2 * variance)
        slope += 2 * term
        second += term / (n * np.pi) ** 2
        sign = -sign
    return slope, second + variance * (2 * slope - 1)


def regeneration(sets: ColumnSets, analog_variance: FloatArray, happens: BoolArray) -> Regeneration:
    """What rounding leaves of an analog error; gain 1 and scatter 0 where it does not happen, 0 without an error.

    The error of a conversion grows with the number of cells that conduct in it. What rounding leaves is far from
    linear in that number, so it is averaged over a gamma distribution of it. One row at a time converts single cells:
    the rounded error of each is as static as the analog one, and all of it counts as gain.

    Parameters
    ----------
    sets : ColumnSets
    analog_variance : (m,) [levels^2]
        Mean over all conversions.
    happens : (m,) bool
        The converter's step is one level and its codes lie on whole levels.

    Returns
    -------
    Regeneration

    Notes
    -----
    Five Gauss-Hermite points of the cube root of the number (Wilson-Hilferty). gain = E[x slope(x v)] and
    scatter = E[second(x v)] - gain^2 v over the relative number x, E[x] = 1. A single cell that conducts with
    probability p: gain = sqrt(p second(v / p) / v).
    """
    gain, scatter = np.ones(analog_variance.shape), np.zeros(analog_variance.shape)
    gain[happens] = 0
    rows = np.flatnonzero(happens & (analog_variance > 0))
    is_cell = sets.active_rows[sets.layout.owner[rows]] == 1
    columns, cells = rows[~is_cell], rows[is_cell]
    gain[columns], scatter[columns] = _column_rounding(analog_variance[columns], activity_spread(sets, columns))
    gain[cells] = _cell_rounding(analog_variance[cells], conducting_probability(sets, cells))
    return Regeneration(gain, scatter)


def slice_gain(sets: ColumnSets, gain: FloatArray, analog_variance: FloatArray) -> FloatArray:
    """Gain of a slice's analog error over all input bits b, (p,): mean weighted by 2^b x deviation of the error."""
    weight = sets.bit_factor * np.sqrt(analog_variance)
    error = sets.layout.over_slice(weight)
    return np.where(error > 0, sets.layout.over_slice(weight * gain) / np.where(error > 0, error, 1), 1)


def _column_rounding(variance: FloatArray, spread: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Gain and scatter of many cells' errors, (j,), over a gamma distribution of the number of them that conduct."""
    number = _activity(spread)
    slope, second = rounded_moments((number * variance).reshape(-1))
    passed = np.minimum(total(POINT_WEIGHTS * number * slope.reshape(number.shape)), 1)
    kept = total(POINT_WEIGHTS * second.reshape(number.shape))
    return passed, np.maximum(0, kept - passed**2 * variance)


def _cell_rounding(variance: FloatArray, probability: FloatArray) -> FloatArray:
    """Gain of a single cell's error, (j,), which is there with the ``probability`` that the cell conducts."""
    _, second = rounded_moments(variance / probability)
    return np.sqrt(probability * second / variance)


def _activity(spread: FloatArray) -> FloatArray:
    """Relative number of conducting cells at each point of its distribution, (5, j), for its relative variance."""
    third = np.minimum(np.sqrt(spread), WIDEST) / 3  # 3: Wilson-Hilferty, the cube root has mean 1 - c^2 / 9 and
    root = np.maximum(1 - third**2 + POINTS * third, 0)  # deviation c / 3
    number = root * root * root  # far cheaper than the power function
    return number / total(POINT_WEIGHTS * number)
