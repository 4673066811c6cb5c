"""Loads of all-to-alls link by link, as plain loops: what ``footprint`` finds from the borders of its rectangles.

Under XY routing the link that leaves column x to the east carries the sources of its row up to x, times all
destinations beyond x; the one that leaves row y to the south all sources up to y, times the destinations of its column
beyond y. Here every column and row is gone through. All numbers are whole, so the figures are the same bytes.
"""

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.core.compiled import compiled

# Borders of a set of nodes: first and last row, first column of the first row, last column of the last row, columns of
# the mesh; and whether it is the ring along those rows and columns, not what they enclose.
Ends = tuple[int, int, int, int, int, bool]
Box = tuple[int, int, int, int]  # first and last row, first and last column

_BOXES = 4  # sides of a ring
# Odd numbers below 2^32, one a number of a geometry, that spread bits: of xxHash and MurmurHash3
_MIXERS = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1, 0xCC9E2D51)
_MIXED_BITS = 17  # of the sum that are folded onto those below


@compiled
def ends_of(first: int, count: int, columns: int, rows: int) -> Ends:
    """Borders of nodes first .. first + count - 1, or of the perimeter where ``count`` is 0."""
    if count == 0 and rows > 2 and columns > 2:
        return 0, rows - 1, 0, columns - 1, columns, True
    last = (first + count if count > 0 else rows * columns) - 1
    return first // columns, last // columns, first % columns, last % columns, columns, False


@compiled
def nodes_of(ends: Ends) -> int:
    """Nodes of the set."""
    top, bottom, start, end, columns, ring = ends
    return 2 * (columns + bottom - top - 1) if ring else (bottom - top) * columns + end - start + 1


@compiled
def columns_up_to(ends: Ends, x: int) -> int:
    """Nodes in columns 0 .. x, x not the last column."""
    top, bottom, start, end, _, ring = ends
    if ring:
        return bottom - top + 1 + 2 * x
    if top == bottom:
        return max(min(x, end) - start + 1, 0)
    return (bottom - top - 1) * (x + 1) + max(x - start + 1, 0) + min(x, end) + 1


@compiled
def rows_up_to(ends: Ends, y: int) -> int:
    """Nodes in rows 0 .. y; of a ring, y is not the last row."""
    top, bottom, start, end, columns, ring = ends
    if ring:
        return columns + 2 * y
    if y >= bottom:
        return (bottom - top) * columns + end - start + 1
    return max((y - top + 1) * columns - start, 0)


@compiled
def most_in_row(ends: Ends, x: int, beyond: bool) -> int:
    """Most nodes of one row in columns 0 .. x, or beyond x."""
    top, bottom, start, end, columns, ring = ends
    if ring or bottom - top > 1:
        return columns - 1 - x if beyond else x + 1
    if top == bottom:
        return max(end - max(x, start - 1), 0) if beyond else max(min(x, end) - start + 1, 0)
    if beyond:
        return max(columns - 1 - max(x, start - 1), end - x)
    return max(x - start + 1, min(x, end) + 1)


@compiled
def most_in_column(ends: Ends, y: int, beyond: bool) -> int:
    """Most nodes of one column in rows 0 .. y, or beyond y."""
    top, bottom, start, end, _, ring = ends
    if ring:
        return bottom - y if beyond else y + 1
    first = int(top > y if beyond else top <= y)
    if top == bottom:
        return first
    last = int(bottom > y if beyond else bottom <= y)
    full = min(max(bottom - 1 - y if beyond else y - top, 0), bottom - top - 1)
    return full + (first + last if start <= end else max(first, last))


@compiled
def box_of(ends: Ends, i: int) -> Box:
    """Rectangle ``i`` of those that make up the set; an empty one has its last row before its first."""
    top, bottom, start, end, columns, ring = ends
    right = columns - 1
    if ring:
        if i < 2:  # the rows at both ends
            return (bottom, bottom, 0, right) if i else (0, 0, 0, right)
        return (0, bottom, right, right) if i > 2 else (0, bottom, 0, 0)
    if i == 0:
        return top, top, start, end if top == bottom else right
    if i == 1:
        return top + 1, bottom - 1, 0, right
    return (bottom, bottom if i == 2 and bottom > top else bottom - 1, 0, end)


