"""Routes of transfers over the package: from which chiplets to which, through the host port or not, and how much.

Chiplets form a mesh, a router each, XY routing. The port to host and global accumulator sits beside chiplet 0, at the
end of a further link of the same bandwidth: what goes through it crosses the mesh to or from chiplet 0, and that link.
A datum goes once to each chiplet that needs it, however many layers there read it, and as often through the port.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.mapping.chosen import ChosenTransfers
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.mapping.traffic import Transfers
from siam_dse.workload.network import HOST


@dataclass(frozen=True)
class Route:
    """All-to-alls between two runs of chiplets for some of a mapping's keys; arrays are (n,)."""

    rows: IntArray
    transfer: IntArray
    source_first: IntArray
    source_count: IntArray
    destination_first: IntArray
    destination_count: IntArray
    bits: FloatArray  # in all, spread evenly over the pairs
    through_port: BoolArray  # the host port's link, too

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, keep: BoolArray | IntArray | slice) -> "Route":
        """Some of the routes."""
        return replace(self, **{name: getattr(self, name)[keep] for name in self.__dataclass_fields__})

    def of_keys(self, keys: IntArray) -> "Route":
        """Those of some of the keys, (n,), key by key."""
        begin, end = np.searchsorted(self.rows, keys), np.searchsorted(self.rows, keys, side="right")
        number = end - begin
        place = np.arange(number.sum()) + np.repeat(begin - (np.cumsum(number) - number), number)
        return replace(self.take(place), rows=np.repeat(np.arange(len(keys)), number))


def joined(routes: Sequence[Route]) -> Route:
    """Routes one after the other."""
    return Route(*(np.concatenate([getattr(each, name) for each in routes]) for name in Route.__dataclass_fields__))


def transfer_routes(mapping: ChipMapping, transfers: Transfers) -> Route:
    """Routes of all transfers that cross the package, key by key in the transfers' order.

    Parameters
    ----------
    mapping : ChipMapping
    transfers : Transfers
        Of the same U keys.

    Returns
    -------
    Route

    Notes
    -----
    What was added up in the global accumulator starts at the port, the rest of the same transfer, on a route of its
    own, at the chiplets; if it is the network's output, it is at the host already and does not cross. What a package of
    one chiplet exchanges with the host passes the port alone.
    """
    met = transfers.accumulated
    some = ChosenTransfers(mapping, transfers, transfers.crosses, twice=(met > 0) & (met < 1))
    met, is_rest = some.of_transfer("accumulated"), some.is_second
    from_accumulator = (met > 0) & ~is_rest
    ends = transfers.producer, transfers.consumer
    producer, consumer, is_sum = (values[some.transfer] for values in (*ends, transfers.is_sum))
    to_port = is_sum | (consumer == HOST)
    from_port = from_accumulator | (producer == HOST)
    source_first, source_count = _run(some, transfers.producer, from_port)
    destination_first, destination_count = _run(some, transfers.consumer, to_port)
    # a sum's bits are what each source sends, an output's are all there are, others what each destination takes
    bits = some.of_transfer("chiplet_bits") * np.where(is_sum, source_count, destination_count)
    bits *= np.where(from_accumulator, met, 1 - met)
    ports = to_port | from_port
    route = Route(
        some.key, some.transfer, source_first, source_count, destination_first, destination_count, bits, ports
    )
    return route.take(np.flatnonzero(~(to_port & from_port) & (bits > 0)))


def _run(some: ChosenTransfers, layer: IntArray, at_port: BoolArray) -> list[IntArray]:
    """First chiplet and number of chiplets of a layer, given (T,), (n,) each; chiplet 0 alone where at the port."""
    first, count = some.of_layer(layer, "first_chiplet", "spanned_chiplets")
    first[at_port], count[at_port] = 0, 1
    return [first, count]


@dataclass(frozen=True)
class Pairs:
    """Every source and destination of routes, one after the other, (P,)."""

    route: IntArray
    source: IntArray  # chiplets
    destination: IntArray


def pairs_of(route: Route) -> Pairs:
    """All pairs of the routes' ends."""
    number = route.source_count * route.destination_count
    which = np.repeat(np.arange(len(route)), number)
    place = np.arange(len(which)) - (np.cumsum(number) - number)[which]
    source, destination = np.divmod(place, route.destination_count[which])
    return Pairs(which, source + route.source_first[which], destination + route.destination_first[which])


def hops_between(is_closed: BoolArray | bool, size: IntArray | int, here: IntArray, there: IntArray) -> IntArray:
    """Links between positions on squares of ``size`` rows, or on rings of ``size`` nodes, which are one closed row."""
    ways = [abs(here % size - there % size), abs(here // size - there // size)]
    return np.asarray(sum(np.where(is_closed, np.minimum(way, size - way), way) for way in ways))
