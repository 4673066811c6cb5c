"""A guard on speed that is counted and not timed: calls of Python functions and memory that an evaluation takes."""

import sys
import tracemalloc

import numpy as np
import pytest

from siam_dse.runs.spaces import load_space
from siam_dse.search.problem import Problem
from siam_dse.workload.load import load_network


@pytest.fixture(scope="module")
def evaluated():
    """Scores of some random designs of full.yaml, what is kept between evaluations computed before."""
    problem = Problem(load_network("resnet50"), load_space("full"))
    rng = np.random.default_rng(0)

    def of(n):
        return problem.scores(problem.evaluate(rng.integers(0, problem.space.radices, (n, len(problem.space.radices)))))

    of(8)
    return of


def calls_of(function, *args):
    """Python functions called, builtins left out."""
    count = 0

    def tally(_frame, event, _argument):
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(tally)
    try:
        function(*args)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(("n", "most"), [(1, 28_000), (256, 70_000)])
def test_calls_of_python_functions(evaluated, n, most):
    """A tenth above the count: an engine that loops over layers or designs in Python is far beyond."""
    assert calls_of(evaluated, n) <= most


def test_memory_of_a_batch(evaluated):
    """Arrays at once, [byte a design]: a tenth above what it takes."""
    tracemalloc.start()
    try:
        evaluated(256)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak / 256 <= 69_000
