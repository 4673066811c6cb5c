"""What SIAM's released scripts do with NoC and NoP traffic, quirks included: for comparison with their output only.

No default and no profile uses these functions. Against physical traffic: on the NoC the bits of an activation are
counted twice, every source sends the whole map to every destination, and only consecutive layers on one chiplet talk;
on the NoP the packets are one too few. On both, packets are divided by a scale that latencies are not multiplied by.
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray, unique_rows
from siam_dse.design.designs import Designs
from siam_dse.engines.mesh.cases import RR_SYNC, Cases, node_lists
from siam_dse.engines.mesh.channels import channel_use
from siam_dse.engines.mesh.fast import fast_makespan
from siam_dse.engines.mesh.loads import place_block
from siam_dse.engines.noc.energy import noc_physics
from siam_dse.mapping.crossbars import ceil_div
from siam_dse.mapping.mapping import Mapping
from siam_dse.technology.load import Constants
from siam_dse.workload.network import Network


@dataclass(frozen=True)
class SiamTrace:
    """A released trace and its replay; arrays are (U, L), a trace stands at its destination layer, 0 where none is."""

    packets: FloatArray  # flits from each source to each destination
    cycles: FloatArray  # cycle in which the trace is finished
    latency_s: FloatArray
    link_flits: FloatArray  # flits x links
    router_flits: FloatArray  # flits x routers


def siam_noc_packets(
    constants: Constants, input_values: IntArray, activation_bits: IntArray, width_bits: IntArray
) -> IntArray:
    """Flits from each source to each destination tile of the next layer: bits counted twice, scaled.

    Parameters
    ----------
    constants : Constants
        ``noc_siam``.
    input_values : (L,)
        Of the source layer.
    activation_bits, width_bits : (U,)

    Returns
    -------
    (U, L) int64

    Notes
    -----
    ceil(ceil(values q q / W) / 100).
    """
    bits = input_values * (activation_bits**2)[:, None]
    scale = np.asarray(constants["noc_scale"], dtype=np.int64)
    return ceil_div(ceil_div(bits, width_bits[:, None]), scale)


def siam_nop_packets(
    constants: Constants, input_values: IntArray, activation_bits: IntArray, sources: IntArray, destinations: IntArray
) -> IntArray:
    """Flits from each source to each destination chiplet: the next group's input over all pairs, scaled, less one.

    Parameters
    ----------
    constants : Constants
        ``noc_siam``.
    input_values : (L,)
        Of the first layer of the next group.
    activation_bits : (U,)
    sources, destinations : (U, L)
        Chiplets.

    Returns
    -------
    (U, L) int64

    Notes
    -----
    ceil(values q / (s d 10 W)) - 1.
    """
    bits = input_values * activation_bits[:, None]
    return ceil_div(bits, sources * destinations * int(constants["nop_scale"]) * int(constants["nop_width"])) - 1


def siam_noc_trace(designs: Designs, network: Network, mapping: Mapping) -> SiamTrace:
    """SIAM's NoC trace between each two consecutive layers on a chiplet, replayed in closed form.

    Parameters
    ----------
    designs : Designs
        U designs.
    network : Network
    mapping : Mapping
        Of the same designs; without duplication, as SIAM has it.

    Returns
    -------
    SiamTrace

    Notes
    -----
    Mesh of side ceil(sqrt(tiles of the chiplet)), each flit sent by all sources at once, one destination a cycle.
    """
    packets = np.zeros(mapping.tiles.shape, dtype=np.int64)
    constants = designs.technology.constants("noc_siam")
    packets[:, 1:] = siam_noc_packets(
        constants, network.input_values[:-1], designs.activation_bits, designs.noc_width_bits
    )
    together = np.zeros(packets.shape, dtype=bool)
    together[:, 1:] = mapping.first_chiplet[:, 1:] == mapping.first_chiplet[:, :-1]
    side = np.ceil(np.sqrt(_tiles_of_own_die(mapping))).astype(np.int64)
    return _replayed(
        packets,
        together,
        (_previous(mapping.first_tile), _previous(mapping.tiles_on_chiplet)),
        (mapping.first_tile, mapping.tiles_on_chiplet),
        side,
        1 / designs.noc_clock_hz,
        designs.technology.constants("mesh"),
    )


def siam_nop_trace(designs: Designs, network: Network, mapping: Mapping) -> SiamTrace:
    """SIAM's NoP trace between each two consecutive groups of chiplets, replayed in closed form; as ``siam_noc_trace``.

    Notes
    -----
    Mesh of side ceil(sqrt(chiplets used)); cycles of 4 ns.
    """
    constants = designs.technology.constants("noc_siam")
    first, spanned = mapping.first_chiplet, mapping.spanned_chiplets
    packets = np.maximum(
        siam_nop_packets(constants, network.input_values, designs.activation_bits, _previous(spanned), spanned), 0
    )
    apart = np.zeros(packets.shape, dtype=bool)
    apart[:, 1:] = first[:, 1:] != first[:, :-1]
    side = np.ceil(np.sqrt(mapping.chiplets_used)).astype(np.int64)
    cycle_s = np.full(len(designs), constants["nop_cycle"])
    return _replayed(
        packets,
        apart,
        (_previous(first), _previous(spanned)),
        (first, spanned),
        np.broadcast_to(side[:, None], packets.shape),
        cycle_s,
        designs.technology.constants("mesh"),
    )


def siam_noc_energy_j(trace: SiamTrace, designs: Designs) -> FloatArray:
    """Energy of a NoC trace by BookSim2's numbers a flit, (U, L) [J]; designs with ``noc_energy = booksim``.

    SIAM multiplies BookSim2's power by the trace's latency instead, which overstates it about ten times: that power is
    taken at the power model's own clock of 9.7 GHz, the latency at 1 GHz.
    """
    physics = noc_physics(designs, np.zeros(len(designs)))  # wires of 2 mm, whatever the tile
    width = designs.noc_width_bits[:, None]
    link, router = (
        per_bit[:, None] * width for per_bit in (physics.link_energy_j_per_bit, physics.router_energy_j_per_bit)
    )
    ends = physics.terminal_energy_j_per_bit[:, None] * width
    injected = trace.router_flits - trace.link_flits  # a packet passes one router more than links
    return np.asarray(trace.router_flits * router + trace.link_flits * link + injected * ends)


def siam_driver_area_m2(constants: Constants, n_chiplets: IntArray) -> FloatArray:
    """Area of SIAM's NoP drivers, (U,) [m2]: (area of a lane x 32 lanes + clocking) x chiplets."""
    c = constants
    return np.asarray((c["driver_lane_area"] * c["driver_lanes"] + c["driver_clocking_area"]) * n_chiplets)


