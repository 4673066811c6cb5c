"""The array of cells: size, wires, access transistors, conductance of a column, energy and leakage."""

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.core.once import once
from siam_dse.engines.crossbar.case import Case
from siam_dse.technology.delays import step_delay
from siam_dse.technology.gates import (
    drain_capacitance,
    gate_capacitance,
    inverter_leakage,
    on_resistance_n,
    sizing_resistance_n,
    transistor_width,
    wire_capacitance,
    wire_resistance,
)


@once
def cell_pitch(case: Case) -> tuple[FloatArray, FloatArray]:
    """Width and height of a cell [m], (U,) each: in feature sizes, or in wire widths for SIAM's cross-point.

    A cell is at least as wide as its access transistor; the source stops where it is not.
    """
    unit = np.where(case.cell.is_wire_pitch, case.node.wire_width_m, case.node.feature_m)
    return np.maximum(case.cell.width, _access_drawn(case)) * unit, case.cell.height * unit


@once
def array_size(case: Case) -> tuple[FloatArray, FloatArray]:
    """Width and height of the array [m], (U,) each: columns x cell width by rows x cell height."""
    width, height = cell_pitch(case)
    return case.array_cols * width, case.rows * height


def array_area(case: Case) -> FloatArray:
    """Area of the cells [m2], (U,)."""
    width, height = array_size(case)
    return width * height


@once
def access_resistance(case: Case) -> FloatArray:
    """Resistance in series with a cell [ohm], (U,): 0.25 r_on, or as the source states; SRAM: the transistor, >= 1F.

    Access transistors are sized at the nominal supply, and conduct less at a lower one.
    """
    sram = on_resistance_n(case.node, transistor_width(case.node, np.maximum(case.cell.cell_access, 1)))
    sized = np.where(case.cell.access_fixed > 0, case.cell.access_fixed, case.cell.access_share * case.r_on_ohm)
    return np.where(case.is_sram, sram, case.node.slowdown * sized)


@once
def access_width(case: Case) -> FloatArray:
    """Channel width of a cell's access transistor [m], (U,); 0 where the cell has none.

    Notes
    -----
    1T1R: W = linear_factor R_on(1F) F / (0.25 r_on). SRAM: drawn width.
    """
    drawn = _access_drawn(case)
    return np.where(drawn > 0, transistor_width(case.node, drawn), 0.0)


@once
def _access_drawn(case: Case) -> FloatArray:
    """Drawn width of a cell's access transistor [F], (U,); 0 where the cell has none."""
    node, share = case.node, case.cell.access_share
    one = case.circuit.linear_factor * sizing_resistance_n(node, transistor_width(node, 1))
    sized = np.where(share > 0, one / (np.where(share > 0, share, 1) * case.r_on_ohm), 0.0)
    return np.where(case.is_sram, case.cell.cell_access, sized)


@once
def wire_step_resistance(case: Case) -> tuple[FloatArray, FloatArray]:
    """Resistance of the row wire and of the column wire across one cell [ohm], (U,) each."""
    width, height = cell_pitch(case)
    if case.options.swapped_wires:
        unit = case.node.wire_width_m
        width, height = case.cell.height * unit, case.cell.width * unit
    return wire_resistance(case.node, width), wire_resistance(case.node, height)


@once
def word_line_capacitance(case: Case, *, gates: bool = True) -> FloatArray:
    """Load of one word line [F], (U,): the wire and the access gates of its columns (SRAM cells have two)."""
    wire = wire_capacitance(case.node, array_size(case)[0])
    per_cell = np.where(case.is_sram, 2, 1) * gate_capacitance(case.node, access_width(case))
    return wire + (case.array_cols * per_cell if gates else 0.0)


@once
def bit_line_capacitance(case: Case, *, drains: bool = True) -> FloatArray:
    """Load of one bit line [F], (U,): the wire and the drains of its rows' access transistors."""
    wire = wire_capacitance(case.node, array_size(case)[1])
    width = access_width(case)
    drain = drain_capacitance(case.node, np.where(width > 0, width, case.node.feature_m))
    drain = np.where(width > 0, drain, 0.0)
    return wire + (case.rows * drain if drains else 0.0)


@once
def mean_cell_conductance(case: Case) -> FloatArray:
    """Mean conductance of one driven cell with its access device and mid-array wires [S], (U,).

    Levels are equally spaced conductances from 1/r_off to 1/r_on, each equally likely in ``nonzero_share`` of the
    cells, the lowest in the others. SRAM cells all conduct through their access transistor.

    Notes
    -----
    mean over levels of 1 / (1/G + R_access + wires to the middle of the array). Current adds, so the mean is over
    1/R and not over R.

    References
    ----------
    [neurosim13] ProcessingUnit.cpp, GetColumnResistance (measured: the SAR's energy within 0.1 % in the median).
    """
    row_step, column_step = wire_step_resistance(case)
    wires = (case.array_cols + 1) / 2 * row_step + (case.rows + 1) / 2 * column_step
    access = access_resistance(case)
    lowest, highest = 1 / case.r_off_ohm, 1 / case.r_on_ohm
    top = 2**case.cell_bits - 1
    total = np.zeros(len(case))
    for level in range(int(top.max(initial=0)) + 1):
        conductance = lowest + (highest - lowest) * np.minimum(level, top) / top
        share = np.where(level <= top, case.nonzero_share / (top + 1), 0.0) + (1 - case.nonzero_share) * (level == 0)
        total += share / (1 / conductance + access + wires)
    steps = 1 if case.options.swapped_wires else (case.rows + 1) / 2
    sram = 1 / (access + steps * column_step)
    if case.options.siam_circuit:
        sram = 1 / np.where(case.is_sram, access, 1.0) + 1 / column_step
    return np.where(case.is_sram, sram, total)


@once
def reference_conductance(case: Case) -> FloatArray:
    """Conductance of one driven cell of a reference column, at its lowest level [S], (U,); wires are left out."""
    return 1 / (case.r_off_ohm + access_resistance(case))


def cell_charge_energy(case: Case) -> FloatArray:
    """Energy of the capacitor of an active cell in a read [J], (U,): C Vdd^2 where it holds a one; 0 without one.

    Half of the cells that hold a digit hold a one.
    """
    charged = case.technology.constants("reading")["cell_capacitor"] * case.node.vdd_v**2
    return np.where(case.is_charge, case.nonzero_share / 2 * charged, 0.0)


def charge_delay(case: Case) -> FloatArray:
    """Time until the capacitors of a column share their charge [s], (U,).

    Notes
    -----
    0.693 [R_access C + R_wire (R C + C_BL) / 2], C of a cell.
    """
    cell = case.technology.constants("reading")["cell_capacitor"]
    wire = wire_resistance(case.node, array_size(case)[1])
    shared = case.rows * cell + bit_line_capacitance(case)
    return step_delay(case.node, access_resistance(case) * cell + wire * shared / 2)


def array_leakage(case: Case) -> FloatArray:
    """Leakage of the cells [W], (U,): two inverters a cell of SRAM; resistive cells have none."""
    node = case.node
    n, p = transistor_width(node, case.cell.cell_n), transistor_width(node, case.cell.cell_p)
    return np.where(case.is_sram, 2 * inverter_leakage(node, n, p) * case.rows * case.array_cols, 0.0)
