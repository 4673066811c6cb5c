"""Search of chiplets' positions as plain loops over those that exchange data: ``swaps``, the same to the byte.

Along rows and along columns of the network links count apart. So what a chiplet exchanges with its partners, times the
links to them, is of any position a number of its column and one of its row. Tables keep both for each chiplet; a swap
changes those of the partners of the two. All numbers are whole: their sums are the same in any order.
"""

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.core.compiled import compiled


@compiled
def exchanged(
    chiplet: int, first: IntArray, count: IntArray, other_first: IntArray, other_count: IntArray, moved: FloatArray,
    linked: FloatArray, is_linked: BoolArray,
) -> None:  # fmt: skip
    """Add what routes carry between a chiplet at one end, in runs ``first``, ``count``, and those at the other."""
    for i in range(len(first)):
        if first[i] <= chiplet < first[i] + count[i]:
            for there in range(other_first[i], other_first[i] + other_count[i]):
                linked[there] += moved[i]
                is_linked[there] = True


@compiled
def sent_apart(
    first: IntArray, count: IntArray, other_first: IntArray, other_count: IntArray, moved: FloatArray
) -> float:
    """What routes carry from a chiplet to another, pair by pair."""
    sent = 0.0
    for i in range(len(first)):
        for here in range(first[i], first[i] + count[i]):
            for there in range(other_first[i], other_first[i] + other_count[i]):
                if here != there:
                    sent += moved[i]
    return sent


@compiled
def find_partners(
    begin: IntArray, chiplets: IntArray, runs: IntArray, moved: FloatArray, grains: float, first: IntArray,
    other: IntArray, traffic: FloatArray,
) -> None:  # fmt: skip
    """Who exchanges how much with whom; see ``placement._partners``.

    Parameters
    ----------
    begin : (U + 1,)
        First route of each package.
    chiplets : (U,)
    runs : (4, n)
        First chiplet and number of chiplets of the routes' sources and destinations.
    moved : (n,) [bit]
        From each source to each destination.
    grains : float
        Of a package's traffic.
    first, other, traffic : (U C + 1,) and (N,), N large enough
        Filled as of ``swaps.Partners``.
    """
    n_chiplets, found = (len(first) - 1) // (len(begin) - 1), 0
    linked, is_linked = np.zeros(n_chiplets), np.zeros(n_chiplets, dtype=np.bool_)
    for package in range(len(begin) - 1):
        own = slice(begin[package], begin[package + 1])
        sources, n_sources, destinations, n_destinations = runs[0, own], runs[1, own], runs[2, own], runs[3, own]
        sent = sent_apart(sources, n_sources, destinations, n_destinations, moved[own])
        scale = grains / (sent if sent > 0 else 1.0)
        for chiplet in range(n_chiplets):
            first[package * n_chiplets + chiplet] = found
            if chiplet >= chiplets[package]:
                continue
            exchanged(chiplet, sources, n_sources, destinations, n_destinations, moved[own], linked, is_linked)
            exchanged(chiplet, destinations, n_destinations, sources, n_sources, moved[own], linked, is_linked)
            for there in range(chiplets[package]):
                if is_linked[there]:
                    if there != chiplet:
                        other[found], traffic[found] = there, np.rint(linked[there] * scale)
                        found += 1
                    linked[there], is_linked[there] = 0.0, False
    first[-1] = found


@compiled
def ways(size: int, is_closed: bool) -> FloatArray:
    """Links from a place of a row to those ``size - 1`` before it .. ``size - 1`` behind it, (2 size - 1,)."""
    way = np.empty(2 * size - 1)
    for apart in range(size):
        links = min(apart, size - apart) if is_closed else apart
        way[size - 1 - apart], way[size - 1 + apart] = links, links
    return way


@compiled
def columns_rows(place: IntArray, size: int) -> tuple[IntArray, IntArray]:
    """Column and row of places (n,), row by row."""
    row = place // size
    return place - row * size, row


