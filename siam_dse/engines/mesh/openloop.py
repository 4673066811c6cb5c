"""Mean latency of a k x k mesh whose nodes inject packets at random, and where it saturates.

A packet waits in the queue of every port on its path, and at the head of it for those of other ports that want the
same channel. Both waits follow from the loads of channels and turns. The queues of a run of limited length stay
finite, above saturation too, where those of the sources grow all the time.
"""

from dataclasses import dataclass, fields

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray
from siam_dse.engines.mesh.cases import ASAP_RR, Cases
from siam_dse.engines.mesh.channels import CHANNELS, EJECTION, INJECTION, ChannelUse, zero_load_cycles
from siam_dse.engines.mesh.contention import Ports, Settled, settle
from siam_dse.engines.mesh.paths import N_PORTS, Channels, Paths, places, turn_rows, turns_of, used_channels, walks
from siam_dse.engines.mesh.patterns import Pairs, pattern_pairs
from siam_dse.engines.mesh.queueing import queue_after, second_moment
from siam_dse.engines.mesh.service import RouterService, channel_service, router_service
from siam_dse.technology.load import Constants

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
    cycles: FloatArray  # from the start of the run to the packets counted, on average; infinite runs have no overload
    constants: Constants  # of the mesh

    def __len__(self) -> int:
        return len(self.side)

    def take(self, index: IntArray) -> "Injection":
        """The cases at ``index``."""
        arrays = {f.name: getattr(self, f.name)[index] for f in fields(self) if f.name not in ("pattern", "constants")}
        return Injection(pattern=tuple(self.pattern[i] for i in index), constants=self.constants, **arrays)


@dataclass(frozen=True)
class OpenLoop:
    """What n cases of random traffic do; arrays are (n,)."""

    latency: FloatArray  # [cycle] from a packet's generation to the ejection of its last flit, mean over all packets
    utilisation: FloatArray  # of the busiest port or channel; above 1: a node sends that many times what gets through
    accepted: FloatArray  # part of all packets that get through, 1 below saturation


def open_loop(injection: Injection) -> OpenLoop:
    """Mean packet latency, utilisation and accepted part of random traffic.

    Parameters
    ----------
    injection : Injection

    Returns
    -------
    OpenLoop

    Notes
    -----
    Latency = 5 h + 7 + tail + waits; ``contention`` has the waits at the heads of ports and what sources get through,
    ``queueing`` the queues. Packets of several flits share a link flit by flit if there are several virtual channels,
    which doubles their wait (processor sharing). A source that gets only a part x of its packets through falls behind
    by 1 / x - 1 of the time that has passed.
    """
    parts = {field.name: np.zeros(len(injection)) for field in fields(OpenLoop)}
    order = np.argsort(injection.side, kind="stable")
    chunk = np.cumsum(injection.side[order].astype(np.float64) ** (2 * 2)) // CHUNK_ELEMENTS
    for index in np.split(order, np.flatnonzero(np.diff(chunk)) + 1):
        if len(index):
            result = _open_loop(injection.take(index))
            for name, values in parts.items():
                values[index] = getattr(result, name)
    return OpenLoop(**parts)


