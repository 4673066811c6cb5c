"""Where conversions lie: two sets with different numbers of slices and bits, by hand."""

import numpy as np
from numpy.testing import assert_array_equal

from siam_dse.engines.accuracy.layout import Layout

# two slices and one bit, then one slice and three bits: conversions 0 and 1 of the first set, 2 to 4 of the second
LAYOUT = Layout(np.array([2, 1]), np.array([1, 3]))


def test_coarse_values_repeat_on_finer_axes() -> None:
    assert_array_equal(LAYOUT.set_to_slice(np.array([7, 8])), [7, 7, 8])
    assert_array_equal(LAYOUT.set_to_bit(np.array([7, 8])), [7, 8, 8, 8])
    assert_array_equal(LAYOUT.set_to_conversion(np.array([7, 8])), [7, 7, 8, 8, 8])
    assert_array_equal(LAYOUT.slice_to_conversion(np.array([4, 5, 6])), [4, 5, 6, 6, 6])
    assert_array_equal(LAYOUT.bit_to_conversion(np.array([1, 2, 3, 4])), [1, 1, 2, 3, 4])
    assert_array_equal(LAYOUT.owner, [0, 0, 1, 1, 1])
    assert_array_equal(LAYOUT.slice_number, [0, 1, 0])
    assert_array_equal(LAYOUT.bit_number, [0, 0, 1, 2])


def test_sums_stay_within_a_set_or_slice() -> None:
    values = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    assert_array_equal(LAYOUT.over_set(values), [3, 28])
    assert_array_equal(LAYOUT.over_slice(values), [1, 2, 28])
    assert_array_equal(LAYOUT.over_slice(values, np.maximum), [1, 2, 16])
    assert_array_equal(LAYOUT.over_slices(values[:3]), [3, 4])
    assert_array_equal(LAYOUT.over_bits(values[:4]), [1, 14])
