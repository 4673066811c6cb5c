"""Sums over layers by a compiled loop are NumPy's bit for bit, whatever the number of layers."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

pytest.importorskip("numba")

from siam_dse.system.kernel import sums_of_rows


@pytest.mark.parametrize("n_layers", [1, 7, 8, 17, 54, 128, 129, 300, 1111])
def test_sums_are_added_in_numpy_s_order(n_layers):
    rng = np.random.default_rng(n_layers)
    one, other = rng.lognormal(0, 6, (2, 40, n_layers))  # of so many magnitudes that any other order shows
    rows, none, sums = rng.integers(0, 40, 60), np.empty(0, dtype=np.int64), np.empty(60)
    sums_of_rows(one, rows, other, rows[::-1].copy(), sums)
    assert_array_equal(sums, (one[rows] * other[rows[::-1]]).sum(axis=1))
    sums_of_rows(one, none, other, none, sums[:40])
    assert_array_equal(sums[:40], (one * other).sum(axis=1))
