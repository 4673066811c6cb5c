"""Rounding and saturation against direct sums and integrals of the signal's distribution."""

import numpy as np
import pytest
from accuracy_cases import make_sets
from numpy.testing import assert_allclose
from scipy.stats import binom, gamma, norm

from siam_dse.engines.accuracy.columns import Grid, signal_grid, signal_mean, signal_variance
from siam_dse.engines.accuracy.conversion import conversion_error, rounding_error
from siam_dse.engines.accuracy.overload import overload
from siam_dse.engines.accuracy.ranges import Conversion


def _one(value: float) -> np.ndarray:
    return np.array([float(value)])


def _conversion(mean: float, variance: float, low: float, step: float, bits: int = 16) -> Conversion:
    return Conversion(_one(mean), _one(variance), _one(low), _one(low + step * (2**bits - 1)), _one(step))


def _whole(mean: float, variance: float) -> Grid:
    """A signal of whole levels."""
    return Grid(pitch=_one(1), shift=_one(0), mean=_one(mean), variance=_one(variance), rest=_one(0))


def _rounded(mean: float, variance: float, step: float, low: float, analog: float = 0.0) -> np.ndarray:
    return _rounded_on(_whole(mean, variance), mean, variance, step, low, analog)


def _rounded_on(grid: Grid, mean: float, variance: float, step: float, low: float, analog: float = 0.0) -> np.ndarray:
    conversion = _conversion(mean, variance, low, step)
    second, first = rounding_error(conversion, grid, _one(analog), np.array([True]))
    return np.array([second[0], first[0]])


@pytest.mark.parametrize("step", [0.4, 1.7, 6.0])
@pytest.mark.parametrize("mean", [3.0, 4.3])
def test_rounding_of_a_gaussian_equals_its_integral(mean: float, step: float) -> None:
    deviation = 0.9
    x = mean + deviation * np.linspace(-9, 9, 400_001)
    error = step * np.round(x / step) - x
    weight = norm.pdf(x, mean, deviation) * (x[1] - x[0])
    grid = Grid(pitch=_one(1), shift=_one(mean), mean=_one(0), variance=_one(0), rest=_one(deviation**2))
    got = _rounded_on(grid, mean, deviation**2, step, 0.0)
    assert_allclose(got, [weight @ error**2, weight @ error], rtol=2e-4, atol=2e-4)  # atol: an error near 0 cancels


@pytest.mark.parametrize("step", [8 / 7, 1.5, 3.0, 5.0, 20 / 7])
@pytest.mark.parametrize("deviation", [1.0, 2.5])
def test_rounding_of_whole_numbers_equals_the_sum_over_them(step: float, deviation: float) -> None:
    # a discrete Gaussian: its characteristic function is that of the Gaussian, made periodic
    mean, low = 6.2, 0.0
    whole = np.arange(-40, 60)
    weight = norm.pdf(whole, mean, deviation)
    error = low + step * np.round((whole - low) / step) - whole
    second, first = _rounded(mean, deviation**2, step, low)
    # twelve terms of a sawtooth's series: a jump between two whole numbers is known to a few hundredths of a step
    assert_allclose(second, weight @ error**2, atol=0.06 * step**2, rtol=0)
    assert_allclose(first, weight @ error, atol=0.06 * step, rtol=0)


@pytest.mark.parametrize("step", [2.0, 3.0, 4.0, 8.0])
@pytest.mark.parametrize(("rows", "share"), [(64, 0.002), (64, 0.02), (256, 0.01), (128, 0.1), (64, 0.3)])
def test_rounding_of_a_sparse_column_equals_the_sum_over_its_counts(rows: int, share: float, step: float) -> None:
    # cells of one level, each conducting with a probability: a binomial count; a tie errs by half a step either way
    count = np.arange(rows + 1)
    weight = binom.pmf(count, rows, share)
    error = np.abs(step * np.round(count / step) - count)
    second, _ = _rounded(rows * share, rows * share * (1 - share), step, 0.0)
    assert_allclose(second, weight @ error**2, rtol=0.12, atol=0)  # a Gaussian's is 0.6 to 2.2 times it


