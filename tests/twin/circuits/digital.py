"""Twin of the digital unit of a chiplet: arrays, vector lanes, softmax units, and the cache of keys and values.

``mapping`` is a dict of the names of ``siam_dse.mapping.mapping.Mapping``, of one design.
"""

import math

from twin import supply
from twin.circuits import crossbar
from twin.circuits.gates import cell_unit, drawn, nand, node_of
from twin.data import constant
from twin.mapping import columns_per_weight, input_reads, place_of

SORTS = ("simple", "special", "softmax", "norm")


def of(name):
    return constant("digital", name)


def ceil_div(a, b):
    return -(-a // b)


def ratio(d):
    """Supply that the clock of the units needs over the nominal one."""
    return supply.ratio(d["node_nm"], d["roadmap"], d["digital_clock_hz"])


def at_node(nodes, values, node_nm):
    """A power law through the two nodes on either side, or the two nearest."""
    nodes, values = of(nodes), of(values)
    above = min(max(sum(node < node_nm for node in nodes), 1), len(nodes) - 1)
    power = math.log(values[above] / values[above - 1]) / math.log(nodes[above] / nodes[above - 1])
    return values[above] * (node_nm / nodes[above]) ** power


def energy(d, name, node):
    """An energy of logic made for one node, at the design's."""
    logic = [at_node("logic_nodes", "logic_energy", nm) for nm in (d["node_nm"], of(node))]
    return ratio(d) ** 2 * of(name) * logic[0] / logic[1]


def area(d, name, node):
    return of(name) * (d["node_nm"] / of(node)) ** 2


def value_j(d, way):
    """An activation read from the unit's buffer, or written to it."""
    return ratio(d) ** 2 * d["activation_bits"] * at_node("sram_nodes", f"sram_{way}", d["node_nm"])


def softmax_units(d):
    return max(math.floor(d["vector_lanes"] / of("lanes_per_softmax")), 1)


def wider(d):
    """A multiplier of so many bits over one of 8."""
    return (d["activation_bits"] / of("mac_bits")) ** 2


# --- silicon ---------------------------------------------------------------------------------------------------------


def in_sram(d):
    return d["product_unit"] == "sram_cim"


def operand_design(d):
    """The crossbars that operands are written into: cells of SRAM that hold activations."""
    return {**d, "cell": "sram", "cell_bits": 1, "weight_bits": d["activation_bits"]}


def unit(d):
    """Area [m2] and leakage [W] of each part of a unit."""
    n, side, lanes = node_of(d), d["mac_array_side"], d["vector_lanes"]
    one = side * side * wider(d) * area(d, "mac_area", "array_node") + area(d, "control_area", "array_node")
    one += side * area(d, "control_area_per_row", "array_node")
    lane = area(d, "lane_area", "lane_node") + area(d, "special_area", "special_area_node")
    bits = d["cache_kib_per_chiplet"] * 1024 * 8
    cell_m2 = constant("buffers", "sram_cell_width") * constant("buffers", "sram_cell_height") * n["feature"] ** 2
    areas = {
        "macs": d["mac_arrays_per_chiplet"] * one,
        "vectors": lanes * lane + softmax_units(d) * area(d, "softmax_area", "special_node"),
        "caches": bits * cell_m2 / of("cache_efficiency"),
    }
    nand2_m2 = constant("pooling", "nand2_cell_units") * cell_unit(n)
    leak = ratio(d) * nand(n, 2, True)["leak"] / nand2_m2
    nmos, access, pmos = (
        drawn(n, constant("buffers", name)) for name in ("sram_cell_n", "sram_cell_access", "sram_cell_p")
    )
    cell_w = n["vdd_v"] * ((nmos + access) * n["ioff_n"] + pmos * n["ioff_p"])
    leaks = {"macs": areas["macs"] * leak, "vectors": areas["vectors"] * leak, "caches": bits * cell_w}
    if in_sram(d):
        one, n_crossbars = crossbar.unit(operand_design(d)), d["product_crossbars_per_chiplet"]
        areas["macs"], leaks["macs"] = n_crossbars * one["area_m2"], n_crossbars * one["leakage_w"]
    return {"area": areas, "leak": leaks}


def needs(layer):
    """Parts of a unit that a layer has work for."""
    return {"macs": layer["is_product"], "vectors": any(layer["vector"].values()), "caches": layer["cached"]}


def needed(layers):
    return {part: any(needs(layer)[part] for layer in layers) for part in ("macs", "vectors", "caches")}


def groups(layers, mapping):
    """Layers on each custom die, by the layer that starts it."""
    out, start, starts = {}, 0, []
    for layer, tiles in enumerate(mapping["group_tiles"]):
        start = layer if tiles else start
        starts.append(start)
    for layer, place in enumerate(place_of(layers)):
        out.setdefault(starts[place], []).append(layers[layer])
    return out


def counts(layers, mapping):
    """Dies of the package that have each part."""
    if not mapping["is_custom"]:
        return {part: mapping["n_chiplets"] * is_needed for part, is_needed in needed(layers).items()}
    out = dict.fromkeys(("macs", "vectors", "caches"), 0)
    for start, own in groups(layers, mapping).items():
        for part, is_needed in needed(own).items():
            out[part] += mapping["spanned_chiplets"][start] * is_needed
    return out


def die_area(d, layers):
    """Unit of a die with these layers."""
    return sum(unit(d)["area"][part] for part, is_needed in needed(layers).items() if is_needed)


# --- work ------------------------------------------------------------------------------------------------------------


def passes(d, layer):
    """Tiles of the second operand, head by head."""
    side = d["mac_array_side"]
    return layer["heads"] * ceil_div(layer["k"], side) * ceil_div(layer["n"], side)


def pass_cycles(d, layer):
    return (layer["m"] + 2 * d["mac_array_side"] - 1) * layer["causal"]


def energy_j(d, layer, new_values):
    """Energy of a layer's product and vector work; ``new_values`` are those that it adds to the cache."""
    out = 0.0
    if layer["is_product"] and in_sram(d):
        out += energy_in_sram_j(d, layer, new_values)
    elif layer["is_product"]:
        side, h, m, k, n = d["mac_array_side"], *(layer[name] for name in ("heads", "m", "k", "n"))
        cycle = energy(d, "control_energy", "array_node") + side * energy(d, "control_energy_per_row", "array_node")
        read = h * m * k * ceil_div(n, side) * layer["causal"] + layer["kv_heads"] * k * n
        written = h * m * n * layer["causal"] + new_values
        out += layer["product_macs"] * wider(d) * energy(d, "mac_energy", "mac_node")
        out += read * value_j(d, "read") + written * value_j(d, "write")
        out += passes(d, layer) * pass_cycles(d, layer) * cycle
    special = energy(d, "special_energy", "special_node")
    each = {
        "simple": energy(d, "simple_energy", "lane_node"),
        "special": special,
        "softmax": energy(d, "softmax_energy", "special_node"),
        "norm": of("norm_passes") * special,
    }
    passed = value_j(d, "read") + value_j(d, "write")
    return out + sum(layer["vector"][sort] * (each[sort] + passed) for sort in SORTS)


def blocks(d, layer):
    """Crossbars that the second operand of one head takes along its rows and its columns."""
    columns = layer["n"] * columns_per_weight(operand_design(d))
    return ceil_div(layer["k"], d["crossbar_rows"]), ceil_div(columns, d["crossbar_cols"])


def energy_in_sram_j(d, layer, new_values):
    """Writing the second operand into crossbars, and reading it by each row of the first one, bit by bit."""
    h, m, k, n, causal = (layer[name] for name in ("heads", "m", "k", "n", "causal"))
    row_blocks, column_blocks = blocks(d, layer)
    seen = operand_design(d)
    as_weights = {
        "rows": k, "channels_out": n, "groups": 1, "positions": h * m * causal, "input_activity": math.nan,
        "sparsity": 0.0, "routed_share": 1.0,
    }  # fmt: skip
    out = sum(crossbar.layer_energy_j(seen, as_weights).values())
    out += layer["kv_heads"] * k * n * columns_per_weight(seen) * at_node("sram_nodes", "sram_write", d["node_nm"])
    read = h * m * k * column_blocks * causal + layer["kv_heads"] * k * n
    out += read * value_j(d, "read") + (h * m * n * causal + new_values) * value_j(d, "write")
    return out + h * m * n * causal * (row_blocks - 1) * energy(d, "simple_energy", "lane_node")


def latency_in_sram_s(d, layer, spanned):
    """Rounds of writing all crossbars at once, row by row, and of reading them."""
    row_blocks, column_blocks = blocks(d, layer)
    one = crossbar.unit(operand_design(d))
    rounds = ceil_div(layer["kv_heads"] * row_blocks * column_blocks, d["product_crossbars_per_chiplet"] * spanned)
    vectors = layer["m"] * ceil_div(layer["heads"], layer["kv_heads"])
    reading = vectors * one["bit_vector_s"] * input_reads(operand_design(d)) + one["fill_s"]
    return rounds * (min(layer["k"], d["crossbar_rows"]) / d["clock_hz"] + reading)


def latency_s(d, layer, spanned):
    """Rounds of passes on all arrays of the layer's chiplets, then its values on all lanes."""
    cycles, other_s = 0.0, 0.0
    if layer["is_product"] and in_sram(d):
        other_s = latency_in_sram_s(d, layer, spanned)
    elif layer["is_product"]:
        arrays = d["mac_arrays_per_chiplet"] * spanned
        cycles += ceil_div(passes(d, layer), arrays) * pass_cycles(d, layer)
    lanes, units = d["vector_lanes"] * spanned, softmax_units(d) * spanned
    values = layer["vector"]
    cycles += ceil_div(values["simple"], lanes) + ceil_div(values["special"], lanes)
    cycles += of("norm_passes") * ceil_div(values["norm"], lanes)
    cycles += of("softmax_interval") * ceil_div(values["softmax"], units)
    return cycles / d["digital_clock_hz"] + other_s


# --- cache -----------------------------------------------------------------------------------------------------------


def new_values(layers, edges, number):
    """Values that operand edges bring to the cache of a layer."""
    if not layers[number]["cached"]:
        return 0
    return sum(edge["values"] for edge in edges if edge["consumer"] == number and edge["kind"] == "operand")


def beyond_bits(d, layers, edges, mapping):
    """Bits that a pass reads from the DRAM and writes to it: what caches of all chiplets have no room for."""
    new = sum(new_values(layers, edges, number) for number in range(len(layers)))
    every = sum(layer["kv_heads"] * layer["k"] * layer["n"] for layer in layers if layer["cached"])
    bits = every * d["activation_bits"]
    if not bits:
        return 0.0, 0.0
    spares = mapping["n_chiplets"] - mapping["working_chiplets"]  # hold nothing
    room = (counts(layers, mapping)["caches"] - spares) * d["cache_kib_per_chiplet"] * 1024 * 8
    share = max(bits - room, 0) / bits
    return share * (every - new) * d["activation_bits"], share * new * d["activation_bits"]
