"""Buffers above the crossbar: a line decoder, a bank of flip-flops or SRAM cells, and square banks around a port."""

import math

from twin.circuits.array import log2_ceil
from twin.circuits.blocks import (
    decoder,
    decoder_switched,
    decoder_taus,
    driver_taus,
    flip_flop,
    htree_wire,
    precharge_time,
    pull_down_time,
    usual_driver,
)
from twin.circuits.gates import TINY, cell_height, chain, drawn, in_f, inverter, node_of, r_n, region, slope_of
from twin.circuits.wiring import htree_path
from twin.data import constant


def is_widened(d):
    """V1.3's gates fill their cells; SIAM's are minimal."""
    return d["circuit"] == "neurosim13"


def control_activity(d):
    """Calibrated activity of decoders and comparators; SIAM has none."""
    return constant("buffers", "decoder_activity") if is_widened(d) else 1.0


# --- line decoder ----------------------------------------------------------------------------------------------------


def line_decoder(d, lines):
    """Gates that select one of so many lines, rounded up to a power of two.

    A NOR that does not fit its cell is folded in two: three finger pitches an input, and more drain load.
    """
    n, bits = node_of(d), log2_ceil(lines)
    inputs = max(math.ceil(bits / 2), 2)
    dec = decoder(n, bits, inputs, is_widened(d))
    nor = dec["nor"]
    if nor["n"] + nor["p"] > region(n) * (1 + TINY) and not n["is_fin"]:
        nor["width"] *= inputs * constant("gates", "stacked_finger_pitches") / (inputs + 1)
        nor["c_out"] *= constant("logic", "folded_output_cap_ratio")
    return dec


def decoder_area(d, dec, tall):
    """Columns of gates ``tall`` metres high, 28F a gate: NAND2; NOR, address inverter and driver; predecoded wires.

    Wires are four a pair and two more, 2.8F each. Without NAND2, of two lines or fewer, there is nothing.
    """
    n = node_of(d)
    if dec["nands"] == 0:
        return 0.0
    per_column = max(math.floor(tall / cell_height(n) + TINY), 1)
    inverters = 2 * 2 * n["finger_pitch"] * n["feature"]
    across = math.ceil(dec["lines"] / per_column) * (dec["nor"]["width"] + inverters)
    across += math.ceil(dec["nands"] / per_column) * dec["nand"]["width"]
    return tall * (across + (dec["nands"] + 2) * in_f(n, "metal_pitch", "buffers"))


def decoder_delay(d, dec, load):
    """Delay to the end of a line, and the slope at its first driver.

    Inverter, NAND2, NOR, driver, driver. With one or two address bits the address inverter is charged with the line,
    and the driver starts with a step.
    """
    n, driver = node_of(d), usual_driver(node_of(d))
    if dec["has_nor"]:
        delays = chain(decoder_taus(n, dec, dec["inverter"]["c_in"]) + driver_taus(n, driver, load))
    else:
        inv = dec["inverter"]
        delays = chain([r_n(n, inv["n"]) * (inv["c_out"] + load)]) + chain(driver_taus(n, driver, load))
    return sum(delays), slope_of(delays[-2])


def decoder_leakage(d, dec):
    """Address inverters and NAND2, and with NORs a NOR and a driver of two inverters a line."""
    line = dec["nor"]["leak"] + 2 * usual_driver(node_of(d))["leak"]
    return dec["shared_leak"] + (dec["lines"] * line if dec["has_nor"] else 0.0)


# --- banks -----------------------------------------------------------------------------------------------------------


def bank(d, side):
    """``side`` lines of ``side`` bits: area, leakage, and energies and time of a line."""
    n, dec = node_of(d), line_decoder(d, side)
    line_load = side * in_f(n, "sram_cell_width", "buffers") * n["wire_capacitance"]
    selection = n["vdd_v"] ** 2 * decoder_switched(dec, usual_driver(n))
    parts = _sram(d, side, dec, line_load) if d["buffer_kind"] == "sram" else _registers(d, side, dec, line_load)
    return {
        "area": parts["area"],
        "read_j": parts["read_j"] + control_activity(d) * selection,
        "write_j": parts["write_j"] + selection,
        "line_s": parts["line_s"],
        "leak": parts["leak"] + decoder_leakage(d, dec),
    }


