"""Loads of routes over the package's network: the busiest link, the longest way."""

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.engines.mesh.footprint import LoadSummary
from siam_dse.engines.mesh.geometry import Geometry, Nodes
from siam_dse.engines.mesh.unit_loads import loads
from siam_dse.engines.nop.network import Network
from siam_dse.engines.nop.routes import Route
from siam_dse.engines.nop.topologies import MESH, ROW_MAJOR, SNAKE, summary


def route_loads(network: Network, route: Route) -> LoadSummary:
    """Busiest links and hops of routes over the package, the host port's link not included.

    Parameters
    ----------
    network : Network
        Of each route.
    route : Route

    Returns
    -------
    LoadSummary, (n,) [bit]
        Over the busiest link, of links along rows, as many as would take it as long.
    """
    source = Nodes(route.source_first, route.source_count)
    destination = Nodes(route.destination_first, route.destination_count)
    placement, is_even_mesh = _in_order(network), is_even(network)
    if is_even_mesh.all():
        return loads(Geometry(network.side, network.side, source, destination), route.bits)
    out = LoadSummary(*np.empty((len(LoadSummary.__dataclass_fields__), len(route))))
    for rows in filter(len, (np.flatnonzero(is_even_mesh), np.flatnonzero(~is_even_mesh))):
        own, ends, bits = network.take(rows), (source.take(rows), destination.take(rows)), route.bits[rows]
        if is_even_mesh[rows[0]]:
            figures = loads(Geometry(own.side, own.side, *ends), bits)
        else:
            figures = summary(own.topology, placement[rows], own.side, own.chiplets, ends, bits, own.ratio_xy)
        for name in LoadSummary.__dataclass_fields__:
            getattr(out, name)[rows] = getattr(figures, name)
    return out


def is_even(network: Network) -> BoolArray:
    """Meshes row by row whose links along columns are as those along rows, (n,)."""
    return np.asarray((network.topology == MESH) & (_in_order(network) == ROW_MAJOR) & (network.ratio_xy == 1))


def _in_order(network: Network) -> IntArray:
    """Placements, of chiplets that no swap moved: row by row or as a snake, (n,)."""
    return np.where(network.placement == SNAKE, SNAKE, ROW_MAJOR)


def busiest_bits(route: Route, load: LoadSummary, link_bits: FloatArray | None = None) -> FloatArray:
    """Bits over the busiest link, or ``link_bits`` if they keep it busier, or over the host port, (n,) [bit]."""
    link = load.max_link if link_bits is None else np.maximum(link_bits, load.max_link)
    return np.asarray(np.maximum(link, np.where(route.through_port, route.bits, 0)))


def longest_hops(route: Route, load: LoadSummary) -> FloatArray:
    """Links of the longest way, the host port's included, (n,)."""
    return np.asarray(load.hops_max + route.through_port)
