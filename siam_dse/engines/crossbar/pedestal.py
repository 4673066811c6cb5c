"""Digital removal of the pedestal: the ones of an input bit-vector are counted, their share subtracted from each code.

The pedestal is the current of cells at their lowest level, in proportion to the active rows. A reference column takes
it out before the converter; counted digitally it costs a counter of ones at each crossbar and a subtraction a code. The
counter knows its count before the first code is there: it takes no time.
Differential columns need neither: the pedestals of the positive and the negative column cancel in their subtraction.
"""

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.engines.crossbar.case import Case
from siam_dse.engines.crossbar.law import EnergyLaw
from siam_dse.engines.crossbar.shift_add import Unit, shift_add_gate, sum_bits
from siam_dse.technology.logic import adder_area, adder_energy, adder_leakage


def counter_bits(case: Case) -> FloatArray:
    """Full adders of a counter of ones, (U,): one a row that is driven at once but the first, and bit of its input.

    Groups of rows are added up as wide as all rows need.
    """
    summed = np.where(case.row_reads > 1, np.ceil(np.log2(case.rows)) + case.bits_per_read, 0.0)
    return case.bits_per_read * (case.read_rows - 1) + summed


def subtractor_unit(case: Case, is_counted: BoolArray) -> Unit:
    """Subtractors of the pedestal's share from each code, (U,): one a converter, without a register."""
    return Unit(is_counted, case.converters, sum_bits(case), np.zeros(len(case)))


def pedestal_area(case: Case, is_counted: BoolArray) -> FloatArray:
    """Area of counter and subtractors [m2], (U,): a subtractor a converter."""
    gate = shift_add_gate(case)
    total = adder_area(case.node, counter_bits(case) + case.converters * sum_bits(case), gate)
    return np.where(is_counted, total, 0.0)


def pedestal_leakage(case: Case, is_counted: BoolArray) -> FloatArray:
    """Leakage of counter and subtractors [W], (U,)."""
    total = adder_leakage(case.node, counter_bits(case) + case.converters * sum_bits(case), shift_add_gate(case))
    return np.where(is_counted, total, 0.0)


def pedestal_energy(case: Case, is_counted: BoolArray) -> EnergyLaw:
    """Energy of a bit-vector: a full adder a used row and bit of its input, a subtraction a code."""
    gate, activity = shift_add_gate(case), case.circuit.adder_activity
    one = adder_energy(case.node, case.bits_per_read, gate, activity)
    subtraction = case.code_share * adder_energy(case.node, sum_bits(case), gate, activity)
    return EnergyLaw(
        per_row_j=np.where(is_counted, one, 0.0),
        per_column_j=np.where(is_counted, subtraction, 0.0),
    )
