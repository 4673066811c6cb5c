"""The digital side of a crossbar: shift-adds, subtractors, accumulators, and the digital removal of the pedestal.

A unit is an adder with its register: (how many there are, adder bits, register bits); None where there is none.
"""

import math

from twin.circuits.array import log2_ceil, width
from twin.circuits.blocks import adder_area, adder_delay, adder_energy, adder_leakage
from twin.circuits.column_side import register_rows
from twin.circuits.converters import has_sense_amps
from twin.circuits.gates import TINY, cell_height, nand
from twin.mapping import ceil_div


def sum_bits(x):
    """What shift-add receives: the sum of all reads' codes, or row by row that of all rows' cells."""
    return log2_ceil(x["rows"]) + x["d"]["cell_bits"] if x["by_row"] else log2_ceil(x["reads"]) + x["bits"]


def adders(x):
    """Adders side by side: one a converter; behind sense amplifiers one for the cells of a weight."""
    return ceil_div(x["cols"], x["weight_cells"]) if has_sense_amps(x) else x["converters"]


def weight_unit(x):
    """Joins the n cells of a weight, b bits wide; SIAM joins cells and input bits in one."""
    b, n = sum_bits(x), x["weight_cells"]
    return (adders(x), b, b + n) if x["codes"] > 1 and not x["siam"] else None


def input_unit(x):
    """Joins the i bits of an input, b + n bits wide; SIAM's only unit, b + i + 1 bits wide, is always there."""
    b, n, i = sum_bits(x), x["weight_cells"], x["d"]["activation_bits"]
    count = ceil_div(x["cols"], n) if x["digital"] else adders(x)  # one a weight
    if x["siam"]:
        return count, b + i + 1, b + 2 * i + 1
    return (count, b + n, b + n + i) if x["input_reads"] > 1 else None


def difference_unit(x):
    """Takes the negative from the positive columns' sum; no register of its own."""
    count = ceil_div(x["cols"], x["weight_cells"]) if x["digital"] else adders(x)
    return (count, sum_bits(x) + x["weight_cells"], 0) if x["differential"] else None


def accumulator_unit(x):
    """Adds up groups of rows, or rows read one by one; one bit more of register."""
    return (adders(x), sum_bits(x), sum_bits(x) + 1) if x["by_row"] or x["reads"] > 1 else None


def weight_runs(x):
    """Additions of each unit over codes of weights: one a step of the mux, behind sense amplifiers one a cell."""
    return x["weight_cells"] if has_sense_amps(x) else x["steps"]


def served(x):
    """Columns of a unit: of its ADC, behind sense amplifiers the cells of a weight."""
    return x["weight_cells"] if has_sense_amps(x) else x["m"]


def input_runs(x):
    """Additions of each unit over input bits: one a weight, also a part of one; SIAM one a step of the mux.

    Behind sense amplifiers two adders share a differential weight; SIAM's run both.
    """
    if x["siam"]:
        return 1 if has_sense_amps(x) else x["steps"]
    return difference_runs(x)


def difference_runs(x):
    """Subtractions of each unit: one a weight, also a part of one."""
    return served(x) / x["weight_columns"]


# --- energy ----------------------------------------------------------------------------------------------------------


def addition(x, unit):
    """J an addition: the adder and its register at their activities."""
    if unit is None:
        return 0.0
    _, bits, register = unit
    added = adder_energy(x["n"], bits, x["widened"], x["c"]["adder_activity"])
    return added + x["c"]["dff_activity"] * x["register"]["energy"] * register


def shift_add_energy(x):
    """J a converted column: one addition over cells; over input bits and of differences its share of a weight's."""
    total = x["codes"] / x["weight_cells"] * addition(x, weight_unit(x))
    total += addition(x, difference_unit(x)) / x["weight_columns"]
    return total + addition(x, input_unit(x)) * input_runs(x) / served(x)


def accumulator_energy(x):
    """J a column and row read: an addition, behind sense amplifiers one for the cells of a weight."""
    return addition(x, accumulator_unit(x)) / (x["weight_cells"] if has_sense_amps(x) else 1)


# --- area and leakage ------------------------------------------------------------------------------------------------


def unit_area(x, unit):
    """Adders, a row of wiring, whole rows of flip-flops; SIAM stacks its adders in whole rows, a cell a bit high."""
    if unit is None:
        return 0.0
    n, (count, bits, register) = x["n"], unit
    spread = count * adder_area(n, bits, x["widened"])
    if x["siam"]:
        one = adder_area(n, 1, x["widened"]) / cell_height(n)
        spread = ceil_div(count, max(math.floor(width(x) / one), 1)) * cell_height(n) * bits * width(x)
    return spread + width(x) * (cell_height(n) + register_rows(x, count * register))


