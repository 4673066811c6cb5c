"""Terms of the series of a rounding error as plain loops: ``conversion._summed`` but for tangents and exponentials.

Those are NumPy's, on arrays between two loops; products and sums are in the arrays' order, so the figures are the same
bytes. Arrays of N terms of r runs are (r, N), those of conversions (j,).
"""

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.core.compiled import compiled

_SINE_CHORD = 4 / np.pi**2  # of conversion
_SMALL_ANGLE = 0.01  # of conversion
_DAMPED, _GROWING, _DAMPING, _SKEW = range(4)  # of the factors of a run


@compiled
def factors_of(
    half_turn: FloatArray, tangent: FloatArray, half_period: FloatArray, is_count: bool, factors: FloatArray
) -> None:
    """Factors of the terms of a run, (N,), as ``conversion._terms`` has them, into ``factors`` (4, N)."""
    for k in range(len(half_turn)):
        angle = half_turn[k]
        square = angle * angle
        damped, damping, skew = 2 * square, 2 * square, 0.0
        if is_count:
            sine = tangent[k] / (1 + tangent[k] * tangent[k])
            damped, damping, skew = damped * _SINE_CHORD, 2 * tangent[k] * sine, sine - angle
            if abs(angle) < _SMALL_ANGLE:
                skew = -2 / 3 * angle * square * (1 - square / 5 * (1 - square * 2 / 21))  # _sine_less_angle
        factors[_DAMPED, k], factors[_DAMPING, k], factors[_SKEW, k] = damped, damping, skew
        factors[_GROWING, k] = 2 * (half_period[k] * half_period[k])


@compiled
def angles_of(
    half_turn: FloatArray,
    tangent: FloatArray,
    half_period: FloatArray,
    is_count: BoolArray,
    most: float,
    run_of: IntArray,
    mean: FloatArray,
    variance: FloatArray,
    low: FloatArray,
    gaussian_variance: FloatArray,
    halves: FloatArray,
    exponents: FloatArray,
    which: IntArray,
) -> int:
    """Halves of the phases of all terms that count, and the logarithms of their sizes.

    Parameters
    ----------
    half_turn, tangent, half_period : (r, N)
        Factors of the mean and of the lowest code in half of a phase; the tangent is of the first.
    is_count : (r,)
    most : float
        Exponents that count are below it.
    run_of, mean, variance, low, gaussian_variance : (j,)
    halves, exponents : (j N,)
    which : (j N, 2)
        For the conversion and the term, from 0 on.

    Returns
    -------
    int
        Terms that count.
    """
    n, last, factors = 0, -1, np.empty((_SKEW + 1, half_turn.shape[1]))
    for j in range(len(run_of)):
        run = run_of[j]
        if run != last:
            factors_of(half_turn[run], tangent[run], half_period[run], is_count[run], factors)
            last = run
        for k in range(half_turn.shape[1]):
            exponent = factors[_GROWING, k] * gaussian_variance[j]
            if factors[_DAMPED, k] * variance[j] + exponent < most:
                half = half_turn[run, k] * mean[j] + factors[_SKEW, k] * variance[j] - half_period[run, k] * low[j]
                halves[n], exponents[n] = half, -(factors[_DAMPING, k] * variance[j] + exponent)
                which[n, 0], which[n, 1] = j, k
                n += 1
    return n


@compiled
def add_up(
    tangent: FloatArray, size: FloatArray, which: IntArray, second_sum: FloatArray, mean_sum: FloatArray
) -> None:
    """Terms of both sums, (n,), onto those of their conversions, (j,)."""
    for i in range(len(tangent)):
        j, n = which[i, 0], which[i, 1] + 1
        sign = 1.0 if n % 2 == 0 else -1.0
        square = tangent[i] * tangent[i]
        whole = size[i] / (1 + square)
        second_sum[j] += sign / (n * n) * ((1 - square) * whole)
        mean_sum[j] += 2 * sign / n * (tangent[i] * whole)
