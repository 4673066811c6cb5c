"""Twin of the network on package, fast level: routes between chiplets and the PHYs they need, one design at a time."""

import math

from twin.chiplets import all_to_all, neighbours, position
from twin.data import row
from twin.held import overflow
from twin.mesh import run
from twin.placement import places
from twin.traffic import HOST

BIT_PER_S_PER_GBPS = 1e9


def routes(mapping, transfer):
    """Source and destination chiplets, bits in all, and whether the host port is on the way, of each route.

    What was added up in the global accumulator starts at the port, unless it is the output and at the host already; the
    rest starts at the chiplets.
    """
    if not transfer["crosses"]:
        return []
    is_sum, is_output = transfer["kind"] == "partial_sum", transfer["consumer"] == HOST
    to_port = is_output or is_sum

    def chiplets(layer, at_port):
        return (0,) if at_port else run(mapping["first_chiplet"][layer], mapping["spanned_chiplets"][layer])

    out = []
    for at_accumulator, share in ((True, transfer["accumulated"]), (False, 1 - transfer["accumulated"])):
        from_port = at_accumulator or transfer["producer"] == HOST
        sources = chiplets(transfer["producer"], from_port)
        destinations = chiplets(transfer["consumer"], to_port)
        bits = transfer["chiplet_bits"] * share * (len(sources) if is_sum else len(destinations))
        if bits > 0 and not (from_port and to_port):
            out.append((sources, destinations, bits, from_port or to_port))
    return out


MOST_PAIRS, MOST_PLACES = 2**21, 5792  # of a package that is placed by swaps


def placement(d, mapping, transfers):
    """Word for how chiplets are placed, or the place of each where swaps chose it."""
    if d["nop_placement"] != "optimised" or d["nop_topology"] == "hub":
        return d["nop_placement"] if d["nop_placement"] != "optimised" else "row_major"
    ends = [route[:3] for transfer in transfers for route in routes(mapping, transfer)]
    pairs = sum(len(sources) * len(destinations) for sources, destinations, _ in ends)
    if pairs > MOST_PAIRS or mapping["mesh_side"] ** 2 > MOST_PLACES:
        return "row_major"
    found = places(d["nop_topology"], mapping["mesh_side"], n_with_weights(mapping), ends, mapping["rounds"] > 1)
    return tuple(found)


def places_on_square(d, mapping, transfers):
    """Column and row of each chiplet on the square of those with weights, None where row by row in the package."""
    found, side, is_ring = placement(d, mapping, transfers), mapping["mesh_side"], d["nop_topology"] == "ring"
    if mapping["rounds"] > 1 or d["nop_topology"] == "hub" or (found == "row_major" and not is_ring):
        return None
    in_order = range(n_with_weights(mapping)) if isinstance(found, str) else found
    return [position(place, side, is_ring or found == "snake") for place in in_order]


def n_with_weights(mapping):
    return max(f + s for f, s in zip(mapping["first_chiplet"], mapping["spanned_chiplets"], strict=True))


def by_layer(d, layers, mapping, transfers):
    """Latency [s], bits, bits x links and energy [J] of each layer, in lists."""
    link = row("nop_links", name=d["nop_link"])
    bandwidth = d["nop_bandwidth_gbps"] * BIT_PER_S_PER_GBPS
    out = {name: [0.0] * len(layers) for name in ("latency_s", "bits", "bit_hops", "energy_j")}
    found = [(transfer["layer"], *route) for transfer in transfers for route in routes(mapping, transfer)]
    network = d["nop_topology"], placement(d, mapping, transfers), mapping["mesh_side"], n_with_weights(mapping)
    for layer, sources, destinations, bits, through_port in found:
        load = all_to_all(*network, sources, destinations, d["nop_bandwidth_ratio_xy"])
        busiest = load["busiest_link"] * bits / load["packets"]
        bit_hops = load["link_crossings"] * bits / load["packets"]
        hops = load["longest"]
        if through_port:
            busiest, bit_hops, hops = max(busiest, bits), bit_hops + bits, hops + 1
        out["latency_s"][layer] += busiest / bandwidth + hops * link["hop_latency"]
        out["bits"][layer] += bits
        out["bit_hops"][layer] += bit_hops
        out["energy_j"][layer] += bit_hops * link["energy_per_bit"]
    return out


