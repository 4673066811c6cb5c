"""Ports that share channels: head waits by hand, sources slowed down to what gets through, blocking further on."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from siam_dse.engines.mesh.contention import Ports, settle
from siam_dse.technology.technology import packaged_technology

MESH = packaged_technology().constants("mesh")


def shared_channel(rate, window=1.0):
    """Sources with the rates of ``rate`` that all send over one ejection channel of one packet a cycle."""
    n = len(rate)
    upstream = np.full((n + 1, n), n + 1)
    upstream[n] = np.arange(n)
    is_end = np.arange(n + 1) == n
    one = np.ones(n + 1)
    turns = np.stack([np.arange(n) * n, n * n + np.arange(n)], axis=1).ravel()
    return Ports(
        upstream=upstream,
        is_source=~is_end,
        is_end=is_end,
        service=one,
        alone=np.ones((n + 1, n)),
        held=one,
        window=one * window,
        blocked=0 * one,
        turn=turns,
        source=np.repeat(np.arange(n), 2),
        rate=np.repeat(np.asarray(rate, dtype=float), 2),
    )


def test_ports_of_a_full_channel_wait_for_one_another():
    # four ports that share a channel at its full rate: each head waits for one packet of each of the others
    settled = settle(MESH, shared_channel([0.25] * 4))
    assert_allclose(settled.head[4], 3.0, rtol=0.1, atol=0)
    assert_allclose(settled.served, 1, rtol=0.02, atol=0)


def test_a_port_alone_waits_for_nobody():
    settled = settle(MESH, shared_channel([0.5]))
    assert_allclose(settled.head[1], 0, atol=0)
    assert_allclose(settled.busy[0], 0.5, rtol=1e-12, atol=0)


def test_rare_packets_wait_for_half_of_the_others_load():
    # a packet that finds the other port's packet in service, 0.01 of the time, waits for half of it
    settled = settle(MESH, shared_channel([0.01, 0.01]))
    assert_allclose(settled.head[2], 0.005, rtol=0.03, atol=0)


def test_sources_slow_down_to_what_a_channel_carries():
    # 0.9 + 0.6 packets a cycle over a channel of one: together they get one through, none more than it sends
    ports = shared_channel([0.9, 0.6], window=4.0)
    settled = settle(MESH, ports)
    assert_allclose(settled.load[2].sum(), 1, rtol=1e-3, atol=0)
    assert (settled.served < 1).all()
    assert_allclose(ports.loads(np.ones(2))[2], [0.9, 0.6], rtol=1e-12, atol=0)


@pytest.mark.parametrize("blocked", [0.0, 0.5, 1.0])
def test_a_packet_that_waits_further_on_keeps_its_channel(blocked):
    # source 0 -> link 1 -> ejection 3, where source 2 joins: link 1 is held for a part of the wait at its end
    upstream = np.array([[4, 4], [0, 4], [4, 4], [1, 2]])
    end = np.array([False, False, False, True])
    ports = Ports(
        upstream=upstream,
        is_source=np.array([True, False, True, False]),
        is_end=end,
        service=np.ones(4),
        alone=np.ones((4, 2)),
        held=np.ones(4),
        window=np.ones(4),
        blocked=np.where(end, 0, blocked),
        turn=np.array([0, 2, 6, 4, 7]),
        source=np.array([0, 0, 0, 1, 1]),
        rate=np.array([0.3, 0.3, 0.3, 0.4, 0.4]),
    )
    settled = settle(MESH, ports)
    wait = settled.head[3, 0]
    assert wait > 0.1
    assert_allclose(settled.held[1], 1 + blocked * wait, rtol=1e-6, atol=0)
    assert_allclose(settled.alone[1, 0], 1 + blocked * wait, rtol=1e-6, atol=0)
