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
from siam_dse.engines.mesh.paths_loop import Mesh, pairs_of, paths_of, sets_of, users_of
from siam_dse.engines.mesh.rates_loop import sums_of, sweep_rates, within_service
from siam_dse.engines.mesh.turns_loop import phase_of, senders_of


class Traces(NamedTuple):
    """n cases as the loop reads them; arrays are (n,) unless said otherwise."""

    columns: IntArray
    source: IntArray  # (n, S) nodes, -1 where there is none
    destination: IntArray  # (n, D) nodes, -1 where there is none
    packets: FloatArray  # of a pair
    flits: FloatArray  # of a packet, over the channels of an end
    gap: FloatArray  # [cycle]
    is_block: BoolArray  # whether destinations are served one after the other
    is_shifted: BoolArray  # whether source i starts at destination i
    window: FloatArray  # packets of a port under way at once
    in_service: FloatArray  # part of the packets found at a channel that are in service already
    load: FloatArray  # (n, 6, k, k) packets over each channel
    service: FloatArray  # (n, 6, k, k) [cycle a packet]
    tie: FloatArray  # (n, 6, k, k) factor of a single stream's service time


class Numbers(NamedTuple):
    """Constants of the replay; see the mesh's data."""

    backlog: float
    start_rate: float
    start_rate_blocks: float
    steps: float
    first_sweeps: int
    sweeps: int


class Ends(NamedTuple):
    """Of each source that sends, in the first places of (n, S); ``n_sources`` (n,) says how many there are."""

    n_sources: IntArray
    packets: FloatArray  # it sends in all
    end: FloatArray  # [cycle] its last packet is on its way
    weighted: FloatArray  # [packet cycle] sum over its packets of when they are on their way
    last_rate: FloatArray  # [packet a cycle]


class State(NamedTuple):
    """G alike cases on their way; those with one ``leader`` have had the same rates so far, kept at its place."""

    leader: IntArray  # (G,)
    row: IntArray  # (G, S) of pairs now sent, -1 where a source has stopped
    most: FloatArray  # (G, S) [packet a cycle] that a source can send
    time: FloatArray  # (G,) [cycle]
    sent: FloatArray  # (G, S) packets
    left: FloatArray  # (G, C) packets that still have to cross
    rate: FloatArray  # (G, S) [packet a cycle]
    occupancy: FloatArray  # (G, C N_PORTS) [cycle]
    capacity: FloatArray  # (G, C) [packet a cycle]


@compiled
def replay_cases(traces: Traces, numbers: Numbers) -> Ends:
    """When the packets of every source of each case are on their way."""
    n, most_sources = traces.source.shape
    shape = (n, most_sources)
    ends = Ends(np.zeros(n, np.int64), np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape))
    first = first_alike(traces)
    for i in range(n):
        if first[i] == i:
            replay_alike(traces, np.flatnonzero(first == i), numbers, ends)
    return ends


@compiled
def first_alike(traces: Traces) -> IntArray:
    """The first case that differs from each only in how much is sent and how fast, (n,)."""
    n, kinds = len(traces.columns), 0
    first, kept = np.empty(n, np.int64), np.empty(n, np.int64)
    for i in range(n):
        first[i] = i
        for k in range(kinds):
            if are_alike(traces, kept[k], i):
                first[i] = kept[k]
                break
        if first[i] == i:
            kept[kinds] = i
            kinds += 1
    return first


@compiled
def are_alike(traces: Traces, i: int, j: int) -> bool:
    """Whether two cases have the same nodes, modes and service times."""
    return bool(
        traces.columns[i] == traces.columns[j]
        and traces.is_block[i] == traces.is_block[j]
        and traces.is_shifted[i] == traces.is_shifted[j]
        and traces.window[i] == traces.window[j]
        and traces.in_service[i] == traces.in_service[j]
        and same_values(traces.source[i], traces.source[j])
        and same_values(traces.destination[i], traces.destination[j])
        and same_values(traces.service[i].ravel(), traces.service[j].ravel())
        and same_values(traces.tie[i].ravel(), traces.tie[j].ravel())
    )


