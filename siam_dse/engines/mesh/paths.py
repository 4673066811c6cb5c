"""Paths of every pair of a batch of cases, channel by channel, and how each source spreads its packets over them.

Channels of all cases are numbered in one row, unused ones left out. A turn is a channel together with the channel
just before it on a path; channel c has the turns 4 c .. 4 c + 3, one for each input port it may have, in the order of
``channels.port_values``.
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.engines.mesh.cases import Cases
from siam_dse.engines.mesh.channels import (
    CHANNELS,
    EAST,
    EJECTION,
    INJECTION,
    NORTH,
    SOUTH,
    WEST,
    port_values,
)
from siam_dse.engines.mesh.rounds import packets_after, served_order

# Input port of a channel by the channel before it: PORTS[channel][before].
PORTS = np.zeros((len(CHANNELS), len(CHANNELS)), dtype=np.int64)
for _channel, _before in (
    (EAST, (INJECTION, EAST)),
    (WEST, (INJECTION, WEST)),
    (SOUTH, (INJECTION, EAST, WEST, SOUTH)),
    (NORTH, (INJECTION, EAST, WEST, NORTH)),
    (EJECTION, (EAST, WEST, SOUTH, NORTH)),
):
    PORTS[_channel, list(_before)] = np.arange(len(_before))
N_PORTS = 4  # the most that XY routing lets turn into a channel


@dataclass(frozen=True)
class Channels:
    """C channels that packets use, of all cases; arrays are (C,) unless said otherwise."""

    case: IntArray
    place: IntArray  # index in the flattened (n, 6, k, k) arrays of the cases
    upstream: IntArray  # (C, 4) channel of each input port, C where there is none
    number: IntArray  # (n * 6 * k * k,) channel at each place, C where unused


@dataclass(frozen=True)
class Paths:
    """P pairs in the order case, source, destination as served, and the N channels of their paths one after another."""

    case: IntArray  # (P,)
    source: IntArray  # (P,) index among all sources that send
    hops: IntArray  # (P,)
    after: FloatArray  # (P,) packets that the source still sends after its last one for the pair
    start: IntArray  # (P,) first channel of the path, an injection channel; it has hops + 2
    pair: IntArray  # (N,)
    turn: IntArray  # (N,)


@dataclass(frozen=True)
class Rows:
    """How the packets of a source spread over turns: R rows one after another, E entries."""

    first: IntArray  # (S,) row of each source, the first of several where it serves destinations one by one
    start: IntArray  # (R + 1,) first entry of each row
    turn: IntArray  # (E,)
    share: FloatArray  # (E,) part of the source's packets that use the turn


def used_channels(used: BoolArray) -> Channels:
    """Numbered channels that packets use, and the channels that feed them.

    Parameters
    ----------
    used : (n, 6, ky, kx) bool

    Returns
    -------
    Channels
    """
    place = np.flatnonzero(used)
    number = np.full(used.size, len(place), dtype=np.int64)
    number[place] = np.arange(len(place))
    ports = port_values(number.reshape(used.shape), len(place))
    upstream = np.full((*used.shape, N_PORTS), len(place), dtype=np.int64)
    for channel in range(len(CHANNELS)):
        if channel != INJECTION:
            for port, values in enumerate(ports[channel]):
                upstream[:, channel, :, :, port] = values
    return Channels(place // used[0].size, place, upstream.reshape(-1, N_PORTS)[place], number)


def pair_paths(cases: Cases, channels: Channels) -> Paths:
    """Path of every pair of the cases."""
    order = served_order(cases)
    case, slot, turn = np.nonzero(order >= 0)
    sends = (order >= 0).any(axis=2)
    source = np.cumsum(sends).reshape(sends.shape)[case, slot] - 1
    walk = walks(cases.source[case, slot], order[case, slot, turn], cases.columns[case])
    after = packets_after(cases, order >= 0)[case, slot, turn]
    return Paths(
        case, source, walk.hops, after, walk.start, walk.pair, turns_of(walk, case, cases.side_max(), channels)
    )


@dataclass(frozen=True)
class Walks:
    """Channels of the paths of P pairs one after another, N in all."""

    hops: IntArray  # (P,)
    start: IntArray  # (P,) first channel of the path, an injection channel; it has hops + 2
    pair: IntArray  # (N,)
    kind: IntArray  # (N,) place in CHANNELS
    x: IntArray  # (N,)
    y: IntArray  # (N,)


def walks(origin: IntArray, goal: IntArray, columns: IntArray) -> Walks:
    """Paths from nodes to others, along x first.

    Parameters
    ----------
    origin, goal, columns : (P,)
        Node ids, and the columns of their mesh.

    Returns
    -------
    Walks
    """
    step_x, step_y = goal % columns - origin % columns, goal // columns - origin // columns
    hops = np.abs(step_x) + np.abs(step_y)
    start = np.cumsum(hops + 2) - (hops + 2)
    pair = np.repeat(np.arange(len(hops)), hops + 2)
    link = np.arange(len(pair)) - start[pair] - 1  # -1 injection channel, hops ejection channel
    across = np.abs(step_x)[pair]
    moved_x = np.clip(link, 0, across)
    moved_y = np.clip(link - across, 0, np.abs(step_y)[pair])
    along_x, along_y = np.where(step_x > 0, EAST, WEST)[pair], np.where(step_y > 0, SOUTH, NORTH)[pair]
    kind = np.where(link < across, along_x, np.where(link < hops[pair], along_y, EJECTION))
    kind[start] = INJECTION
    return Walks(
        hops,
        start,
        pair,
        kind,
        (origin % columns)[pair] + np.sign(step_x)[pair] * moved_x,
        (origin // columns)[pair] + np.sign(step_y)[pair] * moved_y,
    )


def places(walk: Walks, case: IntArray, side_max: int) -> IntArray:
    """Index of each channel in the flattened (n, 6, side_max, side_max) arrays of the cases, (N,)."""
    return ((case[walk.pair] * len(CHANNELS) + walk.kind) * side_max + walk.y) * side_max + walk.x


def turns_of(walk: Walks, case: IntArray, side_max: int, channels: Channels) -> IntArray:
    """Turn into each channel of the walks, (N,)."""
    port = PORTS[walk.kind, np.roll(walk.kind, 1)]
    port[walk.start] = 0
    return channels.number[places(walk, case, side_max)] * N_PORTS + port


def turn_rows(paths: Paths, channels: Channels, one_by_one: BoolArray) -> Rows:
    """Rows of turns: one a source that mixes its destinations, one a pair where it serves them one by one.

    Parameters
    ----------
    paths : Paths
    channels : Channels
    one_by_one : (P,) bool

    Returns
    -------
    Rows
    """
    n_sources = int(paths.source[-1]) + 1
    first_pair = np.searchsorted(paths.source, np.arange(n_sources))
    starts_row = one_by_one.copy()
    starts_row[first_pair] = True
    row_of_pair = np.cumsum(starts_row) - 1
    n_rows = int(row_of_pair[-1]) + 1
    case_of_row = paths.case[starts_row]
    turns_before = N_PORTS * np.searchsorted(channels.case, np.arange(int(paths.case[-1]) + 2))
    width = np.diff(turns_before)[case_of_row]
    offset = np.cumsum(width) - width
    key = (offset - turns_before[case_of_row])[row_of_pair][paths.pair] + paths.turn
    counts = np.bincount(key, minlength=int(width.sum()))
    found = np.flatnonzero(counts)
    row = np.repeat(np.arange(n_rows), width)[found]
    pairs = np.bincount(row_of_pair, minlength=n_rows)
    start = np.searchsorted(found, np.append(offset, len(counts)))
    turn = found - (offset - turns_before[case_of_row])[row]
    return Rows(row_of_pair[first_pair], start, turn, counts[found] / pairs[row])
