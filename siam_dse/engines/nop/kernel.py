"""Loads of routes over snakes, tori and hubs as plain loops: ``topologies`` geometry by geometry.

Along every row and column of the square loads follow from how many sources and destinations lie up to each place. All
numbers are whole, so the figures are the same bytes.
"""

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.core.compiled import compiled

TORUS, HUB = 1, 3  # codes of ``topologies``
_KINDS = 4  # of columns: in the first row of a run or not, in the last or not
_RECTANGLES = 3  # of a run: the first row, the full ones, the last


@compiled
def onward(sources: IntArray, destinations: IntArray, longest: int) -> tuple[int, int]:
    """Largest load of a link onward of a ring, and their sum, of ways up to ``longest``; see ``lines.ring_loads``.

    The link from one node on carries what the link to it does, without what ends there and with what begins there:
    of the ``longest`` sources before the node, and for as many destinations behind it.
    """
    k, load, before, behind = len(sources), 0, 0, 0
    if longest == 0:
        return 0, 0
    reach = longest % k  # the last that a way from node 0 ends at; a source before 0 as far away is at k - longest
    for place in range(1, longest + 1):
        behind += destinations[place if place < k else place - k]
    load += sources[0] * behind
    reached = behind  # from node -1, -2 ..: the destinations from 1 on that are near enough
    for step in range(1, longest):
        reached -= destinations[longest - step + 1]
        load += sources[k - step] * reached
        before += sources[k - step]
    before += sources[0]
    busiest, total, left = load, load, (1 - longest) % k  # the first source whose ways pass the link
    for place in range(1, k):
        reach = reach + 1 if reach + 1 < k else 0
        behind += destinations[reach] - destinations[place]
        load += sources[place] * behind - destinations[place] * before
        before += sources[place] - sources[left]
        left = left + 1 if left + 1 < k else 0
        busiest, total = max(busiest, load), total + load
    return busiest, total


