"""Twin of the tile engine: one tile beside its crossbars, and what a layer takes in it."""

import math

from twin.circuits import crossbar
from twin.circuits.blocks import adder_area, adder_leakage, bus_wire, flip_flop, htree_wire
from twin.circuits.buffers import buffer, is_widened
from twin.circuits.gates import node_of
from twin.circuits.sums import addition_j, addition_s, comparator, tree, tree_path, whole_cycles
from twin.circuits.wiring import htree_area, htree_path
from twin.data import constant
from twin.mapping import (
    adc_columns,
    adc_steps,
    ceil_div,
    cells_per_magnitude,
    columns_per_weight,
    copies_along,
    input_reads,
    read_bits,
    reads_rows_alone,
    result_bits,
    row_reads,
    tile_side,
)
from twin.memo import per_design
from twin.supply import of_logic

SRAM = ("sram", "charge", "digital_cim")


def served(d):
    """Conversions of a bit-vector: columns of an ADC; behind sense amplifiers the cells of a weight."""
    if d["cell"] in SRAM and d["read_mode"] == "row_by_row":
        return cells_per_magnitude(d)
    return adc_columns(d)


def conversions(d):
    """Conversions of a bit-vector, one after another: v = m, row by row m for each active row, at least one.

    Sense amplifiers read all columns at once; the cells of a weight are joined one after another.
    """
    if not reads_rows_alone(d):
        return row_reads(d) * adc_steps(d)
    active = math.floor(max(d["input_activity"] * d["crossbar_rows"], 1))
    return max(served(d), active) if d["cell"] in SRAM else served(d) * active


@per_design
def shape(d):
    """Sizes of a tile's digital part, which keeps pace with a conversion a cycle: i v cycles a position.

    A lane follows one ADC, or those that share a weight's columns, with adders side by side if one is too slow for a
    result every i v min(1, n / m) cycles. The H-tree has a wire a row, halved down to ``widest_bus``, and
    wires out for the bits of a position's sums. Buffers have banks that keep pace, half of the output's for
    writing: one position's sums while those before are read. With copies inside tiles up to as many positions pass at
    once as there are crossbars along a side, of inputs and of sums.
    """
    side, columns, m, v = tile_side(d), columns_per_weight(d), served(d), conversions(d)
    rows, i = side * d["crossbar_rows"], input_reads(d)
    row_bits = rows * read_bits(d)  # of a bit-vector
    outputs, sum_bits = side * ceil_div(d["crossbar_cols"], columns), result_bits(d, side)
    transfers = 1
    while row_bits > transfers * constant("tile", "widest_bus"):
        transfers *= 2
    bank = int(constant("tile", "tile_bank"))
    at_once = side if d["in_tile_copies"] else 1
    sums = at_once * outputs * sum_bits
    output_wires = ceil_div(sums, i * v)
    accumulator_bits = sum_bits + int(constant("tile", "accumulator_guard"))
    slower = max(addition_s(d, accumulator_bits), comparator(d, d["activation_bits"])["time"])
    constants = outputs * accumulator_bits  # one an output, all read once a position
    correction = max(constants, ceil_div(constants, i * v * bank) * bank**2)
    adders = max(1, ceil_div(at_once * whole_cycles(slower, d["clock_hz"]) * max(m, columns), i * v * columns))
    return {
        "side": side,
        "rows": rows,
        "outputs": outputs,
        "lanes": side * ceil_div(d["crossbar_cols"], max(m, columns)) * adders,
        "crossbar_bits": result_bits(d, 1),
        "accumulator_bits": accumulator_bits,
        "correction_capacity": correction if d["bias_correction"] else 0,
        "input_capacity": max(at_once * rows * d["activation_bits"], ceil_div(at_once * row_bits, bank * v) * bank**2),
        "output_capacity": max(2 * sums, 2 * ceil_div(output_wires, bank) * bank**2),
        "transfers": transfers,
        "input_wires": ceil_div(row_bits, transfers),
        "output_wires": output_wires,
    }


@per_design
def input_buffer(d):
    return buffer(d, "tile_bank", shape(d)["input_capacity"])


@per_design
def output_buffer(d):
    return buffer(d, "tile_bank", shape(d)["output_capacity"])


@per_design
def correction_memory(d):
    return buffer(d, "tile_bank", shape(d)["correction_capacity"])


# --- one tile --------------------------------------------------------------------------------------------------------


@per_design
def unit(d):
    """Area and leakage beside the crossbars, area with them, pitch of the crossbars.

    A leaf of the H-tree is a square as large as the tile without its H-tree over its crossbars.
    """
    areas, leaks = _beside(d)
    crossbars = d["crossbars_per_tile"] * crossbar.unit(d)["area_m2"]
    leaf = math.sqrt((crossbars + sum(areas.values())) / d["crossbars_per_tile"])
    areas["htree"], leaks["htree"] = _htree(d, leaf)
    return {
        "area_m2": sum(areas.values()),
        "tile_area_m2": sum(areas.values()) + crossbars,
        "leakage_w": of_logic(d) * sum(leaks.values()),
        "area_by_component": areas,
        "leakage_by_component": {name: of_logic(d) * watt for name, watt in leaks.items()},
        "leaf_m": leaf,
    }


