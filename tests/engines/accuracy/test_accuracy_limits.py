"""What vanishes leaves nothing behind: each figure at a tiny value of a quantity is that at exactly 0.

Tiny is 1e-12 of the natural scale: of a conductance for variation, of a cell's resistance for the wire, of a level for
the pedestal, of an input or a cell for what a layer is fed and holds.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from siam_dse.design.designs import Designs
from siam_dse.engines.accuracy.cases import AccuracyKeys, accuracy_keys, noise_of_cases, set_noise
from siam_dse.engines.accuracy.engine import accuracy_cost
from siam_dse.engines.accuracy.moments import LayerData, gaussian_weights, half_normal_inputs
from siam_dse.engines.accuracy.sqnr import ColumnNoise, signal_per_row, sqnr_db
from siam_dse.technology.technology import packaged_technology
from siam_dse.workload.load import load_network

NETWORK = load_network("resnet50")
TECHNOLOGY = packaged_technology()
TINY = 1e-12
AXES: dict[str, Any] = {
    "weight_mapping": ["offset", "differential"],
    "adc_range": ["full_scale", "calibrated"],
    "crossbar_rows": [8, 100, 256],
    "cell_bits": [1, 2, 4],
    "adc_bits": [3, 5, 7, 8, 10],
    "bias_correction": [False, True],
}
PEDESTALS: list[dict[str, Any]] = [
    {"pedestal": "analog", "r_off_ohm": 1e7},
    {"pedestal": "digital", "r_off_ohm": 1e7},
    {"pedestal": "digital", "r_off_ohm": 1e9},
]
# K of the layers to be computed: one row, less than a crossbar, many crossbars
ROWS = np.array([1, 9, 4608])


@pytest.mark.parametrize("others", PEDESTALS)
@pytest.mark.parametrize("read_mode", ["parallel", "row_by_row"])
def test_variation(read_mode: str, others: dict[str, Any]) -> None:
    designs = Designs.grid(cell_sigma=[0.0, TINY], read_mode=read_mode, **AXES, **others)
    _assert_same(accuracy_cost(designs, NETWORK).sqnr_db)


@pytest.mark.parametrize("sigma", [0.0, 0.05])
@pytest.mark.parametrize("others", PEDESTALS)
def test_wire_resistance(others: dict[str, Any], sigma: float) -> None:
    keys = accuracy_keys(Designs.grid(cell_sigma=sigma, **AXES, **others), ideal_wires=True)
    _assert_same(np.stack([_sqnr(keys), _sqnr(replace(keys, drop=np.full(len(keys.rows), TINY)))]))


@pytest.mark.parametrize("sigma", [0.0, 0.02, 0.2])
def test_pedestal(sigma: float) -> None:
    keys = accuracy_keys(Designs.grid(pedestal=["analog", "digital"], r_off_ohm=1e12, cell_sigma=sigma, **AXES))
    by_ratio = [_sqnr(replace(keys, on_off_ratio=np.full(len(keys.rows), ratio))) for ratio in (np.inf, 1 / TINY)]
    _assert_same(np.stack(by_ratio))
    _assert_same(np.stack(np.split(by_ratio[1], 2, axis=-1)))  # where it is removed


def test_a_pedestal_loses_sqnr_steadily_from_an_exact_conversion_down() -> None:
    r_off = np.geomspace(1e7, 1e12, 11)
    sqnr = accuracy_cost(
        Designs.grid(r_on_ohm=1e4, r_off_ohm=r_off.tolist(), pedestal="digital"), NETWORK, ideal_wires=True
    ).sqnr_db
    assert np.all(np.diff(sqnr) > -1e-9)
    assert_allclose(sqnr[-1], 60, rtol=1e-9)
    # where the dropped pedestal is all of the error, ten times the on/off ratio is 20 dB
    assert_allclose(np.diff(sqnr)[:3], 10, rtol=0.01)


@pytest.mark.parametrize("what", ["bit_density", "level"])
@pytest.mark.parametrize("others", PEDESTALS)
def test_empty_bits_and_slices(others: dict[str, Any], what: str) -> None:
    # the top bit of the inputs is never one, or the top slice of the weights always empty
    axes = {name: values for name, values in AXES.items() if name not in ("weight_mapping", "cell_bits")}
    keys = accuracy_keys(Designs.grid(**axes, **others, cell_sigma=0.05), ideal_wires=True)
    n = len(keys.rows)
    out = []
    for value in (0.0, TINY**2):  # errors follow the square root of a density
        weights, inputs = gaussian_weights(TECHNOLOGY, 8, 1, False), half_normal_inputs(TECHNOLOGY, 8)
        density, mean = inputs.digit_mean.copy(), weights.level_mean.copy()
        (density if what == "bit_density" else mean)[-1] = value
        data = LayerData.of_bits(
            bit_density=np.tile(density, (n, 1)),
            input_mean=np.full(n, inputs.mean),
            input_msq=np.full(n, inputs.msq),
            level_mean=np.tile(mean, (n, 1)),
            level_msq=np.tile(mean, (n, 1)),  # levels 0 and 1: their square is themselves
            weight_mean=np.full(n, weights.mean),
            weight_msq=np.full(n, weights.msq),
            stored_msq=np.full(n, weights.stored_msq),
        )
        out.append(_db(set_noise(TECHNOLOGY.constants("accuracy"), keys, keys.rows, data, 0.016), 1000))
    _assert_same(np.stack(out))


def _sqnr(keys: AccuracyKeys) -> np.ndarray:
    """SQNR of every key at every K, raw and unbiased. [dB]"""
    return np.stack([_db(noise_of_cases(TECHNOLOGY, keys, np.minimum(keys.rows, k)), k) for k in ROWS])


def _db(noise: ColumnNoise, k: int) -> np.ndarray:
    """Raw and unbiased SQNR of K rows. [dB]"""
    weights, inputs = gaussian_weights(TECHNOLOGY, 8, 1, False), half_normal_inputs(TECHNOLOGY, 8)
    signal = signal_per_row(*(np.array(value) for value in (inputs.mean, inputs.msq, weights.mean, weights.msq)))
    return np.stack([sqnr_db(signal, part, 60) for part in (noise.raw + k * noise.bias**2, noise.unbiased)])


def _assert_same(sqnr: np.ndarray) -> None:
    """Assert that the second half of the SQNRs are those of the first half, to 1e-6 of the power."""
    at_zero, tiny = np.split(sqnr.reshape(-1), 2)
    assert_allclose(10 ** (tiny / 10), 10 ** (at_zero / 10), rtol=1e-6)
