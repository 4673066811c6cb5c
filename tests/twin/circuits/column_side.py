"""The column side of a crossbar: mux and its decoder, source lines, level shifters, SRAM's column circuits."""

import math

from twin.circuits.array import (
    access_r,
    bit_line_c,
    bit_line_r,
    cell_conductance,
    log2_ceil,
    nominal_access_r,
    pitch,
    width,
)
from twin.circuits.blocks import decoder, line_driver, pass_gate, precharge_time, pull_down_time
from twin.circuits.gates import TINY, cell_height, chain, drawn, horowitz, in_f, r_n, r_p, step_delay
from twin.data import constant, table

# --- column mux ------------------------------------------------------------------------------------------------------


def mux_gate(x):
    """Pass gate of a quarter of the column's resistance.

    Column: (mean of r_on and r_off + access) / R, SIAM r_on (1 + access share) / R; SRAM access / (2 R).
    """
    d = x["d"]
    if x["sram"]:
        column = nominal_access_r(x) / (2 * x["read_rows"])
    elif x["siam"]:
        column = d["r_on_ohm"] * (1 + x["cell"]["access_share"]) / x["read_rows"]
    else:
        column = ((d["r_on_ohm"] + d["r_off_ohm"]) / 2 + nominal_access_r(x)) / x["read_rows"]
    return pass_gate(x["n"], constant("crossbar", "pass_gate_margin") * column, x["widened"], x["c"]["linear_factor"])


def gate_rows(x, gates):
    """Fingers that a pass gate folds into within the pitch of a column, and rows of so many gates below the array.

    f = max(floor(pitch / finger pitch) - 1, 1); rows = ceil(gates / floor(W / ((f + 1) finger pitch))).
    """
    finger = x["n"]["finger_pitch"] * x["n"]["feature"]
    fingers = max(math.floor(pitch(x)[0] / finger + TINY) - 1, 1)
    per_row = max(math.floor(width(x) / ((fingers + 1) * finger) + TINY), 1)
    return fingers, math.ceil(gates / per_row)


def mux_area(x):
    """Pass gates across the array, (W_N + W_P) / f + 7.1F high a row, and the decoder; 1F a fin."""
    joining = x["converters"] * combiner(x) / constant("reading", "capacitor_density")
    if x["steps"] == 1:
        return joining
    n, gate = x["n"], mux_gate(x)
    both = gate["n"] + gate["p"]
    if n["is_fin"]:
        both = both / n["fin_conducting_width"] * n["feature"]
    fingers, rows = gate_rows(x, x["all_cols"])
    high = rows * (both / fingers + in_f(n, "pass_gate_rails", "crossbar"))
    area = width(x) * high + mux_decoder_area(x) + joining
    if has_samplers(x):
        area += width(x) * high + x["all_cols"] * sampler_c(x) / constant("reading", "capacitor_density")
    return area


def has_samplers(x):
    """Columns of cells with capacitors hold their charge by themselves."""
    return x["held"] and not x["charge"]


def sampler_c(x):
    """F of a sample-and-hold: its noise is a converter's, 8 k T x 1.5 x 4^b = C Vdd^2; at least the unit."""
    noise = constant("adc", "sampling_energy_factor") * constant("adc", "thermal_energy")
    noise *= constant("adc", "quantisation_snr") * 4 ** x["bits"]
    return max(noise / x["n"]["vdd_v"] ** 2, constant("reading", "unit_capacitor"))


def sampler_j(x):
    """J a column sampled, its reference with it: capacitor and switch charged to the supply."""
    if not has_samplers(x):
        return 0.0
    return (sampler_c(x) + mux_gate(x)["c_gate_n"]) * x["n"]["vdd_v"] ** 2 * x["all_cols"] / x["cols"]


def combiner(x):
    """Capacitance that weights the columns of one conversion by their significance."""
    if x["joined"] == 1:
        return 0.0
    return sum(2 ** (x["d"]["cell_bits"] * j) for j in range(x["joined"])) * constant("reading", "unit_capacitor")


def mux_decoder_area(x):
    """A row of gates, 28F high, a column served; none for two columns.

    Fingers: 13 and the NOR's inputs, or 14 without NORs; two tracks of 2.8F an address bit with NORs.
    """
    n, bits = x["n"], log2_ceil(x["steps"])
    if bits < 2:
        return 0.0
    if bits > 2:
        fingers = constant("crossbar", "mux_gate_pitches") + math.ceil(bits / 2)
        tracks = constant("crossbar", "mux_wire_tracks_per_bit") * bits
    else:
        fingers, tracks = constant("crossbar", "mux_gate_pitches_small"), 0
    across = fingers * n["finger_pitch"] * n["feature"] + tracks * in_f(n, "metal_pitch", "buffers")
    return across * cell_height(n) * x["steps"]


