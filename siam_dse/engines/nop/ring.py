"""Loads of a ring between two runs of its nodes, in closed form: no node of the ring is looked at one by one.

Flits over the link from l to l + 1, of ways onward of at most T links: each source s = l - T + 1 .. l sends one to the
destinations l + 1 .. s + T. As a function of l this is a quadratic between the ends of the two runs and the places T
before and behind them, so that the busiest link is one of these places or the vertex of a quadratic.
"""

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.core.loops import takes_loop
from siam_dse.engines.mesh.geometry import Nodes

_SAVED_S = 5e-6  # CPU time that a loop saves a geometry, measured
_ROUNDS = (-1, 0, 1, 2)  # of the ring unrolled, which ways from its nodes can reach


def ring_of_runs(source: Nodes, destination: Nodes, size: IntArray) -> tuple[FloatArray, FloatArray]:
    """Busiest link and sum over links of rings.

    Parameters
    ----------
    source, destination : Nodes, (n,) each
        Runs of neighbouring nodes; every source sends a flit to every destination, the shorter way round, onward of two
        equal ones.
    size : (n,)
        Nodes of the ring.

    Returns
    -------
    busiest, crossings : (n,) [flit]
    """
    k, m, n = (np.asarray(each, dtype=np.float64) for each in (size, source.count, destination.count))
    a, b = source.first.astype(np.float64), destination.first.astype(np.float64)
    if takes_loop(len(k), _SAVED_S):
        from siam_dse.engines.nop.ring_kernel import rings_of_runs

        found = np.empty((2, len(k)))
        rings_of_runs(np.stack([a, m, b, n, k], axis=1), found)
        return found[0], found[1]
    onward = _busiest(a, m, b, n, k, k // 2)
    back = _busiest(k - a - m, m, k - b - n, n, k, (k - 1) // 2)  # the ring from its other end
    return np.maximum(onward, back), _all_distances(a, m, b, n, k)


def _busiest(
    a: FloatArray, m: FloatArray, b: FloatArray, n: FloatArray, k: FloatArray, longest: FloatArray
) -> FloatArray:
    """Largest load of a link onward, (n,), of sources a .. a + m - 1 and destinations b .. b + n - 1."""
    bends = np.sort(
        np.stack([a, a + m, a + longest, a + m + longest, b, b + n, b - longest, b + n - longest]) % k, axis=0
    )
    next_ = np.concatenate([bends[1:], bends[:1] + k])

    def load(link: FloatArray) -> FloatArray:
        return _load(link % k, a, m, b, n, k, longest)

    # three loads behind a bend say where its quadratic has its vertex
    near = [load(bends + step) for step in (-1, 0, 1, 2, 3)]
    slope, bend = near[3] - near[2], near[4] - 2 * near[3] + near[2]
    vertex = bends + 1 + np.floor(1 / 2 - slope / np.where(bend < 0, bend, -1.0))
    inside = [load(np.clip(vertex + step, bends, next_)) for step in (0, 1)]
    return np.asarray(np.max([*near, *inside], axis=(0, 1)))


def _load(
    link: FloatArray, a: FloatArray, m: FloatArray, b: FloatArray, n: FloatArray, k: FloatArray, longest: FloatArray
) -> FloatArray:
    """Flits over links, (..., n): of all sources in reach the destinations behind the link, no further than T."""
    found = np.zeros(link.shape)
    behind = _passed(link, b, n, k)
    for turn in _ROUNDS[:2]:  # a window ends at a node of the ring and is half a ring long
        low = np.maximum(a + turn * k, link - longest + 1)
        high = np.minimum(a + turn * k + m - 1, link)
        reached = _passed_up_to(high + longest, b, n, k) - _passed_up_to(low + longest - 1, b, n, k)
        found += np.where(high >= low, reached - (high - low + 1) * behind, 0.0)
    return found


def _passed(place: FloatArray, b: FloatArray, n: FloatArray, k: FloatArray) -> FloatArray:
    """Destinations up to a place on the ring unrolled."""
    return np.asarray(sum(np.clip(place - b - turn * k + 1, 0, n) for turn in _ROUNDS))


def _passed_up_to(place: FloatArray, b: FloatArray, n: FloatArray, k: FloatArray) -> FloatArray:
    """Sum of :func:`_passed` over all places up to one."""
    out = np.zeros(np.broadcast_shapes(place.shape, b.shape))
    for turn in _ROUNDS:
        behind = np.maximum(place - b - turn * k + 1, 0)
        within = np.minimum(behind, n)
        out += within * (within + 1) / 2 + (behind - within) * n
    return out


def _all_distances(a: FloatArray, m: FloatArray, b: FloatArray, n: FloatArray, k: FloatArray) -> FloatArray:
    """Sum of the links between all sources and destinations, (n,).

    The distance is made of ramps max(0, step + z) with bends at 0, half a ring and a ring; a ramp's sum over all pairs
    is the second difference of the sum over its tetrahedral numbers.
    """
    low, high = k // 2, (k + 1) // 2
    ramps = ((1, k), (-1, high), (-1, low), (2, np.zeros(k.shape)), (-1, -low), (-1, -high))
    out = np.zeros(k.shape)
    for weight, bend in ramps:
        step = b - a + bend
        corners = _tetrahedral(step + n - 1) - _tetrahedral(step - 1)
        out += weight * (corners - _tetrahedral(step + n - m - 1) + _tetrahedral(step - m - 1))
    return out


def _tetrahedral(x: FloatArray) -> FloatArray:
    """Sum of the sums of 1 .. x, x (x + 1) (x + 2) / 6; 0 below 1."""
    return np.where(x > 0, x * (x + 1) * (x + 2) / 6, 0.0)  # the third binomial coefficient
