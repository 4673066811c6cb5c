"""Row selection of row-by-row reading: a line decoder, and a driver that passes the read voltage to resistive cells."""

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.core.once import once
from siam_dse.core.units import ROUNDING
from siam_dse.engines.crossbar.array import array_size, word_line_capacitance
from siam_dse.engines.crossbar.case import Case
from siam_dse.engines.crossbar.law import EnergyLaw
from siam_dse.engines.crossbar.word_line import row_wire_resistance
from siam_dse.technology.decoder import Decoder, selecting_nor, switched_capacitance, usual_driver
from siam_dse.technology.delays import horowitz_delay, output_slope
from siam_dse.technology.gates import gate_constants, on_resistance_p
from siam_dse.technology.pass_gates import pass_gate


@once
def _decoder(case: Case) -> Decoder:
    """Gates that select one row; at least eight lines."""
    node, widened = case.node, case.circuit.is_widened
    bits = np.maximum(np.ceil(np.log2(case.rows)), 3)  # 8 lines, also of fewer rows
    return Decoder(
        node=node,
        address_bits=bits,
        inverter=case.inverter,
        nand=case.nand2,
        nor=selecting_nor(node, np.ceil(bits / 2), widened=widened),
    )


def row_decoder_area(case: Case) -> FloatArray:
    """Area of row decoder and drivers [m2], (U,): columns of gates as high as the array.

    Notes
    -----
    Gates are 28F high. Columns of a NOR and two inverters a row, of predecoding NAND2, and of a driver a row of
    resistive cells (17 finger pitches); tracks of 2.8F, four a pair of address bits and two for an odd one.

    References
    ----------
    [neurosim13] RowDecoder.cpp, WLNewDecoderDriver.cpp (measured, exact).
    """
    node, part = case.node, _decoder(case)
    row = gate_constants(case.node)["cell_height"] * node.feature_m
    height = np.maximum(array_size(case)[1], row)
    per_column = np.floor(height / row + ROUNDING)
    nor_columns = np.ceil(case.rows / per_column)
    pitch = node.finger_pitch * node.feature_m
    select = nor_columns * (part.nor.cell_width_m + 2 * part.inverter.cell_width_m)
    predecode = np.ceil(part.nands / per_column) * part.nand.cell_width_m
    tracks = (part.nands + 2 * part.odd_bits) * case.technology.constants("buffers")["metal_pitch"] * node.feature_m
    driver = nor_columns * case.technology.constants("crossbar")["row_driver_pitches"] * pitch
    return np.asarray(height * (select + predecode + tracks + np.where(case.is_sram, 0.0, driver)))


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
    part = _decoder(case)
    row = part.nor.leakage_w + 2 * usual_driver(case.node).leakage_w
    driver = 2 * (part.nand.leakage_w + part.inverter.leakage_w)
    return part.shared_leakage_w + case.rows * (row + np.where(case.is_sram, 0.0, driver))


def row_decoder_energy(case: Case) -> EnergyLaw:
    """Energy of selecting one active row, in each step of the column mux.

    Notes
    -----
    Decoder: 0.05 Vdd^2 x :func:`siam_dse.technology.decoder.switched_capacitance`; driver of resistive cells
    (2.1 C_in + 3.9 C_out) Vdd^2.

    References
    ----------
    [neurosim13] RowDecoder.cpp (measured, exact), WLNewDecoderDriver.cpp (fitted within 1 %).
    """
    part, k = _decoder(case), case.technology.constants("crossbar")
    decoder = case.circuit.control_activity * switched_capacitance(part, usual_driver(case.node))
    inv = part.inverter
    driver = k["row_driver_input_caps"] * inv.input_cap_f + k["row_driver_output_caps"] * inv.output_cap_f
    switched = decoder + np.where(case.is_sram, 0.0, driver)
    steps = np.where(case.is_sram, 1.0, case.line_steps)
    return EnergyLaw(per_active_row_j=steps * switched * case.node.vdd_v**2)


def row_decoder_delay(case: Case) -> tuple[FloatArray, FloatArray]:
    """Delay of row selection [s] and slope of the word line [1/s], (U,) each.

    Horowitz chain of address inverter, NAND2, NOR and two drivers; the last drives SRAM's word line, or the NAND2 that
    enables the driver of resistive cells: NAND2, inverter, and a least pass gate with the word line behind it. SRAM's
    slope is the one at the first driver, as the source has it.

    Notes
    -----
    NAND2 2 R_N (C_out + C_in), inverter R_P (C_out + gates of the pass gate), pass gate R_N (2 C_d + C_WL)
    + R_row C_WL / 2.

    References
    ----------
    [neurosim13] RowDecoder.cpp (SRAM measured, exact), WLNewDecoderDriver.cpp (within 15 %).
    """
    node, part, driver = case.node, _decoder(case), usual_driver(case.node)
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
    selected_s, selected_slope = part.line_delay(inv.input_cap_f)
    up = driver.first_delay(selected_slope)
    down = driver.last_delay(load, output_slope(node, up))
    total = selected_s + up + down
    wire = row_wire_resistance(case)
    word = word_line_capacitance(case)
    enable = part.nand_delay(inv.input_cap_f, output_slope(node, down))
    gated = horowitz_delay(
        node,
        on_resistance_p(node, inv.width_p_m) * (inv.output_cap_f + least.gate_n_cap_f + least.gate_p_cap_f),
        output_slope(node, enable),
    )
    passed = horowitz_delay(
        node, least.resistance_n_ohm * (2 * least.drain_cap_f + word) + wire * word / 2, output_slope(node, gated)
    )
    slope = np.where(case.is_sram, output_slope(node, up), output_slope(node, passed))
    return total + np.where(case.is_sram, 0.0, enable + gated + passed), slope
