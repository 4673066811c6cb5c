"""Loads of routes over packages that are no mesh filled row by row: snake placement, torus, ring and hub.

A torus is a mesh whose rows and columns close to rings; a packet goes along its row, then along its column, each the
shorter way round, east or south of two equal ones. A ring runs through the chiplets in their order, on the package as a
snake so that neighbours lie side by side. At a hub every chiplet has one link to a switch in the interposer, and every
way is two links long.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, chunks, unique_rows
from siam_dse.core.loops import takes_loop
from siam_dse.engines.mesh.footprint import COLUMNS, FIRST, LAST, ROWS, LoadSummary, runs
from siam_dse.engines.mesh.geometry import Nodes
from siam_dse.engines.mesh.unit_loads import FIELDS, SCALED_LOADS
from siam_dse.engines.nop.lines import line_loads, ring_loads
from siam_dse.engines.nop.ring import ring_of_runs

MESH, TORUS, RING, HUB = range(4)  # as in the field nop_topology
ROW_MAJOR, SNAKE, OPTIMISED = range(3)  # as in the field nop_placement
_SAVED_S = 3e-5  # CPU time that a loop saves a geometry, measured
_N_FIGURES = len(FIELDS) + 1
_CHUNK_ELEMENTS = 2_000_000  # geometries x places along an axis, worked on at once


def summary(
    topology: IntArray, placement: IntArray, side: IntArray, chiplets: IntArray, ends: tuple[Nodes, Nodes],
    volume: FloatArray, ratio_xy: FloatArray | float = 1.0,
) -> LoadSummary:  # fmt: skip
    """Busiest links and hops of all-to-alls between two runs of chiplets.

    Parameters
    ----------
    topology, placement : (n,)
        Codes of this module.
    side, chiplets : (n,)
        Of the square that holds the chiplets with weights, and how many they are.
    ends : (Nodes, Nodes), (n,) each
        Source and destination.
    volume : (n,)
        Sent in all, spread evenly over the pairs.
    ratio_xy : (n,)
        Bandwidth of links along rows over that of links along columns, of meshes and tori.

    Returns
    -------
    LoadSummary, (n,) in the unit of ``volume``
        Over the busiest link, of links along rows, as many as would take it as long.
    """
    source, destination = ends
    size = np.where(topology == RING, chiplets, side)
    key = [topology, placement, size, source.first, source.count, destination.first, destination.count]
    once, gather = unique_rows(key)
    columns = [column[once] for column in key]
    worked_out = _looped if takes_loop(len(once), _SAVED_S) else _unit_loads
    *figures, down = worked_out(columns)[gather].T
    found = LoadSummary(*figures)
    per_pair = volume / found.total
    found = replace(found, max_link=np.maximum(found.max_link, down * ratio_xy))
    return replace(found, **{name: getattr(found, name) * per_pair for name in SCALED_LOADS})


def _looped(columns: list[IntArray]) -> FloatArray:
    """:func:`_unit_loads` by a compiled loop, but for rings, which have a closed form (``ring``)."""
    from siam_dse.engines.nop.kernel import unit_loads

    unit = np.empty((len(columns[0]), _N_FIGURES))
    ring, others = np.flatnonzero(columns[0] == RING), np.flatnonzero(columns[0] != RING)
    unit[ring] = _unit_loads([column[ring] for column in columns])
    found = np.empty((len(others), _N_FIGURES))
    unit_loads(np.stack([column[others] for column in columns], axis=1), found)
    unit[others] = found
    return unit


def _unit_loads(columns: list[IntArray]) -> FloatArray:
    """Loads of one flit a pair, (n, fields of LoadSummary and one), of geometries given as the columns of their key.

    Of meshes and tori ``max_link`` is that of the busiest link along a row, the last one that of a link along a column.
    """
    unit = np.zeros((len(columns[0]), _N_FIGURES))
    for topology, placement, some, source, destination in _alike(columns):
        unit[some] = _unit(topology, placement, columns[2][some], source, destination)
    return unit


def _alike(columns: list[IntArray]) -> Iterator[tuple[int, int, IntArray, Nodes, Nodes]]:
    """Geometries of one topology and placement, those of a grid of one size, too: their rows, and both runs."""
    on_grid = (columns[0] != RING) & (columns[0] != HUB)
    places = np.where(on_grid, columns[2], 1)  # along an axis, worked on one by one
    kinds, kind_of = unique_rows([*columns[:2], places])
    for k, first in enumerate(kinds):
        rows = np.flatnonzero(kind_of == k)
        topology, placement = (int(column[first]) for column in columns[:2])
        for part in chunks(len(rows), max(_CHUNK_ELEMENTS // int(places[first]), 1)):
            some = rows[part]
            source, destination = (Nodes(lead[some], count[some]) for lead, count in (columns[3:5], columns[5:7]))
            yield topology, placement, some, source, destination


def phys_of_network(topology: IntArray, chiplets: IntArray) -> tuple[IntArray, ...]:
    """PHYs of networks other than a mesh, the host port's included.

    Parameters
    ----------
    topology, chiplets : (n,)

    Returns
    -------
    on_chiplets, most, elsewhere, in_columns, most_in_columns : (n,) int64
        Of all chiplets, of the one that has most, and of a hub's switch, in the interposer; those towards another row
        of all chiplets, and of the one that has most: of tori alone.
    """
    side = np.ceil(np.sqrt(chiplets)).astype(np.int64)
    full, rest = chiplets // side, chiplets % side
    rows = [(side, full), (rest, np.ones_like(rest))]  # chiplets of a row, and how many such rows there are
    columns = [(full + 1, rest), (full, side - rest)]
    torus, down = (
        np.sum([_round(length) * number for length, number in lines], axis=0) for lines in ((*rows, *columns), columns)
    )
    in_column = _neighbours(full + (rest > 0))
    degree = _neighbours(np.minimum(chiplets, side)) + in_column
    of_kind = {
        TORUS: (2 * torus, degree), RING: (2 * _round(chiplets), _neighbours(chiplets)),
        HUB: (chiplets * (chiplets > 1), np.minimum(chiplets - 1, 1)),
    }  # fmt: skip
    total, most = (np.select([topology == t for t in of_kind], [pair[i] for pair in of_kind.values()]) for i in (0, 1))
    elsewhere = np.where(topology == HUB, chiplets * (chiplets > 1), 0)
    is_torus = topology == TORUS
    return total + 1, most + 1, elsewhere, np.where(is_torus, 2 * down, 0), np.where(is_torus, in_column, 0)


def _round(nodes: IntArray) -> IntArray:
    """Links of a ring: of two nodes one."""
    return np.where(nodes > 2, nodes, np.maximum(nodes - 1, 0))


def _neighbours(nodes: IntArray) -> IntArray:
    """Neighbours of a node of a ring."""
    return np.minimum(np.maximum(nodes - 1, 0), 2)


def mean_hops(topology: IntArray, near: FloatArray, chiplets: IntArray) -> FloatArray:
    """Mean links between two of the ``near`` chiplets next to one another, at least 1, (n, L).

    Parameters
    ----------
    topology, chiplets : (n, 1)
    near : (n, L)

    Notes
    -----
    Two nodes of a line of k are (k^2 - 1) / 3k apart on average, of a ring k / 4: about 2/3 and 1/2 of the side of a
    square with rows and columns. A ring's near chiplets are a line of their own unless they are all.
    """
    square = 2 / 3 * np.sqrt(near)  # k = sqrt(near) in each of the two directions, a third of it each
    if np.all(topology == MESH):
        return np.asarray(np.maximum(square, 1))
    hops = np.select(
        [topology == TORUS, topology == RING, topology == HUB],
        # a torus two rings of sqrt(chiplets), a ring one of them all, to and from a hub
        [np.minimum(square, np.sqrt(chiplets) / 2), np.minimum(near / 3, chiplets / 4), np.full(near.shape, 2.0)],
        square,
    )
    return np.asarray(np.maximum(hops, 1))


def _unit(topology: int, placement: int, size: IntArray, source: Nodes, destination: Nodes) -> FloatArray:
    """:func:`_unit_loads` on networks of one kind; grids are of one size, too."""
    n_sources, n_destinations = source.count.astype(np.float64), destination.count.astype(np.float64)
    down = np.zeros(len(size))
    if topology == HUB:
        busiest, crossings, near, far = _hub(source, destination)
    elif topology == RING:
        busiest, crossings = ring_of_runs(source, destination, size)
        near, far = _closed_range(*_steps(source, destination), size)
    else:
        side, is_closed = int(size[0]), topology == TORUS
        here, there = _boxes(placement, size, source, destination)
        (busiest, crossings), (down, further) = _ways(here, there, side, is_closed)
        crossings = crossings + further
        near, far = _distances(here, there, side, is_closed)
    figures = {
        "max_link": busiest, "max_injection": n_destinations, "max_ejection": n_sources, "total_link": crossings,
        "total": n_sources * n_destinations, "hops_min": near, "hops_max": far, "n_sources": n_sources,
        "n_destinations": n_destinations,
    }  # fmt: skip
    return np.stack([*(figures[name] for name in FIELDS), down], axis=1)


Loads = tuple[FloatArray, FloatArray, FloatArray, FloatArray]  # busiest link, sum over links, fewest and most hops


def _boxes(placement: int, size: IntArray, source: Nodes, destination: Nodes) -> tuple[FloatArray, FloatArray]:
    """Rectangles of two runs on grids of one size."""
    here, there = (runs(end.first, end.count, size).boxes for end in (source, destination))
    if placement == SNAKE:
        here, there = _turned(here, int(size[0])), _turned(there, int(size[0]))
    return here, there


def _turned(boxes: FloatArray, side: int) -> FloatArray:
    """Rectangles of runs with every other row from its far end; those of several rows are as wide as the square."""
    out = boxes.copy()
    is_turned = boxes[:, ROWS, FIRST] % 2 == 1
    for end, other in ((FIRST, LAST), (LAST, FIRST)):
        out[:, COLUMNS, end] = np.where(is_turned, side - 1 - boxes[:, COLUMNS, other], boxes[:, COLUMNS, end])
    return out


def _steps(source: Nodes, destination: Nodes) -> tuple[FloatArray, FloatArray]:
    """Least and most steps onward between the nodes of two runs, (n,) each."""
    start = (destination.first - source.first).astype(np.float64)
    return start - (source.count - 1), start + (destination.count - 1)


def _ways(
    source: FloatArray, destination: FloatArray, side: int, is_closed: bool
) -> tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
    """Busiest link and sum over links along rows, and along columns, of square meshes and tori, (n,) each.

    Rows that hold the same places of a run are loaded alike, and so are columns: there are three kinds of rows, and
    four of columns, in its first and in its last row or not.
    """
    loads = ring_loads if is_closed else line_loads
    across = loads(_inside(source[:, COLUMNS], side) * _present(source), _counts(destination, COLUMNS, side))
    along_rows = _of_kinds(across, _lengths(source)[ROWS].T * _present(source)[..., 0])
    top, middle, bottom = np.moveaxis(_inside(destination[:, ROWS], side) * _present(destination), 1, 0)
    kinds = np.stack([middle, top + middle, middle + bottom, top + middle + bottom], axis=1)
    down = loads(_counts(source, ROWS, side), kinds)
    return along_rows, _of_kinds(down, _kinds_of_columns(destination, side))


def _lengths(boxes: FloatArray) -> FloatArray:
    """Rows and columns of rectangles, (2, 3, n); negative or 0 where one is empty."""
    return np.moveaxis(boxes[:, :, LAST] - boxes[:, :, FIRST] + 1, 1, 0)


def _present(boxes: FloatArray) -> FloatArray:
    """1 where a rectangle has nodes, (n, 3, 1)."""
    return np.asarray(np.all(_lengths(boxes) > 0, axis=0), dtype=np.float64).T[..., None]


def _inside(ends: FloatArray, size: int) -> FloatArray:
    """1 at the places along an axis that rectangles cover, (n, 3, size), from their ends (3, 2, n)."""
    place = np.arange(size)
    first, last = (ends[:, end].T[..., None] for end in (FIRST, LAST))
    return ((place >= first) & (place <= last)).astype(np.float64)


def _counts(boxes: FloatArray, axis: int, size: int) -> FloatArray:
    """Nodes at every place along an axis, (n, 1, size)."""
    across = _lengths(boxes)[1 - axis].T[..., None]
    return np.asarray((_inside(boxes[:, axis], size) * across * _present(boxes)).sum(axis=1, keepdims=True))


def _kinds_of_columns(boxes: FloatArray, columns: int) -> FloatArray:
    """Columns in neither the first nor the last row of runs, in the first alone, in the last alone, in both, (n, 4)."""
    is_there = _present(boxes)[..., 0].T
    (first, last), _, (other_first, other_last) = boxes[:, COLUMNS]
    one, other = (last - first + 1) * is_there[0], (other_last - other_first + 1) * is_there[2]
    both = np.maximum(np.minimum(last, other_last) - np.maximum(first, other_first) + 1, 0) * is_there[0] * is_there[2]
    return np.stack([columns - one - other + both, one - both, other - both, both], axis=1)


def _of_kinds(loads: tuple[FloatArray, FloatArray], number: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Largest load of lines that exist, and the sum over all, (n,), from those of each kind (n, kinds, k)."""
    exists = number > 0
    largest = np.max([values.max(axis=2) for values in loads], axis=0)
    total = sum(values.sum(axis=2) for values in loads)
    return np.where(exists, largest, 0).max(axis=1), np.where(exists, total * number, 0).sum(axis=1)


