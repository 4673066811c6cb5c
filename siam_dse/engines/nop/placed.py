"""Loads of routes between chiplets that stand anywhere: exact, from maps of who stands where."""

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, unique_rows
from siam_dse.core.loops import takes_loop
from siam_dse.engines.mesh.footprint import LoadSummary
from siam_dse.engines.mesh.geometry import Nodes
from siam_dse.engines.mesh.loads import all_to_all_loads
from siam_dse.engines.nop.lines import ring_loads
from siam_dse.engines.nop.network import Network
from siam_dse.engines.nop.routes import Route, hops_between, pairs_of
from siam_dse.engines.nop.topologies import MESH, RING

_SAVED_S = 6e-5  # CPU time that loops save a route, measured
_FOUND = ("busiest", "hops", "fewest", "most")


def placed_summary(network: Network, route: Route, position: IntArray) -> LoadSummary:
    """Busiest links and hops of routes over packages whose chiplets stand at ``position``.

    Parameters
    ----------
    network : Network
        Of each route; none a hub.
    route : Route
    position : (U, C)
        Of the chiplets of the packages that ``route.rows`` says, as ``placement.positions`` gives them.

    Returns
    -------
    LoadSummary, (n,) [bit]
    """
    worked_out = _by_loops if takes_loop(len(route), _SAVED_S) else _by_arrays
    busiest, hops, fewest, most = worked_out(network, route, position)
    n_sources, n_destinations = (count.astype(np.float64) for count in (route.source_count, route.destination_count))
    per_pair = route.bits / (n_sources * n_destinations)
    return LoadSummary(
        max_link=per_pair * busiest,
        max_injection=per_pair * n_destinations,
        max_ejection=per_pair * n_sources,
        total_link=per_pair * hops,
        total=route.bits,
        hops_min=fewest,
        hops_max=most,
        n_sources=n_sources,
        n_destinations=n_destinations,
    )


def _by_loops(network: Network, route: Route, position: IntArray) -> FloatArray:
    """Flits over the busiest link, one a pair, and sum, fewest and most links of the pairs, by compiled loops, (4, n).

    Of a link along a column as many flits as a link along a row would carry in its time.
    """
    from siam_dse.engines.nop.placed_kernel import of_routes

    runs = np.stack([route.source_first, route.source_count, route.destination_first, route.destination_count])
    n_rows, out = np.where(network.topology == RING, 1, network.side), np.empty((len(_FOUND), len(route)))
    of_routes(route.rows, runs, network.size, n_rows, network.is_closed, network.ratio_xy, position, out)
    return out


def _by_arrays(network: Network, route: Route, position: IntArray) -> FloatArray:
    """:func:`_by_loops` from maps and from all pairs."""
    pairs = pairs_of(route)
    row = route.rows[pairs.route]
    here, there = position[row, pairs.source], position[row, pairs.destination]
    hops = hops_between(network.is_closed[pairs.route], network.size[pairs.route], here, there).astype(np.float64)
    begin = np.searchsorted(pairs.route, np.arange(len(route)))
    total = np.bincount(pairs.route, hops, minlength=len(route))
    fewest, most = np.minimum.reduceat(hops, begin), np.maximum.reduceat(hops, begin)
    return np.stack([_busiest(network, route, position), total, fewest, most])


def occupied(run: Nodes, row: IntArray, position: IntArray, rows: int, columns: int) -> FloatArray:
    """Maps of the chiplets of runs, (n, rows, columns): 1 where one stands; each run of the package at ``row``."""
    which = np.repeat(np.arange(len(run.first)), run.count)
    chiplet = np.arange(len(which)) - (np.cumsum(run.count) - run.count - run.first)[which]
    out = np.zeros((len(run.first), rows * columns))
    out[which, position[row[which], chiplet]] = 1
    return out.reshape(-1, rows, columns)


def link_loads(source: FloatArray, destination: FloatArray, per_pair: FloatArray, is_closed: bool) -> FloatArray:
    """Loads of every link, (n, 4, rows, columns): east, west, south, north, at the node that each leaves.

    Parameters
    ----------
    source, destination : (n, rows, columns)
        Maps of chiplets; on rings, which are one row, and tori ``is_closed``.
    per_pair : (n,)
    """
    if not is_closed:
        return all_to_all_loads(source, destination, per_pair).links()
    weighted = source * per_pair[:, None, None]
    across = ring_loads(weighted, destination.sum(axis=1, keepdims=True))
    down = ring_loads(*(np.swapaxes(v, 1, 2) for v in (weighted.sum(axis=2, keepdims=True), destination)))
    return np.stack([*across, *(np.swapaxes(v, 1, 2) for v in down)], axis=1)


def _busiest(network: Network, route: Route, position: IntArray) -> FloatArray:
    """Flits over the busiest link of each route, if each source sends one to each destination, (n,).

    Of a link along a column as many as a link along a row would carry in its time.
    """
    ends = Nodes(route.source_first, route.source_count), Nodes(route.destination_first, route.destination_count)
    size, out = network.size, np.empty(len(route))
    kinds, kind_of = unique_rows([network.topology, size])
    for k, first in enumerate(kinds):
        some, columns = np.flatnonzero(kind_of == k), int(size[first])
        rows = 1 if network.topology[first] == RING else columns
        source, destination = (occupied(end.take(some), route.rows[some], position, rows, columns) for end in ends)
        loads = link_loads(source, destination, np.ones(len(some)), bool(network.topology[first] != MESH))
        across, down = loads[:, :2].max(axis=(1, 2, 3)), loads[:, 2:].max(axis=(1, 2, 3))
        out[some] = np.maximum(across, down * network.ratio_xy[some])
    return out
