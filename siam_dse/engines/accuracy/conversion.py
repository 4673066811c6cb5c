"""Error of one conversion of a column signal: rounding inside the range, saturation beyond it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray
from siam_dse.engines.accuracy.overload import overload
from siam_dse.engines.accuracy.ranges import Conversion

SERIES_TERMS = 12  # of Widrow's series; the rest is below 1e-3 of D^2 even for a signal without any spread
SMOOTH_SPREAD = 1.2  # squared spread in periods beyond which a term is below exp(-2 pi^2 1.2) = 5e-11
SINE_CHORD = 4 / np.pi**2  # 1 - cos(2 pi d) is at least this times 2 pi^2 d^2 up to d = 1/2
UNIFORM_VARIANCE = 1 / 12  # of an error uniform over one step


@dataclass(frozen=True)
class ConversionError:
    """Second moment [levels^2] and mean [levels] of converted minus true signal, (m,)."""

    second_moment: FloatArray
    mean: FloatArray


def conversion_error(
    conversion: Conversion,
    analog_variance: FloatArray,
    skew: FloatArray,
    *,
    is_whole: BoolArray,
    is_exact: BoolArray,
    top: FloatArray,
    can_be_negative: BoolArray,
) -> ConversionError:
    """Error that the converter adds to each column signal.

    Parameters
    ----------
    conversion : Conversion
        Signals and converters.
    analog_variance : (m,) [levels^2]
        Variance that devices and wires add before the converter.
    skew : (m,)
        Skewness of the signal towards its top.
    is_whole : (m,) bool
        The ideal signal is a whole number of levels.
    is_exact : (m,) bool
        Rounding adds no error by itself: the step is one level and codes lie on whole levels (what analog errors do to
        it is :func:`siam_dse.engines.accuracy.variation.regeneration`'s part).
    top : (m,) [levels]
        Largest value the signal can have.
    can_be_negative : (m,) bool
        False: a column signal is never below zero, so a range that starts there has no overload.

    Returns
    -------
    ConversionError
    """
    second, mean = rounding_error(conversion, analog_variance, is_whole, ~is_exact)
    variance = np.where(is_exact, conversion.variance, conversion.variance + analog_variance)
    half = conversion.step / 2
    above = conversion.high + half - conversion.mean
    beyond, shift = overload(above, variance, skew, conversion.high + half < top)
    second += beyond
    mean -= shift
    below = conversion.mean - conversion.low + half
    starts_above = can_be_negative | (conversion.low > half)
    beyond, shift = overload(below, variance, np.zeros(skew.shape), starts_above)
    return ConversionError(second + beyond, mean + shift)


def rounding_error(
    conversion: Conversion, analog_variance: FloatArray, is_whole: BoolArray, rounds: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Second moment and mean of the rounding error, (m,), both 0 where not ``rounds``.

    Notes
    -----
    V = D^2/12 + (D/pi)^2 sum (-1)^n / n^2 Re X_n, mean = (D/pi) sum (-1)^n / n Im X_n, X_n = the characteristic
    function of signal - lo at 2 pi n / D. A Gaussian signal of mean m and variance v has
    ln X_n = 2 pi i f (m - lo) - 2 pi^2 f^2 v, f = n / D. A signal that takes whole numbers only has a periodic one: of
    f only the distance d to the nearest whole number damps it. So a step of one level is exact, one of an even number
    meets ties (1/6 more), and one slightly off a level has an error common to all columns. Analog errors damp by the
    whole f. Where at most half of the rows add to it (v >= m / 2) a whole signal is taken as a Poisson count moved to
    mean m, ln X_n = 2 pi i (d (m - v) - f lo) + v (exp(2 pi i d) - 1): a Gaussian's where d is small or v large, and
    right for sparse columns, which count single cells; as a Gaussian these would err more by steps of two than of four.

    References
    ----------
    Widrow and Kollar, Quantization Noise, Cambridge 2008, the rounding error's moments from the signal's
    characteristic function.
    """
    second = np.where(rounds, conversion.step**2 * UNIFORM_VARIANCE, 0)
    mean = np.zeros(second.shape)
    # the part of a term's exponent that grows with n: beyond SMOOTH_SPREAD at n = 1 no term counts
    damped = analog_variance + np.where(is_whole, 0, conversion.variance)
    rows = np.flatnonzero(rounds & (damped < SMOOTH_SPREAD * conversion.step**2))
    if not len(rows):
        return second, mean
    step, low, centre, variance, analog, on_lattice = (
        values[rows]
        for values in (
            *(conversion.step, conversion.low, conversion.mean, conversion.variance),
            *(analog_variance, is_whole),
        )
    )
    is_count = on_lattice & (variance >= centre / 2)
    first, alike = _runs(step, on_lattice, is_count)
    turns = _turns(step[first], on_lattice[first], is_count[first])
    second_sum, mean_sum = np.zeros(len(rows)), np.zeros(len(rows))
    sign = -1.0
    for n in range(1, SERIES_TERMS + 1):
        term = turns[n - 1]
        analog_damping = term.frequency_sq[alike] * analog
        some = np.flatnonzero(term.least[alike] * variance + analog_damping < SMOOTH_SPREAD)
        if len(some):
            kind, spread = alike[some], variance[some]
            phase = term.turn[kind] * centre[some] + term.skew[kind] * spread - term.full_turn[kind] * low[some]
            size = np.exp(-(term.damping[kind] * spread + 2 * np.pi**2 * analog_damping[some]))
            # sine and cosine from the tangent of the half: one function, a tenth of the time
            half = np.tan(phase / 2)
            square = half**2
            size /= 1 + square
            second_sum[some] += sign / n**2 * ((1 - square) * size)
            mean_sum[some] += 2 * sign / n * (half * size)
        sign = -sign
    total = second[rows] + (step / np.pi) ** 2 * second_sum
    second[rows] = np.maximum(total, 0)
    mean[rows] = step / np.pi * mean_sum
    return second, mean


class _Turns(NamedTuple):
    """Terms of the series for converters of some steps, (r,) each: what multiplies mean, variance and lowest code in
    the phase and the exponent of a signal's characteristic function.
    """

    full_turn: FloatArray
    turn: FloatArray
    skew: FloatArray
    damping: FloatArray
    least: FloatArray
    frequency_sq: FloatArray


def _turns(step: FloatArray, on_lattice: BoolArray, is_count: BoolArray) -> list[_Turns]:
    """Each term of the series for steps (r,), of signals that are whole numbers or not, and counts or not."""
    frequency = np.arange(1, SERIES_TERMS + 1)[:, None] / step
    offset = np.where(on_lattice, frequency - np.round(frequency), frequency)
    turn = 2 * np.pi * offset
    half = np.tan(turn / 2)
    sine, versine = 2 * half / (1 + half**2), 2 * half**2 / (1 + half**2)  # versine: 1 - cos
    terms = (
        2 * np.pi * frequency,
        turn,
        np.where(is_count, sine - turn, 0),
        np.where(is_count, versine, turn**2 / 2),
        offset**2 * np.where(is_count, SINE_CHORD, 1),
        frequency**2,
    )
    return [_Turns(*term) for term in zip(*terms, strict=True)]


def _runs(*columns: AnyArray) -> tuple[IntArray, IntArray]:
    """Neighbours that are alike in all columns: index of the first of each run (r,), and each row's run."""
    is_first = np.ones(len(columns[0]), dtype=bool)
    is_first[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return np.flatnonzero(is_first), np.cumsum(is_first) - 1
