"""Twin of the composition: every output column and every rule of one design on one network, in engineering units."""

import math
from functools import cache

from twin import accuracy, carbon, cost, dram, heat, noc, nop, supply
from twin.circuits import chiplet, converters, crossbar, digital, tile
from twin.data import FOLDER, constant
from twin.held import holding_share
from twin.mapping import ceil_div, input_reads, map_network
from twin.network import edges as edges_of
from twin.network import layers as layers_of
from twin.traffic import HOST, transfers

from siam_dse.core.yaml_text import read_yaml

ENGINES = ("crossbar", "tile", "digital", "noc", "nop")


def evaluate(network, d, *, include_dram=False):
    """Output column -> value, and ``violations``: rule -> by how much it is broken.

    ``include_dram`` adds the DRAM to one inference, not to operations a joule, a second and mm2, nor to the pipeline.
    """
    layers, edges = layers_of(network), edges_of(network)
    mapping, parts = with_copies_that_help(d, layers, edges)
    latency = latency_s(d, parts, layers, edges)
    total_s = sum(latency.values())
    leakage = leakage_j(d, layers, edges, mapping, parts, latency)
    energy = {engine: sum(parts[engine]["energy_j"]) + leakage[engine] for engine in ENGINES}
    total_j = sum(energy.values())
    area = area_m2(d, layers, mapping, parts)
    total_m2 = sum(area.values())
    slowest_s = slowest_layer_s(layers, parts)
    operations = 2 * sum(layer["macs"] * (1 - layer["sparsity"]) for layer in layers)
    die_m2, mono_m2 = die_area_m2(d, layers, mapping, parts), mono_area_m2(d, layers, mapping, parts)
    tiles = tiles_of_dies(d, layers, mapping, parts)
    package = cost.package_cost(d, dies(d, layers, mapping, parts), tiles)
    mono = cost.monolith_cost(d, mono_m2)
    weight_bits = d["weight_bits"] * sum(layer["weights"] for layer in layers)
    if mapping["rounds"] > 1:
        weight_bits *= used_share(d, layers)
    cached = digital.beyond_bits(d, layers, edges, mapping)
    memory = dram.cost(d, weight_bits, parts["dies"]["spilled_bits"], cached)
    pass_s, pass_j = total_s + memory["spill_s"], total_j + memory["spill_j"]
    if include_dram or mapping["rounds"] > 1:  # streamed weights come from it in every batch
        pass_s, pass_j = total_s + memory["latency_s"], total_j + memory["energy_j"]
    rate = 1 / (slowest_s if d["duplication"] == "pipeline" else total_s)
    layers_w = [rate * sum(parts[engine]["energy_j"][layer] for engine in ENGINES) for layer in range(len(layers))]
    ms, mj, mm2 = total_s * 1e3, total_j * 1e3, total_m2 * 1e6
    if include_dram:
        ms, mj = ms + memory["latency_s"] * 1e3, mj + memory["energy_j"] * 1e3
    columns = {
        "latency_ms": ms,
        "throughput_ips": 1e3 / ms,
        "pipelined_throughput_ips": 1 / slowest_s,
        "energy_mj": mj,
        "dynamic_energy_mj": sum(sum(parts[engine]["energy_j"]) for engine in ENGINES) * 1e3,
        "leakage_energy_mj": sum(leakage.values()) * 1e3,
        "edp_mj_ms": mj * ms,
        "edap_mj_ms_mm2": mj * ms * mm2,
        "area_mm2": mm2,
        "die_area_mm2": die_m2 * 1e6,
        "package_area_mm2": package["package_area_m2"] * 1e6,
        "power_w": mj / ms,
        "tops_per_w": operations * 1e-12 / total_j,
        "tops_per_mm2": operations * 1e-12 / total_s / mm2,
        "pipelined_tops_per_mm2": operations * 1e-12 / slowest_s / mm2,
        **of_tokens(network, pass_s, pass_j),
        "utilisation": mapping["utilisation"],
        "tiles": mapping["total_tiles"],
        "chiplets": mapping["n_chiplets"],
        "chiplets_needed": mapping["chiplets_needed"],
        "chiplets_used": mapping["chiplets_used"],
        **{"kind_b_layers": 0, "kind_b_chiplets": 0},  # the twin knows one kind
        "nop_lanes": parts["links"]["nop_lanes"],
        "shoreline_used_pct": 100 * parts["links"]["shoreline_m"] / shortest_edge_m(d, layers, mapping, parts),
        **accuracy.accuracy(d, network, layers),
        "die_yield_fraction": package["die_yield_fraction"],
        "package_yield_fraction": package["package_yield_fraction"],
        "cost_usd": package["cost_usd"],
        **carbon.columns(d, dies(d, layers, mapping, parts), tiles, mj * 1e-3, rate, package["package_yield_fraction"]),
        **heat.columns(
            d, dies(d, layers, mapping, parts), mapping, layers_w, sum(leakage.values()) * rate, parts["places"]
        ),
        "mono_area_mm2": mono_m2 * 1e6,
        "mono_cost_usd": mono["mono_cost_usd"],
        "mono_fits_reticle": float(mono["mono_fits_reticle"]),
        "dram_energy_mj": memory["energy_j"] * 1e3,
        "dram_io_energy_mj": memory["io_energy_j"] * 1e3,
        "dram_latency_ms": memory["latency_s"] * 1e3,
        "in_validated_range": float(in_validated_range(d)),
    }
    for engine in ENGINES:
        columns[f"{engine}_energy_mj"] = energy[engine] * 1e3
        columns[f"{engine}_latency_ms"] = latency[engine] * 1e3
        columns[f"{engine}_area_mm2"] = area[engine] * 1e6
        columns[f"{engine}_leakage_energy_mj"] = leakage[engine] * 1e3
    columns["violations"] = violations(d, layers, mapping, parts, die_m2, total_m2, package["carrier_area_m2"])
    return columns


