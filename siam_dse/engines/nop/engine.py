"""What transfers put on the package's links, and their time by replay: the fluid level."""

from dataclasses import dataclass, replace

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray, chunks, read_only, summed_at
from siam_dse.core.loops import for_loop, takes_loop
from siam_dse.design.designs import Designs
from siam_dse.engines.mesh.footprint import LoadSummary
from siam_dse.engines.mesh.unit_loads import Met
from siam_dse.engines.nop.fluid import fluid_seconds
from siam_dse.engines.nop.links import bandwidth_bit_per_s, hop_latency_s
from siam_dse.engines.nop.loads import busiest_bits, is_even, longest_hops, route_loads
from siam_dse.engines.nop.network import Network, network_of
from siam_dse.engines.nop.placed import placed_summary
from siam_dse.engines.nop.placement import places_on_square, positions
from siam_dse.engines.nop.routes import Route, joined, transfer_routes
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.mapping.traffic import Transfers

# Routes (keys x transfers) worked on at once.
CHUNK_ELEMENTS = 500_000
LOOP_ELEMENTS = 16_000  # the same by loops: what they leave behind stays near
_SAVED_S = 5e-8  # CPU time that loops save a key's transfer, measured
_N_UNIT_FIGURES = 4  # of _unit_figures
_N_FIGURES = 4  # of NopLoads but the site
PLACED_ELEMENTS = 2_000_000  # the same x places of a package, or pairs of chiplets that routes join
# Packages with more are not placed by swaps: one of all pairs of 1,448 chiplets; one whose hops take 270 MB.
MOST_PAIRS, MOST_PLACES = 2**21, 5792


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
    network, nowhere = network_of(designs, mapping), np.empty((len(mapping.n_chiplets), 0), dtype=np.int64)
    by_loops = is_even(network) & takes_loop(transfers.crosses.size, _SAVED_S)
    if by_loops.all():
        return NopLoads(*map(read_only, (*_looped(mapping, transfers, n_layers), nowhere)))
    parts = [
        _chunk(network.take(part), by_loops[part], mapping.take(part), transfers.take(part), n_layers)
        for part in chunks(len(by_loops), CHUNK_ELEMENTS // max(len(transfers.kind), 1))
    ]
    return _joined(parts, nowhere)


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
    routes, pairs = _routes(mapping, transfers)
    is_small = (pairs <= MOST_PAIRS) & (mapping.mesh_side**2 <= MOST_PLACES)
    cost = np.maximum(pairs, mapping.mesh_side**2 * len(transfers.kind)).astype(np.int64)
    rows, parts, sites = [np.flatnonzero(~is_small)], [], []
    if len(rows[0]):
        own, moved = mapping.take(rows[0]), transfers.take(rows[0])
        large = nop_loads(designs.take(rows[0]), own, moved, n_layers)
        parts.append([large.bits, large.busiest_bits, large.hops, large.bit_hops])
        sites.append(np.full((len(rows[0]), 1), -1))
    for some in _shares(np.flatnonzero(is_small), cost):
        own, moved, route = mapping.take(some), transfers.take(some), routes.of_keys(some)
        network = network_of(designs.take(some), own)
        position = _positions(network, route, own, moved, (widths[0][some], widths[1][some]))
        load = placed_summary(network.take(route.rows), route, position)
        rows.append(some)
        parts.append(_by_layer(route, load, moved, n_layers))
        sites.append(places_on_square(network, position))
    widest = max(site.shape[1] for site in sites)
    padded = [np.pad(site, ((0, 0), (0, widest - site.shape[1])), constant_values=-1) for site in sites]
    back = np.argsort(np.concatenate(rows))
    return _joined(
        [[values[back] for values in map(np.concatenate, zip(*parts, strict=True))]], np.concatenate(padded)[back]
    )


def _routes(mapping: ChipMapping, transfers: Transfers) -> tuple[Route, FloatArray]:
    """All routes, and how many pairs of chiplets they join on each package, (U,)."""
    found, n_keys = [], len(mapping.n_chiplets)
    for part in chunks(n_keys, CHUNK_ELEMENTS // max(len(transfers.kind), 1)):
        route = transfer_routes(mapping.take(part), transfers.take(part))
        found.append(replace(route, rows=route.rows + part.start))
    route = joined(found)
    number = route.source_count.astype(np.float64) * route.destination_count
    return route, np.asarray(np.bincount(route.rows, number, minlength=n_keys), dtype=np.float64)


def _shares(rows: IntArray, cost: IntArray) -> list[IntArray]:
    """Rows in shares of about ``PLACED_ELEMENTS``, those of like cost together."""
    ordered = rows[np.argsort(cost[rows], kind="stable")]
    share = np.cumsum(cost[ordered]) // PLACED_ELEMENTS
    return np.split(ordered, np.flatnonzero(np.diff(share)) + 1) if len(rows) else []


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


def _chunk(
    network: Network, by_loops: BoolArray, mapping: ChipMapping, transfers: Transfers, n_layers: int
) -> list[FloatArray]:
    """Arrays of ``nop_loads`` for some of the keys."""
    if by_loops.all():
        return _looped(mapping, transfers, n_layers)
    if by_loops.any():
        out = [np.empty((len(by_loops), 2, n_layers)) for _ in range(_N_FIGURES)]
        for rows in (np.flatnonzero(by_loops), np.flatnonzero(~by_loops)):
            own, moved = mapping.take(rows), transfers.take(rows)
            found = (
                _looped(own, moved, n_layers)
                if by_loops[rows[0]]
                else _routed(network.take(rows), own, moved, n_layers)
            )
            for whole, some in zip(out, found, strict=True):
                whole[rows] = some
        return out
    return _routed(network, mapping, transfers, n_layers)


def _routed(network: Network, mapping: ChipMapping, transfers: Transfers, n_layers: int) -> list[FloatArray]:
    """:func:`_chunk` on any network."""
    route = transfer_routes(mapping, transfers)
    return _by_layer(route, route_loads(network.take(route.rows), route), transfers, n_layers)


def _looped(mapping: ChipMapping, transfers: Transfers, n_layers: int) -> list[FloatArray]:
    """:func:`_chunk` on even meshes, by compiled loops."""
    from siam_dse.engines.nop.route_kernel import N_NUMBERS, add_up, routes_of

    (n_keys, n_transfers), is_sum = transfers.crosses.shape, transfers.is_sum
    ends = np.stack([transfers.producer, transfers.consumer, transfers.layer])
    out = [np.empty((n_keys, 2, n_layers)) for _ in range(_N_FIGURES)]
    at_once = LOOP_ELEMENTS // max(n_transfers, 1) or 1
    most = 2 * min(at_once, n_keys) * n_transfers
    numbers, bits = np.empty((most, N_NUMBERS), dtype=np.int64), np.empty(most)
    met = Met(2 * n_keys * n_transfers, _unit_figures, _N_UNIT_FIGURES)
    first, spanned, side = map(for_loop, (mapping.first_chiplet, mapping.spanned_chiplets, mapping.mesh_side))
    crosses, moved, accumulated = map(for_loop, (transfers.crosses, transfers.chiplet_bits, transfers.accumulated))
    for part in chunks(n_keys, at_once):
        where, volume = (first[part], spanned[part], side[part]), (moved[part], accumulated[part])
        n = routes_of(*where, ends, is_sum, crosses[part], *volume, numbers, bits)
        unit, row = met.of(numbers[:n])
        own_figures = [each[part] for each in out]
        for figure in own_figures:  # just before it is added to: it stays near
            figure[:] = 0
        add_up(numbers, bits, row, unit, ends, is_sum, *own_figures)
    return out


def _unit_figures(unit: LoadSummary) -> FloatArray:
    """What ``route_kernel.add_up`` needs of loads of one bit a pair, (n, 4)."""
    return np.stack([unit.max_link, unit.total_link, unit.hops_max, unit.n_sources * unit.n_destinations], axis=1)


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
    has_site = np.zeros(len(designs), dtype=bool) if site is None else (site >= 0).any(axis=1)
    most = CHUNK_ELEMENTS // max(len(transfers.kind), 1)
    for of_sites in (False, True):
        for part in chunks(len(same := np.flatnonzero(has_site == of_sites)), most):
            some = same[part]
            own = mapping.take(some)
            route = transfer_routes(own, transfers.take(some))
            if not len(route):
                continue
            whole, rows = network_of(designs.take(some), own), some[route.rows]
            network = whole.take(route.rows)
            position = places_on_square(whole, site[some]) if site is not None and of_sites else None
            load = route_loads(network, route) if position is None else placed_summary(network, route, position)
            bandwidth, hop_s = bandwidth_bit_per_s(designs)[rows], hop_latency_s(designs)[rows]
            time_s = fluid_seconds(constants, network, route, load, bandwidth, hop_s, position)
            (out[some],) = summed_at((route.rows, transfers.layer[route.transfer]), out[some].shape, time_s)
    return read_only(out)


def _bit_hops(route: Route, load: LoadSummary) -> FloatArray:
    """Bits x links crossed, the host port's included, (n,)."""
    return np.asarray(load.total_link + route.bits * route.through_port)
