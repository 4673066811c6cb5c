"""The fixed point of a phase's rates as plain loops: ``rates.settled`` for one case, bit for bit.

A sweep touches every turn in use once and every list of its users once; the order of each sum is that of ``rates``.
"""

import math
from typing import NamedTuple

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.core.compiled import compiled
from siam_dse.engines.mesh.paths import N_PORTS
from siam_dse.engines.mesh.paths_loop import Mesh, Users


class Senders(NamedTuple):
    """Sources that send over something, K lists one after another with E entries."""

    start: IntArray  # (K + 1,)
    source: IntArray  # (E,) in rising order within a list
    share: FloatArray  # (E,) part of the source's packets


class Phase(NamedTuple):
    """C channels that packets cross in a phase, and their U turns one after another."""

    start: IntArray  # (C + 1,) first turn of each channel
    service: FloatArray  # (C,) [cycle a packet]
    window: float  # packets of a port under way at once
    in_service: float  # part of the packets found at a channel that are in service already
    has_one_output: BoolArray  # (C,) whether one turn leaves it
    upstream: IntArray  # (U,) channel before each turn, C where there is none
    alone: FloatArray  # (U,) [cycle a packet] service time where nothing else uses the channel
    single: BoolArray  # (U,) whether it is the only turn of the channel before it
    limits: BoolArray  # (U,) in use, and not the only one
    load: IntArray  # (U,) list of ``loads`` of each turn
    user: IntArray  # (U,) list of ``users`` of each turn
    loads: Senders  # the last list is empty: of turns not in use
    users: Senders  # lists of the same sources whatever their shares; the last is empty


@compiled
def senders_of(users: Users, slot: IntArray) -> tuple[Senders, IntArray]:
    """Users that send in a phase.

    Parameters
    ----------
    users : Users
    slot : (R,)
        Source that sends each row, -1 where none does.

    Returns
    -------
    senders : Senders
        Its last list is empty.
    list_of : (K,)
        List of ``senders`` for each of ``users``, the last one where nobody sends.
    """
    source, share = np.empty(len(users.row), np.int64), np.empty(len(users.row))
    start, list_of = np.zeros(len(users.start) + 1, np.int64), np.empty(len(users.start) - 1, np.int64)
    lists, n = 0, 0
    for k in range(len(list_of)):
        for e in range(users.start[k], users.start[k + 1]):
            if slot[users.row[e]] >= 0:
                source[n], share[n] = slot[users.row[e]], users.share[e]
                n += 1
        list_of[k] = lists if n > start[lists] else -1
        if n > start[lists]:
            lists += 1
            start[lists] = n
    start[lists + 1] = n
    for k in range(len(list_of)):
        if list_of[k] < 0:
            list_of[k] = lists
    return Senders(start[: lists + 2], source[:n], share[:n]), list_of


