"""Error of one conversion of a column signal: rounding inside the range, saturation beyond it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, chunks
from siam_dse.core.loops import takes_loop
from siam_dse.engines.accuracy.columns import Grid
from siam_dse.engines.accuracy.overload import overload
from siam_dse.engines.accuracy.ranges import Conversion

SERIES_TERMS = 12  # of Widrow's series; the rest is below 1e-3 of D^2 even for a signal without any spread
SMOOTH_EXPONENT = 2 * np.pi**2 * 1.2  # beyond a squared spread of 1.2 periods a term is below exp(-23.7) = 5e-11
SINE_CHORD = 4 / np.pi**2  # 1 - cos(2 pi d) is at least this times 2 pi^2 d^2 up to d = 1/2
# Half a period from two whole numbers, as an even step has it, the one that counts without a pedestal stays the one
# that counts beside a small pedestal.
WRAP_MARGIN = 0.1
SMALL_ANGLE = 0.01  # radian; the series leaves out 4e-18 of what it gives
UNIFORM_VARIANCE = 1 / 12  # of an error uniform over one step

LOOP_CONVERSIONS = 2000  # by loops: what they leave behind stays near
_SAVED_S = 2e-7  # CPU time that loops save a conversion, measured


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
    whole numbers to a pitch g and shifts them by h: d is the distance of f g from the nearest whole number (up to 0.6
    from the one nearest to f), lo - h takes the place of lo. Analog errors and the rest of the pedestal damp by the
    whole f. Where at most half of the rows add to it (v >= m / 2) a whole signal is taken as a Poisson count moved to
    mean m, ln X_n = 2 pi i (d (m - v) - f lo) + v (exp(2 pi i d) - 1): a Gaussian's where d is small or v large, and
    right for sparse columns, which count single cells; as a Gaussian these would err more by steps of two than of four.

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

    Step and pitch are mostly those of the conversion before: what depends on them alone is computed once a run of equal
    ones. Of a term only the conversions count whose exponent, by a lower bound of it, is below ``SMOOTH_EXPONENT``.
    Sine and cosine of an angle come from the tangent of its half, one function for both.
    """
    is_count = grid.variance >= grid.mean / 2
    first, length = _runs(step, grid.pitch, is_count)
    run_of = np.repeat(np.arange(len(first)), length)
    frequency = np.arange(1, SERIES_TERMS + 1) / step[first][:, None]
    offset = frequency * grid.pitch[first][:, None] - np.round(frequency)
    offset -= np.round(offset - WRAP_MARGIN * np.sign(offset))
    half_turn, half_period = np.pi * offset, np.pi * frequency
    own = _Own(run_of, grid.mean, grid.variance, low, gaussian_variance)
    if takes_loop(len(step), _SAVED_S):
        return _looped(half_turn, half_period, is_count[first], own)
    return _summed(_terms(half_turn, half_period, is_count[first][:, None]), own)


class _Own(NamedTuple):
    """What each conversion has of its own beside its run's, (j,) each."""

    run_of: IntArray
    mean: FloatArray
    variance: FloatArray
    low: FloatArray
    gaussian_variance: FloatArray

    def take(self, part: slice) -> "_Own":
        """Those of some conversions."""
        return _Own(
            self.run_of[part], self.mean[part], self.variance[part], self.low[part], self.gaussian_variance[part]
        )


class _Terms(NamedTuple):
    """Factors of N terms of the series of r runs, (r, N) each."""

    damped: FloatArray  # of the variance in an exponent, at least
    growing: FloatArray  # of the Gaussian variance in it
    damping: FloatArray  # of the variance in it
    half_turn: FloatArray  # of the mean in half of the phase
    skew: FloatArray  # of the variance in it
    half_period: FloatArray  # of the lowest code in it


def _terms(half_turn: FloatArray, half_period: FloatArray, is_count: BoolArray) -> _Terms:
    """Factors of terms; ``is_count`` (r, 1).

    Those of the variance are of a count 1 - cos(2 h) and (sin(2 h) - 2 h) / 2, of a Gaussian 2 h^2 and 0, with h the
    ``half_turn``.
    """
    chord, tangent = 2 * half_turn**2, np.tan(half_turn)
    sine = tangent / (1 + tangent**2)
    return _Terms(
        damped=chord * np.where(is_count, SINE_CHORD, 1),
        growing=2 * half_period**2,
        damping=np.where(is_count, 2 * tangent * sine, chord),
        half_turn=half_turn,
        skew=np.where(is_count, _sine_less_angle(half_turn, sine), 0),
        half_period=half_period,
    )


def _summed(terms: _Terms, own: _Own) -> tuple[FloatArray, FloatArray]:
    """:func:`_series` term by term."""
    run_of, mean, variance, low, gaussian_variance = own
    second_sum, mean_sum = np.zeros(len(mean)), np.zeros(len(mean))
    sign = -1.0
    for n in range(1, SERIES_TERMS + 1):
        of = _Terms(*(factor[:, n - 1] for factor in terms))
        exponent = of.growing[run_of] * gaussian_variance
        rows = np.flatnonzero(of.damped[run_of] * variance + exponent < SMOOTH_EXPONENT)
        run, its_variance = run_of[rows], variance[rows]
        half = of.half_turn[run] * mean[rows] + of.skew[run] * its_variance - of.half_period[run] * low[rows]
        half = np.tan(half)
        square = half**2
        size = np.exp(-(of.damping[run] * its_variance + exponent[rows])) / (1 + square)
        second_sum[rows] += sign / n**2 * ((1 - square) * size)
        mean_sum[rows] += 2 * sign / n * (half * size)
        sign = -sign
    return second_sum, mean_sum


def _looped(
    half_turn: FloatArray, half_period: FloatArray, is_count: BoolArray, own: _Own
) -> tuple[FloatArray, FloatArray]:
    """:func:`_summed` by compiled loops around tangents and exponentials, of some conversions at a time."""
    from siam_dse.engines.accuracy.series_kernel import add_up, angles_of

    n_conversions = len(own.run_of)
    at_once = min(n_conversions, LOOP_CONVERSIONS)
    halves, exponents = np.empty((2, at_once * SERIES_TERMS))
    which = np.empty((len(halves), 2), dtype=np.int64)
    tangent = np.tan(half_turn)
    second_sum, mean_sum = np.zeros(n_conversions), np.zeros(n_conversions)
    for part in chunks(n_conversions, at_once):
        some = own.take(part)
        n = angles_of(half_turn, tangent, half_period, is_count, SMOOTH_EXPONENT, *some, halves, exponents, which)
        half, size = np.tan(halves[:n]), np.exp(exponents[:n])
        add_up(half, size, which, second_sum[part], mean_sum[part])
    return second_sum, mean_sum


def _sine_less_angle(angle: FloatArray, sine: FloatArray) -> FloatArray:
    """sin(2 h) / 2 - h, (r, N), ``sine`` its first part; of small angles as a series, whose digits do not cancel."""
    square = angle**2
    series = -2 / 3 * angle * square * (1 - square / 5 * (1 - square * 2 / 21))  # Taylor: x^3/3!, x^5/5!, x^7/7!
    return np.where(np.abs(angle) < SMALL_ANGLE, series, sine - angle)


def _runs(*columns: AnyArray) -> tuple[IntArray, IntArray]:
    """Runs of neighbours that are alike in all columns: index of the first of each, and how many they are, (r,)."""
    is_first = np.ones(len(columns[0]), dtype=bool)
    is_first[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    first = np.flatnonzero(is_first)
    return first, np.diff(first, append=len(is_first))
