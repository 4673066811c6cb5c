"""The replay in phases as plain loops: ``phases`` without its temporary arrays, bit for bit.

Cases that differ in how much they send, and in nothing else, have the same rates for as long as the same sources send:
they run side by side, and their rates are settled once.
"""

import math
from typing import NamedTuple

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.core.compiled import compiled
from siam_dse.engines.mesh.paths import N_PORTS
from siam_dse.engines.mesh.paths_loop import Rows, Users
from siam_dse.engines.mesh.rates_loop import sweep_rates
from siam_dse.engines.mesh.turns_loop import phase_of, senders_of


class Traces(NamedTuple):
    """n cases as the loop reads them, with C channels in all; arrays are (n,) unless said otherwise."""

    alike: IntArray  # first case that differs only in ``packets``, ``flits`` and ``gap``: its rows are those of all
    is_block: BoolArray  # whether destinations are served one after the other
    packets: FloatArray  # of a pair
    flits: FloatArray  # of a packet, over the channels of an end
    gap: FloatArray  # [cycle]
    window: FloatArray  # packets of a port under way at once
    in_service: FloatArray  # part of the packets found at a channel that are in service already
    channel: IntArray  # (n + 1,) first channel of each case
    service: FloatArray  # (C,) [cycle a packet]
    tie: FloatArray  # (C,) factor of the service time of a single stream


class Numbers(NamedTuple):
    """Constants of the replay; see the mesh's data."""

    backlog: float
    start_rate: float
    start_rate_blocks: float
    steps: float
    first_sweeps: int
    sweeps: int


class State(NamedTuple):
    """Cases on their way; arrays of sources are (n, S), with those that send in the first places.

    Of alike cases, those with one ``leader`` have had the same rates so far, kept at its place.
    """

    leader: IntArray  # (n,)
    time: FloatArray  # (n,) [cycle]
    packets: FloatArray  # that a source sends in all
    sent: FloatArray  # packets
    weighted: FloatArray  # [packet cycle] sum over its packets of when they are on their way
    end: FloatArray  # [cycle] its last packet is on its way
    last_rate: FloatArray  # [packet a cycle]
    row: IntArray  # of pairs now sent, -1 where a source has stopped
    most: FloatArray  # [packet a cycle] that a source can send
    rate: FloatArray  # [packet a cycle]
    left: FloatArray  # (C,) packets that still have to cross
    occupancy: FloatArray  # (C N_PORTS,) [cycle]
    capacity: FloatArray  # (C,) [packet a cycle]


@compiled
def replay_cases(traces: Traces, rows: Rows, users: Users, numbers: Numbers, state: State) -> None:
    """Send the packets of every source of each case, in place: phase after phase, until all have stopped."""
    slot = np.full(len(rows.start) - 1, -1)
    for i in range(len(traces.alike)):
        if traces.alike[i] != i:
            continue
        first, last = rows.source[i], rows.source[i + 1]
        first_row, n_pairs = rows.row[first : last + 1], rows.n_pairs[first:last]
        first, last = users.first_list[i], users.first_list[i + 1]
        begin, end, set_of = users.begin[first:last], users.end[first:last], users.set_of[first:last]
        first, last = users.first_set[i], users.first_set[i + 1]
        set_begin, set_end = users.set_begin[first:last], users.set_end[first:last]
        first, last = traces.channel[i], traces.channel[i + 1]
        service, tie = traces.service[first:last], traces.tie[first:last]
        list_of = users.list_of[first * N_PORTS : last * N_PORTS]
        upstream = rows.upstream[first * N_PORTS : last * N_PORTS]
        least = numbers.start_rate_blocks if traces.is_block[i] else numbers.start_rate
        case = start_of(i, first_row, n_pairs, traces, numbers.backlog, state)
        sweeps, running = numbers.first_sweeps, True
        while running:
            running = False
            for leader in case:
                if state.leader[leader] != leader or not sends(state.row[leader]):
                    continue
                running, who = True, seated(state.row[leader], slot)
                loads, load_of = senders_of(begin, end, users.row, users.share, slot)
                all_of, user_of = senders_of(set_begin, set_end, users.row, users.share, slot)
                phase = phase_of(
                    loads, all_of, load_of, user_of, list_of, set_of, upstream, service, tie, traces.is_block[i]
                )
                first, last = traces.channel[leader], traces.channel[leader + 1]
                sweep_rates(
                    phase, service, traces.window[i], traces.in_service[i], who, state.most[leader], least, sweeps,
                    state.rate[leader], state.occupancy[first * N_PORTS : last * N_PORTS], state.capacity[first:last],
                )  # fmt: skip
                send_on(leader, case, who, phase.channels, service, first_row, n_pairs, traces, rows, numbers, state)
                for k in range(len(slot)):
                    slot[k] = -1
            regroup(case, traces.channel, state)
            sweeps = numbers.sweeps


@compiled
def start_of(i: int, first_row: IntArray, n_pairs: IntArray, traces: Traces, backlog: float, state: State) -> IntArray:
    """The cases like case i, (G,), each about to send its first packets."""
    case, n = np.empty(len(traces.alike) - i, np.int64), 0
    for g in range(i, len(traces.alike)):
        if traces.alike[g] == i:
            case[n] = g
            n += 1
            for s in range(len(n_pairs)):
                state.packets[g, s] = n_pairs[s] * traces.packets[g]
            look_ahead(first_row, n_pairs, traces, backlog, g, state)
    for s in range(len(n_pairs)):
        state.rate[i, s] = state.most[i, s]
    regroup(case[:n], traces.channel, state)
    return case[:n]


