"""Makespan and mean latency of trace traffic cycle by cycle: the yardstick of the closed form and of the replay."""

from itertools import pairwise

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.engines.mesh.cases import ASAP_BLOCK, Cases
from siam_dse.engines.mesh.openloop import Injection
from siam_dse.engines.mesh.patterns import pattern_pairs
from siam_dse.engines.mesh.rounds import served_order


def cycle_makespan(cases: Cases) -> tuple[FloatArray, FloatArray]:
    """Makespan and mean packet latency of trace traffic on routers simulated flit by flit.

    Parameters
    ----------
    cases : Cases
        Packets, flits and buffers are taken as whole numbers, rounded up.

    Returns
    -------
    makespan : (n,) float64 [cycle]
        Cycle of the last ejection; the first packet is ready at 0.
    mean_latency : (n,) float64 [cycle]
        From a packet's scheduled cycle to the ejection of its last flit.

    Notes
    -----
    Some million flits and links a second where numba is installed, a hundred times slower without it.
    """
    from siam_dse.engines.mesh.router_loop import run

    order = served_order(cases)
    makespan, latency = np.zeros(len(cases)), np.zeros(len(cases))
    for i in range(len(cases)):
        packets, gap, columns, rows, channels, depth, flits = (
            int(np.ceil(values[i]))
            for values in (
                cases.packets, cases.gap, cases.columns, cases.rows, cases.virtual_channels, cases.vc_flits, cases.flits
            )
        )  # fmt: skip
        node, first, target, ready = _schedule(cases, order[i], i, packets, gap)
        if not len(target):
            continue
        ejected = np.zeros(len(target), dtype=np.int64)
        makespan[i] = run(columns, rows, channels, depth, flits, node, first, target, ready, ejected)
        latency[i] = (ejected - ready).mean()
    return makespan, latency


def _schedule(
    cases: Cases, order: IntArray, i: int, packets: int, gap: int
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Sources of case ``i``, the first packet of each (S + 1,), and every packet's destination and cycle, (N,)."""
    sends = (order >= 0).any(axis=1)
    targets, cycles = [], []
    for served in order[sends]:
        target = np.repeat(served, packets) if cases.mode[i] == ASAP_BLOCK else np.tile(served, packets)
        targets.append(target[target >= 0])
        cycles.append(gap * np.arange(len(targets[-1])))
    first = np.cumsum([0, *map(len, targets)])
    return cases.source[i][sends], first, np.concatenate(targets), np.concatenate(cycles)


def cycle_open_loop(injection: Injection, cycles: IntArray, counted_from: IntArray, seed: int = 0) -> FloatArray:
    """Mean packet latency under random traffic, simulated.

    Every node draws in every cycle whether it sends a packet, and a destination of its pattern.

    Parameters
    ----------
    injection : Injection
    cycles, counted_from : (n,)
        Packets are made up to ``cycles``; those made from ``counted_from`` on count.
    seed : int

    Returns
    -------
    (n,) float64 [cycle]
        From a packet's generation to the ejection of its last flit; NaN where no packet counts. Above saturation it
        grows with ``cycles``.
    """
    from siam_dse.engines.mesh.router_loop import run

    latency = np.full(len(injection), np.nan)
    for i in range(len(injection)):
        random = np.random.default_rng([seed, i])
        pairs = pattern_pairs(injection.side[[i]], [injection.pattern[i]])
        of_node = np.searchsorted(pairs.origin, np.arange(injection.side[i] ** 2 + 1))
        ready, target, first = [], [], [0]
        for begin, end in pairwise(of_node):
            made = np.flatnonzero(random.random(cycles[i]) < injection.rate[i])
            ready.append(made)
            target.append(pairs.goal[begin + random.integers(end - begin, size=len(made))])
            first.append(first[-1] + len(made))
        when, ejected = np.concatenate(ready), np.zeros(first[-1], dtype=np.int64)
        side, channels, depth, flits = (
            int(values[i])
            for values in (injection.side, injection.virtual_channels, injection.vc_flits, injection.flits)
        )
        nodes = np.arange(side * side)
        run(side, side, channels, depth, flits, nodes, np.array(first), np.concatenate(target), when, ejected)
        counts = when >= counted_from[i]
        if counts.any():
            latency[i] = (ejected - when)[counts].mean()
    return latency
