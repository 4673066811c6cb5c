"""Loads of the network on chip that follow from the mapping alone, and the time and bits they make of values moved.

Which tiles send to which, and how many values, does not depend on how wide a value is; the closed form of the makespan
is a straight line in the volume once the busiest channel carries more than a flit. So each mapping is worked out once,
for values of a bit, whatever the precisions that share it.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, chunks, read_only, summed_at
from siam_dse.core.loops import for_loop, takes_loop
from siam_dse.engines.mesh.channels import zero_load_cycles
from siam_dse.engines.mesh.fast import summary_busy_cycles
from siam_dse.engines.mesh.footprint import LoadSummary
from siam_dse.engines.mesh.geometry import Geometry, Nodes
from siam_dse.engines.mesh.unit_loads import Met, loop_unit_loads, unit_loads
from siam_dse.engines.noc.cast import sent_share, with_trees
from siam_dse.engines.noc.phases import PHASES, Phases, geometry, transfer_phases
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.mapping.traffic import Transfers
from siam_dse.technology.load import Constants
from siam_dse.technology.technology import Technology

# Phases (keys x transfers) worked on at once.
CHUNK_ELEMENTS = 500_000

LOOP_ELEMENTS = 16_000  # by loops, as fast as more: what they leave behind stays near, and a small batch takes no more
_SAVED_S = 1e-7  # CPU time that loops save a key's transfer, measured
_SAVED_LATENCY_S = 1e-8  # and for the time of one of them, measured
_N_UNIT_FIGURES = 3  # of _unit_figures
_KINDS = 1 + PHASES  # of values: feature maps, and partial sums of either phase


@dataclass(frozen=True)
class NocLoads:
    """Transfers on chip of U mappings, two phases each at most; arrays are read-only.

    Bits are summed up over the transfers of a layer, those of feature maps (0) apart from partial sums within chiplets
    (1) and out of them (2), for values of each have widths of their own.
    """

    layer: IntArray  # (T,) layer that a transfer counts for
    is_sum: BoolArray  # (T,) partial sums, whose phases follow one another
    busy_cycles: FloatArray  # (U, T, 2) of the busiest channel, in all, for flits as wide as the transfers' values
    head_cycles: FloatArray  # (U, T, 2) of a flit's way through the empty mesh
    link_bits: FloatArray  # (U, 3, L) bits x links traversed, all chiplets
    router_bits: FloatArray  # (U, 3, L) bits x routers traversed: one more than links a packet


def noc_loads(
    mapping: ChipMapping, transfers: Transfers, casts: BoolArray, n_layers: int, technology: Technology
) -> NocLoads:
    """Loads of all transfers on the meshes of tiles, in the unit of the transfers' volumes.

    Parameters
    ----------
    mapping, transfers : of the same U keys
    casts : (U,)
        Whose networks multicast.
    n_layers : int
    technology : Technology

    Returns
    -------
    NocLoads
    """
    constants = technology.constants("mesh")
    if takes_loop(transfers.crosses.size, _SAVED_S):
        figures = _looped(mapping, transfers, casts, n_layers, constants)
    else:
        n_keys, n_transfers = transfers.crosses.shape
        parts = [
            _chunk(mapping.take(part), transfers.take(part), casts[part], n_layers, constants)
            for part in chunks(n_keys, CHUNK_ELEMENTS // max(n_transfers, 1))
        ]
        figures = [np.concatenate(values) for values in zip(*parts, strict=True)]
    return NocLoads(transfers.layer, transfers.is_sum, *map(read_only, figures))


def _chunk(
    mapping: ChipMapping, transfers: Transfers, casts: BoolArray, n_layers: int, constants: Constants
) -> list[AnyArray]:
    """Figures of ``NocLoads`` of some of the keys."""
    phases = transfer_phases(mapping, transfers)
    where = geometry(mapping, transfers, phases)
    unit, row = unit_loads(where)
    bits, sent = phases.bits, phases.bits * phases.instances
    if casts.any():
        own = (mapping, transfers, casts, (phases.key, phases.transfer, phases.place))
        share = sent_share(*own)
        bits, sent = bits * share, sent * share
        unit, row, _ = with_trees(*own, where, (unit, row))
    busy_cycles, links, head_cycles = _unit_figures(constants, unit).T
    link_bits = links[row] * sent
    kind = transfers.is_sum[phases.transfer] * (1 + phases.place)
    place = (phases.key, kind * n_layers + transfers.layer[phases.transfer])
    in_layers = summed_at(place, (len(transfers.crosses), _KINDS * n_layers), link_bits, link_bits + sent)
    in_phases = by_phase(phases, transfers.crosses.shape, busy_cycles[row] * bits, head_cycles[row])
    return [*in_phases, *(bits.reshape(-1, _KINDS, n_layers) for bits in in_layers)]


def _looped(
    mapping: ChipMapping, transfers: Transfers, casts: BoolArray, n_layers: int, constants: Constants
) -> list[AnyArray]:
    """:func:`_chunk` of all keys by compiled loops."""
    from siam_dse.engines.noc.kernel import CHIPS, N_NUMBERS, add_up, phases_of

    (n_keys, n_transfers), is_sum = transfers.crosses.shape, transfers.is_sum
    ends = np.stack([transfers.producer, transfers.consumer, transfers.layer])
    chips = [for_loop(getattr(mapping, name)) for name in CHIPS]
    sides = np.stack([mapping.chiplet_side, mapping.chiplet_rows], axis=1).reshape(n_keys, 2, -1)
    volumes = [for_loop(each) for each in (transfers.tile_bits, transfers.chiplet_bits, transfers.accumulated)]
    crosses = for_loop(transfers.crosses)
    cycles = [np.empty((n_keys, n_transfers, PHASES)) for _ in range(2)]
    bits = [np.empty((n_keys, _KINDS, n_layers)) for _ in range(2)]
    at_once = LOOP_ELEMENTS // max(n_transfers, 1) or 1
    most = PHASES * min(at_once, n_keys) * n_transfers
    figures = partial(_unit_figures, constants)
    met = Met(PHASES * n_keys * n_transfers, figures, _N_UNIT_FIGURES)
    numbers, amounts = np.empty((most, N_NUMBERS), dtype=np.int64), np.empty((most, 2))
    for part in chunks(n_keys, at_once):
        own, moved = (tuple(each[part] for each in some) for some in (chips, volumes))
        n = phases_of(own, sides[part], ends, is_sum, moved, crosses[part], numbers, amounts)
        if casts[part].any():
            unit, row = loop_unit_loads(numbers[:n])
            columns, rows, first, count, to_first, to_count, key, transfer, place = numbers[:n].T
            where = Geometry(columns, rows, Nodes(first, count), Nodes(to_first, to_count))
            of_part = (mapping.take(part), transfers.take(part), casts[part], (key, transfer, place))
            amounts[:n] *= sent_share(*of_part)[:, None]
            unit, row, _ = with_trees(*of_part, where, (unit, row))
            of_unit = figures(unit)
        else:
            of_unit, row = met.of(numbers[:n])
        own_figures = [each[part] for each in (*cycles, *bits)]
        for figure in own_figures:  # just before it is added to: it stays near
            figure[:] = 0
        add_up(numbers, amounts, row, of_unit, ends, is_sum, *own_figures)
    return [*cycles, *bits]


def _unit_figures(constants: Constants, unit: LoadSummary) -> FloatArray:
    """Busy cycles and links traversed of one flit in all, and cycles of a flit's way, (n, 3)."""
    ejected = unit.n_sources * unit.n_destinations
    busy_cycles, links = summary_busy_cycles(constants, unit) / ejected, unit.total_link / ejected
    return np.stack([busy_cycles, links, zero_load_cycles(constants, unit.hops_max, np.ones(1))], axis=1)


