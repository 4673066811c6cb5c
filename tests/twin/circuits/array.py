"""One sub-array: what a design says of it, and its cells: size, wires, access transistors, conductance, leakage.

A sub-array ``x`` is a dict; every function of the crossbar takes one. Lengths in metres.
"""

import math

from twin import supply
from twin.circuits.blocks import flip_flop
from twin.circuits.gates import c_drain, c_gate, drawn, inverter, inverter_leakage, node_of, r_n
from twin.data import constant, row
from twin.mapping import (
    adc_columns,
    adc_steps,
    ceil_div,
    code_bits,
    columns_per_weight,
    input_reads,
    joined_columns,
    read_bits,
    read_rows,
    reads_rows_alone,
    row_reads,
    sums_digitally,
    weight_codes,
)
from twin.memo import per_design


@per_design
def subarray(d):
    """The sub-array of a design: node, circuit variant, cell, flags, counts."""
    sram, by_row = d["cell"] in ("sram", "charge", "digital_cim"), reads_rows_alone(d)
    differential = d["weight_mapping"] == "differential"
    n, circuit = supply.node_at(d), row("circuits", circuit=d["circuit"])
    weight_columns = columns_per_weight(d)
    m = adc_columns(d)
    converters = ceil_div(d["crossbar_cols"], m)
    # The current of cells at their lowest level spoils sums of currents: resistive cells, all rows at once.
    pedestal = d["pedestal"] if not sram and not by_row else "none"
    references = converters if pedestal == "analog" else 0  # a column beside each converter
    return {
        "d": d,
        "n": n,
        "volts": n["vdd_v"] / node_of(d)["vdd_v"],  # over the node's
        "slow": 1 / supply.speed(node_of(d), n["vdd_v"] / node_of(d)["vdd_v"]),  # delay over that at the node's supply
        "c": circuit,
        "cell": row("cells", circuit=d["circuit"], cell=d["cell"]),
        "widened": circuit["is_widened"] > 0,
        "siam": d["circuit"] == "neurosim_siam",
        "sram": sram,
        "charge": d["cell"] == "charge" and not by_row,
        "drives": 1 if holds(d) or (d["cell"] == "charge" and not by_row) else adc_steps(d),  # of rows in a read
        "samples": samples(d),
        "held": holds(d),
        "by_row": by_row,
        "digital": sums_digitally(d),  # an adder tree a column in the place of converters
        "flash": d["adc_kind"] == "flash" and not sums_digitally(d),
        "voltage": d["sensing"] == "voltage",
        "differential": differential,
        "counted": pedestal == "digital" and not differential,
        "rows": d["crossbar_rows"],
        "cols": d["crossbar_cols"],
        "m": m,
        "steps": adc_steps(d),  # conversions of an ADC in a read
        "read_rows": read_rows(d),
        "reads": row_reads(d),
        "digit_bits": read_bits(d),
        "input_reads": input_reads(d),
        "pulsed": d["input_drive"] == "pulse_width",
        "joined": joined_columns(d),
        "codes": weight_codes(d),
        "converters": converters,
        "references": references,
        "all_cols": d["crossbar_cols"] + references,
        "bits": d["cell_bits"] if by_row else code_bits(d),  # of a conversion: one row gives no more than its cell
        "weight_columns": weight_columns,
        "weight_cells": weight_columns // 2 if differential else weight_columns,
        # Of differential weights half of the cells hold a digit, the others are at their lowest level.
        "nonzero": constant("crossbar", "differential_nonzero_share") if differential else 1.0,
        "register": flip_flop(n, circuit["is_widened"] > 0),
        "inverter": inverter(n, circuit["is_widened"] > 0),
    }


def samples(d):
    """Columns are sampled before they are converted; where adders or sense amplifiers take them, they are not."""
    sensed = reads_rows_alone(d) and d["cell"] in ("sram", "charge", "digital_cim")
    return d["row_drive"] == "sampled" and not sums_digitally(d) and not sensed


def holds(d):
    """Several conversions of an ADC a read, of columns that were sampled together."""
    return samples(d) and adc_steps(d) > 1


def is_gate_line(x):
    """1T1R: the word line drives gates and carries no current."""
    return not x["sram"] and x["cell"]["access_share"] > 0


# --- size ------------------------------------------------------------------------------------------------------------


