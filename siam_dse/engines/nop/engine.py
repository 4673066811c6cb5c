"""Time, energy and area of the network on package."""

from dataclasses import dataclass
from dataclasses import fields as dataclass_fields

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, chunks, freeze, read_only, summed_at
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.design.designs import Designs
from siam_dse.engines.mesh.footprint import LoadSummary
from siam_dse.engines.nop.fluid import fluid_seconds
from siam_dse.engines.nop.links import (
    NopLinks,
    bandwidth_bit_per_s,
    hop_latency_s,
    link_energy_j_per_bit,
    nop_links,
)
from siam_dse.engines.nop.loads import busiest_bits, fast_seconds, longest_hops, route_loads
from siam_dse.engines.nop.routes import Route, transfer_routes
from siam_dse.mapping.mapping import MAPPING_FIELDS, Mapping
from siam_dse.mapping.traffic import TRAFFIC_FIELDS, Transfers
from siam_dse.workload.network import Network

NOP_FIELDS = (*MAPPING_FIELDS, *TRAFFIC_FIELDS, "nop_link", "nop_bandwidth_gbps")

# Time of routes [s] from mesh, loads, bandwidth and hop latency, by name of the level.
NOP_MODELS = {"fast": fast_seconds, "fluid": fluid_seconds}

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


@dataclass(frozen=True)
class NopCost:
    """Network on package of U keys; arrays are (U, L) or (U,), read-only."""

    latency_s: FloatArray  # (U, L)
    bits: FloatArray  # (U, L) that cross the package
    bit_hops: FloatArray  # (U, L) bits x links crossed, the host port's included
    energy_j: FloatArray  # (U, L)
    nop_lanes: IntArray  # (U,) of a PHY
    phys: IntArray  # (U,) in the package
    phy_area_m2: FloatArray  # (U,) of all PHYs
    die_phy_area_m2: FloatArray  # (U,) on the die with most of them
    static_power_w: FloatArray  # (U,) standby power of all PHYs
    shoreline_m: FloatArray  # (U,) die edge that one PHY takes


def nop_cost(
    designs: Designs, network: Network, mapping: Mapping, transfers: Transfers, noc_model: str = "fast"
) -> NopCost:
    """Latency, energy, area and standby power of the network on package.

    Each transfer that crosses the package is routed on the mesh of chiplets; transfers of a layer follow one another.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``NOP_FIELDS``.
    network : Network
    mapping, transfers : of the same designs
    noc_model : {"fast", "fluid"}
        Busiest link and longest way, or replay of the mesh in phases of constant rates.

    Returns
    -------
    NopCost

    Raises
    ------
    InputError
        The level is not known.

    Notes
    -----
    t = (bits over the busiest link) / bandwidth + hops x hop latency; E = bits x hops x energy of a link, both ends.
    Energy of the NoP's routers, about 0.1 pJ/bit at 32 nm, is within the uncertainty of the links' and left out.
    """
    if noc_model not in NOP_MODELS:
        raise InputError("noc_model", unknown_name("level", noc_model, NOP_MODELS))
    loads = nop_loads(mapping, transfers, network.n_layers)
    bit_hops = loads.bit_hops.sum(axis=1)
    latency = _by_route(mapping, transfers, network.n_layers, designs, noc_model)
    links = nop_links(designs, mapping.n_chiplets, mapping.package_side)
    once = {field.name: getattr(links, field.name) for field in dataclass_fields(NopLinks)}
    once.pop("phys_per_die")
    return NopCost(
        latency_s=freeze(latency),
        bits=freeze(loads.bits.sum(axis=1)),
        bit_hops=freeze(bit_hops),
        energy_j=freeze(bit_hops * link_energy_j_per_bit(designs)[:, None]),
        **once,
    )


def nop_loads(mapping: Mapping, transfers: Transfers, n_layers: int) -> NopLoads:
    """Bits and hops on the package's mesh, proportional to the transfers' volumes but for the hops.

    Parameters
    ----------
    mapping, transfers : of the same U keys
    n_layers : int

    Returns
    -------
    NopLoads

    Notes
    -----
    t = busiest bits / bandwidth + hops x hop latency, as :func:`siam_dse.engines.nop.loads.fast_seconds` has it for
    each transfer.
    """
    n_keys = len(mapping.n_chiplets)
    parts = [
        _chunk(mapping.take(part), transfers.take(part), n_layers)
        for part in chunks(n_keys, CHUNK_ELEMENTS // max(len(transfers.kind), 1))
    ]
    return NopLoads(*(read_only(np.concatenate(values)) for values in zip(*parts, strict=True)))


def _chunk(mapping: Mapping, transfers: Transfers, n_layers: int) -> list[FloatArray]:
    """Arrays of ``nop_loads`` for some of the keys."""
    route = transfer_routes(mapping, transfers)
    load = route_loads(mapping.mesh_side[route.rows], route)
    shape = (len(transfers.crosses), 2, n_layers)
    place = (route.rows, transfers.is_sum[route.transfer].astype(np.int64), transfers.layer[route.transfer])
    columns = (route.bits, busiest_bits(route, load), longest_hops(route, load), _bit_hops(route, load))
    return summed_at(place, shape, *columns)


def _by_route(mapping: Mapping, transfers: Transfers, n_layers: int, designs: Designs, noc_model: str) -> FloatArray:
    """Latency of each layer's transfers, route by route, (U, L) [s]."""
    out = np.zeros((len(designs), n_layers))
    for part in chunks(len(designs), CHUNK_ELEMENTS // max(len(transfers.kind), 1)):
        own = mapping.take(part)
        route = transfer_routes(own, transfers.take(part))
        if not len(route):
            continue
        side, rows = own.mesh_side[route.rows], route.rows + part.start
        bandwidth, hop_s = bandwidth_bit_per_s(designs)[rows], hop_latency_s(designs)[rows]
        time_s = NOP_MODELS[noc_model](side, route, route_loads(side, route), bandwidth, hop_s)
        (out[part],) = summed_at((route.rows, transfers.layer[route.transfer]), out[part].shape, time_s)
    return out


def _bit_hops(route: Route, load: LoadSummary) -> FloatArray:
    """Bits x links crossed, the host port's included, (n,)."""
    return np.asarray(load.total_link + route.bits * route.through_port)
