"""Paths of a case as plain loops, and who sends over each turn and channel: ``paths`` without its temporary arrays.

Many turns are used by the same sources for the same part of their packets, such as the ejection channels of a row of
destinations behind a column of sources: such a list of users is kept once.
"""

from typing import NamedTuple

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.core.compiled import compiled
from siam_dse.engines.mesh.channels import EAST, EJECTION, INJECTION, NORTH, SOUTH, WEST
from siam_dse.engines.mesh.paths import N_PORTS, PORTS

_FACTOR, _BITS = 1_000_003, 2**40 - 1  # of a hash whose products stay below 2^63


class Pairs(NamedTuple):
    """P pairs of a case in the order source, destination as served; S sources that send."""

    origin: IntArray  # (P,) node
    goal: IntArray  # (P,) node
    first: IntArray  # (S + 1,) first pair of each source


class Paths(NamedTuple):
    """N channels of the paths of P pairs one after another, C channels in all with ``N_PORTS`` turns each."""

    start: IntArray  # (P + 1,) first channel of each path
    turn: IntArray  # (N,)
    upstream: IntArray  # (C N_PORTS,) channel before each turn, C where there is none


class Users(NamedTuple):
    """Rows that use each of T turns or channels, and for which part of their packets: lists one after another."""

    list_of: IntArray  # (T,) list of each turn
    start: IntArray  # (K + 1,) first entry of each list
    row: IntArray  # (E,) in rising order within a list
    share: FloatArray  # (E,)


class Mesh(NamedTuple):
    """What alike cases share: C channels with ``N_PORTS`` turns each, R rows of pairs that are sent side by side."""

    first_row: IntArray  # (S + 1,) first row of each source: one for all its pairs, or one a pair
    n_pairs: IntArray  # (S,)
    at: IntArray  # (C,) place of a channel in the flattened (6, k, k) arrays of a case
    upstream: IntArray  # (C N_PORTS,) channel before each turn, C where there is none
    service: FloatArray  # (C,) [cycle a packet]
    tie: FloatArray  # (C,)
    window: float
    in_service: float
    is_block: bool  # whether a source sends its rows one after the other
    turns: Users  # of turns
    sets: Users  # of turns, whatever the shares
    channels: Users  # of channels


@compiled
def pairs_of(source: IntArray, destination: IntArray, is_shifted: bool) -> Pairs:
    """Pairs of a case.

    Parameters
    ----------
    source, destination : (S,), (D,)
        Nodes, -1 where there is none.
    is_shifted : bool
        Whether the source in place i starts at destination i.

    Returns
    -------
    Pairs
    """
    count = 0
    for node in destination:
        count += node >= 0
    origin, goal = np.empty(len(source) * count, np.int64), np.empty(len(source) * count, np.int64)
    first, n, senders = np.zeros(len(source) + 1, np.int64), 0, 0
    for i in range(len(source)):
        for j in range(count if source[i] >= 0 else 0):
            node = destination[(i + j) % count if is_shifted else j]
            if node != source[i]:
                origin[n], goal[n] = source[i], node
                n += 1
        if n > first[senders]:
            senders += 1
            first[senders] = n
    return Pairs(origin[:n], goal[:n], first[: senders + 1])


@compiled
def walk(origin: int, goal: int, columns: int, side: int, place: IntArray, port: IntArray) -> int:
    """Channels of a path along x first, into ``place`` and the input ports into ``port``; how many they are.

    Places are those of a channel in the flattened (6, side, side) arrays of a case.
    """
    x, y, to_x, to_y = origin % columns, origin // columns, goal % columns, goal // columns
    place[0], port[0] = (INJECTION * side + y) * side + x, 0
    before, n = INJECTION, 1
    while x != to_x or y != to_y:
        if x != to_x:
            kind, step_x, step_y = (EAST, 1, 0) if x < to_x else (WEST, -1, 0)
        else:
            kind, step_x, step_y = (SOUTH, 0, 1) if y < to_y else (NORTH, 0, -1)
        place[n], port[n] = (kind * side + y) * side + x, PORTS[kind, before]
        before, n, x, y = kind, n + 1, x + step_x, y + step_y
    place[n], port[n] = (EJECTION * side + y) * side + x, PORTS[EJECTION, before]
    return n + 1


@compiled
def paths_of(pairs: Pairs, columns: int, used: BoolArray) -> tuple[Paths, IntArray]:
    """Paths of the pairs of a case.

    Parameters
    ----------
    pairs : Pairs
    columns : int
        Of the mesh.
    used : (6, k, k) bool
        Channels that packets cross.

    Returns
    -------
    paths : Paths
    at : (C,)
        Place of each channel in ``used``, flattened.
    """
    side = used.shape[1]
    at = np.flatnonzero(used)
    number = np.full(used.size, len(at), np.int64)
    number[at] = np.arange(len(at))
    start, length = np.zeros(len(pairs.goal) + 1, np.int64), 2 * side + 2
    turn = np.empty(len(pairs.goal) * length, np.int32)
    upstream = np.full(len(at) * N_PORTS, len(at), np.int64)
    place, port, n = np.empty(length, np.int64), np.empty(length, np.int64), 0
    for pair in range(len(pairs.goal)):
        before = len(at)
        for i in range(walk(pairs.origin[pair], pairs.goal[pair], columns, side, place, port)):
            channel = number[place[i]]
            turn[n] = channel * N_PORTS + port[i]
            upstream[turn[n]] = before
            before, n = channel, n + 1
        start[pair + 1] = n
    return Paths(start, turn[:n], upstream), at