def access_drawn(x):
    """Drawn width in F of a cell's access transistor: SRAM's own; 1T1R linear R_on(1F) / (0.25 r_on); else none."""
    if x["sram"]:
        return x["cell"]["cell_access"]
    if not is_gate_line(x):
        return 0.0
    sized = r_n(x["n"]["nominal"], drawn(x["n"], 1))
    return x["c"]["linear_factor"] * sized / (x["cell"]["access_share"] * x["d"]["r_on_ohm"])


def access_width(x):
    """Channel width of the access transistor."""
    return drawn(x["n"], access_drawn(x)) if access_drawn(x) > 0 else 0.0


def pitch(x):
    """Width and height of a cell, in F or in wire widths; at least as wide as its access transistor."""
    unit = x["n"]["wire_width"] if x["cell"]["is_wire_pitch"] else x["n"]["feature"]
    return max(x["cell"]["width"], access_drawn(x)) * unit, x["cell"]["height"] * unit


def width(x):
    return x["all_cols"] * pitch(x)[0]


def height(x):
    return x["rows"] * pitch(x)[1]


# --- lines -----------------------------------------------------------------------------------------------------------


def word_line_r(x):
    return x["n"]["wire_resistance"] * width(x)


def bit_line_r(x):
    return x["n"]["wire_resistance"] * height(x)


def word_line_c(x):
    """Wire and access gates, two a cell of SRAM."""
    gates = (2 if x["sram"] else 1) * c_gate(x["n"], access_width(x))
    return x["n"]["wire_capacitance"] * width(x) + x["all_cols"] * gates


def bit_line_wire_c(x):
    return x["n"]["wire_capacitance"] * height(x)


def bit_line_c(x):
    """Wire and the drains of the access transistors."""
    drain = c_drain(x["n"], access_width(x)) if access_width(x) > 0 else 0.0
    return bit_line_wire_c(x) + x["rows"] * drain


# --- currents --------------------------------------------------------------------------------------------------------


def access_r(x):
    """Resistance in series with a cell: stated, or 0.25 r_on that sizes its access transistor; SRAM: the transistor.

    SRAM transistors count at least 1F.
    """
    if x["sram"]:
        return r_n(x["n"], drawn(x["n"], max(x["cell"]["cell_access"], 1)))
    return x["slow"] * (x["cell"]["access_fixed"] or x["cell"]["access_share"] * x["d"]["r_on_ohm"])


def nominal_access_r(x):
    """The same at the nominal supply, for which the array is drawn."""
    return access_r(x) / x["slow"]


def cell_conductance(x):
    """Mean conductance of a driven cell, its access device and the wires to the middle of the array in series.

    Levels are equally spaced conductances from 1 / r_off to 1 / r_on, equally likely in the cells that hold a digit.
    SRAM cells all conduct through their access transistor and the column wire.
    """
    cell_width, cell_height = pitch(x)
    along_row = (x["all_cols"] + 1) / 2 * cell_width * x["n"]["wire_resistance"]
    along_column = (x["rows"] + 1) / 2 * cell_height * x["n"]["wire_resistance"]
    if x["sram"]:
        return 1 / (access_r(x) + along_column)
    series = access_r(x) + along_row + along_column
    lowest, highest = 1 / x["d"]["r_off_ohm"], 1 / x["d"]["r_on_ohm"]
    top = 2 ** x["d"]["cell_bits"] - 1
    levels = [1 / (1 / (lowest + (highest - lowest) * level / top) + series) for level in range(top + 1)]
    return x["nonzero"] * sum(levels) / len(levels) + (1 - x["nonzero"]) * levels[0]


def lowest_conductance(x):
    """A driven cell at its lowest level with its access device, wires left out: reference and foreign rows."""
    return 1 / (x["d"]["r_off_ohm"] + access_r(x))


def leakage(x):
    """Two inverters a cell of SRAM; resistive cells do not leak."""
    if not x["sram"]:
        return 0.0
    n, cell = x["n"], x["cell"]
    one = inverter_leakage(n, drawn(n, cell["cell_n"]), drawn(n, cell["cell_p"]))
    return 2 * one * x["rows"] * x["all_cols"]


def log2_ceil(count):
    """Address bits of so many lines."""
    return math.ceil(math.log2(count))
