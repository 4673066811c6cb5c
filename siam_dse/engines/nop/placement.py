"""The placement ``optimised``: chiplets change places two by two as long as traffic times hops falls.

A position is a chiplet's place on its network: row by row on the square of a mesh or torus, along a ring. Chiplet 0,
beside which the port to the host is, keeps its own. What a position is on the square, ``places_on_square`` says.
"""

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray, unique_rows
from siam_dse.core.loops import takes_loop
from siam_dse.design.designs import Designs
from siam_dse.engines.nop.network import Network
from siam_dse.engines.nop.routes import Route, hops_between, pairs_of
from siam_dse.engines.nop.swaps import Partners, searched
from siam_dse.engines.nop.topologies import HUB, OPTIMISED, RING
from siam_dse.mapping.field import snake

# Effort: passes over all chiplets, each of which tries a swap with every other one; and partners looked at in all
# passes of both searches of a package. Packages that one pass would take beyond it keep their order.
MOST_PASSES = 8
MOST_LOOKS = 2**25  # partners
_GRAINS = 2.0**36  # of a package's traffic: whole numbers add up to the same in any order
_SAVED_S = 3e-4  # CPU time that loops save a chiplet, measured: much more where there are many


def is_placed(designs: Designs) -> BoolArray:
    """Designs whose chiplets are placed by swaps, (D,); at a hub all places are alike."""
    return np.asarray((designs.nop_placement == OPTIMISED) & (designs.nop_topology != HUB))


def places_on_square(network: Network, position: IntArray) -> IntArray:
    """Place of each chiplet on the square, row by row, (n, C), -1 where there is none; a ring is laid as a snake.

    Of places on the square it gives the positions.
    """
    on_ring = (network.topology == RING)[:, None] & (position >= 0)
    return np.where(on_ring, snake(position, network.side[:, None]), position)


def positions(network: Network, route: Route, is_fixed: BoolArray) -> IntArray:
    """Positions of least traffic times hops that swaps find.

    Parameters
    ----------
    network : Network
        Of U packages, none a hub.
    route : Route
        All of theirs, with the bits that cross the package; ``rows`` says whose.
    is_fixed : (U,) bool
        Packages that are not searched: they have the better of the two starts.

    Returns
    -------
    (U, C) int64
        Of each chiplet with weights, -1 beyond the last.

    Notes
    -----
    One search starts from the rows or from the snake of a square, whichever has less traffic times hops, the other
    from the same places dealt out anew, chiplet by chiplet next to those that it exchanges most with. So the result has
    no more than rows and snake, to a part in 10^7: traffic counts in 2^36 grains. Each chiplet in turn takes the swap
    that saves most; passes end when none saves anything, after ``MOST_PASSES``, or before ``MOST_LOOKS``.
    """
    worked_out = _by_loops if takes_loop(int(network.chiplets.sum()), _SAVED_S) else _by_arrays
    return worked_out(network, route, is_fixed)


def _by_loops(network: Network, route: Route, is_fixed: BoolArray) -> IntArray:
    """:func:`positions` by compiled loops."""
    from siam_dse.engines.nop.swap_kernel import search

    begin = np.searchsorted(route.rows, np.arange(len(network.side) + 1))
    runs = np.stack([route.source_first, route.source_count, route.destination_first, route.destination_count])
    moved = route.bits / (route.source_count * route.destination_count)
    places = network.is_closed, network.size, np.where(network.topology == RING, 1, network.side)
    found, as_snake = _orders(network)
    passes = np.where(is_fixed, 0, MOST_PASSES)
    search(begin, runs, moved, _GRAINS, *places, network.chiplets, passes, MOST_LOOKS, as_snake, found)
    return found


