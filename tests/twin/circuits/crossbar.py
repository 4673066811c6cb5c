"""Twin of the crossbar engine: one crossbar with its periphery, and a layer's energy on crossbars."""

import math

from twin.circuits import adders, array, column_side, converters, row_side
from twin.circuits.array import subarray
from twin.data import constant, row
from twin.mapping import (
    ceil_div,
    cells_per_magnitude,
    columns_per_weight,
    input_reads,
    read_rows,
    reads_rows_alone,
    weight_codes,
)
from twin.memo import per_design
from twin.supply import of_crossbar_logic


def has_mux(x):
    """SRAM read row by row senses all columns at once, and adders take all of them."""
    return not converters.has_sense_amps(x) and not x["digital"]


# --- one crossbar ----------------------------------------------------------------------------------------------------


@per_design
def unit(d):
    """Area, leakage and time of one crossbar, with their parts."""
    x = subarray(d)
    areas, leaks = area_m2(x), leakage_w(x)
    return {
        "area_m2": sum(areas.values()),
        "area_by_component": areas,
        "leakage_w": sum(leaks.values()),
        "leakage_by_component": leaks,
        "conversion_s": step_s(x),
        "bit_vector_s": bit_vector_s(x),
        "fill_s": adders.fill_s(x),
        "columns_converted": x["all_cols"],
    }


def area_m2(x):
    return {
        "array": array.width(x) * array.height(x),
        "word_line": row_side.area(x),
        "source_line": column_side.source_line_area(x),
        "level_shifter": column_side.level_shifter_area(x),
        "column_mux": column_side.mux_area(x) if has_mux(x) else 0.0,
        "adc": converters.area(x),
        "encoder": converters.encoder_area(x),
        "precharge": column_side.column_circuit_area(x),
        "write_driver": column_side.column_circuit_area(x),
        "accumulator": adders.accumulator_area(x),
        "shift_add": adders.shift_add_area(x),
        "pedestal": adders.pedestal_area(x),
    }


def leakage_w(x):
    """At 300 K, SIAM's older circuit at 301 K."""
    warm = row("siam_temperature", node_nm=x["d"]["node_nm"], roadmap=x["d"]["roadmap"])["leakage_factor"]
    parts = {
        "array": array.leakage(x),
        "word_line": row_side.leakage(x),
        "source_line": column_side.source_line_leakage(x),
        "column_mux": column_side.mux_leakage(x) if has_mux(x) else 0.0,
        "adc": converters.leakage(x),
        "encoder": converters.encoder_leakage(x),
        "precharge": column_side.precharge_leakage(x),
        "write_driver": column_side.write_driver_leakage(x),
        "accumulator": adders.unit_leakage(x, adders.accumulator_unit(x)) + adders.tree_leakage(x),
        "shift_add": adders.shift_add_leakage(x),
        "pedestal": adders.pedestal_leakage(x),
    }
    supply = of_crossbar_logic(x["d"])
    parts |= {name: supply * parts[name] for name in ("accumulator", "shift_add", "pedestal")}
    return {name: part * (warm if x["siam"] else 1.0) for name, part in parts.items()}


def step_s(x):
    """1.4 x [max(word line, column select) + precharge + column + conversion + encoder].

    The conversion is that of a column with one active row.
    """
    word_line, slope = row_side.delay(x)
    select = column_side.mux_delay(x) + column_side.select_delay(x) if has_mux(x) and x["steps"] > 1 else 0.0
    if converters.has_sense_amps(x):
        conversion = x["slow"] * converters.sense_amp_time(x)
    elif x["digital"]:
        conversion = adders.tree_delay(x)
    else:
        conversion = converters.held_time(x, array.cell_conductance(x))
    column = column_side.column_delay(x, slope)
    reading = column_side.precharge_delay(x) + column + conversion
    longer = further_pulses(x) * (word_line + column)
    if converters.is_surveyed(x) and not converters.has_sense_amps(x):  # a rate of silicon needs no factor
        return x["c"]["latency_factor"] * (max(word_line, select) + reading - conversion + longer) + conversion
    return x["c"]["latency_factor"] * (max(word_line, select) + reading + converters.encoder_delay(x) + longer)


def further_pulses(x):
    """Units of time of the longest pulse beyond the first."""
    return 2 ** x["digit_bits"] - 2 if x["pulsed"] else 0