def of_tokens(network, pass_s, pass_j):
    """Figures of a pass over a sequence, with what of it waits for the DRAM; NaN of a network that is none."""
    tokens = 1 if network.phase == "decode" else network.tokens or math.nan
    return {
        "tokens_per_s": tokens / pass_s,
        "time_to_first_token_ms": pass_s * 1e3 if network.phase == "prefill" else math.nan,
        "energy_per_token_mj": pass_j / tokens * 1e3,
    }


def by_layer(network, d):
    """For each layer where it lies, and latency and dynamic energy by engine."""
    layers, edges = layers_of(network), edges_of(network)
    mapping, parts = with_copies_that_help(d, layers, edges)
    out = []
    for number in range(len(layers)):
        row = {name: mapping[name][number] for name in ("columns", "crossbars", "tiles", "copies", "first_chiplet")}
        row["chiplets"] = mapping["spanned_chiplets"][number]
        for engine in ENGINES:
            row[f"{engine}_latency_ms"] = parts[engine]["latency_s"][number] * 1e3
            row[f"{engine}_dynamic_energy_mj"] = parts[engine]["energy_j"][number] * 1e3
        out.append(row)
    return out


SQUARES = (3136, 1600, 784, 400, 196, 100, 49, 25, 16, 9, 4)  # of chiplets that copies may fill


# --- copies ----------------------------------------------------------------------------------------------------------


def with_copies_that_help(d, layers, edges):
    """Mapping and engines with the copies that make a design fastest.

    Of copies that fill its package, a square of fewer chiplets, those needed anyway, and none; of equals the most. A
    pipeline is as fast as its slowest layer. A custom package with more dies than it needs is filled.
    """
    filled = _mapped(d, layers, edges)
    needed, has_spares = filled[0]["chiplets_needed"], filled[0]["chiplets_given"] > filled[0]["chiplets_needed"]
    ways = [filled]
    has_choice = d["duplication"] != "none" or filled[0]["is_spread"]  # without copies layers still lie otherwise
    if has_choice and not d["copy_chiplets"] and not (has_spares and d["chiplet_style"] == "custom"):
        if has_spares:
            squares = [n for n in SQUARES if needed < n < filled[0]["chiplets_given"]]
            ways += [_mapped({**d, "copy_chiplets": n}, layers, edges) for n in (*squares, needed)]
        ways.append(_mapped({**d, "duplication": "none", "copy_chiplets": 1}, layers, edges))

    def slowness_s(way):
        if d["duplication"] == "pipeline":
            return slowest_layer_s(layers, way[1])
        return sum(latency_s(d, way[1], layers, edges).values())

    return min(ways, key=slowness_s)


