"""Routes of transfers over the package: from which chiplets to which, through the host port or not, and how much.

Chiplets form a mesh, a router each, XY routing. The port to host and global accumulator sits beside chiplet 0, at the
end of a further link of the same bandwidth: what goes through it crosses the mesh to or from chiplet 0, and that link.
A datum goes once to each chiplet that needs it, and as often through the port.
"""

from dataclasses import dataclass, replace

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.mapping.mapping import Mapping
from siam_dse.mapping.traffic import TRANSFER_KINDS, Transfers
from siam_dse.workload.network import HOST


@dataclass(frozen=True)
class Route:
    """An all-to-all between two runs of chiplets for n of the mapping's keys; arrays are (n,)."""

    rows: IntArray
    source_first: IntArray
    source_count: IntArray
    destination_first: IntArray
    destination_count: IntArray
    bits: FloatArray  # in all, spread evenly over the pairs
    through_port: BoolArray  # the host port's link, too

    def take(self, keep: BoolArray | IntArray) -> "Route":
        """Routes of some of the keys."""
        return replace(self, **{name: getattr(self, name)[keep] for name in self.__dataclass_fields__})


def transfer_route(mapping: Mapping, transfers: Transfers, t: int) -> Route:
    """Route of transfer ``t`` for the keys for which it crosses the package.

    Parameters
    ----------
    mapping : Mapping
    transfers : Transfers
        Of the same U keys.
    t : int

    Returns
    -------
    Route

    Notes
    -----
    Sums added up in the global accumulator start at the port; if they are the network's output, they are at the host
    already and do not cross. A package of one chiplet has no NoP.
    """
    producer, consumer = int(transfers.producer[t]), int(transfers.consumer[t])
    is_sum = transfers.kind[t] == TRANSFER_KINDS.index("partial_sum")
    to_port = np.full(len(mapping.n_chiplets), is_sum or consumer == HOST)
    from_port = transfers.via_accumulator[:, t] | (producer == HOST)
    source_first, source_count = _run(mapping, producer, from_port)
    destination_first, destination_count = _run(mapping, consumer, to_port)
    each = transfers.chiplet_bits[:, t]
    # a sum's bits are what each source sends, an output's are all there are, others what each destination takes
    bits = each * (source_count if is_sum else destination_count)
    route = Route(
        np.arange(len(to_port)),
        source_first,
        source_count,
        destination_first,
        destination_count,
        bits,
        to_port | from_port,
    )
    return route.take(transfers.crosses[:, t] & ~(to_port & from_port) & (mapping.n_chiplets > 1) & (bits > 0))


def _run(mapping: Mapping, layer: int, at_port: BoolArray) -> tuple[IntArray, IntArray]:
    """First chiplet and number of chiplets of a layer; chiplet 0 alone for what is at the port."""
    if layer == HOST:
        return np.zeros(len(at_port), dtype=np.int64), np.ones(len(at_port), dtype=np.int64)
    return (
        np.where(at_port, 0, mapping.first_chiplet[:, layer]),
        np.where(at_port, 1, mapping.spanned_chiplets[:, layer]),
    )