def bit_vector_s(x):
    """Steps of the mux in each row read, or the additions behind them where they are slower.

    A parallel read is one read; row by row each active row is one, at least one.
    """
    clock = x["d"]["clock_hz"]
    reads = max(x["d"]["input_activity"] * x["rows"], 1) if x["by_row"] else x["reads"]
    steps = x["steps"] if has_mux(x) else 1
    accumulated = adders.cycles(x, adders.accumulator_unit(x)) / clock
    behind = [
        adders.weight_runs(x) * adders.cycles(x, adders.pedestal_unit(x)),
        adders.weight_runs(x) * adders.cycles(x, adders.weight_unit(x)),
        math.ceil(adders.input_runs(x)) * adders.cycles(x, adders.input_unit(x)),
        math.ceil(adders.difference_runs(x)) * adders.cycles(x, adders.difference_unit(x)),
    ]
    if x["held"]:
        return max(reads * (sampling_s(x) + steps * max(walking_s(x), accumulated)), max(behind) / clock)
    return max(reads * steps * max(step_s(x), accumulated), max(behind) / clock)


def sampling_s(x):
    """1.4 x [word line + precharge + column], for each unit of the longest pulse but the precharge."""
    word_line, slope = row_side.delay(x)
    units = 1 + further_pulses(x)
    lines = units * (word_line + column_side.column_delay(x, slope))
    return x["c"]["latency_factor"] * (lines + column_side.precharge_delay(x))


def walking_s(x):
    """1.4 x [column select + conversion + encoder]: the ADC steps through columns that are held."""
    select = column_side.mux_delay(x) + column_side.select_delay(x)
    conversion = converters.held_time(x, array.cell_conductance(x))
    if converters.is_surveyed(x):
        return x["c"]["latency_factor"] * select + conversion
    return x["c"]["latency_factor"] * (select + conversion + converters.encoder_delay(x))


# --- a layer on crossbars --------------------------------------------------------------------------------------------


