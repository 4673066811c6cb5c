"""A guard on speed that is counted and not timed: calls of Python functions and memory that an evaluation takes."""

import sys
import tracemalloc

import numpy as np
import pytest

from siam_dse.design.designs import Designs
from siam_dse.runs.spaces import load_space
from siam_dse.search.problem import Problem
from siam_dse.system.evaluate import evaluate
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


@pytest.mark.parametrize(("n", "most"), [(1, 18_000), (256, 51_200)])
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


def test_what_columns_rest_on_is_composed_once():
    """Asking for rules and notes after columns, as a search does, costs a tenth of the columns."""
    evaluation = evaluate("resnet50", Designs.grid(crossbar_size=[64, 128], duplication="serial"))
    first = calls_of(evaluation.columns, ["latency_ms", "cost_usd", "accuracy_loss_pct"])
    assert calls_of(lambda: evaluation.violations) < first / 10
    blocks = [list(evaluation._blocks) for _ in range(2)]
    assert [id(composed) for _, composed in blocks[0]] == [id(composed) for _, composed in blocks[1]]
