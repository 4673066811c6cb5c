"""Loads of routes over the package's mesh: every link, the busiest link, the longest way."""

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.engines.mesh.footprint import LoadSummary
from siam_dse.engines.mesh.geometry import Geometry, Nodes
from siam_dse.engines.mesh.loads import MeshLoads, all_to_all_loads, place_block
from siam_dse.engines.mesh.unit_loads import loads
from siam_dse.engines.nop.routes import Route


def route_loads(side: IntArray, route: Route) -> LoadSummary:
    """Busiest links and hops of routes on the mesh of chiplets, the host port's link not included.

    Parameters
    ----------
    side : (n,)
        Columns of the mesh.
    route : Route

    Returns
    -------
    LoadSummary, (n,) [bit]
    """
    source = Nodes(route.source_first, route.source_count)
    destination = Nodes(route.destination_first, route.destination_count)
    return loads(Geometry(side, side, source, destination), route.bits)


def busiest_bits(route: Route, load: LoadSummary, link_bits: FloatArray | None = None) -> FloatArray:
    """Bits over the busiest link, or ``link_bits`` if they keep it busier, or over the host port, (n,) [bit]."""
    link = load.max_link if link_bits is None else np.maximum(link_bits, load.max_link)
    return np.asarray(np.maximum(link, np.where(route.through_port, route.bits, 0)))


def longest_hops(route: Route, load: LoadSummary) -> FloatArray:
    """Links of the longest way, the host port's included, (n,)."""
    return np.asarray(load.hops_max + route.through_port)


def link_loads(side: int, route: Route) -> MeshLoads:
    """Bits over every link of one package by each of its routes, (n, side, side) [bit].

    Parameters
    ----------
    side : int
        Rows and columns of the mesh of chiplets.
    route : Route
        Of one key, n routes.
    """
    sides = np.full(len(route), side)
    source = place_block(route.source_first, route.source_count, sides, side)
    destination = place_block(route.destination_first, route.destination_count, sides, side)
    return all_to_all_loads(source, destination, route.bits / (route.source_count * route.destination_count))
