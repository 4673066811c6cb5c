"""Time and traffic of the network on chip: every transfer on the mesh of tiles of its chiplets."""

from dataclasses import dataclass
from dataclasses import fields as dataclass_fields

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, chunks, freeze
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.design.designs import Designs
from siam_dse.engines.mesh.fast import summary_makespan_cycles
from siam_dse.engines.mesh.footprint import LoadSummary
from siam_dse.engines.mesh.geometry import Geometry
from siam_dse.engines.mesh.unit_loads import loads
from siam_dse.engines.noc.fluid import fluid_cycles
from siam_dse.engines.noc.loads import CHUNK_ELEMENTS, by_layer, by_phase, transfer_cycles
from siam_dse.engines.noc.phases import geometry, transfer_phases
from siam_dse.mapping.mapping import MAPPING_FIELDS, Mapping
from siam_dse.mapping.traffic import TRAFFIC_FIELDS, Transfers
from siam_dse.technology.load import Constants
from siam_dse.workload.network import Network

# Fields of a design that the routers' pace depends on.
ROUTER_FIELDS = ("noc_width_bits", "noc_clock_hz")
NOC_FIELDS = (*MAPPING_FIELDS, *TRAFFIC_FIELDS, *ROUTER_FIELDS)


def fast_cycles(constants: Constants, where: Geometry, flits: FloatArray, load: LoadSummary) -> FloatArray:
    """Makespan of an all-to-all in closed form from its loads, (n,) [cycle]; parameters as ``fluid_cycles``."""
    return summary_makespan_cycles(constants, load)


# Makespan of phases [cycle] from the mesh's constants, geometry, flits and loads, by name of the level.
NOC_MODELS = {"fast": fast_cycles, "fluid": fluid_cycles}

# What holds up the slowest phase of a layer: nothing (no traffic), the way, or a kind of channel.
BOTTLENECKS = ("none", "distance", "link", "injection", "ejection")


@dataclass(frozen=True)
class NocTraffic:
    """Network on chip of U keys; arrays are (U, L), read-only."""

    latency_s: FloatArray
    link_bits: FloatArray  # bits x links traversed, all chiplets
    router_bits: FloatArray  # bits x routers traversed: one more than links a packet
    bottleneck: IntArray  # what holds up the slowest phase of the slowest transfer, code in BOTTLENECKS


def noc_time(
    designs: Designs, network: Network, mapping: Mapping, transfers: Transfers, noc_model: str = "fast"
) -> NocTraffic:
    """Latency of the network on chip and the bits that cross its links and routers.

    Transfers of a layer follow one another; within a transfer, chiplets work at once and the slowest counts. A phase
    takes the makespan of an all-to-all on the mesh: exact link loads under XY routing, router timing of BookSim2.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``NOC_FIELDS``.
    network : Network
    mapping, transfers : of the same designs
    noc_model : {"fast", "fluid"}
        Closed form, or replay in phases of constant rates (milliseconds a phase).

    Returns
    -------
    NocTraffic

    Raises
    ------
    InputError
        The level is not known.

    Notes
    -----
    Flits are ``noc_width_bits`` wide and carry data only; a transfer's volume need not be whole flits.
    """
    if noc_model not in NOC_MODELS:
        raise InputError("noc_model", unknown_name("level", noc_model, NOC_MODELS))
    parts = [
        _chunk(designs.take(part), network.n_layers, mapping.take(part), transfers.take(part), noc_model)
        for part in chunks(len(designs), CHUNK_ELEMENTS // max(len(transfers.kind), 1))
    ]
    names = [field.name for field in dataclass_fields(NocTraffic)]
    return NocTraffic(**{name: freeze(np.concatenate([getattr(part, name) for part in parts])) for name in names})


def _chunk(designs: Designs, n_layers: int, mapping: Mapping, transfers: Transfers, noc_model: str) -> NocTraffic:
    """``noc_time`` of a chunk of keys."""
    phases, layer = transfer_phases(mapping, transfers), transfers.layer
    shape = transfers.crosses.shape
    if not len(phases):
        nothing = np.zeros((len(designs), n_layers))
        return NocTraffic(nothing, nothing, nothing, nothing.astype(np.int64))
    width = designs.noc_width_bits[phases.key]
    flits = phases.bits / width
    where = geometry(mapping, phases)
    load = loads(where, flits)
    bits = width * phases.instances
    crossed = load.total_link * bits, (load.total_link + load.total) * bits
    makespan = NOC_MODELS[noc_model](designs.technology.constants("mesh"), where, flits, load)
    cycles, kind, *crossings = by_phase(phases, shape, makespan, _bottleneck(load), *crossed)
    link_bits, router_bits = (by_layer(values.sum(axis=2), layer, n_layers) for values in crossings)
    spent = transfer_cycles(cycles, transfers.is_sum) / designs.noc_clock_hz[:, None]
    limit = np.take_along_axis(kind, np.argmax(cycles, axis=2)[:, :, None], axis=2)
    return NocTraffic(
        latency_s=by_layer(spent, layer, n_layers),
        link_bits=link_bits,
        router_bits=router_bits,
        bottleneck=_of_slowest(spent, limit[:, :, 0], layer, n_layers),
    )


def _of_slowest(spent: FloatArray, limit: FloatArray, layer: IntArray, n_layers: int) -> IntArray:
    """Value of each layer's slowest transfer, (U, L), from transfers' times and values (U, T); 0 where none moves."""
    out, longest = np.zeros((len(spent), n_layers), dtype=np.int64), np.zeros((len(spent), n_layers))
    for t, of in enumerate(layer):
        longer = spent[:, t] > longest[:, of]
        out[longer, of] = limit[longer, t]
        longest[longer, of] = spent[longer, t]
    return out


def _bottleneck(load: LoadSummary) -> IntArray:
    """Code in BOTTLENECKS of the busiest channel, or the way where it is longer than the busiest channel is loaded."""
    kinds = np.stack([load.hops_max, load.max_link, load.max_injection, load.max_ejection])
    return np.asarray(np.argmax(kinds, axis=0) + 1)
