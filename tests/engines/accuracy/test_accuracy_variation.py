"""Regeneration by rounding: integrals, limits, and a pedestal beside whole levels."""

from functools import cache

import numpy as np
import pytest
from accuracy_cases import make_sets
from numpy.testing import assert_allclose
from scipy.stats import norm

from siam_dse.engines.accuracy.columns import ColumnSets, activity_spread
from siam_dse.engines.accuracy.pedestal import PedestalRounding, beside_pedestal
from siam_dse.engines.accuracy.variation import (
    DUAL_FROM,
    Regeneration,
    conversion_variation,
    regeneration,
    rounded_moments,
    shifted_moments,
)

ALL = np.array([True])


@cache
def gaussian() -> tuple[np.ndarray, np.ndarray]:
    """Points of a standard Gaussian, and their weights in its integral."""
    points = np.linspace(-10, 10, 2_000_001)
    return points, norm.pdf(points) * 1e-5


@pytest.mark.parametrize("variance", [0.004, 0.05, 0.149, 0.151, 0.6, 5.0])
@pytest.mark.slow
def test_rounded_gaussian_equals_its_integral(variance: float) -> None:
    points, weight = gaussian()
    x = np.sqrt(variance) * points
    slope, second = rounded_moments(np.array([variance]))
    assert_allclose(second, [weight @ np.round(x) ** 2], rtol=2e-5)
    assert_allclose(slope, [weight @ (x * np.round(x)) / variance], rtol=2e-5)  # Stein: E[r'] = E[e r] / v


def test_both_series_meet() -> None:
    below, above = (np.array(rounded_moments(np.array([DUAL_FROM + d]))) for d in (-1e-12, 1e-12))
    assert_allclose(above, below, rtol=1e-8)


def test_regeneration_vanishes_smoothly_with_variation() -> None:
    sets = make_sets()
    left = []
    for sigma in (0.2, 0.1, 0.05, 0.02, 1e-3, 0.0):
        result = regeneration(sets, conversion_variation(sets, np.array([sigma])), ALL)
        left.append(float(result.scatter[0]))
    assert left == sorted(left, reverse=True)
    assert left[-1] == 0
    assert left[0] > 1e-3


def test_large_errors_pass_rounding_unchanged() -> None:
    result = regeneration(make_sets(), np.array([25.0]), ALL)
    # some conversions have so few active cells that rounding still removes their error
    assert_allclose(result.gain, 1, atol=0.02, rtol=0)
    assert_allclose(regeneration(make_sets(), np.array([25.0]), ~ALL).gain, 1, rtol=0)


def test_regeneration_equals_an_average_over_binomial_activity() -> None:
    sets, sigma = make_sets(rows=128), 0.12
    analog = conversion_variation(sets, np.array([sigma]))
    assert_allclose(analog, 128 / 16 * sigma**2, rtol=1e-12)
    rng = np.random.default_rng(0)
    cells = rng.binomial(128, 1 / 16, 400_000)
    error = rng.standard_normal(len(cells)) * sigma * np.sqrt(cells)
    rounded = np.round(error)
    result = regeneration(sets, analog, ALL)
    variance = float(analog[0])
    assert_allclose(result.gain[0], np.mean(error * rounded) / variance, rtol=0.1)  # gamma for binomial
    total = result.scatter[0] + result.gain[0] ** 2 * variance
    assert_allclose(total, np.mean(rounded**2), rtol=0.1)


def test_unlike_columns_lose_more_to_variation() -> None:
    even, uneven = make_sets(), make_sets(factor=3.0)
    row = np.array([0])
    assert_allclose(activity_spread(uneven, row), 3 * activity_spread(even, row), rtol=1e-12)
    analog = conversion_variation(even, np.array([0.1]))
    assert regeneration(uneven, analog, ALL).scatter > regeneration(even, analog, ALL).scatter


def test_a_single_cell_errs_alike_in_every_bit() -> None:
    sets = make_sets(rows=1)
    result = regeneration(sets, conversion_variation(sets, np.array([0.3])), ALL)
    cell = rounded_moments(np.array([0.09]))[1]
    assert result.scatter == 0
    assert_allclose(result.gain[0] ** 2 * 0.09, cell, rtol=1e-9)


