"""Moments of weights, inputs and slices: hand counts and identities."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from siam_dse.engines.accuracy.moments import assumed_data, gaussian_weights, half_normal_inputs, n_slices
from siam_dse.technology.technology import packaged_technology


@pytest.mark.parametrize(
    ("weight_bits", "cell_bits", "is_differential", "expected"),
    [(8, 1, False, 8), (8, 1, True, 7), (8, 2, False, 4), (8, 2, True, 4), (8, 4, True, 2), (1, 1, True, 1)],
)
def test_slices_are_whole_cells(weight_bits: int, cell_bits: int, is_differential: bool, expected: int) -> None:
    assert n_slices(weight_bits, cell_bits, is_differential) == expected


def test_two_bit_weights_by_hand() -> None:
    # codes -1, 0, 1; a wide Gaussian gives each nearly 1/3; stored magnitudes 0, 0, 1 in one slice
    wide = gaussian_weights(packaged_technology(), 2, 1, True, 1e6)
    assert_allclose(wide.level_mean, [1 / 3], rtol=1e-6)
    assert_allclose(wide.msq, 2 / 3, rtol=1e-6)
    # offset binary stores 1, 2, 3: low bits 1, 0, 1, high bits 0, 1, 1
    assert_allclose(gaussian_weights(packaged_technology(), 2, 1, False, 1e6).level_mean, [2 / 3, 2 / 3], rtol=1e-6)


@pytest.mark.parametrize("is_differential", [True, False])
@pytest.mark.parametrize("cell_bits", [1, 2, 3, 4])
def test_slices_add_up_to_what_is_stored(cell_bits: int, is_differential: bool) -> None:
    weights = gaussian_weights(packaged_technology(), 8, cell_bits, is_differential)
    stored = np.sum(weights.level_mean * 2.0 ** (cell_bits * np.arange(len(weights.level_mean))))
    codes = np.arange(-127, 128)
    scale = 127 / 5
    share = np.exp(-(codes**2) / (2 * scale**2))  # density instead of the integral over a code: within 0.1 %
    share /= share.sum()
    expected = share @ np.maximum(codes, 0) if is_differential else 128
    assert_allclose(stored, expected, rtol=1e-3)


def test_input_bits_add_up_to_the_mean() -> None:
    inputs = half_normal_inputs(packaged_technology(), 8)
    assert_allclose(inputs.digit_mean @ 2.0 ** np.arange(8), inputs.mean, rtol=1e-12)
    assert inputs.msq > inputs.mean**2
    # half of the inputs are zero: no bit is set more often than in half of the rest
    assert inputs.digit_mean.max() < 0.3


def test_data_of_sets_lie_one_after_another() -> None:
    data = assumed_data(packaged_technology(), [(8, 2, True, 1, 8, 1), (8, 2, False, 1, 8, 1), (7, 1, False, 1, 3, 1)])
    assert data.level_mean.shape == (4 + 4 + 7,)
    assert data.digit_mean.shape == (8 + 8 + 3,)
    assert_allclose(data.level_mean[4:8], gaussian_weights(packaged_technology(), 8, 2, False).level_mean, rtol=0)
    taken = data.take(np.array([2, 1, 2]))
    assert_allclose(taken.stored_msq, data.stored_msq[[2, 1, 2]], rtol=0)
    assert_allclose(taken.level_msq[7:11], data.level_msq[4:8], rtol=0)
    assert_allclose(taken.digit_mean[-3:], half_normal_inputs(packaged_technology(), 3).digit_mean, rtol=0)
