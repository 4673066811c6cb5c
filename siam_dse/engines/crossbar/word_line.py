"""Row drivers: a flip-flop a row and pass gates that switch its word line; delay of the word line."""

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.core.once import once
from siam_dse.core.units import ROUNDING
from siam_dse.engines.crossbar.array import (
    access_resistance,
    array_size,
    word_line_capacitance,
)
from siam_dse.engines.crossbar.case import Case
from siam_dse.engines.crossbar.law import EnergyLaw
from siam_dse.technology.delays import step_delay
from siam_dse.technology.gates import gate_constants, sizing_resistance_n, transistor_width, wire_resistance
from siam_dse.technology.logic import adder_area, adder_energy, adder_leakage
from siam_dse.technology.pass_gates import PassGate, pass_gate, region_of


@once
def row_wire_resistance(case: Case) -> FloatArray:
    """Resistance of a word line from end to end [ohm], (U,)."""
    return wire_resistance(case.node, array_size(case)[0])


@once
def row_pass_gate(case: Case) -> PassGate:
    """Pass gate that connects a word line to its supply.

    1T1R word lines are gates, and a minimum pass gate drives them. SRAM: a quarter of the word line's resistance (SIAM:
    that of the cell's access transistor). Cross-point: the word line carries the current of all columns, a quarter of a
    cell at r_on over the columns.

    References
    ----------
    [neurosim13] SubArray.cpp, wlSwitchMatrix.
    """
    node, circuit = case.node, case.circuit
    margin = case.technology.constants("crossbar")["pass_gate_margin"]
    access = sizing_resistance_n(node, transistor_width(node, np.maximum(case.cell.cell_access, 1)))
    sram = np.where(case.is_siam, access, margin * row_wire_resistance(case))
    cross = margin * (case.r_on_ohm + access_resistance(case) / node.slowdown) / case.array_cols
    is_gate_line = (case.cell.access_share > 0) & ~case.is_sram
    target = np.where(case.is_sram, sram, np.where(is_gate_line, np.inf, cross))
    return pass_gate(
        node,
        target,
        widened=circuit.is_widened,
        linear_factor=circuit.linear_factor,
        height_m=region_of(node, driver_columns(case)[1]),
    )


@once
def driver_columns(case: Case) -> tuple[FloatArray, FloatArray]:
    """Columns that the row drivers stand in, and the height of one driver [m], (U,) each.

    ceil(R / floor(H / 28F)) columns; the drivers of a column share the height of the array.
    """
    cell_height = gate_constants(case.node)["cell_height"] * case.node.feature_m
    height = np.maximum(array_size(case)[1], cell_height)
    columns = np.ceil(case.rows / np.floor(height / cell_height + ROUNDING))
    return columns, height / np.ceil(case.rows / columns)


def row_driver_area(case: Case) -> FloatArray:
    """Area of the row drivers [m2], (U,): columns of flip-flop and pass gates as high as the array.

    Notes
    -----
    ceil(R / floor(H / 28F)) columns, each as wide as 12 cells of a flip-flop and the pass gates, (fingers + 1) finger
    pitches each.

    References
    ----------
    [neurosim13] SwitchMatrix.cpp, ROW mode (measured, exact).
    """
    node = case.node
    pitch = node.finger_pitch * node.feature_m
    columns, _ = driver_columns(case)
    height = np.maximum(array_size(case)[1], gate_constants(case.node)["cell_height"] * node.feature_m)
    register_width = case.technology.constants("logic")["dff_cell_units"] * 2 * pitch
    gates = case.cell.row_driver_gates * voltage_gates(case)
    gates_width = gates * (row_pass_gate(case).fingers + 1) * pitch
    compared = case.rows * adder_area(node, compared_bits(case), case.nand2)
    return np.asarray(height * columns * (case.bits_per_read * register_width + gates_width) + compared)


