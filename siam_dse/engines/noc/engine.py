"""Time and traffic of the network on chip: every transfer replayed on the mesh of tiles of its chiplets."""

from dataclasses import dataclass
from dataclasses import fields as dataclass_fields

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, chunks, freeze
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.design.designs import Designs
from siam_dse.engines.mesh.footprint import LoadSummary
from siam_dse.engines.noc.fluid import fluid_cycles
from siam_dse.engines.noc.phases import transfer_stages
from siam_dse.engines.noc.replay import fast_cycles, geometry, loads
from siam_dse.mapping.mapping import MAPPING_FIELDS, Mapping
from siam_dse.mapping.traffic import TRAFFIC_FIELDS, Transfers
from siam_dse.workload.network import Network

NOC_FIELDS = (*MAPPING_FIELDS, *TRAFFIC_FIELDS, "noc_width_bits", "noc_clock_hz")

# Makespan of phases [cycle] from geometry, flits and loads, by name of the level.
NOC_MODELS = {"fast": fast_cycles, "fluid": fluid_cycles}

# What holds up the slowest phase of a layer: nothing (no traffic), the way, or a kind of channel.
BOTTLENECKS = ("none", "distance", "link", "injection", "ejection")

# Phases (keys x transfers) worked on at once.
CHUNK_ELEMENTS = 500_000


@dataclass(frozen=True)
class NocTraffic:
    """Network on chip of U keys; arrays are (U, L), read-only."""

    latency_s: FloatArray
    link_bits: FloatArray  # bits x links traversed, all chiplets
    router_bits: FloatArray  # bits x routers traversed: one more than links a packet
    slowest_transfer: IntArray  # index of the layer's slowest transfer, -1 where none moves on chip
    slowest_transfer_s: FloatArray  # its latency
    bottleneck: IntArray  # what holds up its slowest phase, code in BOTTLENECKS


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
    n_keys = len(designs)
    parts = [
        _chunk(designs.take(part), network.n_layers, mapping.take(part), transfers.take(part), noc_model)
        for part in chunks(n_keys, CHUNK_ELEMENTS // max(len(transfers.kind), 1))
    ]
    names = [field.name for field in dataclass_fields(NocTraffic)]
    return NocTraffic(**{name: freeze(np.concatenate([getattr(part, name) for part in parts])) for name in names})


def _chunk(designs: Designs, n_layers: int, mapping: Mapping, transfers: Transfers, noc_model: str) -> NocTraffic:
    """``noc_time`` of a chunk of keys."""
    shape = (len(designs), n_layers)
    traffic = NocTraffic(
        latency_s=np.zeros(shape),
        link_bits=np.zeros(shape),
        router_bits=np.zeros(shape),
        slowest_transfer=np.full(shape, -1, dtype=np.int64),
        slowest_transfer_s=np.zeros(shape),
        bottleneck=np.zeros(shape, dtype=np.int64),
    )
    staged = [
        (t, stage, phase)
        for t in range(len(transfers.kind))
        for stage, phases in enumerate(transfer_stages(mapping, transfers, t))
        for phase in phases
    ]
    if not staged:
        return traffic
    phases = [phase for _, _, phase in staged]
    where = geometry(mapping, phases)
    keys = np.concatenate([phase.rows for phase in phases])
    flits = np.concatenate([phase.bits for phase in phases]) / designs.noc_width_bits[keys]
    load = loads(where, flits)
    cycles = NOC_MODELS[noc_model](where, flits, load)
    limit = _bottleneck(load)
    bits = designs.noc_width_bits[keys] * np.concatenate([phase.instances for phase in phases])
    link_bits, router_bits = load.total_link * bits, (load.total_link + load.total) * bits
    start, timer = 0, _Timer(len(designs))
    for index, (t, stage, phase) in enumerate(staged):
        rows, layer = phase.rows, int(transfers.layer[t])
        own = slice(start, start + len(rows))
        start = own.stop
        traffic.link_bits[rows, layer] += link_bits[own]
        traffic.router_bits[rows, layer] += router_bits[own]
        timer.add(stage, rows, cycles[own], limit[own])
        if index + 1 == len(staged) or staged[index + 1][0] != t:
            _add_transfer(traffic, layer, t, timer, designs.noc_clock_hz)
            timer = _Timer(len(designs))
    return traffic


def _add_transfer(traffic: NocTraffic, layer: int, t: int, timer: "_Timer", clock_hz: FloatArray) -> None:
    """Add a finished transfer to its layer."""
    transfer_s = timer.total() / clock_hz
    traffic.latency_s[:, layer] += transfer_s
    longer = transfer_s > traffic.slowest_transfer_s[:, layer]
    traffic.slowest_transfer[longer, layer] = t
    traffic.slowest_transfer_s[longer, layer] = transfer_s[longer]
    traffic.bottleneck[longer, layer] = timer.bottleneck[longer]


class _Timer:
    """Cycles of one transfer: phases of a stage overlap, stages add up."""

    def __init__(self, n_keys: int) -> None:
        self.stages: dict[int, FloatArray] = {}
        self.n_keys = n_keys
        self.longest = np.zeros(n_keys)
        self.bottleneck = np.zeros(n_keys, dtype=np.int64)

    def add(self, stage: int, rows: IntArray, cycles: FloatArray, bottleneck: IntArray) -> None:
        """Another phase of ``stage``."""
        times = self.stages.setdefault(stage, np.zeros(self.n_keys))
        times[rows] = np.maximum(times[rows], cycles)
        longer = cycles > self.longest[rows]
        self.longest[rows[longer]] = cycles[longer]
        self.bottleneck[rows[longer]] = bottleneck[longer]

    def total(self) -> FloatArray:
        """Cycles of the transfer, (U,)."""
        return np.asarray(sum(self.stages.values(), np.zeros(self.n_keys)))


def _bottleneck(load: LoadSummary) -> IntArray:
    """Code in BOTTLENECKS of the busiest channel, or the way where it is longer than the busiest channel is loaded."""
    kinds = np.stack([load.hops_max, load.max_link, load.max_injection, load.max_ejection])
    return np.asarray(np.argmax(kinds, axis=0) + 1)
