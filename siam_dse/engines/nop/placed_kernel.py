"""Loads of routes between chiplets that stand anywhere as plain loops: ``placed`` route by route.

All numbers are whole, so the figures are the same bytes.
"""

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.core.compiled import compiled
from siam_dse.engines.nop.kernel import of_line
from siam_dse.engines.nop.swap_kernel import columns_rows, ways


@compiled
def busiest_of_lines(is_here: BoolArray, across: IntArray, is_closed: bool, is_turned: bool) -> int:
    """Busiest link of the rows of a square where something stands, (rows, columns).

    Each row's own exchange with ``across``, (columns,): they send to those, or, turned, are sent to.
    """
    busiest, own = 0, np.empty(is_here.shape[1], dtype=np.int64)
    for row in range(len(is_here)):
        own[:] = is_here[row]
        if own.any():
            most, _ = of_line(across, own, is_closed) if is_turned else of_line(own, across, is_closed)
            busiest = max(busiest, most)
    return busiest


@compiled
def hops_of_pairs(source: IntArray, destination: IntArray, way: FloatArray) -> tuple[float, float, float]:
    """Sum, fewest and most of the links between each of two runs' positions."""
    size, total, fewest, most = (len(way) + 1) // 2, 0.0, np.inf, 0.0
    from_column, from_row = columns_rows(source, size)
    to_column, to_row = columns_rows(destination, size)
    for i in range(len(source)):
        for j in range(len(destination)):
            apart = way[size - 1 + to_column[j] - from_column[i]] + way[size - 1 + to_row[j] - from_row[i]]
            total, fewest, most = total + apart, min(fewest, apart), max(most, apart)
    return total, fewest, most


@compiled
def of_routes(
    package: IntArray, runs: IntArray, size: IntArray, n_rows: IntArray, is_closed: BoolArray, ratio_xy: FloatArray,
    position: IntArray, loads: FloatArray,
) -> None:  # fmt: skip
    """Busiest link if each source sends one flit to each destination, and sum, fewest and most of the pairs' links.

    Parameters
    ----------
    package, runs : (n,) and (4, n)
        Row of ``position``, first chiplet and number of chiplets of the sources and of the destinations of each route.
    size, n_rows, is_closed, ratio_xy : (n,)
        Columns and rows of places, and what ``Network`` says.
    position : (U, C)
    loads : (4, n)
        Filled; of a link along a column as many as a link along a row would carry in its time.
    """
    for i in range(len(package)):
        source = position[package[i], runs[0, i] : runs[0, i] + runs[1, i]]
        destination = position[package[i], runs[2, i] : runs[2, i] + runs[3, i]]
        loads[1, i], loads[2, i], loads[3, i] = hops_of_pairs(source, destination, ways(size[i], is_closed[i]))
        is_source = np.zeros((n_rows[i], size[i]), dtype=np.bool_)  # where in its row
        is_destination = np.zeros((size[i], n_rows[i]), dtype=np.bool_)  # where in its column
        of_column, of_row = np.zeros(size[i], dtype=np.int64), np.zeros(n_rows[i], dtype=np.int64)
        for place in source:
            is_source[place // size[i], place % size[i]] = True
            of_row[place // size[i]] += 1
        for place in destination:
            is_destination[place % size[i], place // size[i]] = True
            of_column[place % size[i]] += 1
        across = busiest_of_lines(is_source, of_column, is_closed[i], False)
        down = busiest_of_lines(is_destination, of_row, is_closed[i], True)
        loads[0, i] = max(float(across), down * ratio_xy[i])
