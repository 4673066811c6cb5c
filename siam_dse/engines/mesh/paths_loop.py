"""Paths of cases as plain loops, and who sends over each turn: ``paths`` without its temporary arrays.

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


class Rows(NamedTuple):
    """R rows of pairs that are sent side by side, and how their packets spread over T turns: E entries."""

    source: IntArray  # (n + 1,) first source that sends of each case
    row: IntArray  # (S + 1,) first row of each source: one for all its pairs, or one a pair
    n_pairs: IntArray  # (S,)
    start: IntArray  # (R + 1,) first entry of each row
    turn: IntArray  # (E,)
    share: FloatArray  # (E,) part of the row's packets that use the turn
    upstream: IntArray  # (T,) channel before each turn, from the case's first on; -1 where there is none


class Users(NamedTuple):
    """Rows that use each turn, and for which part of their packets: K lists, of Q sets of rows, no two alike."""

    first_list: IntArray  # (n + 1,) first list of each case
    first_set: IntArray  # (n + 1,)
    list_of: IntArray  # (T,) list of each turn, from the case's first on; -1 where nobody uses it
    begin: IntArray  # (K,) first entry of each list
    end: IntArray  # (K,)
    set_of: IntArray  # (K,) lists of the same rows, whatever their shares; from the case's first on
    set_begin: IntArray  # (Q,) first entry of each set
    set_end: IntArray  # (Q,)
    row: IntArray  # (E,) in rising order within a list
    share: FloatArray  # (E,)


@compiled
def pairs_of(
    source: IntArray, destination: IntArray, is_shifted: bool, origin: IntArray, goal: IntArray, first: IntArray
) -> int:
    """Pairs of a case in the order source, destination as served; how many sources send.

    Parameters
    ----------
    source, destination : (S,), (D,)
        Nodes, -1 where there is none.
    is_shifted : bool
        Whether the source in place i starts at destination i.
    origin, goal : (S D,)
        Nodes of each pair, written to.
    first : (S + 1,)
        First pair of each source that sends, and the number of pairs; written to.
    """
    count, n, senders, first[0] = count_of(destination), 0, 0, 0
    for i in range(len(source)):
        for j in range(count if source[i] >= 0 else 0):
            node = destination[(i + j) % count if is_shifted else j]
            if node != source[i]:
                origin[n], goal[n] = source[i], node
                n += 1
        if n > first[senders]:
            senders += 1
            first[senders] = n
    return senders


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
def rows_of(
    source: IntArray, destination: IntArray, columns: IntArray, is_block: BoolArray, is_shifted: BoolArray,
    alike: IntArray, number: IntArray, first_channel: IntArray, side: int,
) -> Rows:  # fmt: skip
    """How the sources of cases spread their packets.

    Parameters
    ----------
    source, destination : (n, S), (n, D)
        Nodes, -1 where there is none.
    columns, is_block, is_shifted : (n,)
        Columns of the mesh; whether destinations are served one after the other, each a row of its own; whether source
        i starts at destination i.
    alike : (n,)
        First case with the same paths: only that has rows.
    number : (n 6 side side,)
        Channel at each place.
    first_channel : (n + 1,)
    side : int
        Rows and columns of the places.

    Returns
    -------
    Rows
    """
    n, most_pairs, most_rows, most = len(columns), 0, 0, 0
    for i in range(n):
        if alike[i] == i:
            senders, count = count_of(source[i]), count_of(destination[i])
            rows = senders * (count if is_block[i] else 1)
            most_pairs, most_rows = max(most_pairs, senders * count), most_rows + rows
            most += min(senders * count * 2 * side, rows * (len(number) // n))
    source_of, row_of = np.zeros(n + 1, np.int64), np.zeros(most_rows + 1, np.int64)
    n_pairs, start = np.zeros(most_rows, np.int64), np.zeros(most_rows + 1, np.int64)
    turn, share, upstream = np.empty(most, np.int64), np.zeros(most), np.full(first_channel[-1] * N_PORTS, -1)
    entry, place, port = np.full(len(upstream), -1), np.empty(2 * side, np.int64), np.empty(2 * side, np.int64)
    origin, goal = np.empty(most_pairs, np.int64), np.empty(most_pairs, np.int64)
    first, s, r, e = np.empty(source.shape[1] + 1, np.int64), 0, 0, 0
    for i in range(n):
        senders = 0
        if alike[i] == i:
            senders = pairs_of(source[i], destination[i], is_shifted[i], origin, goal, first)
        for k in range(senders):
            for pair in range(first[k], first[k + 1]):
                before = -1
                for j in range(walk(origin[pair], goal[pair], columns[i], side, place, port)):
                    channel = number[i * (len(number) // n) + place[j]]
                    crossed = channel * N_PORTS + port[j]
                    if entry[crossed] < start[r]:
                        entry[crossed], turn[e], e = e, crossed, e + 1
                    share[entry[crossed]] += 1
                    upstream[crossed], before = before, channel - first_channel[i]
                if is_block[i] or pair == first[k + 1] - 1:
                    for filled in range(start[r], e):
                        share[filled] /= 1 if is_block[i] else first[k + 1] - first[k]
                    r += 1
                    start[r] = e
            n_pairs[s], s = first[k + 1] - first[k], s + 1
            row_of[s] = r
        source_of[i + 1] = s
    return Rows(source_of, row_of[: s + 1], n_pairs[:s], start[: r + 1], turn[:e], share[:e], upstream)


@compiled
def count_of(nodes: IntArray) -> int:
    """Nodes that a list has."""
    count = 0
    for node in nodes:
        count += node >= 0
    return count


@compiled
def users_of(start: IntArray, turn: IntArray, share: FloatArray, first_channel: IntArray) -> Users:
    """Rows that use each turn; the first three as in ``Rows``, and the first channel of each case, (n + 1,)."""
    n_turns = first_channel[-1] * N_PORTS
    end, row, part = np.zeros(n_turns + 1, np.int64), np.empty(len(turn), np.int64), np.empty(len(turn))
    for e in range(len(turn)):
        end[turn[e] + 1] += 1
    for t in range(n_turns):
        end[t + 1] += end[t]
    begin, end = end[:-1], end[:-1].copy()
    for r in range(len(start) - 1):
        for e in range(start[r], start[r + 1]):
            at = end[turn[e]]
            row[at], part[at], end[turn[e]] = r, share[e], at + 1
    list_of, begin, end = distinct(begin, end, row, part, True)
    set_of, set_begin, set_end = distinct(begin, end, row, part, False)
    first_list = firsts(list_of, first_channel * N_PORTS)
    first_set = firsts(set_of, first_list)
    return Users(first_list, first_set, list_of, begin, end, set_of, set_begin, set_end, row, part)


@compiled
def firsts(number: IntArray, first: IntArray) -> IntArray:
    """First of the numbers of each case, (n + 1,), which count up over the cases; these then count from there on.

    Parameters
    ----------
    number : (N,)
        -1 where there is none.
    first : (n + 1,)
        Place in ``number`` of each case.
    """
    out, n = np.zeros(len(first), np.int64), 0
    for i in range(len(first) - 1):
        for k in range(first[i], first[i + 1]):
            n = max(n, number[k] + 1)
            number[k] = max(number[k] - out[i], -1)
        out[i + 1] = n
    return out


@compiled
def distinct(
    begin: IntArray, end: IntArray, row: IntArray, share: FloatArray, by_share: bool
) -> tuple[IntArray, IntArray, IntArray]:
    """Which of the distinct lists each list is, -1 where it is empty, and where each of those begins and ends.

    Lists are alike where all their rows, and shares if these count, are: they are looked up by a hash and compared
    entry by entry.
    """
    size = 2
    while size < 2 * len(begin):
        size *= 2
    table, which = np.full(size, -1), np.full(len(begin), -1)
    kept_begin, kept_end, n = np.empty(len(begin), np.int64), np.empty(len(begin), np.int64), 0
    for i in range(len(begin)):
        if end[i] == begin[i]:
            continue
        key = 0
        for e in range(begin[i], end[i]):
            key = (key * _FACTOR ^ row[e]) & _BITS
            if by_share:
                key = (key * _FACTOR ^ int(share[e] * _FACTOR)) & _BITS
        slot = key % size
        while table[slot] >= 0:
            first, length = kept_begin[table[slot]], end[i] - begin[i]
            same = kept_end[table[slot]] - first == length
            for e in range(length if same else 0):
                if row[first + e] != row[begin[i] + e] or (by_share and share[first + e] != share[begin[i] + e]):
                    same = False
                    break
            if same:
                break
            slot = (slot + 1) % size
        if table[slot] < 0:
            table[slot], kept_begin[n], kept_end[n] = n, begin[i], end[i]
            n += 1
        which[i] = table[slot]
    return which, kept_begin[:n], kept_end[:n]