@compiled
def same_values(one: FloatArray, other: FloatArray) -> bool:
    """Whether two lists of equal length are alike."""
    for i in range(len(one)):
        if one[i] != other[i]:
            return False
    return True


@compiled
def mesh_of(traces: Traces, i: int) -> Mesh:
    """Channels, turns and who uses them, of a case."""
    pairs = pairs_of(traces.source[i], traces.destination[i], traces.is_shifted[i])
    paths, at = paths_of(pairs, traces.columns[i], traces.load[i] > 0)
    is_block = traces.is_block[i]
    first_pair = np.arange(len(pairs.goal) + 1) if is_block else pairs.first
    turns = users_of(paths, first_pair, N_PORTS)
    return Mesh(
        pairs.first if is_block else np.arange(len(pairs.first)), np.diff(pairs.first), at, paths.upstream,
        traces.service[i].ravel()[at], traces.tie[i].ravel()[at], traces.window[i], traces.in_service[i],
        turns, sets_of(turns), users_of(paths, first_pair, 1),
    )  # fmt: skip


@compiled
def most_of(traces: Traces, i: int, time: float, sent: float, backlog: float) -> float:
    """Rate at which a source offers packets: one every ``gap`` cycles, faster while it has a backlog."""
    flits, gap = traces.flits[i], traces.gap[i]
    waiting = time / max(gap, 1.0) + 1 - sent
    return float(1 / (max(flits, gap) if gap > 0 and waiting <= backlog else flits))


@compiled
def replay_alike(traces: Traces, group: IntArray, numbers: Numbers, ends: Ends) -> None:
    """Replay cases that differ only in how much is sent and how fast, side by side."""
    mesh = mesh_of(traces, group[0])
    n_sources, n_channels = len(mesh.n_pairs), len(mesh.at)
    state = start_of(traces, group, mesh, numbers)
    for g in range(len(group)):
        ends.n_sources[group[g]] = n_sources
        for s in range(n_sources):
            ends.packets[group[g], s] = mesh.n_pairs[s] * traces.packets[group[g]]
    sweeps = numbers.first_sweeps
    while True:
        running = False
        for leader in range(len(group)):
            if state.leader[leader] == leader and (state.row[leader] >= 0).any():
                running = True
                run_phase(traces, group, mesh, numbers, sweeps, leader, state, ends)
        if not running:
            break
        regroup(state)
        sweeps = numbers.sweeps
    for g in range(len(group)):
        ends.last_rate[group[g], :n_sources] = state.rate[state.leader[g]]