def _beside(d):
    """Area and leakage without the H-tree.

    A lane has a tree over a crossbar column, an accumulator and a register as wide; four lanes share a pooling unit of
    three comparators. Corrected sums need a subtractor as wide as the accumulator in each lane, and the constants.
    """
    n, widened, s = node_of(d), is_widened(d), shape(d)
    inputs, outputs, register = input_buffer(d), output_buffer(d), flip_flop(n, widened)
    tree_bits = s["lanes"] * sum(tree(s["side"], s["crossbar_bits"]))
    lane_bits = s["lanes"] * s["accumulator_bits"]
    window = constant("tile", "pool_window")
    comparators = math.ceil(s["lanes"] / window) * (window - 1)
    pool = comparator(d, d["activation_bits"])
    areas = {
        "input_buffer": inputs["area"],
        "output_buffer": outputs["area"],
        "adder_tree": adder_area(n, tree_bits, widened),
        "accumulator": adder_area(n, lane_bits, widened),
        "correction": correction_memory(d)["area"] + adder_area(n, lane_bits, widened) if d["bias_correction"] else 0.0,
        "activation": lane_bits * register["area"],
        "pooling": comparators * pool["area"],
    }
    leaks = {
        "input_buffer": inputs["leak"],
        "output_buffer": outputs["leak"],
        "adder_tree": adder_leakage(n, tree_bits, widened),
        "accumulator": adder_leakage(n, lane_bits, widened),
        "correction": correction_memory(d)["leak"] + adder_leakage(n, lane_bits, widened)
        if d["bias_correction"]
        else 0.0,
        "activation": lane_bits * register["leak"],
        "pooling": comparators * pool["leak"],
    }
    return areas, leaks


def _htree(d, leaf):
    """Area, and leakage of the repeaters of every wire along the path and on past the other crossbars."""
    n, s = node_of(d), shape(d)
    wires = s["input_wires"] + s["output_wires"]
    path, past = ways(d, leaf)
    return htree_area(n, s["side"], leaf, wires), wires * (path * htree_wire(n)["leak"] + past * bus_wire(n)["leak"])


def ways(d, leaf):
    """Wire between the port and the first crossbar of a row (H-tree), and on past the others (bus)."""
    return htree_path(tile_side(d), leaf), (tile_side(d) - 1) * leaf


# --- a layer ---------------------------------------------------------------------------------------------------------


def layer(d, of_layer, residuals=0):
    """Energy by component, least time between positions, and fill of a layer.

    ``residuals`` are the values that residual edges add to the layer's outputs.
    """
    leaf = unit(d)["leaf_m"]
    return {
        "energy_j": energy_j(d, of_layer, residuals, leaf),
        "interval_s": interval_s(d, of_layer),
        "fill_s": fill_s(d, of_layer, leaf),
    }


def layer_residuals(edges, number):
    """Values that residual edges add to the outputs of layer ``number``."""
    return sum(edge["values"] for edge in edges if edge["kind"] == "residual" and edge["consumer"] == number)


def row_sums(d, of_layer):
    """How an output is summed over the crossbars of its rows: of full tiles, and of the last one."""
    side = tile_side(d)
    crossbars = ceil_div(of_layer["rows"], d["crossbar_rows"])
    tiles = ceil_div(of_layer["rows"], side * d["crossbar_rows"])
    first = result_bits(d, 1)
    adders = (tiles - 1) * tree(side, first) + tree(crossbars - (tiles - 1) * side, first)
    return {
        "crossbars": crossbars,
        "tiles": tiles,
        "sum_bits": result_bits(d, min(crossbars, side)),
        "full_bits": result_bits(d, crossbars),
        "adders": adders,  # widths of the additions inside tiles
    }


