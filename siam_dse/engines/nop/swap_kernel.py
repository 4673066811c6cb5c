"""Search of chiplets' positions as plain loops, package by package: ``swaps``, the same to the byte.

Chiplets that hold the same layers exchange the same with every other one: such groups are what is kept and looked up,
not chiplets. And along rows and along columns of the network links count apart: what a chiplet exchanges, times the
links to it, is of any position a number of its column and one of its row. A table keeps both for each group, and a
swap changes those of the groups that the two exchange data with. All numbers are whole: their sums are the same in any
order.
"""

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.core.compiled import compiled

# --- places ----------------------------------------------------------------------------------------------------------


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
def add_at(table: FloatArray, way: FloatArray, column: int, row: int, times: float) -> None:
    """Add the links to a position, so many times, to the numbers of all columns, then of all rows."""
    size = (len(way) + 1) // 2
    n_rows = len(table) - size
    to_column, to_row = way[size - 1 - column : 2 * size - 1 - column], way[size - 1 - row : size - 1 - row + n_rows]
    for x in range(size):
        table[x] += times * to_column[x]
    for y in range(n_rows):
        table[size + y] += times * to_row[y]


@compiled
def add_times(table: FloatArray, times: float, other: FloatArray) -> None:
    """Add a table, so many times, to another."""
    for place in range(len(table)):
        table[place] += times * other[place]


# --- groups of chiplets ----------------------------------------------------------------------------------------------


@compiled
def groups_of(runs: IntArray, n: int) -> IntArray:
    """First chiplet of each group of n that every route has all of or none of, (G + 1,), n at the end.

    ``runs`` (4, R): first chiplet and number of chiplets of the routes' sources and destinations. Chiplets that a route
    has at both of its ends exchange data with one another, not with themselves: each is a group of its own.
    """
    is_first = np.zeros(n + 1, dtype=np.bool_)
    is_first[0], is_first[n] = True, True
    for route in range(runs.shape[1]):
        first, count, other_first, other_count = runs[:, route]
        for edge in (first, first + count, other_first, other_first + other_count):
            is_first[edge] = True
        for chiplet in range(max(first, other_first), min(first + count, other_first + other_count) + 1):
            is_first[chiplet] = True
    return np.flatnonzero(is_first)


@compiled
def sent_apart(runs: IntArray, moved: FloatArray) -> float:
    """What routes carry from a chiplet to another, added up pair by pair."""
    sent = 0.0
    for route in range(runs.shape[1]):
        first, count, other_first, other_count = runs[:, route]
        for here in range(first, first + count):
            for there in range(other_first, other_first + other_count):
                if here != there:
                    sent += moved[route]
    return sent


@compiled
def exchange(
    chiplet: int, first: IntArray, count: IntArray, other_first: IntArray, other_count: IntArray, moved: FloatArray,
    group: IntArray, linked: FloatArray, is_linked: BoolArray,
) -> None:  # fmt: skip
    """Add what routes carry between a chiplet at one end and each of the groups (G,) at the other."""
    for route in range(len(first)):
        if first[route] <= chiplet < first[route] + count[route]:
            for other in range(group[other_first[route]], group[other_first[route] + other_count[route] - 1] + 1):
                linked[other] += moved[route]
                is_linked[other] = True