def _distances(
    source: FloatArray, destination: FloatArray, side: int, is_closed: bool
) -> tuple[FloatArray, FloatArray]:
    """Fewest and most links between two sets of rectangles, (n,) each."""
    near, far = np.zeros(()), np.zeros(())  # grow to (3, 3, n)
    for axis in (ROWS, COLUMNS):
        (first, last), (other_first, other_last) = (
            [boxes[:, axis, end] for end in (FIRST, LAST)] for boxes in (source, destination)
        )
        least, most = other_first[None] - last[:, None], other_last[None] - first[:, None]  # of all steps between
        nearest, furthest = (_closed_range if is_closed else _open_range)(least, most, side)
        near, far = near + nearest, far + furthest
    exist = [_present(boxes)[..., 0].T > 0 for boxes in (source, destination)]
    both = exist[0][:, None] & exist[1][None]
    return np.where(both, near, np.inf).min(axis=(0, 1)), np.where(both, far, 0).max(axis=(0, 1))


def _open_range(least: FloatArray, most: FloatArray, _: int) -> tuple[FloatArray, FloatArray]:
    """Fewest and most links of steps ``least`` .. ``most`` along a line."""
    return np.maximum(np.maximum(least, -most), 0), np.maximum(most, -least)


def _closed_range(least: FloatArray, most: FloatArray, size: IntArray | int) -> tuple[FloatArray, FloatArray]:
    """Fewest and most links of steps ``least`` .. ``most`` round a ring."""
    ends = [np.minimum(step % size, -step % size) for step in (least, most)]
    comes_home = np.floor(most / size) >= np.ceil(least / size)
    half = size // 2
    goes_across = np.floor((most - half) / size) >= np.ceil((least - half) / size)
    return np.where(comes_home, 0, np.minimum(*ends)), np.where(goes_across, half, np.maximum(*ends))


def _hub(source: Nodes, destination: Nodes) -> Loads:
    """Of hubs: a chiplet's own link carries what it sends to the others, or takes from them."""
    first = np.maximum(source.first, destination.first)
    last = np.minimum(source.first + source.count, destination.first + destination.count)
    both = np.maximum(last - first, 0)  # chiplets that are source and destination
    up = destination.count - (both == source.count)
    down = source.count - (both == destination.count)
    pairs = source.count * destination.count
    hops = 2.0 * (pairs > both)
    near = np.where(both > 0, 0.0, hops)
    return np.maximum(up, down).astype(np.float64), 2.0 * (pairs - both), near, hops