def mux_energy(x):
    """J a converted column: V1.3 0.17 C_gN Vdd^2; SIAM C_gN Vdd^2 + 2 C_d V_read^2."""
    gate, vdd = mux_gate(x), x["n"]["vdd_v"]
    joining = x["codes"] / x["weight_cells"] * combiner(x) * vdd**2
    if x["steps"] == 1:
        return joining
    if x["siam"]:
        return joining + gate["c_gate_n"] * vdd**2 + 2 * gate["c_drain"] * x["d"]["read_voltage_v"] ** 2
    return joining + constant("crossbar", "mux_energy_share") * gate["c_gate_n"] * vdd**2


def mux_decoder(x):
    bits = log2_ceil(x["steps"])
    return decoder(x["n"], bits, max(math.ceil(bits / 2), 2), x["widened"])


def mux_leakage(x):
    """Address inverters and NAND2; a line of more than four: NOR, NAND2 and two inverters."""
    dec = mux_decoder(x)
    line = dec["nor"]["leak"] + dec["nand"]["leak"] + 2 * dec["inverter"]["leak"]
    return dec["shared_leak"] + (x["steps"] * line if dec["has_nor"] else 0.0)


def mux_delay(x):
    """Pass gate: ln 10 x 2 R_tg (C_d + C_g / 2)."""
    gate = mux_gate(x)
    return math.log(10) * 2 * gate["r"] * (gate["c_drain"] + (gate["c_gate_n"] + gate["c_gate_p"]) / 2)


def select_delay(x):
    """Address to select line: the better of plain drivers, and of a chain of ever larger inverters.

    Plain: inverter R_N (C_out + 2 C_nand), NAND2 2 R_N (C_out + C_nor lines / 4), NOR 2 R_P (C_out + C_nand), enable
    NAND2 R_N (C_out + C_in); drivers R_N (C_out + C_in + u C_gN) and R_P (C_out + u C_gP). Up to four columns have no
    enable: the first driver starts with a step, and the NMOS gates of the select line load the NAND2 beside one NAND2
    input, of two columns the address inverter.
    """
    n, dec, gate, driver = x["n"], mux_decoder(x), mux_gate(x), select_driver(x)
    inv, two, nor = dec["inverter"], dec["nand"], dec["nor"]
    load = x["converters"] * gate["c_gate_n"]
    fall, pair = r_n(n, inv["n"]), 2 * r_n(n, two["n"])
    lines = [
        r_n(n, driver["n"]) * (driver["c_out"] + driver["c_in"] + load),
        r_p(n, driver["p"]) * (driver["c_out"] + x["converters"] * gate["c_gate_p"]),
    ]
    if dec["has_nor"]:
        taus = [
            fall * (inv["c_out"] + 2 * two["c_in"]),
            pair * (two["c_out"] + dec["predecoded_load"]),
            2 * r_p(n, nor["p"]) * (nor["c_out"] + two["c_in"]),
            r_n(n, two["n"]) * (two["c_out"] + two["c_in"]),
        ]
        plain, before = sum(chain(taus + lines)), sum(chain(taus))
    elif dec["address_bits"] == 2:
        shared = chain([fall * (inv["c_out"] + 2 * two["c_in"]), pair * (two["c_out"] + two["c_in"] + load)])
        plain = sum(shared) + sum(chain(lines))
        before = sum(chain([fall * (inv["c_out"] + 2 * two["c_in"]), pair * (two["c_out"] + two["c_in"])]))
    else:
        plain = horowitz(fall * (inv["c_out"] + load)) + sum(chain(lines))
        before = horowitz(fall * (inv["c_out"] + 2 * two["c_in"]))
    return min(plain, before + buffered_delay(x, load))


def select_driver(x):
    """NMOS 4F (SIAM 2F), PMOS pn times as wide; as many fins of either type."""
    n = x["n"]
    wn = drawn(n, constant("crossbar", "siam_select_driver" if x["siam"] else "select_driver"))
    return line_driver(n, wn, wn * (1 if n["is_fin"] else n["pn_ratio"]))


def buffered_delay(x, load):
    """ceil(log4(load / C_in)) + 2 stages with a fan-out of four, 0.693 R_N (C_out + 4 C_in) each: two lines."""
    n, driver = x["n"], select_driver(x)
    stages = math.ceil(math.log2(max(load / driver["c_in"], 1)) / 2) + 2
    return stages * step_delay(r_n(n, driver["n"]) * (driver["c_out"] + 4 * driver["c_in"]))


# --- what writing needs ----------------------------------------------------------------------------------------------


def register_rows(x, bits):
    """Height of whole rows of flip-flops as wide as the array."""
    one = constant("logic", "dff_cell_units") * 2 * x["n"]["finger_pitch"] * x["n"]["feature"]
    return math.ceil(bits / max(math.floor(width(x) / one + TINY), 1)) * cell_height(x["n"])


def source_line_area(x):
    """Resistive cells: rows of a flip-flop a column, rows of two pass gates a column below them.

    The least pass gate, SIAM's of a quarter of r_on (1 + access share); of FinFETs two fins high.
    """
    if x["sram"]:
        return 0.0
    n = x["n"]
    on = x["d"]["r_on_ohm"] * (1 + x["cell"]["access_share"])
    target = constant("crossbar", "pass_gate_margin") * on if x["siam"] else math.inf
    gate = pass_gate(n, target, x["widened"], x["c"]["linear_factor"])
    fingers, rows = gate_rows(x, constant("crossbar", "source_line_gates") * x["all_cols"])
    high = 2 * n["fin_width"] if n["is_fin"] else (gate["n"] + gate["p"]) / fingers
    return width(x) * (register_rows(x, x["all_cols"]) + rows * (high + in_f(n, "pass_gate_rails", "crossbar")))


