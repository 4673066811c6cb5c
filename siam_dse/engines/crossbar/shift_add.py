"""Shift-add: joins the cells of a weight, then the bits of the inputs; accumulator of rows read one after another."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, total
from siam_dse.core.once import once
from siam_dse.engines.crossbar.adder_tree import tree_area, tree_energy, tree_leakage
from siam_dse.engines.crossbar.array import array_size
from siam_dse.engines.crossbar.case import Case
from siam_dse.engines.crossbar.column_mux import tied_fold
from siam_dse.engines.crossbar.law import EnergyLaw
from siam_dse.engines.crossbar.write_path import register_rows
from siam_dse.technology.gates import Gate, gate_constants
from siam_dse.technology.logic import (
    CarryChain,
    adder_area,
    adder_energy,
    adder_leakage,
    carry_chain,
    folded_where,
)


@dataclass(frozen=True)
class Unit:
    """An adder with its register: ``units`` of them, ``adder_bits`` and ``register_bits`` wide; arrays (U,)."""

    exists: BoolArray
    units: FloatArray
    adder_bits: FloatArray
    register_bits: FloatArray


@once
def sum_bits(case: Case) -> FloatArray:
    """Bits of what shift-add receives, (U,): a sum of all reads' codes, row by row those of a sum over all rows."""
    codes = case.adc_bits + np.ceil(np.log2(case.row_reads))
    return np.where(case.is_row_by_row, np.ceil(np.log2(case.rows)) + case.cell_bits, codes)


@once
def weight_unit(case: Case) -> Unit:
    """Shift-add over the codes of a weight of n cells, b bits wide, its register b + n.

    SRAM read row by row has one a weight.
    """
    bits, n = sum_bits(case), case.weight_cells
    merged = case.is_siam
    return Unit(
        exists=(case.weight_codes > 1) & ~merged,
        units=np.where(case.is_sram & case.is_row_by_row, np.ceil(case.cols / n), case.converters),
        adder_bits=bits,
        register_bits=bits + n,
    )


@once
def input_unit(case: Case) -> Unit:
    """Shift-add over the bit-vectors of i bits of the inputs, b + n bits wide with a register of b + n + i.

    Adder trees have one a weight. SIAM's older circuit has only this unit, b + i + 1 bits wide with a register of
    b + 2 i + 1, whatever i.
    """
    bits, n, i = sum_bits(case), case.weight_cells, case.input_bits
    return Unit(
        exists=(case.input_reads > 1) | case.is_siam,
        units=np.where(case.is_sram & case.is_row_by_row | case.is_digital, np.ceil(case.cols / n), case.converters),
        adder_bits=np.where(case.is_siam, bits + i + 1, bits + n),
        register_bits=np.where(case.is_siam, bits + 2 * i + 1, bits + n + i),
    )


@once
def difference_unit(case: Case) -> Unit:
    """Subtractor of the negative from the positive columns' sum, b + n bits, beside each adder; without a register."""
    return Unit(
        exists=case.is_differential,
        units=input_unit(case).units,
        adder_bits=sum_bits(case) + case.weight_cells,
        register_bits=np.zeros(len(case)),
    )


@once
def accumulator_unit(case: Case) -> Unit:
    """Accumulator over reads of rows: an adder a converter, one bit more of register.

    There where rows are read in several groups, or row by row (SRAM: one a weight).
    """
    bits = sum_bits(case)
    return Unit(
        exists=case.is_row_by_row | (case.row_reads > 1),
        units=np.where(case.is_sram & case.is_row_by_row, np.ceil(case.cols / case.weight_cells), case.converters),
        adder_bits=bits,
        register_bits=bits + 1,
    )


@once
def served_columns(case: Case) -> FloatArray:
    """Columns that a unit serves, (U,): of a converter; behind sense amplifiers (row-by-row SRAM) a weight's cells."""
    return np.where(case.is_sram & case.is_row_by_row, case.weight_cells, case.columns_per_adc)


@once
def weight_runs(case: Case) -> FloatArray:
    """Additions over the codes of weights of each unit in a bit-vector, (U,): one a code of the columns it serves."""
    return np.where(case.is_sram & case.is_row_by_row, case.weight_cells, case.steps)


@once
def input_runs(case: Case) -> FloatArray:
    """Additions over input bits of each unit in a bit-vector, (U,): one a weight, also a part of one.

    SIAM's older circuit joins cells and input bits in one: one a conversion (row-by-row SRAM: one a unit).
    The source divides in whole numbers (``integer_shift_add``): none if an ADC serves fewer columns than a weight has.
    """
    joined = np.where(case.is_sram & case.is_row_by_row, 1.0, case.steps)
    return np.where(case.is_siam, joined, difference_runs(case))


@once
def difference_runs(case: Case) -> FloatArray:
    """Subtractions of each unit in a bit-vector, (U,): one a weight, also a part of one.

    Behind sense amplifiers a differential weight has two units and one subtraction.
    """
    runs = served_columns(case) / case.weight_columns
    if case.options.integer_shift_add:
        runs = np.where(case.is_sram & case.is_row_by_row, runs, np.floor(runs))
    return np.asarray(runs)