@compiled
def seated(row: IntArray, slot: IntArray) -> IntArray:
    """The sources that still send, (W,), from the row that each sends next; the place of each is left in ``slot``."""
    who, n = np.empty(len(row), np.int64), 0
    for s in range(len(row)):
        if row[s] >= 0:
            who[n], slot[row[s]] = s, n
            n += 1
    return who[:n]


@compiled
def sends(row: IntArray) -> bool:
    """Whether any source still sends."""
    return bool(row.max() >= 0)


@compiled
def look_ahead(first_row: IntArray, n_pairs: IntArray, traces: Traces, backlog: float, g: int, state: State) -> None:
    """Which row each source of a case sends next, and the rate at which it offers packets.

    One every ``gap`` cycles, faster while the source has a backlog.
    """
    packets, flits, gap = traces.packets[g], traces.flits[g], traces.gap[g]
    started = state.time[g] / max(gap, 1.0) + 1
    for s in range(len(n_pairs)):
        sent, block = state.sent[g, s], 0
        if traces.is_block[g]:
            block = math.floor(min(sent / packets, n_pairs[s] - 1))
        state.row[g, s] = first_row[s] + block if sent < state.packets[g, s] else -1
        state.most[g, s] = 1 / (max(flits, gap) if gap > 0 and started - sent <= backlog else flits)


@compiled
def regroup(case: IntArray, channel: IntArray, state: State) -> None:
    """Give a leader of their own, with a copy of the rates, to cases that go on unlike those of their leader."""
    leader, before = state.leader, state.leader[case]
    for k in range(len(case)):
        g, of = case[k], before[k]
        for j in range(k + 1):  # their leader first, then those that left it for the same reason
            other = case[j]
            if j == k:
                leader[g] = g
            elif before[j] == of and leader[other] == other and goes_on_alike(g, other, state.row, state.most):
                leader[g] = other
                break
        if leader[g] != of:
            state.rate[g] = state.rate[of]
            for c in range(channel[g + 1] - channel[g]):
                state.capacity[channel[g] + c] = state.capacity[channel[of] + c]
            for turn in range((channel[g + 1] - channel[g]) * N_PORTS):
                state.occupancy[channel[g] * N_PORTS + turn] = state.occupancy[channel[of] * N_PORTS + turn]


@compiled
def goes_on_alike(g: int, other: int, row: IntArray, most: FloatArray) -> bool:
    """Whether the sources of two cases send the same rows next, and can send as fast."""
    for s in range(row.shape[1]):
        if row[g, s] != row[other, s] or (row[g, s] >= 0 and most[g, s] != most[other, s]):
            return False
    return True


@compiled
def send_on(
    leader: int, case: IntArray, who: IntArray, channels: IntArray, service: FloatArray, first_row: IntArray,
    n_pairs: IntArray, traces: Traces, rows: Rows, numbers: Numbers, state: State,
) -> None:  # fmt: skip
    """Run the cases that a leader stands for at its rates until the first source of each stops."""
    now, rate, moved = state.row[leader].copy(), state.rate[leader], np.zeros(len(n_pairs))
    crossed, first = np.empty(len(service)), traces.channel[traces.alike[leader]] * N_PORTS
    for g in case:
        if state.leader[g] == leader:
            advance(g, who, first_row, channels, service, rate, traces, numbers.steps, state, moved)
            crossed[:] = 0
            for s in who:
                for e in range(rows.start[now[s]], rows.start[now[s] + 1]):
                    crossed[(rows.turn[e] - first) // N_PORTS] += rows.share[e] * moved[s]
            for c in channels:
                left = traces.channel[g] + c
                state.left[left] = max(state.left[left] - crossed[c], 0.0)
            look_ahead(first_row, n_pairs, traces, numbers.backlog, g, state)


@compiled
def advance(
    g: int, who: IntArray, first_row: IntArray, channels: IntArray, service: FloatArray, rate: FloatArray,
    traces: Traces, steps: float, state: State, moved: FloatArray,
) -> None:  # fmt: skip
    """Send at constant rates for as long as no source of the case stops, and for one step at least."""
    work, to_goal = 0.0, math.inf
    for c in channels:
        work = max(work, service[c] * state.left[traces.channel[g] + c])
    for s in who:
        goal = state.packets[g, s]
        if traces.is_block[g]:
            goal = (state.row[g, s] - first_row[s] + 1) * traces.packets[g]
        to_goal = min(to_goal, (goal - state.sent[g, s]) / rate[s])
    step = max(to_goal, work / steps)
    for s in who:
        left = (state.packets[g, s] - state.sent[g, s]) / rate[s]
        taken = min(left, step)
        moved[s] = rate[s] * taken
        state.weighted[g, s] += moved[s] * (state.time[g] + taken / 2)
        state.end[g, s] = state.time[g] + taken
        state.last_rate[g, s] = rate[s]
        state.sent[g, s] = state.packets[g, s] if taken >= left else state.sent[g, s] + moved[s]
    state.time[g] += step
