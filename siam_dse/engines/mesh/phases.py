"""Replay of a batch of traces as a sequence of phases of constant rates.

Within a phase every source sends at a constant rate (``rates``); it ends when a source has sent all it has, or all it
has for one destination. Near sources are served first, then the far ones run on alone, so a makespan is the sum of
the phases and not the load of one channel.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.core.loops import takes_loop
from siam_dse.engines.mesh.cases import ASAP_BLOCK, RR_SHIFT, Cases, first_alike
from siam_dse.engines.mesh.channels import INJECTION, SOUTH, ChannelUse, channel_use
from siam_dse.engines.mesh.paths import N_PORTS, Channels, Paths, Rows, pair_paths, turn_rows, used_channels
from siam_dse.engines.mesh.rates import Flow, State, settled
from siam_dse.engines.mesh.service import RouterService, alternates, channel_service, router_service

_SAVED_S = 1e-5  # CPU time that the loop saves a pair of nodes, measured


@dataclass(frozen=True)
class Traffic:
    """A batch of cases with what crosses their channels and how fast; ``prepared`` makes it."""

    cases: Cases
    use: ChannelUse
    service: RouterService
    cycles: FloatArray  # (n, 6, ky, kx) [cycle a packet] of every channel
    end_packets: FloatArray  # (n,) packets that a node injects and ejects at once

    @cached_property
    def channels(self) -> Channels:
        """Channels that packets cross."""
        return used_channels(self.use.packets > 0)

    @cached_property
    def paths(self) -> Paths:
        """Paths of all pairs."""
        return pair_paths(self.cases, self.channels)

    @cached_property
    def rows(self) -> Rows:
        """How sources spread their packets."""
        return turn_rows(self.paths, self.channels, self.cases.mode[self.paths.case] == ASAP_BLOCK)


@dataclass(frozen=True)
class Replay:
    """Of each source that sends, (S,)."""

    case: IntArray
    packets: FloatArray  # it sends in all
    end: FloatArray  # [cycle] its last packet is on its way
    mean: FloatArray  # [cycle] its packets are on their way on average
    last_rate: FloatArray  # [packet a cycle]


def prepared(cases: Cases, end_packets: FloatArray | None = None, column_cycles: FloatArray | None = None) -> Traffic:
    """Loads and service times of cases of like size.

    Parameters
    ----------
    cases : Cases
        Each with at least one packet to send.
    end_packets : (n,), optional
        Injection and ejection channels of a node; 1 if not given.
    column_cycles : (n,), optional
        Time of a flit on a link along a column over that on a link along a row; 1 if not given.

    Returns
    -------
    Traffic
    """
    wide = np.ones(len(cases)) if end_packets is None else end_packets
    use = channel_use(cases)
    service = router_service(cases.constants, cases.flits, cases.virtual_channels, cases.vc_flits)
    cycles = channel_service(cases, use, service)
    cycles[:, INJECTION:] /= wide[:, None, None, None]
    if column_cycles is not None:
        cycles[:, SOUTH:INJECTION] *= column_cycles[:, None, None, None]
    return Traffic(cases, use, service, cycles, wide)


class _Run:
    """State of a replay: what each source has sent, where the rates are, how late it is in each case."""

    def __init__(self, traffic: Traffic) -> None:
        cases, channels, paths = traffic.cases, traffic.channels, traffic.paths
        self.cases, self.channels, self.rows = cases, channels, traffic.rows
        first = np.searchsorted(paths.source, np.arange(len(self.rows.first)))
        self.case = paths.case[first]
        self.n_pairs = np.bincount(paths.source)
        self.packets = self.n_pairs * cases.packets[self.case]
        self.blocks = cases.mode[self.case] == ASAP_BLOCK
        self.flits = cases.flits / traffic.end_packets
        self.service = _flat(_with_split(traffic), channels)
        self.tie = _flat(_tie(traffic), channels)
        self.window = traffic.service.window[channels.case]
        self.in_service = _in_service(cases)[channels.case]
        self.left = _flat(traffic.use.packets, channels)
        self.time = np.zeros(len(cases))
        self.sent, self.weighted, self.end = (np.zeros(len(self.case)) for _ in range(3))
        self.rate = self._most(np.arange(len(self.case)))
        self.occupancy = np.repeat(self.service[:, None], N_PORTS, axis=1)
        self.capacity = 1 / self.service

    def _most(self, who: IntArray) -> FloatArray:
        """Rate at which sources offer packets: one every ``gap`` cycles, faster while they have a backlog."""
        case = self.case[who]
        flits, gap = self.flits[case], self.cases.gap[case]
        spaced = np.maximum(gap, 1)
        backlog = self.time[case] / spaced + 1 - self.sent[who]
        fresh = (gap > 0) & (backlog <= self.cases.constants["backlog"])
        return np.asarray(1 / np.where(fresh, np.maximum(flits, gap), flits))

    def phase(self, sweeps: int) -> None:
        """Settle the rates of the sources that still send and run until the first of each case stops."""
        who = np.flatnonzero(self.sent < self.packets)
        served = np.minimum(self.sent[who] / self.cases.packets[self.case[who]], self.n_pairs[who] - 1)
        block = np.where(self.blocks[who], np.floor(served), 0).astype(np.int64)
        row = self.rows.first[who] + block
        entry, source, start = _ranges(self.rows.start[row], self.rows.start[row + 1])
        turn = self.rows.turn[entry]
        channels, number = _renumbered(turn // N_PORTS, len(self.service))
        flow = Flow(
            start=start,
            source=source,
            turn=number[turn // N_PORTS] * N_PORTS + turn % N_PORTS,
            share=self.rows.share[entry],
            upstream=number[self.channels.upstream[channels]],
            service=self.service[channels],
            tie=self.tie[channels],
            window=self.window[channels],
            in_service=self.in_service[channels],
        )
        c = self.cases.constants
        least = np.where(self.blocks[who], c["start_rate_blocks"], c["start_rate"])
        state = State(np.maximum(self.rate[who], least), self.occupancy[channels], self.capacity[channels])
        state = settled(flow, state, self._most(who), sweeps)
        self.occupancy[channels], self.capacity[channels] = state.occupancy, state.capacity
        self.rate[who] = state.rate
        self._advance(who, block, flow, channels)

    def _advance(self, who: IntArray, block: IntArray, flow: Flow, channels: IntArray) -> None:
        """Send at constant rates for as long as no source of the case stops, and for one step at least."""
        case, rate = self.case[who], self.rate[who]
        first = np.flatnonzero(np.diff(case, prepend=-1))
        present = case[first]
        goal = np.where(self.blocks[who], (block + 1) * self.cases.packets[case], self.packets[who])
        to_goal = np.minimum.reduceat((goal - self.sent[who]) / rate, first)
        work = np.zeros(len(self.cases))
        np.maximum.at(work, self.channels.case[channels], self.service[channels] * self.left[channels])
        step = np.zeros(len(self.cases))
        step[present] = np.maximum(to_goal, work[present] / self.cases.constants["steps"])
        remaining = self.packets[who] - self.sent[who]
        taken = np.minimum(remaining / rate, step[case])
        moved = rate * taken
        self.weighted[who] += moved * (self.time[case] + taken / 2)
        stops = taken >= remaining / rate
        self.end[who] = self.time[case] + taken
        self.sent[who] = np.where(stops, self.packets[who], self.sent[who] + moved)
        crossed = np.bincount(flow.turn // N_PORTS, flow.share * moved[flow.source], minlength=len(channels))
        self.left[channels] = np.maximum(self.left[channels] - crossed, 0)
        self.time += step


def replay(traffic: Traffic) -> Replay:
    """When the packets of every source are on their way."""
    return (_looped if takes_loop(n_pairs(traffic.cases), _SAVED_S) else _by_arrays)(traffic)


def n_pairs(cases: Cases) -> int:
    """Pairs of nodes of all cases, those of a node with itself among them."""
    return int((cases.n_sources() * cases.n_destinations()).sum())


def _looped(traffic: Traffic) -> Replay:
    """The replay by compiled loops."""
    from siam_dse.engines.mesh.paths_loop import rows_of, users_of
    from siam_dse.engines.mesh.phases_loop import Numbers, State, Traces, replay_cases

    cases, channels, in_service = traffic.cases, traffic.channels, _in_service(traffic.cases)
    c, is_block, is_shifted = cases.constants, cases.mode == ASAP_BLOCK, cases.mode == RR_SHIFT
    cycles, window, shape = _with_split(traffic), traffic.service.window, cases.source.shape
    of_case = np.stack([cases.columns, is_block, is_shifted, window, in_service, traffic.service.tie], axis=1)
    alike = first_alike([cases.source, cases.destination, of_case, cycles])
    first = np.searchsorted(channels.case, np.arange(len(cases) + 1))
    ends = (cases.source, cases.destination, cases.columns)
    rows = rows_of(*ends, is_block, is_shifted, alike, channels.number, first, cycles.shape[-1])
    users = users_of(rows.start, rows.turn, rows.share, first)
    service = _flat(cycles, channels)
    traces = Traces(
        alike, is_block, cases.packets, cases.flits / traffic.end_packets, cases.gap, window, in_service, first,
        service, _flat(_tie(traffic), channels),
    )  # fmt: skip
    state = State(
        leader=alike.copy(),
        time=np.zeros(len(cases)),
        packets=np.zeros(shape),
        sent=np.zeros(shape),
        weighted=np.zeros(shape),
        end=np.zeros(shape),
        last_rate=np.zeros(shape),
        row=np.full(shape, -1),
        most=np.zeros(shape),
        rate=np.zeros(shape),
        left=_flat(traffic.use.packets, channels),
        occupancy=np.repeat(service, N_PORTS),
        capacity=1 / service,
    )
    rates = (c["backlog"], c["start_rate"], c["start_rate_blocks"], c["steps"])
    replay_cases(traces, rows, users, Numbers(*rates, int(c["first_sweeps"]), int(c["sweeps"])), state)
    case, place = np.nonzero(np.arange(shape[1]) < np.diff(rows.source)[alike][:, None])
    packets, end, weighted, rate = (
        values[case, place] for values in (state.packets, state.end, state.weighted, state.last_rate)
    )
    return Replay(case, packets, end, weighted / packets, rate)


def _by_arrays(traffic: Traffic) -> Replay:
    """The replay of all cases at once."""
    run = _Run(traffic)
    c = traffic.cases.constants
    sweeps = int(c["first_sweeps"])
    while bool((run.sent < run.packets).any()):
        run.phase(sweeps)
        sweeps = int(c["sweeps"])
    return Replay(run.case, run.packets, run.end, run.weighted / run.packets, run.rate)


def _flat(values: FloatArray, channels: Channels) -> FloatArray:
    """(n, 6, ky, kx) values at the channels in use, (C,)."""
    return np.asarray(values.ravel()[channels.place])


def _tie(traffic: Traffic) -> FloatArray:
    """Loss of single streams, (n, 6, ky, kx); 1 at the ends."""
    tie = np.broadcast_to(traffic.service.tie[:, None, None, None], traffic.cycles.shape).copy()
    tie[:, INJECTION:] = 1
    return tie


def _with_split(traffic: Traffic) -> FloatArray:
    """Service times with that of one source that alternates between two outputs, where it was measured."""
    cycles = traffic.cycles.copy()
    split = alternates(traffic.cases, traffic.use) & (traffic.end_packets == 1)
    cycles[split, INJECTION] = traffic.cases.constants["measured_split"]
    return cycles


def _ranges(start: IntArray, stop: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Indices start .. stop - 1 of every range one after another, the range of each, and where each range begins."""
    length = stop - start
    begin = np.cumsum(length) - length
    which = np.repeat(np.arange(len(start)), length)
    return np.arange(len(which)) - (begin - start)[which], which, begin


def _renumbered(used: IntArray, n: int) -> tuple[IntArray, IntArray]:
    """Those of 0 .. n - 1 that occur, and their new numbers, (n + 1,); the count where they do not."""
    occurs: BoolArray = np.zeros(n + 1, dtype=bool)
    occurs[used] = True
    kept = np.flatnonzero(occurs)
    number = np.full(n + 1, len(kept), dtype=np.int64)
    number[kept] = np.arange(len(kept))
    return kept, number


def _in_service(cases: Cases) -> FloatArray:
    """Part of the packets found at a channel that are in service already, (n,).

    With one virtual channel a channel takes one packet a turn-round, in the order of its ports, and few sources fall
    into step: a packet then finds the channel just about to be free.
    """
    c = cases.constants
    in_step = np.minimum(c["sources_in_step"] / np.maximum(cases.n_sources(), 1), 1)
    return np.where(cases.virtual_channels == 1, in_step, c["in_service"])