def shift_add_area(x):
    """Both units, and the subtractors without wiring."""
    difference = difference_unit(x)
    subtractors = difference[0] * adder_area(x["n"], difference[1], x["widened"]) if difference else 0.0
    return unit_area(x, weight_unit(x)) + unit_area(x, input_unit(x)) + subtractors


def accumulator_area(x):
    """Adders and whole rows of flip-flops."""
    if accumulator_unit(x) is None:
        return tree_area(x)
    count, bits, register = accumulator_unit(x)
    return tree_area(x) + count * adder_area(x["n"], bits, x["widened"]) + width(x) * register_rows(x, count * register)


def unit_leakage(x, unit):
    if unit is None:
        return 0.0
    count, bits, register = unit
    return count * (adder_leakage(x["n"], bits, x["widened"]) + register * x["register"]["leak"])


def shift_add_leakage(x):
    return sum(unit_leakage(x, unit) for unit in (weight_unit(x), input_unit(x), difference_unit(x)))


# --- adder trees -----------------------------------------------------------------------------------------------------


def tree_bits(x):
    """Full adders of a column: level by level half as many adders, each a bit wider; between powers of two as the law.

    The law: 2 R - log2 R - 2.
    """
    if not x["digital"]:
        return 0.0
    rows = x["read_rows"]
    if rows & (rows - 1):
        return 2 * rows - math.log2(rows) - 2
    return sum(level * rows / 2**level for level in range(1, log2_ceil(rows) + 1))


def tree_area(x):
    return adder_area(x["n"], x["cols"] * tree_bits(x), x["widened"])


def tree_leakage(x):
    return adder_leakage(x["n"], x["cols"] * tree_bits(x), x["widened"])


def tree_energy(x):
    """J an active row and column: the gate of a cell that holds a one, the row's share of the adders."""
    if not x["digital"]:
        return 0.0
    product = x["nonzero"] / 2 * nand(x["n"], 2, False)["c_out"] * x["n"]["vdd_v"] ** 2
    one = adder_energy(x["n"], 1, x["widened"], x["c"]["adder_activity"])
    return product + tree_bits(x) / x["read_rows"] * one


def tree_delay(x):
    """Two bits of an adder a level."""
    return log2_ceil(x["read_rows"]) * adder_delay(x["n"], 2, x["widened"])


# --- time ------------------------------------------------------------------------------------------------------------


def cycles(x, unit):
    """Whole cycles of an addition at the digital clock, its register within them."""
    if unit is None:
        return 0
    return max(math.ceil(adder_delay(x["n"], unit[1], x["widened"]) * x["d"]["clock_hz"] * (1 - TINY)), 1)


def fill_s(x):
    """Every unit once behind the last conversion."""
    units = (pedestal_unit(x), accumulator_unit(x), weight_unit(x), difference_unit(x), input_unit(x))
    return sum(cycles(x, unit) for unit in units) / x["d"]["clock_hz"]


# --- pedestal --------------------------------------------------------------------------------------------------------


def pedestal_unit(x):
    """Takes the pedestal's share from each code; what the counter counts is known before the first code."""
    return (x["converters"], sum_bits(x), 0) if x["counted"] else None


def pedestal_bits(x):
    """Full adders: a counter of what rows driven at once get, all but the first, an adder of several such groups, and a
    subtractor as wide as a sum of codes a converter.
    """
    if not x["counted"]:
        return 0
    counter = x["digit_bits"] * (x["read_rows"] - 1)
    if x["reads"] > 1:
        counter += log2_ceil(x["rows"]) + x["digit_bits"]
    return counter + x["converters"] * sum_bits(x)


def pedestal_area(x):
    return adder_area(x["n"], pedestal_bits(x), x["widened"])


def pedestal_leakage(x):
    return adder_leakage(x["n"], pedestal_bits(x), x["widened"])


def pedestal_energy(x):
    """(J a row, J a converted column): a full adder, a subtraction."""
    if not x["counted"]:
        return 0.0, 0.0
    activity = x["c"]["adder_activity"]
    row, code = (adder_energy(x["n"], bits, x["widened"], activity) for bits in (x["digit_bits"], sum_bits(x)))
    return row, x["codes"] / x["weight_cells"] * code
