"""Feature maps that lie in the buffers of other dies: they cross the package once more, out and back."""

from dataclasses import dataclass, fields

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, read_only
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.engines.nop.links import phy_counts
from siam_dse.engines.nop.network import is_grid
from siam_dse.engines.nop.topologies import mean_hops
from siam_dse.mapping.held import Held, pooled_bits
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.workload.network import Network

# Fields of a design that it depends on, beside its mapping.
OVERFLOW_FIELDS = ("activation_bits", "buffer_size", "nop_topology", "nop_bandwidth_ratio_xy")


@dataclass(frozen=True)
class Overflow:
    """What layers keep in the buffers of other dies; arrays (U, L), read-only, 0 where nothing is kept there."""

    bits: FloatArray  # of all chiplets of the layer
    busiest_bits: FloatArray  # over the busiest link, out and back, as of links along rows
    hops: FloatArray  # out and back
    bit_hops: FloatArray  # bits x links, out and back


def overflow(
    designs: Designs,
    network: Network,
    mapping: ChipMapping,
    held: Held,
    rows: IntArray | None = None,
    held_rows: IntArray | None = None,
) -> Overflow:
    """Bits that layers read or add and that find no room in the buffers of their own chiplets, and where they go.

    Equal dies together hold all that is alive (:func:`siam_dse.mapping.held.pooled_bits`), not each what its own layers
    need. Of what is held for a layer, as much lies in other dies' buffers as its chiplets hold too much while it runs:
    it is sent there when it is made and comes back when the layer runs. So a map crosses the package once more at most.
    Custom dies, whose buffers hold what their own layers need, ``largest_map`` and one chiplet alone have no overflow.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``OVERFLOW_FIELDS``.
    network : Network
    mapping : ChipMapping
    held : Held
        Of the same mapping.
    rows, held_rows : (U,), optional
        Row of the mapping, and of what is held, of each design; default one each.

    Returns
    -------
    Overflow

    Notes
    -----
    With B bits a buffer, o = min(own bits, max(all bits held - B, 0)) for each of the layer's s chiplets. It goes to
    the nearest dies: s o / B of them fill up, which with the layer's own make a square of m = min(s + ceil(s o / B), n)
    dies, h = max(2/3 sqrt(m), 1) hops away: the mean Manhattan distance of two nodes of a square mesh; on other
    networks as :func:`siam_dse.engines.nop.topologies.mean_hops` says.
    Over the E links of the n chiplets that are no spares, in a square of their own, E / n from a chiplet on average,
    the busiest carries max(o n, s o h) / E bits a way: what a chiplet sends over its own edges, or all evenly over all
    links. Out and back count twice. Both directions of a square carry as much, so the one of less bandwidth decides.
    """
    rows, held_rows = (np.arange(len(designs)) if each is None else each for each in (rows, held_rows))
    is_equal = ~mapping.is_custom & (mapping.working_chiplets > 1)
    some = np.flatnonzero((designs.buffer_size == code("buffer_size", "lifetimes")) & is_equal[rows])
    bits, busiest_bits, hops, bit_hops = (np.zeros((len(rows), network.n_layers)) for _ in fields(Overflow))
    if len(some):
        own, activation_bits = rows[some], designs.activation_bits[some]
        topology, chiplets = designs.nop_topology[some], mapping.working_chiplets[own]
        spanned, width = mapping.spanned_chiplets[own], activation_bits[:, None]
        room = pooled_bits(network, activation_bits, chiplets)[:, None]
        beyond = np.maximum(held.together[held_rows[some]] * width - room, 0)
        each = np.minimum(held.own[held_rows[some]] * width, beyond)
        sent = each * spanned
        links = (phy_counts(topology, chiplets).in_use - 1)[:, None]  # of both ways, without the host's
        near = np.minimum(spanned + np.ceil(sent / np.maximum(room, 1)), chiplets[:, None])
        away = mean_hops(topology[:, None], near, chiplets[:, None])
        slower = np.where(is_grid(topology), np.maximum(designs.nop_bandwidth_ratio_xy[some], 1), 1.0)[:, None]
        bits[some] = sent
        busiest_bits[some] = 2 * np.maximum(each * chiplets[:, None], sent * away) / links * slower
        hops[some] = 2 * away * (sent > 0)
        bit_hops[some] = 2 * away * sent
    return Overflow(*map(read_only, (bits, busiest_bits, hops, bit_hops)))
