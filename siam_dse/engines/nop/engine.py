"""Time, energy and area of the network on package."""

from dataclasses import dataclass
from dataclasses import fields as dataclass_fields

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, chunks, freeze
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.design.designs import Designs
from siam_dse.engines.nop.fluid import fluid_seconds
from siam_dse.engines.nop.links import NopLinks, bandwidth_bit_per_s, link_rows, nop_links
from siam_dse.engines.nop.replay import fast_seconds, route_loads
from siam_dse.engines.nop.routes import Route, transfer_route
from siam_dse.mapping.mapping import MAPPING_FIELDS, Mapping
from siam_dse.mapping.traffic import TRAFFIC_FIELDS, Transfers
from siam_dse.technology.load import load_table
from siam_dse.workload.network import Network

NOP_FIELDS = (*MAPPING_FIELDS, *TRAFFIC_FIELDS, "nop_link", "nop_bandwidth_gbps")

# Time of routes [s] from mesh, loads, bandwidth and hop latency, by name of the level.
NOP_MODELS = {"fast": fast_seconds, "fluid": fluid_seconds}

# Routes (keys x transfers) worked on at once.
CHUNK_ELEMENTS = 500_000


@dataclass(frozen=True)
class NopCost:
    """Network on package of U keys; arrays are (U, L) or (U,), read-only."""

    latency_s: FloatArray  # (U, L)
    bits: FloatArray  # (U, L) that cross the package
    bit_hops: FloatArray  # (U, L) bits x links crossed, the host port's included
    energy_j: FloatArray  # (U, L)
    slowest_transfer: IntArray  # (U, L) index of the layer's slowest transfer, -1 where none crosses
    slowest_transfer_s: FloatArray  # (U, L) its latency
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
    parts = [
        _chunk(designs.take(part), network.n_layers, mapping.take(part), transfers.take(part), noc_model)
        for part in chunks(len(designs), CHUNK_ELEMENTS // max(len(transfers.kind), 1))
    ]
    links = nop_links(designs, mapping)
    traffic = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    link_energy = load_table("nop_links")["energy_per_bit"][link_rows(designs)]
    traffic["energy_j"] = traffic["bit_hops"] * link_energy[:, None]
    once = {field.name: getattr(links, field.name) for field in dataclass_fields(NopLinks)}
    once.pop("phys_per_die")
    return NopCost(**{name: freeze(values) for name, values in (traffic | once).items()})


def _chunk(
    designs: Designs, n_layers: int, mapping: Mapping, transfers: Transfers, noc_model: str
) -> dict[str, FloatArray | IntArray]:
    """Traffic columns of ``nop_cost`` for a chunk of keys."""
    shape = (len(designs), n_layers)
    latency, bits = np.zeros(shape), np.zeros(shape)
    bit_hops, slowest_s = np.zeros(shape), np.zeros(shape)
    slowest = np.full(shape, -1, dtype=np.int64)
    routes = [transfer_route(mapping, transfers, t) for t in range(len(transfers.kind))]
    joined = _joined(routes)
    keys = joined.rows
    if len(keys):
        side = mapping.package_side[keys]
        load = route_loads(side, joined)
        bandwidth = bandwidth_bit_per_s(designs)[keys]
        hop_s = load_table("nop_links")["hop_latency"][link_rows(designs)][keys]
        time_s = NOP_MODELS[noc_model](side, joined, load, bandwidth, hop_s)
        hops = load.total_link + joined.bits * joined.through_port
    start = 0
    for t, route in enumerate(routes):
        rows, layer, own = route.rows, int(transfers.layer[t]), slice(start, start + len(route.rows))
        start = own.stop
        if not len(rows):
            continue
        latency[rows, layer] += time_s[own]
        bits[rows, layer] += route.bits
        bit_hops[rows, layer] += hops[own]
        longer = time_s[own] > slowest_s[rows, layer]
        slowest[rows[longer], layer] = t
        slowest_s[rows[longer], layer] = time_s[own][longer]
    return {
        "latency_s": latency,
        "bits": bits,
        "bit_hops": bit_hops,
        "slowest_transfer": slowest,
        "slowest_transfer_s": slowest_s,
    }


def _joined(routes: list[Route]) -> Route:
    """Routes of several transfers, one after the other."""
    return Route(**{name: np.concatenate([getattr(r, name) for r in routes]) for name in Route.__dataclass_fields__})
