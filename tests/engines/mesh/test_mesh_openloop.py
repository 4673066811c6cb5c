"""Random traffic: idle latency by hand, queueing formulas at their limits, growth with the load."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from siam_dse.engines.mesh.openloop import Injection, open_loop_latency, tail_cycles
from siam_dse.engines.mesh.patterns import PATTERNS, pattern_pairs
from siam_dse.engines.mesh.queueing import head_waits, queue_after, second_moment


def injection(rate, pattern="uniform", side=4, flits=1, virtual_channels=4, vc_flits=8):
    rate = np.atleast_1d(np.asarray(rate, dtype=float))
    one = np.ones(len(rate))
    return Injection(
        np.full(len(rate), side), (pattern,) * len(rate), rate, one * flits, one * virtual_channels, one * vc_flits
    )


@pytest.mark.parametrize(
    ("pattern", "hops"),
    # k = 4. uniform: 2 x mean |i - j| of 16 pairs = 2 x 1.25. transpose: mean 2 |x - y| = 2.5. neighbor: in x three of
    # four go 1, one goes back 3: 1.5, twice. tornado: step 1, the same. hotspot: mean |i - 1| and |i - 2| = 1, twice
    [("uniform", 2.5), ("transpose", 2.5), ("neighbor", 3.0), ("tornado", 3.0), ("hotspot", 2.0)],
)
def test_idle_latency_is_five_a_hop_and_seven(pattern, hops):
    latency, busy = open_loop_latency(injection(1e-9, pattern))
    assert_allclose(latency, 5 * hops + 7, rtol=1e-6, atol=0)
    assert busy[0] < 1e-6


def test_tail_of_long_packets_as_measured():
    # 4 flits over buffers of 8, 4, 3, 1: the last flit 3, 3, 5, 15 cycles behind the first
    assert_allclose(tail_cycles(np.full(4, 4.0), np.array([8.0, 4, 3, 1])), [3, 3, 5, 15], rtol=0, atol=0)


@pytest.mark.parametrize("pattern", list(PATTERNS))
def test_latency_and_utilisation_grow_with_the_rate(pattern):
    latency, busy = open_loop_latency(injection(np.linspace(0.01, 0.6, 12), pattern))
    assert (np.diff(latency) >= -1e-9).all()
    assert (np.diff(busy) > 0).all()


def test_ports_of_a_full_channel_wait_for_one_another():
    # four ports that share a channel at its full rate: each head waits for one packet of each of the others
    load = np.full((1, 4), 0.25)
    waits = head_waits(load, np.zeros(1), np.ones((1, 4)), np.ones(1), np.ones(1))
    assert_allclose(waits, np.full((1, 4), 3.0), rtol=0.1, atol=0)
    # one port alone waits for nobody
    assert_allclose(
        head_waits(np.array([[0.5, 0, 0, 0]]), np.zeros(1), np.ones((1, 4)), np.ones(1), np.ones(1))[0, 0], 0, atol=0
    )


def test_queue_joins_steady_state_and_overload():
    # half full, E[S(S-s)] = 3: rate 0.5 x 3 / (2 x 0.5) = 1.5 cycles; twice full: after t cycles (2 - 1) t wait at
    # the end, half of it on average... of the packets present: L = (busy - 1) mu t
    rate, spread = np.array([0.5, 2.0]), np.array([3.0, 3.0])
    wait = queue_after(rate, np.array([0.5, 2.0]), spread, np.zeros(2), 1e6)
    assert_allclose(wait[0], 1.5, rtol=0.02, atol=0)
    assert_allclose(wait[1], 1e6, rtol=0.02, atol=0)


def test_second_moment_of_whole_and_fractional_cycles():
    # 4 cycles always: 16; 1 or 2 cycles, 1.25 on average: 0.75 x 1 + 0.25 x 4 = 1.75
    assert_allclose(second_moment(np.array([4.0, 1.25])), [16, 1.75], rtol=0, atol=0)


def test_pairs_of_hotspot_and_two_by_two():
    pairs = pattern_pairs(np.array([4, 2]), ["hotspot", "hotspot"])
    assert set(pairs.goal[pairs.case == 0]) == {5, 6, 9, 10}
    assert set(pairs.goal[pairs.case == 1]) == {3}
    assert (np.bincount(pairs.case) == [64, 4]).all()