def _mapped(d, layers, edges):
    mapping = map_network(d, layers, edges)
    return mapping, engines(d, layers, edges, mapping)


# --- engines ---------------------------------------------------------------------------------------------------------


def engines(d, layers, edges, mapping):
    """Engine -> latency and dynamic energy by layer; and what tiles, dies, links and routers are."""
    one_crossbar, one_tile, dies_ = crossbar.unit(d), tile.unit(d), chiplet.cost(d, layers, edges, mapping)
    moved = transfers(d, layers, edges, mapping)
    out = {
        "crossbar": {"latency_s": [], "energy_j": []},
        "tile": {"latency_s": [], "energy_j": []},
        "digital": {"latency_s": [], "energy_j": []},
        "noc": noc.by_layer(d, layers, mapping, moved, one_tile["tile_area_m2"]),
        "nop": nop.with_overflow(d, layers, edges, mapping, moved),
        "one_crossbar": one_crossbar,
        "one_tile": one_tile,
        "router": noc.router(d, one_tile["tile_area_m2"]),
        "dies": dies_,
        "links": nop.links(d, mapping),
        "places": nop.places_on_square(d, mapping, moved),
        "crossbars_per_tile": d["crossbars_per_tile"],
    }
    bits = accuracy.converter_bits(d, layers)
    for number, layer in enumerate(layers):
        copies = 1 if layer["sequential"] else mapping["copies"][number] * mapping["in_tile_copies"][number]
        fills = layer["positions"] if layer["sequential"] else 1
        at_once = min(mapping["spanned_chiplets"][number], mapping["working_chiplets"])
        out["digital"]["latency_s"].append(digital.latency_s(d, layer, at_once))
        out["digital"]["energy_j"].append(digital.energy_j(d, layer, digital.new_values(layers, edges, number)))
        if layer["is_product"]:
            out["crossbar"]["latency_s"].append(0.0)
            out["crossbar"]["energy_j"].append(0.0)
            out["tile"]["latency_s"].append(dies_["latency_s"][number])
            out["tile"]["energy_j"].append(dies_["energy_j"][number])
            continue
        position_s = crossbar.bit_vector_s(crossbar.at_bits(d, bits[number])) * input_reads(d)
        passes = ceil_div(mapping["spanned_chiplets"][number], mapping["working_chiplets"])
        positions = ceil_div(layer["positions"], copies) * passes
        out["crossbar"]["latency_s"].append(positions * position_s + fills * one_crossbar["fill_s"])
        out["crossbar"]["energy_j"].append(sum(crossbar.layer_energy_j(d, layer, bits[number]).values()))
        in_tiles = tile.layer(d, layer, tile.layer_residuals(edges, number))
        waits_s = max(in_tiles["interval_s"] - position_s, 0.0)  # what the crossbars' own time does not hide
        in_tiles_s = positions * waits_s + fills * in_tiles["fill_s"]
        out["tile"]["latency_s"].append(in_tiles_s + dies_["latency_s"][number])
        out["tile"]["energy_j"].append(sum(in_tiles["energy_j"].values()) + dies_["energy_j"][number])
    written_j, written_s = writes(d, layers, mapping)
    for number in range(len(layers)):
        out["crossbar"]["latency_s"][number] += written_s / len(layers)
        out["crossbar"]["energy_j"][number] += written_j / len(layers)
    out["links_busy_s"] = sum(out["nop"]["latency_s"])
    if d["overlap"] == "layer":
        for number in range(len(layers)):
            hide(out, number)
    return out


def hide(parts, number):
    """A layer takes the longest of its work, the NoC and the NoP: of either network counts what is beyond the rest."""
    work_s = sum(parts[engine]["latency_s"][number] for engine in ("crossbar", "tile", "digital"))
    noc_s, nop_s = (parts[engine]["latency_s"][number] for engine in ("noc", "nop"))
    parts["noc"]["latency_s"][number] = max(0.0, noc_s - work_s)
    parts["nop"]["latency_s"][number] = max(0.0, nop_s - max(work_s, noc_s))


