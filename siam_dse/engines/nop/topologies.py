"""Loads of routes over packages that are no mesh filled row by row: snake placement, torus, ring and hub.

A torus is a mesh whose rows and columns close to rings; a packet goes along its row, then along its column, each the
shorter way round, east or south of two equal ones. A ring runs through the chiplets in their order, on the package as a
snake so that neighbours lie side by side. At a hub every chiplet has one link to a switch in the interposer, and every
way is two links long.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, chunks, unique_rows
from siam_dse.engines.mesh.footprint import LoadSummary
from siam_dse.engines.mesh.geometry import Nodes
from siam_dse.engines.mesh.loads import all_to_all_loads, place_block
from siam_dse.engines.mesh.unit_loads import FIELDS, SCALED_LOADS

MESH, TORUS, RING, HUB = range(4)  # as in the field nop_topology
ROW_MAJOR, SNAKE = range(2)  # as in the field nop_placement
HALF = 0.5  # of a chiplet
_CHUNK_ELEMENTS = 2_000_000  # geometries x nodes x nodes along an axis, worked on at once


def summary(
    topology: IntArray, placement: IntArray, side: IntArray, chiplets: IntArray, ends: tuple[Nodes, Nodes],
    volume: FloatArray,
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

    Returns
    -------
    LoadSummary, (n,) in the unit of ``volume``
    """
    source, destination = ends
    size = np.where(topology == RING, chiplets, side)
    key = [topology, placement, size, source.first, source.count, destination.first, destination.count]
    once, gather = unique_rows(key)
    columns = [column[once] for column in key]
    unit = np.zeros((len(once), len(FIELDS)))
    kinds, kind_of = unique_rows(columns[:3])
    for k, first in enumerate(kinds):
        rows = np.flatnonzero(kind_of == k)
        of_kind, order, nodes = (int(column[first]) for column in columns[:3])
        for part in chunks(len(rows), max(_CHUNK_ELEMENTS // _cells(of_kind, nodes), 1)):
            some = rows[part]
            runs = [Nodes(columns[i][some], columns[i + 1][some]) for i in (3, 5)]
            unit[some] = _unit(of_kind, order, nodes, *runs)
    found = LoadSummary(*unit[gather].T)
    per_pair = volume / found.total
    return replace(found, **{name: getattr(found, name) * per_pair for name in SCALED_LOADS})


class Link(NamedTuple):
    """Two ways between neighbours, at their columns and rows on the package; a hub is in the middle."""

    start: tuple[float, float]
    end: tuple[float, float]
    onward: float
    back: float


def links(
    topology: int, placement: int, side: int, chiplets: int, ends: tuple[Nodes, Nodes], volume: FloatArray
) -> list[Link]:
    """What all-to-alls put on each link of one package.

    Parameters
    ----------
    topology, placement, side, chiplets : of the package, as for :func:`summary`
    ends : (Nodes, Nodes), (n,) each
    volume : (n,)
        Sent in all by each.

    Returns
    -------
    list of Link
        In the unit of ``volume``; a link that closes a row or column ends half a chiplet beyond the edge.
    """
    per_pair = volume / (ends[0].count * ends[1].count)
    if topology == HUB:
        return _hub_links(side, chiplets, ends, per_pair)
    if topology == RING:
        source, destination = (_on_ring(end, chiplets) for end in ends)
        onward, back = (values[:, 0].T @ per_pair for values in ring_loads(source, destination))
        places = [_place(i, side, SNAKE) for i in range(chiplets)]
        return [
            Link(places[i], places[(i + 1) % chiplets], float(onward[i]), float(back[(i + 1) % chiplets]))
            for i in range(chiplets if chiplets > 1 else 0)
        ]
    source, destination = (_placed(end, side, placement) for end in ends)
    if topology == MESH:
        loads = all_to_all_loads(source, destination, per_pair).links().sum(axis=0)
    else:
        weighted = source * per_pair[:, None, None]
        across = ring_loads(weighted, destination.sum(axis=1, keepdims=True))
        down = ring_loads(*(np.swapaxes(v, 1, 2) for v in (weighted.sum(axis=2, keepdims=True), destination)))
        loads = np.stack([v.sum(axis=0) for v in (*across, *(np.swapaxes(v, 1, 2) for v in down))])
    east, west, south, north = loads
    out = []
    for y, x in np.ndindex(side, side):
        beside, below = (x + 1) % side, (y + 1) % side
        if x + 1 < side or topology == TORUS:
            out.append(Link((x, y), (min(x + 1, side - HALF), y), float(east[y, x]), float(west[y, beside])))
        if y + 1 < side or topology == TORUS:
            out.append(Link((x, y), (x, min(y + 1, side - HALF)), float(south[y, x]), float(north[below, x])))
    return out


def _hub_links(side: int, chiplets: int, ends: tuple[Nodes, Nodes], per_pair: FloatArray) -> list[Link]:
    """Links of chiplets to the switch and back."""
    middle = ((side - 1) * HALF, (side - 1) * HALF)
    source, destination = (_on_ring(end, chiplets)[:, 0] for end in ends)
    sent = ((destination.sum(axis=1, keepdims=True) - destination) * source).T @ per_pair
    taken = ((source.sum(axis=1, keepdims=True) - source) * destination).T @ per_pair
    return [Link(_place(i, side, ROW_MAJOR), middle, float(sent[i]), float(taken[i])) for i in range(chiplets)]


def _place(chiplet: int, side: int, placement: int) -> tuple[float, float]:
    """Column and row of a chiplet on the square."""
    y, x = divmod(chiplet, side)
    return (float(side - 1 - x if placement == SNAKE and y % 2 else x), float(y))


def phys_of_network(topology: IntArray, chiplets: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """PHYs of networks other than a mesh, the host port's included.

    Parameters
    ----------
    topology, chiplets : (n,)

    Returns
    -------
    on_chiplets, most, elsewhere : (n,) int64
        Of all chiplets, of the one that has most, and of a hub's switch, in the interposer.
    """
    side = np.ceil(np.sqrt(chiplets)).astype(np.int64)
    full, rest = chiplets // side, chiplets % side
    rows = [(side, full), (rest, np.ones_like(rest))]  # chiplets of a row, and how many such rows there are
    columns = [(full + 1, rest), (full, side - rest)]
    torus = np.sum([_round(width) * number for width, number in (*rows, *columns)], axis=0)
    degree = _neighbours(np.minimum(chiplets, side)) + _neighbours(full + (rest > 0))
    of_kind = {
        TORUS: (2 * torus, degree), RING: (2 * _round(chiplets), _neighbours(chiplets)),
        HUB: (chiplets * (chiplets > 1), np.minimum(chiplets - 1, 1)),
    }  # fmt: skip
    total, most = (np.select([topology == t for t in of_kind], [pair[i] for pair in of_kind.values()]) for i in (0, 1))
    return total + 1, most + 1, np.where(topology == HUB, chiplets * (chiplets > 1), 0)


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
    square = 2 / 3 * np.sqrt(near)
    hops = np.select(
        [topology == TORUS, topology == RING, topology == HUB],
        [np.minimum(square, np.sqrt(chiplets) / 2), np.minimum(near / 3, chiplets / 4), np.full(near.shape, 2.0)],
        square,
    )
    return np.asarray(np.maximum(hops, 1))


def _cells(topology: int, size: int) -> int:
    """Numbers that a geometry needs at once."""
    return {RING: size, HUB: 1}.get(topology, size**3)


def _unit(topology: int, placement: int, size: int, source: Nodes, destination: Nodes) -> FloatArray:
    """Loads of one flit a pair, (n, fields of LoadSummary), on networks of one kind and size."""
    n_sources, n_destinations = source.count.astype(np.float64), destination.count.astype(np.float64)
    if topology == HUB:
        busiest, crossings, near, far = _hub(source, destination)
    elif topology == RING:
        busiest, crossings, near, far = _closed(*(_on_ring(end, size) for end in (source, destination)))
    else:
        maps = [_placed(end, size, placement) for end in (source, destination)]
        busiest, crossings, near, far = _closed(*maps) if topology == TORUS else _open(*maps)
    figures = {
        "max_link": busiest, "max_injection": n_destinations, "max_ejection": n_sources, "total_link": crossings,
        "total": n_sources * n_destinations, "hops_min": near, "hops_max": far, "n_sources": n_sources,
        "n_destinations": n_destinations,
    }  # fmt: skip
    return np.stack([figures[name] for name in FIELDS], axis=1)


def _placed(run: Nodes, side: int, placement: int) -> FloatArray:
    """Occupancy of chiplets on a square, (n, side, side)."""
    out = place_block(run.first, run.count, np.full(len(run.first), side), side)
    if placement == SNAKE:
        out[:, 1::2] = out[:, 1::2, ::-1]
    return out


def _on_ring(run: Nodes, size: int) -> FloatArray:
    """Occupancy of chiplets on a ring: one row, (n, 1, size)."""
    place = np.arange(size)
    inside = (place >= run.first[:, None]) & (place < (run.first + run.count)[:, None])
    return inside[:, None, :].astype(np.float64)


Loads = tuple[FloatArray, FloatArray, FloatArray, FloatArray]  # busiest link, sum over links, fewest and most hops


def _open(source: FloatArray, destination: FloatArray) -> Loads:
    """Of meshes."""
    loads = all_to_all_loads(source, destination, np.ones(len(source)))
    return loads.max_link(), loads.total_link(), *_distances(source, destination, closed=False)


def _closed(source: FloatArray, destination: FloatArray) -> Loads:
    """Of tori, rows first; a ring is a torus of one row."""
    along_row = ring_loads(source, destination.sum(axis=1, keepdims=True))
    down = [np.swapaxes(values, 1, 2) for values in (source.sum(axis=2, keepdims=True), destination)]
    along_column = ring_loads(*down)
    links = [values.reshape(len(source), -1) for values in (*along_row, *along_column)]
    busiest = np.max([values.max(axis=1) for values in links], axis=0)
    return busiest, np.sum([values.sum(axis=1) for values in links], axis=0), *_distances(source, destination, True)


def ring_loads(source: FloatArray, destination: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Flits over every link of rings, one way and the other, if each source sends one to each destination.

    Parameters
    ----------
    source, destination : (..., k)
        Weights of the nodes; other axes broadcast.

    Returns
    -------
    onward, back : (..., k)
        At the node that a link leaves, to the next one and to the one before.

    Notes
    -----
    Pairs t apart put a flit on each of the t links between them: a sum over a window of t. Of two ways of k / 2 the one
    onward is taken.
    """
    k = source.shape[-1]
    shape = np.broadcast_shapes(source.shape, destination.shape)
    onward, back = np.zeros(shape), np.zeros(shape)
    for apart in range(1, k // 2 + 1):
        onward += _window(source * np.roll(destination, -apart, axis=-1), apart)
        if 2 * apart < k:
            pairs = source * np.roll(destination, apart, axis=-1)
            back += _window(pairs[..., ::-1], apart)[..., ::-1]
    return onward, back


def _window(pairs: FloatArray, length: int) -> FloatArray:
    """At every place the sum of the last ``length`` places up to it, round the ring."""
    begun = np.concatenate([pairs[..., -length:], pairs], axis=-1).cumsum(axis=-1)
    return np.asarray(begun[..., length:] - begun[..., :-length])


def _distances(source: FloatArray, destination: FloatArray, closed: bool) -> tuple[FloatArray, FloatArray]:
    """Fewest and most links between two sets of nodes, (n,) each."""
    n, rows, columns = source.shape
    down = _apart(rows, closed)[None]
    near, far = np.full((n, rows, rows), np.inf), np.full((n, rows, rows), -np.inf)
    across = _apart(columns, closed)
    for hops in range(int(across.max()) + 1):
        met = np.einsum("nyx,xw,nzw->nyz", source, (across == hops).astype(np.float64), destination) > 0
        np.minimum(near, hops, out=near, where=met)
        np.maximum(far, hops, out=far, where=met)
    return (near + down).min(axis=(1, 2)), (far + down).max(axis=(1, 2))


def _apart(k: int, closed: bool) -> FloatArray:
    """Links between the places of a line, or of a ring, (k, k)."""
    place = np.arange(k)
    apart = np.abs(place[:, None] - place)
    return np.asarray(np.minimum(apart, k - apart) if closed else apart, dtype=np.float64)


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
