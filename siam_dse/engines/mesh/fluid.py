"""Makespan and mean latency of trace traffic from a replay in phases of constant rates.

The accurate level of the mesh: milliseconds a case. ``phases`` says when each source's packets are on their way; here
the last ones are followed to their destinations.
"""

from dataclasses import replace

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.core.loops import takes_loop
from siam_dse.engines.mesh.cases import ASAP_BLOCK, ASAP_RR, RR_SHIFT, Cases
from siam_dse.engines.mesh.channels import CHANNELS, EJECTION, INJECTION, lower_bound_cycles, zero_load_cycles
from siam_dse.engines.mesh.paths import N_PORTS
from siam_dse.engines.mesh.phases import Replay, Traffic, n_pairs, prepared, replay
from siam_dse.engines.mesh.rounds import block_share, last_destination_drain

# Entries of the largest temporary array of a chunk of cases.
CHUNK_ELEMENTS = 1_000_000
_SAVED_S = 1e-6  # CPU time that the loop saves a pair of nodes, measured


def fluid_makespan(cases: Cases) -> tuple[FloatArray, FloatArray]:
    """Makespan and mean packet latency of trace traffic, replayed in phases of constant rates.

    Parameters
    ----------
    cases : Cases

    Returns
    -------
    makespan : (n,) float64 [cycle]
        Cycle of the last ejection; never below ``lower_bound_cycles``.
    mean_latency : (n,) float64 [cycle]
        From a packet's scheduled cycle to the ejection of its last flit.

    Notes
    -----
    Where sources serve one destination after the other, the network's buffers take the first packets of each block, so
    that short blocks act like mixed traffic: M = M_mixed + (M_block - M_mixed) P / (P + b), b = 2 max(1, V B / F).
    """
    makespan, latency = np.zeros(len(cases)), np.zeros(len(cases))
    for index in _chunks(cases):
        makespan[index], latency[index] = _blended(cases.take(index))
    return makespan, latency


def fluid_busy_cycles(cases: Cases, end_packets: FloatArray, column_cycles: FloatArray | None = None) -> FloatArray:
    """Cycles in which sources send, without the way of the last packets.

    Parameters
    ----------
    cases : Cases
    end_packets : (n,)
        Packets that a node injects and ejects at once: more than 1 where it reaches the mesh over several channels.
    column_cycles : (n,), optional
        Time of a flit on a link along a column over that on a link along a row; 1 if not given.

    Returns
    -------
    (n,) float64 [cycle of a link along a row]; never below the packets over the busiest link
    """
    out = np.zeros(len(cases))
    longer = np.ones(len(cases)) if column_cycles is None else column_cycles
    for index in _chunks(cases):
        traffic = prepared(cases.take(index), end_packets[index], longer[index])
        run = replay(traffic)
        out[index] = np.maximum.reduceat(run.end, np.searchsorted(run.case, np.arange(len(index))))
    return out


def _chunks(cases: Cases) -> list[IntArray]:
    """Indices of cases of like size."""
    n_sources, n_destinations = cases.n_sources(), cases.n_destinations()
    side = np.maximum(cases.columns, cases.rows)
    entries = n_sources * np.maximum(n_destinations * side, N_PORTS * len(CHANNELS) * side**2)
    order = np.argsort(entries, kind="stable")
    chunk = np.cumsum(entries[order]) // CHUNK_ELEMENTS
    return np.split(order, np.flatnonzero(np.diff(chunk)) + 1)


def _blended(cases: Cases) -> tuple[FloatArray, FloatArray]:
    """Makespan and mean latency of cases of like size; short blocks act like mixed traffic."""
    share = block_share(cases)
    twins = np.flatnonzero(share > 0)
    both = cases.take(np.concatenate([np.arange(len(cases)), twins]))
    mode = both.mode.copy()
    mode[len(cases) :] = ASAP_RR
    makespan, queue, walk = _replayed(replace(both, mode=mode))
    for values in (makespan, queue):
        mixed = values[len(cases) :]
        values[twins] = mixed + share[twins] * (values[twins] - mixed)
    n = len(cases)
    return makespan[:n], queue[:n] + walk[:n]