def energy_j(d, of_layer, residuals, leaf):
    """J of a layer in an inference by component, all copies together.

    Inputs are written once a column of tiles that reads them; of each position all row bits are read from there, and go
    to the first crossbar of their row and past the others of the layer. Every addition inside a tile moves a number
    past a crossbar. Sums of tiles come to the port and are written and read, as are those that other tiles send, which
    accumulators add; so are residuals. A constant read and subtracted from each finished sum, if they are corrected; a
    register as wide as the finished sum; pooling.
    """
    n, sums, bits = node_of(d), row_sums(d, of_layer), d["activation_bits"]
    group_cols = of_layer["channels_out"] // of_layer["groups"] * columns_per_weight(d)
    tile_columns = ceil_div(group_cols, tile_side(d) * d["crossbar_cols"])
    crossbar_columns = ceil_div(group_cols, d["crossbar_cols"])
    row_bits = round(of_layer["positions"] * of_layer["rows"] * of_layer["groups"] * of_layer["routed_share"]) * bits
    outputs, received = of_layer["output_values"], sums["tiles"] - 1
    sent_bits = outputs * sums["tiles"] * sums["sum_bits"]
    added_bits = outputs * sum(sums["adders"])
    to_port = htree_wire(n)["energy"] * ways(d, leaf)[0]
    past_one = bus_wire(n)["energy"] * leaf
    inputs = input_buffer(d)
    energies = {
        "input_buffer": tile_columns
        * (of_layer["input_values"] * bits * inputs["write_j"] + row_bits * inputs["read_j"]),
        "htree": to_port * (tile_columns * row_bits + sent_bits)
        + past_one * ((crossbar_columns - tile_columns) * row_bits + added_bits),
        "adder_tree": outputs * sum(addition_j(d, width) for width in sums["adders"]),
        "output_buffer": output_buffer(d)["pass_j"] * (sent_bits + outputs * received * sums["sum_bits"]),
        "accumulator": outputs * received * addition_j(d, sums["full_bits"]) + residuals * addition_j(d, bits),
        "correction": correction_j(d, outputs, sums["full_bits"]),
        "activation": outputs * sums["full_bits"] * flip_flop(n, is_widened(d))["energy"],
        "pooling": pooling_j(d, of_layer),
    }
    return {name: of_logic(d) ** 2 * joule for name, joule in energies.items()}


def correction_j(d, outputs, full_bits):
    if not d["bias_correction"]:
        return 0.0
    return outputs * (full_bits * correction_memory(d)["read_j"] + addition_j(d, full_bits))


def pooling_j(d, of_layer):
    """A comparison, or an addition as wide as the window's sum, for every value of a window but one.

    A window larger than the map pools it whole.
    """
    pooled, window = of_layer["channels_out"], 1
    for ofm in (of_layer["ofm_h"], of_layer["ofm_w"]):
        padded = ofm + 2 * of_layer["pool_padding"]
        pooled *= max((padded - of_layer["pool_kernel"]) // max(of_layer["pool_stride"], 1) + 1, 1)
        window *= max(1, min(of_layer["pool_kernel"], padded))
    steps, bits = pooled * (window - 1), d["activation_bits"]
    if of_layer["pool"] == "max":
        return steps * comparator(d, bits)["energy"]
    if of_layer["pool"] == "avg":
        return steps * addition_j(d, bits + math.ceil(math.log2(window)))
    return 0.0


# --- time ------------------------------------------------------------------------------------------------------------


def interval_s(d, of_layer):
    """Least time between two positions: for every input bit v lines of a buffer, or the transfers of the H-tree.

    Copies side by side in a tile take their positions together, whose inputs are transferred one after another.
    """
    line = max(whole_cycles(input_buffer(d)["line_s"], d["clock_hz"]), 1)
    transfers = shape(d)["transfers"] * copies_along(d, of_layer)[1]
    return input_reads(d) * max(conversions(d) * line, transfers) / d["clock_hz"]


def fill_s(d, of_layer, leaf):
    """From the first input to the last result, each step in whole cycles.

    Input buffer, H-tree in and out, adder tree, output buffer written and read, sums of other tiles and the constant of
    corrected ones one after another, register.
    """
    n, s, sums, clock = node_of(d), shape(d), row_sums(d, of_layer), d["clock_hz"]
    path, past = ways(d, leaf)
    wire = path * htree_wire(n)["delay"] + past * bus_wire(n)["delay"]
    passed = tree_path(min(sums["crossbars"], s["side"]), s["crossbar_bits"])
    steps = whole_cycles(input_buffer(d)["access_s"], clock) + 2 * whole_cycles(output_buffer(d)["access_s"], clock)
    steps += 2 * whole_cycles(wire, clock)
    steps += whole_cycles(sum(addition_s(d, width) for width in passed), clock)
    steps += (sums["tiles"] - 1 + d["bias_correction"]) * whole_cycles(addition_s(d, s["accumulator_bits"]), clock)
    steps += whole_cycles(flip_flop(n, is_widened(d))["time"], clock)
    return steps / clock


def latency_s(d, of_layer, copies):
    """Time of the tile's digital part that crossbars do not hide: positions x max(interval - position, 0) + fill."""
    leaf = unit(d)["leaf_m"]
    position = input_reads(d) * crossbar.unit(d)["bit_vector_s"]
    waits = max(interval_s(d, of_layer) - position, 0.0)
    return ceil_div(of_layer["positions"], copies) * waits + fill_s(d, of_layer, leaf)
