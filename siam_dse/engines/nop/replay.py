"""Loads of routes over the package's mesh, and their time in closed form."""

from dataclasses import replace

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, unique_rows
from siam_dse.engines.mesh.footprint import (
    LoadSummary,
    all_to_all_summary,
    block_footprint,
    chunks_by_side,
    joined_summary,
)
from siam_dse.engines.nop.routes import Route

# Elements of the largest temporary array of a chunk of routes.
CHUNK_ELEMENTS = 500_000
# Loads of a summary that grow with the volume; hops and numbers of nodes do not.
SCALED_LOADS = ("max_link", "max_injection", "max_ejection", "total_link", "total")


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
    ends = [route.source_first, route.source_count, route.destination_first, route.destination_count]
    once, gather = unique_rows([side, *ends])
    order = list(chunks_by_side(side[once], CHUNK_ELEMENTS))
    parts = [_unit_loads(side[once[part]], [end[once[part]] for end in ends]) for part in order]
    unit = joined_summary(parts, order, gather)
    per_pair = route.bits / unit.total
    return replace(unit, **{name: getattr(unit, name) * per_pair for name in SCALED_LOADS})


def _unit_loads(side: IntArray, ends: list[IntArray]) -> LoadSummary:
    """Loads of one bit a pair; each run of chiplets is worked out once."""
    n = len(side)
    sides, first, count = (np.concatenate(both) for both in ((side, side), ends[::2], ends[1::2]))
    once, gather = unique_rows([sides, first, count])
    distinct = block_footprint(first[once], count[once], sides[once], int(side.max()))
    return all_to_all_summary(distinct.take(gather[:n]), distinct.take(gather[n:]), np.ones(n))


def fast_seconds(
    side: IntArray, route: Route, load: LoadSummary, bandwidth: FloatArray, hop_s: FloatArray
) -> FloatArray:
    """Time of routes: bits over the busiest link, or the host port's, and the longest way.

    Parameters
    ----------
    side : (n,)
        Not used: the loads know the mesh.
    route : Route
    load : LoadSummary
    bandwidth : (n,) [bit/s]
        Of a link in each direction.
    hop_s : (n,) [s]

    Returns
    -------
    (n,) float64 [s]

    Notes
    -----
    t = max(link bits, port bits) / bandwidth + (hops + 1 through the port) x hop latency.
    """
    return np.asarray(busiest_bits(route, load) / bandwidth + longest_hops(route, load) * hop_s)


def busiest_bits(route: Route, load: LoadSummary, link_bits: FloatArray | None = None) -> FloatArray:
    """Bits over the busiest link, or ``link_bits`` if they keep it busier, or over the host port, (n,) [bit]."""
    link = load.max_link if link_bits is None else np.maximum(link_bits, load.max_link)
    return np.asarray(np.maximum(link, np.where(route.through_port, route.bits, 0)))


def longest_hops(route: Route, load: LoadSummary) -> FloatArray:
    """Links of the longest way, the host port's included, (n,)."""
    return np.asarray(load.hops_max + route.through_port)
