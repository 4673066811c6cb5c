"""What transfers put on the package's links, and their time by replay: the fluid level."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray, chunks, read_only, summed_at
from siam_dse.design.designs import Designs
from siam_dse.engines.mesh.footprint import LoadSummary
from siam_dse.engines.nop.fluid import fluid_seconds
from siam_dse.engines.nop.links import bandwidth_bit_per_s, hop_latency_s
from siam_dse.engines.nop.loads import Network, busiest_bits, longest_hops, network_of, route_loads
from siam_dse.engines.nop.routes import Route, transfer_routes
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.mapping.traffic import Transfers

# Routes (keys x transfers) worked on at once.
CHUNK_ELEMENTS = 500_000


@dataclass(frozen=True)
class NopLoads:
    """What a mapping's transfers put on the package's links; arrays are (U, 2, L), sums over a layer's transfers.

    Those of feature maps (0) stand apart from those of partial sums (1), for values of each have widths of their own.
    """

    bits: FloatArray  # that cross the package
    busiest_bits: FloatArray  # over the busiest link or the host port of each transfer
    hops: FloatArray  # of each transfer's longest way, the host port included
    bit_hops: FloatArray  # bits x links crossed, the host port's included


def nop_loads(designs: Designs, mapping: ChipMapping, transfers: Transfers, n_layers: int) -> NopLoads:
    """Bits and hops on the package's network, proportional to the transfers' volumes but for the hops.

    Each transfer that crosses the package is routed between the chiplets; transfers of a layer follow one another.

    Parameters
    ----------
    designs : Designs
        U designs: ``NETWORK_FIELDS``.
    mapping, transfers : of the same designs
    n_layers : int

    Returns
    -------
    NopLoads

    Notes
    -----
    A transfer takes max(link bits, port bits) / bandwidth + (hops + 1 through the port) x hop latency, and bits x links
    crossed x energy of a link, both ends. Energy of the NoP's routers, about 0.1 pJ/bit at 32 nm, is within the
    uncertainty of the links' and left out.
    """
    n_keys = len(mapping.n_chiplets)
    parts = [
        _chunk(network_of(designs.take(part), own := mapping.take(part)), own, transfers.take(part), n_layers)
        for part in chunks(n_keys, CHUNK_ELEMENTS // max(len(transfers.kind), 1))
    ]
    return NopLoads(*(read_only(np.concatenate(values)) for values in zip(*parts, strict=True)))


def _chunk(network: Network, mapping: ChipMapping, transfers: Transfers, n_layers: int) -> list[FloatArray]:
    """Arrays of ``nop_loads`` for some of the keys."""
    route = transfer_routes(mapping, transfers)
    load = route_loads(network.take(route.rows), route)
    shape = (len(transfers.crosses), 2, n_layers)
    place = (route.rows, transfers.is_sum[route.transfer].astype(np.int64), transfers.layer[route.transfer])
    columns = (route.bits, busiest_bits(route, load), longest_hops(route, load), _bit_hops(route, load))
    return summed_at(place, shape, *columns)


def replayed_latency_s(designs: Designs, n_layers: int, mapping: ChipMapping, transfers: Transfers) -> FloatArray:
    """Latency of the network on package by layer, route by route in phases of constant rates.

    Parameters
    ----------
    designs : Designs
        U designs: ``LINK_FIELDS`` and ``NETWORK_FIELDS``.
    n_layers : int
    mapping, transfers : of the same designs

    Returns
    -------
    (U, L) float64 [s]
    """
    out, constants = np.zeros((len(designs), n_layers)), designs.technology.constants("mesh")
    for part in chunks(len(designs), CHUNK_ELEMENTS // max(len(transfers.kind), 1)):
        own = mapping.take(part)
        route = transfer_routes(own, transfers.take(part))
        if not len(route):
            continue
        network, rows = network_of(designs.take(part), own).take(route.rows), route.rows + part.start
        bandwidth, hop_s = bandwidth_bit_per_s(designs)[rows], hop_latency_s(designs)[rows]
        time_s = fluid_seconds(constants, network, route, route_loads(network, route), bandwidth, hop_s)
        (out[part],) = summed_at((route.rows, transfers.layer[route.transfer]), out[part].shape, time_s)
    return read_only(out)


def _bit_hops(route: Route, load: LoadSummary) -> FloatArray:
    """Bits x links crossed, the host port's included, (n,)."""
    return np.asarray(load.total_link + route.bits * route.through_port)