@once
def shift_add_gate(case: Case) -> Gate:
    """NAND2 of the adders."""
    gate = case.nand2
    return folded_where(case.node, gate, 2, tied_fold(case)) if case.options.fold_tie_65hp else gate


def addition_energy(case: Case, unit: Unit) -> FloatArray:
    """Energy of one addition with its register [J], (U,); 0 where there is no such unit."""
    gate, circuit = shift_add_gate(case), case.circuit
    register = circuit.dff_activity * case.register.energy_j * unit.register_bits
    added = adder_energy(case.node, unit.adder_bits, gate, circuit.adder_activity)
    return np.where(unit.exists, added + register, 0.0)


def shift_add_energy(case: Case) -> EnergyLaw:
    """Energy of both shift-adds: one addition over cells a code, one over input bits a weight.

    Differential weights take a subtraction more.

    Notes
    -----
    runs / columns served x [E_adder(B) + 0.5 E_DFF x register bits] a converted column; B = b over cells, b + n over
    input bits of n cells. A last unit that serves fewer columns runs less often.

    References
    ----------
    [neurosim13] ShiftAdd.cpp (measured, exact where every converter serves as many columns).
    """
    served = served_columns(case)
    total = case.code_share * addition_energy(case, weight_unit(case))
    total = total + input_runs(case) / served * addition_energy(case, input_unit(case))
    total = total + difference_runs(case) / served * addition_energy(case, difference_unit(case))
    return EnergyLaw(per_column_j=total)


def accumulator_energy(case: Case) -> EnergyLaw:
    """Energy of the accumulators: an addition a conversion (SRAM row by row: a weight and row); of adder trees, too."""
    columns = np.where(case.is_sram & case.is_row_by_row, case.weight_cells, 1.0)
    one = addition_energy(case, accumulator_unit(case)) / columns
    return EnergyLaw(
        per_active_column_j=np.where(case.is_row_by_row, one, tree_energy(case)),
        per_read_column_j=np.where(case.is_row_by_row, 0.0, case.code_share * one),
    )


def unit_leakage(case: Case, unit: Unit) -> FloatArray:
    """Leakage of units [W], (U,)."""
    register = case.register.leakage_w * unit.register_bits
    total = unit.units * (adder_leakage(case.node, unit.adder_bits, shift_add_gate(case)) + register)
    return np.where(unit.exists, total, 0.0)


def unit_area(case: Case, unit: Unit) -> FloatArray:
    """Area of units [m2], (U,): adders across the array, a row of wiring, whole rows of flip-flops.

    Notes
    -----
    V1.3 spreads the adders evenly, SIAM stacks them in whole rows of adders 27 fingers wide.

    References
    ----------
    [neurosim13] ShiftAdd.cpp, Adder.cpp, DFF.cpp (measured, exact).
    """
    node = case.node
    width = array_size(case)[0]
    row = gate_constants(case.node)["cell_height"] * node.feature_m
    gate = shift_add_gate(case)
    spread = unit.units * adder_area(node, unit.adder_bits, gate)
    one = adder_area(node, np.ones(len(case)), gate) / row
    stacked = np.ceil(unit.units / np.maximum(np.floor(width / one), 1)) * row * unit.adder_bits * width
    adders = np.where(case.is_siam, stacked, spread)
    total = adders + width * (row + register_rows(case, unit.units * unit.register_bits))
    return np.where(unit.exists, total, 0.0)


def shift_add_area(case: Case) -> FloatArray:
    """Area of both shift-adds and of the subtractor of differential weights [m2], (U,)."""
    difference = difference_unit(case)
    subtractors = difference.units * adder_area(case.node, difference.adder_bits, shift_add_gate(case))
    joined = unit_area(case, weight_unit(case)) + unit_area(case, input_unit(case))
    return joined + np.where(difference.exists, subtractors, 0.0)


def shift_add_leakage(case: Case) -> FloatArray:
    """Leakage of both shift-adds and of the subtractor of differential weights [W], (U,)."""
    units = (weight_unit(case), input_unit(case), difference_unit(case))
    return np.asarray(total(unit_leakage(case, unit) for unit in units))


def unit_delay(case: Case, unit: Unit) -> FloatArray:
    """Delay of an addition with its register [s], (U,)."""
    return np.where(unit.exists, _carry_chain(case).delay(unit.adder_bits) + case.register.time_s, 0.0)


@once
def _carry_chain(case: Case) -> CarryChain:
    return carry_chain(case.node, shift_add_gate(case))


def accumulator_leakage(case: Case) -> FloatArray:
    """Leakage of the accumulators over reads of rows and of adder trees [W], (U,)."""
    return unit_leakage(case, accumulator_unit(case)) + tree_leakage(case)


def accumulator_area(case: Case) -> FloatArray:
    """Area of the accumulators over reads of rows, and of adder trees, [m2], (U,).

    Adders lie across the array, flip-flops in whole rows.
    """
    unit = accumulator_unit(case)
    adders = unit.units * adder_area(case.node, unit.adder_bits, shift_add_gate(case))
    registers = array_size(case)[0] * register_rows(case, unit.units * unit.register_bits)
    return np.where(unit.exists, adders + registers, 0.0) + tree_area(case)
