"""The fixed point of a phase's rates as plain loops: ``rates.settled`` without its temporary arrays, bit for bit.

A sweep touches every channel and every entry of the flow once; the order of each sum is that of ``rates``.
"""

import math

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.core.compiled import compiled
from siam_dse.engines.mesh.paths import N_PORTS


@compiled
def loads_of(turn: IntArray, source: IntArray, share: FloatArray, rate: FloatArray, load: FloatArray) -> None:
    """Packets a cycle over each turn, into ``load`` (C 4,)."""
    load[:] = 0
    for e in range(len(turn)):
        load[turn[e]] += share[e] * rate[source[e]]


@compiled
def port_share(capacity: float, load: FloatArray, port: int) -> float:
    """What an input port of a channel may send when its four ports share max-min fairly; see ``rates.port_shares``."""
    a, b, c = load[(port + 1) % N_PORTS], load[(port + 2) % N_PORTS], load[(port + N_PORTS - 1) % N_PORTS]
    low, high = min(a, b), max(a, b)
    smallest, largest = min(low, c), max(high, c)
    two = capacity - (a + b + c) + largest
    best = max(capacity / N_PORTS, (capacity - smallest) / (N_PORTS - 1))
    return float(max(max(best, two / 2), two - largest))


@compiled
def sweep_rates(
    turn: IntArray,
    source: IntArray,
    start: IntArray,
    share: FloatArray,
    upstream: IntArray,
    service: FloatArray,
    alone: FloatArray,
    window: FloatArray,
    in_service: FloatArray,
    single: BoolArray,
    limits: BoolArray,
    has_one_output: BoolArray,
    most: FloatArray,
    sweeps: int,
    load: FloatArray,
    total: FloatArray,
    kept: FloatArray,
    onward: FloatArray,
    allowed: FloatArray,
    room: FloatArray,
    rate: FloatArray,
    occupancy: FloatArray,
    capacity: FloatArray,
) -> None:
    """Sweeps of the fixed point, in place.

    Parameters
    ----------
    turn, source, start, share, upstream, service, window, in_service : as in ``rates.Flow``
    alone : (C, 4) [cycle a packet]
        Service time of each turn where nothing else uses the channel.
    single, limits, has_one_output : (C, 4), (C, 4), (C,) bool
        Turns that are the only ones of the channel before; turns in use that are not; channels with such a turn.
    most : (S,) [packet a cycle]
    sweeps : int
    load, total, kept, onward, allowed, room : (C, 4), (C + 1,), (C + 1,), (C + 1,), (C, 4), (C 4,)
        Room to work in; ``allowed`` holds what each port may send at first, ``room`` is without limit.
    rate, occupancy, capacity : as in ``rates.State``; overwritten
    """
    n_channels, own = len(service), np.empty(N_PORTS)
    for _ in range(sweeps):
        loads_of(turn, source, share, rate, load.reshape(-1))
        for c in range(n_channels):
            total[c] = load[c, 0] + load[c, 1] + load[c, 2] + load[c, 3]
        total[n_channels] = 1
        kept[:] = 0
        onward[:] = 0
        for c in range(n_channels):
            over = max(total[c] * service[c], 1.0)
            pressing, held = 0.0, 0.0
            for p in range(N_PORTS):
                own[p] = load[c, p] / over
                pressing += own[p]
                held += own[p] * occupancy[c, p]
            for p in range(N_PORTS):
                met, others, part = held, pressing, 0.0
                if load[c, p] > 0:  # most turns are not in use
                    met -= own[p] * occupancy[c, p] / window[c]
                    others -= own[p] / window[c]
                    part = load[c, p] / total[upstream[c, p]]
                begun = in_service[c] * (1 - part) * service[c] * others
                occupancy[c, p] = (occupancy[c, p] + max(alone[c, p], service[c] * (1 + met - begun))) / 2
                kept[upstream[c, p]] += load[c, p] * occupancy[c, p]
                if single[c, p]:
                    onward[upstream[c, p]] = min(allowed[c, p], 1 / alone[c, p])
        for c in range(n_channels):
            full = 1 / service[c]
            blocked = kept[c] / window[c]
            left = total[c] / blocked if blocked > 0 else full
            capacity[c] = math.sqrt(capacity[c] * min(full, onward[c] if has_one_output[c] else left))
            for p in range(N_PORTS):
                if load[c, p] > 0:
                    allowed[c, p] = port_share(capacity[c], load[c], p)
                if limits[c, p]:
                    room[c * N_PORTS + p] = allowed[c, p] / load[c, p]
        for s in range(len(rate)):
            least = math.inf
            for e in range(start[s], start[s + 1] if s + 1 < len(start) else len(turn)):
                least = min(least, room[turn[e]])
            rate[s] *= math.sqrt(min(most[s] / rate[s], least))
