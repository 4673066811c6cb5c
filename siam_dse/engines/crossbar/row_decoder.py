"""Row selection of row-by-row reading: a line decoder, and a driver that passes the read voltage to resistive cells."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.engines.crossbar.array import array_size, word_line_capacitance
from siam_dse.engines.crossbar.case import Case
from siam_dse.engines.crossbar.law import EnergyLaw
from siam_dse.engines.crossbar.word_line import row_wire_resistance
from siam_dse.technology.gates import (
    Gate,
    drain_capacitance,
    gate_capacitance,
    gate_constants,
    horowitz_delay,
    inverter,
    inverter_leakage,
    nand,
    nor,
    on_resistance_n,
    on_resistance_p,
    output_slope,
    transistor_width,
)
from siam_dse.technology.load import load_constants
from siam_dse.technology.pass_gates import pass_gate


@dataclass(frozen=True)
class _Parts:
    """Gates of the decoder and its counts; (U,) each."""

    inverter: Gate
    nand: Gate
    nor: Gate
    bits: FloatArray
    lines: FloatArray
    pairs: FloatArray
    odd: FloatArray
    drive_n_m: FloatArray
    drive_p_m: FloatArray
    drive_in_f: FloatArray
    drive_out_f: FloatArray


def _parts(case: Case) -> _Parts:
    node, widened = case.node, case.circuit.is_widened
    bits = np.maximum(np.ceil(np.log2(case.rows)), 3)
    n = transistor_width(node, load_constants("buffers")["driver_width"])
    p = transistor_width(node, load_constants("buffers")["driver_width"] * node.pn_ratio)
    return _Parts(
        inverter=inverter(node, widened=widened),
        nand=nand(node, 2, widened=widened),
        nor=nor(node, np.ceil(bits / 2), widened=widened),
        bits=bits,
        lines=2.0**bits,
        pairs=np.floor(bits / 2),
        odd=bits % 2,
        drive_n_m=n,
        drive_p_m=p,
        drive_in_f=gate_capacitance(node, n + p),
        drive_out_f=drain_capacitance(node, n) + drain_capacitance(node, p),
    )


def row_decoder_area(case: Case) -> FloatArray:
    """Area of row decoder and drivers [m2], (U,): columns of gates as high as the array.

    References
    ----------
    [neurosim13] RowDecoder.cpp, WLNewDecoderDriver.cpp (measured, exact).
    """
    node, part, k = case.node, _parts(case), load_constants("buffers")
    row = gate_constants()["cell_height"] * node.feature_m
    height = np.maximum(array_size(case)[1], row)
    per_column = np.floor(height / row + _ROUNDING)
    nor_columns = np.ceil(case.rows / per_column)
    nands = k["predecode_wires"] * part.pairs
    pitch = node.finger_pitch * node.feature_m
    select = nor_columns * (part.nor.cell_width_m + 2 * part.inverter.cell_width_m)
    predecode = np.ceil(nands / per_column) * part.nand.cell_width_m
    tracks = (nands + 2 * part.odd) * k["metal_pitch"] * node.feature_m
    driver = nor_columns * load_constants("crossbar")["row_driver_pitches"] * pitch
    return height * (select + predecode + tracks + np.where(case.is_sram, 0.0, driver))


_ROUNDING = 1e-9  # a whole number of cells must not lose one to rounding


def row_decoder_leakage(case: Case) -> FloatArray:
    """Leakage of row decoder and drivers [W], (U,).

    Notes
    -----
    Address inverters, predecoding NAND2, and a row NOR and two driving inverters; resistive cells two NAND2 and two
    inverters more.

    References
    ----------
    [neurosim13] RowDecoder.cpp, WLNewDecoderDriver.cpp (measured, exact).
    """
    part = _parts(case)
    drive = inverter_leakage(case.node, part.drive_n_m, part.drive_p_m)
    row = part.nor.leakage_w + 2 * drive
    driver = 2 * (part.nand.leakage_w + part.inverter.leakage_w)
    nands = load_constants("buffers")["predecode_wires"] * part.pairs
    shared = part.bits * part.inverter.leakage_w + nands * part.nand.leakage_w
    return shared + case.rows * (row + np.where(case.is_sram, 0.0, driver))


def row_decoder_energy(case: Case) -> EnergyLaw:
    """Energy of selecting one active row, in each step of the column mux.

    Notes
    -----
    Decoder: 0.05 Vdd^2 [2 floor(A/2) (C_in + 2 C_nand) + odd (C_in + C_nor R/2) + floor(A/2) (C_out,nand + C_nor R/4)
    + C_out,nor + C_in + 2 (C_in + C_out) of the driver]; driver of resistive cells 2.1 C_in + 3.9 C_out at Vdd^2.

    References
    ----------
    [neurosim13] RowDecoder.cpp (measured, exact), WLNewDecoderDriver.cpp (fitted within 1 %).
    """
    part, k = _parts(case), load_constants("crossbar")
    gate_in = part.inverter.input_cap_f
    address = 2 * part.pairs * (gate_in + 2 * part.nand.input_cap_f)
    address = address + part.odd * (gate_in + part.nor.input_cap_f * part.lines / 2)
    predecode = part.pairs * (part.nand.output_cap_f + part.nor.input_cap_f * part.lines / 4)
    line = part.nor.output_cap_f + gate_in + 2 * (part.drive_in_f + part.drive_out_f)
    decoder = case.circuit.control_activity * (address + predecode + line)
    driver = k["row_driver_input_caps"] * gate_in + k["row_driver_output_caps"] * part.inverter.output_cap_f
    switched = decoder + np.where(case.is_sram, 0.0, driver)
    steps = np.where(case.is_sram, 1.0, case.columns_per_adc)
    return EnergyLaw(per_active_row_j=steps * switched * case.node.vdd_v**2)


def row_decoder_delay(case: Case) -> tuple[FloatArray, FloatArray]:
    """Delay of row selection [s] and slope of the word line [1/s], (U,) each.

    Horowitz chain of address inverter, NAND2, NOR and two drivers; the last drives SRAM's word line, or the pass gate
    of resistive cells, whose word line adds its own delay.

    References
    ----------
    [neurosim13] RowDecoder.cpp (SRAM measured, exact), WLNewDecoderDriver.cpp (within 15 %).
    """
    node, part = case.node, _parts(case)
    gates = not case.options.wire_only_lines
    sram_load = word_line_capacitance(case, gates=gates)
    least = pass_gate(
        node,
        np.full(len(case), np.inf),
        widened=case.circuit.is_widened,
        linear_factor=case.circuit.linear_factor,
    )
    driver_in = word_line_capacitance(case) if case.options.unbuffered_select else part.nand.input_cap_f
    load = np.where(case.is_sram, sram_load, driver_in)
    inv = part.inverter
    first = horowitz_delay(
        on_resistance_n(node, inv.width_n_m) * (inv.output_cap_f + 2 * part.nand.input_cap_f),
        np.full(len(case), np.inf),
    )
    pair_load = part.nand.output_cap_f + part.nor.input_cap_f * part.lines / 4
    pair = horowitz_delay(2 * on_resistance_n(node, part.nand.width_n_m) * pair_load, output_slope(first))
    line_ohm = 2 * on_resistance_p(node, part.nor.width_p_m)
    line = horowitz_delay(line_ohm * (part.nor.output_cap_f + inv.input_cap_f), output_slope(pair))
    up = horowitz_delay(
        on_resistance_p(node, part.drive_p_m) * (part.drive_out_f + part.drive_in_f), output_slope(line)
    )
    wire = row_wire_resistance(case)
    down = horowitz_delay(on_resistance_n(node, part.drive_n_m) * (part.drive_out_f + load), output_slope(up))
    total = first + pair + line + up + down
    word = word_line_capacitance(case)
    enabled = 2 * on_resistance_n(node, part.nand.width_n_m) * (part.nand.output_cap_f + inv.input_cap_f)
    enable = horowitz_delay(enabled, output_slope(down))
    gated = horowitz_delay(
        on_resistance_p(node, inv.width_p_m) * (inv.output_cap_f + least.gate_n_cap_f + least.gate_p_cap_f),
        output_slope(enable),
    )
    passed = horowitz_delay(
        least.resistance_n_ohm * (2 * least.drain_cap_f + word) + wire * word / 2, output_slope(gated)
    )
    slope = np.where(case.is_sram, output_slope(up), output_slope(passed))
    return total + np.where(case.is_sram, 0.0, enable + gated + passed), slope
