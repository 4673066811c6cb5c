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
from siam_dse.engines.mesh.paths_loop import Mesh, mesh_of
from siam_dse.engines.mesh.rates_loop import sums_of, sweep_rates
from siam_dse.engines.mesh.turns_loop import phase_of, senders_of


class Traces(NamedTuple):
    """n cases as the loop reads them; arrays are (n,) unless said otherwise."""

    alike: IntArray  # first case that differs only in ``packets``, ``flits``, ``gap`` and ``load``
    columns: IntArray
    source: IntArray  # (n, S) nodes, -1 where there is none
    destination: IntArray  # (n, D) nodes, -1 where there is none
    is_block: BoolArray  # whether destinations are served one after the other
    is_shifted: BoolArray  # whether source i starts at destination i
    packets: FloatArray  # of a pair
    flits: FloatArray  # of a packet, over the channels of an end
    gap: FloatArray  # [cycle]
    window: FloatArray  # packets of a port under way at once
    in_service: FloatArray  # part of the packets found at a channel that are in service already
    tie: FloatArray  # factor of the service time of a single stream over a link
    load: FloatArray  # (n, 6, k, k) packets over each channel
    service: FloatArray  # (n, 6, k, k) [cycle a packet]


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


class Volume(NamedTuple):
    """How much each of G alike cases sends."""

    case: IntArray  # (G,)
    packets: FloatArray  # (G,) of a pair
    flits: FloatArray  # (G,) of a packet
    gap: FloatArray  # (G,) [cycle]


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
    for i in range(n):
        if traces.alike[i] == i:
            mesh = mesh_of(
                traces.source[i], traces.destination[i], traces.columns[i], traces.is_block[i], traces.is_shifted[i],
                traces.load[i], traces.service[i], traces.tie[i], traces.window[i], traces.in_service[i],
            )  # fmt: skip
            volume = volume_of(i, traces.alike, traces.packets, traces.flits, traces.gap)
            state = start_of(mesh, volume, traces.load, numbers)
            for g in range(len(volume.case)):
                ends.n_sources[volume.case[g]] = len(mesh.n_pairs)
                for s in range(len(mesh.n_pairs)):
                    ends.packets[volume.case[g], s] = mesh.n_pairs[s] * volume.packets[g]
            sweeps, running = numbers.first_sweeps, True
            while running:
                running = False
                for leader in range(len(volume.case)):
                    if state.leader[leader] == leader and sends(state.row[leader]):
                        running = True
                        run_phase(mesh, volume, state, numbers, sweeps, leader, ends)
                regroup(state.leader, state.row, state.most, state.rate, state.occupancy, state.capacity)
                sweeps = numbers.sweeps
    return ends


@compiled
def volume_of(first: int, alike: IntArray, packets: FloatArray, flits: FloatArray, gap: FloatArray) -> Volume:
    """How much the cases send that are like the first of them."""
    case, n = np.empty(len(alike) - first, np.int64), 0
    for i in range(first, len(alike)):
        if alike[i] == first:
            case[n] = i
            n += 1
    volume = Volume(case[:n], np.empty(n), np.empty(n), np.empty(n))
    for g in range(n):
        volume.packets[g], volume.flits[g], volume.gap[g] = packets[case[g]], flits[case[g]], gap[case[g]]
    return volume


@compiled
def start_of(mesh: Mesh, volume: Volume, load: FloatArray, numbers: Numbers) -> State:
    """Alike cases before the first packet."""
    n, n_sources, n_channels = len(volume.case), len(mesh.n_pairs), len(mesh.at)
    state = State(
        np.zeros(n, np.int64), np.zeros((n, n_sources), np.int64), np.zeros((n, n_sources)), np.zeros(n),
        np.zeros((n, n_sources)), np.zeros((n, n_channels)), np.zeros((n, n_sources)),
        np.zeros((n, n_channels * N_PORTS)), np.zeros((n, n_channels)),
    )  # fmt: skip
    for g in range(n):
        packets = load[volume.case[g]].ravel()
        for c in range(n_channels):
            state.left[g, c] = packets[mesh.at[c]]
        look_ahead(mesh, volume, numbers.backlog, g, state)
    for s in range(n_sources):
        state.rate[0, s] = state.most[0, s]
    for c in range(n_channels):
        state.capacity[0, c] = 1 / mesh.service[c]
        for port in range(N_PORTS):
            state.occupancy[0, c * N_PORTS + port] = mesh.service[c]
    regroup(state.leader, state.row, state.most, state.rate, state.occupancy, state.capacity)
    return state


@compiled
def sends(row: IntArray) -> bool:
    """Whether any source still sends."""
    for r in row:  # noqa: SIM110 (a loop compiles, a generator does not)
        if r >= 0:
            return True
    return False


@compiled
def look_ahead(mesh: Mesh, volume: Volume, backlog: float, g: int, state: State) -> None:
    """Which row each source of a case sends next, and the rate at which it offers packets.

    One every ``gap`` cycles, faster while the source has a backlog.
    """
    packets, flits, gap = volume.packets[g], volume.flits[g], volume.gap[g]
    started = state.time[g] / max(gap, 1.0) + 1
    for s in range(len(mesh.n_pairs)):
        sent, block = state.sent[g, s], 0
        if mesh.is_block:
            block = math.floor(min(sent / packets, mesh.n_pairs[s] - 1))
        state.row[g, s] = mesh.first_row[s] + block if sent < mesh.n_pairs[s] * packets else -1
        state.most[g, s] = 1 / (max(flits, gap) if gap > 0 and started - sent <= backlog else flits)


