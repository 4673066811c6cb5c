"""Time of routes over the package by replay: the fluid level."""

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, unique_rows
from siam_dse.engines.mesh.cases import ASAP_RR, Cases, node_lists
from siam_dse.engines.mesh.fluid import fluid_busy_cycles
from siam_dse.engines.mesh.footprint import LoadSummary
from siam_dse.engines.mesh.geometry import Nodes
from siam_dse.engines.mesh.loads import place_block
from siam_dse.engines.nop.loads import busiest_bits, longest_hops
from siam_dse.engines.nop.network import Network
from siam_dse.engines.nop.placed import occupied
from siam_dse.engines.nop.routes import Route
from siam_dse.engines.nop.topologies import MESH, SNAKE
from siam_dse.technology.load import Constants

# Edges of a chiplet: its router reaches the boundary routers of the network on chip on all of them.
EDGES = 4


def fluid_seconds(
    constants: Constants, network: Network, route: Route, load: LoadSummary, bandwidth: FloatArray, hop_s: FloatArray,
    position: IntArray | None = None,
) -> FloatArray:  # fmt: skip
    """Time of routes with links shared by ports and blocked by packets that wait, and the longest way.

    Parameters
    ----------
    constants : Constants
        Of the mesh.
    network : Network
        Of each route.
    route : Route
    load : LoadSummary
    bandwidth : (n,) [bit/s]
        Of a link along a row in each direction.
    hop_s : (n,) [s]
    position : (U, C), optional
        Of the chiplets of the packages that ``route.rows`` says, where swaps chose it.

    Returns
    -------
    (n,) float64 [s]; never below the closed form, for no link is busier than it can be

    Notes
    -----
    Routers with buffers deep enough for a link's round trip; time in units of a flit on a link along a row.
    Networks other than a mesh filled row by row or by swaps take the closed form.
    """
    ends = [route.source_first, route.source_count, route.destination_first, route.destination_count]
    side = network.side
    is_mesh = (network.topology == MESH) & (network.placement != SNAKE)
    package = np.zeros_like(side) if position is None else route.rows
    once, gather = unique_rows([side, is_mesh, package, network.ratio_xy, *ends])
    source_first, source_count, first, count = (end[once] for end in ends)
    one = np.ones(len(once))
    sources, destinations = (
        node_lists(_map(run, package[once], side[once], position), side[once])
        for run in (Nodes(source_first, source_count), Nodes(first, count))
    )
    cases = Cases(
        columns=side[once],
        rows=side[once],
        source=sources,
        destination=destinations,
        packets=one,
        flits=one,
        mode=np.full(len(once), ASAP_RR),
        gap=np.zeros(len(once)),
        virtual_channels=one * constants["deep_virtual_channels"],
        vc_flits=one * constants["deep_vc_flits"],
        constants=constants,
    )
    busy = np.zeros(len(once))
    moves = np.flatnonzero(cases.moves() & is_mesh[once])
    if len(moves):
        own, ratio = cases.take(moves).in_corner(), network.ratio_xy[once[moves]]
        apart, back = own.distinct(ratio)
        busy[moves] = fluid_busy_cycles(own.take(apart), EDGES * one[apart], ratio[apart])[back]
    per_pair = route.bits / (load.n_sources * load.n_destinations)
    bits = busiest_bits(route, load, busy[gather] * per_pair)
    return np.asarray(bits / bandwidth + longest_hops(route, load) * hop_s)


def _map(run: Nodes, package: IntArray, side: IntArray, position: IntArray | None) -> FloatArray:
    """Occupancy of runs of chiplets on squares of ``side`` columns, (n, k, k), row by row or at ``position``."""
    side_max = int(side.max())
    if position is None:
        return place_block(run.first, run.count, side, side_max)
    on_square = position[package]
    row, column = np.divmod(on_square, side[:, None])
    at = np.where(on_square >= 0, row * side_max + column, on_square)
    return occupied(run, np.arange(len(side)), at, side_max, side_max)
