"""Rates of the sources of a mesh in a phase in which none starts or ends: port-fair shares of busy channels.

A busy channel gives its input ports max-min equal shares, whatever stands behind them. A port whose packets wait for
one output holds up those for the others, so it carries less than its channel could; that reduced capacity is shared
among its own inputs in the same way, and so on up to the sources.
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.engines.mesh.paths import N_PORTS


@dataclass(frozen=True)
class Flow:
    """S sources that send in a phase, over C channels with 4 turns each; E entries, source after source."""

    start: IntArray  # (S,) first entry
    source: IntArray  # (E,)
    turn: IntArray  # (E,)
    share: FloatArray  # (E,) part of the source's packets that use the turn
    upstream: IntArray  # (C, 4) channel of each input port, C where there is none
    service: FloatArray  # (C,) [cycle a packet]
    tie: FloatArray  # (C,) factor of a single stream's service time; 1 where it has none
    window: FloatArray  # (C,) packets of a port under way at once
    in_service: FloatArray  # (C,) part of the packets found at the channel that are in service already


@dataclass(frozen=True)
class State:
    """Where the rates of a flow have settled."""

    rate: FloatArray  # (S,) [packet a cycle]
    occupancy: FloatArray  # (C, 4) [cycle] that a packet keeps its port until the channel has taken it
    capacity: FloatArray  # (C,) [packet a cycle] left by blocking further on


def settled(flow: Flow, state: State, most: FloatArray, sweeps: int) -> State:
    """Rates after a number of sweeps of the fixed point.

    Parameters
    ----------
    flow : Flow
    state : State
        To start from; rates above 0.
    most : (S,) [packet a cycle]
        What each source can send at most.
    sweeps : int

    Returns
    -------
    State
        No channel is loaded above its service rate.

    Notes
    -----
    A packet of port q finds at channel c those of the other ports: R_q = T (1 + sum y R - y_q R_q / W
    - kappa (1 - phi_q) T (sum y - y_q / W)), kappa the part of them in service already, phi_q the part of its port's
    packets that turn into c. Port u is then occupied U = sum over its turns of y R / W and carries y / U at most. A
    port with one output has nothing to block: what it is allowed there is what it carries.
    """
    n_channels = len(flow.service)
    service = flow.service[:, None]
    active = _active(flow)
    single = active & _is_only_turn(flow, active)
    stream = single & (active.sum(axis=1) == 1)[:, None]
    alone = np.where(stream, service * flow.tie[:, None], service)
    has_one_output = np.bincount(flow.upstream[single], minlength=n_channels + 1)[:-1] > 0
    limits = active & ~single  # elsewhere the channel before it carries the limit
    turns = _Turns(single, limits, alone, has_one_output)
    rate, occupancy, capacity = _swept(flow, turns, state, most, sweeps)
    over = (_loads(flow, rate).sum(axis=1) * flow.service)[flow.turn // N_PORTS]
    return State(rate / np.maximum(np.maximum.reduceat(over, flow.start), 1), occupancy, capacity)


@dataclass(frozen=True)
class _Turns:
    """How the turns of a flow depend on each other."""

    single: BoolArray  # (C, 4) the only one of the channel before
    limits: BoolArray  # (C, 4) in use, and not the only one
    alone: FloatArray  # (C, 4) [cycle a packet] service time where nothing else uses the channel
    has_one_output: BoolArray  # (C,)


def _swept(
    flow: Flow, turns: _Turns, state: State, most: FloatArray, sweeps: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Rates, occupancy and capacity after a number of sweeps, all channels at once."""
    n_channels = len(flow.service)
    service, window, kappa = flow.service[:, None], flow.window[:, None], flow.in_service[:, None]
    single, alone = turns.single, turns.alone
    full = 1 / flow.service
    rate, occupancy, capacity = state.rate, state.occupancy, state.capacity
    allowed = np.broadcast_to(full[:, None], flow.upstream.shape)
    for _ in range(sweeps):
        load = _loads(flow, rate)
        total = load.sum(axis=1)
        part = load / np.append(total, 1)[flow.upstream]
        pressing = load / np.maximum(total * flow.service, 1)[:, None]  # of a source that still sends too fast
        held = pressing * occupancy
        met = held.sum(axis=1, keepdims=True) - held / window
        begun = kappa * (1 - part) * service * (pressing.sum(axis=1, keepdims=True) - pressing / window)
        occupancy = (occupancy + np.maximum(alone, service * (1 + met - begun))) / 2
        kept = (
            np.bincount(flow.upstream.ravel(), (load * occupancy).ravel(), minlength=n_channels + 1)[:-1] / flow.window
        )
        left = np.divide(total, kept, out=full.copy(), where=kept > 0)
        onward = np.zeros(n_channels + 1)
        onward[flow.upstream[single]] = np.minimum(allowed, 1 / alone)[single]
        capacity = np.sqrt(capacity * np.minimum(full, np.where(turns.has_one_output, onward[:-1], left)))
        allowed = port_shares(capacity, load)
        room = np.divide(allowed, load, out=np.full_like(load, np.inf), where=turns.limits).ravel()[flow.turn]
        rate = rate * np.sqrt(np.minimum(most / rate, np.minimum.reduceat(room, flow.start)))
    return rate, occupancy, capacity


def port_shares(capacity: FloatArray, load: FloatArray) -> FloatArray:
    """What each input port of a channel may send when ports share max-min fairly.

    Parameters
    ----------
    capacity : (C,)
    load : (C, 4)
        What the ports send now, 0 where a port is not in use.

    Returns
    -------
    (C, 4) float64

    Notes
    -----
    With the other ports' loads z_1 <= z_2 <= z_3: max(C / 4, (C - z_1) / 3, (C - z_1 - z_2) / 2, C - z_1 - z_2 - z_3).
    """
    out = np.empty_like(load)
    for port in range(N_PORTS):
        a, b, c = (load[:, (port + other) % N_PORTS] for other in (1, 2, N_PORTS - 1))
        low, high = np.minimum(a, b), np.maximum(a, b)
        smallest, largest = np.minimum(low, c), np.maximum(high, c)
        rest = capacity - smallest
        two = capacity - (a + b + c) + largest
        best = np.maximum(capacity / N_PORTS, rest / (N_PORTS - 1))
        best = np.maximum(best, two / 2)
        np.maximum(best, two - largest, out=out[:, port])
    return out


def _loads(flow: Flow, rate: FloatArray) -> FloatArray:
    """Packets a cycle over each turn, (C, 4)."""
    load = np.bincount(flow.turn, flow.share * rate[flow.source], minlength=flow.upstream.size)
    return load.reshape(flow.upstream.shape).astype(np.float64, copy=False)


def _active(flow: Flow) -> BoolArray:
    """Turns in use, (C, 4)."""
    active = np.zeros(flow.upstream.size, dtype=bool)
    active[flow.turn] = True
    return active.reshape(flow.upstream.shape)


def _is_only_turn(flow: Flow, active: BoolArray) -> BoolArray:
    """Turns whose channel before them has no other, (C, 4); none where there is no channel before."""
    n_channels = len(flow.upstream)
    turns = np.bincount(flow.upstream[active], minlength=n_channels + 1)
    return np.asarray((turns[flow.upstream] == 1) & (flow.upstream < n_channels))
