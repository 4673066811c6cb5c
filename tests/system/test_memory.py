"""Evaluating keeps nothing: what a thousand evaluations leave behind is what a hundred do."""

import gc
import tracemalloc

import numpy as np
import pytest

from siam_dse.runs.spaces import load_space
from siam_dse.system.evaluate import evaluate
from siam_dse.workload.load import load_network

MOST_KEPT = 20_000  # bytes an evaluation; one of four designs allocates some millions


@pytest.mark.slow
def test_evaluations_leave_nothing_behind():
    space, network = load_space("full"), load_network("lenet5")
    rng = np.random.default_rng(1)

    def evaluated(n):
        for _ in range(n):
            levels = rng.integers(0, np.asarray(space.radices), size=(4, len(space.axes)))
            evaluate(network, space.designs(levels)).to_frame()
        gc.collect()

    evaluated(6)  # tables are read, kernels compiled
    tracemalloc.start()
    try:
        evaluated(6)
        first, _ = tracemalloc.get_traced_memory()
        evaluated(12)
        last, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert last - first < 12 * MOST_KEPT