@compiled
def add_at(table: FloatArray, way: FloatArray, column: int, row: int, traffic: float) -> None:
    """Add traffic x links to a position, to the numbers of all columns, then of all rows."""
    size = (len(way) + 1) // 2
    n_rows = len(table) - size
    to_column, to_row = way[size - 1 - column : 2 * size - 1 - column], way[size - 1 - row : size - 1 - row + n_rows]
    for x in range(size):
        table[x] += traffic * to_column[x]
    for y in range(n_rows):
        table[size + y] += traffic * to_row[y]


@compiled
def returned(first: IntArray, other: IntArray, n: int) -> IntArray:
    """Entry of each pair of partners the other way round, (N,), counted from the package's first."""
    begin = first[0]
    upcoming, back = first[:n] - begin, np.empty(first[n] - begin, dtype=np.int64)
    for chiplet in range(n):
        for i in range(first[chiplet], first[chiplet + 1]):
            back[i - begin] = upcoming[other[i]]
            upcoming[other[i]] += 1
    return back


@compiled
def trade(
    first: IntArray, other: IntArray, traffic: FloatArray, back: IntArray, table: FloatArray, own: FloatArray,
    column: IntArray, row: IntArray, size: int, chiplet: int, change: FloatArray,
) -> None:  # fmt: skip
    """Change the tables of a chiplet's partners by ``change`` of the links to it, and what they have where they are."""
    for i in range(first[chiplet], first[chiplet + 1]):
        partner = other[i]
        amount, of_partner = traffic[first[0] + back[i - first[0]]], table[partner]
        for place in range(len(change)):
            of_partner[place] += amount * change[place]
        own[partner] = of_partner[column[partner]] + of_partner[size + row[partner]]


@compiled
def best_swap(
    table: FloatArray, size: int, own: FloatArray, both: FloatArray, column: IntArray, row: IntArray, a: int, n: int
) -> int:
    """Chiplet with which a saves most if they change positions, 0 if none saves anything.

    ``own`` (n,) is traffic x links where each is, ``both`` (n,) that of the pair, which a swap leaves as far apart.
    """
    best, least, x, y = 0, 0.0, column[a], size + row[a]
    to_column, to_row = table[a, :size], table[a, size:]
    for b in range(1, n):
        change = to_column[column[b]] + to_row[row[b]] - own[a] + table[b, x] + table[b, y] - own[b] + both[b]
        if change < least and b != a:
            best, least = b, change
    return best


@compiled
def swap(
    first: IntArray, other: IntArray, traffic: FloatArray, way: FloatArray, n_rows: int, position: IntArray, n: int,
    passes: int,
) -> None:  # fmt: skip
    """Swap the positions of n chiplets of one package, in place; see ``swaps.swapped``."""
    size, back = (len(way) + 1) // 2, returned(first, other, n)
    table, own, both, change = np.zeros((n, size + n_rows)), np.empty(n), np.zeros(n), np.empty(size + n_rows)
    column, row = columns_rows(position[:n], size)
    for chiplet in range(n):
        for i in range(first[chiplet], first[chiplet + 1]):
            add_at(table[chiplet], way, column[other[i]], row[other[i]], traffic[i])
    for c in range(n):
        own[c] = table[c, column[c]] + table[c, size + row[c]]
    for _ in range(passes):
        has_moved = False
        for a in range(1, n):
            for i in range(first[a], first[a + 1]):
                b = other[i]
                apart = way[size - 1 + column[b] - column[a]] + way[size - 1 + row[b] - row[a]]
                both[b] = (traffic[i] + traffic[first[0] + back[i - first[0]]]) * apart
            b = best_swap(table, size, own, both, column, row, a, n)
            for i in range(first[a], first[a + 1]):
                both[other[i]] = 0.0
            if b > 0:
                change[:] = 0.0
                add_at(change, way, column[b], row[b], 1.0)
                add_at(change, way, column[a], row[a], -1.0)
                for places in (position, column, row):
                    places[a], places[b] = places[b], places[a]
                trade(first, other, traffic, back, table, own, column, row, size, a, change)
                trade(first, other, traffic, back, table, own, column, row, size, b, -change)
                for c in (a, b):
                    own[c] = table[c, column[c]] + table[c, size + row[c]]
                has_moved = True
        if not has_moved:
            break


