"""Error of one conversion of a column signal: rounding inside the range, saturation beyond it."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray
from siam_dse.engines.accuracy.columns import Grid
from siam_dse.engines.accuracy.overload import overload
from siam_dse.engines.accuracy.ranges import Conversion

SERIES_TERMS = 12  # of Widrow's series; the rest is below 1e-3 of D^2 even for a signal without any spread
SMOOTH_EXPONENT = 2 * np.pi**2 * 1.2  # beyond a squared spread of 1.2 periods a term is below exp(-23.7) = 5e-11
SINE_CHORD = 4 / np.pi**2  # 1 - cos(2 pi d) is at least this times 2 pi^2 d^2 up to d = 1/2
# Half a period from two whole numbers, as an even step has it, the one that counts without a pedestal stays the one
# that counts beside a small pedestal.
WRAP_MARGIN = 0.1
UNIFORM_VARIANCE = 1 / 12  # of an error uniform over one step


@dataclass(frozen=True)
class ConversionError:
    """Second moment [levels^2] and mean [levels] of converted minus true signal, (m,)."""

    second_moment: FloatArray
    mean: FloatArray


def conversion_error(
    conversion: Conversion,
    grid: Grid,
    analog_variance: FloatArray,
    skew: FloatArray,
    *,
    is_on_levels: BoolArray,
    top: FloatArray,
    can_be_negative: BoolArray,
) -> ConversionError:
    """Error that the converter adds to each column signal.

    Parameters
    ----------
    conversion : Conversion
        Signals and converters.
    grid : Grid
        Where the ideal signals can lie.
    analog_variance : (m,) [levels^2]
        Variance that devices and wires add before the converter.
    skew : (m,)
        Skewness of the signal towards its top.
    is_on_levels : (m,) bool
        The step is one level and codes lie on whole levels: rounding adds no error to whole levels (what it does to
        analog errors and a pedestal is the part of :mod:`~siam_dse.engines.accuracy.variation` and
        :mod:`~siam_dse.engines.accuracy.pedestal`).
    top : (m,) [levels]
        Largest value the signal can have.
    can_be_negative : (m,) bool
        False: a column signal is never below zero, so a range that starts there has no overload.

    Returns
    -------
    ConversionError

    Notes
    -----
    The rounding error, and what lies more than half a step beyond the outermost codes; there the signal has its own
    variance where rounding is exact, else that of the analog errors too. Skewed upwards only.
    """
    second, mean = rounding_error(conversion, grid, analog_variance, ~is_on_levels)
    variance = np.where(is_on_levels, conversion.variance, conversion.variance + analog_variance)
    half = conversion.step / 2
    end = conversion.high + half
    rows = np.flatnonzero(end < top)
    beyond, shift = overload(end[rows] - conversion.mean[rows], variance[rows], skew[rows])
    second[rows] += beyond
    mean[rows] -= shift
    rows = np.flatnonzero(can_be_negative | (conversion.low > half))
    below = conversion.mean[rows] - conversion.low[rows] + half[rows]
    beyond, shift = overload(below, variance[rows], np.zeros(len(rows)))
    second[rows] += beyond
    mean[rows] += shift
    return ConversionError(second, mean)


def rounding_error(
    conversion: Conversion, grid: Grid, analog_variance: FloatArray, rounds: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Second moment and mean of the rounding error, (m,), both 0 where not ``rounds``.

    Notes
    -----
    V = D^2/12 + (D/pi)^2 sum (-1)^n / n^2 Re X_n, mean = (D/pi) sum (-1)^n / n Im X_n, X_n = the characteristic
    function of signal - lo at 2 pi n / D. A Gaussian signal of mean m and variance v has
    ln X_n = 2 pi i f (m - lo) - 2 pi^2 f^2 v, f = n / D. A signal that takes whole numbers only has a periodic one: of
    f only the distance d to the nearest whole number damps it. So a step of one level is exact, one of an even number
    meets ties (1/6 more), and one slightly off a level has an error common to all columns. A pedestal stretches the
    whole numbers to a pitch g and shifts them by h: d is the distance of f g from the nearest whole number, lo - h
    takes the place of lo. Analog errors and the rest of the pedestal damp by the whole f. Where at most half of the
    rows add to it (v >= m / 2) a whole signal is taken as a Poisson count moved to mean m,
    ln X_n = 2 pi i (d (m - v) - f lo) + v (exp(2 pi i d) - 1): a Gaussian's where d is small or v large, and right for
    sparse columns, which count single cells; as a Gaussian these would err more by steps of two than of four.

    Ties of an even step count as broken at random, also beside a pedestal below about a step over twice the number of
    terms: no comparator tells so little from none. An ideal one rounds all of them up; on Gaussian weights its raw SQNR
    is lower by up to 16 dB (64 rows, 5 bits, on/off 1e4), with mean errors removed higher by 2 dB.

    References
    ----------
    Widrow and Kollar, Quantization Noise, Cambridge 2008, the rounding error's moments from the signal's
    characteristic function.
    """
    second = np.where(rounds, conversion.step**2 * UNIFORM_VARIANCE, 0)
    mean = np.zeros(second.shape)
    # this part of a term's exponent grows with n: where it is beyond SMOOTH_EXPONENT at n = 1 no term counts
    growing = 2 * np.pi**2 * (analog_variance + grid.rest)
    rows = np.flatnonzero(rounds & (growing < SMOOTH_EXPONENT * conversion.step**2))
    if len(rows):
        step = conversion.step[rows]
        at, low = grid.take(rows), conversion.low[rows] - grid.shift[rows]
        second_sum, mean_sum = _series(step, low, at, analog_variance[rows] + at.rest)
        second[rows] = np.maximum(second[rows] + (step / np.pi) ** 2 * second_sum, 0)
        mean[rows] = step / np.pi * mean_sum
    return second, mean