def test_a_finer_step_never_rounds_a_sparse_column_worse() -> None:
    for mean in (0.03, 0.1, 0.3, 1.0, 3.0):
        errors = [_rounded(mean, 0.95 * mean, step, 0.0)[0] for step in (1.0, 2.0, 4.0, 8.0)]
        assert np.all(np.diff(errors) > -2e-3 * mean), mean


def test_an_even_step_meets_ties_and_an_odd_one_does_not() -> None:
    # error of a broad whole signal: uniform over D values (D odd) or D + 1 of which the ends count half (D even)
    for step, expected in ((3, (3**2 - 1) / 12), (2, (0 + 1) / 2), (4, (0 + 1 + 4 / 2 + 4 / 2 + 1) / 4)):
        second, first = _rounded(50.0, 400.0, step, 0.0)
        assert_allclose(second, expected, rtol=0.04)  # the series' tail
        assert abs(first) < 1e-12


def test_analog_noise_restores_the_uniform_error() -> None:
    assert_allclose(_rounded(50.0, 400.0, 2.0, 0.0, analog=4.0)[0], 4 / 12, rtol=1e-9)


@pytest.mark.parametrize("step", [1.0, 1.7, 2.0, 3.0])
@pytest.mark.parametrize("pedestal", [0.004, 0.03, 0.3])
def test_rounding_beside_a_pedestal_equals_a_sum_over_rows(step: float, pedestal: float) -> None:
    # cells of level 0 or 1, both with a pedestal, fed ones a quarter of the time: the signal is W + pedestal x N
    rows = 128
    sets = make_sets(rows=rows, mean=0.5, pedestal=pedestal)
    mean, variance = signal_mean(sets), signal_variance(sets)
    grid = signal_grid(sets, mean, variance)
    assert_allclose(grid.pitch * grid.mean + grid.shift, mean, rtol=1e-12)
    assert_allclose(grid.pitch**2 * grid.variance + grid.rest, variance, rtol=1e-12)
    active, whole = np.meshgrid(np.arange(rows + 1), np.arange(rows + 1), indexing="ij")
    weight = binom.pmf(active, rows, 1 / 4) * binom.pmf(whole, active, 1 / 2)
    signal = whole + pedestal * active
    error = step * np.round(signal / step) - signal
    second, first = _rounded_on(grid, float(mean[0]), float(variance[0]), step, 0.0)
    assert_allclose(second, np.sum(weight * error**2), rtol=0.12, atol=2e-4)
    assert_allclose(first, np.sum(weight * error), atol=0.06 * step, rtol=0)


@pytest.mark.parametrize("skew", [0.0, 0.3, 1.5])
@pytest.mark.parametrize("distance", [-0.5, 1.0, 4.0])
def test_overload_equals_its_integral(distance: float, skew: float) -> None:
    deviation = 2.0
    second, first = overload(_one(distance * deviation), _one(deviation**2), _one(skew))
    x = np.linspace(distance * deviation, 120, 400_001)
    if skew:
        shape, scale = 4 / skew**2, deviation * skew / 2
        density = gamma.pdf(x, shape, loc=-shape * scale, scale=scale)
    else:
        density = norm.pdf(x, 0, deviation)
    beyond = x - distance * deviation
    width = x[1] - x[0]
    assert_allclose(second[0], np.sum(density * beyond**2) * width, rtol=1e-3)
    assert_allclose(first[0], np.sum(density * beyond) * width, rtol=1e-3)


def test_overload_has_no_jump_where_skewness_starts() -> None:
    below = overload(_one(2.0), _one(1.0), _one(0.00199))[0]
    above = overload(_one(2.0), _one(1.0), _one(0.00201))[0]
    assert_allclose(above, below, rtol=0.01)


def test_a_step_of_one_level_is_exact_inside_the_range() -> None:
    conversion = _conversion(20.0, 9.0, 0.0, 1.0, bits=6)
    error = conversion_error(
        conversion,
        _whole(20.0, 9.0),
        _one(0.0),
        _one(0.0),
        is_on_levels=np.array([True]),
        top=np.array([64.0]),
        can_be_negative=np.array([False]),
    )
    assert error.second_moment[0] < 1e-30
    assert error.mean[0] == 0
