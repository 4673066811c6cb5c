"""Blocks of gates of one node: flip-flop, adder, repeated wire, pass gate, decoder, SRAM bit line; plain, in SI."""

import math

from twin.circuits.gates import (
    TINY,
    c_drain,
    c_folded_drain,
    c_gate,
    cell_height,
    cell_unit,
    chain,
    drawn,
    horowitz,
    inverter,
    inverter_leakage,
    nand,
    nor,
    r_n,
    r_p,
    region,
    step_delay,
    widths,
)
from twin.data import constant

# --- flip-flop and adder ---------------------------------------------------------------------------------------------


def flip_flop(n, widened):
    """12 cell units; Vdd^2 (8 C_in + 10 C_out) a clock; eight inverters leak; half a nanosecond."""
    gate = inverter(n, widened)
    switched = constant("logic", "dff_input_caps") * gate["c_in"] + constant("logic", "dff_output_caps") * gate["c_out"]
    return {
        "area": constant("logic", "dff_cell_units") * cell_unit(n),
        "energy": n["vdd_v"] ** 2 * switched,
        "leak": constant("logic", "dff_leaking_inverters") * gate["leak"],
        "time": constant("logic", "dff_time"),
    }


def adder_area(n, bits, widened):
    """Nine NAND2 a bit, 13.5 cell units."""
    return bits * constant("logic", "adder_gates_per_bit") * nand(n, 2, widened)["width"] * cell_height(n)


def adder_energy(n, bits, widened, activity):
    """activity Vdd^2 [(14 C_in + 7 C_out) + (B - 1) (13 C_in + 7 C_out)]."""
    gate = nand(n, 2, widened)
    out = constant("logic", "adder_output_caps") * gate["c_out"]
    first = constant("logic", "adder_first_input_caps") * gate["c_in"] + out
    further = constant("logic", "adder_further_input_caps") * gate["c_in"] + out
    return activity * n["vdd_v"] ** 2 * (first + (bits - 1) * further)


def adder_leakage(n, bits, widened):
    return bits * constant("logic", "adder_gates_per_bit") * nand(n, 2, widened)["leak"]


def adder_delay(n, bits, widened):
    """Pull-down 2 R_N (C_out + 3 C_in) and pull-up R_P (C_out + 2 C_in) a bit, the last one R_P (C_out + C_in).

    The sum leaves through one more pull-down 2 R_N C_out. Bits between the first and the last all see the ramp that the
    first one leaves, and the last bit sees theirs; an adder of one bit counts as one of two.
    """
    gate = nand(n, 2, widened)
    down, up, c_in, c_out = 2 * r_n(n, gate["n"]), r_p(n, gate["p"]), gate["c_in"], gate["c_out"]
    fall = down * (c_out + constant("logic", "carry_pull_down_inputs") * c_in)
    rise = up * (c_out + constant("logic", "carry_pull_up_inputs") * c_in)
    first_fall, first_rise, fall_between, rise_between, last_fall, last_rise, leaves = chain(
        [fall, rise, fall, rise, fall, up * (c_out + c_in), down * c_out]
    )
    between = max(bits - 2, 0) * (fall_between + rise_between)
    return first_fall + first_rise + between + last_fall + last_rise + leaves


# --- repeated wires --------------------------------------------------------------------------------------------------


def optimal_repeaters(n):
    """Size in minimum inverters floor(sqrt(R c / (C_in r))) and spacing sqrt(2 R (C_in + C_out) / (r c))."""
    gate = inverter(n, False)
    resistance = r_n(n, gate["n"]) + r_p(n, gate["p"])
    r, c = n["wire_resistance"], n["wire_capacitance"]
    size = math.floor(math.sqrt(resistance * c / (gate["c_in"] * r)))
    return size, math.sqrt(2 * resistance * (gate["c_in"] + gate["c_out"]) / (r * c))


def bus_wire(n):
    """Wire of a bus: repeaters of least delay."""
    return repeated_wire(n, *optimal_repeaters(n))


def htree_wire(n):
    """Wire of an H-tree: repeaters half as large, a tenth closer."""
    size, spacing = optimal_repeaters(n)
    relaxed_size, relaxed_spacing = constant("wires", "relaxed_size"), constant("wires", "relaxed_spacing")
    return repeated_wire(n, math.floor(size * relaxed_size), spacing * relaxed_spacing)