def tail_cycles(constants: Constants, flits: FloatArray, vc_flits: FloatArray) -> FloatArray:
    """Cycles from the first flit of a packet to its last on an idle mesh.

    Parameters
    ----------
    constants : Constants
        Of the mesh.
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
    loop = constants["eject_loop"]
    return np.asarray(np.maximum(flits, loop * bursts + flits - vc_flits * bursts) - 1)


def _open_loop(injection: Injection) -> OpenLoop:
    """``open_loop`` of cases of like size."""
    n = len(injection)
    pairs = pattern_pairs(injection.side, list(injection.pattern))
    nodes = injection.side.astype(np.float64) ** 2
    ports, channels, hops = _ports(injection, pairs)
    idle = zero_load_cycles(injection.constants, hops / nodes, np.ones(n))
    idle = idle + tail_cycles(injection.constants, injection.flits, injection.vc_flits)
    settled = settle(injection.constants, ports)
    wait = _waits(injection, ports, channels, settled)
    offered = ports.loads(np.ones(len(settled.served)))
    waits = np.bincount(channels.case, (offered * wait).sum(axis=1), minlength=n) / (injection.rate * nodes)
    of_source = np.zeros(len(settled.served), dtype=np.int64)
    of_source[ports.source] = channels.case[ports.turn // ports.upstream.shape[1]]
    behind = np.bincount(of_source, 1 / settled.served - 1, minlength=n) / nodes
    utilisation = np.zeros(n)
    used = np.maximum(settled.busy, settled.load.sum(axis=1) * settled.held)
    np.maximum.at(utilisation, channels.case, np.minimum(used, 1))
    np.maximum.at(utilisation, of_source, np.where(settled.served < 1, 1 / settled.served, 0))
    accepted = np.bincount(of_source, settled.served, minlength=n) / nodes
    return OpenLoop(idle + waits + behind * injection.cycles, utilisation, accepted)


def _ports(injection: Injection, pairs: Pairs) -> tuple[Ports, Channels, FloatArray]:
    """Ports, loads and service times of a batch, its channels, and the links that all nodes' packets cross, (n,)."""
    n, side = len(injection), int(injection.side.max())
    case, share = pairs.case, 1 / pairs.destinations
    walk = walks(pairs.origin, pairs.goal, injection.side[case])
    shape = (n, len(CHANNELS), side, side)
    _, source = np.unique(case * side**2 + pairs.origin, return_inverse=True)
    used = np.zeros(np.prod(shape), dtype=bool)
    used[places(walk, case, side)] = True
    channels = used_channels(used.reshape(shape))
    n_channels = len(channels.place)
    kind = channels.place // side**2 % len(CHANNELS)
    turn = turns_of(walk, case, side, channels)
    paths = Paths(case, source, walk.hops, np.zeros(len(case)), walk.start, walk.pair, turn)
    rows = turn_rows(paths, channels, np.zeros(len(case), dtype=bool))
    of_row = np.repeat(np.arange(len(rows.start) - 1), np.diff(rows.start))
    # a port more: of the ejection channel, for what its node sends itself
    end = np.flatnonzero(kind == EJECTION)
    upstream = np.append(channels.upstream, np.full((n_channels, 1), n_channels), axis=1)
    upstream[end, N_PORTS] = channels.number[channels.place[end] - side**2 * (EJECTION - INJECTION)]
    own = np.zeros(int(source.max()) + 1, dtype=np.int64)
    own[source] = channels.number[places(walk, case, side)[walk.start] + side**2 * (EJECTION - INJECTION)]
    channel, port = rows.turn // N_PORTS, rows.turn % N_PORTS
    entry = channel * (N_PORTS + 1) + np.where(channel == own[of_row], N_PORTS, port)
    rate = injection.rate[channels.case[channel]] * rows.share
    users = np.bincount(channel, minlength=n_channels).astype(np.float64)
    active = np.bincount(entry, minlength=n_channels * (N_PORTS + 1)).reshape(n_channels, N_PORTS + 1) > 0
    service = router_service(injection.constants, injection.flits, injection.virtual_channels, injection.vc_flits)
    cycles = _service(injection, channels, active[:, :N_PORTS], users, service, shape)
    load = np.bincount(entry, rate, minlength=active.size).astype(np.float64).reshape(active.shape)
    hops = np.bincount(case, share * walk.hops, minlength=n).astype(np.float64)
    keeping = _keeping(injection, channels.case, kind, load, upstream, cycles, service)
    ports = Ports(upstream, kind == INJECTION, kind == EJECTION, *keeping, entry, of_row, rate)
    return ports, channels, hops


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
        constants=injection.constants,
    )
    return np.asarray(channel_service(cases, use, service).ravel()[channels.place])


