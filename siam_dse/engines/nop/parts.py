"""What the network on package declares.

Latency of a layer = bits over the busiest links / bandwidth + hops x the link's latency; energy = bits x hops x the
link's energy a bit. What finds no room in the buffers of a layer's own chiplets crosses the package out and back.
Designs of a batch often differ in their links alone, so these are multiplied last.
"""

from dataclasses import dataclass, replace

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, read_only
from siam_dse.core.declare import (
    AREA,
    CUSTOM_DIE_AREA,
    DIE_AREA,
    ENERGY,
    ENGINE_BUSY,
    LATENCY,
    LEAKAGE,
    MONOLITH_AREA,
    Column,
    Composed,
    Engine,
    LayerTimes,
    Need,
    Note,
    Part,
    Rule,
    Term,
    figure,
)
from siam_dse.core.units import MM_PER_M, PERCENT, UM_PER_M
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.engines.nop.engine import NopLoads, nop_loads, placed_loads, replayed_latency_s
from siam_dse.engines.nop.links import LINK_FIELDS, PHY_FIELDS, LinkPace, NopLinks, link_pace, nop_links, pitch_beyond_m
from siam_dse.engines.nop.network import NETWORK_FIELDS
from siam_dse.engines.nop.overflow import OVERFLOW_FIELDS, Overflow, overflow
from siam_dse.engines.nop.topologies import HUB, RING, ROW_MAJOR, SNAKE
from siam_dse.mapping.traffic import bits_of_values
from siam_dse.workload.network import Network


@dataclass(frozen=True)
class Crossed:
    """Bits that cross the package; arrays (U, L) [bit]."""

    busiest_bits: FloatArray  # over the busiest links
    bit_hops: FloatArray  # bits x links


@dataclass(frozen=True)
class Ways:
    """Links of the longest ways over the package."""

    hops: FloatArray  # (U, L)


def _loads(view: Designs, network: Network, mapping: Need, values_moved: Need) -> NopLoads:
    return nop_loads(view, mapping.own, values_moved.own, network.n_layers)


def _placed_loads(view: Designs, network: Network, mapping: Need, values_moved: Need, sent_widths: Need) -> NopLoads:
    widths = view.activation_bits, sent_widths.at(sent_widths.record.bits)
    return placed_loads(view, mapping.own, values_moved.own, network.n_layers, widths)


def _crossed(view: Designs, _: Network, nop_loads: Need, sent_widths: Need) -> Crossed:
    loads, widths = nop_loads.record, (view.activation_bits[:, None], sent_widths.at(sent_widths.record.bits))
    busiest = bits_of_values(loads.busiest_bits, nop_loads.rows, *widths)
    return Crossed(read_only(busiest), read_only(bits_of_values(loads.bit_hops, nop_loads.rows, *widths)))


def _ways(_: Designs, __: Network, nop_loads: Need) -> Ways:
    return Ways(read_only(nop_loads.record.hops.sum(axis=1)))


def _overflow(view: Designs, network: Network, mapping: Need, held: Need) -> Overflow:
    return overflow(view, network, mapping.record, held.record, mapping.rows, held.rows)


def _replay(view: Designs, network: Network, mapping: Need, transfers: Need) -> LayerTimes:
    return LayerTimes(replayed_latency_s(view, network.n_layers, mapping.own, transfers.own))


def _placed_replay(view: Designs, network: Network, mapping: Need, transfers: Need, nop_loads: Need) -> LayerTimes:
    site = nop_loads.at(nop_loads.record.site)
    return LayerTimes(replayed_latency_s(view, network.n_layers, mapping.own, transfers.own, site))


def _pace(view: Designs, _: Network) -> LinkPace:
    return link_pace(view)


def _links(view: Designs, _: Network, n_chiplets: IntArray, is_custom: BoolArray) -> NopLinks:
    return nop_links(view, n_chiplets, is_custom)


def _edge_m(f: Composed) -> FloatArray:
    """Edge of the smallest chiplet, taken as a square: every chiplet carries a PHY of the package's bandwidth, (n,)."""
    return np.sqrt(f.smallest_die_m2)


def _phy_beyond_edge(f: Composed) -> AnyArray:
    return np.asarray(np.maximum(f.figure("nop_links.shoreline_m") - _edge_m(f), 0) * MM_PER_M)


def _shoreline_used(f: Composed) -> AnyArray:
    return np.asarray(f.figure("nop_links.shoreline_m") / _edge_m(f) * PERCENT)


def _pitch_beyond(f: Composed) -> AnyArray:
    return np.asarray(pitch_beyond_m(f.designs) * UM_PER_M)


def _hub_without_interposer(f: Composed) -> AnyArray:
    has_hub = (f.designs.nop_topology == HUB) & (f.figure("mapping.n_chiplets") > 1)
    return np.asarray(has_hub & (f.designs.package != code("package", "interposer")), dtype=np.float64)


def _has_unused_fields(f: Composed) -> BoolArray:
    d = f.designs
    is_uneven, is_hub, is_ring = d.nop_bandwidth_ratio_xy != 1, d.nop_topology == HUB, d.nop_topology == RING
    is_placed = d.nop_placement != ROW_MAJOR
    return np.asarray((is_hub & (is_uneven | is_placed)) | (is_ring & (is_uneven | (d.nop_placement == SNAKE))))


