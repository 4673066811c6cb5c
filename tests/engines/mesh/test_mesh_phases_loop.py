"""The compiled loops of a replay give the figures of the arrays bit for bit, and so does what rests on them."""

import numpy as np
import pytest
from mesh_cases import cases_of, random_cases
from numpy.testing import assert_array_equal

from siam_dse.engines.mesh import fluid, phases
from siam_dse.engines.mesh.fluid import fluid_busy_cycles, fluid_makespan


@pytest.fixture
def both(monkeypatch):
    """Figures of a function by arrays and by loops."""

    def of(function, *args):
        found = []
        for by_loop in (False, True):
            for module in (phases, fluid):
                monkeypatch.setattr(module, "takes_loop", lambda *_, by_loop=by_loop: by_loop)
            found.append(function(*args))
        return found

    return of


def assert_same_bytes(one, other):
    assert np.asarray(one).tobytes() == np.asarray(other).tobytes()


@pytest.mark.parametrize("seed", range(4))
def test_loops_and_arrays_agree_source_by_source(both, seed):
    by_arrays, by_loops = both(lambda: phases.replay(phases.prepared(random_cases(seed, 16))))
    for name in ("case", "packets", "end", "mean", "last_rate"):
        assert_same_bytes(getattr(by_arrays, name), getattr(by_loops, name))


@pytest.mark.parametrize("seed", [5, 6, 7])
def test_makespan_latency_and_busy_cycles_do_not_depend_on_it(both, seed):
    cases, draw = random_cases(seed, 30), np.random.default_rng(seed)
    assert_same_bytes(*both(fluid_makespan, cases))
    assert_same_bytes(*both(fluid_busy_cycles, cases, draw.choice([1.0, 4.0], 30), draw.choice([0.5, 1.0, 2.0], 30)))


def volumes_of_one_flow(mode, gap):
    """Cases that differ only in how much is sent, and that part from each other on the way."""
    packets = [3, 3, 4, 7.25, 50, 51, 50, 1e-3, 200]
    flow = ([0, 1, 2, 5, 9], [2, 3, 6, 7, 10, 11])
    return cases_of([flow] * len(packets), packets=packets, mode=mode, gap=gap)


@pytest.mark.parametrize(("mode", "gap"), [("rr_shift", 1), ("asap_rr", 0), ("asap_block", 0), ("spaced", 7)])
def test_cases_that_run_side_by_side_have_the_figures_of_one_alone(both, mode, gap):
    cases = volumes_of_one_flow(mode, gap)
    by_arrays, by_loops = both(fluid_makespan, cases)
    assert_same_bytes(by_arrays, by_loops)
    for i in range(len(cases)):
        assert_array_equal(np.ravel(fluid_makespan(cases.take(np.array([i])))), np.stack(by_loops)[:, i])
