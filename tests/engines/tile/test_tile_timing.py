"""Pace and fill of the digital steps: hand counts, limits, what the crossbars hide."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from siam_dse.design.designs import Designs
from siam_dse.engines.tile.engine import tile_energy, tile_latency, tile_unit
from siam_dse.engines.tile.library import design_library, whole_cycles
from siam_dse.engines.tile.shape import tile_shape
from siam_dse.engines.tile.trees import adder_law


def energy_of(network, **fields):
    designs = Designs.grid(**fields)
    return tile_energy(designs, network, tile_unit(designs, np.full(len(designs), 1.8e-8)))


def test_whole_cycles():
    clock = np.array([1e9])
    assert whole_cycles(np.array([1e-9]), clock) == 1
    assert whole_cycles(np.array([1.001e-9]), clock) == 2
    assert whole_cycles(np.array([0.0]), clock) == 0


def test_interval_of_the_default_tile_by_hand(tile_networks):
    # An ADC converts its 8 columns one after another, for each of 8 input bits: 64 cycles at 1 GHz, whatever the layer.
    interval = energy_of(tile_networks["vgg8"]).interval_s[0]
    assert_allclose(interval, 64e-9, rtol=1e-12, atol=0)


def test_fill_grows_with_stages_and_with_row_blocks(tile_networks):
    network = tile_networks["vgg8"]
    fill = energy_of(network).fill_s[0]
    first, fc1 = 0, network.layer_names.index("fc1")
    assert network.rows[first] < 128 < network.rows[fc1]
    assert 0 < fill[first] < fill[fc1] < 1e-6


def test_a_correction_is_one_addition_more(tile_networks):
    # An addition of 25 + 6 bits at 32 nm, in whole cycles of 1 ns, once a layer.
    designs = Designs.grid(bias_correction=[False, True])
    energy, law = energy_of(tile_networks["vgg8"], bias_correction=[False, True]), adder_law(design_library(designs))
    assert tile_shape(designs).accumulator_bits.tolist() == [31, 31]
    cycles = np.ceil((law.delay_fixed_s[0] + 31 * law.delay_per_bit_s[0]) / 1e-9)
    assert_allclose(energy.fill_s[1] - energy.fill_s[0], cycles * 1e-9, rtol=1e-9, atol=0)


def test_a_slower_clock_is_slower_in_proportion_at_most(tile_networks):
    # Steps in whole cycles: at half the clock a step takes between the same time and twice the time.
    fast, slow = (energy_of(tile_networks["vgg8"], clock_hz=c) for c in (1e9, 5e8))
    for name in ("fill_s", "interval_s"):
        ratio = getattr(slow, name) / getattr(fast, name)
        assert np.all(ratio > 1)
        assert np.all(ratio <= 2 * (1 + 1e-12))


def test_slow_crossbars_hide_everything_but_the_fill(tile_networks):
    energy = energy_of(tile_networks["vgg8"])
    positions = tile_networks["vgg8"].positions[None, :]
    assert_allclose(
        tile_latency(energy.interval_s, energy.fill_s, positions, np.array([1.0])), energy.fill_s, rtol=1e-12, atol=0
    )


@given(st.floats(1e-9, 1e-6), st.floats(1e-9, 1e-6), st.integers(1, 10**6))
def test_what_the_crossbars_do_not_hide(interval, crossbar, positions):
    # Crossbars and digital steps side by side take the longer of the two a position.
    fill = 2e-8
    digital = tile_latency(np.array([[interval]]), np.array([[fill]]), np.array([[positions]]), np.array([crossbar]))
    assert_allclose(positions * crossbar + digital[0, 0], positions * max(interval, crossbar) + fill, rtol=1e-9, atol=0)
    by_layer = tile_latency(np.array([[interval]]), np.array([[fill]]), np.array([[positions]]), np.array([[crossbar]]))
    assert by_layer == digital