def _says(f: Composed) -> str:
    """Chiplets of one design row by row, where swaps placed them."""
    site, side = f.figure("nop_loads.site")[0], int(f.figure("mapping.mesh_side")[0])
    if not (site >= 0).any():
        return ""
    chiplet_at = dict(zip(site.tolist(), map(str, range(len(site))), strict=True))
    rows = [[chiplet_at.get(row * side + column, "-") for column in range(side)] for row in range(side)]
    drawn = " / ".join(" ".join(row) for row in rows if set(row) != {"-"})
    return f"Chiplets as swaps placed them, row by row (- an empty place; the host's port is at 0): {drawn}."


NOP = Engine(
    name="nop",
    word="network on package",
    colour="#cc79a7",
    remedy="more nop_bandwidth_gbps or larger chiplets",
    is_network=True,
    parts=(
        Part("nop_loads", _loads, NETWORK_FIELDS, needs=("mapping", "values_moved")),
        Part("nop_crossed", _crossed, ("activation_bits",), needs=("nop_loads", "sent_widths")),
        Part("nop_ways", _ways, needs=("nop_loads",)),
        Part("overflow", _overflow, OVERFLOW_FIELDS, needs=("mapping", "held")),
        Part("nop_replay", _replay, (*LINK_FIELDS, *NETWORK_FIELDS), needs=("mapping", "transfers"), apart=True),
        Part("nop_pace", _pace, LINK_FIELDS, apart=True),
        Part("nop_links", _links, PHY_FIELDS, values=("mapping.n_chiplets", "mapping.is_custom"),
             apart=True),
    ),
    terms=(
        Term(LATENCY, ("nop_crossed.busiest_bits", "nop_pace.s_per_bit"), levels=("fast",)),
        Term(LATENCY, ("nop_ways.hops", "nop_pace.s_per_hop"), levels=("fast",)),
        Term(LATENCY, ("nop_replay.latency_s",), levels=("fluid", "cycle")),
        Term(LATENCY, ("overflow.busiest_bits", "nop_pace.s_per_bit")),
        Term(LATENCY, ("overflow.hops", "nop_pace.s_per_hop")),
        Term(ENERGY, ("overflow.bit_hops", "nop_pace.energy_j_per_bit")),
        Term(ENERGY, ("nop_crossed.bit_hops", "nop_pace.energy_j_per_bit")),
        Term(AREA, ("nop_links.package_area_m2",)),
        Term(DIE_AREA, ("nop_links.die_phy_area_m2",)),
        Term(MONOLITH_AREA, ("nop_links.port_area_m2",)),
        Term(CUSTOM_DIE_AREA, ("work.starts_die", "nop_links.share_area_m2")),
        Term(LEAKAGE, ("nop_links.static_power_w",), powered=ENGINE_BUSY),
    ),
    columns=(
        Column("nop_lanes", "count", "lanes of one PHY of the network on package, the widest", None,
               figure("nop_links.nop_lanes")),
        Column("shoreline_used_pct", "%", "share that a PHY takes of the edge of the smallest chiplet", "minimise",
               _shoreline_used),
    ),
    rules=(
        Rule("phy_fits", "millimetres by which a PHY is longer than the edge of the smallest chiplet",
             "less nop_bandwidth_gbps, a link of more bandwidth a millimetre (the densest, ucie_advanced_32, needs "
             "package fan_out or interposer), or larger chiplets", _phy_beyond_edge),
        Rule("package_carries_link", "micrometres by which the package's bumps are coarser than the link needs",
             "package interposer, which carries every link but ucie_3d (for dies stacked face to face, which no "
             "package here does: ucie_advanced_32 is the nearest), or fan_out, which carries all but aib2 and that; or "
             "nop_link grs, bow, ucie_standard or ucie_standard_32, which any package carries", _pitch_beyond),
        Rule("hub_in_interposer", "1 where the chiplets' switch has no interposer to be in",
             "package interposer, or nop_topology mesh, torus or ring", _hub_without_interposer),
    ),
    notes=(
        Note("topology_ignores", "nop_bandwidth_ratio_xy has no effect on a ring or a hub, which has no rows and "
             "columns of links, nor has nop_placement on a hub, or on a ring unless optimised", _has_unused_fields),
    ),
    says=_says,
)  # fmt: skip

# The same where swaps of chiplets' places weigh bits, so that loads depend on what widens them.
_BY_PLACE = {
    "nop_loads": Part("nop_loads", _placed_loads, (*NETWORK_FIELDS, "activation_bits"),
                      needs=("mapping", "values_moved", "sent_widths")),
    "nop_replay": Part("nop_replay", _placed_replay, (*LINK_FIELDS, *NETWORK_FIELDS),
                       needs=("mapping", "transfers", "nop_loads"), apart=True),
}  # fmt: skip
NOP_PLACED = replace(NOP, parts=tuple(_BY_PLACE.get(part.name, part) for part in NOP.parts))