def siam_driver_energy_j(constants: Constants, bits: FloatArray) -> FloatArray:
    """Energy of SIAM's NoP drivers, like ``bits`` [J]: 43.2 pJ a bit, eighty times the link's own."""
    return np.asarray(constants["driver_energy"] * bits)


def _previous(values: IntArray) -> IntArray:
    """Each layer's predecessor's value, (U, L); the first layer has its own."""
    return np.concatenate([values[:, :1], values[:, :-1]], axis=1)


def _tiles_of_own_die(mapping: Mapping) -> IntArray:
    """Tiles in use on each layer's chiplet, (U, L)."""
    layers = np.arange(mapping.tiles.shape[1])
    start = np.maximum.accumulate(np.where(mapping.group_tiles > 0, layers, 0), axis=1)
    return np.take_along_axis(mapping.group_tiles, start, axis=1)


def _replayed(
    packets: IntArray,
    present: BoolArray,
    source: tuple[IntArray, IntArray],
    destination: tuple[IntArray, IntArray],
    side: IntArray,
    cycle_s: FloatArray,
    mesh: Constants,
) -> SiamTrace:
    """Makespan and flit-hops of traces between blocks (first, count) of nodes, equal traces replayed once."""
    key, layer = np.nonzero(present & (packets > 0))
    cycles = np.zeros(packets.shape)
    link_flits, router_flits = np.zeros(packets.shape), np.zeros(packets.shape)
    sent = np.where(present, packets, 0).astype(np.float64)
    if len(key):
        columns = [values[key, layer] for values in (side, *source, *destination, packets)]
        once, gather = unique_rows(columns)
        cases = _cases(mesh, *(column[once] for column in columns))
        use = channel_use(cases)
        links = use.packets[:, :-2].sum(axis=(1, 2, -1))
        injected = use.packets[:, -2].sum(axis=(1, 2))
        makespan, _ = fast_makespan(cases)
        cycles[key, layer] = makespan[gather]
        link_flits[key, layer] = links[gather]
        router_flits[key, layer] = (links + injected)[gather]
    return SiamTrace(sent, cycles, cycles * cycle_s[:, None], link_flits, router_flits)


def _cases(
    mesh: Constants,
    side: IntArray,
    source_first: IntArray,
    source_count: IntArray,
    destination_first: IntArray,
    destination_count: IntArray,
    packets: IntArray,
) -> Cases:
    """Cases of SIAM's trace mode and router."""
    one, side_max = np.ones(len(side)), int(side.max())
    return Cases(
        columns=side,
        rows=side,
        source=node_lists(place_block(source_first, source_count, side, side_max), side),
        destination=node_lists(place_block(destination_first, destination_count, side, side_max), side),
        packets=packets.astype(np.float64),
        flits=one,
        mode=np.full(len(side), RR_SYNC),
        gap=one,
        virtual_channels=one * mesh["siam_virtual_channels"],
        vc_flits=one * mesh["siam_vc_flits"],
        constants=mesh,
    )
