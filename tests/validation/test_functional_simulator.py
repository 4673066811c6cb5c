"""The bit-serial simulator against loops over scalars, exact products and solved resistor networks."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.validation.simulator import Crossbar, Layer, ladder_current

RNG = np.random.default_rng(11)
WEIGHTS = RNG.integers(-127, 128, (20, 5)).astype(float)
INPUTS = RNG.integers(0, 256, (7, 20)) * (RNG.random((7, 20)) < 0.6).astype(float)


def scalar_product(weights: np.ndarray, inputs: np.ndarray, box: Crossbar, low: float, step: float) -> np.ndarray:
    """Twin: one conversion at a time, ideal devices and wires, converters with the given lowest code and step."""
    out = np.zeros((len(inputs), weights.shape[1]))
    bits = box.weight_bits - 1 if box.is_differential else box.weight_bits
    for i in range(len(inputs)):
        for j in range(weights.shape[1]):
            total = 0.0
            for sign in (1, -1) if box.is_differential else (1,):
                for start in range(0, len(weights), box.rows):
                    rows = range(start, min(start + box.rows, len(weights)))
                    for shift in range(0, bits, box.cell_bits):
                        for bit in range(box.activation_bits):
                            signal, active = 0.0, 0
                            for k in rows:
                                w = int(weights[k, j])
                                stored = max(sign * w, 0) if box.is_differential else w + 2 ** (box.weight_bits - 1)
                                level = (stored >> shift) % 2**box.cell_bits
                                on = (int(inputs[i, k]) >> bit) % 2
                                signal += on * (level + box.seen_pedestal)
                                active += on
                            code = min(max(round((signal - low) / step), 0), 2**box.adc_bits - 1)
                            value = low + code * step - box.seen_pedestal * active
                            total += sign * 2**shift * 2**bit * value
            if not box.is_differential:
                total -= 2 ** (box.weight_bits - 1) * inputs[i].sum()
            out[i, j] = total
    return out


@pytest.mark.parametrize("is_differential", [False, True])
@pytest.mark.parametrize(("cell_bits", "adc_bits", "step"), [(1, 2, 2), (2, 3, 4), (4, 7, 1)])
@pytest.mark.slow
def test_full_scale_equals_the_scalar_twin(is_differential: bool, cell_bits: int, adc_bits: int, step: int) -> None:
    # full scale of 8 rows: 8, 24 -> 32, 120 -> 128 levels
    box = Crossbar(rows=8, adc_bits=adc_bits, cell_bits=cell_bits, is_differential=is_differential)
    got = Layer(WEIGHTS, box, INPUTS, RNG).product(INPUTS)
    assert_allclose(got, scalar_product(WEIGHTS, INPUTS, box, 0.0, step), rtol=1e-12, atol=1e-9)


def test_a_pedestal_in_the_signal_equals_the_scalar_twin() -> None:
    box = Crossbar(rows=8, adc_bits=4, is_pedestal_seen=True, on_off_ratio=1 + 1 / 0.13)  # no ties
    got = Layer(WEIGHTS, box, INPUTS, RNG).product(INPUTS)
    assert_allclose(got, scalar_product(WEIGHTS, INPUTS, box, 0.0, 1.0), rtol=1e-5, atol=0.05)  # single precision


@pytest.mark.parametrize("is_differential", [False, True])
@pytest.mark.parametrize("cell_bits", [1, 2, 3, 4])
def test_enough_bits_are_exact(is_differential: bool, cell_bits: int) -> None:
    box = Crossbar(rows=8, adc_bits=8, cell_bits=cell_bits, is_differential=is_differential)
    exact = INPUTS @ WEIGHTS
    assert_array_equal(Layer(WEIGHTS, box, INPUTS, RNG).product(INPUTS), exact)
    calibrated = replace(box, range_percentile=99.9)
    assert_array_equal(Layer(WEIGHTS, calibrated, INPUTS, RNG).product(INPUTS), exact)


def test_single_cells_are_exact_without_variation_and_err_with_it() -> None:
    box = Crossbar(rows=8, adc_bits=4, is_row_by_row=True, on_off_ratio=10.0)
    exact = INPUTS @ WEIGHTS
    assert_array_equal(Layer(WEIGHTS, box, INPUTS, RNG).product(INPUTS), exact)
    varied = Layer(WEIGHTS, replace(box, cell_sigma=0.5), INPUTS, RNG).product(INPUTS)
    assert np.any(varied != exact)


def test_variation_scales_with_sigma_and_its_mean_error_is_removed() -> None:
    box = Crossbar(rows=32, adc_bits=12, is_differential=True, cell_sigma=0.02, range_percentile=100.0, cell_bits=4)
    exact = INPUTS @ WEIGHTS
    small = Layer(WEIGHTS, box, INPUTS, np.random.default_rng(1))
    assert_allclose((small.product(INPUTS, bias_correction=True) - exact).mean(axis=0), np.zeros(5), atol=1e-6)
    large = Layer(WEIGHTS, replace(box, cell_sigma=0.2), INPUTS, np.random.default_rng(1))
    assert np.std(large.product(INPUTS) - exact) > 5 * np.std(small.product(INPUTS) - exact)


def test_wires_that_rounding_repairs_cost_nothing() -> None:
    # a drop of some thousandths of a level is rounded away, and what calibration takes out must be nothing too
    box = Crossbar(rows=32, adc_bits=8, drop=1e-6)
    assert_array_equal(Layer(WEIGHTS, box, INPUTS, RNG).product(INPUTS), INPUTS @ WEIGHTS)
    heavy = Layer(WEIGHTS, replace(box, drop=5e-3), INPUTS, RNG).product(INPUTS)
    assert np.any(heavy != INPUTS @ WEIGHTS)


def test_ladder_equals_solved_node_equations() -> None:
    # nodes 0..n-1 along the wire, node -1 the sense end at 0 V; every active cell ties its node to 1 V
    n, wire = 12, 0.02
    ones = RNG.integers(0, 2, (4, n)).astype(np.float32)
    cells = RNG.random((n, 3)).astype(np.float32)
    got = ladder_current(ones, cells, wire, lump=1)
    for i in range(len(ones)):
        for j in range(cells.shape[1]):
            matrix, source = np.zeros((n, n)), np.zeros(n)
            for k in range(n):
                g = float(ones[i, k] * cells[k, j])
                matrix[k, k] += g + 1 / wire + (1 / wire if k < n - 1 else 0)
                source[k] = g
                if k < n - 1:
                    matrix[k, k + 1] = matrix[k + 1, k] = -1 / wire
            assert_allclose(got[i, j], np.linalg.solve(matrix, source)[0] / wire, rtol=1e-5)


def test_lumped_ladder_is_close_to_the_full_one() -> None:
    ones = RNG.integers(0, 2, (3, 128)).astype(np.float32)
    cells = RNG.integers(0, 2, (128, 4)).astype(np.float32)
    wire = 7e-6 * 4
    full, lumped = ladder_current(ones, cells, wire, lump=1), ladder_current(ones, cells, wire)
    lost = ones @ cells - full
    assert_allclose(ones @ cells - lumped, lost, rtol=0.06)  # of a drop of some percent
    assert_allclose(ladder_current(ones, cells, 0.0), ones @ cells, rtol=1e-6)
