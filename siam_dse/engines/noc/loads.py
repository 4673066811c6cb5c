"""Loads of the network on chip that follow from the mapping alone, and the time and bits they make of values moved.

Which tiles send to which, and how many values, does not depend on how wide a value is; the closed form of the makespan
is a straight line in the volume once the busiest channel carries more than a flit. So each mapping is worked out once,
for values of a bit, whatever the precisions that share it.
"""

from dataclasses import dataclass, fields

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, chunks, freeze
from siam_dse.engines.mesh.channels import zero_load_cycles
from siam_dse.engines.mesh.footprint import LoadSummary
from siam_dse.engines.noc.phases import PHASES, Phases, transfer_phases
from siam_dse.engines.noc.replay import Geometry, busy_cycles, geometry, loads
from siam_dse.mapping.mapping import Mapping
from siam_dse.mapping.traffic import Transfers

# Phases (keys x transfers) worked on at once.
CHUNK_ELEMENTS = 500_000


@dataclass(frozen=True)
class NocLoads:
    """Transfers on chip of U mappings, two phases each at most; arrays are (U, T, 2) or (U, T), read-only."""

    layer: IntArray  # (T,) layer that a transfer counts for
    is_sum: BoolArray  # (T,) partial sums, whose phases follow one another
    busy_cycles: FloatArray  # (U, T, 2) of the busiest channel, in all, for flits as wide as the transfers' values
    head_cycles: FloatArray  # (U, T, 2) of a flit's way through the empty mesh
    link_bits: FloatArray  # (U, T) bits x links traversed, all chiplets
    router_bits: FloatArray  # (U, T) bits x routers traversed: one more than links a packet

    def only(self, which: BoolArray) -> "NocLoads":
        """Some of the transfers."""
        axis = {"layer": 0, "is_sum": 0}
        return NocLoads(
            **{f.name: freeze(np.compress(which, getattr(self, f.name), axis.get(f.name, 1))) for f in fields(self)}
        )


def noc_loads(mapping: Mapping, transfers: Transfers) -> NocLoads:
    """Loads of all transfers on the meshes of tiles, in the unit of the transfers' volumes.

    Parameters
    ----------
    mapping, transfers : of the same U keys

    Returns
    -------
    NocLoads
    """
    n_keys, n_transfers = transfers.crosses.shape
    parts = [_chunk(mapping.take(part), transfers.take(part)) for part in chunks(n_keys, CHUNK_ELEMENTS // n_transfers)]
    return NocLoads(
        transfers.layer,
        transfers.is_sum,
        **{name: freeze(np.concatenate([part[name] for part in parts])) for name in parts[0]},
    )


def _chunk(mapping: Mapping, transfers: Transfers) -> dict[str, FloatArray]:
    """Arrays of ``noc_loads`` for some of the keys."""
    phases = transfer_phases(mapping, transfers)
    shape = transfers.crosses.shape
    if not len(phases):
        both = np.zeros((*shape, PHASES))
        return {"busy_cycles": both, "head_cycles": both, "link_bits": both[..., 0], "router_bits": both[..., 0]}
    load = phase_loads(mapping, phases, phases.bits)[1]
    return {
        "busy_cycles": by_phase(phases, busy_cycles(load), shape),
        "head_cycles": by_phase(phases, zero_load_cycles(load.hops_max, np.ones(1)), shape),
        "link_bits": by_phase(phases, load.total_link * phases.instances, shape).sum(axis=2),
        "router_bits": by_phase(phases, (load.total_link + load.total) * phases.instances, shape).sum(axis=2),
    }


def phase_loads(mapping: Mapping, phases: Phases, volume: FloatArray) -> tuple[Geometry, LoadSummary]:
    """Meshes of phases and the loads of ``volume`` (n,) on each."""
    where = geometry(mapping, phases)
    return where, loads(where, volume)


def by_phase(phases: Phases, values: AnyArray, shape: tuple[int, ...]) -> AnyArray:
    """Values of phases (n,) at their transfer and place, (U, T, 2); 0 where there is none."""
    out = np.zeros((*shape, PHASES), dtype=values.dtype)
    out[phases.key, phases.transfer, phases.place] = values
    return out


def fast_latency_s(
    loads: NocLoads, rows: IntArray, value_bits: FloatArray, width_bits: AnyArray, clock_hz: FloatArray, n_layers: int
) -> FloatArray:
    """Latency of each layer's transfers in closed form.

    Parameters
    ----------
    loads : NocLoads
        Of values of one bit.
    rows : (D,)
        Mapping of each design.
    value_bits : (D, 1) or (D, T) [bit]
    width_bits, clock_hz : (D,)
        Of a flit; of the routers.
    n_layers : int

    Returns
    -------
    (D, L) float64 [s]

    Notes
    -----
    A phase takes max(busy cycles x value bits / width - 1, 0) + head cycles.
    """
    out = np.empty((len(rows), n_layers))
    flits = value_bits / width_bits[:, None]  # a value
    for part in chunks(len(rows), CHUNK_ELEMENTS // max(len(loads.layer), 1)):
        cycles = loads.busy_cycles[rows[part]]
        cycles *= flits[part, :, None]
        cycles -= 1
        np.maximum(cycles, 0, out=cycles)
        cycles += loads.head_cycles[rows[part]]
        out[part] = by_layer(transfer_cycles(cycles, loads.is_sum), loads.layer, n_layers) / clock_hz[part, None]
    return out


def transfer_cycles(cycles: FloatArray, is_sum: BoolArray) -> FloatArray:
    """Cycles of transfers, (U, T), from those of their phases (U, T, 2): sums have them in turn, others at once."""
    first, second = cycles[..., 0], cycles[..., 1]
    return np.where(is_sum, first + second, np.maximum(first, second))


def by_layer(values: FloatArray, layer: IntArray, n_layers: int) -> FloatArray:
    """Sum of a value of each transfer (U, T) over the transfers of each layer, (U, L)."""
    out = np.zeros((len(values), n_layers))
    for t, of in enumerate(layer):
        out[:, of] += values[:, t]
    return out