@compiled
def of_line(sources: IntArray, destinations: IntArray, is_closed: bool) -> tuple[int, int]:
    """Largest load of a link of a line or ring, and the sum over links, if each source sends each destination one.

    What goes back round a ring passes the same links as what would go onward from the destinations.
    """
    k, busiest, total = len(sources), 0, 0
    if is_closed:
        one, other = onward(sources, destinations, k // 2), onward(destinations, sources, (k - 1) // 2)
        return max(one[0], other[0]), one[1] + other[1]
    before, behind, n_sources, n_destinations = 0, 0, sources.sum(), destinations.sum()
    for place in range(k - 1):
        before, behind = before + sources[place], behind + destinations[place]
        there, back = before * (n_destinations - behind), (n_sources - before) * behind
        busiest, total = max(busiest, there, back), total + there + back
    return busiest, total


@compiled
def most_onward(first: int, count: int, other: int, other_count: int) -> int:
    """Largest load of a link onward of a line between two runs: each source sends each destination behind it one.

    Sources up to a link x destinations behind it. The one rises, the other falls: the largest is where both change, at
    the vertex of their product.
    """
    low, high = max(first, other) - 1, min(first + count, other + other_count) - 1
    vertex = max(min((first + other + other_count - 2) // 2, high), low)
    most = 0
    for link in range(vertex, vertex + 2):
        before = min(max(link - first + 1, 0), count)
        most = max(most, before * (other_count - min(max(link - other + 1, 0), other_count)))
    return most


@compiled
def tetrahedral(x: int) -> int:
    """Sum of the sums of 1 .. x; 0 below 1."""
    return x * (x + 1) * (x + 2) // 6 if x > 0 else 0  # 6: the third binomial coefficient


@compiled
def all_onward(first: int, count: int, other: int, other_count: int) -> int:
    """Sum of the links onward of a line between all sources and the destinations behind them."""
    step = other - first
    corners = tetrahedral(step + other_count - 1) - tetrahedral(step - 1)
    return int(corners - tetrahedral(step + other_count - count - 1) + tetrahedral(step - count - 1))


@compiled
def line_of_runs(first: int, count: int, other: int, other_count: int) -> tuple[int, int]:
    """:func:`of_line` of two runs of neighbouring nodes, in closed form."""
    most = max(most_onward(first, count, other, other_count), most_onward(other, other_count, first, count))
    return most, all_onward(first, count, other, other_count) + all_onward(other, other_count, first, count)


@compiled
def is_straight(first: int, count: int, other: int, other_count: int, size: int) -> bool:
    """Whether all ways between two runs of nodes of a ring are those of a line: none is shorter round the other way."""
    return max(first + count, other + other_count) - min(first, other) - 1 <= (size - 1) // 2


@compiled
def rectangles(first: int, count: int, side: int, is_snake: bool, boxes: IntArray) -> None:
    """First and last row and column of a run's first row, full rows and last row, into ``boxes`` (3, 4).

    One that is empty has its last row before its first.
    """
    last = first + count - 1
    top, bottom = first // side, last // side
    boxes[0, 0], boxes[0, 1], boxes[0, 2] = top, top, first % side
    boxes[1, 0], boxes[1, 1], boxes[1, 2] = top + 1, bottom - 1, 0
    boxes[2, 0], boxes[2, 1], boxes[2, 2] = bottom, bottom if bottom > top else bottom - 1, 0
    right = _RECTANGLES  # the fourth number
    boxes[0, right] = last % side if top == bottom else side - 1
    boxes[1, right], boxes[2, right] = side - 1, last % side
    for i in range(_RECTANGLES):
        if is_snake and boxes[i, 0] % 2 == 1:
            boxes[i, 2], boxes[i, right] = side - 1 - boxes[i, right], side - 1 - boxes[i, 2]


@compiled
def range_of(least: int, most: int, size: int, is_closed: bool) -> tuple[int, int]:
    """Fewest and most links of steps ``least`` .. ``most`` along a line, or round a ring."""
    if not is_closed:
        return max(least, -most, 0), max(most, -least)
    one, other, half = min(least % size, -least % size), min(most % size, -most % size), size // 2
    comes_home = most // size >= -(-least // size)
    goes_across = (most - half) // size >= -(-(least - half) // size)
    return 0 if comes_home else min(one, other), half if goes_across else max(one, other)


@compiled
def hops_between(here: IntArray, there: IntArray, side: int, is_closed: bool) -> tuple[int, int]:
    """Fewest and most links between two runs, from their rectangles."""
    fewest, most, right = -1, 0, _RECTANGLES
    for i in range(_RECTANGLES):
        for j in range(_RECTANGLES):
            if here[i, 0] > here[i, 1] or there[j, 0] > there[j, 1]:
                continue
            rows = range_of(there[j, 0] - here[i, 1], there[j, 1] - here[i, 0], side, is_closed)
            columns = range_of(there[j, 2] - here[i, right], there[j, right] - here[i, 2], side, is_closed)
            near = rows[0] + columns[0]
            fewest = near if fewest < 0 else min(fewest, near)
            most = max(most, rows[1] + columns[1])
    return fewest, most


@compiled
def counted(boxes: IntArray, axis: int, out: IntArray) -> None:
    """Nodes of a run in each row (axis 0) or column (1) of a square, into ``out`` (side,)."""
    out[:] = 0
    across = 2 - 2 * axis  # first of the other axis' numbers
    for i in range(_RECTANGLES):
        if boxes[i, 0] <= boxes[i, 1]:
            for place in range(boxes[i, 2 * axis], boxes[i, 2 * axis + 1] + 1):
                out[place] += boxes[i, across + 1] - boxes[i, across] + 1


@compiled
def on_grid(here: IntArray, there: IntArray, side: int, is_closed: bool) -> tuple[int, int, int]:
    """Busiest link along a row, and along a column, and sum over links of a square mesh or torus.

    Rows that hold the same places of the sources are loaded alike, and columns that hold those of the destinations.
    """
    across, down, total, right = 0, 0, 0, _RECTANGLES
    if here[2, 0] > here[2, 1] and there[2, 0] > there[2, 1]:  # each in one row
        first, count = here[0, 2], here[0, right] - here[0, 2] + 1
        begin, number = there[0, 2], there[0, right] - there[0, 2] + 1
        row, to_row = here[0, 0], there[0, 0]
        if not is_closed or (is_straight(first, count, begin, number, side) and is_straight(row, 1, to_row, 1, side)):
            across, total = line_of_runs(first, count, begin, number)
            return across, count * int(row != to_row), total + count * number * abs(row - to_row)
    one, other = np.zeros(side, dtype=np.int64), np.zeros(side, dtype=np.int64)
    counted(there, 1, other)
    for i in range(_RECTANGLES):
        if here[i, 0] <= here[i, 1]:
            one[:] = 0
            one[here[i, 2] : here[i, right] + 1] = 1
            most, links = of_line(one, other, is_closed)
            across, total = max(across, most), total + links * (here[i, 1] - here[i, 0] + 1)
    counted(here, 0, other)
    low, high = min(here[0, 0], there[0, 0]), max(max(here[0, 1], here[2, 1]), max(there[0, 1], there[2, 1])) + 1
    is_ring = is_closed and high - low - 1 > (side - 1) // 2
    if is_ring:
        low, high = 0, side
    width, first, last = 0, there[0, right] - there[0, 2] + 1, 0
    if there[2, 0] <= there[2, 1]:
        last = there[2, right] - there[2, 2] + 1
        width = max(min(there[0, right], there[2, right]) - max(there[0, 2], there[2, 2]) + 1, 0)
    columns = (side - first - last + width, first - width, last - width, width)
    for kind in range(_KINDS):
        if columns[kind]:
            one[:] = 0
            one[there[1, 0] : there[1, 1] + 1] = 1
            if kind % 2:
                one[there[0, 0]] = 1
            if kind // 2:
                one[there[2, 0]] = 1
            most, links = of_line(other[low:high], one[low:high], is_ring)
            down, total = max(down, most), total + links * columns[kind]
    return across, down, total


@compiled
def at_hub(first: int, count: int, other: int, other_count: int) -> tuple[int, int, int, int]:
    """Busiest link, sum over links, fewest and most links of a hub; see ``topologies._hub``."""
    both = max(min(first + count, other + other_count) - max(first, other), 0)
    busiest = max(other_count - int(both == count), count - int(both == other_count))
    pairs = count * other_count
    hops = 2 * int(pairs > both)
    return busiest, 2 * (pairs - both), 0 if both > 0 else hops, hops


@compiled
def unit_loads(keys: IntArray, loads: FloatArray) -> None:
    """Loads of one flit a pair, into ``loads`` (n, 10): see ``topologies._unit_loads``.

    Parameters
    ----------
    keys : (n, 7)
        Topology, no ring, and placement, codes of ``topologies``; side of the square; first node and number of nodes of
        the sources and of the destinations.
    loads : (n, 10)
    """
    here, there = np.empty((2, _RECTANGLES, 4), dtype=np.int64)  # 4 numbers of a rectangle
    for i in range(len(keys)):
        topology, is_snake, size = keys[i, 0], keys[i, 1] > 0, keys[i, 2]
        first, count, other, other_count = keys[i, 3], keys[i, 4], keys[i, 5], keys[i, 6]  # places in ``keys``
        down = 0
        if topology == HUB:
            busiest, total, fewest, most = at_hub(first, count, other, other_count)
        else:
            rectangles(first, count, size, is_snake, here)
            rectangles(other, other_count, size, is_snake, there)
            busiest, down, total = on_grid(here, there, size, topology == TORUS)
            fewest, most = hops_between(here, there, size, topology == TORUS)
        figures = (busiest, other_count, count, total, count * other_count, fewest, most, count, other_count, down)
        for field, figure in enumerate(figures):
            loads[i, field] = figure
