"""Comparator: printed values of the program, and how it grows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from siam_dse.engines.tile.library import calibrated_library
from siam_dse.engines.tile.pooling import comparator, pool_comparators
from siam_dse.technology.gates import node_rows
from siam_dse.technology.technology import packaged_technology


def library_of(node, roadmap):
    return calibrated_library(
        node_rows(packaged_technology(), [node], [roadmap]), np.zeros(1, dtype=bool), np.zeros(1, dtype=bool)
    )


@pytest.mark.parametrize(
    ("node", "roadmap", "bits", "area_um2", "energy_pj", "time_ns"),
    [  # Units of three comparators, printed by DNN+NeuroSim V1.3, each of 1024 units.
        (22.0, "lstp", 8, 60116.238, 4.749770, 0.546216),
        (32.0, "hp", 8, 127188.07, 5.776623, 0.234550),
        (45.0, "hp", 4, 127745.37, 5.815069, 0.145567),
    ],
)
def test_units_of_the_program(node, roadmap, bits, area_um2, energy_pj, time_ns):
    one = comparator(library_of(node, roadmap), np.array([bits]))
    units = 1024 * pool_comparators(4)
    assert_allclose(units * one.area_m2, area_um2 * 1e-12, rtol=1e-6, atol=0)
    assert_allclose(units * one.energy_j, energy_pj * 1e-12, rtol=5e-3, atol=0)  # a fit
    assert_allclose(3 * one.time_s, time_ns * 1e-9, rtol=1.5e-2, atol=0)  # a fit


@given(st.integers(1, 15), st.sampled_from([7.0, 22.0, 45.0, 130.0]), st.sampled_from(["lstp", "hp"]))
@pytest.mark.slow
def test_wider_numbers_cost_more(bits, node, roadmap):
    narrow, wide = (comparator(library_of(node, roadmap), np.array([b])) for b in (bits, bits + 1))
    for name in ("area_m2", "energy_j", "leakage_w"):
        assert 0 < getattr(narrow, name) < getattr(wide, name)
    # Times were fitted to 4 bits and more; below, those of 4 count.
    assert 0 < narrow.time_s < wide.time_s or (bits < 4 and narrow.time_s == wide.time_s)


def test_a_window_of_one_compares_nothing():
    assert pool_comparators(1) == 0
