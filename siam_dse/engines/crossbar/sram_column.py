"""Column circuits of SRAM: precharge, and the delay of a bit line that a cell pulls down."""

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.core.once import once
from siam_dse.engines.crossbar.array import array_size, bit_line_capacitance, charge_delay
from siam_dse.engines.crossbar.case import Case
from siam_dse.engines.crossbar.law import EnergyLaw
from siam_dse.technology.bit_lines import precharge_time, pull_down_time
from siam_dse.technology.gates import minimum_inverter, single_type_width, transistor_width, wire_resistance


@once
def precharge_width(case: Case) -> FloatArray:
    """Channel width of a precharge PMOS [m], (U,): fills the cell; SIAM's is 6F."""
    siam = case.technology.constants("crossbar")["siam_precharge_width"] * case.node.feature_m
    return np.where(case.is_siam, siam, single_type_width(case.node))


@once
def column_load(case: Case) -> FloatArray:
    """Load of one bit line of SRAM [F], (U,); the source leaves the cells' drains out (``wire_only_lines``)."""
    return bit_line_capacitance(case, drains=not case.options.wire_only_lines)


def precharge_area(case: Case) -> FloatArray:
    """Area of the precharge circuits [m2], (U,): 84F high, a column pitch wide."""
    height = case.technology.constants("crossbar")["sram_column_circuit"] * case.node.feature_m
    return np.where(case.is_sram, array_size(case)[0] * height, 0.0)


def precharge_energy(case: Case) -> EnergyLaw:
    """Energy of the precharge: both bit lines of every column, each step of the mux and each read; 2 C_BL Vdd^2.

    Reading row by row has no mux: once a row. Digital arrays do not use their bit lines.

    References
    ----------
    [neurosim13] Precharger.cpp, CalculatePower (measured, exact).
    """
    lines = np.where(case.is_charge, 1, 2)  # a column of capacitors has one, reset once a read
    swing = np.where(case.is_sram & ~case.is_digital, lines * column_load(case) * case.node.vdd_v**2, 0.0)
    by_row = case.is_row_by_row
    return EnergyLaw(
        per_read_column_j=np.where(by_row, 0.0, swing * case.line_steps),
        per_active_column_j=np.where(by_row, swing, 0.0),
    )


def precharge_leakage(case: Case) -> FloatArray:
    """Leakage of the precharge circuits [W], (U,): a PMOS a column, off half of the time."""
    node = case.node
    one = node.vdd_v * precharge_width(case) * node.ioff_p_a_per_m / 2
    return np.where(case.is_sram, one * case.array_cols, 0.0)


def precharge_delay(case: Case) -> FloatArray:
    """Time to precharge a bit line of SRAM [s], (U,); 0 for resistive cells."""
    wire = wire_resistance(case.node, array_size(case)[1])
    return np.where(
        case.is_sram & ~case.is_digital, precharge_time(case.node, precharge_width(case), column_load(case), wire), 0.0
    )


def bit_line_delay(case: Case, slope_per_s: FloatArray) -> FloatArray:
    """Time until a cell has pulled its bit line down by the sensed 0.05 V [s], (U,); 0 for resistive cells.

    Parameters
    ----------
    case : Case
    slope_per_s : (U,) [1/s], of the word line
    """
    node = case.node
    access = transistor_width(node, np.maximum(case.cell.cell_access, 1))
    pull_down = transistor_width(node, np.maximum(case.cell.cell_n, 1))
    wire = wire_resistance(node, array_size(case)[1])
    swing = case.technology.constants("crossbar")["bit_line_swing"]
    delay = pull_down_time(node, access, pull_down, column_load(case), wire, swing, slope_per_s)
    if np.any(case.is_charge):
        delay = np.where(case.is_charge, charge_delay(case), delay)
    return np.where(case.is_sram & ~case.is_digital, delay, 0.0)


@once
def has_sense_amp(case: Case) -> BoolArray:
    """Crossbars with a sense amplifier a column in place of converters, (U,): SRAM read row by row."""
    return np.asarray(case.is_sram & case.is_row_by_row)


def sense_amp_energy(case: Case) -> EnergyLaw:
    """Energy of the sense amplifiers: every column, each row read.

    References
    ----------
    [neurosim13] SenseAmp.cpp (fitted within 2 %).
    """
    k, gate = case.technology.constants("crossbar"), minimum_inverter(case.node)
    switched = k["sense_amp_input_caps"] * gate.input_cap_f + k["sense_amp_output_caps"] * gate.output_cap_f
    return EnergyLaw(per_active_column_j=np.where(has_sense_amp(case), switched * case.node.vdd_v**2, 0.0))


def sense_amp_leakage(case: Case) -> FloatArray:
    """Leakage of the sense amplifiers [W], (U,)."""
    one = case.technology.constants("crossbar")["sense_amp_leakage"] * minimum_inverter(case.node).leakage_w
    return np.where(has_sense_amp(case), one * case.cols, 0.0)


def sense_amp_time(case: Case) -> FloatArray:
    """Time of a sense amplifier [s], (U,): a few ps to 20 ps (fitted)."""
    k = case.technology.constants("crossbar")
    return np.asarray(
        k["sense_amp_time"] * (case.node.feature_m / k["sense_amp_time_node"]) ** k["sense_amp_time_exponent"]
    )
