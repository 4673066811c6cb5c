"""Leaders: how far a design moves a front, by hand, and who lies near whom."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.search.leaders import gains, nearest


def test_gain_is_the_share_by_which_the_nearest_member_is_worse():
    """(150, 110) moves the front by a third, which (200, 100) lacks; (50, 400) by half, which (100, 200) lacks."""
    front = np.asarray([[100.0, 200.0], [200.0, 100.0]])
    joined = np.asarray([[150.0, 110.0], [50.0, 400.0], [100.0, 200.0]])
    assert_allclose(gains(front, joined, np.random.default_rng(0)), np.log([4 / 3, 2, 1]))
    assert_array_equal(gains(front[:0], joined, np.random.default_rng(0)), np.zeros(3))
    assert_array_equal(gains(front, joined[:0], np.random.default_rng(0)), np.zeros(0))


def test_of_a_large_front_some_members_stand_for_all():
    """On x * y = 1, of 5,000 members, a design a tenth below gains a tenth and little more."""
    x = np.exp(np.linspace(-1, 1, 5000))
    front = np.stack([x, 1 / x], axis=1)
    found = gains(front, np.asarray([[0.9, 0.9]]), np.random.default_rng(0))
    assert np.log(1 / 0.9) <= found[0] < np.log(1 / 0.9) + 0.01


def test_nearest_members_surround_a_member():
    x = np.linspace(0, 1, 101)
    rows = nearest(np.stack([x, 1 - x], axis=1), 50, 11, np.random.default_rng(0))
    assert_array_equal(np.sort(rows), np.arange(45, 56))
