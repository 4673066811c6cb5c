"""Unique keys of a batch against pandas' groups."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from siam_dse.design.designs import Designs
from siam_dse.design.keys import Ranks

NAMES = ("crossbar_rows", "nop_bandwidth_gbps", "weight_mapping", "bias_correction")


def designs(n, seed=0):
    rng = np.random.default_rng(seed)
    return Designs.from_columns(
        {
            "crossbar_rows": rng.choice([64, 128, 4096], n),
            "nop_bandwidth_gbps": rng.choice([20.0, 33.5, 1e4], n),
            "weight_mapping": rng.choice(["offset", "differential"], n),
            "bias_correction": rng.choice([True, False], n),
        }
    )


@pytest.mark.parametrize("n", [1, 2, 7, 500])
@pytest.mark.parametrize("names", [(), ("cell",), NAMES[:1], NAMES, NAMES[::-1]])
def test_a_key_has_one_row_for_each_combination_that_occurs(n, names):
    batch = designs(n)
    key = Ranks(batch).key(names)
    rows = [tuple(getattr(batch, name)[i] for name in names) for i in range(n)]
    assert len(key) == len(set(rows))
    for name in names:
        assert_array_equal(getattr(key.designs, name)[key.gather], getattr(batch, name))
    # the representative of a combination is its first design
    assert_array_equal(key.representative, [rows.index(rows[i]) for i in key.representative])


def test_a_finer_key_finds_its_rows_in_a_coarser_one():
    ranks = Ranks(designs(300))
    fine, coarse = ranks.key(NAMES), ranks.key(NAMES[1:3])
    assert_array_equal(fine.from_key(coarse, coarse.designs.nop_bandwidth_gbps), fine.designs.nop_bandwidth_gbps)


def test_many_wide_fields_do_not_overflow():
    rng = np.random.default_rng(1)
    n = 50
    wide = {name: rng.uniform(0.1, 0.9, n) for name in ("cell_sigma", "input_activity", "read_voltage_v")}
    wide |= {"clock_hz": rng.uniform(1e6, 1e9, n), "noc_clock_hz": rng.uniform(1e6, 1e9, n)}
    batch = Designs.from_columns(wide)
    # 50 ** 5 combinations of ranks are less than 2 ** 63; repeat the fields under a smaller limit by chaining keys
    assert len(Ranks(batch).key(wide)) == n
