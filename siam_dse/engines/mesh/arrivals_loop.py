"""Last arrivals and bounds of replayed cases as plain loops: those of ``fluid`` without its arrays, bit for bit."""

import math
from typing import NamedTuple

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.core.compiled import compiled
from siam_dse.engines.mesh.channels import EJECTION, INJECTION
from siam_dse.engines.mesh.paths_loop import pairs_of, walk


class Router(NamedTuple):
    """Constants of the mesh [cycle]."""

    hop: float
    ends: float
    on_time: float


@compiled
def arrivals(
    columns: IntArray, source: IntArray, destination: IntArray, is_block: BoolArray, is_shifted: BoolArray,
    volume: FloatArray, first: IntArray, replay: FloatArray, channels: FloatArray, router: Router, out: FloatArray,
) -> None:  # fmt: skip
    """Last ejection, the bound of busy channels, and the mean latency on an idle mesh, into ``out`` (3, n) [cycle].

    Parameters
    ----------
    columns, source, destination, is_block, is_shifted : as in ``phases_loop.Traces``
    volume : (3, n)
        Packets of a pair, flits of a packet and cycles between packets.
    first : (n,)
        First source of each case among those that send.
    replay : (3, sources)
        Packets, end and last rate of ``phases.Replay``.
    channels : (4, n, 6, k, k)
        Cycles a packet, packets, fewest channels before, and links of the shortest path, of each channel.
    router : Router
    out : (3, n)
    """
    most_pairs, begin = source.shape[1] * destination.shape[1], np.empty(source.shape[1] + 1, np.int64)
    origin, goal = np.empty(most_pairs, np.int64), np.empty(most_pairs, np.int64)
    for i in range(len(columns)):
        n = pairs_of(source[i], destination[i], is_shifted[i], origin, goal, begin)
        out[0, i], out[1, i], out[2, i] = followed(
            origin, goal, begin[: n + 1], columns[i], is_block[i], volume[:, i], replay[:, first[i] : first[i] + n],
            channels[:, i], router,
        )  # fmt: skip


@compiled
def followed(
    origin: IntArray, goal: IntArray, first: IntArray, columns: int, is_block: bool, volume: FloatArray,
    replay: FloatArray, channels: FloatArray, router: Router,
) -> tuple[float, float, float]:  # fmt: skip
    """The three of one case, from its pairs and the first pair of each source; the rest as in ``arrivals``."""
    side, (packets, flits, gap) = channels.shape[-1], volume
    cycles, load, before, hops = channels[0].ravel(), channels[1].ravel(), channels[2].ravel(), channels[3].ravel()
    place, port = np.empty(2 * side + 2, np.int64), np.empty(2 * side + 2, np.int64)
    busy, ready = cycles * load, np.full(len(load), math.inf)
    last, way = -math.inf, 0.0
    for s in range(len(first) - 1):
        sent, end, rate = replay[0, s], replay[1, s], replay[2, s]
        on_time = gap > 1 and rate <= router.on_time / max(gap, 1.0)
        for pair in range(first[s], first[s + 1]):
            links = walk(origin[pair], goal[pair], columns, side, place, port) - 2
            begun = (pair - first[s]) * ((packets if is_block else min(packets, 1.0)) * max(flits, gap))
            at = 0
            for j in range(links + 2):
                ready[place[j]] = min(ready[place[j]], begun)
                if busy[place[j]] >= busy[place[at]]:
                    at = j
            way += idle_cycles(links, flits, router)
            later = first[s + 1] - 1 - pair
            arrival = 0.0
            if later == 0 or not is_block:
                after = later * min(packets, 1.0)
                free = max(sent - 1 - after, 0.0) * max(flits, gap) + flits + router.hop * links
                behind = links_behind(place[at] // side**2, before[place[at]], links, at)
                held = end - (gap - 1 if on_time else 0.0) - after * max(gap, end / sent) + router.hop * behind
                arrival = max(free, held) + router.ends - 1
            last = max(last, arrival)
    bound = -math.inf
    for c in range(len(load)):
        if load[c] > 0:
            served = ready[c] + cycles[c] * max(load[c] - 1, 0.0) + idle_cycles(hops[c], flits, router)
            bound = max(bound, served)
    return last, bound, way / first[-1]


@compiled
def idle_cycles(hops: float, flits: float, router: Router) -> float:
    """Latency of a packet on an idle mesh; see ``channels.zero_load_cycles``."""
    return float(router.hop * hops + router.ends + flits - 1)


@compiled
def links_behind(kind: int, before: float, links: int, at: int) -> int:
    """Links of a path not hidden behind the wait at its busiest channel: the fewest to it and those after it."""
    if kind == INJECTION:
        return links
    return int(before) - (kind == EJECTION) + max(links - at, 0)