@compiled
def grow(
    first: IntArray, other: IntArray, traffic: FloatArray, way: FloatArray, n_rows: int, position: IntArray, n: int
) -> None:
    """Deal the positions of n chiplets of one package out anew, in place; see ``swaps.grown``."""
    size, free = (len(way) + 1) // 2, np.sort(position[1:n])
    column, row = columns_rows(free, size)
    at_column, at_row = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)  # of those that have a position
    at_column[0], at_row[0] = position[0] % size, position[0] // size
    is_left, linked, table = np.ones(n, dtype=np.bool_), np.zeros(n), np.empty(size + n_rows)
    chiplet, is_left[0] = 0, False
    for left in range(n - 1, 0, -1):
        for i in range(first[chiplet], first[chiplet + 1]):
            linked[other[i]] += traffic[i]
        chiplet = -1
        for c in range(1, n):
            if is_left[c] and (chiplet < 0 or linked[c] > linked[chiplet]):
                chiplet = c
        table[:] = 0.0
        for i in range(first[chiplet], first[chiplet + 1]):
            if not is_left[other[i]]:
                add_at(table, way, at_column[other[i]], at_row[other[i]], traffic[i])
        best, least = 0, -1.0
        for place in range(left):
            away = table[column[place]] + table[size + row[place]]
            if least < 0 or away < least:
                best, least = place, away
        position[chiplet], at_column[chiplet], at_row[chiplet] = free[best], column[best], row[best]
        is_left[chiplet] = False
        for places in (free, column, row):
            places[best : left - 1] = places[best + 1 : left].copy()


@compiled
def weighed_one(
    first: IntArray, other: IntArray, traffic: FloatArray, way: FloatArray, position: IntArray, n: int
) -> float:
    """Traffic times hops of one package, both ways of each pair counted."""
    size, total = (len(way) + 1) // 2, 0.0
    column, row = columns_rows(position[:n], size)
    for a in range(n):
        for i in range(first[a], first[a + 1]):
            b = other[i]
            total += traffic[i] * (way[size - 1 + column[b] - column[a]] + way[size - 1 + row[b] - row[a]])
    return total


@compiled
def weighed(
    first: IntArray, other: IntArray, traffic: FloatArray, is_closed: BoolArray, size: IntArray, chiplets: IntArray,
    position: IntArray, out: FloatArray,
) -> None:  # fmt: skip
    """Traffic times hops of packages, into ``out`` (U,); see ``placement._weighed``."""
    for package in range(len(position)):
        begin, n = package * position.shape[1], chiplets[package]
        own, way = first[begin : begin + n + 1], ways(size[package], is_closed[package])
        out[package] = weighed_one(own, other, traffic, way, position[package], n)


@compiled
def search(
    first: IntArray, other: IntArray, traffic: FloatArray, is_closed: BoolArray, size: IntArray, n_rows: IntArray,
    chiplets: IntArray, passes: IntArray, position: IntArray,
) -> None:  # fmt: skip
    """Better positions in the place of those (U, C) of packages; see ``swaps.searched``.

    They have ``size`` columns and ``n_rows`` rows of places, ``chiplets`` chiplets each, and ``passes`` at most, (U,);
    ``first``, ``other`` and ``traffic`` are of ``swaps.Partners``.
    """
    for package in range(len(position)):
        if passes[package] > 0:
            begin, n, found = package * position.shape[1], chiplets[package], position[package]
            own, way, rows = first[begin : begin + n + 1], ways(size[package], is_closed[package]), n_rows[package]
            anew = found.copy()
            swap(own, other, traffic, way, rows, found, n, passes[package])
            grow(own, other, traffic, way, rows, anew, n)
            swap(own, other, traffic, way, rows, anew, n, passes[package])
            if weighed_one(own, other, traffic, way, anew, n) < weighed_one(own, other, traffic, way, found, n):
                found[:] = anew
