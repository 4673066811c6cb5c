"""Twin of the network on chip, fast level: phases on the mesh of tiles, routers and wires, one design at a time."""

import math

from twin.data import constant, row
from twin.mapping import ceil_div, exceeds_chiplet
from twin.mesh import alone, groups_to_all, ring, run
from twin.supply import ratio
from twin.traffic import HOST

# --- which tiles send to which ---------------------------------------------------------------------------------------


def phases(d, mapping, transfer):
    """Phases of a transfer, each (sources, groups of destinations, bits that one instance takes, instances), in order.

    Multicast sends what several tiles read to all of them together, and what several chiplets take out once.
    """
    producer, consumer = transfer["producer"], transfer["consumer"]
    columns = mapping["chiplet_side"]
    edge = ring(columns, ceil_div(mapping["die_tiles"], columns))

    def tiles(layer):
        return run(mapping["first_tile"][layer], mapping["tiles_on_chiplet"][layer])

    multicast = d["noc_cast"] == "multicast"

    def readers(layer):
        return reading_together(mapping, layer, transfer["readers"] if multicast else 1)

    if transfer["kind"] == "partial_sum":
        out = _sums(mapping, transfer, edge)
    elif not transfer["crosses"]:
        out = [(tiles(producer), readers(consumer), transfer["tile_bits"], 1)]
    else:
        out = []
        if producer != HOST:
            senders = mapping["spanned_chiplets"][producer]
            receivers = 1 if consumer == HOST else mapping["spanned_chiplets"][consumer]
            taken = transfer["chiplet_bits"] * receivers
            if multicast:
                taken = min(taken, transfer["tile_bits"] / transfer["readers"])
            out.append((tiles(producer), alone(edge), taken * (1 - transfer["accumulated"]) / senders, senders))
        if consumer != HOST:
            receivers = mapping["spanned_chiplets"][consumer]
            out.append((edge, readers(consumer), transfer["tile_bits"] / receivers, receivers))
    return [phase for phase in out if phase[2] > 0]


