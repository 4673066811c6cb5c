"""Makespan and mean latency of trace traffic in closed form, from exact channel loads.

The busiest channel sets the pace; head-of-line blocking in the in-order queues costs a share of it that grows with
the number of channels that ought to work in parallel; the last packets add their way. One function serves every
pattern, router and injection mode (``fast_makespan``), one our own traffic from its busiest loads
(``transfer_makespan_cycles``).
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.core.once import once
from siam_dse.engines.mesh.cases import Cases, occupancy
from siam_dse.engines.mesh.channels import (
    EAST,
    EJECTION,
    INJECTION,
    NORTH,
    SOUTH,
    WEST,
    ChannelUse,
    channel_use,
    lower_bound_cycles,
    zero_load_cycles,
)
from siam_dse.engines.mesh.footprint import LoadSummary
from siam_dse.engines.mesh.loads import all_to_all_loads
from siam_dse.engines.mesh.rounds import (
    block_share,
    free_run_cycles,
    last_destination_drain,
    packets_after,
    pair_hops,
    served_order,
)
from siam_dse.engines.mesh.service import RouterService, channel_service, router_service, stream_service
from siam_dse.technology.load import Constants

# Elements of the largest temporary array of a chunk of cases.
CHUNK_ELEMENTS = 2_000_000


@dataclass(frozen=True)
class Pace:
    """Cycles that the busiest channels need for their packets, (n,)."""

    own: FloatArray  # any channel
    shared: FloatArray  # links and ejection channels that several sources use
    serial: FloatArray  # one destination after the other, each at its own busiest channel


def congested_cycles(constants: Constants, busiest: FloatArray, serial: FloatArray) -> FloatArray:
    """Cycles of the busiest shared channel with head-of-line blocking.

    A packet at the head of a queue that waits for its channel holds up those behind it that want another one. The loss
    grows with the number of channels that would work in parallel, serial / busiest, and saturates.

    Parameters
    ----------
    constants : Constants
        Of the mesh.
    busiest : (n,) [cycle]
        Service time x packets of the busiest channel that several sources use.
    serial : (n,) [cycle]
        The same summed over destinations served one at a time.

    Returns
    -------
    (n,) float64 [cycle]

    Notes
    -----
    T (1 + w (1 - T / T_serial)); w = 0.35: a switch with many inputs and outputs and one queue an input loses up to
    1 / 0.59 - 1, two by two 1 / 0.75 - 1, the more so the more symmetric the traffic. Increases with T for w < 1.

    References
    ----------
    Fitted to BookSim2 traces; limits from Karol, Hluchyj and Morgan, IEEE Trans. Commun. 35(12), 1987.
    """
    parallel = 1 - np.divide(busiest, serial, out=np.ones_like(busiest), where=serial > busiest)
    return busiest * (1 + constants["head_of_line"] * parallel)


def transfer_makespan_cycles(
    constants: Constants,
    max_link: FloatArray,
    max_injection: FloatArray,
    max_ejection: FloatArray,
    total: FloatArray,
    hops_max: FloatArray,
    n_sources: FloatArray,
) -> FloatArray:
    """Makespan of a transfer of one-flit packets that sources inject round robin as fast as they can.

    Parameters
    ----------
    constants : Constants
        Of the mesh.
    max_link, max_injection, max_ejection : (n,) [flit]
        Loads of the busiest channels (``footprint.all_to_all_summary`` or ``loads.MeshLoads``); need not be whole.
    total : (n,) [flit]
        What the sources send in all.
    hops_max : (n,)
        Links of the longest path.
    n_sources : (n,)

    Returns
    -------
    (n,) float64 [cycle], 0 where nothing is sent

    Notes
    -----
    max(T_link n_link, T_ej n_ej) with head-of-line blocking (where there are several sources; T_serial = total flits),
    or the injection channel, less one packet, plus 5 h_max + 7. T_link = merge (1 + 0.35 (tie - 1)), T_ej = eject and
    T_inj = single of :func:`siam_dse.engines.mesh.service.router_service`. Router of SIAM's release: 3 virtual channels
    of 3 flits. Limits: never below the lower bound
    (n_c - 1 + 5 h_c + 7 of any channel c), for h_c <= h_max; 5 h + 7 for one packet a pair at most; continuous and
    increasing in the volume, for a tile's stream below one flit still takes one.
    """
    needed = transfer_busy_cycles(constants, max_link, max_injection, max_ejection, total, n_sources)
    return np.where(total > 0, np.maximum(needed - 1, 0) + zero_load_cycles(constants, hops_max, np.ones(1)), 0)


def transfer_busy_cycles(
    constants: Constants,
    max_link: FloatArray,
    max_injection: FloatArray,
    max_ejection: FloatArray,
    total: FloatArray,
    n_sources: FloatArray,
) -> FloatArray:
    """Cycles that the busiest channel of a transfer needs for its flits, (n,): proportional to the loads.

    Parameters and model as :func:`transfer_makespan_cycles`.
    """
    c, service = constants, _siam_service(constants)
    link = service.merge * (1 + c["merge_share"] * (service.tie - 1))
    busiest = np.maximum(link * max_link, service.eject * max_ejection)
    congested = np.where(n_sources > 1, congested_cycles(constants, busiest, np.maximum(total, busiest)), busiest)
    return np.maximum(congested, service.single * max_injection)


@once
def _siam_service(constants: Constants) -> RouterService:
    """Service of packets of a flit by the router of SIAM's release, (1,)."""
    one = np.ones(1)
    return router_service(constants, one, one * constants["siam_virtual_channels"], one * constants["siam_vc_flits"])


