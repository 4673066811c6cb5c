"""The last round over the destinations: what the final packets of each source need, pair by pair.

Arrays of pairs are (n, S, D) with the destinations in the order in which each source serves them; a source that is
its own destination skips it. A pair that does not exist has no hops (nan).
"""

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.engines.mesh.cases import ASAP_BLOCK, RR_SHIFT, Cases
from siam_dse.engines.mesh.channels import EJECTION


def served_order(cases: Cases) -> IntArray:
    """Destinations in the order in which each source serves them.

    Parameters
    ----------
    cases : Cases

    Returns
    -------
    (n, S, D) int64 node ids, -1 where a source has nothing to send
    """
    n_sources, n_destinations = cases.source.shape[1], cases.destination.shape[1]
    start = np.where(cases.mode[:, None] == RR_SHIFT, np.arange(n_sources), 0)
    count = np.maximum(cases.n_destinations(), 1)[:, None, None]
    turn = (np.arange(n_destinations) + start[:, :, None]) % count
    turn = np.where(np.arange(n_destinations) < count, turn, np.arange(n_destinations))
    order = np.take_along_axis(np.broadcast_to(cases.destination[:, None, :], turn.shape), turn, axis=2)
    absent = (cases.source[:, :, None] < 0) | (order == cases.source[:, :, None])
    return np.where(absent, -1, order)


def pair_hops(cases: Cases, order: IntArray) -> FloatArray:
    """Links between each source and its destinations in served order, (n, S, D); nan where there is no pair."""
    columns = cases.columns[:, None, None]
    source = cases.source[:, :, None]
    hops = np.abs(source % columns - order % columns) + np.abs(source // columns - order // columns)
    return np.where(order >= 0, hops.astype(np.float64), np.nan)


def packets_after(cases: Cases, exists: BoolArray) -> FloatArray:
    """Packets that a source still sends after the last one to each destination, (n, S, D).

    Notes
    -----
    Round robin: as many as there are later destinations. One destination after the other: only the last destination
    counts, the others get infinity.
    """
    later: IntArray = np.flip(np.cumsum(np.flip(exists, 2), axis=2), 2) - exists
    blocks = (cases.mode == ASAP_BLOCK)[:, None, None]
    return np.where(blocks & (later > 0), np.inf, later)


def free_run_cycles(cases: Cases, hops: FloatArray, after: FloatArray) -> FloatArray:
    """Makespan if every source sends at its own pace: a lower bound.

    Parameters
    ----------
    cases : Cases
    hops, after : (n, S, D)
        From ``pair_hops`` and ``packets_after``.

    Returns
    -------
    (n,) float64 [cycle]

    Notes
    -----
    max over sources and destinations of (n_s - 1 - after) max(F, gap) + F + 5 h + 6.
    """
    router = cases.constants
    pace = np.maximum(cases.flits, cases.gap)[:, None, None]
    start = np.maximum(np.ceil(cases.sent())[:, :, None] - 1 - np.where(np.isinf(after), 0, after), 0) * pace
    end = start + cases.flits[:, None, None] - 1 + router["hop"] * hops + router["ends"]
    return np.asarray(np.where(np.isnan(hops) | np.isinf(after), 0, end).max(axis=(1, 2)))


def drain(cases: Cases, hops_by_destination: FloatArray, service: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Last arrival and mean wait when all sources send one packet at once to the same destination.

    Packets meet at the ejection channel in the order of their distance: exit_i = max(5 h_i, exit_(i-1) + T).

    Parameters
    ----------
    cases : Cases
    hops_by_destination : (n, S, D)
        Destinations in the order of ``cases.destination``; nan where there is no pair.
    service : (n, D)
        Service time of each ejection channel [cycle a packet].

    Returns
    -------
    last : (n, D) float64 [cycle]
        Since injection, without the two ends; 0 where nobody sends.
    wait : (n, D) float64 [cycle]
        Mean over the sources.
    """
    walk = np.sort(cases.constants["hop"] * hops_by_destination, axis=1)  # nan last
    place = np.arange(walk.shape[1])[None, :, None] * service[:, None, :]
    out = np.maximum.accumulate(np.where(np.isnan(walk), -np.inf, walk - place), axis=1) + place
    exists = ~np.isnan(walk)
    wait = np.where(exists, out - walk, 0).sum(axis=1) / np.maximum(exists.sum(axis=1), 1)
    return np.where(exists, out, 0).max(axis=1), wait


def last_destination_drain(cases: Cases, cycles: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Makespan from the last destination's queue and mean wait there when sources are in step, (n,) each."""
    router, in_step = cases.constants, (cases.mode != ASAP_BLOCK) & (cases.mode != RR_SHIFT)
    if not in_step.any():
        return np.zeros(len(cases)), np.zeros(len(cases))
    own = cases.source[:, :, None] == cases.destination[:, None, :]
    order = np.where((cases.source[:, :, None] < 0) | own, -1, cases.destination[:, None, :])
    hops = pair_hops(cases, order)
    columns, nodes = cases.columns[:, None], np.maximum(cases.destination, 0)
    rows = np.arange(len(cases))[:, None]
    service = cycles[:, EJECTION][rows, nodes // columns, nodes % columns]
    last, wait = drain(cases, hops, service)
    final = last[np.arange(len(cases)), cases.n_destinations() - 1]
    end = cases.last_injection() + final + cases.flits - 1 + router["ends"]
    mean = wait.sum(axis=1) / np.maximum(cases.n_destinations(), 1)
    return np.where(in_step & (final > 0), end, 0), np.where(in_step, mean, 0)


def block_share(cases: Cases) -> FloatArray:
    """How far a source's packets to one destination act as a block, (n,): 0 mixed with the others, 1 wholly apart.

    The network's buffers take the first packets of each block: P / (P + b), b = 2 max(1, V B / F).
    """
    buffers = np.maximum(1, cases.virtual_channels * cases.vc_flits / cases.flits)
    absorbed = cases.constants["block_buffers"] * buffers
    several = (cases.n_sources() > 1) & (cases.n_destinations() > 1)
    share = np.where(several & (cases.mode == ASAP_BLOCK), cases.packets / (cases.packets + absorbed), 0)
    return np.asarray(share)