def _by_arrays(network: Network, route: Route, is_fixed: BoolArray) -> IntArray:
    """:func:`positions`, package by package."""
    partners = _partners(route, len(network.side), int(network.chiplets.max()))
    found, passes = _start(network, partners), _passes(network, partners, is_fixed)
    is_ring = network.topology == RING
    kinds, kind_of = unique_rows([network.is_closed, network.size, is_ring])
    for k, first in enumerate(kinds):
        rows = np.flatnonzero((kind_of == k) & (passes > 0))
        if not len(rows):
            continue
        hops = _all_hops(bool(network.is_closed[first]), int(network.size[first]), bool(is_ring[first]))
        for row, n in zip(rows.tolist(), network.chiplets[rows].tolist(), strict=True):
            own = partners.matrix(row, n, found.shape[1])
            found[row, :n] = searched(own, hops, found[row, :n], int(passes[row]))
    return found


def _orders(network: Network) -> tuple[IntArray, IntArray]:
    """Positions row by row, and of squares as a snake, (U, C)."""
    chiplet = np.arange(int(network.chiplets.max()))
    in_rows = np.where(chiplet < network.chiplets[:, None], chiplet, -1)
    is_square = (network.topology != RING)[:, None] & (in_rows >= 0)
    return in_rows, np.where(is_square, snake(in_rows, network.side[:, None]), in_rows)


def _start(network: Network, partners: Partners) -> IntArray:
    """Positions row by row, or as a snake where that has less traffic times hops, (U, C)."""
    in_rows, as_snake = _orders(network)
    is_better = _weighed(partners, network, as_snake) < _weighed(partners, network, in_rows)
    return np.where(is_better[:, None], as_snake, in_rows)


def _passes(network: Network, partners: Partners, is_fixed: BoolArray) -> IntArray:
    """Most passes over each package, (U,)."""
    n_partners = np.diff(partners.first[:: int(network.chiplets.max())])
    looks = 2 * 2 * network.chiplets * n_partners  # searches, chiplets of a swap
    return np.where(is_fixed, 0, np.minimum(MOST_LOOKS // np.maximum(looks, 1), MOST_PASSES))


def _all_hops(is_closed: bool, size: int, is_ring: bool) -> FloatArray:
    """Links between any two positions, (P, P)."""
    place = np.arange(size)
    way = hops_between(is_closed, size, place[:, None], place).astype(np.float64)  # along one row
    return way if is_ring else np.asarray((way[:, None, :, None] + way[None, :, None, :]).reshape(size**2, size**2))


def _partners(route: Route, n_packages: int, n_chiplets: int) -> Partners:
    """Who exchanges how much with whom, either way, in grains, from the bits of routes."""
    pairs = pairs_of(route)
    moved = (route.bits / (route.source_count * route.destination_count))[pairs.route]
    package = route.rows[pairs.route]
    apart = np.flatnonzero(pairs.source != pairs.destination)
    ends = pairs.source[apart], pairs.destination[apart]
    traffic, package = moved[apart], package[apart]
    sent = np.bincount(package, traffic, minlength=n_packages)
    key = np.concatenate([(package * n_chiplets + here) * n_chiplets + there for here, there in (ends, ends[::-1])])
    once, which = np.unique(key, return_inverse=True)
    both = np.bincount(which, np.concatenate([traffic, traffic]), minlength=len(once))
    owner = once // n_chiplets  # package x chiplet
    grains = np.rint(both * (_GRAINS / np.where(sent > 0, sent, 1.0))[owner // n_chiplets])
    first = np.searchsorted(owner, np.arange(n_packages * n_chiplets + 1))
    return Partners(first, once % n_chiplets, grains)


def _weighed(partners: Partners, network: Network, position: IntArray) -> FloatArray:
    """Traffic times hops of packages, both ways of each pair counted, (U,) [grain]."""
    owner = np.repeat(np.arange(position.size), np.diff(partners.first))
    package = owner // position.shape[1]
    ends = position.ravel()[owner], position[package, partners.other]
    hops = hops_between(network.is_closed[package], network.size[package], *ends)
    return np.asarray(np.bincount(package, partners.traffic * hops, minlength=len(position)), dtype=np.float64)