@compiled
def regroup(
    leader: IntArray, row: IntArray, most: FloatArray, rate: FloatArray, occupancy: FloatArray, capacity: FloatArray
) -> None:
    """Give a leader of their own, with a copy of the rates, to cases that go on unlike those of their leader."""
    before = leader.copy()
    for g in range(len(before)):
        for other in range(before[g], g + 1):  # their leader first, then those that left it for the same reason
            if other == g:
                leader[g] = g
            elif before[other] == before[g] and leader[other] == other:
                if not goes_on_alike(row[g], row[other], most[g], most[other]):
                    continue
                leader[g] = other
            else:
                continue
            break
        if leader[g] != before[g]:
            for values in (rate, occupancy, capacity):
                for i in range(values.shape[1]):
                    values[g, i] = values[before[g], i]


@compiled
def goes_on_alike(row: IntArray, other_row: IntArray, most: FloatArray, other_most: FloatArray) -> bool:
    """Whether the sources of two cases send the same rows next, and can send as fast."""
    for s in range(len(row)):  # noqa: SIM110 (as above)
        if row[s] != other_row[s] or (row[s] >= 0 and most[s] != other_most[s]):
            return False
    return True


@compiled
def run_phase(mesh: Mesh, volume: Volume, state: State, numbers: Numbers, sweeps: int, leader: int, ends: Ends) -> None:
    """Settle the rates of a leader and run the cases that it stands for until the first source of each stops."""
    who, slot, n = np.empty(len(mesh.n_pairs), np.int64), np.full(mesh.first_row[-1], -1), 0
    rate, most = np.empty(len(who)), np.empty(len(who))
    least = numbers.start_rate_blocks if mesh.is_block else numbers.start_rate
    for s in range(len(who)):
        if state.row[leader, s] >= 0:
            slot[state.row[leader, s]] = n
            who[n], rate[n], most[n] = s, max(state.rate[leader, s], least), state.most[leader, s]
            n += 1
    who, rate = who[:n], rate[:n]
    phase = phase_of(mesh, slot)
    occupancy, capacity = np.zeros(phase.turns.shape), np.empty(len(phase.channels))
    for c in range(len(capacity)):
        capacity[c] = state.capacity[leader, phase.channels[c]]
    for port in range(N_PORTS):
        for c in range(phase.n_channels[port]):
            occupancy[port, c] = state.occupancy[leader, phase.turns[port, c]]
    sweep_rates(phase, most[:n], sweeps, rate, occupancy, capacity)
    for c in range(len(capacity)):
        state.capacity[leader, phase.channels[c]] = capacity[c]
    for port in range(N_PORTS):
        for c in range(phase.n_channels[port]):
            state.occupancy[leader, phase.turns[port, c]] = occupancy[port, c]
    for w in range(n):
        state.rate[leader, who[w]] = rate[w]
    crossing, list_of = senders_of(mesh.channels, slot)
    crossed, moved = np.empty(len(crossing.start) - 1), np.empty(n)
    for g in range(leader, len(volume.case)):
        if state.leader[g] == leader:
            advance(mesh, volume, g, who, phase.channels, rate, state, numbers.steps, ends, moved)
            sums_of(crossing.start, crossing.source, crossing.share, moved, crossed)
            for c in phase.channels:
                state.left[g, c] = max(state.left[g, c] - crossed[list_of[mesh.channels.list_of[c]]], 0.0)
            look_ahead(mesh, volume, numbers.backlog, g, state)


@compiled
def advance(
    mesh: Mesh, volume: Volume, g: int, who: IntArray, channels: IntArray, rate: FloatArray, state: State,
    steps: float, ends: Ends, moved: FloatArray,
) -> None:  # fmt: skip
    """Send at constant rates for as long as no source of the case stops, and for one step at least."""
    i, work, to_goal = volume.case[g], 0.0, math.inf
    for c in channels:
        work = max(work, mesh.service[c] * state.left[g, c])
    for w in range(len(who)):
        s = who[w]
        goal = ends.packets[i, s]
        if mesh.is_block:
            goal = (state.row[g, s] - mesh.first_row[s] + 1) * volume.packets[g]
        to_goal = min(to_goal, (goal - state.sent[g, s]) / rate[w])
    step = max(to_goal, work / steps)
    for w in range(len(who)):
        s = who[w]
        left = (ends.packets[i, s] - state.sent[g, s]) / rate[w]
        taken = min(left, step)
        moved[w] = rate[w] * taken
        ends.weighted[i, s] += moved[w] * (state.time[g] + taken / 2)
        ends.end[i, s] = state.time[g] + taken
        ends.last_rate[i, s] = rate[w]
        state.sent[g, s] = ends.packets[i, s] if taken >= left else state.sent[g, s] + moved[w]
    state.time[g] += step