@compiled
def phase_of(mesh: Mesh, slot: IntArray, is_block: bool) -> tuple[Phase, IntArray, IntArray]:
    """Channels and turns of a phase.

    Parameters
    ----------
    mesh : Mesh
    slot : (R,)
        Source that sends each row, -1 where none does.
    is_block : bool
        Whether turns not in use now may be so later; they then belong to the phase where their channel does.

    Returns
    -------
    phase : Phase
    channels : (C,)
        Their numbers in the mesh.
    turns : (U,)
        Their numbers in the mesh.
    """
    loads, load = senders_of(mesh.turns, slot)
    users, user = senders_of(mesh.sets, slot)
    unused, n_mesh = len(loads.start) - 2, len(mesh.at)
    channels, turns = np.empty(n_mesh, np.int64), np.empty(n_mesh * N_PORTS, np.int64)
    number, start = np.full(n_mesh + 1, -1, np.int64), np.zeros(n_mesh + 1, np.int64)
    n_channels, n_turns = 0, 0
    for c in range(n_mesh):
        n_before, is_used = n_turns, False
        for turn in range(c * N_PORTS, (c + 1) * N_PORTS):
            in_use = load[mesh.turns.list_of[turn]] < unused
            is_used |= in_use
            if in_use or is_block:
                turns[n_turns] = turn
                n_turns += 1
        if is_used:
            channels[n_channels], number[c] = c, n_channels
            n_channels += 1
            start[n_channels] = n_turns
        else:
            n_turns = n_before
    channels, turns, start = channels[:n_channels], turns[:n_turns], start[: n_channels + 1]
    number[number < 0] = n_channels
    upstream = number[mesh.upstream[turns]]
    load, user = load[mesh.turns.list_of[turns]], user[mesh.sets.list_of[turns]]
    outputs, inputs = np.zeros(n_channels + 1, np.int64), np.zeros(n_channels, np.int64)
    for u in range(n_turns):
        if load[u] < unused:
            outputs[upstream[u]] += 1
            inputs[number[turns[u] // N_PORTS]] += 1
    single, alone = np.zeros(n_turns, np.bool_), np.empty(n_turns)
    for u in range(n_turns):
        c = turns[u] // N_PORTS
        single[u] = load[u] < unused and upstream[u] < n_channels and outputs[upstream[u]] == 1
        is_stream = single[u] and inputs[number[c]] == 1
        alone[u] = mesh.service[c] * mesh.tie[c] if is_stream else mesh.service[c]
    has_one_output = outputs[:n_channels] == 1
    phase = Phase(
        start, mesh.service[channels], mesh.window, mesh.in_service, has_one_output, upstream, alone, single,
        (load < unused) & ~single, load, user, loads, users,
    )  # fmt: skip
    return phase, channels, turns


@compiled
def sums_of(senders: Senders, rate: FloatArray, out: FloatArray) -> None:
    """What the sources of each list send at their rates, (K,), into ``out``."""
    for k in range(len(out)):
        total = 0.0
        for e in range(senders.start[k], senders.start[k + 1]):
            total += senders.share[e] * rate[senders.source[e]]
        out[k] = total


@compiled
def port_share(capacity: float, a: float, b: float, c: float) -> float:
    """What a port of a channel may send when the other three send a, b and c; see ``rates.port_shares``."""
    low, high = min(a, b), max(a, b)
    smallest, largest = min(low, c), max(high, c)
    two = capacity - (a + b + c) + largest
    best = max(capacity / N_PORTS, (capacity - smallest) / (N_PORTS - 1))
    return float(max(max(best, two / 2), two - largest))


@compiled
def sweep_rates(
    phase: Phase, most: FloatArray, sweeps: int, rate: FloatArray, occupancy: FloatArray, capacity: FloatArray
) -> None:
    """Sweeps of the fixed point, in place.

    Parameters
    ----------
    phase : Phase
    most : (S,) [packet a cycle]
        What each source that still sends can send at most.
    sweeps : int
    rate : (S,) [packet a cycle]
        Above 0.
    occupancy, capacity : (U,), (C,)
        As in ``rates.State``.
    """
    n_channels, n_turns = len(phase.service), len(phase.load)
    sent, total = np.empty(len(phase.loads.start) - 1), np.ones(n_channels + 1)
    load, onward, kept = np.empty(n_turns), np.empty(n_channels + 1), np.empty(n_channels + 1)
    allowed, room = np.empty(n_turns), np.empty(len(phase.users.start) - 1)
    through = 1 / phase.alone
    for c in range(n_channels):
        allowed[phase.start[c] : phase.start[c + 1]] = 1 / phase.service[c]
    for _ in range(sweeps):
        load_turns(phase, rate, sent, load, total)
        kept[:] = 0
        for c in range(n_channels):
            hold(phase, c, load, total, occupancy, kept)
        for u in range(n_turns):
            if phase.single[u]:
                onward[phase.upstream[u]] = min(allowed[u], through[u])
        room[:] = math.inf
        for c in range(n_channels):
            full, blocked = 1 / phase.service[c], kept[c] / phase.window
            left = total[c] / blocked if blocked > 0 else full
            capacity[c] = math.sqrt(capacity[c] * min(full, onward[c] if phase.has_one_output[c] else left))
            share_out(phase, c, capacity[c], load, allowed, room)
        slow_down(phase.users, room, most, rate)


@compiled
def load_turns(phase: Phase, rate: FloatArray, sent: FloatArray, load: FloatArray, total: FloatArray) -> None:
    """Packets a cycle over each turn, (U,), and each channel, (C + 1,), with room for the sums of ``loads``, (K,)."""
    sums_of(phase.loads, rate, sent)
    for c in range(len(phase.service)):
        all_ports = 0.0
        for u in range(phase.start[c], phase.start[c + 1]):
            load[u] = sent[phase.load[u]]
            all_ports += load[u]
        total[c] = all_ports


@compiled
def hold(phase: Phase, c: int, load: FloatArray, total: FloatArray, occupancy: FloatArray, kept: FloatArray) -> None:
    """Cycles that packets keep their ports until a channel has taken them, and how long that keeps those before it."""
    service, window = phase.service[c], phase.window
    over = max(total[c] * service, 1.0)
    pressing, held = 0.0, 0.0
    for u in range(phase.start[c], phase.start[c + 1]):
        own = load[u] / over
        pressing += own
        held += own * occupancy[u]
    for u in range(phase.start[c], phase.start[c + 1]):
        own = load[u] / over
        met = held - own * occupancy[u] / window
        part = load[u] / total[phase.upstream[u]]
        begun = phase.in_service * (1 - part) * service * (pressing - own / window)
        occupancy[u] = (occupancy[u] + max(phase.alone[u], service * (1 + met - begun))) / 2
        kept[phase.upstream[u]] += load[u] * occupancy[u]


@compiled
def share_out(phase: Phase, c: int, capacity: float, load: FloatArray, allowed: FloatArray, room: FloatArray) -> None:
    """What each port of a channel may send, (U,), and the least of it over what it sends for each list of users."""
    first, n = phase.start[c], phase.start[c + 1] - phase.start[c]
    for i in range(n):
        u = first + i
        if n == 1:
            allowed[u] = capacity
        else:
            second = load[first + (i + 2) % n] if n > 2 else 0.0
            third = load[first + (i + N_PORTS - 1) % n] if n == N_PORTS else 0.0
            allowed[u] = port_share(capacity, load[first + (i + 1) % n], second, third)
        if phase.limits[u]:
            room[phase.user[u]] = min(room[phase.user[u]], allowed[u] / load[u])


@compiled
def slow_down(users: Senders, room: FloatArray, most: FloatArray, rate: FloatArray) -> None:
    """Move the rates of sources halfway to the least room on their paths."""
    least = most / rate
    for k in range(len(room)):
        if room[k] < math.inf:
            for e in range(users.start[k], users.start[k + 1]):
                least[users.source[e]] = min(least[users.source[e]], room[k])
    for s in range(len(rate)):
        rate[s] *= math.sqrt(least[s])


@compiled
def within_service(phase: Phase, rate: FloatArray) -> None:
    """Lower rates, in place, to where no channel is loaded above its service rate."""
    n_channels = len(phase.service)
    sent, load, total = np.empty(len(phase.loads.start) - 1), np.empty(len(phase.load)), np.ones(n_channels + 1)
    load_turns(phase, rate, sent, load, total)
    busy, most = np.zeros(len(phase.users.start) - 1), np.ones(len(rate))
    for c in range(n_channels):
        for u in range(phase.start[c], phase.start[c + 1]):
            busy[phase.user[u]] = max(busy[phase.user[u]], total[c] * phase.service[c])
    for k in range(len(busy)):
        for e in range(phase.users.start[k], phase.users.start[k + 1]):
            most[phase.users.source[e]] = max(most[phase.users.source[e]], busy[k])
    rate /= most
