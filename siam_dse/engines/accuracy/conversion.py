"""Error of one conversion of a Gaussian column signal: rounding inside the range, saturation beyond it."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.engines.accuracy.ranges import Conversion

SERIES_TERMS = 12  # of Widrow's series; the rest is below 1e-3 of D^2 even for a signal without any spread
SMOOTH_RATIO = 1.2  # variance over D^2 beyond which every term is below exp(-2 pi^2 1.2) = 5e-11
FAR = 8.0  # standard deviations beyond which saturation adds less than 1e-15 of the variance
DUAL_BELOW = 0.05  # levels^2; there both forms of a theta series agree to 1e-5
UNIFORM_VARIANCE = 1 / 12  # of an error uniform over one step
GAUSSIAN_PEAK = 1 / np.sqrt(2 * np.pi)  # of the standard normal density


@dataclass(frozen=True)
class ConversionError:
    """Second moment [levels^2] and mean [levels] of converted minus true signal, (n, S, B)."""

    second_moment: FloatArray
    mean: FloatArray


def conversion_error(
    conversion: Conversion,
    analog_variance: FloatArray,
    is_whole: BoolArray,
    top: FloatArray,
    can_be_negative: BoolArray,
) -> ConversionError:
    """Error that the converter adds to each column signal.

    Rounding is Widrow's series for a Gaussian signal, exact to the order of its characteristic function; saturation is
    the partial moment of the Gaussian beyond the outermost codes.

    Parameters
    ----------
    conversion : Conversion
        Signals and converters.
    analog_variance : (n, S, B) [levels^2]
        Variance that devices and wires add before the converter.
    is_whole : (n,) bool
        The ideal signal is a whole number of levels. A step of one level then rounds exactly (what analog errors do to
        it is :func:`regeneration`'s part), a step of an even number of levels meets ties.
    top : (n,) [levels]
        Largest value the signal can have.
    can_be_negative : (n,) bool
        False: a column signal is never below zero, so a range that starts there has no overload.

    Returns
    -------
    ConversionError
    """
    exact = is_whole[:, None, None] & (conversion.step == 1)
    variance = np.where(exact, conversion.variance, conversion.variance + analog_variance)
    second, mean = _granular(conversion.mean - conversion.low, variance, conversion.step, ~exact)
    tied = is_whole[:, None, None] & (conversion.step > 1) & (np.mod(conversion.step, 2) == 0)
    second[tied] += lattice_ties(analog_variance[tied])
    second = np.maximum(second, 0)
    half = conversion.step / 2
    above = conversion.high + half - conversion.mean
    beyond, shift = _overload(above, variance, conversion.high + half < top[:, None, None])
    second += beyond
    mean -= shift
    below = conversion.mean - conversion.low + half
    beyond, shift = _overload(below, variance, can_be_negative[:, None, None] | (conversion.low > half))
    return ConversionError(second + beyond, mean + shift)


def _granular(
    position: FloatArray, variance: FloatArray, step: FloatArray, rounds: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Second moment and mean of the rounding error, both 0 where not ``rounds``.

    Notes
    -----
    V = D^2/12 + (D/pi)^2 sum (-1)^n / n^2 cos(n a) q^(n^2), mean = (D/pi) sum (-1)^n / n sin(n a) q^(n^2), with
    a = 2 pi (mean - lo) / D and q = exp(-2 pi^2 variance / D^2). Powers and multiple angles by recurrence; columns
    whose spread exceeds a step have no periodic part.

    References
    ----------
    Widrow and Kollar, Quantization Noise, Cambridge 2008, the rounding error's moments from the signal's
    characteristic function.
    """
    second = np.where(rounds, step**2 * UNIFORM_VARIANCE, 0)
    mean = np.zeros(step.shape)
    ratio = variance / step**2
    rows = np.flatnonzero(rounds & (ratio < SMOOTH_RATIO))
    if not len(rows):
        return second, mean
    d = step.reshape(-1)[rows]
    angle = 2 * np.pi * position.reshape(-1)[rows] / d
    base = np.exp(-2 * np.pi**2 * ratio.reshape(-1)[rows])
    cos_1, cos_n, cos_before = np.cos(angle), np.cos(angle), np.ones(len(rows))
    sin_n, sin_before = np.sin(angle), np.zeros(len(rows))
    power, odd_power = base.copy(), base.copy()
    second_sum, mean_sum = np.zeros(len(rows)), np.zeros(len(rows))
    sign = -1.0
    for n in range(1, SERIES_TERMS + 1):
        second_sum += sign / n**2 * cos_n * power
        mean_sum += sign / n * sin_n * power
        sign = -sign
        odd_power *= base**2
        power *= odd_power
        cos_n, cos_before = 2 * cos_1 * cos_n - cos_before, cos_n
        sin_n, sin_before = 2 * cos_1 * sin_n - sin_before, sin_n
    second.reshape(-1)[rows] += (d / np.pi) ** 2 * second_sum
    mean.reshape(-1)[rows] = d / np.pi * mean_sum
    return second, mean


def lattice_ties(analog_variance: FloatArray) -> FloatArray:
    """Second moment that ties of a whole signal add to rounding with an even step, [levels^2].

    1/6 for an ideal signal, gone once analog errors spread over a level.

    Notes
    -----
    (1/pi^2) sum exp(-2 pi^2 n^2 v) / n^2, the terms of Widrow's series whose frequency is a multiple of the lattice's:
    they do not decay with the signal's own spread. For small v its Poisson dual, 1/6 - sqrt(2 v / pi) + v.
    """
    small = 1 / 6 - np.sqrt(2 * analog_variance / np.pi) + analog_variance  # 1/6 = sum of 1/n^2 over pi^2
    total = np.zeros(analog_variance.shape)
    for n in range(1, SERIES_TERMS + 1):
        total += np.exp(-2 * np.pi**2 * n**2 * analog_variance) / n**2
    return np.where(analog_variance < DUAL_BELOW, small, total / np.pi**2)


def _overload(distance: FloatArray, variance: FloatArray, happens: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Second moment and mean of what lies beyond a range end ``distance`` from the mean, (n, S, B).

    Notes
    -----
    (v + d^2) Q(t) - sqrt(v) d phi(t) and sqrt(v) phi(t) - d Q(t) with t = d / sqrt(v).
    """
    second, mean = np.zeros(distance.shape), np.zeros(distance.shape)
    rows = np.flatnonzero(happens & (distance < FAR * np.sqrt(variance)))
    if not len(rows):
        return second, mean
    d, v = distance.reshape(-1)[rows], variance.reshape(-1)[rows]
    deviation = np.sqrt(v)
    t = d / deviation
    tail, density = ndtr(-t), GAUSSIAN_PEAK * np.exp(-(t**2) / 2)
    second.reshape(-1)[rows] = np.maximum(0, (v + d**2) * tail - deviation * d * density)
    mean.reshape(-1)[rows] = np.maximum(0, deviation * density - d * tail)
    return second, mean
