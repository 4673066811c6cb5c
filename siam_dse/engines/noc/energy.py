"""Energy a bit, area and power of the network on chip's routers and wires.

Two models, chosen by ``noc_energy``. ``wire``: a router whose energy and area are BookSim2's at 32 nm, scaled to the
node, between wires with repeaters as long as a tile's side. ``booksim``: BookSim2's own power model, where every
channel, that of injection and ejection too, is a wire of 2 mm at 32 nm: what SIAM uses.
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, freeze
from siam_dse.core.units import M_PER_NM
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.design.process import node_row
from siam_dse.engines.noc.router import (
    channel_area,
    clock_energy,
    repeated_wire_energy,
    router_core_area,
    router_event_energy,
    router_leakage,
    scaled_energy,
)
from siam_dse.technology.interpolated import node_table
from siam_dse.technology.supply import supply_ratio

# Fields that energy, area and power depend on, beside the area of a tile.
NOC_ENERGY_FIELDS = ("noc_energy", "node_nm", "roadmap", "noc_width_bits", "noc_clock_hz", "idle_power")


@dataclass(frozen=True)
class NocPhysics:
    """Routers and wires of the network on chip; arrays are (U,), read-only. There is one router a tile."""

    router_energy_j_per_bit: FloatArray  # a bit through one router
    link_energy_j_per_bit: FloatArray  # a bit over one link from tile to tile
    terminal_energy_j_per_bit: FloatArray  # a bit over its injection and its ejection channel together
    router_area_m2: FloatArray  # with the registers and repeaters of its channels
    router_leakage_w: FloatArray  # per router that is on; with the clock's power if that is never gated
    wire_length_m: FloatArray  # of a link


def noc_physics(designs: Designs, tile_area_m2: FloatArray) -> NocPhysics:
    """Energy a bit, area and power of a router and its links.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``NOC_ENERGY_FIELDS``.
    tile_area_m2 : (U,) [m2]
        A tile's circuits without its router: with it, the pitch of the mesh.

    Returns
    -------
    NocPhysics

    Notes
    -----
    ``wire``: router energy and channel registers scale as F V^2 (from 32 nm, 0.9 V), the switch's share a bit with the
    width; areas as F^2; leakage as F V Ioff; V is the supply that ``noc_clock_hz`` needs. Routers clock only the
    registers that a flit passes (counted in the energy a bit) if ``idle_power`` is gated, all of them in every cycle
    (counted in the power) if not. A tile's own wire to its router belongs to the tile. ``booksim``: nothing scales with
    the node or the supply, and clocks are always counted as power. Wires run above the tiles and take no area of their
    own.

    References
    ----------
    BookSim2, power_module.cpp with SIAM's settings (measured). Comparison: DSENT 0.05 to 0.15 pJ/bit a router at 32 and
    22 nm; MuchiSim 0.15 pJ/bit/mm.
    """
    technology = designs.technology
    nodes, c = node_table(technology, "nodes"), technology.constants("noc")
    row = node_row(designs)
    width = designs.noc_width_bits.astype(np.float64)
    is_booksim = designs.noc_energy == code("noc_energy", "booksim")
    is_gated = (designs.idle_power == code("idle_power", "gated")) & ~is_booksim
    feature_m = np.where(is_booksim, c["reference_node"], designs.node_nm * M_PER_NM)
    supply = supply_ratio(technology, row, designs.noc_clock_hz)
    vdd_v = np.where(is_booksim, c["reference_vdd"], supply * nodes["vdd_v"][row])
    ioff = np.where(is_booksim, c["reference_ioff"], nodes["ioff_n"][row])
    area_m2 = router_core_area(c, width, feature_m) + channel_area(c, width, feature_m)
    pitch_m = np.sqrt(tile_area_m2 + area_m2)
    wire_m = np.where(is_booksim, c["reference_wire"], pitch_m)
    retiming = scaled_energy(c, c["channel_retiming"], feature_m, vdd_v) / c["reference_width"]
    wire = np.where(
        is_booksim, c["channel_wire"] / c["reference_width"], supply**2 * repeated_wire_energy(technology, row) * wire_m
    )
    per_flit_clock, per_cycle_clock = clock_energy(c, width, feature_m, vdd_v)
    return _frozen(
        router_energy_j_per_bit=router_event_energy(c, width, feature_m, vdd_v) + np.where(is_gated, per_flit_clock, 0),
        link_energy_j_per_bit=wire + retiming,
        terminal_energy_j_per_bit=_terminals(is_booksim, wire + retiming),
        router_area_m2=area_m2,
        router_leakage_w=router_leakage(c, width, feature_m, vdd_v, ioff, wire_m)
        + np.where(is_gated, 0, per_cycle_clock * designs.noc_clock_hz),
        wire_length_m=wire_m,
    )


def _terminals(is_booksim: BoolArray, link: FloatArray) -> FloatArray:
    """Injection and ejection channel: two links in BookSim2's power model, part of the tile in ours, (U,) [J/bit]."""
    return np.where(is_booksim, 2 * link, 0)


def _frozen(**arrays: FloatArray) -> NocPhysics:
    """``NocPhysics`` of read-only arrays."""
    return NocPhysics(**{name: freeze(values) for name, values in arrays.items()})