def repeated_wire(n, size, spacing):
    """Energy, delay and leakage a metre, and width of a repeater, folded until each type fills its share of the cell.

    E = 0.25 (C_in + C_out + c d) Vdd^2 / d; t = 0.7 [R (C_in + C_out + c d) + r c d^2 / 2 + r d C_in] / d.
    """
    least = inverter(n, False)
    wn, wp = size * least["n"], size * least["p"]
    if n["is_fin"]:
        share_n = share_p = n["fins_per_type"] * n["fin_conducting_width"]
    else:
        share_n, share_p = region(n) * wn / (wn + wp), region(n) * wp / (wn + wp)
    c_in, c_out = c_gate(n, wn + wp), c_folded_drain(n, wn, share_n) + c_folded_drain(n, wp, share_p)
    load = c_in + c_out + n["wire_capacitance"] * spacing
    wire_r, wire_c = n["wire_resistance"] * spacing, n["wire_capacitance"] * spacing
    share = constant("wires", "wire_delay_share")
    stage = (r_n(n, wn) + r_p(n, wp)) * load + share * wire_r * wire_c + wire_r * c_in
    return {
        "energy": constant("wires", "wire_activity") * load * n["vdd_v"] ** 2 / spacing,
        "delay": constant("wires", "repeated_delay_factor") * stage / spacing,
        "leak": inverter_leakage(n, wn, wp) / spacing,
        "repeater_width": n["finger_pitch"] * n["feature"] * (math.ceil(wn / share_n) + 1),
        "size": size,
        "spacing": spacing,
    }


# --- pass gates ------------------------------------------------------------------------------------------------------


def pass_gate(n, target, widened, linear, height=None):
    """Transmission gate of at most ``target`` ohm, N and P of twice that each, widened to fill the cell, then folded.

    W = linear R_on(1F) 1F / (2 target); whole fins, at least those of the minimum gate. ``height`` is what both
    transistors have together, the standard cell's region if not given; fingers = ceil((W_N + W_P) / height).
    """
    least_n, least_p = widths(n, 1, 1, widened)
    one = drawn(n, 1)
    nominal = n["nominal"]  # drawn once, whatever the supply
    f_n, f_p = linear * r_n(nominal, one) / (2 * target), linear * r_p(nominal, one) / (2 * target)
    if n["is_fin"]:
        wn = max(math.floor(f_n * (1 + TINY)) * n["fin_conducting_width"], least_n)
        wp = max(math.floor(f_p * (1 + TINY)) * n["fin_conducting_width"], least_p)
    elif f_n == 0:
        wn, wp = least_n, least_p
    else:
        wn, wp = f_n * n["feature"], f_p * n["feature"]
        scale = max(1.0, region(n) / (wn + wp)) if widened else 1.0
        wn, wp = wn * scale, wp * scale
    height = region(n) if height is None else height
    share_n, share_p = height * wn / (wn + wp), height * wp / (wn + wp)
    full = 1 - TINY  # a gate that fills its cell exactly is not folded
    if n["is_fin"]:
        fins = max(math.floor(share_n / n["fin_pitch"]), 1, n["fins_per_type"])
        share_n = share_p = fins * n["fin_conducting_width"]
        fingers = math.ceil(max(wn, wp) / share_n * full)
    else:
        fingers = math.ceil((wn + wp) / height * full)
    return {
        "n": wn,
        "p": wp,
        "fingers": fingers,
        "r": linear / (1 / r_n(n, wn) + 1 / r_p(n, wp)),
        "r_n": linear * r_n(n, wn),
        "c_gate_n": c_gate(n, wn),
        "c_gate_p": c_gate(n, wp),
        "c_drain": c_folded_drain(n, wn * full, share_n) + c_folded_drain(n, wp * full, share_p),
    }


# --- decoder ---------------------------------------------------------------------------------------------------------


