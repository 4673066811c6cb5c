"""Ranges and steps of converters: hand counts."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose

from siam_dse.design.designs import Designs
from siam_dse.engines.accuracy.cases import accuracy_keys
from siam_dse.engines.accuracy.columns import ColumnSets, signal_mean, signal_variance
from siam_dse.engines.accuracy.layout import Layout
from siam_dse.engines.accuracy.ranges import POLICIES, POLICY_CODES, Conversion, converter_ranges
from siam_dse.technology.technology import packaged_technology


def _sets(rows: float, level_max: float = 1.0, signed: bool = False) -> ColumnSets:
    one = np.ones(1)
    return ColumnSets(
        constants=packaged_technology().constants("accuracy"),
        layout=Layout(np.array([1]), np.array([1])),
        rows=one * rows,
        active_rows=one * rows,
        row_groups=one,
        input_max=one,
        level_max=one * level_max,
        level_offset=one * 0,
        seen_pedestal=one * 0,
        is_signed=np.array([signed]),
        is_paired=np.array([False]),
        slice_weight=one,
        bit_weight=one,
        digit_mean=one / 4,
        digit_msq=one / 4,
        digit_max=one,
        level_mean=one * (0.0 if signed else level_max / 2),
        level_msq=one * level_max**2 / 2,
        conducting_mean=one * level_max / 2,
        conducting_msq=one * level_max**2 / 2,
        stored_msq=one,
        input_mean=one,
        input_msq=one,
        variance_factor=one,
    )


def _range(policy: str, bits: int, rows: float, *, aligned: bool = True, signed: bool = False) -> Conversion:
    sets = _sets(rows, signed=signed)
    return converter_ranges(
        sets,
        signal_mean(sets),
        signal_variance(sets),
        np.array([float(bits)]),
        np.array([POLICY_CODES[policy]]),
        np.array([aligned]),
        np.array([1e4]),
    )


@pytest.mark.parametrize(("rows", "bits", "step"), [(128, 7, 1), (128, 6, 2), (128, 9, 1), (96, 6, 2), (512, 5, 16)])
def test_full_scale_steps_are_powers_of_two(rows: int, bits: int, step: int) -> None:
    got = _range("full", bits, rows)
    assert got.step[0] == step
    assert got.low[0] == 0


def test_continuous_full_scale_just_misses_a_level() -> None:
    # 128 levels on 127 steps; with 8 bits there are codes to spare and the step is one level
    assert_allclose(_range("fullc", 7, 128).step, 128 / 127, rtol=1e-12)
    assert_allclose(_range("fullc", 8, 128).step, 1, rtol=1e-12)


def test_a_calibrated_range_with_bits_to_spare_has_whole_levels() -> None:
    got = _range("calibrated", 8, 128)
    assert got.step[0] == 1
    assert got.low[0] == np.round(got.low[0])
    assert _range("calibrated", 8, 128, aligned=False).step[0] < 1


def test_calibrated_range_by_hand() -> None:
    # 128 rows, 1/4 active, half of the cells on: mean 16, variance 128 (1/8 - 1/64) = 14; 99.9 %: z = 3.29
    got = _range("p99.9", 3, 128, aligned=False)
    z, deviation = 3.2905, np.sqrt(14)
    skew = deviation / 16
    assert_allclose(got.low, 16 - z * deviation, rtol=1e-4)
    assert_allclose(got.high, 16 + deviation * (z + (z**2 - 1) / 6 * skew), rtol=1e-4)


@pytest.mark.parametrize("policy", sorted(POLICIES))
@pytest.mark.parametrize("signed", [False, True])
def test_another_bit_never_widens_the_step(policy: str, signed: bool) -> None:
    steps = [_range(policy, bits, 256, signed=signed).step[0] for bits in range(1, 13)]
    assert all(later <= earlier for earlier, later in pairwise(steps))


def test_keys_know_sram_and_reading_by_row() -> None:
    designs = Designs.from_columns(
        {
            "cell": ["sram", "rram_1t1r", "rram_1t1r"],
            "read_mode": ["parallel", "row_by_row", "parallel"],
            "cell_sigma": 0.1,
            "pedestal": "digital",
            "adc_range": "calibrated",
        },
        n=3,
    )
    keys = accuracy_keys(designs)
    assert keys.cell_sigma.tolist() == [0, 0.1, 0.1]
    assert keys.rows.tolist() == [128, 1, 128]
    assert keys.is_pedestal_seen.tolist() == [False, False, True]
    assert keys.drop[0] == keys.drop[1] == 0 < keys.drop[2]
    assert keys.policy.tolist() == [POLICY_CODES[name] for name in ("calibrated", "full", "calibrated")]
