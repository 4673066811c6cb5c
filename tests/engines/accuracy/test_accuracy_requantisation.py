"""Rounding of weights and inputs to fewer bits: hand counts, limits, monotony, and a network requantised for real."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.design.designs import Designs
from siam_dse.engines.accuracy.engine import accuracy_cost, layer_sqnr_db
from siam_dse.engines.accuracy.moments import gaussian_weights
from siam_dse.engines.accuracy.requantisation import input_step, requantisation, step_variance, weight_step
from siam_dse.technology.technology import packaged_technology
from siam_dse.validation.digits_network import digits_workload, load_digits_network
from siam_dse.workload.load import load_network

NETWORK = load_network("resnet50")
BITS = np.arange(1, 9)
VARIED: dict[str, Any] = {"weight_mapping": "differential", "adc_range": "calibrated", "cell_sigma": 0.1}


def test_steps_by_hand() -> None:
    # symmetric weights: +-127 in steps of one, +-7 in 254 / 14, +-1 in 127; one bit: the ends. Inputs: 255 in 15, 3, 1.
    bits = np.array([8, 4, 2, 1])
    assert_allclose(weight_step(bits, np.full(4, 8)), [1, 127 / 7, 127, 254], rtol=1e-15)
    assert_allclose(input_step(bits, np.full(4, 8)), [1, 17, 85, 255], rtol=1e-15)
    assert_allclose(step_variance(np.array([1.0, 17.0, 127.0])), [0, 24, 1344], rtol=1e-15)


def test_noise_of_four_bit_data_by_hand() -> None:
    # E[w^2] = (127 / 5)^2 + 1/12 = 645.24. Inputs: sigma = 255 / 3.0902 = 82.52, half of them zero, E[x^2] = 3392 with
    # the 0.2 % beyond the largest code clipped. v_w = ((127 / 7)^2 - 1) / 12 = 27.346, v_x = 24 / 2 = 12:
    # noise = 3392 x 27.346 + 645.24 x 12 + 27.346 x 12 = 100830, signal 3392 x 645.24: 13.37 dB
    got = requantisation(packaged_technology(), np.array([4]), np.array([4]))
    assert_allclose(got.noise, 100830, rtol=1e-4)
    assert_allclose(10 * np.log10(got.signal / got.noise), 13.37, rtol=1e-3)
    # an exact converter adds nothing, and every layer has the same data
    layers = layer_sqnr_db(Designs.grid(weight_bits=4, activation_bits=4, cell="sram"), NETWORK)
    assert_allclose(layers, np.full(layers.shape, 13.37), rtol=1e-3)


def test_a_bit_of_weights_is_worth_six_decibels() -> None:
    # textbook: 20 log10(2) = 6.02 dB a bit while steps are many and well above int8's
    got = requantisation(packaged_technology(), np.array([12, 5, 4]), np.array([8, 8, 8]))
    sqnr = 10 * np.log10(got.signal[1:] / got.noise[1:])
    assert got.noise[0] == 0
    assert_allclose(sqnr[0] - sqnr[1], 20 * np.log10(2), rtol=0.11)


def test_uniform_errors_are_those_of_rounding_the_assumed_data() -> None:
    # Gaussian weights on a fine grid, rounded; from three bits on, where a step is below two standard deviations
    values = np.linspace(-127, 127, 50_001)
    share = np.exp(-((values / 25.4) ** 2) / 2)
    share /= share.sum()
    for bits in range(3, 8):
        step = float(weight_step(np.array([bits]), np.array([8]))[0])
        error = share @ (values - step * np.round(values / step)) ** 2
        own = share @ (values - np.round(values)) ** 2
        assert_allclose(step_variance(np.array([step])), error - own, rtol=2e-3)


def test_int8_and_finer_lose_nothing_and_bits_below_cost_ever_more() -> None:
    got = requantisation(packaged_technology(), np.array([8, 8, 12, 16]), np.array([8, 12, 8, 16]))
    assert_array_equal(got.noise, np.zeros(4))
    assert_array_equal(got.step, np.ones(4))
    for name in ("sram", "rram_1t1r"):
        designs = Designs.grid(cell=name, weight_bits=BITS, activation_bits=BITS, **VARIED)
        loss = accuracy_cost(designs, NETWORK).accuracy_loss_pct.reshape(len(BITS), len(BITS))
        assert np.all(np.diff(loss, axis=0) < 0)
        assert np.all(np.diff(loss, axis=1) < 0)
        assert loss[1, 0] > 75  # two-bit weights and one-bit inputs: chance
        assert 30 < loss[3, 3] < 70
        assert loss[5, 5] < loss[7, 7] + 5


@settings(max_examples=40)
@given(st.integers(1, 15), st.integers(1, 15))
def test_a_bit_less_never_helps(weight_bits: int, activation_bits: int) -> None:
    w = weight_bits + np.array([0, 1, 0])
    x = activation_bits + np.array([0, 0, 1])
    got = requantisation(packaged_technology(), w, x)
    share = got.noise / got.signal
    assert np.all(share[1:] <= share[0] * (1 + 1e-12))
    assert np.all(got.noise >= 0)


def test_the_crossbars_noise_counts_in_the_reference_unit() -> None:
    # Variation of one-level offset cells: sigma^2 E[x^2] sum_s 4^s q_s in its own unit, times the step squared,
    # 127/31 and 127/15; converters of enough bits and ideal wires add a nearly constant part to it.
    bits = np.array([8, 6, 5])
    designs = Designs.grid(weight_bits=bits, cell_sigma=0.3, r_off_ohm=1e9, adc_bits=10)
    got = requantisation(packaged_technology(), designs.weight_bits, designs.activation_bits)
    total = 10 ** (-accuracy_cost(designs, NETWORK, ideal_wires=True).sqnr_db / 10)
    own = total - got.noise / got.signal
    levels = [gaussian_weights(packaged_technology(), int(b), 1, is_differential=False).level_msq for b in bits]
    stored = np.array([np.sum(4.0 ** np.arange(len(q)) * q) for q in levels])
    by_hand = stored * np.array([1, 127 / 31, 127 / 15]) ** 2
    assert_allclose(own / own[0], by_hand / by_hand[0], rtol=0.05)


@pytest.mark.parametrize(("bits", "lower", "upper"), [((6, 6), 2, 4.5), ((4, 4), 3, 5), ((3, 8), 3, 5), ((8, 3), 1, 4)])
def test_a_real_network_requantised_is_better_by_its_fuller_range(
    bits: tuple[int, int], lower: float, upper: float
) -> None:
    # Its weights peak at 2.5 to 4.6 standard deviations, assumed are 5: up to 20 log10(5 / 2.5) = 6 dB
    network = load_digits_network()
    step_w, step_x = (
        float(f(np.array([b]), np.array([8]))[0]) for f, b in zip((weight_step, input_step), bits, strict=True)
    )
    noise = []
    for x, weights in zip(network.layer_inputs(network.images[:50]), network.weights, strict=True):
        exact = x @ weights
        rounded = step_x * np.round(x / step_x) @ (step_w * np.round(weights / step_w))
        noise.append(np.mean((rounded - exact) ** 2) / np.var(exact))
    measured = -10 * np.log10(np.mean(noise))
    design = Designs.grid(cell="sram", weight_bits=bits[0], activation_bits=bits[1])
    predicted = accuracy_cost(design, digits_workload(0.99)).sqnr_db[0]
    assert lower < measured - predicted < upper
