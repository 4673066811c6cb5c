"""Paths walked turn by turn against the exact loads, and the spread of a source over turns."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from mesh_cases import random_cases
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.engines.mesh.channels import CHANNELS, EJECTION, INJECTION
from siam_dse.engines.mesh.paths import N_PORTS
from siam_dse.engines.mesh.phases import prepared


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_paths_add_up_to_the_loads(seed):
    cases = random_cases(seed, 6)
    traffic = prepared(cases)
    paths, channels = traffic.paths, traffic.channels
    packets = cases.packets[paths.case][paths.pair]
    load = np.bincount(paths.turn // N_PORTS, packets, minlength=len(channels.place))
    assert_allclose(load, traffic.use.packets.ravel()[channels.place], rtol=1e-12, atol=0)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_a_turn_comes_from_the_channel_before_it_on_the_path(seed):
    cases = random_cases(seed, 6)
    traffic = prepared(cases)
    paths, channels = traffic.paths, traffic.channels
    channel, port = paths.turn // N_PORTS, paths.turn % N_PORTS
    inner = np.ones(len(channel), dtype=bool)
    inner[paths.start] = False
    before = channels.upstream[channel, port]
    assert_array_equal(before[inner], np.roll(channel, 1)[inner])
    kind = channels.place // cases.side_max() ** 2 % len(CHANNELS)
    assert (kind[channel[paths.start]] == INJECTION).all()
    assert (kind[channel[paths.start + paths.hops + 1]] == EJECTION).all()
    assert (before[paths.start] == len(channels.place)).all()


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_rows_spread_all_packets_of_a_source(seed):
    cases = random_cases(seed, 6)
    traffic = prepared(cases)
    rows, paths = traffic.rows, traffic.paths
    row = np.repeat(np.arange(len(rows.start) - 1), np.diff(rows.start))
    kind = traffic.channels.place[rows.turn // N_PORTS] // cases.side_max() ** 2 % len(CHANNELS)
    for channel in (INJECTION, EJECTION):
        whole = np.bincount(row, np.where(kind == channel, rows.share, 0))
        assert_allclose(whole, np.ones(len(whole)), rtol=1e-12, atol=0)
    assert len(rows.first) == len(np.unique(paths.source))
