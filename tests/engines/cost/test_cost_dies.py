"""Dies: yield, dies a wafer, cost by node: hand counts, limits, printed values."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.engines.cost.dies import cost_node, die_cost, dies_per_wafer, over_wafer
from siam_dse.technology.load import STATUSES
from siam_dse.technology.technology import packaged_technology
from siam_dse.technology.yields import negative_binomial_yield

COST = packaged_technology().constants("cost")

areas = st.floats(0, 1e5)


def test_yield_by_hand():
    # 200 mm2 at 0.09 defects/cm2, 10 critical levels: (1 + 0.18 / 10)^-10
    assert_allclose(negative_binomial_yield(np.array([200e-6]), np.array([900.0]), 10), 1.018**-10, rtol=1e-12, atol=0)


def test_yield_without_area_or_without_defects_is_one():
    assert_array_equal(negative_binomial_yield(np.array([0.0, 1e-3]), np.array([700.0, 0.0]), 10), 1)


@settings(max_examples=50, deadline=None)
@given(st.floats(0.1, 3000), st.floats(10, 5000))
def test_yield_lies_between_poisson_and_seeds(mm2, density):
    area = np.array([mm2 * 1e-6])
    poisson, seeds = np.exp(-area * density), 1 / (1 + area * density)
    got = negative_binomial_yield(area, np.array([density]), 10)
    assert (got >= poisson * (1 - 1e-12)).all()
    assert (got <= seeds * (1 + 1e-12)).all()
    assert_allclose(negative_binomial_yield(area, np.array([density]), 1), seeds, rtol=1e-12, atol=0)
    assert_allclose(negative_binomial_yield(area, np.array([density]), 1e9), poisson, rtol=1e-5, atol=0)


def test_dies_per_wafer_by_hand():
    # 100 mm2: sawn (10 + 0.2)^2 = 104.04; pi 145^2 / 104.04 - pi 290 / sqrt(208.08) = 634.87 - 63.16
    assert_allclose(dies_per_wafer(COST, np.array([100e-6])), 571.71, rtol=1e-5, atol=0)


@settings(max_examples=80, deadline=None)
@given(st.lists(areas, min_size=2, max_size=8))
@pytest.mark.slow
def test_larger_dies_are_fewer_dearer_and_worse(mm2):
    area = np.sort(np.array(mm2)) * 1e-6
    number = dies_per_wafer(COST, area)
    assert (number > 0).all()
    assert (np.diff(number) <= 0).all()
    got = die_cost(COST, area, cost_node(packaged_technology(), np.full(len(area), 7.0)))
    assert (np.diff(got.known_good_usd) >= 0).all()
    assert (np.diff(got.yield_fraction) <= 0).all()
    assert np.isfinite(got.known_good_usd).all()


def test_dies_larger_than_a_wafer_go_on_where_the_formula_ends():
    side = np.sqrt(8093.9653) - 0.2  # mm: its sawn area is the largest that a wafer holds once
    area = (side + np.array([-1e-6, 1e-6])) ** 2 * 1e-6
    assert_allclose(dies_per_wafer(COST, area), 1, rtol=1e-6, atol=0)
    assert_array_equal(over_wafer(COST, np.array([800e-6, 8000e-6])), 0)
    assert_allclose(over_wafer(COST, np.array([4 * 8093.9653e-6])), 3, rtol=1e-2, atol=0)


@pytest.mark.parametrize(
    ("node", "mm2", "good", "known_good_usd"),
    # Chiplet Actuary's printed rows
    [
        (7, 200, 0.836608, 40.44708),
        (7, 55, 0.951821, 9.31499),
        (28, 800, 0.57991, 84.79335),
        (28, 13.75, 0.990426, 0.7017),
    ],
)
def test_known_good_dies_are_the_sources(node, mm2, good, known_good_usd):
    got = die_cost(COST, np.array([mm2 * 1e-6]), cost_node(packaged_technology(), np.array([float(node)])))
    assert_allclose(got.yield_fraction, good, rtol=1e-6, atol=0)
    assert_allclose(got.known_good_usd, known_good_usd, rtol=1e-5, atol=0)


def test_nodes_between_two_lie_between_them_and_beyond_the_last_stay():
    got = cost_node(packaged_technology(), np.array([28.0, 32.0, 40.0, 90.0, 130.0, 2.0]))
    # half way by ratio would be sqrt(28 x 40) = 33.5 nm; at 32 ln(32/28) / ln(40/28) = 0.3744 of the way
    assert_allclose(got.wafer_usd[:3], [2891, 2891 * (2274 / 2891) ** 0.374377, 2274], rtol=1e-5, atol=0)
    assert_allclose(got.defect_density_per_m2[:3], 700, rtol=1e-12, atol=0)
    assert_allclose(got.wafer_usd[3:], [1650, 1650, 30000], rtol=1e-12, atol=0)
    assert_array_equal(got.is_beyond, [False, False, False, False, True, True])
    assert_array_equal(got.is_interpolated, [False, True, False, False, False, False])


def test_rows_name_source_and_status():
    table = packaged_technology().table("cost_nodes")
    assert set(table["source"]) <= set(packaged_technology().sources())
    assert set(table["status"]) <= set(STATUSES)
    assert (np.diff(table["wafer_price"]) < 0).all()