def row_driver_energy(case: Case) -> EnergyLaw:
    """Energy of the row drivers.

    Each step of the column mux clocks the flip-flops of every driven row, and switches the pass gates of active ones.
    Several bits of an input are kept in as many flip-flops. As a voltage they select one of 2^b supplies, whose charge
    grows with the voltage; its mean is that of one bit of the same activity. As a pulse they are compared with a count.

    Notes
    -----
    1T1R: E_DFF a row, 2 C_d V_access^2 + 5 C_d V_read^2 + 3 C_g Vdd^2 an active row; others 3 C_d V_read^2 + C_g Vdd^2.

    References
    ----------
    [neurosim13] SwitchMatrix.cpp, CalculatePower (measured, exact).
    """
    gate = row_pass_gate(case)
    cell, steps = case.cell, case.line_steps
    read_drains = cell.row_driver_drains * voltage_gates(case)
    drains = gate.drain_cap_f * (2 * cell.row_drive_voltage**2 + read_drains * case.read_voltage_v**2)
    loads = cell.row_driver_loads * (gate.gate_n_cap_f + gate.gate_p_cap_f) * case.node.vdd_v**2
    register = case.register
    held = case.bits_per_read * register.energy_j + comparing_energy(case)
    return EnergyLaw(per_row_j=steps * held, per_active_row_j=steps * (drains + loads))


def row_driver_leakage(case: Case) -> FloatArray:
    """Leakage of the row drivers [W], (U,): a flip-flop a row and bit, a comparator where pulses carry several."""
    compared = adder_leakage(case.node, compared_bits(case), case.nand2)
    return case.rows * (case.bits_per_read * case.register.leakage_w + compared)


@once
def voltage_gates(case: Case) -> FloatArray:
    """Pass gates of a row driver over those for one bit, (U,): one a voltage, 2^b where voltages carry b bits."""
    return np.where(case.is_pulsed, 1.0, 2 ** (case.bits_per_read - 1))


@once
def compared_bits(case: Case) -> FloatArray:
    """Bits of a row's comparator, (U,): it ends the pulse when a count common to all rows passes the input; else 0."""
    return np.where(case.is_pulsed & (case.bits_per_read > 1), case.bits_per_read, 0.0)


def comparing_energy(case: Case) -> FloatArray:
    """Energy of a row's comparator in a read [J], (U,): an adder of its bits in each of 2^b - 1 units of time."""
    bits = compared_bits(case)
    one = adder_energy(case.node, bits, case.nand2, case.circuit.adder_activity)
    return np.where(bits > 0, (2**bits - 1) * one, 0.0)


def word_line_delay(case: Case) -> FloatArray:
    """Delay of a word line [s], (U,).

    Notes
    -----
    1T1R: 0.693 [R_tg (5 C_d + C_WL) + R_row C_WL / 2], R_tg of the pass gate's NMOS alone; others
    0.693 [R_tg (3 C_d + C_WL) + R_row C_WL / 2], R_tg of both transistors.
    The source's SRAM word line leaves the access gates out and counts the resistance its pass gate was sized for
    (``wire_only_lines``). SIAM's older circuit adds the flip-flop's 0.5 ns and drives 1T1R word lines without a
    resistance.

    References
    ----------
    [neurosim13] SwitchMatrix.cpp, CalculateLatency (measured, exact).
    """
    gate = row_pass_gate(case)
    load = word_line_capacitance(case)
    resistance = row_wire_resistance(case)
    is_gate_line = (case.cell.access_share > 0) & ~case.is_sram
    driver = np.where(is_gate_line, gate.resistance_n_ohm, gate.resistance_ohm)
    if case.options.wire_only_lines:
        margin = case.technology.constants("crossbar")["pass_gate_margin"]
        load = np.where(case.is_sram, word_line_capacitance(case, gates=False), load)
        driver = np.where(case.is_sram & ~case.is_siam, margin * resistance, driver)
    driven = driver * (case.cell.row_driver_drains * voltage_gates(case) * gate.drain_cap_f + load)
    register = case.register.time_s
    is_direct = case.is_siam & is_gate_line
    driven = np.where(is_direct, 0.0, driven)
    return step_delay(case.node, driven + resistance * load / 2) + np.where(case.is_siam, register, 0.0)