def reading_together(mapping, layer, readers):
    """Tiles of a layer on a chiplet in groups that read the same values: ``readers`` of a row block of a copy."""
    first, here = mapping["first_tile"][layer], mapping["tiles_on_chiplet"][layer]
    if readers == 1:
        return alone(run(first, here))
    rows, groups = mapping["row_blocks"][layer], {}
    for i in range(here):
        # copy by copy: column block after column block of all rows, or row block after row block of all columns
        reads = (i // (rows * readers), i % rows) if mapping["by_columns"][layer] else i // readers
        groups.setdefault(reads, []).append(first + i)
    return tuple(tuple(group) for group in groups.values())


def _sums(mapping, transfer, edge):
    """Partial sums to the tiles that add them up, and out of there.

    Those are the first row block of a copy, or of the part of it that a chiplet holds; of tiles ordered column block by
    column block, the first of each. Then the first and the last column block of a chiplet are cut, on a tile each.
    """
    layer = transfer["layer"]
    first, columns, here, chiplets, copies, rows = (
        mapping[name][layer]
        for name in ("first_tile", "column_blocks", "tiles_on_chiplet", "spanned_chiplets", "copies", "row_blocks")
    )
    if mapping["by_columns"][layer]:
        size, summing, instances = min(rows, here), 1, max(copies * columns, chiplets)
        leaving = min(here, 2)
    else:
        exceeds = exceeds_chiplet(mapping, layer)
        size, instances = (here, chiplets) if exceeds else (mapping["tiles"][layer], copies)
        leaving = summing = min(columns, size)
    out = []
    if size > summing:
        bits = transfer["tile_bits"] / instances
        out.append((run(first + summing, size - summing), alone(run(first, summing)), bits, instances))
    if transfer["crosses"]:
        out.append((run(first, leaving), alone(edge), transfer["chiplet_bits"], chiplets))
    return out


# --- their time and energy -------------------------------------------------------------------------------------------


def makespan_cycles(sources, groups, columns, flits):
    """Cycles until ``flits`` have arrived, in one-flit packets, with the router of SIAM's release: 3 channels of 3."""
    load = groups_to_all(sources, groups, columns)
    per_pair = flits / load["ejected"]
    virtual_channels, depth = constant("mesh", "siam_virtual_channels"), constant("mesh", "siam_vc_flits")
    full = 1 / depth  # share of a virtual channel's buffer that a packet fills
    uneven = 1 + constant("mesh", "vc_imbalance") / depth
    credit = constant("mesh", "credit_loop") * full
    eject = max(1, 2 / virtual_channels, constant("mesh", "eject_loop") * full / virtual_channels * uneven)
    least = min(credit, constant("mesh", "merge_loop") * full + constant("mesh", "merge_loop_start"))
    merge = max(1, 3 / virtual_channels, least / virtual_channels * uneven)
    terms, power = (1, 3 / virtual_channels, credit / virtual_channels), constant("mesh", "tie_exponent")
    tie = sum(term**power for term in terms) ** (1 / power) / max(terms)
    link = merge * (1 + constant("mesh", "merge_share") * (tie - 1))
    busy = max(link * load["busiest_link"], eject * load["busiest_ejection"]) * per_pair
    if len(sources) > 1:
        busy *= 1 + constant("mesh", "head_of_line") * (1 - busy / max(load["packets"] * per_pair, busy))
    busy = max(busy, merge * load["busiest_injection"] * per_pair)
    return max(busy - 1, 0) + constant("mesh", "hop") * load["longest"] + constant("mesh", "ends")


def by_layer(d, layers, mapping, transfers, tile_area_m2):
    """Latency [s], bits over links and through routers, and dynamic energy [J] of each layer, in lists."""
    names = ("latency_s", "link_bits", "router_bits", "energy_j")
    out = {name: [0.0] * len(layers) for name in names}
    physics = router(d, tile_area_m2)
    columns = mapping["chiplet_side"]
    for transfer in transfers:
        layer, cycles = transfer["layer"], []
        for sources, groups, bits, instances in phases(d, mapping, transfer):
            cycles.append(makespan_cycles(sources, groups, columns, bits / d["noc_width_bits"]))
            load = groups_to_all(sources, groups, columns)
            sent = bits * instances  # a router reads a flit once for each way out, links and ejection
            links = sent * load["link_crossings"] / load["ejected"]
            out["link_bits"][layer] += links
            out["router_bits"][layer] += links + sent
            out["energy_j"][layer] += (
                links * physics["link_energy_j_per_bit"]
                + (links + sent) * physics["router_energy_j_per_bit"]
                + sent * physics["terminal_energy_j_per_bit"]
            )
        spent = sum(cycles) if transfer["kind"] == "partial_sum" else max(cycles, default=0)
        out["latency_s"][layer] += spent / d["noc_clock_hz"]
    return out


# --- router and wire -------------------------------------------------------------------------------------------------


def router(d, tile_area_m2):
    """Energies a bit, area and power of a router with its channels; names of ``NocPhysics``."""

    def of(name):
        return constant("noc", name)

    node = row("nodes", node_nm=d["node_nm"], roadmap=d["roadmap"])
    is_booksim = d["noc_energy"] == "booksim"
    width, words = d["noc_width_bits"], d["noc_width_bits"] / of("reference_width")
    supply = ratio(d["node_nm"], d["roadmap"], d["noc_clock_hz"])
    feature, vdd, ioff = d["node_nm"] * 1e-9, supply * node["vdd_v"], node["ioff_n"]
    if is_booksim:
        feature, vdd, ioff = of("reference_node"), of("reference_vdd"), of("reference_ioff")
    shrink = feature / of("reference_node")
    energy_scale = shrink * (vdd / of("reference_vdd")) ** 2

    flit_j = of("buffer_write") + of("buffer_read") + of("switch_control")
    flit_j += of("output_register") + of("output_control") + of("switch") * words
    router_j = flit_j / of("reference_width") * energy_scale
    leak_w_per_clock = 0.0
    if d["idle_power"] == "gated" and not is_booksim:  # only the registers that a flit passes are clocked
        clock_j = of("channel_clock") / of("channels_per_router") + of("output_clock") / of("ports")
        router_j += clock_j / of("reference_width") * energy_scale
    else:
        cycle_j = (of("channel_clock") + of("output_clock")) * words * energy_scale
        leak_w_per_clock = cycle_j * d["noc_clock_hz"]

    pitch = of("metal_pitch") * shrink
    area = (of("ports") * width * of("crossbar_tracks") * pitch) ** 2
    area += of("ports") * of("buffer_cell_height") * width * of("buffer_cell_width") * of("buffer_words") * pitch**2
    area += of("ports") * width * of("flipflop_pitches") * pitch**2
    repeater = (of("repeater_base") + of("repeater_base") * of("channel_repeater_size")) * of("repeater_height")
    channel = of("flipflop_pitches") * of("channel_registers") + of("channel_registers") * repeater
    area += of("channels_per_router") * width * channel * pitch**2

    retiming_j = of("channel_retiming") / of("reference_width") * energy_scale
    if is_booksim:
        wire_m = of("reference_wire")
        wire_j = of("channel_wire") / of("reference_width")
    else:
        wire_m = math.sqrt(tile_area_m2 + area)
        repeater_f = node["bus_repeater_size"] * (node["inverter_min_cin"] + node["inverter_min_cout"])
        farad_per_m = node["wire_capacitance"] + repeater_f / node["bus_repeater_spacing"]
        wire_j = of("data_toggle") * farad_per_m * vdd**2 / 2 * wire_m
    link_j = wire_j + retiming_j

    leak_scale = words * shrink * vdd / of("reference_vdd") * ioff / of("reference_ioff")
    leak_w = of("input_leakage") + of("switch_leakage") + of("channel_leakage") * wire_m / of("reference_wire")
    return {
        "router_energy_j_per_bit": router_j,
        "link_energy_j_per_bit": link_j,
        "terminal_energy_j_per_bit": 2 * link_j if is_booksim else 0.0,
        "router_area_m2": area,
        "router_leakage_w": leak_w * leak_scale + leak_w_per_clock,
        "wire_length_m": wire_m,
    }