def decoder(n, address_bits, nor_inputs, widened):
    """Gates of a decoder of 2^A lines: four NAND2 predecode a pair of bits, an odd bit goes to half of the NORs."""
    inv, two, line = inverter(n, widened), nand(n, 2, widened), fitted_nor(n, nor_inputs, widened)
    lines, pairs = 2.0**address_bits, address_bits // 2
    nands = constant("buffers", "predecode_wires") * pairs
    return {
        "address_bits": address_bits,
        "lines": lines,
        "pairs": pairs,
        "odd": address_bits % 2,
        "nands": nands,
        "has_nor": address_bits > 2,
        "inverter": inv,
        "nand": two,
        "nor": line,
        "predecoded_load": line["c_in"] * lines / 4,
        "shared_leak": address_bits * inv["leak"] + nands * two["leak"],
    }


def fitted_nor(n, k, widened):
    """A NOR in its cell: planar transistors higher than the region are folded in two, 3 finger pitches an input wide.

    Its own drains then load it as much more as those of a NAND2 that the source folds.
    """
    gate = nor(n, k, widened)
    if n["is_fin"] or gate["n"] + gate["p"] <= region(n) * (1 + TINY):
        return gate
    return gate | {
        "width": constant("gates", "stacked_finger_pitches") * k * n["finger_pitch"] * n["feature"],
        "c_out": gate["c_out"] * constant("logic", "folded_output_cap_ratio"),
    }


def decoder_taus(n, dec, line_load):
    """RC products from the address to the output of a line's NOR: inverter, NAND2, NOR."""
    inv, two, line = dec["inverter"], dec["nand"], dec["nor"]
    return [
        r_n(n, inv["n"]) * (inv["c_out"] + 2 * two["c_in"]),
        2 * r_n(n, two["n"]) * (two["c_out"] + dec["predecoded_load"]),
        2 * r_p(n, line["p"]) * (line["c_out"] + line_load),
    ]


def line_driver(n, wn, wp):
    """One of the two equal inverters that drive a line."""
    c_out = c_drain(n, wn) + c_drain(n, wp)
    return {"n": wn, "p": wp, "c_in": c_gate(n, wn + wp), "c_out": c_out, "leak": inverter_leakage(n, wn, wp)}


def usual_driver(n):
    """NMOS 4F, PMOS 4F pn."""
    width = constant("buffers", "driver_width")
    return line_driver(n, drawn(n, width), drawn(n, width * n["pn_ratio"]))


def driver_taus(n, driver, load):
    """RC products of the two inverters: R_P (C_out + C_in), R_N (C_out + load)."""
    first = r_p(n, driver["p"]) * (driver["c_out"] + driver["c_in"])
    return [first, r_n(n, driver["n"]) * (driver["c_out"] + load)]


def decoder_switched(dec, driver):
    """Capacitance that one selection switches.

    2 floor(A/2) (C_in + 2 C_nand) + odd (C_in + C_nor lines / 2) + floor(A/2) (C_out,nand + C_nor lines / 4)
    + C_out,nor + C_in + 2 (C_in + C_out) of the driver; of four lines or fewer a NAND2's output in place of what NORs
    and their wires take (of two not even that).
    """
    inv, two, line, pairs = dec["inverter"], dec["nand"], dec["nor"], dec["pairs"]
    switched = 2 * pairs * (inv["c_in"] + 2 * two["c_in"]) + dec["odd"] * inv["c_in"]
    switched += inv["c_in"] + 2 * (driver["c_in"] + driver["c_out"])
    if dec["has_nor"]:
        switched += dec["odd"] * line["c_in"] * dec["lines"] / 2 + line["c_out"]
        switched += pairs * (two["c_out"] + dec["predecoded_load"])
    elif dec["address_bits"] > 1:
        switched += two["c_out"]
    return switched


# --- SRAM bit lines --------------------------------------------------------------------------------------------------


def precharge_time(n, width, load, wire_r):
    """0.693 [R_P (C_BL + 2 C_d) + R_BL C_BL / 2]."""
    return step_delay(r_p(n, width) * (load + 2 * c_drain(n, width)) + wire_r * load / 2)


def pull_down_time(n, access, pull_down, load, wire_r, swing, slope):
    """Horowitz of [(R_access + R_pull-down) (C_access + C_BL) + R_BL C_BL / 2] ln(Vdd / (Vdd - swing))."""
    driven = (r_n(n, access) + r_n(n, pull_down)) * (c_drain(n, access) + load)
    return horowitz((driven + wire_r * load / 2) * math.log(n["vdd_v"] / (n["vdd_v"] - swing)), slope)
