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
# passes of both searches of a package (some 50 ms). Packages that one pass would take beyond it keep their order.
MOST_PASSES = 8
MOST_LOOKS = 2**25  # partners
_GRAINS = 2.0**36  # of a package's traffic: whole numbers add up to the same in any order
_SAVED_S = 1e-8  # CPU time that a loop saves a partner looked at, measured


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
    size, is_closed = network.size, network.is_closed
    partners = _partners(route, len(network.side), int(network.chiplets.max()))
    chiplet = np.arange(int(network.chiplets.max()))
    found = np.where(chiplet < network.chiplets[:, None], chiplet, -1)
    from_snake = np.where(found >= 0, snake(found, network.side[:, None]), -1)
    is_better = _weighed(partners, is_closed, size, from_snake) < _weighed(partners, is_closed, size, found)
    found = np.where((is_better & (network.topology != RING))[:, None], from_snake, found)
    looks = 2 * 2 * network.chiplets * np.diff(partners.first[:: len(chiplet)])  # searches, chiplets of a swap
    passes = np.where(is_fixed, 0, np.minimum(MOST_LOOKS // np.maximum(looks, 1), MOST_PASSES))
    kinds, kind_of = unique_rows([is_closed, size, network.topology])
    by_loop = takes_loop(int((looks * passes).sum()), _SAVED_S)
    for k, first in enumerate(kinds):
        rows = np.flatnonzero((kind_of == k) & (passes > 0))
        if len(rows):
            hops = _all_hops(bool(is_closed[first]), int(size[first]), bool(network.topology[first] == RING))
            _search(partners, hops, found, rows, network.chiplets[rows], passes[rows], by_loop)
    return found


def _all_hops(is_closed: bool, size: int, is_ring: bool) -> FloatArray:
    """Links between any two positions, (P, P)."""
    place = np.arange(size)
    way = hops_between(is_closed, size, place[:, None], place).astype(np.float64)  # along one row
    return way if is_ring else np.asarray((way[:, None, :, None] + way[None, :, None, :]).reshape(size**2, size**2))


def _search(
    partners: Partners, hops: FloatArray, found: IntArray, rows: IntArray, chiplets: IntArray, passes: IntArray,
    by_loop: bool,
) -> None:  # fmt: skip
    """Better positions in ``found`` at ``rows``, packages whose places are ``hops`` apart."""
    if by_loop:
        from siam_dse.engines.nop.swap_kernel import search

        search(partners.first, partners.other, partners.traffic, hops, found, rows, chiplets, passes)
        return
    for row, n, most in zip(rows.tolist(), chiplets.tolist(), passes.tolist(), strict=True):
        found[row, :n] = searched(partners.matrix(row, n, found.shape[1]), hops, found[row, :n], most)


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


def _weighed(partners: Partners, is_closed: BoolArray, size: IntArray, position: IntArray) -> FloatArray:
    """Traffic times hops of packages, both ways of each pair counted, (U,) [grain]."""
    owner = np.repeat(np.arange(position.size), np.diff(partners.first))
    package = owner // position.shape[1]
    hops = hops_between(is_closed[package], size[package], position.ravel()[owner], position[package, partners.other])
    return np.asarray(np.bincount(package, partners.traffic * hops, minlength=len(position)), dtype=np.float64)