@compiled
def partners_of(
    start: IntArray, group: IntArray, runs: IntArray, moved: FloatArray, grains: float
) -> tuple[IntArray, IntArray, FloatArray]:
    """Groups that each group exchanges data with, and how much each chiplet with each.

    Parameters
    ----------
    start : (G + 1,)
        As of :func:`groups_of`.
    group : (n,)
        Of each chiplet.
    runs : (4, R)
        As of :func:`groups_of`.
    moved : (R,) [bit]
        From each source to each destination.
    grains : float
        Of all traffic between chiplets.

    Returns
    -------
    first : (G + 1,)
        Partners of group g are ``first[g]`` .. ``first[g + 1]``.
    other : (N,)
    traffic : (N,) [grain]
    """
    n_groups, most = len(start) - 1, 0
    for route in range(runs.shape[1]):
        source, n_sources, destination, n_destinations = runs[:, route]
        most += (
            2
            * (group[source + n_sources - 1] - group[source] + 1)
            * (group[destination + n_destinations - 1] - group[destination] + 1)
        )
    first, other, traffic = np.zeros(n_groups + 1, dtype=np.int64), np.empty(most, dtype=np.int64), np.empty(most)
    linked, is_linked, found, sent = np.zeros(n_groups), np.zeros(n_groups, dtype=np.bool_), 0, sent_apart(runs, moved)
    scale = grains / (sent if sent > 0 else 1.0)
    for g in range(n_groups):
        exchange(start[g], runs[0], runs[1], runs[2], runs[3], moved, group, linked, is_linked)
        exchange(start[g], runs[2], runs[3], runs[0], runs[1], moved, group, linked, is_linked)
        for h in range(n_groups):
            if is_linked[h]:
                if h != g:
                    other[found], traffic[found] = h, np.rint(linked[h] * scale)
                    found += 1
                linked[h], is_linked[h] = 0.0, False
        first[g + 1] = found
    return first, other[:found], traffic[:found]


@compiled
def returned(first: IntArray, other: IntArray, traffic: FloatArray) -> FloatArray:
    """Traffic of each pair of partners as the other one has it, (N,)."""
    upcoming, back = first[:-1].copy(), np.empty(len(traffic))
    for g in range(len(first) - 1):
        for i in range(first[g], first[g + 1]):
            back[i] = traffic[upcoming[other[i]]]
            upcoming[other[i]] += 1
    return back


# --- search ----------------------------------------------------------------------------------------------------------


@compiled
def n_pairs(start: IntArray, first: IntArray, other: IntArray) -> int:
    """Partners of all chiplets."""
    pairs = 0
    for g in range(len(start) - 1):
        for i in range(first[g], first[g + 1]):
            pairs += (start[g + 1] - start[g]) * (start[other[i] + 1] - start[other[i]])
    return pairs


@compiled
def tables_of(
    start: IntArray, first: IntArray, other: IntArray, traffic: FloatArray, way: FloatArray, n_rows: int,
    column: IntArray, row: IntArray,
) -> FloatArray:  # fmt: skip
    """Traffic x links of a chiplet of each group at each column, and at each row, (G, size + n_rows)."""
    n_groups, size = len(start) - 1, (len(way) + 1) // 2
    links, table = np.zeros((n_groups, size + n_rows)), np.zeros((n_groups, size + n_rows))
    for g in range(n_groups):
        for chiplet in range(start[g], start[g + 1]):
            add_at(links[g], way, column[chiplet], row[chiplet], 1.0)
    for g in range(n_groups):
        for i in range(first[g], first[g + 1]):
            add_times(table[g], traffic[i], links[other[i]])
    return table


@compiled
def weigh(
    table: FloatArray, size: int, start: IntArray, column: IntArray, row: IntArray, g: int, own: FloatArray,
    most: FloatArray,
) -> None:  # fmt: skip
    """What chiplets of a group have where they are, traffic x links, into ``own`` (n,), and the most into ``most``."""
    most[g] = 0.0
    for chiplet in range(start[g], start[g + 1]):
        own[chiplet] = table[g, column[chiplet]] + table[g, size + row[chiplet]]
        most[g] = max(most[g], own[chiplet])


@compiled
def weighed(
    start: IntArray, first: IntArray, other: IntArray, traffic: FloatArray, way: FloatArray, n_rows: int,
    position: IntArray,
) -> float:  # fmt: skip
    """Traffic x hops of a package, both ways of each pair counted."""
    size, own, most = (len(way) + 1) // 2, np.empty(len(position)), np.empty(len(start) - 1)
    column, row = columns_rows(position, size)
    table = tables_of(start, first, other, traffic, way, n_rows, column, row)
    for g in range(len(start) - 1):
        weigh(table, size, start, column, row, g, own, most)
    return float(own.sum())


