"""Routes of transfers over meshes of chiplets and what they add up to, as plain loops: ``routes`` key by key.

Products and sums are in the order of the arrays', so the figures are the same bytes.
"""

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.core.compiled import compiled

# Numbers of a route: columns and rows of its mesh, first node and number of nodes of its sources and destinations; then
# its key and transfer, and whether it goes through the port.
N_NUMBERS = 9  # of these
_N_MESH = 6  # of those that say which geometry it is


@compiled
def routes_of(
    first: IntArray,
    spanned: IntArray,
    side: IntArray,
    ends: IntArray,
    is_sum: BoolArray,
    crosses: BoolArray,
    chiplet_bits: FloatArray,
    accumulated: FloatArray,
    numbers: IntArray,
    bits: FloatArray,
) -> int:
    """Routes of all transfers, key by key, as ``routes.transfer_routes`` has them.

    Parameters
    ----------
    first, spanned : (U, L)
        First chiplet of a layer, and how many it lies on.
    side : (U,)
        Of the mesh.
    ends : (3, T)
        Producer, consumer and layer of each transfer; the host is negative.
    is_sum : (T,)
    crosses, chiplet_bits, accumulated : (U, T)
    numbers : (n, 9)
        For the routes' numbers, ``N_NUMBERS``.
    bits : (n,)
        For what they carry in all.

    Returns
    -------
    int
        Routes found, at most two a transfer.
    """
    n = 0
    for u in range(len(crosses)):
        for t in range(len(is_sum)):
            if not crosses[u, t]:
                continue
            producer, consumer, met = ends[0, t], ends[1, t], accumulated[u, t]
            for is_rest in range(2 if 0 < met < 1 else 1):
                from_accumulator = met > 0 and is_rest == 0
                to_port, from_port = is_sum[t] or consumer < 0, from_accumulator or producer < 0
                n_sources = 1 if from_port else spanned[u, producer]
                n_destinations = 1 if to_port else spanned[u, consumer]
                carried = chiplet_bits[u, t] * (n_sources if is_sum[t] else n_destinations)
                carried *= met if from_accumulator else 1 - met
                if (to_port and from_port) or not carried > 0:
                    continue
                numbers[n, 0], numbers[n, 1] = side[u], side[u]
                numbers[n, 2], numbers[n, 3] = 0 if from_port else first[u, producer], n_sources  # the sources
                numbers[n, 4], numbers[n, 5] = 0 if to_port else first[u, consumer], n_destinations  # the others
                numbers[n, _N_MESH], numbers[n, _N_MESH + 1] = u, t
                numbers[n, _N_MESH + 2], bits[n] = to_port or from_port, carried
                n += 1
    return n


@compiled
def add_up(
    numbers: IntArray,
    bits: FloatArray,
    which: IntArray,
    unit: FloatArray,
    ends: IntArray,
    is_sum: BoolArray,
    crossing: FloatArray,
    busiest: FloatArray,
    hops: FloatArray,
    bit_hops: FloatArray,
) -> None:
    """Loads of routes in their layers, onto (U, 2, L) of zeros, as ``engine.NopLoads`` has them.

    Parameters
    ----------
    numbers, bits : of n routes
    which : (n,)
        Row of ``unit`` of each.
    unit : (geometries, 4)
        Busiest link and sum over links of one bit a pair, most hops, and pairs.
    ends : (3, T)
    is_sum : (T,)
    crossing, busiest, hops, bit_hops : (U, 2, L)
    """
    for n in range(len(which)):
        u, t, port, row = numbers[n, _N_MESH], numbers[n, _N_MESH + 1], numbers[n, _N_MESH + 2], which[n]
        kind, layer, per_pair = int(is_sum[t]), ends[2, t], bits[n] / unit[row, 3]  # the last: pairs
        crossing[u, kind, layer] += bits[n]
        busiest[u, kind, layer] += max(unit[row, 0] * per_pair, bits[n] * port)
        hops[u, kind, layer] += unit[row, 2] + port
        bit_hops[u, kind, layer] += unit[row, 1] * per_pair + bits[n] * port