def writes(d, layers, mapping):
    """Energy and time of writing streamed weights once, all crossbars at once and row by row, shared by the batch."""
    if mapping["rounds"] == 1:
        return 0.0, 0.0
    cells = sum(
        layer["rows"] * columns * copies * (layer["weights_of"] < 0)
        for layer, columns, copies in zip(layers, mapping["columns"], mapping["copies"], strict=True)
    )
    if d["cell"] in ("sram", "charge", "digital_cim"):
        bit_j, row_s = digital.at_node("sram_nodes", "sram_write", d["node_nm"]), 1 / d["clock_hz"]
    else:
        kind = d["cell"] if d["cell"] in ("mram", "pcm") else "rram"
        bit_j, row_s = constant("writes", f"{kind}_write"), constant("writes", f"{kind}_pulse")
    used = used_share(d, layers)
    energy_j = cells * used * d["cell_bits"] * bit_j / d["batch"]
    return energy_j, math.ceil(mapping["rounds"] * used) * d["crossbar_rows"] * row_s / d["batch"]


def used_share(d, layers):
    """Share of the weights that the inputs of a batch use: experts that no token can be routed to are left out."""
    used = 0
    for layer in layers:
        experts = layer["groups"]
        if layer["routed"]:
            used += layer["weights"] / experts * min(layer["routed"] * d["batch"], experts)
        else:
            used += layer["weights"]
    return used / sum(layer["weights"] for layer in layers)


# --- latency ---------------------------------------------------------------------------------------------------------


def latency_s(d, parts, layers, edges):
    """Latency by engine: of all layers one after another, or of those along the longest way through the graph."""
    number = range(len(parts["crossbar"]["latency_s"]))
    if d["schedule"] == "serial":
        return {engine: sum(parts[engine]["latency_s"]) for engine in ENGINES}
    finish = []  # by layer, an engine each
    for layer in number:
        before = [finish[e["producer"]] for e in edges if e["consumer"] == layer and e["producer"] != HOST]
        own = layers[layer]["weights_of"]
        before += [finish[other] for other in range(layer) if own >= 0 and own in (other, layers[other]["weights_of"])]
        longest = max(before, key=lambda one: sum(one.values()), default=dict.fromkeys(ENGINES, 0.0))
        finish.append({engine: longest[engine] + parts[engine]["latency_s"][layer] for engine in ENGINES})
    return max(finish, key=lambda one: sum(one.values()))


def slowest_layer_s(layers, parts):
    """Time between two images of a pipeline: all engines of the slowest layer, those of one place together."""
    of_place = {}
    for number, layer in enumerate(layers):
        place = number if layer["weights_of"] < 0 else layer["weights_of"]
        took_s = sum(parts[engine]["latency_s"][number] for engine in ENGINES)
        of_place[place] = of_place.get(place, 0.0) + took_s
    return max(of_place.values())


# --- leakage ---------------------------------------------------------------------------------------------------------


def leakage_j(d, layers, edges, mapping, parts, latency):
    """Leakage by engine in an inference.

    Gated: tiles and routers leak while their layer runs, a buffer while it holds data, the global accumulator while a
    layer runs whose sums meet there, links while the network on package is at work. Times of layers add up, but to no
    more than the inference. Always on: all of them, all the time. Cells hold the weights and leak all the time.
    """
    total_s = sum(latency.values())
    number = range(len(mapping["tiles"]))
    layer_s = [sum(parts[engine]["latency_s"][layer] for engine in ENGINES) for layer in number]
    if d["idle_power"] == "gated":
        at_work = [tiles * copies for tiles, copies in zip(mapping["tiles"], mapping["copies"], strict=True)]
        tile_s = sum(min(at_work[layer], mapping["package_tiles"]) * layer_s[layer] for layer in number)
        share = holding_share(d, layers, edges, mapping)
        buffer_s = min(sum(share[layer] * layer_s[layer] for layer in number), total_s)
        sums_s = min(sum(layer_s[layer] for layer in number if chiplet.needs_accumulator(mapping, layer)), total_s)
        link_s = min(parts["links_busy_s"], total_s)
    else:
        tile_s, buffer_s, sums_s, link_s = mapping["package_tiles"] * total_s, total_s, total_s, total_s
    leak, units = digital.unit(d)["leak"], digital.counts(layers, mapping)
    unit_s = {part: units[part] * total_s for part in ("macs", "vectors")}
    if d["idle_power"] == "gated":  # a unit leaks while a layer with work for it runs on its chiplet
        for part, most in unit_s.items():
            dies_at_once = [min(chiplets_, mapping["working_chiplets"]) for chiplets_ in mapping["spanned_chiplets"]]
            works = [dies_at_once[layer] * digital.needs(layers[layer])[part] for layer in number]
            unit_s[part] = min(sum(works[layer] * layer_s[layer] for layer in number), most)
    crossbars, cells_w = d["crossbars_per_tile"], parts["one_crossbar"]["leakage_by_component"]["array"]
    beside_cells_w = parts["one_crossbar"]["leakage_w"] - cells_w
    return {
        "crossbar": crossbars * (beside_cells_w * tile_s + cells_w * mapping["package_tiles"] * total_s),
        "tile": parts["one_tile"]["leakage_w"] * tile_s
        + parts["dies"]["leakage_w"] * buffer_s
        + parts["dies"]["accumulator_leakage_w"] * sums_s,
        "digital": sum(leak[part] * unit_s[part] for part in unit_s) + units["caches"] * leak["caches"] * total_s,
        "noc": parts["router"]["router_leakage_w"] * tile_s,
        "nop": parts["links"]["static_power_w"] * link_s,
    }