def with_overflow(d, layers, edges, mapping, transfers):
    """:func:`by_layer`, and feature maps that lie in other dies' buffers: they go there and come back."""
    link, out = row("nop_links", name=d["nop_link"]), by_layer(d, layers, mapping, transfers)
    bandwidth = d["nop_bandwidth_gbps"] * BIT_PER_S_PER_GBPS
    for layer, beyond in enumerate(overflow(d, layers, edges, mapping)):
        is_square = d["nop_topology"] in ("mesh", "torus")
        slowest = bandwidth / max(d["nop_bandwidth_ratio_xy"], 1) if is_square else bandwidth
        one_way_s = beyond["busiest_bits"] / slowest + beyond["hops"] * link["hop_latency"]
        out["latency_s"][layer] += 2 * one_way_s
        out["energy_j"][layer] += 2 * beyond["bits"] * beyond["hops"] * link["energy_per_bit"]
    return out


def links(d, mapping):
    """Lanes and PHYs of the package, their area, standby power and die edge; names of ``NopLinks``."""
    link, n_chiplets, side = row("nop_links", name=d["nop_link"]), mapping["n_chiplets"], mapping["package_side"]
    is_square = d["nop_topology"] in ("mesh", "torus")
    on_die = []  # lanes of each PHY of each die
    for i, near in enumerate(neighbours(d["nop_topology"], n_chiplets, side)):
        above = [is_square and other // side != i // side for other in near]
        on_die.append([n_lanes(d, link, is_above) for is_above in above])
    on_die[0].append(n_lanes(d, link, False))  # the host's port
    widest = max(map(max, (phys for phys in on_die if phys)))
    in_switch = n_chiplets if d["nop_topology"] == "hub" and n_chiplets > 1 else 0
    if not link["phy_per_edge"]:
        on_die, in_switch = [[widest]] * n_chiplets, 0
    on_dies = [area_m2(phys, link) for phys in on_die]
    # equal dies carry as many PHYs as the one that needs most
    in_dies = sum(on_dies) if mapping["is_custom"] else n_chiplets * max(on_dies)
    return {
        "nop_lanes": widest,
        "phys": sum(map(len, on_die)) + in_switch,
        "phys_per_die": max(map(len, on_die)),
        "phy_area_m2": sum(on_dies),
        "die_phy_area_m2": max(on_dies),
        "static_power_w": (sum(map(sum, on_die)) + in_switch * widest) * link["static_power_per_lane"],
        "port_area_m2": area_m2([n_lanes(d, link, False) if link["phy_per_edge"] else widest], link),
        "shoreline_m": widest * link["shoreline_per_lane"],
        "package_area_m2": in_dies,
        "share_area_m2": in_dies / n_chiplets,
    }


def n_lanes(d, link, is_along_column):
    """Lanes of a PHY to a neighbour in the same row, or of one in another."""
    quotient = d["nop_bandwidth_gbps"] * BIT_PER_S_PER_GBPS / link["rate_per_lane"]
    quotient /= d["nop_bandwidth_ratio_xy"] if is_along_column else 1
    return round(quotient) if abs(quotient - round(quotient)) < 1e-12 * quotient else math.ceil(quotient)


def area_m2(phys, link):
    """Of PHYs of so many lanes each."""
    return sum(lanes * link["lane_area"] + link["clocking_area"] for lanes in phys)


def package_bumps_m(d):
    """Finest pitch of bumps on the package [m]."""
    return row("packages", name=d["package"])["bump_pitch"]


def link_bumps_m(d):
    """Pitch of bumps that the link needs [m]."""
    return row("nop_links", name=d["nop_link"])["bump_pitch"]