def _registers(d, side, dec, line_load):
    """Flip-flops; a read clocks a line of them, a write the decoder alone, as both together clock a bit once."""
    n, cell = node_of(d), flip_flop(node_of(d), is_widened(d))
    return {
        "area": side**2 * cell["area"] + decoder_area(d, dec, dec["lines"] * cell_height(n)),
        "read_j": side * cell["energy"],
        "write_j": 0.0,
        "line_s": cell["time"] + decoder_delay(d, dec, line_load)[0],
        "leak": side**2 * cell["leak"],
    }


def _sram(d, side, dec, line_load):
    """280 F^2 bits + 168F x 28F a column; read 2 C_BL Vdd^2, write (C_BL + C_in + C_out) Vdd^2 a column.

    C_BL: wire past 10F a line. Time: decoder, precharge, bit line. Leakage: cells, and in each column a precharge PMOS,
    off half of the time, and three inverters.
    """
    n, vdd = node_of(d), node_of(d)["vdd_v"]
    inv = inverter(n, is_widened(d))
    tall, across = in_f(n, "sram_cell_height", "buffers") * side, in_f(n, "sram_cell_width", "buffers")
    bit_c, bit_r = n["wire_capacitance"] * tall, n["wire_resistance"] * tall
    charger = cell_height(n) - in_f(n, "rail_gap")
    if n["is_fin"]:
        charger = n["fins_single_type"] * n["fin_conducting_width"]
    column_leak = vdd * charger * n["ioff_p"] / 2 + constant("buffers", "write_driver_inverters") * inv["leak"]
    selected, slope = decoder_delay(d, dec, line_load)
    access, pull_down = (drawn(n, constant("buffers", name)) for name in ("sram_cell_access", "sram_cell_n"))
    swing = constant("buffers", "bit_line_swing")
    sensed = pull_down_time(n, access, pull_down, bit_c, bit_r, swing, slope)
    return {
        "area": side * across * (tall + in_f(n, "column_circuit_height", "buffers")) + decoder_area(d, dec, tall),
        "read_j": side * 2 * bit_c * vdd**2,
        "write_j": side * (bit_c + inv["c_in"] + inv["c_out"]) * vdd**2,
        "line_s": selected + precharge_time(n, charger, bit_c, bit_r) + sensed,
        "leak": side**2 * _cell_leakage(n) + side * column_leak,
    }


def _cell_leakage(n):
    """Of two inverters and two access transistors half are off: Vdd [(W_N + W_access) Ioff_n + W_P Ioff_p]."""
    wn = drawn(n, constant("buffers", "sram_cell_n")) + drawn(n, constant("buffers", "sram_cell_access"))
    return n["vdd_v"] * (wn * n["ioff_n"] + drawn(n, constant("buffers", "sram_cell_p")) * n["ioff_p"])


# --- banks around a port ---------------------------------------------------------------------------------------------


def buffer(d, kind, bits):
    """Buffer of so many bits in banks of ``kind``, "tile_bank" or "chiplet_bank".

    To the port a bit takes the path of an H-tree over the banks. Energies are of a bit, ``access_s`` of a line.
    """
    side, wire = int(constant("tile", kind)), htree_wire(node_of(d))
    one, count = bank(d, side), math.ceil(bits / side**2)
    way = htree_path(max(math.ceil(math.sqrt(count)), 1), math.sqrt(one["area"]))
    return {
        "banks": count,
        "area": count * one["area"],
        "leak": count * one["leak"],
        "read_j": one["read_j"] / side + wire["energy"] * way,
        "write_j": one["write_j"] / side + wire["energy"] * way,
        "pass_j": (one["read_j"] + one["write_j"]) / side + 2 * wire["energy"] * way,
        "access_s": one["line_s"] + wire["delay"] * way,
        "line_s": one["line_s"],
    }