@compiled
def mesh_of(
    source: IntArray, destination: IntArray, columns: int, is_block: bool, is_shifted: bool, load: FloatArray,
    service: FloatArray, tie: float, window: float, in_service: float,
) -> Mesh:  # fmt: skip
    """Channels and turns of a case, and who uses them; see ``phases_loop.Traces``."""
    pairs = pairs_of(source, destination, is_shifted)
    paths, at = paths_of(pairs, columns, load > 0)
    n_sources, links = len(pairs.first) - 1, INJECTION * load.shape[1] * load.shape[2]
    n_pairs, each, ties = np.empty(n_sources, np.int64), np.empty(len(at)), np.ones(len(at))
    rows, all_service = np.arange(len(pairs.goal) + 1 if is_block else n_sources + 1), service.ravel()
    for s in range(n_sources):
        n_pairs[s] = pairs.first[s + 1] - pairs.first[s]
    for c in range(len(at)):
        each[c] = all_service[at[c]]
        if at[c] < links:
            ties[c] = tie
    first_pair, first_row = (rows, pairs.first) if is_block else (pairs.first, rows)
    turns = users_of(paths, first_pair, N_PORTS)
    return Mesh(
        first_row, n_pairs, at, paths.upstream, each, ties, window, in_service, is_block,
        turns, sets_of(turns), users_of(paths, first_pair, 1),
    )  # fmt: skip


@compiled
def users_of(paths: Paths, first_pair: IntArray, ports: int) -> Users:
    """Rows of pairs that use each turn, or each channel.

    Parameters
    ----------
    paths : Paths
    first_pair : (R + 1,)
        First pair of each row; its packets are spread evenly over the pairs.
    ports : int
        Turns told apart of a channel: ``N_PORTS``, or 1 for channels.

    Returns
    -------
    Users
    """
    n_users = len(paths.upstream) * ports // N_PORTS
    merged = N_PORTS // ports
    start, last = np.zeros(n_users + 1, np.int64), np.full(n_users, -1, np.int64)
    for r in range(len(first_pair) - 1):
        for i in range(paths.start[first_pair[r]], paths.start[first_pair[r + 1]]):
            user = paths.turn[i] // merged
            start[user + 1] += last[user] != r
            last[user] = r
    start = np.cumsum(start)
    end, row, count = start[:-1].copy(), np.empty(start[-1], np.int64), np.zeros(start[-1], np.int64)
    last[:] = -1
    for r in range(len(first_pair) - 1):
        for i in range(paths.start[first_pair[r]], paths.start[first_pair[r + 1]]):
            user = paths.turn[i] // merged
            if last[user] != r:
                last[user] = r
                row[end[user]] = r
                end[user] += 1
            count[end[user] - 1] += 1
    share = np.empty(len(row))
    for e in range(len(row)):
        share[e] = count[e] / (first_pair[row[e] + 1] - first_pair[row[e]])
    return lists_of(distinct(start, row, count), start, row, share)


@compiled
def sets_of(users: Users) -> Users:
    """Lists of the same rows whatever their shares, with the shares of any of them."""
    lists = lists_of(distinct(users.start, users.row, users.row), users.start, users.row, users.share)
    return Users(lists.list_of[users.list_of], lists.start, lists.row, lists.share)


@compiled
def lists_of(found: tuple[IntArray, IntArray], start: IntArray, row: IntArray, share: FloatArray) -> Users:
    """The lists that ``distinct`` found, one after another."""
    list_of, kept = found
    begin = np.zeros(len(kept) + 1, np.int64)
    for k in range(len(kept)):
        begin[k + 1] = begin[k] + start[kept[k] + 1] - start[kept[k]]
    rows, shares = np.empty(begin[-1], np.int64), np.empty(begin[-1])
    for k in range(len(kept)):
        rows[begin[k] : begin[k + 1]] = row[start[kept[k]] : start[kept[k] + 1]]
        shares[begin[k] : begin[k + 1]] = share[start[kept[k]] : start[kept[k] + 1]]
    return Users(list_of, begin, rows, shares)


@compiled
def distinct(start: IntArray, row: IntArray, count: IntArray) -> tuple[IntArray, IntArray]:
    """Which of the distinct lists each list is, (T,), and the first list of each kind, (K,).

    Lists are alike where all their rows and counts are: they are looked up by a hash and compared entry by entry.
    """
    n_lists, size = len(start) - 1, 2
    while size < 2 * n_lists:
        size *= 2
    table = np.full(size, -1, np.int64)
    which, kept, n = np.empty(n_lists, np.int64), np.empty(n_lists, np.int64), 0
    for i in range(n_lists):
        key = 0
        for e in range(start[i], start[i + 1]):
            key = (key * _FACTOR ^ row[e]) & _BITS
            key = (key * _FACTOR ^ count[e]) & _BITS
        slot = key % size
        while table[slot] >= 0 and not same_list(start, row, count, kept[table[slot]], i):
            slot = (slot + 1) % size
        if table[slot] < 0:
            table[slot], kept[n] = n, i
            n += 1
        which[i] = table[slot]
    return which, kept[:n]


@compiled
def same_list(start: IntArray, row: IntArray, count: IntArray, one: int, other: int) -> bool:
    """Whether two lists have the same rows and counts."""
    length, first, second = start[one + 1] - start[one], start[one], start[other]
    if start[other + 1] - second != length:
        return False
    for e in range(length):  # noqa: SIM110 (a loop compiles, a generator does not)
        if row[first + e] != row[second + e] or count[first + e] != count[second + e]:
            return False
    return True
