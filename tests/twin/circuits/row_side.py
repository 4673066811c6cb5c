"""The row side of a crossbar: drivers of a parallel read, decoder and drivers of row-by-row reading, word lines."""

import math

from twin.circuits.array import height, is_gate_line, log2_ceil, nominal_access_r, word_line_c, word_line_r
from twin.circuits.blocks import (
    adder_area,
    adder_energy,
    adder_leakage,
    decoder,
    decoder_switched,
    decoder_taus,
    driver_taus,
    pass_gate,
    usual_driver,
)
from twin.circuits.gates import TINY, cell_height, chain, in_f, r_n, r_p, slope_of, step_delay
from twin.data import constant

# --- parallel read: a flip-flop and pass gates a row -----------------------------------------------------------------


def driver_columns(x):
    """Columns that the row drivers stand in, ceil(R / floor(H / 28F)), and the height of a driver."""
    tall = max(height(x), cell_height(x["n"]))
    columns = math.ceil(x["rows"] / math.floor(tall / cell_height(x["n"]) + TINY))
    return columns, tall / math.ceil(x["rows"] / columns)


def row_gate(x):
    """Pass gate of a word line.

    The least one of 1T1R, whose word lines are gates; SRAM: a quarter of the word line's resistance (SIAM: that of the
    access transistor); cross-point: a quarter of a cell at r_on over the columns, as the line carries their current.
    """
    n, margin = x["n"], constant("crossbar", "pass_gate_margin")
    if is_gate_line(x):
        target = math.inf
    elif x["sram"]:
        target = nominal_access_r(x) if x["siam"] else margin * word_line_r(x)
    else:
        target = margin * (x["d"]["r_on_ohm"] + nominal_access_r(x)) / x["all_cols"]
    usable = driver_columns(x)[1] - in_f(n, "n_p_gap") - in_f(n, "rail_gap")
    return pass_gate(n, target, x["widened"], x["c"]["linear_factor"], usable)


def driver_area(x):
    """Columns as high as the array, each a flip-flop of 24 finger pitches and the folded pass gates wide."""
    finger = x["n"]["finger_pitch"] * x["n"]["feature"]
    register = x["digit_bits"] * constant("logic", "dff_cell_units") * 2 * finger
    gates = x["cell"]["row_driver_gates"] * voltages(x) * (row_gate(x)["fingers"] + 1) * finger
    compared = x["rows"] * adder_area(x["n"], compared_bits(x), x["widened"])
    return max(height(x), cell_height(x["n"])) * driver_columns(x)[0] * (register + gates) + compared


def voltages(x):
    """Pass gates over those of one bit: a gate a voltage, if voltages carry the bits."""
    return 1 if x["pulsed"] else 2 ** (x["digit_bits"] - 1)


def compared_bits(x):
    """Bits of the comparator that ends a row's pulse."""
    return x["digit_bits"] if x["pulsed"] and x["digit_bits"] > 1 else 0


def driver_energy(x):
    """(J a row, J an active row): m flip-flop clocks; m times pass gates' drains and gates.

    1T1R: 2 C_d V_access^2 + 5 C_d V_read^2 + 3 C_g Vdd^2; others: 3 C_d V_read^2 + C_g Vdd^2.
    """
    gate, cell = row_gate(x), x["cell"]
    drains = (
        2 * cell["row_drive_voltage"] ** 2 + cell["row_driver_drains"] * voltages(x) * x["d"]["read_voltage_v"] ** 2
    )
    gates = cell["row_driver_loads"] * (gate["c_gate_n"] + gate["c_gate_p"]) * x["n"]["vdd_v"] ** 2
    held = x["digit_bits"] * x["register"]["energy"]
    if compared_bits(x):
        units = 2 ** x["digit_bits"] - 1
        held += units * adder_energy(x["n"], x["digit_bits"], x["widened"], x["c"]["adder_activity"])
    return x["drives"] * held, x["drives"] * (gate["c_drain"] * drains + gates)


def word_line_delay(x):
    """0.693 [R_tg (5 C_d + C_WL) + R_row C_WL / 2], three drains but for 1T1R, whose R_tg is the NMOS alone.

    SIAM adds the flip-flop, and drives 1T1R word lines without a resistance.
    """
    gate, load = row_gate(x), word_line_c(x)
    drains = x["cell"]["row_driver_drains"] * voltages(x) * gate["c_drain"]
    driven = gate["r_n" if is_gate_line(x) else "r"] * (drains + load)
    if x["siam"] and is_gate_line(x):
        driven = 0.0
    return step_delay(driven + word_line_r(x) * load / 2) + (x["register"]["time"] if x["siam"] else 0.0)