def summary_makespan_cycles(constants: Constants, loads: LoadSummary) -> FloatArray:
    """``transfer_makespan_cycles`` of a load summary whose unit is flits, (n,) [cycle]."""
    return transfer_makespan_cycles(
        constants,
        loads.max_link,
        loads.max_injection,
        loads.max_ejection,
        loads.total,
        loads.hops_max,
        loads.n_sources,
    )


def summary_busy_cycles(constants: Constants, loads: LoadSummary) -> FloatArray:
    """``transfer_busy_cycles`` of a load summary whose unit is flits, (n,) [cycle]."""
    return transfer_busy_cycles(
        constants, loads.max_link, loads.max_injection, loads.max_ejection, loads.total, loads.n_sources
    )


def fast_makespan(cases: Cases) -> tuple[FloatArray, FloatArray]:
    """Makespan and mean packet latency of trace traffic, in closed form.

    Parameters
    ----------
    cases : Cases

    Returns
    -------
    makespan : (n,) float64 [cycle]
        Cycle of the last ejection; never below ``lower_bound_cycles``.
    mean_latency : (n,) float64 [cycle]
        From a packet's scheduled cycle to the ejection of its last flit.
    """
    makespan, latency = np.zeros(len(cases)), np.zeros(len(cases))
    for index in size_chunks(cases):
        makespan[index], latency[index] = _fast(cases.take(index))
    return makespan, latency


def size_chunks(cases: Cases) -> list[IntArray]:
    """Indices of cases of like size, so that padding and memory stay small."""
    pairs = np.maximum(cases.n_sources(), 1) * np.maximum(cases.n_destinations(), 1)
    pairs = pairs + np.maximum(cases.columns, cases.rows) ** 2 * cases.n_destinations()
    order = np.argsort(pairs, kind="stable")
    out, start = [], 0
    while start < len(order):
        stop = start + 1
        while (
            stop < len(order)
            and pairs[order[stop]] * (stop + 1 - start) <= CHUNK_ELEMENTS
            and (pairs[order[stop]] <= 2 * pairs[order[start]])
        ):
            stop += 1
        out.append(order[start:stop])
        start = stop
    return out


