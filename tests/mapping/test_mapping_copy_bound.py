"""The bound below the work of copies: a hand count, and never above what any copies that fit can do."""

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from siam_dse.mapping.copy_bound import least_positions


def test_two_layers_by_hand():
    # One tile each, 1600 and 100 positions, 100 tiles: 80 and 20 copies, 20 + 5 positions. Equal stages: 1700 / 100.
    total, slowest = least_positions(np.array([[1, 1]]), np.array([1600, 100]), np.array([100]))
    assert_allclose([total[0], slowest[0]], [25, 17], rtol=1e-12, atol=0)


def test_without_room_for_copies_it_is_all_positions():
    total, _ = least_positions(np.array([[3, 2]]), np.array([10, 7]), np.array([5]))
    assert total[0] <= 17 * (1 + 1e-12)
    assert total[0] > 15


@settings(max_examples=80)
@given(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 12)), min_size=1, max_size=3), st.integers(0, 30))
def test_no_copies_that_fit_do_with_less(layers, spare):
    tiles, positions = (np.array(column) for column in zip(*layers, strict=True))
    room = int(tiles.sum()) + spare
    total, slowest = (bound[0] for bound in least_positions(tiles[None], positions, np.array([room])))
    fit = [
        np.ceil(positions / copies)
        for copies in product(*(range(1, p + 1) for p in positions))
        if np.dot(copies, tiles) <= room
    ]
    assert total <= min(each.sum() for each in fit) * (1 + 1e-9)
    assert slowest <= min(each.max() for each in fit) * (1 + 1e-9)