def _replayed(cases: Cases) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Makespan, mean wait behind earlier packets, and mean latency on an idle mesh, (n,) each [cycle]."""
    traffic = prepared(cases)
    run = replay(traffic)
    drained, wait = last_destination_drain(cases, traffic.cycles)
    arrival, bound, walk = (_looped if takes_loop(n_pairs(cases), _SAVED_S) else _by_arrays)(traffic, run)
    makespan = np.max([arrival, drained, lower_bound_cycles(cases, traffic.use), bound], axis=0)
    gap = cases.gap[run.case]
    queue = np.maximum(run.mean - gap * (run.packets - 1) / 2 - np.maximum(gap, 1) / 2, 0)
    sent = np.bincount(run.case, run.packets, minlength=len(cases))
    queue = np.bincount(run.case, queue * run.packets, minlength=len(cases)) / sent
    return makespan, np.maximum(queue, wait), walk


def _looped(traffic: Traffic, run: Replay) -> tuple[FloatArray, ...]:
    """Last arrivals, bounds of busy channels and mean latencies on an idle mesh, (n,) each, by compiled loops."""
    from siam_dse.engines.mesh.arrivals_loop import Router, arrivals

    cases, use = traffic.cases, traffic.use
    out = np.empty((len(("arrival", "bound", "latency")), len(cases)))
    c, first = cases.constants, np.searchsorted(run.case, np.arange(len(cases)))
    volume, ends = np.stack([cases.packets, cases.flits, cases.gap]), np.stack([run.packets, run.end, run.last_rate])
    channels = np.stack([traffic.cycles, use.packets, use.before, use.hops])
    arrivals(
        cases.columns, cases.source, cases.destination, cases.mode == ASAP_BLOCK, cases.mode == RR_SHIFT, volume,
        first, ends, channels, Router(c["hop"], c["ends"], c["on_time"]), out,
    )  # fmt: skip
    return tuple(out)


def _by_arrays(traffic: Traffic, run: Replay) -> tuple[FloatArray, ...]:
    """The same for all cases at once."""
    cases, paths = traffic.cases, traffic.paths
    walk = np.bincount(
        paths.case,
        zero_load_cycles(cases.constants, paths.hops.astype(np.float64), cases.flits[paths.case]),
        minlength=len(cases),
    )
    latency = np.asarray(walk / np.bincount(paths.case, minlength=len(cases)))
    return _last_arrival(traffic, run), _busy_bound(traffic), latency


def _last_arrival(traffic: Traffic, run: Replay) -> FloatArray:
    """Cycle of the last ejection, followed from the last packets of every source for each destination, (n,).

    Either the source ran free, and its last packet crosses an idle mesh; or it was held up by the busiest channel of
    the path, and the way to that channel is hidden behind the wait of the packets that reached it first.
    """
    router, cases, paths = traffic.cases.constants, traffic.cases, traffic.paths
    source = paths.source
    flits, gap, sent = cases.flits[paths.case], cases.gap[paths.case], run.packets[source]
    counts = ~np.isinf(paths.after)
    after = np.where(counts, paths.after, 0) * np.minimum(cases.packets, 1)[paths.case]
    free = np.maximum(sent - 1 - after, 0) * np.maximum(flits, gap) + flits + router["hop"] * paths.hops
    on_time = (gap > 1) & (run.last_rate[source] <= router["on_time"] / np.maximum(gap, 1))
    end = run.end[source] - np.where(on_time, gap - 1, 0)
    held = end - after * np.maximum(gap, run.end[source] / sent) + router["hop"] * _links_behind(traffic)
    arrival = np.where(counts, np.maximum(free, held) + router["ends"] - 1, 0)
    return np.maximum.reduceat(arrival, np.searchsorted(paths.case, np.arange(len(cases))))


def _links_behind(traffic: Traffic) -> IntArray:
    """Links not hidden behind the wait at each path's busiest channel, (P,): the fewest to it and those after it."""
    use, channels, paths = traffic.use, traffic.channels, traffic.paths
    busy = (traffic.cycles * use.packets).ravel()[channels.place][paths.turn // N_PORTS]
    most = np.maximum.reduceat(busy, paths.start)
    at = np.where(busy >= most[paths.pair], np.arange(len(busy)), 0)
    busiest = np.maximum.reduceat(at, paths.start)
    place = channels.place[paths.turn[busiest] // N_PORTS]
    kind = place // use.packets[0, 0].size % len(CHANNELS)
    before = use.before.ravel()[place].astype(np.int64)
    to_it = np.where(kind == EJECTION, before - 1, before)
    after = np.maximum(paths.hops - (busiest - paths.start), 0)
    return np.where(kind == INJECTION, paths.hops, to_it + after)


def _busy_bound(traffic: Traffic) -> FloatArray:
    """Cycles that no channel can beat at its service time, from when the first packet for it is ready, (n,).

    A source serves the destinations before the first one behind the channel at one packet every max(F, gap) cycles.
    """
    cases, channels, paths = traffic.cases, traffic.channels, traffic.paths
    rank = np.arange(len(paths.case)) - np.searchsorted(paths.source, paths.source)
    each = np.where(cases.mode == ASAP_BLOCK, cases.packets, np.minimum(cases.packets, 1))
    ready = rank * (each * np.maximum(cases.flits, cases.gap))[paths.case]
    first = np.full(len(channels.place), np.inf)
    np.minimum.at(first, paths.turn // N_PORTS, ready[paths.pair])
    cycles, packets, hops = (
        values.ravel()[channels.place] for values in (traffic.cycles, traffic.use.packets, traffic.use.hops)
    )
    served = (
        first
        + cycles * np.maximum(packets - 1, 0)
        + zero_load_cycles(cases.constants, hops, cases.flits[channels.case])
    )
    return np.maximum.reduceat(served, np.searchsorted(channels.case, np.arange(len(cases))))
