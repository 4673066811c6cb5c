"""Random traffic: idle latency by hand, queueing formulas at their limits, growth with the load."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from siam_dse.engines.mesh.openloop import Injection, open_loop, tail_cycles
from siam_dse.engines.mesh.patterns import PATTERNS, pattern_pairs
from siam_dse.engines.mesh.queueing import queue_after, second_moment
from siam_dse.technology.technology import packaged_technology

MESH = packaged_technology().constants("mesh")


def injection(rate, pattern="uniform", side=4, flits=1, virtual_channels=4, vc_flits=8, cycles=1e6):
    rate = np.atleast_1d(np.asarray(rate, dtype=float))
    one = np.ones(len(rate))
    return Injection(
        np.full(len(rate), side),
        (pattern,) * len(rate),
        rate,
        one * flits,
        one * virtual_channels,
        one * vc_flits,
        one * cycles,
        MESH,
    )


@pytest.mark.parametrize(
    ("pattern", "hops"),
    # k = 4. uniform: 2 x mean |i - j| of 16 pairs = 2 x 1.25. transpose: mean 2 |x - y| = 2.5. neighbor: in x three of
    # four go 1, one goes back 3: 1.5, twice. tornado: step 1, the same. hotspot: mean |i - 1| and |i - 2| = 1, twice
    [("uniform", 2.5), ("transpose", 2.5), ("neighbor", 3.0), ("tornado", 3.0), ("hotspot", 2.0)],
)
def test_idle_latency_is_five_a_hop_and_seven(pattern, hops):
    result = open_loop(injection(1e-9, pattern))
    assert_allclose(result.latency, 5 * hops + 7, rtol=1e-6, atol=0)
    assert result.utilisation[0] < 1e-6
    assert result.accepted[0] == 1


def test_tail_of_long_packets_as_measured():
    # 4 flits over buffers of 8, 4, 3, 1: the last flit 3, 3, 5, 15 cycles behind the first
    assert_allclose(tail_cycles(MESH, np.full(4, 4.0), np.array([8.0, 4, 3, 1])), [3, 3, 5, 15], rtol=0, atol=0)


@pytest.mark.parametrize("pattern", list(PATTERNS))
@pytest.mark.parametrize("router", [(1, 1), (3, 3), (4, 8)])
def test_latency_and_utilisation_grow_with_the_rate(pattern, router):
    result = open_loop(
        injection(np.linspace(0.005, 0.5, 12), pattern, virtual_channels=router[0], vc_flits=router[1], cycles=4000)
    )
    assert (np.diff(result.latency) >= -1e-9).all()
    assert (np.diff(result.utilisation) > 0).all()
    assert (np.diff(result.accepted) <= 1e-9).all()
    assert ((result.accepted < 1) == (result.utilisation > 1)).all()


def test_nodes_that_send_to_themselves_queue_at_their_source():
    # tornado on 2 x 2 goes nowhere. 4 flits a packet, one packet in five cycles: full for 0.8 of the time, so in
    # slots 0.2 x 4 x 3 / (2 x 0.2) = 6 cycles of queue before 7 + 3 idle ones
    result = open_loop(injection(0.2, "tornado", side=2, flits=4))
    assert_allclose(result.latency, 16, rtol=0.01, atol=0)
    assert_allclose(result.utilisation, 0.8, rtol=1e-9, atol=0)


def test_overload_grows_with_the_run():
    # one virtual channel takes a packet in 3 cycles: of one in two, 2 / 3 get through, and a source falls half of the
    # time that has passed behind
    result = open_loop(injection(0.5, "neighbor", virtual_channels=1, cycles=1e4))
    later = open_loop(injection(0.5, "neighbor", virtual_channels=1, cycles=1e6))
    assert_allclose(result.accepted, 2 / 3, rtol=1e-3, atol=0)
    assert_allclose(result.utilisation, 1.5, rtol=1e-3, atol=0)
    assert_allclose((later.latency - result.latency) / (1e6 - 1e4), 0.5, rtol=0.01, atol=0)


@pytest.mark.slow
def test_a_batch_equals_one_case_at_a_time():
    rates, sides = np.array([0.02, 0.5, 0.9, 0.1]), (2, 4, 4, 6)
    cases = [
        injection(rate, pattern, side, flits, channels, depth, 2000)
        for rate, pattern, side, flits, channels, depth in zip(
            rates, PATTERNS, sides, (4, 1, 1, 4), (3, 3, 1, 8), (3, 3, 8, 4), strict=False
        )
    ]
    arrays = {
        name: np.concatenate([getattr(case, name) for case in cases])
        for name in ("side", "rate", "flits", "virtual_channels", "vc_flits", "cycles")
    }
    batch = open_loop(Injection(pattern=tuple(case.pattern[0] for case in cases), constants=MESH, **arrays))
    for name in ("latency", "utilisation", "accepted"):
        alone = np.concatenate([getattr(open_loop(case), name) for case in cases])
        assert_allclose(getattr(batch, name), alone, rtol=1e-12, atol=0)


def test_queue_joins_steady_state_and_overload():
    # half full, E[S(S-s)] = 3: rate 0.5 x 3 / (2 x 0.5) = 1.5 cycles; twice full: after t cycles (2 - 1) t wait at
    # the end, half of it on average... of the packets present: L = (busy - 1) mu t
    rate, spread = np.array([0.5, 2.0]), np.array([3.0, 3.0])
    wait = queue_after(rate, np.array([0.5, 2.0]), spread, np.zeros(2), np.full(2, 1e6))
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