@compiled
def best_swap(
    table: FloatArray, start: IntArray, between: FloatArray, way: FloatArray, own: FloatArray, most: FloatArray,
    column: IntArray, row: IntArray, changed: IntArray, looked: int, a: int, group: int,
) -> int:  # fmt: skip
    """Chiplet with which a saves most if they change positions, 0 if none saves anything.

    ``own`` (n,) is traffic x links where each is, ``between`` (G,) what a exchanges with a chiplet of each group, both
    ways: a swap leaves the two as far apart. Chiplets of one group exchange the same: to swap them saves nothing; nor
    do swaps that saved nothing after ``looked`` swaps, if both groups have last ``changed`` (G,) by then.
    """
    size = (len(way) + 1) // 2
    best, least, x, y = 0, 0.0, column[a], row[a]
    to_column, to_row = table[group, :size], table[group, size:]
    least_of_a = to_column.min() + to_row.min() - own[a]
    for g in range(len(start) - 1):
        if g == group or (changed[group] <= looked and changed[g] <= looked):
            continue
        of_group = table[g, x] + table[g, size + y]
        if least_of_a + of_group - most[g] >= least:
            continue
        of_group -= own[a]
        for b in range(max(start[g], 1), start[g + 1]):
            change = to_column[column[b]] + to_row[row[b]] - own[b] + of_group
            if between[g] > 0:
                change += between[g] * (way[size - 1 + column[b] - x] + way[size - 1 + row[b] - y])
            if change < least:
                best, least = b, change
    return best


@compiled
def swap(
    start: IntArray, group: IntArray, first: IntArray, other: IntArray, traffic: FloatArray, back: FloatArray,
    way: FloatArray, n_rows: int, position: IntArray, passes: int,
) -> None:  # fmt: skip
    """Swap the positions (n,) of the chiplets of one package, in place; see ``swaps.swapped``."""
    size, n = (len(way) + 1) // 2, len(position)
    column, row = columns_rows(position, size)
    table = tables_of(start, first, other, traffic, way, n_rows, column, row)
    own, most, between = np.empty(n), np.zeros(len(start) - 1), np.zeros(len(start) - 1)
    change = np.empty(size + n_rows)
    for g in range(len(start) - 1):
        weigh(table, size, start, column, row, g, own, most)
    swaps, changed, looked = 0, np.zeros(len(start) - 1, dtype=np.int64), np.full(n, -1)
    for _ in range(passes):
        before = swaps
        for a in range(1, n):
            partners = range(first[group[a]], first[group[a] + 1])
            for i in partners:
                between[other[i]] = traffic[i] + back[i]
            b = best_swap(table, start, between, way, own, most, column, row, changed, looked[a], a, group[a])
            for i in partners:
                between[other[i]] = 0.0
            looked[a] = swaps
            if b == 0:
                continue
            swaps += 1
            change[:] = 0.0
            add_at(change, way, column[b], row[b], 1.0)
            add_at(change, way, column[a], row[a], -1.0)
            for places in (position, column, row):
                places[a], places[b] = places[b], places[a]
            for moved, sign in ((group[a], 1.0), (group[b], -1.0)):
                for i in range(first[moved], first[moved + 1]):
                    add_times(table[other[i]], sign * back[i], change)
            for moved in (group[a], group[b]):
                weigh(table, size, start, column, row, moved, own, most)
                changed[moved] = swaps
                for i in range(first[moved], first[moved + 1]):
                    weigh(table, size, start, column, row, other[i], own, most)
                    changed[other[i]] = swaps
        if swaps == before:
            break


