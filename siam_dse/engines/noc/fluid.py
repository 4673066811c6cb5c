"""Makespan of phases on meshes of tiles by replay: the fluid level."""

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, unique_rows
from siam_dse.engines.mesh.cases import RR_SHIFT, Cases, node_lists
from siam_dse.engines.mesh.channels import zero_load_cycles
from siam_dse.engines.mesh.fast import summary_makespan_cycles
from siam_dse.engines.mesh.fluid import fluid_makespan
from siam_dse.engines.mesh.footprint import LoadSummary
from siam_dse.engines.mesh.geometry import Geometry, Nodes
from siam_dse.engines.mesh.loads import perimeter, place_block
from siam_dse.technology.load import Constants


def fluid_cycles(constants: Constants, where: Geometry, flits: FloatArray, load: LoadSummary) -> FloatArray:
    """Makespan of an all-to-all replayed in phases of constant rates.

    Every source sends flits of one packet each as fast as it can, round robin from a destination of its own on. Router
    of SIAM's release: 3 virtual channels of 3 flits.

    Parameters
    ----------
    constants : Constants
        Of the mesh.
    where : Geometry
    flits : (n,)
        Sent in all, spread evenly over the pairs.
    load : LoadSummary
        Of these geometries and flits.

    Returns
    -------
    (n,) float64 [cycle]

    Notes
    -----
    What a tile sends to itself needs no mesh; where nothing else is sent, the closed form holds. Never below the flits
    over the busiest channel.
    """
    per_pair = flits / (load.n_sources * load.n_destinations)
    once, gather = unique_rows([*where.columns_of_key(), per_pair])
    cases = transfer_cases(constants, where.take(once), per_pair[once])
    cycles = summary_makespan_cycles(constants, load)[once]
    moves = np.flatnonzero(cases.moves())
    if len(moves):
        own = cases.take(moves).in_corner()
        apart, back = own.distinct()
        cycles[moves] = fluid_makespan(own.take(apart))[0][back]
    busiest = np.maximum(np.maximum(load.max_link, load.max_injection), load.max_ejection)
    bound = np.maximum(busiest - 1, 0) + zero_load_cycles(constants, load.hops_min, np.ones(1))
    return np.asarray(np.maximum(cycles[gather], bound))


def transfer_cases(constants: Constants, where: Geometry, packets: FloatArray) -> Cases:
    """Cases of our own transfers, (n,), with ``packets`` flits a pair."""
    one = np.ones(len(where))
    return Cases(
        columns=where.columns,
        rows=where.rows,
        source=_nodes(where, where.source),
        destination=_nodes(where, where.destination),
        packets=packets,
        flits=one,
        mode=np.full(len(where), RR_SHIFT),
        gap=one,
        virtual_channels=one * constants["siam_virtual_channels"],
        vc_flits=one * constants["siam_vc_flits"],
        constants=constants,
    )


def _nodes(where: Geometry, nodes: Nodes) -> IntArray:
    """Node ids of blocks and perimeters, (n, S); -1 where there is none."""
    side_max = int(max(where.columns.max(), where.rows.max()))
    block = place_block(nodes.first, nodes.count, where.columns, side_max)
    ring = perimeter(where.rows, where.columns, side_max)
    return node_lists(np.where((nodes.count == 0)[:, None, None], ring, block), where.columns)