# --- areas -----------------------------------------------------------------------------------------------------------


def tile_area_m2(parts):
    """A tile with its crossbars and its router."""
    return parts["one_tile"]["tile_area_m2"] + parts["router"]["router_area_m2"]


def phy_area_m2(mapping, parts):
    """Equal dies carry as many PHYs as the one that needs most, those of a custom package what they need."""
    if mapping["is_custom"]:
        return parts["links"]["phy_area_m2"]
    return mapping["n_chiplets"] * parts["links"]["die_phy_area_m2"]


def digital_area_m2(d, layers, mapping):
    """Digital units of all dies."""
    areas, units = digital.unit(d)["area"], digital.counts(layers, mapping)
    return sum(areas[part] * count for part, count in units.items())


def area_m2(d, layers, mapping, parts):
    """Area by engine in all dies."""
    tiles = mapping["package_tiles"]
    return {
        "crossbar": tiles * parts["crossbars_per_tile"] * parts["one_crossbar"]["area_m2"],
        "tile": tiles * parts["one_tile"]["area_m2"] + parts["dies"]["package_area_m2"],
        "digital": digital_area_m2(d, layers, mapping),
        "noc": tiles * parts["router"]["router_area_m2"],
        "nop": phy_area_m2(mapping, parts),
    }


def die_area_m2(d, layers, mapping, parts):
    """The largest die that holds weights: one of the equal ones, or of the custom ones that are paid for."""
    return max(area for area, _ in chiplets(d, layers, mapping, parts))


def mono_area_m2(d, layers, mapping, parts):
    """One die with the same tiles and digital units, one buffer and the PHY of the host port."""
    tiles = mapping["mono_tiles"] * tile_area_m2(parts)
    units = digital_area_m2(d, layers, mapping)
    return tiles + units + parts["dies"]["monolith_area_m2"] + parts["links"]["port_area_m2"]


def chiplets(d, layers, mapping, parts):
    """Area and number of each sort of chiplet: equal ones, or custom ones by the layer that starts them."""
    if mapping["is_custom"]:
        phys = phy_area_m2(mapping, parts) / mapping["n_chiplets"]
        own = digital.groups(layers, mapping)
        return [
            (
                tiles * tile_area_m2(parts)
                + parts["dies"]["group_area_m2"][layer]
                + digital.die_area(d, own[layer])
                + phys,
                mapping["spanned_chiplets"][layer],
            )
            for layer, tiles in enumerate(mapping["group_tiles"])
            if tiles
        ]
    tiles = mapping["die_tiles"] * tile_area_m2(parts) + digital.die_area(d, layers)
    return [(tiles + parts["dies"]["die_area_m2"] + parts["links"]["die_phy_area_m2"], mapping["n_chiplets"])]


def shortest_edge_m(d, layers, mapping, parts):
    """Edge of the smallest chiplet, a square: each carries a PHY."""
    return min(math.sqrt(area) for area, _ in chiplets(d, layers, mapping, parts))


def dies(d, layers, mapping, parts):
    """Area and number of each sort of die: of chiplets, and of the global accumulator."""
    accumulator = parts["dies"]["accumulator_area_m2"]
    out = chiplets(d, layers, mapping, parts)
    return [*out, (accumulator, 1)] if accumulator else out


