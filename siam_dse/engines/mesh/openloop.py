"""Mean latency of a k x k mesh whose nodes inject packets at random, and where it saturates.

A packet waits in the queue of every port on its path, and at the head of it for those of other ports that want the
same channel. Both waits follow from the loads of channels and turns; a port that is busy all the time saturates. The
queues of a run of limited length stay finite, above saturation too.
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray
from siam_dse.engines.mesh.cases import ASAP_RR, Cases
from siam_dse.engines.mesh.channels import CHANNELS, EJECTION, INJECTION, ChannelUse, zero_load_cycles
from siam_dse.engines.mesh.paths import (
    N_PORTS,
    Channels,
    Paths,
    Rows,
    places,
    turn_rows,
    turns_of,
    used_channels,
    walks,
)
from siam_dse.engines.mesh.patterns import Pairs, pattern_pairs
from siam_dse.engines.mesh.queueing import head_waits, queue_after, second_moment
from siam_dse.engines.mesh.service import RouterService, channel_service, router_service
from siam_dse.technology.load import load_constants

# Nodes times nodes of the cases of a chunk.
CHUNK_ELEMENTS = 100_000


@dataclass(frozen=True)
class Injection:
    """n cases of random traffic; arrays are (n,)."""

    side: IntArray
    pattern: tuple[str, ...]  # names in PATTERNS
    rate: FloatArray  # packets a cycle and node
    flits: FloatArray  # per packet
    virtual_channels: FloatArray
    vc_flits: FloatArray

    def __len__(self) -> int:
        return len(self.side)

    def take(self, index: IntArray) -> "Injection":
        """The cases at ``index``."""
        return Injection(
            self.side[index],
            tuple(self.pattern[i] for i in index),
            self.rate[index],
            self.flits[index],
            self.virtual_channels[index],
            self.vc_flits[index],
        )


@dataclass(frozen=True)
class _Mesh:
    """Loads and service times of the C channels in use and their turns."""

    channels: Channels
    kind: IntArray  # (C,)
    load: FloatArray  # (C, 4) packets a cycle over each turn
    own: FloatArray  # (C,) packets a cycle that a node sends itself, over its injection and its ejection channel
    service: FloatArray  # (C,) [cycle a packet]
    alone: FloatArray  # (C, 4) [cycle] that a packet of each turn keeps the channel if nothing is in its way
    window: FloatArray  # (C,) packets of a port under way at once


def open_loop_latency(injection: Injection) -> tuple[FloatArray, FloatArray]:
    """Mean packet latency and utilisation of the busiest port.

    Parameters
    ----------
    injection : Injection

    Returns
    -------
    latency : (n,) float64 [cycle]
        From a packet's generation to the ejection of its last flit, mean over all packets.
    utilisation : (n,) float64
        Above 1: some node's packets are accepted no faster than 1 / utilisation of their rate.

    Notes
    -----
    Latency = 5 h + 7 + tail + waits; ``queueing`` has the waits. Packets of several flits share a link flit by flit if
    there are several virtual channels, which doubles their wait (processor sharing). In long runs latency above
    saturation grows without limit; the figure is that of a run of ``open_loop_cycles``.
    """
    latency, utilisation = np.zeros(len(injection)), np.zeros(len(injection))
    order = np.argsort(injection.side, kind="stable")
    chunk = np.cumsum(injection.side[order].astype(np.float64) ** (2 * 2)) // CHUNK_ELEMENTS
    for index in np.split(order, np.flatnonzero(np.diff(chunk)) + 1):
        if len(index):
            latency[index], utilisation[index] = _latency(injection.take(index))
    return latency, utilisation


def tail_cycles(flits: FloatArray, vc_flits: FloatArray) -> FloatArray:
    """Cycles from the first flit of a packet to its last on an idle mesh.

    Parameters
    ----------
    flits, vc_flits : (n,)

    Returns
    -------
    (n,) float64 [cycle]

    Notes
    -----
    F - 1, or with bursts of B flits a credit loop of 5 cycles apart, r = ceil(F / B): 5 (r - 1) + F - B (r - 1) - 1.

    References
    ----------
    BookSim2, one packet of 4 flits: 3 cycles for B >= 4, 5 for B = 3, 15 for B = 1 (measured).
    """
    bursts = np.ceil(flits / vc_flits) - 1
    loop = load_constants("mesh")["eject_loop"]
    return np.asarray(np.maximum(flits, loop * bursts + flits - vc_flits * bursts) - 1)


def _latency(injection: Injection) -> tuple[FloatArray, FloatArray]:
    """``open_loop_latency`` of cases of like size."""
    pairs = pattern_pairs(injection.side, list(injection.pattern))
    nodes = injection.side.astype(np.float64) ** 2
    moving = pairs.goal != pairs.origin
    share = 1 / pairs.destinations
    walk = walks(pairs.origin[moving], pairs.goal[moving], injection.side[pairs.case[moving]])
    case = pairs.case[moving]
    hops = np.bincount(case, share[moving] * walk.hops, minlength=len(nodes)) / nodes
    idle = zero_load_cycles(hops, np.ones(len(nodes))) + tail_cycles(injection.flits, injection.vc_flits)
    if not moving.any():
        return idle, injection.rate * injection.flits
    mesh, paths = _mesh(injection, pairs, moving)
    turn_wait, busy = _waits(injection, mesh)
    wait = np.bincount(paths.pair, turn_wait.ravel()[paths.turn], minlength=len(case))
    waits = np.bincount(case, share[moving] * wait, minlength=len(nodes)) / nodes
    utilisation = injection.rate * injection.flits
    np.maximum.at(utilisation, mesh.channels.case, np.maximum(busy, (mesh.load.sum(axis=1) + mesh.own) * mesh.service))
    return idle + waits, utilisation


def _mesh(injection: Injection, pairs: Pairs, moving: BoolArray) -> tuple[_Mesh, Paths]:
    """Loads and service times of a batch, and the paths of the pairs that cross the mesh."""
    n, side = len(injection), int(injection.side.max())
    case, origin = pairs.case[moving], pairs.origin[moving]
    walk = walks(origin, pairs.goal[moving], injection.side[case])
    shape = (n, len(CHANNELS), side, side)
    _, source = np.unique(case * side**2 + origin, return_inverse=True)
    place = places(walk, case, side)
    used = np.zeros(np.prod(shape), dtype=bool)
    used[place] = True
    channels = used_channels(used.reshape(shape))
    turn = turns_of(walk, case, side, channels)
    paths = Paths(case, source, walk.hops, np.zeros(len(case)), walk.start, walk.pair, turn)
    rows = turn_rows(paths, channels, np.zeros(len(case), dtype=bool))
    each = (injection.rate[case] / pairs.destinations[moving])[walk.pair]
    n_channels = len(channels.place)
    load = np.bincount(turn, each, minlength=N_PORTS * n_channels).astype(np.float64).reshape(n_channels, N_PORTS)
    service = router_service(injection.flits, injection.virtual_channels, injection.vc_flits)
    cycles = _service(injection, channels, load > 0, _users(rows, n_channels), service, shape)
    kind = channels.place // side**2 % len(CHANNELS)
    to_self = np.zeros(shape)
    still = ~moving
    x, y = (pairs.origin % injection.side[pairs.case])[still], (pairs.origin // injection.side[pairs.case])[still]
    for channel in (INJECTION, EJECTION):
        to_self[pairs.case[still], channel, y, x] = (injection.rate[pairs.case] / pairs.destinations)[still]
    c = load_constants("mesh")
    f, v, b = injection.flits, injection.virtual_channels, injection.vc_flits
    limits = np.maximum((f + 2) / v, c["credit_loop"] * f / (v * b)) >= f  # not the flits alone: they run unhindered
    tie = np.where((kind < INJECTION) & limits[channels.case], service.tie[channels.case], 1)
    several = (load > 0).sum(axis=1) > 1
    mixing = np.where(kind == EJECTION, c["eject_mixing"], tie / (1 + c["merge_share"] * (tie - 1)))
    cycles = np.where(several, cycles * mixing, cycles)
    helps = np.where(f > b, 1, c["open_window"])
    window = (1 + (service.window - 1) * helps)[channels.case]
    alone = _alone(channels, load, cycles, tie)
    return _Mesh(channels, kind, load, to_self.ravel()[channels.place], cycles, alone, window), paths


def _users(rows: Rows, n_channels: int) -> FloatArray:
    """Sources that use each channel, (C,)."""
    channel = np.unique(
        np.stack([np.repeat(np.arange(len(rows.start) - 1), np.diff(rows.start)), rows.turn // N_PORTS]), axis=1
    )[1]
    return np.bincount(channel, minlength=n_channels).astype(np.float64)


def _service(
    injection: Injection,
    channels: Channels,
    active: BoolArray,
    users: FloatArray,
    service: RouterService,
    shape: tuple[int, ...],
) -> FloatArray:
    """Service time of each channel, (C,) [cycle a packet], as for traces."""

    def wide(values: AnyArray) -> FloatArray:
        out = np.zeros(np.prod(shape))
        out[channels.place] = values
        return out.reshape(shape)

    one, nowhere = np.ones(shape[0]), np.full((shape[0], 1), -1)
    use = ChannelUse(wide(users), wide(users), wide(active.sum(axis=1)), wide(users), wide(users), wide(users))
    cases = Cases(
        columns=injection.side,
        rows=injection.side,
        source=nowhere,
        destination=nowhere,
        packets=one,
        flits=injection.flits,
        mode=np.full(shape[0], ASAP_RR),
        gap=0 * one,
        virtual_channels=injection.virtual_channels,
        vc_flits=injection.vc_flits,
    )
    return np.asarray(channel_service(cases, use, service).ravel()[channels.place])


def _alone(channels: Channels, load: FloatArray, cycles: FloatArray, tie: FloatArray) -> FloatArray:
    """Cycles that a packet of each turn keeps its channel, (C, 4).

    A link that one port feeds, and to which that port sends all it has, loses where limits tie, the more the more
    often a packet comes right behind another.
    """
    active = load > 0
    n_channels = len(cycles)
    turns = np.bincount(channels.upstream[active], minlength=n_channels + 1)
    stream = active & (turns[channels.upstream] == 1) & (active.sum(axis=1) == 1)[:, None]
    behind = np.minimum(load.sum(axis=1) * cycles, 1)
    streaming = cycles * (1 + (tie - 1) * behind)
    return np.where(stream & (channels.upstream < n_channels), streaming[:, None], cycles[:, None])


def _waits(injection: Injection, mesh: _Mesh) -> tuple[FloatArray, FloatArray]:
    """Wait of a packet at each turn, (C, 4), and the utilisation of each port, (C,)."""
    c = load_constants("mesh")
    upstream, load, n_channels = mesh.channels.upstream, mesh.load, len(mesh.service)
    head = head_waits(load, mesh.own * (mesh.kind == EJECTION), mesh.alone, mesh.service, mesh.window)
    total = load.sum(axis=1)
    is_source = mesh.kind == INJECTION

    def per_port(values: FloatArray) -> FloatArray:
        """Mean over the packets of each port, by the turn that they take from it."""
        return np.asarray(np.bincount(upstream.ravel(), (load * values).ravel(), minlength=n_channels + 1)[:-1] / total)

    delay = head / mesh.window[:, None]
    first = per_port(mesh.alone + delay)
    second = per_port(second_moment(mesh.alone) + 2 * mesh.alone * delay + 2 * delay**2)
    first = np.where(is_source, np.maximum(first, mesh.service), first)
    second = np.where(is_source, np.maximum(second, second_moment(mesh.service)), second)
    through = total + mesh.own * is_source
    busy = through * np.maximum(per_port(mesh.alone + head) / mesh.window, np.where(is_source, mesh.service, 0))
    spacing = np.where(is_source, 1, np.where(load > 0, mesh.alone, 0).max(axis=1))
    spread = np.maximum(second - spacing * first, 0)
    least = np.where(is_source, c["source_variation"], 0)
    queue = queue_after(through, np.where(mesh.kind == EJECTION, 0, busy), spread, least, c["open_loop_cycles"])
    shared = (injection.flits > 1) & (injection.virtual_channels > 1)
    stretch = np.where(shared, c["sharing"], 1)[mesh.channels.case]
    queue = np.where(is_source, queue, queue * stretch)
    return head * stretch[:, None] + np.append(queue, 0)[upstream], np.where(mesh.kind == EJECTION, 0, busy)