def by_phase(phases: Phases, shape: tuple[int, ...], *values: AnyArray) -> list[AnyArray]:
    """Values of phases (n,) at their transfer and place, (U, T, 2) each; 0 where there is none."""
    place = np.ravel_multi_index((phases.key, phases.transfer, phases.place), (*shape, PHASES))
    out = [np.zeros((*shape, PHASES), dtype=those.dtype) for those in values]
    for array, those in zip(out, values, strict=True):
        np.put(array, place, those)
    return out


def fast_latency_s(
    loads: NocLoads,
    of_sums: bool,
    rows: IntArray,
    value_bits: FloatArray,
    width_bits: AnyArray,
    clock_hz: FloatArray,
    n_layers: int,
) -> FloatArray:
    """Latency of each layer's partial sums, or of its other transfers, in closed form.

    Parameters
    ----------
    loads : NocLoads
        Of values of one bit.
    of_sums : bool
    rows : (D,)
        Mapping of each design.
    value_bits : (D, 1, 1) or (D, L, 2) [bit]
        Of those transfers, by layer and phase.
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
    which = np.flatnonzero(loads.is_sum == of_sums)
    flits = value_bits / width_bits[:, None, None]  # a value
    if takes_loop(len(rows) * len(which), _SAVED_LATENCY_S):
        from siam_dse.engines.noc.kernel import latency_of

        out = np.zeros((len(rows), n_layers))
        own = rows, flits, np.asarray(clock_hz, dtype=np.float64)
        latency_of(loads.busy_cycles, loads.head_cycles, *own, which, loads.layer, of_sums, out)
        return out
    out = np.empty((len(rows), n_layers))
    busy, head = (np.take(cycles, which, axis=1) for cycles in (loads.busy_cycles, loads.head_cycles))
    layer = loads.layer[which]
    flits = np.take(flits, layer, axis=1) if flits.shape[1] > 1 else flits
    for part in chunks(len(rows), CHUNK_ELEMENTS // max(len(layer), 1)):
        cycles = busy[rows[part]]
        cycles *= flits[part]
        cycles -= 1
        np.maximum(cycles, 0, out=cycles)
        cycles += head[rows[part]]
        spent = transfer_cycles(cycles, loads.is_sum[which])
        out[part] = by_layer(spent, layer, n_layers) / clock_hz[part, None]
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