@compiled
def grow(
    start: IntArray, group: IntArray, first: IntArray, other: IntArray, traffic: FloatArray, way: FloatArray,
    n_rows: int, position: IntArray,
) -> None:  # fmt: skip
    """Deal the positions (n,) of the chiplets of one package out anew, in place; see ``swaps.grown``."""
    size, n = (len(way) + 1) // 2, len(position)
    is_free, upcoming = np.zeros((n_rows, size), dtype=np.bool_), start[:-1].copy()  # each group's next chiplet
    for place in position[1:]:
        is_free[place // size, place % size] = True
    links, linked, table = np.zeros((len(upcoming), size + n_rows)), np.zeros(len(upcoming)), np.empty(size + n_rows)
    chiplet, place = 0, position[0]
    for _ in range(1, n):
        g = group[chiplet]
        upcoming[g] += 1
        add_at(links[g], way, place % size, place // size, 1.0)
        for i in range(first[g], first[g + 1]):
            linked[other[i]] += traffic[i]
        g = -1
        for h in range(len(upcoming)):
            if upcoming[h] < start[h + 1] and (g < 0 or linked[h] > linked[g]):
                g = h
        table[:] = 0.0
        for i in range(first[g], first[g + 1]):
            add_times(table, traffic[i], links[other[i]])
        chiplet, place = upcoming[g], nearest(is_free, table)
        position[chiplet], is_free[place // size, place % size] = place, False


@compiled
def nearest(is_free: BoolArray, table: FloatArray) -> int:
    """First free place (rows, columns) of least traffic x links."""
    n_rows, size = is_free.shape
    best, least, least_of_columns = -1, np.inf, table[:size].min()
    for y in range(n_rows):
        if table[size + y] + least_of_columns >= least:
            continue
        for x in range(size):
            if is_free[y, x] and table[x] + table[size + y] < least:
                best, least = y * size + x, table[x] + table[size + y]
    return best


@compiled
def search(
    begin: IntArray, runs: IntArray, moved: FloatArray, grains: float, is_closed: BoolArray, size: IntArray,
    n_rows: IntArray, chiplets: IntArray, most_passes: IntArray, most_looks: int, others: IntArray, position: IntArray,
) -> None:  # fmt: skip
    """Better positions in the place of those of packages; see ``placement.positions``.

    Parameters
    ----------
    begin : (U + 1,)
        First route of each package.
    runs, moved : (4, R) and (R,) [bit]
        As of :func:`partners_of`, of the routes of all packages.
    grains : float
    is_closed, size, n_rows, chiplets : (U,)
        Places along a row and along a column, and the chiplets that stand there.
    most_passes, most_looks : (U,) and int
    others, position : (U, C)
        Positions to start from, whichever has less traffic x hops; of equals the second, which is overwritten.
    """
    for package in range(len(position)):
        n, rows, found = chiplets[package], n_rows[package], position[package, : chiplets[package]]
        own, way = slice(begin[package], begin[package + 1]), ways(size[package], is_closed[package])
        start, group = groups_of(runs[:, own], n), np.empty(n, dtype=np.int64)
        for g in range(len(start) - 1):
            group[start[g] : start[g + 1]] = g
        first, other, traffic = partners_of(start, group, runs[:, own], moved[own], grains)
        other_start = others[package, :n]
        if weighed(start, first, other, traffic, way, rows, other_start) < weighed(
            start, first, other, traffic, way, rows, found
        ):
            found[:] = other_start
        looks = 4 * n * n_pairs(start, first, other)  # two searches, two chiplets of a swap
        passes = min(most_looks // max(looks, 1), most_passes[package])
        if passes > 0:
            back, anew = returned(first, other, traffic), found.copy()
            swap(start, group, first, other, traffic, back, way, rows, found, passes)
            grow(start, group, first, other, traffic, way, rows, anew)
            swap(start, group, first, other, traffic, back, way, rows, anew, passes)
            if weighed(start, first, other, traffic, way, rows, anew) < weighed(
                start, first, other, traffic, way, rows, found
            ):
                found[:] = anew
