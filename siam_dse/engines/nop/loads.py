"""Loads of routes over the package's network: every link, the busiest link, the longest way."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.design.designs import Designs
from siam_dse.engines.mesh.footprint import LoadSummary
from siam_dse.engines.mesh.geometry import Geometry, Nodes
from siam_dse.engines.mesh.unit_loads import loads
from siam_dse.engines.nop.routes import Route
from siam_dse.engines.nop.topologies import MESH, ROW_MAJOR, summary
from siam_dse.mapping.mapping import ChipMapping

# Fields of a design that say how its chiplets are connected.
NETWORK_FIELDS = ("nop_topology", "nop_placement")


@dataclass(frozen=True)
class Network:
    """How the chiplets with weights are connected; arrays are (n,)."""

    topology: IntArray  # codes of ``topologies``
    placement: IntArray
    side: IntArray  # of the square that holds them
    chiplets: IntArray

    def take(self, rows: IntArray | slice) -> "Network":
        """Some of them."""
        return Network(self.topology[rows], self.placement[rows], self.side[rows], self.chiplets[rows])


def network_of(designs: Designs, mapping: ChipMapping) -> Network:
    """Network of designs with ``NETWORK_FIELDS`` and their mapping, (n,)."""
    chiplets = (mapping.first_chiplet + mapping.spanned_chiplets).max(axis=1)  # of all rounds of streamed weights
    return Network(designs.nop_topology, designs.nop_placement, mapping.mesh_side, chiplets)


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
    """
    source = Nodes(route.source_first, route.source_count)
    destination = Nodes(route.destination_first, route.destination_count)
    is_mesh = (network.topology == MESH) & (network.placement == ROW_MAJOR)
    if is_mesh.all():
        return loads(Geometry(network.side, network.side, source, destination), route.bits)
    out = LoadSummary(*np.empty((len(LoadSummary.__dataclass_fields__), len(route))))
    for rows in filter(len, (np.flatnonzero(is_mesh), np.flatnonzero(~is_mesh))):
        own, ends, bits = network.take(rows), (source.take(rows), destination.take(rows)), route.bits[rows]
        if is_mesh[rows[0]]:
            figures = loads(Geometry(own.side, own.side, *ends), bits)
        else:
            figures = summary(own.topology, own.placement, own.side, own.chiplets, ends, bits)
        for name in LoadSummary.__dataclass_fields__:
            getattr(out, name)[rows] = getattr(figures, name)
    return out


def busiest_bits(route: Route, load: LoadSummary, link_bits: FloatArray | None = None) -> FloatArray:
    """Bits over the busiest link, or ``link_bits`` if they keep it busier, or over the host port, (n,) [bit]."""
    link = load.max_link if link_bits is None else np.maximum(link_bits, load.max_link)
    return np.asarray(np.maximum(link, np.where(route.through_port, route.bits, 0)))


def longest_hops(route: Route, load: LoadSummary) -> FloatArray:
    """Links of the longest way, the host port's included, (n,)."""
    return np.asarray(load.hops_max + route.through_port)
