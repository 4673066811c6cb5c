"""Width of sums against Python's whole numbers."""

import numpy as np
import pytest

from siam_dse.design.designs import Designs
from siam_dse.mapping.precision import result_bits


@pytest.mark.parametrize("mapping", ["offset", "differential"])
def test_width_is_that_of_the_largest_sum(mapping):
    designs = Designs.grid(
        adc_bits=[1, 5, 7, 12], activation_bits=[1, 8], weight_bits=[1, 8], cell_bits=[1, 3], weight_mapping=mapping
    )
    summed = np.array([1, 2, 3, 16, 37])
    bits = result_bits(designs, np.tile(summed, (len(designs), 1)))
    for u in range(len(designs)):
        one = designs.describe(u)
        magnitude = one["weight_bits"] if mapping == "offset" else max(one["weight_bits"] - 1, 1)
        cells = -(-magnitude // one["cell_bits"])
        weights = sum(2 ** (one["cell_bits"] * k) for k in range(cells))
        for j, crossbars in enumerate(summed):
            largest = (2 ** one["adc_bits"] - 1) * (2 ** one["activation_bits"] - 1) * weights * int(crossbars)
            assert bits[u, j] == largest.bit_length() + (mapping == "differential")


def test_default_tile_by_hand():
    # 7 ADC bits + 8 weight bits + 8 input bits, 4 crossbars: 127 x 255 x 255 x 4 = 33,032,700 < 2^25.
    assert result_bits(Designs.grid(adc_bits=7), np.array([4])).tolist() == [25]
