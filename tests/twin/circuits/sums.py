"""Adders and comparators above the crossbar: trees, and the larger of two numbers."""

import math

from twin.circuits.blocks import adder_delay, adder_energy
from twin.circuits.buffers import control_activity, is_widened
from twin.circuits.gates import TINY, cell_unit, nand, node_of, r_n
from twin.data import constant


def whole_cycles(time, clock):
    return math.ceil(time * clock - TINY)


def tree(inputs, first_bits):
    """Widths of the adders of a tree, one bit more a stage; an odd input joins the next stage."""
    adders, bits = [], first_bits
    while inputs > 1:
        adders += [bits] * (inputs // 2)
        inputs -= inputs // 2
        bits += 1
    return adders


def tree_path(inputs, first_bits):
    """Widths of the adders that one sum passes."""
    return [first_bits + stage for stage in range(math.ceil(math.log2(inputs)))]


def addition_j(d, bits):
    """J of an addition; calibrated activity in V1.3 only."""
    activity = constant("logic", "adder_activity") if is_widened(d) else 1.0
    return adder_energy(node_of(d), bits, is_widened(d), activity)


def addition_s(d, bits):
    return adder_delay(node_of(d), bits, is_widened(d))


def comparator(d, bits):
    """Passes on the larger of two numbers of B bits; leaks as the NAND2 that fill its area.

    A = (3 + 23.4 B) cell units; E = activity Vdd^2 [(4.4 + 5.7 B) C_in + (4.4 + 6.2 B) C_out], of a NAND2;
    t = R_N [(8.9 + 1.2 B) C_in + (13.3 B - 27.5) C_out], fewer than four bits as slow as four.
    """
    n = node_of(d)
    gate = nand(n, 2, is_widened(d))

    def law(name, bits=bits):
        return constant("pooling", f"comparator_{name}") + bits * constant("pooling", f"comparator_{name}_per_bit")

    loads = law("cin") * gate["c_in"] + law("cout") * gate["c_out"]
    timed = max(bits, 4)
    slow = law("delay_cin", timed) * gate["c_in"] + law("delay_cout", timed) * gate["c_out"]
    return {
        "area": law("area") * cell_unit(n),
        "energy": control_activity(d) * n["vdd_v"] ** 2 * loads,
        "time": r_n(n, gate["n"]) * slow,
        "leak": law("area") / constant("pooling", "nand2_cell_units") * gate["leak"],
    }
