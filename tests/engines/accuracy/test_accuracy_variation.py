"""Regeneration by rounding: integrals, limits, and the pedestal that two columns share."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from siam_dse.engines.accuracy.columns import ColumnSets, activity_spread
from siam_dse.engines.accuracy.layout import Layout
from siam_dse.engines.accuracy.pedestal import shared_pedestal
from siam_dse.engines.accuracy.variation import (
    DUAL_FROM,
    Regeneration,
    conversion_variation,
    regeneration,
    rounded_moments,
)
from siam_dse.technology.technology import packaged_technology

ALL = np.array([True])


def make_sets(rows: float = 64, mean: float = 0.25, pedestal: float = 0.0, factor: float = 1.0) -> ColumnSets:
    """One slice of one-bit cells under one input bit that is 1 a quarter of the time."""
    one = np.ones(1)
    return ColumnSets(
        constants=packaged_technology().constants("accuracy"),
        layout=Layout(np.array([1]), np.array([1])),
        rows=one * rows,
        active_rows=one * rows,
        level_max=one,
        level_offset=one * pedestal,
        seen_pedestal=one * pedestal,
        is_signed=np.array([False]),
        is_paired=np.array([True]),
        slice_weight=one,
        bit_weight=one,
        bit_density=one / 4,
        level_mean=one * mean,
        level_msq=one * mean,
        conducting_mean=one * (mean + pedestal),
        conducting_msq=one * (mean + 2 * pedestal * mean + pedestal**2),
        stored_msq=one * mean,
        input_mean=one / 4,
        input_msq=one / 4,
        variance_factor=one * factor,
    )


@pytest.mark.parametrize("variance", [0.004, 0.05, 0.149, 0.151, 0.6, 5.0])
@pytest.mark.slow
def test_rounded_gaussian_equals_its_integral(variance: float) -> None:
    deviation = np.sqrt(variance)
    x = deviation * np.linspace(-10, 10, 2_000_001)
    weight = norm.pdf(x, 0, deviation) * (x[1] - x[0])
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


@pytest.mark.parametrize("pedestal", [1e-9, 0.01, 0.1])
def test_a_shared_pedestal_alone_costs_nothing(pedestal: float) -> None:
    result = shared_pedestal(make_sets(pedestal=pedestal), np.zeros(1), ALL, _none())
    assert result.scatter == 0


def test_without_a_pedestal_errors_are_rounded_about_the_level() -> None:
    variance = 0.04
    slope, second = rounded_moments(np.array([variance]))
    result = shared_pedestal(make_sets(pedestal=1e-9), np.array([variance]), ALL, _none())
    assert_allclose(result.gain[0], slope[0], rtol=1e-6)
    assert_allclose(result.scatter[0], second[0] - slope[0] ** 2 * variance, rtol=1e-6)


def test_a_spread_pedestal_dithers() -> None:
    # uniform between levels: slope 1; Var = v + 1/12 - sum exp(-4 pi^2 n^2 v) / (2 pi^2 n^2), whose limit is v + 1/12
    for variance in (0.02, 0.14, 0.3):
        n = np.arange(1, 40)
        expected = 1 / 12 - np.sum(np.exp(-4 * np.pi**2 * n**2 * variance) / (2 * np.pi**2 * n**2))
        result = shared_pedestal(make_sets(rows=1024, pedestal=0.3), np.array([variance]), ALL, _none())
        assert_allclose(result.gain[0], 1, rtol=0.01)
        assert_allclose(result.scatter[0], expected, rtol=0.05)


def _none() -> Regeneration:
    return Regeneration(np.ones(1), np.zeros(1))
