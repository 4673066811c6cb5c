"""Leaders: how far a design moves a front, by hand, and who lies near whom."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.search.leaders import gains, nearest


def test_gain_is_what_the_best_member_lacks_in_its_worst_objective():
    """(1, 0) lacks 0.5 in its first objective to be as good as (0.5, 0.2), and 0.3 in its second for (0.9, -0.3)."""
    front = np.asarray([[0.0, 1.0], [1.0, 0.0]])
    joined = np.asarray([[0.5, 0.2], [0.9, -0.3], [0.0, 1.0]])
    assert_allclose(gains(front, joined, np.random.default_rng(0)), [0.5, 0.3, 0.0])
    assert_array_equal(gains(front[:0], joined, np.random.default_rng(0)), np.zeros(3))


def test_of_a_large_front_some_members_stand_for_all():
    """On a line of 5,000 members a design 0.1 below it gains 0.1 and no more than the gaps between those drawn."""
    x = np.linspace(0, 1, 5000)
    front = np.stack([x, 1 - x], axis=1)
    found = gains(front, np.asarray([[0.4, 0.4]]), np.random.default_rng(0))
    assert 0.1 <= found[0] < 0.11


def test_nearest_members_surround_a_member():
    x = np.linspace(0, 1, 101)
    rows = nearest(np.stack([x, 1 - x], axis=1), 50, 11, np.random.default_rng(0))
    assert_array_equal(np.sort(rows), np.arange(45, 56))
