"""Rates of sources that share channels: limits that can be counted by hand, measured rates, conservation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mesh_cases import cases_of, random_cases
from numpy.testing import assert_allclose

from siam_dse.engines.mesh.phases import _Run, prepared
from siam_dse.engines.mesh.rates import port_shares


def first_rates(cases):
    run = _Run(prepared(cases))
    run.phase(200)
    return run.rate, run


def water_filled(capacity, loads, port):
    """Level at which the other ports take their loads, the port all it can, and nobody's share is larger than its."""
    level = capacity / len(loads)
    for _ in range(len(loads)):
        others = [min(load, level) for i, load in enumerate(loads) if i != port]
        level = max(level, capacity - sum(others))
        small = [load for i, load in enumerate(loads) if i != port and load <= level]
        level = max(level, (capacity - sum(small)) / (len(loads) - len(small)))
    return level


@settings(max_examples=100)
@given(st.floats(0.1, 2), st.lists(st.floats(0, 1), min_size=4, max_size=4), st.integers(0, 3))
@pytest.mark.slow
def test_port_shares_fill_like_water(capacity, loads, port):
    share = port_shares(np.array([capacity]), np.array([loads]))[0, port]
    others = [load for i, load in enumerate(loads) if i != port]
    # the share is the level: what the others take below it, and it, use up the channel, unless it is all left over
    assert_allclose(sum(min(load, share) for load in others) + share, capacity, rtol=1e-9, atol=0)


def test_a_row_of_sources_shares_its_exit_by_ports():
    # sources 0, 1, 2 of a row send to node 3 at its end. The last link has two ports: the own source's half, and the
    # rest's half, which is halved again one link back: 1/4, 1/4, 1/2 of a packet a cycle, whatever the distance.
    # Four virtual channels of 8 flits: a channel takes a packet a cycle, less 1 % where virtual channels tie
    rate, _ = first_rates(
        cases_of([([0, 1, 2], [3])], packets=1000, mode="asap_rr", gap=0, virtual_channels=4, vc_flits=8)
    )
    assert_allclose(rate, [0.25, 0.25, 0.5], rtol=0.03, atol=0)


def test_measured_rates_of_a_row_to_the_row_below():
    # BookSim2, 3 x 3 flits: sources 0-4 of a row to the five nodes below, packets a cycle in the first phase
    cases = cases_of([(range(5), range(5, 10))], packets=1000, mode="rr_sync", side=5)
    rate, _ = first_rates(cases)
    assert rate.min() >= 0.2
    assert rate.sum() <= 5


def test_two_by_two_outputs_lose_a_quarter_to_head_of_line_blocking():
    # two sources, two shared channels, one queue a source: the textbook value is 0.75 of the channels' rate
    cases = cases_of([([0, 1], [2, 3])], packets=1000, mode="asap_rr", gap=0, side=2)
    rate, _ = first_rates(cases)
    assert 0.7 <= rate.max() <= 0.85


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
@pytest.mark.slow
def test_no_channel_carries_more_than_its_rate_and_every_source_moves(seed):
    cases = random_cases(seed, 5)
    traffic = prepared(cases)
    run = _Run(traffic)
    before = run.left.copy()
    run.phase(40)
    crossed = before - run.left
    time = run.time[traffic.channels.case]
    assert (crossed <= time / run.service * (1 + 1e-9) + 1e-9).all()
    assert (run.rate > 0).all()
