"""Times on chip by compiled loops are those of the arrays."""

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import siam_dse as sd
from siam_dse.engines.noc import loads
from siam_dse.engines.noc.loads import NocLoads, fast_latency_s

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "system"))
from system_cases import random_designs

pytest.importorskip("numba")


@pytest.mark.parametrize("name", ["resnet50", "densenet40", "lenet5", "vit_b16"])
def test_loops_find_the_same_times(monkeypatch, name):
    designs, found = random_designs(150, seed=len(name)), []
    for by_loop in (True, False):
        monkeypatch.setattr(loads, "takes_loop", lambda *_, by_loop=by_loop: by_loop)
        found.append(sd.evaluate(name, designs).columns(["noc_latency_ms", "latency_ms", "energy_mj"]))
    for column, values in found[0].items():
        assert_array_equal(values, found[1][column], err_msg=column)


@pytest.mark.parametrize("by_loop", [True, False])
def test_a_hand_count(monkeypatch, by_loop):
    # busy 3 and 5 cycles a flit a value, head 7 and 9: of 4 bits in flits of 2 they take 3 x 2 - 1 + 7 = 12 cycles and
    # 5 x 2 - 1 + 9 = 18, at once 18; sums of 4 and 1 bits in turn 12 + 5 / 2 - 1 + 9 = 22.5; at 2 Hz 9 s and 11.25 s
    monkeypatch.setattr(loads, "takes_loop", lambda *_: by_loop)
    busy, head = np.array([[[3.0, 5.0]] * 2]), np.array([[[7.0, 9.0]] * 2])
    own = NocLoads(np.array([1, 0]), np.array([False, True]), busy, head, np.zeros((1, 3, 2)), np.zeros((1, 3, 2)))
    rows, width, clock = np.zeros(1, dtype=np.int64), np.array([2.0]), np.array([2.0])
    maps = fast_latency_s(own, False, rows, np.full((1, 1, 1), 4.0), width, clock, 2)
    sums = fast_latency_s(own, True, rows, np.array([[[4.0, 1.0], [8.0, 8.0]]]), width, clock, 2)
    assert_array_equal(maps, [[0, 9.0]])
    assert_array_equal(sums, [[11.25, 0]])
