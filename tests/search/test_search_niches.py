"""Niches keep the best of each choice, and climbers start again where they are stuck."""

import numpy as np
from numpy.testing import assert_array_equal

from siam_dse.search.climbers import Climbers
from siam_dse.search.moves import Moves
from siam_dse.search.niches import _PLENTY, Niches

RADICES, IS_ORDERED = (3, 40, 2), [False, True, False]


def take(niches, levels, objectives, beyond, most):
    """Offer designs to niches beside a front that has plenty of nothing."""
    niches.take(levels, objectives, beyond, most, np.zeros(len(levels), dtype=bool), levels[:0])


def test_a_choice_that_is_dominated_everywhere_keeps_its_own_front():
    """Choice 0 of the first axis beats all others; of the designs with choice 1, (1, 5, 0) and (1, 6, 0) are best."""
    niches = Niches(Moves(RADICES, IS_ORDERED), IS_ORDERED, 2)
    assert list(zip(niches.axis.tolist(), niches.level.tolist(), strict=True)) == [
        (0, 0),
        (0, 1),
        (0, 2),
        (2, 0),
        (2, 1),
    ]
    found = np.asarray([[0, 1, 0], [1, 5, 0], [1, 7, 0]])
    take(niches, found, np.asarray([[0.0, 0.0], [3.0, 4.0], [5.0, 5.0]]), np.zeros(3), 0.0)
    take(niches, np.asarray([[1, 6, 0]]), np.asarray([[4.0, 3.0]]), np.zeros(1), 0.0)
    assert_array_equal(niches.of, [0, 1, 1, 3])
    assert_array_equal(niches.levels, [[0, 1, 0], [1, 5, 0], [1, 6, 0], [0, 1, 0]])
    again = Niches(niches.moves, IS_ORDERED, 2)
    again.restore(niches.state())
    assert_array_equal(again.objectives, niches.objectives)


def test_a_niche_knows_its_extremes_and_drops_what_is_too_far_beyond_a_bound():
    """Of choice 1: (1, 1, 0) is best in the first objective, (1, 3, 0) in the second, (1, 2, 0) lies between."""
    niches = Niches(Moves(RADICES, IS_ORDERED), IS_ORDERED, 2)
    levels = np.asarray([[1, 1, 0], [1, 2, 0], [1, 3, 0]])
    take(niches, levels, np.asarray([[1.0, 3.0], [2.0, 2.0], [3.0, 1.0]]), np.asarray([0.4, 0.0, 0.0]), 0.5)
    assert_array_equal(niches.extremes(), [[1, 1, 0], [1, 3, 0]])
    take(niches, levels[:0], np.zeros((0, 2)), np.zeros(0), 0.3)
    assert_array_equal(niches.extremes(), [[1, 2, 0], [1, 3, 0]])


def test_a_niche_breeds_its_own_choice_and_rare_ones_breed_most():
    niches = Niches(Moves(RADICES, IS_ORDERED), IS_ORDERED, 2)
    rng = np.random.default_rng(0)
    levels = np.stack([np.repeat([0, 1, 2], 40), np.tile(np.arange(40), 3), np.zeros(120, dtype=np.int64)], axis=1)
    take(niches, levels, np.stack([levels[:, 1], -levels[:, 1]], axis=1) + levels[:, :1] * 1.0, np.zeros(120), 0.0)
    parents = np.tile([0, 3, 0], (200, 1))  # all with choice 0
    bred = np.concatenate([niches.bred(300, parents, rng) for _ in range(20)])
    share = np.bincount(bred[:, 0], minlength=3) / len(bred)
    assert_array_equal(np.argsort(share)[0], 0)
    assert (share[1:] > 0.3).all()
    assert {tuple(row) for row in niches._of_one(2, 60, rng)[:, :1].tolist()} == {(2,)}


def test_of_a_choice_that_the_front_has_plenty_of_only_what_joins_it_is_taken():
    """Two designs with choice 0, neither better in both objectives; the second has joined the front."""
    levels, objectives = np.asarray([[0, 1, 0], [0, 2, 0]]), np.asarray([[1.0, 3.0], [3.0, 1.0]])
    for n_front, members in ((_PLENTY - 1, 2), (_PLENTY, 1)):
        niches = Niches(Moves(RADICES, IS_ORDERED), IS_ORDERED, 2)
        front = np.tile([0, 3, 1], (n_front, 1))
        niches.take(levels, objectives, np.zeros(2), 0.0, np.asarray([False, True]), front)
        assert (niches.of == 0).sum() == members
        assert (niches.of == 3).sum() == 2  # the third axis' choice 0, which nothing on the front has


def test_a_climber_moves_to_what_is_better_and_starts_again_where_nothing_is():
    moves, rng = Moves(RADICES, IS_ORDERED), np.random.default_rng(0)
    climbers = Climbers(3, 2)
    climbers.start(np.asarray([[0, 20, 0], [1, 20, 1]]), rng)
    climbers.move(np.asarray([[0, 21, 0], [0, 22, 0], [1, 19, 1]]), np.asarray([2.0, 1.0, 3.0]), np.asarray([0, 0, 1]))
    assert_array_equal(climbers.levels, [[0, 22, 0], [1, 19, 1]])
    for _ in range(20):  # nothing better: 20 times 24 tries, of which some lie outside
        levels, whose = climbers.tries(moves, 24, rng, climbers.levels[:0], all_of_them=False)
        assert set(whose.tolist()) == {0}  # there are tries for one alone
        climbers.move(levels, np.full(len(levels), 9.0), whose)
        if climbers.rank[0] == 9.0:
            break
    assert climbers.rank.tolist() == [9.0, 3.0]
    assert climbers.waited[0] < 24


def test_a_level_of_a_short_ordered_axis_is_a_choice():
    niches = Niches(Moves((4, 5), (True, True)), [True, True], 2)
    assert niches.axis.tolist() == [0, 0, 0, 0]
    assert niches.level.tolist() == [0, 1, 2, 3]


def test_half_of_the_climbers_that_start_again_do_so_at_known_designs():
    moves, rng = Moves((50, 50), (True, True)), np.random.default_rng(0)
    climbers = Climbers(2, 2)
    climbers.start(moves.anywhere(400, rng), rng)
    climbers.waited[:] = 10**6
    known = np.asarray([[7, 7]])
    climbers.tries(moves, 24, rng, known, all_of_them=False)
    assert 160 < (climbers.levels == 7).all(axis=1).sum() < 240