@compiled
def start_of(traces: Traces, group: IntArray, mesh: Mesh, numbers: Numbers) -> State:
    """Alike cases before the first packet."""
    n, n_sources, n_channels = len(group), len(mesh.n_pairs), len(mesh.at)
    state = State(
        np.zeros(n, np.int64), np.zeros((n, n_sources), np.int64), np.zeros((n, n_sources)), np.zeros(n),
        np.zeros((n, n_sources)), np.zeros((n, n_channels)), np.zeros((n, n_sources)),
        np.zeros((n, n_channels * N_PORTS)), np.zeros((n, n_channels)),
    )  # fmt: skip
    for g in range(n):
        state.left[g] = traces.load[group[g]].ravel()[mesh.at]
        look_ahead(traces, group[g], mesh, numbers, g, state)
    state.rate[0], state.capacity[0] = state.most[0], 1 / mesh.service
    for turn in range(n_channels * N_PORTS):
        state.occupancy[0, turn] = mesh.service[turn // N_PORTS]
    regroup(state)
    return state


@compiled
def look_ahead(traces: Traces, i: int, mesh: Mesh, numbers: Numbers, g: int, state: State) -> None:
    """Which row each source of a case sends next, and how fast it can."""
    packets = traces.packets[i]
    for s in range(len(mesh.n_pairs)):
        sent, block = state.sent[g, s], 0
        if traces.is_block[i]:
            block = int(math.floor(min(sent / packets, mesh.n_pairs[s] - 1)))
        state.row[g, s] = mesh.first_row[s] + block if sent < mesh.n_pairs[s] * packets else -1
        state.most[g, s] = most_of(traces, i, state.time[g], sent, numbers.backlog)


@compiled
def regroup(state: State) -> None:
    """Give a leader of their own to cases whose sources go on unlike those of their leader."""
    before = state.leader.copy()
    for g in range(len(before)):
        for other in range(before[g], g + 1):  # their leader first, then those that left it for the same reason
            if other == g or (
                before[other] == before[g] and state.leader[other] == other and goes_on_alike(state, g, other)
            ):
                state.leader[g] = other
                break
        if state.leader[g] == g != before[g]:
            for values in (state.rate, state.occupancy, state.capacity):
                values[g] = values[before[g]]


@compiled
def goes_on_alike(state: State, g: int, other: int) -> bool:
    """Whether the sources of two cases send the same rows next, and can send as fast."""
    for s in range(state.row.shape[1]):
        if state.row[g, s] != state.row[other, s]:
            return False
        if state.row[g, s] >= 0 and state.most[g, s] != state.most[other, s]:
            return False
    return True


@compiled
def run_phase(
    traces: Traces, group: IntArray, mesh: Mesh, numbers: Numbers, sweeps: int, leader: int, state: State, ends: Ends
) -> None:
    """Settle the rates of a leader and run the cases that it stands for until the first source of each stops."""
    who = np.flatnonzero(state.row[leader] >= 0)
    is_block = traces.is_block[group[leader]]
    slot = np.full(mesh.first_row[-1], -1, np.int64)
    slot[state.row[leader][who]] = np.arange(len(who))
    phase = phase_of(mesh, slot, is_block)
    channels, turns = phase.channels, phase.turns
    rate = np.maximum(state.rate[leader][who], numbers.start_rate_blocks if is_block else numbers.start_rate)
    occupancy, capacity = np.ones(turns.shape), state.capacity[leader][channels]
    for port in range(N_PORTS):
        for c in range(phase.n_channels[port]):
            occupancy[port, c] = state.occupancy[leader, turns[port, c]]
    sweep_rates(phase, state.most[leader][who], sweeps, rate, occupancy, capacity)
    within_service(phase, rate)
    for port in range(N_PORTS):
        for c in range(phase.n_channels[port]):
            state.occupancy[leader, turns[port, c]] = occupancy[port, c]
    state.capacity[leader][channels] = capacity
    state.rate[leader][who] = rate
    crossing, list_of = senders_of(mesh.channels, slot)
    crossed, moved = np.empty(len(crossing.start) - 1), np.empty(len(who))
    for g in range(leader, len(group)):
        if state.leader[g] == leader:
            advance(traces, group[g], mesh, numbers, g, who, channels, rate, state, ends, moved)
            sums_of(crossing.start, crossing.source, crossing.share, moved, crossed)
            for c in channels:
                state.left[g, c] = max(state.left[g, c] - crossed[list_of[mesh.channels.list_of[c]]], 0.0)
            look_ahead(traces, group[g], mesh, numbers, g, state)


@compiled
def advance(
    traces: Traces, i: int, mesh: Mesh, numbers: Numbers, g: int, who: IntArray, channels: IntArray, rate: FloatArray,
    state: State, ends: Ends, moved: FloatArray,
) -> None:  # fmt: skip
    """Send at constant rates for as long as no source of the case stops, and for one step at least."""
    work, to_goal = 0.0, math.inf
    for c in channels:
        work = max(work, mesh.service[c] * state.left[g, c])
    for w in range(len(who)):
        s = who[w]
        goal = ends.packets[i, s]
        if traces.is_block[i]:
            goal = (state.row[g, s] - mesh.first_row[s] + 1) * traces.packets[i]
        to_goal = min(to_goal, (goal - state.sent[g, s]) / rate[w])
    step = max(to_goal, work / numbers.steps)
    for w in range(len(who)):
        s = who[w]
        left = (ends.packets[i, s] - state.sent[g, s]) / rate[w]
        taken = min(left, step)
        moved[w] = rate[w] * taken
        ends.weighted[i, s] += moved[w] * (state.time[g] + taken / 2)
        ends.end[i, s] = state.time[g] + taken
        state.sent[g, s] = ends.packets[i, s] if taken >= left else state.sent[g, s] + moved[w]
    state.time[g] += step
