"""Network on chip transfer by transfer: time at the levels fluid and cycle, and what holds up a layer."""

from collections.abc import Callable

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, chunks, freeze
from siam_dse.design.designs import Designs
from siam_dse.engines.mesh.fast import summary_makespan_cycles
from siam_dse.engines.mesh.footprint import LoadSummary
from siam_dse.engines.mesh.geometry import Geometry
from siam_dse.engines.mesh.unit_loads import scaled, unit_loads
from siam_dse.engines.noc.cast import is_multicast, sent_share, with_trees
from siam_dse.engines.noc.loads import CHUNK_ELEMENTS, by_layer, by_phase, transfer_cycles
from siam_dse.engines.noc.phases import geometry, transfer_phases
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.mapping.traffic import Transfers
from siam_dse.technology.load import Constants

# Fields of a design that the routers' pace depends on.
ROUTER_FIELDS = ("noc_width_bits", "noc_clock_hz")

# What holds up the slowest phase of a layer: nothing (no traffic), the way, or a kind of channel.
BOTTLENECKS = ("none", "distance", "link", "injection", "ejection")

# Makespan of phases [cycle], (n,), from the mesh's constants, their geometry, flits (n,) and loads.
Makespan = Callable[[Constants, Geometry, FloatArray, LoadSummary], FloatArray]


def makespans_s(
    designs: Designs, n_layers: int, mapping: ChipMapping, transfers: Transfers, makespan: Makespan
) -> FloatArray:
    """Latency of the network on chip by layer, every phase replayed or simulated by itself.

    Transfers of a layer follow one another; within a transfer, chiplets work at once and the slowest counts. A phase
    takes the makespan of an all-to-all on the mesh.

    Parameters
    ----------
    designs : Designs
        U designs: ``ROUTER_FIELDS``, ``CAST_FIELDS``.
    n_layers : int
    mapping, transfers : of the same designs
    makespan : function
        ``fluid_cycles`` (milliseconds a phase) or ``simulated_cycles`` (up to a second a phase).

    Returns
    -------
    (U, L) float64 [s]

    Notes
    -----
    Flits are ``noc_width_bits`` wide and carry data only; a transfer's volume need not be whole flits. Multicast is
    neither replayed nor simulated: its trees take the closed form.
    """
    parts = [np.zeros((0, n_layers))]
    for part in _parts(len(designs), transfers):
        spent, _ = _spent(designs.take(part), mapping.take(part), transfers.take(part), makespan)
        parts.append(by_layer(spent, transfers.layer, n_layers))
    return np.asarray(freeze(np.concatenate(parts)))


def bottlenecks(designs: Designs, n_layers: int, mapping: ChipMapping, transfers: Transfers) -> IntArray:
    """What holds up the slowest phase of each layer's slowest transfer in closed form, (U, L), code in BOTTLENECKS.

    Parameters as of :func:`makespans_s`.
    """
    parts = [np.zeros((0, n_layers), dtype=np.int64)]
    for part in _parts(len(designs), transfers):
        own = designs.take(part), mapping.take(part), transfers.take(part)
        spent, limit = _spent(*own, lambda constants, _where, _flits, load: summary_makespan_cycles(constants, load))
        parts.append(_of_slowest(spent, limit, transfers.layer, n_layers))
    return np.asarray(freeze(np.concatenate(parts)))


def _parts(n_designs: int, transfers: Transfers) -> list[slice]:
    return list(chunks(n_designs, CHUNK_ELEMENTS // max(len(transfers.kind), 1)))


def _spent(
    designs: Designs, mapping: ChipMapping, transfers: Transfers, makespan: Makespan
) -> tuple[FloatArray, IntArray]:
    """Time of each transfer [s] and the code of what holds it up, (U, T) each."""
    phases, shape = transfer_phases(mapping, transfers), transfers.crosses.shape
    if not len(phases):
        return np.zeros(shape), np.zeros(shape, dtype=np.int64)
    constants, casts = designs.technology.constants("mesh"), is_multicast(designs)
    own = (mapping, transfers, casts, (phases.key, phases.transfer, phases.place))
    flits = phases.bits * sent_share(*own) / designs.noc_width_bits[phases.key]
    where = geometry(mapping, transfers, phases)
    unit, row, is_tree = with_trees(*own, where, unit_loads(where))
    load = scaled(unit.take(row), flits)
    spans = summary_makespan_cycles(constants, load)  # of trees at every level
    replayed = np.flatnonzero(~is_tree)
    spans[replayed] = makespan(constants, where.take(replayed), flits[replayed], load.take(replayed))
    cycles, kind = by_phase(phases, shape, spans, _bottleneck(load))
    spent = transfer_cycles(cycles, transfers.is_sum) / designs.noc_clock_hz[:, None]
    return spent, np.take_along_axis(kind, np.argmax(cycles, axis=2)[:, :, None], axis=2)[:, :, 0]


def _of_slowest(spent: FloatArray, limit: IntArray, layer: IntArray, n_layers: int) -> IntArray:
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
