"""The compiled loop of a phase's rates gives those of the arrays bit for bit, and so does what rests on it."""

import numpy as np
import pytest
from mesh_cases import random_cases
from numpy.testing import assert_array_equal

from siam_dse.engines.mesh import phases, rates
from siam_dse.engines.mesh.fluid import fluid_makespan


@pytest.fixture
def flows(monkeypatch):
    """What the phases of random cases asked the rates of."""
    asked = []
    monkeypatch.setattr(phases, "settled", lambda *args: asked.append(args) or rates.settled(*args))
    monkeypatch.setattr(rates, "takes_loop", lambda *_: False)
    fluid_makespan(random_cases(3, 12))
    assert len(asked) > 20
    return asked


def test_loop_and_arrays_agree(flows, monkeypatch):
    by_arrays = [rates.settled(*args) for args in flows]
    monkeypatch.setattr(rates, "takes_loop", lambda *_: True)
    for args, expected in zip(flows, by_arrays, strict=True):
        found = rates.settled(*args)
        for name in ("rate", "occupancy", "capacity"):
            assert_array_equal(getattr(found, name), getattr(expected, name))


def test_makespan_and_latency_do_not_depend_on_it(monkeypatch):
    cases = random_cases(5, 8)
    found = []
    for by_loop in (False, True):
        monkeypatch.setattr(rates, "takes_loop", lambda *_, by_loop=by_loop: by_loop)
        found.append(np.stack(fluid_makespan(cases)))
    assert_array_equal(found[0], found[1])