@pytest.mark.parametrize("variance", [0.0, 0.004, 0.05, 0.149, 0.151, 0.6])
@pytest.mark.parametrize("centre", [0.0, 0.1, -0.3, 0.49])
def test_rounding_about_a_centre_equals_its_integral(variance: float, centre: float) -> None:
    points, weight = gaussian()
    x = np.sqrt(variance) * points
    error = np.round(centre + x) - centre
    slope, mean, second = shifted_moments(np.array([variance]), np.array([centre]))
    assert_allclose(mean, [weight @ error], rtol=1e-4, atol=1e-5)  # atol: jumps between points of the sum
    assert_allclose(second, [weight @ error**2], rtol=1e-4, atol=1e-5)
    if variance:
        assert_allclose(slope, [weight @ (x * error) / variance], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("variance", [0.002, 0.05, 0.149, 0.151, 0.6])
def test_a_centre_in_the_middle_is_the_plain_rounding(variance: float) -> None:
    slope, mean, second = shifted_moments(np.array([variance]), np.array([1e-12]))
    plain_slope, plain_second = rounded_moments(np.array([variance]))
    assert_allclose(slope, plain_slope, rtol=1e-8, atol=1e-15)
    assert_allclose(second, plain_second, rtol=1e-8, atol=1e-15)
    assert abs(mean[0]) < 2e-12


@pytest.mark.parametrize("pedestal", [1e-9, 0.01, 0.1])
def test_a_shared_pedestal_alone_costs_nothing(pedestal: float) -> None:
    result = _beside(make_sets(pedestal=pedestal), 0.0)
    assert (result.scatter, result.mean, result.common) == (0, 0, 0)


@pytest.mark.parametrize("variance", [0.0, 0.01, 0.04, 0.3])
@pytest.mark.parametrize("is_paired", [True, False])
@pytest.mark.parametrize("rows", [1, 64])
def test_without_a_pedestal_errors_are_rounded_about_the_level(variance: float, rows: int, *, is_paired: bool) -> None:
    plain = regeneration(make_sets(rows=rows), np.array([variance]), ALL)
    result = _beside(make_sets(rows=rows, pedestal=1e-12, is_paired=is_paired), variance)
    assert_allclose(result.gain, plain.gain, rtol=1e-6)
    assert_allclose(result.scatter, plain.scatter, rtol=1e-6, atol=1e-15)
    assert_allclose([result.mean, result.common], 0, rtol=0, atol=1e-10)


def test_a_small_pedestal_on_one_column_is_dropped() -> None:
    # 128 rows of which a quarter is active: 32 -/+ sqrt(24) cells add 0.005 level each, all of it lost in rounding
    result = _beside(make_sets(rows=128, pedestal=0.005, is_paired=False), 0.0)
    assert_allclose(result.mean, -0.005 * 32, rtol=1e-9)
    assert_allclose(result.common, 0.005**2 * 24, rtol=0.03)  # points up to three deviations
    assert result.scatter == 0


def test_a_spread_pedestal_on_one_column_errs_uniformly() -> None:
    result = _beside(make_sets(rows=1024, pedestal=0.3, is_paired=False), 0.0)
    assert_allclose(result.common, 1 / 12, rtol=0.01)
    assert abs(result.mean[0]) < 0.01


@pytest.mark.parametrize("is_paired", [True, False])
@pytest.mark.parametrize("sigma", [0.05, 0.12, 0.25])
@pytest.mark.parametrize("pedestal", [0.002, 0.02, 0.1])
def test_a_pedestal_with_variation_equals_an_average_over_active_cells(
    pedestal: float, sigma: float, *, is_paired: bool
) -> None:
    sets = make_sets(rows=128, pedestal=pedestal, is_paired=is_paired)
    variance = conversion_variation(sets, np.array([sigma]))
    rng = np.random.default_rng(0)
    active = rng.binomial(128, 1 / 4, 400_000)
    error = rng.standard_normal(len(active)) * np.sqrt(variance)
    rounded = np.round(pedestal * active + error) - pedestal * active
    result = beside_pedestal(sets, variance, ALL, _steady(variance[0]))
    assert_allclose(result.gain, np.mean(rounded * error) / variance, rtol=0.06, atol=0.01)
    if is_paired:
        other = np.round(pedestal * active + rng.permutation(error)) - pedestal * active
        total = result.scatter + result.gain**2 * variance
        assert_allclose(total, np.mean((rounded - other) ** 2) / 2, rtol=0.05, atol=1e-4)
    else:
        assert_allclose(result.mean, np.mean(rounded), rtol=0.05, atol=2e-3)
        total = result.scatter + result.common + result.mean**2 + result.gain**2 * variance
        assert_allclose(total, np.mean(rounded**2), rtol=0.05, atol=1e-4)


def test_a_spread_pedestal_dithers() -> None:
    # uniform between levels: slope 1; Var = v + 1/12 - sum exp(-4 pi^2 n^2 v) / (2 pi^2 n^2), whose limit is v + 1/12
    for variance in (0.02, 0.14, 0.3):
        n = np.arange(1, 40)
        expected = 1 / 12 - np.sum(np.exp(-4 * np.pi**2 * n**2 * variance) / (2 * np.pi**2 * n**2))
        result = _beside(make_sets(rows=1024, pedestal=0.3), variance)
        assert_allclose(result.gain[0], 1, rtol=0.01)
        assert_allclose(result.scatter[0], expected, rtol=0.05)


def _beside(sets: ColumnSets, variance: float) -> PedestalRounding:
    """Rounding beside a pedestal of what the same columns without one make of the error."""
    error = np.array([variance])
    return beside_pedestal(sets, error, ALL, regeneration(sets, error, ALL))


def _steady(variance: float) -> Regeneration:
    """Rounding without a pedestal of an error that does not vary with the activity."""
    slope, second = rounded_moments(np.array([variance]))
    return Regeneration(slope, np.maximum(second - slope**2 * variance, 0))
