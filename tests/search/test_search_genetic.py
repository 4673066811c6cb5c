"""NSGA-II on arrays: ranks and crowding by hand and by definition, generations that follow from what was told alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.search.genetic import GeneticStudy, constrained_rank, crowding_distance
from siam_dse.search.problem import Problem, Scores

pytestmark = pytest.mark.usefixtures("stub")
POPULATION = 12


def dominates(a, b):
    """Whether a design (objectives, excess) constrained-dominates another: Deb et al. 2002, definition 1."""
    if a[1] or b[1]:
        return a[1] < b[1]
    return all(x <= y for x, y in zip(a[0], b[0], strict=True)) and a[0] != b[0]


def rank_by_definition(designs):
    """Fronts taken off one after another."""
    rank, left, number = [0] * len(designs), set(range(len(designs))), 0
    while left:
        front = {i for i in left if not any(dominates(designs[j], designs[i]) for j in left)}
        for i in front:
            rank[i] = number
        left, number = left - front, number + 1
    return rank


@given(st.lists(st.tuples(st.tuples(st.integers(0, 4), st.integers(0, 4)), st.integers(0, 2)), min_size=1, max_size=20))
def test_ranks_are_those_of_the_definition(designs):
    objectives, excess = zip(*designs, strict=True)
    scores = Scores(np.asarray(objectives, dtype=float), np.asarray(excess, dtype=float)[:, None])
    assert constrained_rank(scores).tolist() == rank_by_definition(designs)


def test_crowding_by_hand():
    """Rank 0: (0, 4), (1, 2), (4, 0): the middle one 4 / 4 + 4 / 4. Rank 1: two, both at the ends."""
    objectives = np.asarray([[1.0, 2.0], [0, 4], [9, 9], [4, 0], [8, 10]])
    assert_allclose(crowding_distance(objectives, np.asarray([0, 0, 1, 0, 1])), [2, np.inf, np.inf, np.inf, np.inf])
    assert_array_equal(crowding_distance(np.ones((3, 1)), np.zeros(3, dtype=int)), [0, 0, 0])


def searched(study, problem, n):
    """The designs of n generations."""
    found = []
    for _ in range(n):
        found.append(study.ask(POPULATION))
        study.tell(problem.scores(problem.evaluate(found[-1])))
    return np.concatenate(found)


def test_a_generation_follows_from_trials_and_state(network, space):
    problem = Problem(network, space)
    whole, part = (GeneticStudy(problem, 5, POPULATION) for _ in range(2))
    levels = searched(whole, problem, 6)
    assert_array_equal(searched(part, problem, 4), levels[: 4 * POPULATION])
    again = GeneticStudy(problem, 5, POPULATION)
    told = levels[: 4 * POPULATION]
    again.restore(told, problem.scores(problem.evaluate(told)), [{}] * len(told), part.state())
    assert_array_equal(searched(again, problem, 2), levels[4 * POPULATION :])
    assert len(np.unique(levels, axis=0)) == len(levels)  # none is asked for twice
    assert ((levels >= 0) & (levels < space.radices)).all()


def test_parents_are_the_best_of_the_last_two_generations(network, space):
    problem = Problem(network, space)
    study = GeneticStudy(problem, 1, POPULATION)
    levels = searched(study, problem, 2)
    scores = problem.scores(problem.evaluate(levels))
    rank = constrained_rank(scores)
    parents = study.state()["parents"]
    assert len(set(parents)) == POPULATION
    assert rank[parents].max() <= np.sort(rank)[POPULATION - 1]
    assert_array_equal(np.diff(rank[parents]) >= 0, True)


def test_repeats_once_everything_is_known_and_begins_with_what_it_is_given(network, space):
    problem = Problem(network, space)
    given_levels = np.asarray([[0, 0, 0, 0, 0], [1, 1, 1, 1, 1]])
    study = GeneticStudy(problem, 1, POPULATION, given_levels)
    assert_array_equal(study.ask(POPULATION)[:2], given_levels)
    study.tell(problem.scores(problem.evaluate(study.ask(POPULATION))))
    every = np.stack(np.unravel_index(np.arange(problem.space.size), space.radices), axis=1)
    study.restore(every, problem.scores(problem.evaluate(every)), [], {})
    assert len(study.ask(POPULATION)) == POPULATION
