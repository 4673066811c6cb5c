"""A crew evaluates as one process does, whoever is up, however much each does, and whoever dies."""

import os
import signal
import time

import numpy as np
import pytest

from siam_dse.search import crew as crews
from siam_dse.search.crew import Crew, _balanced, timed_scores
from siam_dse.search.problem import Problem
from siam_dse.search.sweep import sweep

SOON_S = 30.0


@pytest.fixture(scope="module")
def problem(network, space):
    return Problem(network, space)


@pytest.fixture(scope="module")
def levels(problem):
    return problem.space.levels_at(np.arange(200) % problem.space.size)


@pytest.fixture
def crew(problem, monkeypatch):
    monkeypatch.setattr(crews, "_WORTH", 1)
    crew = Crew(problem, 2)
    yield crew
    crew.close()


def assert_same(scores, others):
    np.testing.assert_array_equal(scores.objectives, others.objectives)
    np.testing.assert_array_equal(scores.slack, others.slack)


def until(is_so):
    """Wait for something to come true."""
    end = time.monotonic() + SOON_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def join(crew, levels):
    """Let a crew evaluate until the other process has joined in; returns that process."""
    crew.scores(levels)
    until(lambda: all(rehearsal.done() for rehearsal in crew._rehearsals))
    (other,) = crew._others._processes
    return other


def test_scores_are_the_same_however_they_are_shared(problem, levels, crew):
    alone = timed_scores(problem, levels)[0]
    assert_same(crew.scores(levels), alone)  # the other is not up yet
    join(crew, levels)
    for share in (0.5, 0.05, 0.95, 0.333):
        crew._shares = np.array([share, 1 - share])
        assert_same(crew.scores(levels), alone)
    assert_same(crew.scores(levels[:1]), alone.take([0]))


def test_where_the_other_process_dies_this_one_goes_on(problem, levels, crew):
    alone = timed_scores(problem, levels)[0]
    os.kill(join(crew, levels), signal.SIGKILL)
    for _ in range(3):
        assert_same(crew.scores(levels), alone)
    until(lambda: (crew.scores(levels), crew._others is None)[1])


def test_each_has_as_much_as_it_does_in_the_time_of_the_rest():
    even = np.array([0.5, 0.5])
    np.testing.assert_array_equal(_balanced(even, np.array([2.0, 2.0])), even)
    shares = even
    for _ in range(20):  # the first takes three times as long for a design
        shares = _balanced(shares, shares * np.array([3.0, 1.0]))
    np.testing.assert_allclose(shares, [0.25, 0.75], rtol=1e-5)
    assert _balanced(even, np.array([1e9, 1e-9])).min() > 0.04


def test_a_search_finds_the_same_with_others(network, space, tmp_path):
    options = {"sampler": "archive", "evaluations": 1500, "trials": 40, "results": tmp_path}
    alone, shared = (sweep(network, space, name=f"of{jobs}", jobs=jobs, **options) for jobs in (1, 2))
    assert (alone.path / "pareto.csv").read_bytes() == (shared.path / "pareto.csv").read_bytes()
