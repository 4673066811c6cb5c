"""A search looks a little beyond the bounds on objectives at first; its front keeps them always."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.design.space import Constraint
from siam_dse.search import archive as archive_module
from siam_dse.search.archive import ArchiveSearch
from siam_dse.search.front import nondominated
from siam_dse.search.leniency import Leniency
from siam_dse.search.problem import Problem, Scores
from siam_dse.workload.network_set import NetworkSet


@pytest.fixture
def problem(network, space):
    """Tiles and chiplets are to be few, utilisation much: the second and third constraint bound objectives."""
    bounds = [Constraint("fits"), Constraint("tiles", "<=", 100.0), Constraint("utilisation", ">=", 0.4)]
    others = [
        Constraint("chiplets", ">=", 2.0),
        Constraint("area_mm2", "<=", 1e6),
        Constraint("tiles", "<=", "chiplets"),
    ]
    return Problem(network, replace(space, constraints=(*bounds, *others)))


def test_bounds_on_the_worse_side_of_an_objective_are_loosened_alone(problem):
    assert problem.bounds_on_objectives == (1, 2)
    leniency = Leniency(problem)
    assert leniency(0) == 0.5
    assert_allclose(leniency(10), 0.5 * 0.96**10, rtol=1e-12, atol=0)
    assert leniency(200) == 0
    slack = np.asarray([[0, 0.4, -1, 0.4, 0, 0, 0], [0, -1, -1, 0, 0, 0, 0], [0, 0.1, 0.6, 0, 0, 0, 0]])
    scores = Scores(np.zeros((3, 3)), slack)
    assert_array_equal(leniency.beyond(scores), [0.4, 0, 0.6])
    assert_array_equal(leniency.loosened(scores, 0).slack, slack - [0, 0.5, 0.5, 0, 0, 0, 0])
    assert_array_equal(scores.slack, slack)


def test_of_several_networks_and_without_such_bounds_nothing_is_loosened(problem, network, space):
    several = NetworkSet((network, replace(network, name="other")), (1.0, 1.0))
    assert Problem(several, replace(space, constraints=(Constraint("tiles", "<=", 9.0),))).bounds_on_objectives == ()
    strict = Problem(network, replace(space, constraints=(Constraint("fits"),)))
    assert Leniency(strict)(0) == 0
    scores = Scores(np.zeros((2, 3)), np.ones((2, 2)))
    assert_array_equal(Leniency(strict).loosened(scores, 0).slack, scores.slack)
    assert_array_equal(Leniency(strict).beyond(scores), [0, 0])


def test_the_front_keeps_the_bounds_and_is_exact(network, space, monkeypatch):
    """Of all designs of the space, where members beyond the bound are known on the way."""
    monkeypatch.setattr(archive_module, "GENERATION", 64)
    bounded = Problem(network, replace(space, constraints=(Constraint("fits"), Constraint("tiles", "<=", 100.0))))
    search, most_beyond, allowed = ArchiveSearch(bounded, 0), [], []
    while len((brood := search.brood()).levels):
        scores = bounded.scores(bounded.evaluate(brood.levels))
        allowed.append(search.leniency(search.generation))
        joined = search.take(brood, scores)
        assert scores.feasible[joined].all()
        most_beyond.append(search.beyond.max())
    assert max(most_beyond) > 0
    assert (np.asarray(most_beyond) <= allowed).all()
    every = bounded.scores(bounded.evaluate(space.levels_at(np.arange(space.size))))
    exact = every.objectives[every.feasible]
    exact = exact[nondominated(exact)]
    found = search.objectives[search.front]
    assert_array_equal(np.unique(found, axis=0), np.unique(exact, axis=0))
    assert search.n_feasible == every.feasible.sum()


def test_a_search_goes_on_from_its_state_with_members_beyond_a_bound(network, space, monkeypatch):
    monkeypatch.setattr(archive_module, "GENERATION", 64)
    bounded = Problem(network, replace(space, constraints=(Constraint("fits"), Constraint("tiles", "<=", 100.0))))

    def grown(search, generations):
        for _ in range(generations):
            brood = search.brood()
            search.take(brood, bounded.scores(bounded.evaluate(brood.levels)))
        return search

    whole, part = grown(ArchiveSearch(bounded, 3), 5), grown(ArchiveSearch(bounded, 3), 2)
    assert (part.beyond > 0).any()
    again = ArchiveSearch(bounded, 3)
    again.restore(part.state())
    for name, values in grown(again, 3).state().items():
        assert_array_equal(values, whole.state()[name], err_msg=name)


def test_a_search_without_a_front_is_not_settled(problem):
    """Members beyond a bound alone are no front, however long nothing joins them."""
    search = ArchiveSearch(problem, 0)
    search.levels, search.objectives = np.zeros((1, 5), dtype=np.int64), np.ones((1, 3))
    search.expanded, search.still = np.asarray([2]), 100
    search.beyond = np.asarray([0.2])
    assert not search.is_settled
    search.beyond = np.asarray([0.0])
    assert search.is_settled


def test_a_state_of_before_there_was_leniency_has_all_its_members_within_the_bounds(problem):
    search = ArchiveSearch(problem, 3)
    brood = search.brood()
    search.take(brood, problem.scores(problem.evaluate(brood.levels)))
    search.beyond, search.niches.beyond = np.zeros(len(search.levels)), np.zeros(len(search.niches.levels))
    state = search.state()
    early = {name: values for name, values in state.items() if name not in ("beyond", "niches_beyond")}
    again = ArchiveSearch(problem, 3)
    again.restore(early)
    assert len(search.levels)
    assert len(search.niches.levels)
    for name, values in again.state().items():
        assert_array_equal(values, state[name], err_msg=name)
    with pytest.raises(KeyError, match="gains"):
        again.restore({name: values for name, values in early.items() if name != "gains"})