def _series(
    step: FloatArray, low: FloatArray, grid: Grid, gaussian_variance: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Sums of (-1)^n / n^2 Re X_n and (-1)^n / n Im X_n, (j,), of :func:`rounding_error`.

    The step is mostly that of the conversion before: what depends on it alone is computed once a run of equal ones.
    """
    mean, variance = grid.mean, grid.variance
    is_count = variance >= mean / 2
    first, length = _runs(step, grid.pitch, is_count)
    second_sum, mean_sum = np.zeros(len(step)), np.zeros(len(step))
    sign = -1.0
    for n, terms in enumerate(_terms(step[first], grid.pitch[first], is_count[first]), 1):
        of_low, of_mean, of_variance, damping, least_damping, of_gaussian = (np.repeat(term, length) for term in terms)
        # sine and cosine of the phase from the tangent of its half: one function, a tenth of the time
        half = np.tan(of_mean * mean + of_variance * variance - of_low * low)
        square, whole_damping = half**2, of_gaussian * gaussian_variance
        size = np.exp(-(damping * variance + whole_damping)) / (1 + square)
        size *= least_damping * variance + whole_damping < SMOOTH_EXPONENT
        second_sum += sign / n**2 * ((1 - square) * size)
        mean_sum += 2 * sign / n * (half * size)
        sign = -sign
    return second_sum, mean_sum


def _terms(step: FloatArray, pitch: FloatArray, is_count: BoolArray) -> FloatArray:
    """What the series' terms take of converters' steps and signals' pitches (r,), (SERIES_TERMS, 6, r).

    Factors of the lowest code, the mean and the variance in half of the phase; of the variance in the exponent, and a
    lower bound of it; of the variance that is Gaussian in the exponent.
    """
    frequency = np.arange(1, SERIES_TERMS + 1)[:, None] / step
    offset = frequency * pitch - np.round(frequency)
    offset -= np.round(offset - WRAP_MARGIN * np.sign(offset))
    turn = 2 * np.pi * offset
    skew = np.where(is_count, np.sin(turn) - turn, 0)
    damping = np.where(is_count, 1 - np.cos(turn), turn**2 / 2)
    least = turn**2 / 2 * np.where(is_count, SINE_CHORD, 1)
    return np.stack([np.pi * frequency, turn / 2, skew / 2, damping, least, 2 * (np.pi * frequency) ** 2], axis=1)


def _runs(*columns: AnyArray) -> tuple[IntArray, IntArray]:
    """Runs of neighbours that are alike in all columns: index of the first of each, and how many they are, (r,)."""
    is_first = np.ones(len(columns[0]), dtype=bool)
    is_first[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    first = np.flatnonzero(is_first)
    return first, np.diff(first, append=len(is_first))
