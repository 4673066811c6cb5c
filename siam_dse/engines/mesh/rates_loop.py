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
    for k in range(len(start) - 1):
        total = 0.0
        for e in range(start[k], start[k + 1]):
            total += share[e] * rate[source[e]]
        out[k] = total


@compiled
def sweep_rates(
    phase: Phase, service_of: FloatArray, window: float, in_service: float, who: IntArray, most_of: FloatArray,
    least_rate: float, sweeps: int, rate_of: FloatArray, occupancy_of: FloatArray, capacity_of: FloatArray,
) -> None:  # fmt: skip
    """Sweeps of the fixed point.

    Parameters
    ----------
    phase : Phase
    service_of : (N,) [cycle a packet]
        Of all channels of the case.
    window, in_service : float
        As in ``phases_loop.Traces``.
    who : (W,)
        Sources that send in the phase.
    most_of : (S,) [packet a cycle]
        What each source of the case can send at most.
    least_rate : float [packet a cycle]
        To begin with.
    sweeps : int
    rate_of : (S,) [packet a cycle]
        In and out, of all sources of the case.
    occupancy_of, capacity_of : (4 N,), (N,)
        As in ``rates.State``, of all channels; in and out.
    """
    n, n_ports, upstream, alone, list_of = (
        len(phase.channels),
        phase.n_channels,
        phase.upstream,
        phase.alone,
        phase.load,
    )
    only, feeds, limits = phase.only, phase.feeds, phase.limits
    loads, users, sent, room = (
        phase.loads,
        phase.users,
        np.zeros(len(phase.loads.start)),
        np.empty(len(phase.users.start)),
    )
    rate, most, occupancy, capacity = np.empty(len(who)), np.empty(len(who)), np.zeros(alone.shape), np.empty(n)
    service = np.empty(n)
    for s in range(len(who)):
        rate[s], most[s] = max(rate_of[who[s]], least_rate), most_of[who[s]]
    for c in range(n):
        service[c], capacity[c] = service_of[phase.channels[c]], capacity_of[phase.channels[c]]
    for port in range(N_PORTS):
        for c in range(n_ports[port]):
            occupancy[port, c] = occupancy_of[phase.turns[port, c]]
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
    for sweep in range(sweeps + 1):
        sums_of(loads.start, loads.source, loads.share, rate, sent)
        load_turns(n_ports, list_of, sent, load, total)
        if sweep == sweeps:
            break
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
    room[:] = math.inf
    for port in range(N_PORTS):
        for c in range(n_ports[port]):
            room[user[port * n + c]] = min(room[user[port * n + c]], -total[c] * service[c])
    least_of(users.start, users.source, room, least)
    for s in range(len(rate)):  # no channel is loaded above its service rate
        rate_of[who[s]] = rate[s] / max(-least[s], 1.0)
    for c in range(n):
        capacity_of[phase.channels[c]] = capacity[c]
    for port in range(N_PORTS):
        for c in range(n_ports[port]):
            occupancy_of[phase.turns[port, c]] = occupancy[port, c]


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
    for k in range(len(start) - 1):
        if room[k] < math.inf:
            for e in range(start[k], start[k + 1]):
                out[source[e]] = min(out[source[e]], room[k])
