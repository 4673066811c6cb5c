"""Properties of random designs: what can only grow, what cannot matter."""

import numpy as np
import pytest
from crossbar_cases import random_designs
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.design.designs import Designs
from siam_dse.engines.crossbar.engine import crossbar_energy, crossbar_unit
from siam_dse.workload.load import load_network

SEEDS = st.integers(0, 10_000)
NETWORK = load_network("lenet5")


def changed(designs: Designs, **columns) -> Designs:
    """The designs with some fields replaced."""
    frame = designs.to_frame().drop(columns="crossbar_size")
    return Designs.from_frame(frame.assign(**columns))


@settings(max_examples=15)
@given(SEEDS)
@pytest.mark.slow
def test_more_active_inputs_never_cost_less(seed):
    # Of a SAR: a flash converter is faster, SIAM's also weaker, on a column that conducts more.
    designs = changed(random_designs(20, seed), adc_kind="sar")
    few = crossbar_energy(changed(designs, input_activity=0.1), NETWORK).energy_j
    many = crossbar_energy(changed(designs, input_activity=0.6), NETWORK).energy_j
    assert np.all(many >= few * (1 - 1e-12))


@settings(max_examples=15)
@given(SEEDS, st.integers(1, 11))
@pytest.mark.slow
def test_another_bit_of_the_converter_never_saves_area_or_time(seed, bits):
    designs = random_designs(20, seed)
    less, more = (crossbar_unit(changed(designs, adc_bits=b)) for b in (bits, bits + 1))
    assert np.all(more.area_m2 >= less.area_m2 * (1 - 1e-12))
    assert np.all(more.conversion_s >= less.conversion_s * (1 - 1e-12))


@settings(max_examples=15)
@given(SEEDS)
@pytest.mark.slow
def test_more_rows_never_need_less_area(seed):
    designs = changed(random_designs(20, seed), crossbar_rows=128)
    taller = changed(designs, crossbar_rows=256)
    assert np.all(crossbar_unit(taller).area_m2 > crossbar_unit(designs).area_m2)


@settings(max_examples=10)
@given(SEEDS)
@pytest.mark.slow
def test_a_batch_is_its_halves(seed):
    designs = random_designs(24, seed)
    whole = crossbar_energy(designs, NETWORK)
    front, back = (
        crossbar_energy(designs.take(slice(0, 12)), NETWORK),
        crossbar_energy(designs.take(slice(12, 24)), NETWORK),
    )
    assert_array_equal(whole.energy_j, np.concatenate([front.energy_j, back.energy_j]))
    assert_allclose(sum(whole.by_component.values()), whole.energy_j, rtol=1e-12, atol=0)