def tiles_of_dies(d, layers, mapping, parts):
    """Of each sort of die: area of a tile, tiles of a die with spare ones, spare dies."""
    own = [t for t in mapping["group_tiles"] if t] if mapping["is_custom"] else [mapping["die_tiles"]]
    spares = 0 if mapping["is_custom"] else d["spare_chiplets"]
    out = [(tile_area_m2_with_crossbars(parts), count, spares) for count in own]
    return [*out, (0.0, 0, 0)] if parts["dies"]["accumulator_area_m2"] else out


def tile_area_m2_with_crossbars(parts):
    """What each tile has: crossbars, its own circuits, its router."""
    crossbars_m2 = parts["crossbars_per_tile"] * parts["one_crossbar"]["area_m2"]
    return crossbars_m2 + parts["one_tile"]["area_m2"] + parts["router"]["router_area_m2"]


# --- rules -----------------------------------------------------------------------------------------------------------


def violations(d, layers, mapping, parts, die_m2, total_m2, carrier_m2):
    """Rule -> by how much it is broken, 0 where it is not."""
    highest, noc_clock = supply.clocks(d["node_nm"], d["roadmap"])[1], d["noc_clock_hz"]
    if d["noc_energy"] == "booksim":
        noc_clock = 0
    needed = digital.needed(layers)
    has_unit = needed["vectors"] or (needed["macs"] and not digital.in_sram(d))
    wafer_m2 = math.pi * (constant("cost", "wafer_diameter") / 2) ** 2
    given, spares, shoreline_m = mapping["chiplets_given"], d["spare_chiplets"], parts["links"]["shoreline_m"]
    return {
        "fits": max(mapping["chiplets_needed"] - given, 0) if given and mapping["rounds"] == 1 else 0,
        "spare_custom": max(given - mapping["chiplets_used"], 0) if mapping["is_custom"] and given else 0,
        "spare_chiplets_fit": spares
        if spares and (mapping["is_custom"] or mapping["rounds"] > 1)
        else max(spares + 1 - d["n_chiplets"], 0) * (spares > 0 and d["n_chiplets"] > 0),
        "spread_equal_dies": d["layer_placement"] == "spread" and not mapping["is_spread"],
        "kinds_resident": 0,  # the twin knows one kind
        "supply_fits": supply.beyond(d),
        "converter_rate": converters.rate_beyond(d),
        "sram_cell_bits": d["cell_bits"] - 1 if d["cell"] in ("sram", "charge", "digital_cim") else 0,
        "mram_contrast": max(d["r_off_ohm"] / d["r_on_ohm"] - constant("reading", "highest_mram_ratio"), 0)
        if d["cell"] == "mram"
        else 0,
        "differential_bits": max(2 - d["weight_bits"], 0) if d["weight_mapping"] == "differential" else 0,
        "reticle": max(die_m2 - constant("cost", "reticle"), 0) * 1e6,
        "clock_fits": max(0, d["clock_hz"] - highest, noc_clock - highest) * 1e-9,
        "digital_clock_fits": max(0, d["digital_clock_hz"] - highest) * 1e-9 if has_unit else 0,
        "package_silicon": max(total_m2 - wafer_m2, 0) * 1e6,
        "package_carrier": max(carrier_m2 - wafer_m2, 0) * 1e6,
        "chiplet_count": max(mapping["n_chiplets"] - constant("cost", "most_chiplets"), 0),
        "phy_fits": max(shoreline_m - shortest_edge_m(d, layers, mapping, parts), 0) * 1e3,
        "hub_in_interposer": d["nop_topology"] == "hub" and mapping["n_chiplets"] > 1 and d["package"] != "interposer",
        "package_carries_link": max(nop.package_bumps_m(d) - nop.link_bumps_m(d), 0) * 1e6,
    }


def in_validated_range(d):
    """Every field lies in the range that each engine was checked in; the cost's node is the circuits' where it is 0."""
    for checked in _validated_ranges().values():
        for field, known in checked.items():
            value = d[field]
            if field == "cost_node_nm" and not value:
                value = d["node_nm"]
            if isinstance(value, str):
                if value not in known:
                    return False
            elif not known[0] <= value <= known[1]:
                return False
    return True


@cache
def _validated_ranges():
    path = FOLDER.parents[1] / "design" / "data" / "validated_ranges.yaml"
    return read_yaml(path)