# --- row by row: a decoder, and a driver a row -----------------------------------------------------------------------


def row_decoder(x):
    """Gates that select one row, of at least eight lines; NORs of half the address bits."""
    bits = max(log2_ceil(x["rows"]), 3)
    return decoder(x["n"], bits, math.ceil(bits / 2), x["widened"])


def decoder_area(x):
    """Columns of gates as high as the array: NORs with two inverters, NAND2, tracks, drivers of resistive cells.

    A gate takes 28F of height; tracks are four a pair and two for an odd bit.
    """
    n, dec = x["n"], row_decoder(x)
    tall = max(height(x), cell_height(n))
    per_column = math.floor(tall / cell_height(n) + TINY)
    columns = math.ceil(x["rows"] / per_column)
    across = columns * (dec["nor"]["width"] + 2 * dec["inverter"]["width"])
    across += math.ceil(dec["nands"] / per_column) * dec["nand"]["width"]
    across += (dec["nands"] + 2 * dec["odd"]) * in_f(n, "metal_pitch", "buffers")
    if not x["sram"]:
        across += columns * constant("crossbar", "row_driver_pitches") * n["finger_pitch"] * n["feature"]
    return tall * across


def decoder_leakage(x):
    """Address inverters and NAND2; a row: NOR and two driving inverters; resistive: two NAND2 and inverters more."""
    dec = row_decoder(x)
    one = dec["nor"]["leak"] + 2 * usual_driver(x["n"])["leak"]
    if not x["sram"]:
        one += 2 * (dec["nand"]["leak"] + dec["inverter"]["leak"])
    return dec["shared_leak"] + x["rows"] * one


def decoder_energy(x):
    """J an active row: the decoder at its activity, and (2.1 C_in + 3.9 C_out) Vdd^2 of a resistive row's driver.

    In each step of the mux, which SRAM read row by row has not.
    """
    dec = row_decoder(x)
    switched = x["c"]["control_activity"] * decoder_switched(dec, usual_driver(x["n"]))
    if not x["sram"]:
        switched += constant("crossbar", "row_driver_input_caps") * dec["inverter"]["c_in"]
        switched += constant("crossbar", "row_driver_output_caps") * dec["inverter"]["c_out"]
    return (1 if x["sram"] else x["drives"]) * switched * x["n"]["vdd_v"] ** 2


def decoder_delay(x):
    """Delay from the address to the word line, and its slope.

    Inverter, NAND2, NOR and two drivers; SRAM's drive the word line. Of resistive cells they enable a NAND2, whose
    inverter opens a least pass gate, R_N (2 C_d + C_WL) + R_row C_WL / 2. SRAM's slope is taken at the first driver.
    """
    n, dec, driver = x["n"], row_decoder(x), usual_driver(x["n"])
    inv, two, word = dec["inverter"], dec["nand"], word_line_c(x)
    taus = decoder_taus(n, dec, inv["c_in"]) + driver_taus(n, driver, word if x["sram"] else two["c_in"])
    if x["sram"]:
        delays = chain(taus)
        return sum(delays), slope_of(delays[-2])
    least = pass_gate(n, math.inf, x["widened"], x["c"]["linear_factor"])
    taus.append(2 * r_n(n, two["n"]) * (two["c_out"] + inv["c_in"]))
    taus.append(r_p(n, inv["p"]) * (inv["c_out"] + least["c_gate_n"] + least["c_gate_p"]))
    taus.append(least["r_n"] * (2 * least["c_drain"] + word) + word_line_r(x) * word / 2)
    delays = chain(taus)
    return sum(delays), slope_of(delays[-1])


# --- either ----------------------------------------------------------------------------------------------------------


def area(x):
    return decoder_area(x) if x["by_row"] else driver_area(x)


def leakage(x):
    if x["by_row"]:
        return decoder_leakage(x)
    return x["rows"] * (x["digit_bits"] * x["register"]["leak"] + adder_leakage(x["n"], compared_bits(x), x["widened"]))


def energy(x):
    """(J a row, J an active row) of a bit-vector."""
    return (0.0, decoder_energy(x)) if x["by_row"] else driver_energy(x)


def delay(x):
    """Delay of the word line, and its slope; SIAM's flip-flop does not slow the ramp."""
    if x["by_row"]:
        return decoder_delay(x)
    delay = word_line_delay(x)
    return delay, slope_of(delay - (x["register"]["time"] if x["siam"] else 0.0))
