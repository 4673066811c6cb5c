"""Makespan and mean latency of trace traffic cycle by cycle: the yardstick of the closed form and of the replay."""

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.engines.mesh.cases import ASAP_BLOCK, Cases
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
