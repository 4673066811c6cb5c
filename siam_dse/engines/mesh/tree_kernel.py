"""Links of multicast trees as plain loops: what ``trees`` counts by prefix sums, to the same bytes."""

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.core.compiled import compiled
from siam_dse.engines.mesh.kernel import Ends, columns_up_to, ends_of, most_in_row, nodes_of, rows_up_to

_SIZE, _STRIDE = 6, 7  # behind the numbers of a geometry


@compiled
def group_of(place: int, size: int, stride: int) -> int:
    """Group of the node at a place of the destinations, as ``trees.Groups`` has it."""
    if stride > 0:
        return place // (size * stride) * stride + place % stride
    return place // size


@compiled
def along_rows(source: Ends, nearest: IntArray, farthest: IntArray, n_groups: int) -> tuple[int, int]:
    """Flits over the busiest link along rows, and over all of them, from the columns where groups begin and end."""
    busiest, total, columns = 0, 0, source[4]  # 4: columns of the mesh, see Ends
    ends, starts, n_sources = 0, 0, nodes_of(source)
    for x in range(columns - 1):
        ends, starts = ends + farthest[x], starts + nearest[x]
        east, west, sources = n_groups - ends, starts, columns_up_to(source, x)
        busiest = max(busiest, most_in_row(source, x, False) * east, most_in_row(source, x, True) * west)
        total += sources * east + (n_sources - sources) * west
    return busiest, total


@compiled
def along_columns(source: Ends, nearest: IntArray, farthest: IntArray) -> tuple[int, int]:
    """The same along columns, from the numbers (rows, columns) of groups that begin and end there."""
    busiest, total, n_sources = 0, 0, nodes_of(source)
    rows, columns = nearest.shape
    for x in range(columns):
        south, north = 0, 0
        for y in range(rows):
            south += farthest[y, x]
        for y in range(rows - 1):
            south, north = south - farthest[y, x], north + nearest[y, x]
            sources = rows_up_to(source, y)
            busiest = max(busiest, sources * south, (n_sources - sources) * north)
            total += sources * south + (n_sources - sources) * north
    return busiest, total


@compiled
def tree_links(numbers: IntArray, out: FloatArray) -> None:
    """Flits over the busiest link and over all links, into ``out`` (2, n), of one flit from each source to each group.

    ``numbers``: (n, 8), ``Geometry.columns_of_key``, size and stride of the groups.
    """
    for i in range(len(numbers)):
        columns, rows, first, count = numbers[i, 0], numbers[i, 1], numbers[i, 4], numbers[i, 5]  # of destinations
        size, stride = numbers[i, _SIZE], numbers[i, _STRIDE]
        n_groups = 0
        for place in range(count):
            n_groups = max(n_groups, group_of(place, size, stride) + 1)
        left, right = np.full(n_groups, columns), np.full(n_groups, -1)
        top, bottom = np.full((n_groups, columns), rows), np.full((n_groups, columns), -1)
        for place in range(count):
            node, group = first + place, group_of(place, size, stride)
            x, y = node % columns, node // columns
            left[group], right[group] = min(left[group], x), max(right[group], x)
            top[group, x], bottom[group, x] = min(top[group, x], y), max(bottom[group, x], y)
        nearest, farthest = np.zeros(columns, np.int64), np.zeros(columns, np.int64)
        nearest_in, farthest_in = np.zeros((rows, columns), np.int64), np.zeros((rows, columns), np.int64)
        for group in range(n_groups):
            nearest[left[group]] += 1
            farthest[right[group]] += 1
            for x in range(left[group], right[group] + 1):
                if bottom[group, x] >= 0:
                    nearest_in[top[group, x], x] += 1
                    farthest_in[bottom[group, x], x] += 1
        source = ends_of(numbers[i, 2], numbers[i, 3], columns, rows)
        busiest, total = along_rows(source, nearest, farthest, n_groups)
        busiest_in, total_in = along_columns(source, nearest_in, farthest_in)
        out[0, i], out[1, i] = max(busiest, busiest_in), total + total_in
