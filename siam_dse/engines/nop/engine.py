"""What transfers put on the package's links, and their time by replay: the fluid level."""

from dataclasses import dataclass, replace

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, chunks, read_only, summed_at
from siam_dse.design.designs import Designs
from siam_dse.engines.mesh.footprint import LoadSummary
from siam_dse.engines.nop.fluid import fluid_seconds
from siam_dse.engines.nop.links import bandwidth_bit_per_s, hop_latency_s
from siam_dse.engines.nop.loads import busiest_bits, longest_hops, route_loads
from siam_dse.engines.nop.network import Network, network_of
from siam_dse.engines.nop.placed import placed_summary
from siam_dse.engines.nop.placement import places_on_square, positions
from siam_dse.engines.nop.routes import Route, transfer_routes
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.mapping.traffic import Transfers

# Routes (keys x transfers) worked on at once.
CHUNK_ELEMENTS = 500_000
PLACED_ELEMENTS = 2_000_000  # the same x places of a package


@dataclass(frozen=True)
class NopLoads:
    """What a mapping's transfers put on the package's links; arrays are (U, 2, L), sums over a layer's transfers.

    Those of feature maps (0) stand apart from those of partial sums (1), for values of each have widths of their own.
    """

    bits: FloatArray  # that cross the package
    busiest_bits: FloatArray  # over the busiest link or the host port of each transfer, as of links along rows
    hops: FloatArray  # of each transfer's longest way, the host port included
    bit_hops: FloatArray  # bits x links crossed, the host port's included
    site: IntArray  # (U, C) place of each chiplet on the square, where swaps chose it; (U, 0) where none do


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
    return _joined(parts, np.empty((n_keys, 0), dtype=np.int64))


def placed_loads(
    designs: Designs, mapping: ChipMapping, transfers: Transfers, n_layers: int, widths: tuple[IntArray, FloatArray]
) -> NopLoads:
    """:func:`nop_loads` of designs whose chiplets stand where swaps of their places find least traffic times hops.

    Parameters
    ----------
    designs : Designs
        U designs: ``NETWORK_FIELDS``, all of them :func:`siam_dse.engines.nop.placement.is_placed`.
    mapping, transfers : of the same designs
    n_layers : int
    widths : (U,) and (U, L) [bit]
        Of a value of a feature map and of a partial sum that leaves a chiplet; ``transfers`` are of values of one bit.

    Returns
    -------
    NopLoads
        Of values of one bit.

    Notes
    -----
    Chiplets of streamed weights stand for one of every round and are not swapped.
    """
    n_keys, parts, sites = len(mapping.n_chiplets), [], []
    size = int(mapping.mesh_side.max()) ** 2 * max(len(transfers.kind), 1)
    for part in chunks(n_keys, PLACED_ELEMENTS // size):
        own, moved = mapping.take(part), transfers.take(part)
        network, route = network_of(designs.take(part), own), transfer_routes(own, moved)
        position = _positions(network, route, own, moved, (widths[0][part], widths[1][part]))
        load = placed_summary(network.take(route.rows), route, position)
        parts.append(_by_layer(route, load, moved, n_layers))
        sites.append(places_on_square(network, position))
    widest = max(site.shape[1] for site in sites)
    padded = [np.pad(site, ((0, 0), (0, widest - site.shape[1])), constant_values=-1) for site in sites]
    return _joined(parts, np.concatenate(padded))


def _joined(parts: list[list[FloatArray]], site: IntArray) -> NopLoads:
    """Loads of parts of the keys as one."""
    bits, busiest, hops, bit_hops = (read_only(np.concatenate(values)) for values in zip(*parts, strict=True))
    return NopLoads(bits, busiest, hops, bit_hops, read_only(site))


def _positions(
    network: Network, route: Route, mapping: ChipMapping, transfers: Transfers, widths: tuple[IntArray, FloatArray]
) -> IntArray:
    """Positions for routes of values of one bit that are ``widths`` wide, (u, C)."""
    of_maps, of_sums = widths
    width = np.where(
        transfers.is_sum[route.transfer], of_sums[route.rows, transfers.layer[route.transfer]], of_maps[route.rows]
    )
    return positions(network, replace(route, bits=route.bits * width), mapping.rounds > 1)


def _chunk(network: Network, mapping: ChipMapping, transfers: Transfers, n_layers: int) -> list[FloatArray]:
    """Arrays of ``nop_loads`` for some of the keys."""
    route = transfer_routes(mapping, transfers)
    return _by_layer(route, route_loads(network.take(route.rows), route), transfers, n_layers)


def _by_layer(route: Route, load: LoadSummary, transfers: Transfers, n_layers: int) -> list[FloatArray]:
    """Loads of routes added up in their layers, feature maps apart from sums."""
    shape = (len(transfers.crosses), 2, n_layers)
    place = (route.rows, transfers.is_sum[route.transfer].astype(np.int64), transfers.layer[route.transfer])
    columns = (route.bits, busiest_bits(route, load), longest_hops(route, load), _bit_hops(route, load))
    return summed_at(place, shape, *columns)


def replayed_latency_s(
    designs: Designs, n_layers: int, mapping: ChipMapping, transfers: Transfers, site: IntArray | None = None
) -> FloatArray:
    """Latency of the network on package by layer, route by route in phases of constant rates.

    Parameters
    ----------
    designs : Designs
        U designs: ``LINK_FIELDS`` and ``NETWORK_FIELDS``.
    n_layers : int
    mapping, transfers : of the same designs
    site : (U, C), optional
        Place of each chiplet on the square, where swaps chose it.

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
        whole, rows = network_of(designs.take(part), own), route.rows + part.start
        network, position = whole.take(route.rows), None if site is None else places_on_square(whole, site[part])
        load = route_loads(network, route) if position is None else placed_summary(network, route, position)
        bandwidth, hop_s = bandwidth_bit_per_s(designs)[rows], hop_latency_s(designs)[rows]
        time_s = fluid_seconds(constants, network, route, load, bandwidth, hop_s, position)
        (out[part],) = summed_at((route.rows, transfers.layer[route.transfer]), out[part].shape, time_s)
    return read_only(out)


def _bit_hops(route: Route, load: LoadSummary) -> FloatArray:
    """Bits x links crossed, the host port's included, (n,)."""
    return np.asarray(load.total_link + route.bits * route.through_port)