def _fast(cases: Cases) -> tuple[FloatArray, FloatArray]:
    """``fast_makespan`` of cases of like size."""
    use = channel_use(cases)
    service = router_service(cases.constants, cases.flits, cases.virtual_channels, cases.vc_flits)
    cycles = stream_service(cases, use, service)
    head = zero_load_cycles(cases.constants, use.hops, cases.flits[:, None, None, None])
    used, shared = use.packets > 0, _shared(use)
    busy = cycles * use.packets
    serial = _serial_cycles(cases, channel_service(cases, use, service))
    pace = Pace(_max(busy), _max(np.where(shared, busy, 0)), serial)
    own_end = _max(np.where(used, cycles * (use.packets - 1) + head, 0))
    shared_end = _max(np.where(shared, cycles * (use.packets - 1) + head, 0))
    blocked = congested_cycles(cases.constants, pace.shared, pace.serial) - pace.shared
    order = served_order(cases)
    hops = pair_hops(cases, order)
    free = free_run_cycles(cases, hops, packets_after(cases, ~np.isnan(hops)))
    drained, wait = last_destination_drain(cases, cycles)
    mixed = np.max([own_end, shared_end + np.where(pace.shared > 0, blocked, 0), free], axis=0)
    blocks = np.maximum(_block_cycles(cases, own_end, pace), mixed)
    share = block_share(cases)
    bound = lower_bound_cycles(cases, use)
    makespan = np.max([mixed + share * (blocks - mixed), drained, bound], axis=0)
    queue = _mean_queue(cases, busy, 1 + blocked / np.maximum(pace.own, 1), makespan)
    return makespan, np.maximum(queue, wait) + np.nanmean(
        np.where(np.isnan(hops), np.nan, zero_load_cycles(cases.constants, hops, cases.flits[:, None, None])),
        axis=(1, 2),
    )


def _max(values: FloatArray) -> FloatArray:
    """Largest value over the channels, (n,)."""
    return np.asarray(values.max(axis=(1, 2, -1)))


def _shared(use: ChannelUse) -> BoolArray:
    """Links and ejection channels that several sources use, (n, 6, ky, kx)."""
    shared = use.sources > 1
    shared[:, INJECTION] = False
    return shared


def _serial_cycles(cases: Cases, cycles: FloatArray) -> FloatArray:
    """Sum over destinations of the cycles of the busiest channel when each is served alone, (n,)."""
    case, slot = np.nonzero(cases.destination >= 0)
    one = occupancy(cases.destination[case, slot][:, None], cases.columns[case], cases.side_max())
    loads = all_to_all_loads(cases.source_map()[case], one, cases.packets[case], exclude_self=True)
    alone = _max(np.concatenate([loads.links(), loads.ends()], axis=1) * cycles[case])
    return np.bincount(case, alone, minlength=len(cases)).astype(np.float64)


def _block_cycles(cases: Cases, end: FloatArray, pace: Pace) -> FloatArray:
    """Makespan when the sources serve one destination after the other, (n,).

    In step they would be serial; sources near a destination finish it early and move on, the more of them the more:
    of the serial time beyond the busiest channel's, x - 1 with x = T_serial / T, the share x / S remains.
    """
    parallel = np.maximum(pace.serial / np.maximum(pace.own, 1), 1)
    in_step = np.minimum(parallel / np.maximum(cases.n_sources(), 1), 1)
    return np.asarray(end + pace.own * (parallel - 1) * in_step)


def _mean_queue(cases: Cases, busy: FloatArray, blocking: FloatArray, makespan: FloatArray) -> FloatArray:
    """Mean wait of a packet behind its source's earlier ones, (n,).

    The busiest channel that a source uses serves its packets evenly over the time it is busy, whatever the order
    among sources; half of that time less half of the time over which the packets were scheduled.
    """
    south = np.flip(np.maximum.accumulate(np.flip(busy[:, SOUTH], 1), axis=1), 1)
    north = np.maximum.accumulate(busy[:, NORTH], axis=1)
    along_y = np.maximum(south, north).max(axis=2, keepdims=True)
    east = np.flip(np.maximum.accumulate(np.flip(busy[:, EAST], 2), axis=2), 2)
    west = np.maximum.accumulate(busy[:, WEST], axis=2)
    ends = np.maximum(busy[:, INJECTION], busy[:, EJECTION].max(axis=(1, 2))[:, None, None])
    busiest = np.max([np.broadcast_to(along_y, east.shape), east, west, ends], axis=0)
    columns, nodes = cases.columns[:, None], np.maximum(cases.source, 0)
    of_source = busiest[np.arange(len(cases))[:, None], nodes // columns, nodes % columns] * blocking[:, None]
    sent, gap = cases.sent(), cases.gap[:, None]
    served = np.minimum(of_source, makespan[:, None]) / 2
    queue = np.maximum(served - gap * (sent - 1) / 2 - np.maximum(gap, 1) / 2, 0)
    return np.asarray((queue * sent).sum(axis=1) / np.maximum(sent.sum(axis=1), 1))