def source_line_leakage(x):
    return 0.0 if x["sram"] else x["all_cols"] * x["register"]["leak"]


def level_shifter_area(x):
    """V1.3's resistive cells: two a row and one a column, each 1.44 x 70F x [w1 + 2.5 (2 w2 + w3)].

    w: a stage folded into a cell 70F high; of FinFETs the whole bracket from its table.
    """
    if x["sram"] or not x["c"]["has_level_shifters"]:
        return 0.0
    n, high = x["n"], in_f(x["n"], "shifter_height", "crossbar")
    if n["is_fin"]:
        across = fin_shifter_width(n["node_nm"]) * n["feature"]
    else:
        usable = high - in_f(n, "n_p_gap") - in_f(n, "rail_gap")
        stages = zip(constant("crossbar", "shifter_n"), constant("crossbar", "shifter_p"), strict=True)
        folded = [math.ceil((wn + wp * n["pn_ratio"]) * n["feature"] / usable) + 1 for wn, wp in stages]
        first, second, third = (fingers * n["finger_pitch"] * n["feature"] for fingers in folded)
        across = first + constant("crossbar", "shifter_gates_share") * (2 * second + third)
    return (2 * x["rows"] + x["all_cols"]) * constant("crossbar", "shifter_layout") * high * across


def fin_shifter_width(node_nm):
    """The table's width in F; a power law through the two nodes round it."""
    below = max((r for r in table("level_shifters") if r["node_nm"] <= node_nm), key=lambda r: r["node_nm"])
    above = [r for r in table("level_shifters") if r["node_nm"] > node_nm]
    if not above or below["node_nm"] == node_nm:
        return below["width"]
    after = min(above, key=lambda r: r["node_nm"])
    power = math.log(after["width"] / below["width"]) / math.log(after["node_nm"] / below["node_nm"])
    return below["width"] * (node_nm / below["node_nm"]) ** power


# --- SRAM's columns --------------------------------------------------------------------------------------------------


def column_circuit_area(x):
    """Precharge, and as much again the write driver: 84F high across the array."""
    return width(x) * in_f(x["n"], "sram_column_circuit", "crossbar") if x["sram"] else 0.0


def precharge_width(x):
    """The PMOS fills a cell of one type, 24.4F; SIAM's is 6F."""
    n = x["n"]
    if x["siam"]:
        return in_f(n, "siam_precharge_width", "crossbar")
    if n["is_fin"]:
        return n["fins_single_type"] * n["fin_conducting_width"]
    return cell_height(n) - in_f(n, "rail_gap")


def precharge_leakage(x):
    """A PMOS a column, off half of the time."""
    one = x["n"]["vdd_v"] * precharge_width(x) * x["n"]["ioff_p"] / 2
    return one * x["all_cols"] if x["sram"] else 0.0


def write_driver_leakage(x):
    one = constant("crossbar", "write_driver_inverters") * x["inverter"]["leak"]
    return one * x["all_cols"] if x["sram"] else 0.0


def uses_bit_lines(x):
    """SRAM but for digital arrays, whose gates take the cells' nodes."""
    return x["sram"] and not x["digital"]


def precharge_energy(x):
    """J a precharged column: both bit lines, 2 C_BL Vdd^2."""
    return (1 if x["charge"] else 2) * bit_line_c(x) * x["n"]["vdd_v"] ** 2 if uses_bit_lines(x) else 0.0


def precharge_delay(x):
    return precharge_time(x["n"], precharge_width(x), bit_line_c(x), bit_line_r(x)) if uses_bit_lines(x) else 0.0


def column_delay(x, slope):
    """Until a column can be sensed.

    SRAM: the cell pulls its bit line down by the swing. Resistive: 0.2 C_BL (R_driven + R_wire / 2), driven by half of
    the rows, or by one row by row, at the mean conductance of a cell.
    """
    n, cell = x["n"], x["cell"]
    if x["digital"]:
        return 0.0
    if x["charge"] and not x["by_row"]:
        one = constant("reading", "cell_capacitor")
        return step_delay(access_r(x) * one + bit_line_r(x) * (x["rows"] * one + bit_line_c(x)) / 2)
    if x["sram"]:
        access, pull_down = drawn(n, max(cell["cell_access"], 1)), drawn(n, max(cell["cell_n"], 1))
        swing = constant("crossbar", "bit_line_swing")
        return pull_down_time(n, access, pull_down, bit_line_c(x), bit_line_r(x), swing, slope)
    driving = 1 if x["by_row"] else max(x["read_rows"] / 2, 1)
    driven = 1 / (cell_conductance(x) * driving)
    return constant("crossbar", "column_delay_share") * bit_line_c(x) * (driven + bit_line_r(x) / 2)