@compiled
def hops_between(source: Ends, destination: Ends) -> tuple[int, int]:
    """Fewest and most links between two sets."""
    fewest, most = -1, 0
    for i in range(_BOXES):
        top, bottom, left, right = box_of(source, i)
        if top > bottom:
            continue
        for j in range(_BOXES):
            upper, lower, west, east = box_of(destination, j)
            if upper > lower:
                continue
            near = max(top - lower, upper - bottom, 0) + max(left - east, west - right, 0)
            fewest = near if fewest < 0 else min(fewest, near)
            most = max(most, max(bottom - upper, lower - top) + max(right - west, east - left))
    return fewest, most


@compiled
def busiest_link(source: Ends, destination: Ends, rows: int) -> tuple[int, int]:
    """Flits over the busiest link, and over all links, where each source sends each destination one."""
    busiest, total, columns = 0, 0, source[4]  # 4: columns of the mesh, see Ends
    n_sources, n_destinations = nodes_of(source), nodes_of(destination)
    for x in range(columns - 1):
        sources, destinations = columns_up_to(source, x), columns_up_to(destination, x)
        east, west = n_destinations - destinations, destinations
        busiest = max(busiest, most_in_row(source, x, False) * east, most_in_row(source, x, True) * west)
        total += sources * east + (n_sources - sources) * west
    for y in range(rows - 1):
        sources, destinations = rows_up_to(source, y), rows_up_to(destination, y)
        south, north = sources, n_sources - sources
        busiest = max(
            busiest, south * most_in_column(destination, y, True), north * most_in_column(destination, y, False)
        )
        total += south * (n_destinations - destinations) + north * destinations
    return busiest, total


@compiled
def unit_load(source: Ends, destination: Ends, rows: int, load: FloatArray) -> None:
    """Loads of one flit a pair, into ``load`` (9,): the fields of ``LoadSummary`` in their order."""
    busiest, total = busiest_link(source, destination, rows)
    n_sources, n_destinations = nodes_of(source), nodes_of(destination)
    fewest, most = hops_between(source, destination)
    figures = (busiest, n_destinations, n_sources, total, n_sources * n_destinations, fewest, most)
    for k, figure in enumerate((*figures, n_sources, n_destinations)):
        load[k] = figure


@compiled
def distinct_loads(
    geometries: IntArray, table: IntArray, keys: IntArray, loads: FloatArray, which: IntArray, n_known: int
) -> int:
    """Loads of one flit a pair, of each distinct geometry once.

    Parameters
    ----------
    geometries : (n, 6 or more)
        ``Geometry.columns_of_key`` first: columns, rows, first node and number of nodes of sources and destinations.
    table : (power of two,)
        Negative numbers, or those of ``keys`` known before; here distinct geometries find their places. While it is
        more than half full, those that are not in it are worked out each time.
    keys : (m, 6)
        The distinct geometries known before, and room for n more.
    loads : (m - n_known, 9)
        For the loads of those more, in the order of the fields of ``LoadSummary``.
    which : (n,)
        For the row of ``keys`` of each geometry.
    n_known : int
        Geometries known before.

    Returns
    -------
    int
        Rows of ``keys`` that are filled.
    """
    n_distinct, mask = n_known, len(table) - 1
    for i in range(len(geometries)):
        columns, rows = geometries[i, 0], geometries[i, 1]
        first, count, other_first, other_count = (
            geometries[i, 2], geometries[i, 3], geometries[i, 4], geometries[i, 5]  # places of the nodes
        )  # fmt: skip
        if count > 0 and other_count > 0:  # nothing leaves the rows that two runs span
            above = min(first, other_first)
            if above >= columns:
                above -= above % columns
                first, other_first = first - above, other_first - above
            rows = max(first + count - 1, other_first + other_count - 1) // columns + 1
        mixed = 0
        for number, mixer in zip((columns, rows, first, count, other_first, other_count), _MIXERS):  # noqa: B905
            mixed += number * mixer
        mixed ^= mixed >> _MIXED_BITS
        place = mixed & mask
        row = table[place]
        while row >= 0 and not (
            keys[row, 0] == columns and keys[row, 1] == rows
            and keys[row, 2] == first and keys[row, 3] == count  # places of the sources
            and keys[row, 4] == other_first and keys[row, 5] == other_count  # places of the destinations
        ):  # fmt: skip
            place = (place + 1) & mask
            row = table[place]
        if row < 0:
            row = n_distinct
            n_distinct += 1
            if 2 * n_distinct < len(table):
                table[place] = row
            for k, number in enumerate((columns, rows, first, count, other_first, other_count)):
                keys[row, k] = number
            source = ends_of(first, count, columns, rows)
            unit_load(source, ends_of(other_first, other_count, columns, rows), rows, loads[row - n_known])
        which[i] = row
    return n_distinct