def loading(d, layer):
    """Crossbars that take a bit-vector of a layer, rows they drive, columns they convert, and conversions row by row.

    Groups that fit a crossbar several times lie along its diagonal, others on crossbars of their own.
    """
    rows, cols, groups = d["crossbar_rows"], d["crossbar_cols"], layer["groups"]
    columns = layer["channels_out"] * columns_per_weight(d) // groups  # of a group
    activity = d["input_activity"] if math.isnan(layer["input_activity"]) else layer["input_activity"]
    packed = min(rows // layer["rows"], cols // columns) if groups > 1 else 0
    row_blocks, column_blocks = ceil_div(layer["rows"], rows), ceil_div(columns, cols)
    if packed >= 1:
        row_blocks = column_blocks = 1
    crossbars = ceil_div(groups, packed) if packed else row_blocks * column_blocks * groups
    return {
        "crossbars": crossbars,
        "rows": layer["rows"] * column_blocks * groups,
        "columns": columns * row_blocks * groups,
        "group_columns": columns * groups,
        "read_columns": columns * groups * sum(len(groups_of_rows(d, used)) for used in row_blocks_of(d, layer)),
        "lone_conversions": activity * layer["rows"] * columns * groups,
        "activity": activity,
        "foreign_groups": groups / crossbars - 1 if packed else 0.0,  # on the crossbar of a group
    }


def row_blocks_of(d, layer):
    """Rows that a layer, or a group of it, uses of each crossbar below another."""
    return [min(d["crossbar_rows"], layer["rows"] - first) for first in range(0, layer["rows"], d["crossbar_rows"])]


def groups_of_rows(d, used):
    """Rows of each read of a crossbar of which so many rows are used."""
    together = read_rows(d)
    return [min(together, used - first) for first in range(0, used, together)]


def bit_vectors(d, layer):
    """Input bit-vectors of a layer in an inference, each to all crossbars of one copy."""
    return layer["positions"] * (1 - layer["sparsity"]) * layer["routed_share"] * input_reads(d)


def conversions(d, layer):
    """Codes that converters give in an inference."""
    load = loading(d, layer)
    if reads_rows_alone(d):
        return bit_vectors(d, layer) * load["lone_conversions"]
    return bit_vectors(d, layer) * load["read_columns"] * weight_codes(d) / cells_per_magnitude(d)


def at_bits(d, run):
    """The sub-array whose converters run at so many bits."""
    return {**subarray(d), "run": run}


def layer_energy_j(d, layer, run=None):
    """J of a layer in an inference, by component; its converters run at so many bits where that is said."""
    x, load = at_bits(d, run) if run else subarray(d), loading(d, layer)
    rows, columns, lone = load["rows"], load["columns"], load["lone_conversions"]
    active_rows = load["activity"] * rows
    if x["pulsed"] and x["digit_bits"] > 1:
        active_rows = rows * (1 - (1 - load["activity"]) ** x["digit_bits"])
    read_columns = lone if x["by_row"] else load["read_columns"]
    codes = lone if x["by_row"] else load["read_columns"] * x["codes"] / x["weight_cells"]
    row_j, active_row_j = row_side.energy(x)
    pedestal_row_j, pedestal_column_j = adders.pedestal_energy(x)
    word_j, bit_j = array_line_energy(x)
    precharges = read_columns * (x["drives"] if has_mux(x) and not x["by_row"] else 1)
    one = {
        "array": active_rows * word_j + read_columns * bit_j + lone * (pulse_j(x) + charge_j(x) + sampled_j(x)),
        "word_line": rows * row_j + active_rows * active_row_j,
        "column_mux": load["read_columns"] * column_side.mux_energy(x) + read_columns * column_side.sampler_j(x)
        if has_mux(x)
        else 0.0,
        "adc": converting_j(x, layer, load),
        "encoder": codes * converters.encoder_energy(x),
        "precharge": precharges * column_side.precharge_energy(x),
        "sense_amp": lone * converters.sense_amp_energy(x),
        "accumulator": codes * adders.accumulator_energy(x) + lone * adders.tree_energy(x),
        "shift_add": columns * adders.shift_add_energy(x),
        "pedestal": rows * pedestal_row_j + columns * pedestal_column_j,
    }
    one |= {name: of_crossbar_logic(d) ** 2 * one[name] for name in ("accumulator", "shift_add", "pedestal")}
    return {name: bit_vectors(d, layer) * joule for name, joule in one.items()}


def array_line_energy(x):
    """(J an active row, J a read column) of resistive cells: m C_WL Vdd^2; C_BL V_read^2, wires only.

    A converter's reference column is read beside each of its columns: u m lines more for the C columns.
    """
    if x["sram"]:
        return 0.0, 0.0
    word = x["drives"] * array.word_line_c(x) * x["n"]["vdd_v"] ** 2
    beside = x["references"] * x["drives"] / x["cols"]
    return word, (1 + beside) * array.bit_line_wire_c(x) * x["d"]["read_voltage_v"] ** 2


def charge_j(x):
    """J of an active cell's capacitor, C Vdd^2 of those that hold a one."""
    if not x["charge"] or x["by_row"]:
        return 0.0
    return x["nonzero"] / 2 * constant("reading", "cell_capacitor") * x["n"]["vdd_v"] ** 2


def sampled_j(x):
    """J of an active cell, and its share of the reference columns, while all columns conduct: V_read^2 G t."""
    if x["sram"] or not (x["held"] or (x["samples"] and x["voltage"])):
        return 0.0
    settled_s = row_side.delay(x)[0] + column_side.column_delay(x, math.inf)
    references = x["references"] / x["cols"] * array.lowest_conductance(x)
    return settled_s * x["d"]["read_voltage_v"] ** 2 * (array.cell_conductance(x) + references)


def pulse_j(x):
    """J of an active cell beyond the first unit of a pulse: V_read^2 G; SRAM's swing is in the precharge."""
    if x["sram"] or x["by_row"] or not further_pulses(x):
        return 0.0
    unit_s = row_side.word_line_delay(x) + column_side.column_delay(x, math.inf)
    return further_pulses(x) * unit_s * x["d"]["read_voltage_v"] ** 2 * array.cell_conductance(x)


def converting_j(x, layer, load):
    """J of a bit-vector's conversions, read by read; rows of other groups are among those read if there is room."""
    if converters.has_sense_amps(x) or x["digital"]:
        return 0.0
    if x["by_row"]:
        return load["lone_conversions"] * converters.conversion_energy(x, 1)
    activity, foreign = load["activity"], load["foreign_groups"]
    total = 0.0
    for used in row_blocks_of(x["d"], layer):
        for own in groups_of_rows(x["d"], used):
            others = min(foreign * own, x["read_rows"] - own)
            dark = (1 - activity) ** (x["digit_bits"] * (own + others))
            one = converters.conversion_energy(x, activity * own, dark, activity * others)
            total += load["group_columns"] * x["codes"] / x["weight_cells"] * one
    return total
