"""The bound below the work of copies: a hand count, and never above what any copies that fit can do."""

from itertools import product
from types import SimpleNamespace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.mapping.copy_bound import NO_COPIES, fewer_copy_ways, least_positions


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


def test_ways_of_fewer_copies_by_hand():
    # Of 30 chiplets of which 6 are needed: 25, 16, 9, 6 of them, or no copies. Of 9 with 9 needed, and without a choice
    # of 30, none of these: 9 are a square, but they are all there are.
    mapping = SimpleNamespace(chiplets_needed=np.array([6, 9, 6]), chiplets_given=np.array([30, 9, 30]))
    tiles = np.array([[40, 20]] * 3)
    has_choice = np.array([True, True, False])
    ways = list(fewer_copy_ways(mapping, tiles, np.array([[50, 10]] * 3), np.array([10, 10, 10]), has_choice))
    tried = [[int(way.chiplets[key]) for way in ways if np.isfinite(way.total[key])] for key in range(3)]
    assert tried == [[25, 16, 9, 6, NO_COPIES], [NO_COPIES], []]
    assert_array_equal([ways[-1].total[0], ways[-1].slowest[0]], [60, 50])
    # Equal stages in 25 chiplets of 10 tiles: (50 x 40 + 10 x 20) / 250 positions each.
    assert_allclose(ways[0].slowest[0], 8.8, rtol=1e-12, atol=0)
