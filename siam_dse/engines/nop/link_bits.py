"""Bits over every link of one package, for a picture of it."""

from typing import NamedTuple

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.engines.mesh.geometry import Nodes
from siam_dse.engines.nop.network import Network
from siam_dse.engines.nop.placed import link_loads, occupied
from siam_dse.engines.nop.placement import places_on_square
from siam_dse.engines.nop.routes import Route
from siam_dse.engines.nop.topologies import HUB, MESH, RING, TORUS
from siam_dse.mapping.field import snake

_HALF = 0.5  # of a chiplet


class Link(NamedTuple):
    """Two ways between neighbours, at their columns and rows on the package; a hub is in the middle."""

    start: tuple[float, float]
    end: tuple[float, float]
    onward: float
    back: float


def link_bits(network: Network, route: Route, position: IntArray | None = None) -> list[Link]:
    """Bits over every link of one package in one inference.

    Parameters
    ----------
    network : Network
        Of one design.
    route : Route
        All of its routes.
    position : (1, C), optional
        Of its chiplets on the network, where swaps chose them; else row by row, or as a snake.

    Returns
    -------
    list of Link
        One that closes a row or column ends half a chiplet beyond the edge.
    """
    topology, side, chiplets = (int(values[0]) for values in (network.topology, network.side, network.chiplets))
    at = network.in_order() if position is None else position
    size = chiplets if topology in (RING, HUB) else side
    ends = Nodes(route.source_first, route.source_count), Nodes(route.destination_first, route.destination_count)
    per_pair = route.bits / (route.source_count * route.destination_count)
    rows = 1 if topology in (RING, HUB) else side
    source, destination = (occupied(end, np.zeros(len(route), dtype=np.int64), at, rows, size) for end in ends)
    places = [_place(place, side) for place in places_on_square(network, at)[0].tolist()]
    if topology == HUB:
        return _of_hub(places, side, source[:, 0], destination[:, 0], per_pair)
    loads = link_loads(source, destination, per_pair, topology != MESH).sum(axis=0)
    if topology == RING:
        order = [_place(int(snake(np.asarray(i), side)), side) for i in range(chiplets)]
        onward, back = loads[:2, 0].tolist()
        return [
            Link(order[i], order[(i + 1) % chiplets], onward[i], back[(i + 1) % chiplets])
            for i in range(chiplets if chiplets > 1 else 0)
        ]
    return _of_square(side, loads, topology == TORUS)


def _place(place: int, side: int) -> tuple[float, float]:
    """Column and row of a place on the square."""
    y, x = divmod(place, side)
    return float(x), float(y)


def _of_square(side: int, loads: FloatArray, is_closed: bool) -> list[Link]:
    """Links of a mesh or torus, of loads (4, side, side)."""
    east, west, south, north = loads
    out = []
    for y, x in np.ndindex(side, side):
        beside, below = (x + 1) % side, (y + 1) % side
        if x + 1 < side or is_closed:
            out.append(Link((x, y), (min(x + 1, side - _HALF), y), float(east[y, x]), float(west[y, beside])))
        if y + 1 < side or is_closed:
            out.append(Link((x, y), (x, min(y + 1, side - _HALF)), float(south[y, x]), float(north[below, x])))
    return out


def _of_hub(
    places: list[tuple[float, float]], side: int, source: FloatArray, destination: FloatArray, per_pair: FloatArray
) -> list[Link]:
    """Links of chiplets to the switch and back."""
    middle = ((side - 1) * _HALF, (side - 1) * _HALF)
    sent = ((destination.sum(axis=1, keepdims=True) - destination) * source).T @ per_pair
    taken = ((source.sum(axis=1, keepdims=True) - source) * destination).T @ per_pair
    return [Link(place, middle, float(sent[i]), float(taken[i])) for i, place in enumerate(places)]