def _keeping(
    injection: Injection,
    case: IntArray,
    kind: IntArray,
    load: FloatArray,
    upstream: IntArray,
    cycles: FloatArray,
    service: RouterService,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Service (C,), alone (C, P), held (C,), window (C,) and blocked (C,) of ``Ports``.

    Where one virtual channel is all there is, a packet keeps it F + 1 cycles from those of other ports, or its credit
    loop, and needs F + 2 cycles of its own port. Of a buffer that holds K packets one that waits keeps 1 / K; one
    longer than a virtual channel's buffer keeps the channel for as long as it waits.
    """
    c = injection.constants
    f, v, b = injection.flits, injection.virtual_channels, injection.vc_flits
    limits = np.maximum((f + 2) / v, c["credit_loop"] * f / (v * b)) >= f  # not the flits alone: they run unhindered
    tie = np.where((kind < INJECTION) & limits[case], service.tie[case], 1)
    several = (load > 0).sum(axis=1) > 1
    mixing = np.where(kind == EJECTION, 1, tie / (1 + c["merge_share"] * (tie - 1)))
    cycles = np.where(several, cycles * mixing, cycles)
    one_channel = np.maximum(f + 1, c["credit_loop"] * f / b)
    held = np.where((v == 1)[case], np.minimum(cycles, one_channel[case]), cycles)
    helps = np.where(f > b, 1, c["open_window"])
    window = (1 + (service.window - 1) * helps)[case]
    room = np.where(f > b, 1, np.maximum(v * b / f, 1))
    blocked = np.where(kind == EJECTION, 0, 1 / room[case])
    return cycles, _alone(upstream, load, cycles, tie), held, window, blocked


def _alone(upstream: IntArray, load: FloatArray, cycles: FloatArray, tie: FloatArray) -> FloatArray:
    """Cycles that a packet of each turn keeps its port, (C, P).

    A link that one port feeds, and to which that port sends all it has, loses where limits tie, the more the more
    often a packet comes right behind another.
    """
    active = load > 0
    n_channels = len(cycles)
    turns = np.bincount(upstream[active], minlength=n_channels + 1)
    stream = active & (turns[upstream] == 1) & (active.sum(axis=1) == 1)[:, None]
    behind = np.minimum(load.sum(axis=1) * cycles, 1)
    streaming = cycles * (1 + (tie - 1) * behind)
    return np.where(stream & (upstream < n_channels), streaming[:, None], cycles[:, None])


def _waits(injection: Injection, ports: Ports, channels: Channels, settled: Settled) -> FloatArray:
    """Wait of a packet at each turn, (C, P) [cycle]: at the head and in the queue of its port.

    Not below the wait for a channel's whole work, in whatever ports it stands.
    """
    c = injection.constants
    case, load, alone, source = channels.case, settled.load, settled.alone, ports.is_source
    cycles = injection.cycles[case]
    through, total = ports.per_port(load), load.sum(axis=1)
    out_of = np.where(through > 0, through, 1)
    delay = settled.head / ports.window[:, None]
    first = ports.per_port(load * (alone + delay)) / out_of
    second = ports.per_port(load * (second_moment(alone) + 2 * alone * delay + 2 * delay**2)) / out_of
    first = np.where(source, np.maximum(first, ports.service), first)
    second = np.where(source, np.maximum(second, second_moment(ports.service)), second)
    several = (load > 0).sum(axis=1) > 1
    one_channel = (injection.virtual_channels == 1)[case]
    apart = np.where((several & one_channel)[:, None], settled.held[:, None], alone)
    spacing = np.where(source, 1, np.where(load > 0, apart, 0).max(axis=1))
    served = np.ones(len(through))
    entry = ports.turn // load.shape[1]
    at_source = source[entry]
    served[entry[at_source]] = settled.served[ports.source[at_source]]
    behind = np.where(source, 1 / served - 1, 0)
    busy = np.where(behind > 0, 1 / served, np.minimum(settled.busy, 1))
    spread = np.maximum(second - spacing * first, 0)
    to_others = 1 - ports.per_port(np.where(ports.is_end[:, None], load, 0)) / out_of
    least = np.where(source, c["source_variation"] * to_others, 0)
    queue = np.maximum(queue_after(through / served, busy, spread, least, cycles) - behind * cycles, 0)
    stretch = np.where((injection.flits > 1) & (injection.virtual_channels > 1), c["sharing"], 1)[case]
    queue = np.where(source, queue, queue * stretch)
    wait = settled.head * stretch[:, None] + np.append(queue, 0)[ports.upstream]
    divided = np.where(total > 0, total, 1)
    same_port = (load**2).sum(axis=1) / divided**2
    work = second_moment(settled.held) - same_port * settled.held * np.minimum(injection.flits[case], settled.held)
    least_wait = queue_after(
        total, np.minimum(total * settled.held, 1), np.maximum(work, 0), np.zeros(len(total)), cycles
    )
    missing = np.where(several, np.maximum(least_wait - (load * wait).sum(axis=1) / divided, 0), 0)
    return np.asarray(wait + missing[:, None])
