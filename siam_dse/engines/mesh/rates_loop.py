"""The fixed point of a phase's rates as plain loops: ``rates.settled`` for one case, bit for bit.

A sweep touches every turn in use once and every list of its users once; the order of each sum is that of ``rates``.
Loops along channels are short, over few arrays: so compiled, they take several channels at once.
"""

import math

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.core.compiled import compiled
from siam_dse.engines.mesh.paths import N_PORTS
from siam_dse.engines.mesh.turns_loop import Phase


@compiled
def sums_of(start: IntArray, source: IntArray, share: FloatArray, rate: FloatArray, out: FloatArray) -> None:
    """What the sources of each list send at their rates, (K,), into ``out``."""
    for k in range(len(out)):
        total = 0.0
        for e in range(start[k], start[k + 1]):
            total += share[e] * rate[source[e]]
        out[k] = total


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
    occupancy, capacity : (4, C), (C,)
        As in ``rates.State``.
    """
    n, n_ports, service, window = len(phase.service), phase.n_channels, phase.service, phase.window
    upstream, alone, in_service, list_of = phase.upstream, phase.alone, phase.in_service, phase.load
    only, feeds, limits = phase.only, phase.feeds, phase.limits
    loads, users, sent, room = (
        phase.loads,
        phase.users,
        np.empty(len(phase.loads.start) - 1),
        np.empty(len(phase.users.start) - 1),
    )
    before, user, through = upstream.ravel(), phase.user.ravel(), 1 / alone.ravel()
    load, own, waits, allowed = (
        np.zeros(alone.shape),
        np.empty(alone.shape),
        np.empty(alone.shape),
        np.empty(alone.shape),
    )
    load_at, allowed_at, occupancy_at = load.ravel(), allowed.ravel(), occupancy.ravel()
    total, kept, full, least = np.ones(n + 1), np.empty(n + 1), 1 / service, np.empty(len(rate))
    over, cycles, pressing, held = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    for port in range(N_PORTS):
        allowed[port] = full
    for _ in range(sweeps):
        sums_of(loads.start, loads.source, loads.share, rate, sent)
        load_turns(n_ports, list_of, sent, load, total)
        # cycles that packets keep their ports until the channel has taken them
        for c in range(n):
            over[c] = max(total[c] * service[c], 1.0)
            pressing[c], held[c] = 0.0, 0.0
        for port in range(N_PORTS):
            count = n_ports[port]
            for c in range(count):
                own[port, c] = load[port, c] / over[c]
            for c in range(count):
                waits[port, c] = own[port, c] * occupancy[port, c]
            for c in range(count):
                pressing[c] += own[port, c]
            for c in range(count):
                held[c] += waits[port, c]
        for port in range(N_PORTS):
            count = n_ports[port]
            for c in range(count):
                cycles[c] = total[upstream[port, c]]
            for c in range(count):
                cycles[c] = in_service * (1 - load[port, c] / cycles[c]) * service[c]
            for c in range(count):
                cycles[c] *= pressing[c] - own[port, c] / window
            for c in range(count):
                cycles[c] = service[c] * (1 + (held[c] - waits[port, c] / window) - cycles[c])
            for c in range(count):
                occupancy[port, c] = (occupancy[port, c] + max(alone[port, c], cycles[c])) / 2
        # capacity that blocking further on leaves, or that the only turn is allowed
        kept[:] = 0
        for place in feeds:
            kept[before[place]] += load_at[place] * occupancy_at[place]
        for c in range(n):
            blocked = kept[c] / window
            kept[c] = total[c] / blocked if blocked > 0 else full[c]
        for place in only:
            kept[before[place]] = min(allowed_at[place], through[place])
        for c in range(n):
            capacity[c] = math.sqrt(capacity[c] * min(full[c], kept[c]))
        share_ports(n_ports, load, capacity, allowed)
        room[:] = math.inf
        for place in limits:
            room[user[place]] = min(room[user[place]], allowed_at[place] / load_at[place])
        least_of(users.start, users.source, room, least)
        for s in range(len(rate)):
            rate[s] *= math.sqrt(min(most[s] / rate[s], least[s]))
    sums_of(loads.start, loads.source, loads.share, rate, sent)
    load_turns(n_ports, list_of, sent, load, total)
    room[:] = math.inf
    for port in range(N_PORTS):
        for c in range(n_ports[port]):
            room[user[port * n + c]] = min(room[user[port * n + c]], -total[c] * service[c])
    least_of(users.start, users.source, room, least)
    for s in range(len(rate)):  # no channel is loaded above its service rate
        rate[s] /= max(-least[s], 1.0)


@compiled
def load_turns(n_ports: IntArray, list_of: IntArray, sent: FloatArray, load: FloatArray, total: FloatArray) -> None:
    """Packets a cycle over each turn, (4, C), and each channel, (C + 1,), into ``load`` and ``total``."""
    total[:-1] = 0
    for port in range(N_PORTS):
        for c in range(n_ports[port]):
            load[port, c] = sent[list_of[port, c]]
            total[c] += load[port, c]


@compiled
def share_ports(n_channels: IntArray, load: FloatArray, capacity: FloatArray, allowed: FloatArray) -> None:
    """What each port may send when those of a channel share max-min fairly, (4, C); see ``rates.port_shares``.

    Ports not in use send nothing: the sum of the others, beginning with the next, is the same without them.
    """
    for port in range(N_PORTS):
        one, two, three = (port + 1) % N_PORTS, (port + 2) % N_PORTS, (port - 1) % N_PORTS
        for c in range(n_channels[port]):
            x, y, z = load[one, c], load[two, c], load[three, c]
            smallest, largest = min(min(x, y), z), max(max(x, y), z)
            both = capacity[c] - (x + y + z) + largest
            best = max(capacity[c] / N_PORTS, (capacity[c] - smallest) / (N_PORTS - 1))
            allowed[port, c] = max(max(best, both / 2), both - largest)


@compiled
def least_of(start: IntArray, source: IntArray, room: FloatArray, out: FloatArray) -> None:
    """The least room, (K,), of the lists that each source is in, into ``out`` (S,)."""
    out[:] = math.inf
    for k in range(len(room)):
        if room[k] < math.inf:
            for e in range(start[k], start[k + 1]):
                out[source[e]] = min(out[source[e]], room[k])
