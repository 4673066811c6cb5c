"""What a crossbar holds for writing alone: source-line drivers, level shifters, write drivers. Area and leakage."""

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.core.once import once
from siam_dse.core.units import M_PER_NM, ROUNDING
from siam_dse.engines.crossbar.array import array_size
from siam_dse.engines.crossbar.case import Case
from siam_dse.engines.crossbar.column_mux import pass_gate_rows
from siam_dse.technology.gates import gate_constants
from siam_dse.technology.pass_gates import PassGate, pass_gate


@once
def source_line_gate(case: Case) -> PassGate:
    """Pass gate of a source line: a minimum one; SIAM's is sized for a quarter of a cell at r_on."""
    margin = case.technology.constants("crossbar")["pass_gate_margin"]
    cell_on = case.r_on_ohm * (1 + case.cell.access_share)
    target = np.where(case.is_siam, margin * cell_on, np.inf)
    circuit = case.circuit
    return pass_gate(case.node, target, widened=circuit.is_widened, linear_factor=circuit.linear_factor)


def source_line_area(case: Case) -> FloatArray:
    """Area of the source-line drivers of resistive cells [m2], (U,): rows of flip-flops and of pass gates below them.

    Notes
    -----
    As wide as the array: ceil(C / floor(W / flip-flop width)) rows of flip-flops 28F high, and below them rows of two
    pass gates a column (FinFETs: two fin widths and the rails high).

    References
    ----------
    [neurosim13] SwitchMatrix.cpp, COL mode (measured, exact).
    """
    node = case.node
    width = array_size(case)[0]
    gate = source_line_gate(case)
    per_column = case.technology.constants("crossbar")["source_line_gates"]
    fingers, rows = pass_gate_rows(case, per_column * case.array_cols)
    drawn = np.where(node.is_finfet, 2 * node.fin_width_m, (gate.width_n_m + gate.width_p_m) / fingers)
    high = drawn + case.technology.constants("crossbar")["pass_gate_rails"] * node.feature_m
    total = width * (register_rows(case, case.array_cols) + rows * high)
    return np.where(case.is_sram, 0.0, total)


def register_rows(case: Case, bits: FloatArray) -> FloatArray:
    """Height of whole rows of flip-flops as wide as the array that hold ``bits`` [m], (U,)."""
    node = case.node
    register = case.technology.constants("logic")["dff_cell_units"] * 2 * node.finger_pitch * node.feature_m
    per_row = np.maximum(np.floor(array_size(case)[0] / register + ROUNDING), 1)
    return np.ceil(bits / per_row) * gate_constants(case.node)["cell_height"] * node.feature_m


def source_line_leakage(case: Case) -> FloatArray:
    """Leakage of the source-line drivers [W], (U,): a flip-flop a column."""
    register = case.register
    return np.where(case.is_sram, 0.0, case.array_cols * register.leakage_w)


def level_shifter_area(case: Case) -> FloatArray:
    """Area of the level shifters for the write voltage [m2], (U,): two a row and one a column of resistive cells.

    Notes
    -----
    One shifter: 1.44 x 70F x [w1 + 2.5 (2 w2 + w3)], w_i the width of stage i folded into a cell 70F high. FinFETs: the
    width in the table, its logarithm a straight line over that of the node between two of them.

    References
    ----------
    [neurosim13] LevelShifter.cpp (measured, exact).
    """
    node, k = case.node, case.technology.constants("crossbar")
    height = k["shifter_height"] * node.feature_m
    gaps = (gate_constants(case.node)["n_p_gap"] + gate_constants(case.node)["rail_gap"]) * node.feature_m
    widths = []
    for n, p in zip(k.series("shifter_n"), k.series("shifter_p"), strict=True):
        both = (n + p * node.pn_ratio) * node.feature_m
        fingers = np.ceil(both / (height - gaps))
        widths.append((fingers + 1) * node.finger_pitch * node.feature_m)
    planar = widths[0] + k["shifter_gates_share"] * (2 * widths[1] + widths[2])
    table = case.technology.table("level_shifters")
    fins = np.exp(np.interp(np.log(node.feature_m), np.log(table["node_nm"] * M_PER_NM), np.log(table["width"])))
    one = k["shifter_layout"] * height * np.where(node.is_finfet, fins * node.feature_m, planar)
    lines = 2 * case.rows + case.array_cols
    return np.where(case.circuit.has_level_shifters & ~case.is_sram, lines * one, 0.0)


def write_driver_area(case: Case) -> FloatArray:
    """Area of the write drivers of SRAM [m2], (U,): 84F high, a column pitch wide."""
    height = case.technology.constants("crossbar")["sram_column_circuit"] * case.node.feature_m
    return np.where(case.is_sram, array_size(case)[0] * height, 0.0)


def write_driver_leakage(case: Case) -> FloatArray:
    """Leakage of the write drivers of SRAM [W], (U,): three inverters a column."""
    gate = case.inverter
    total = case.technology.constants("crossbar")["write_driver_inverters"] * gate.leakage_w * case.array_cols
    return np.where(case.is_sram, total, 0.0)
