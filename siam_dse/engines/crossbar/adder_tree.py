"""Adder trees of digital in-memory arrays: the products of all rows read at once are summed exactly by column."""

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.core.once import once
from siam_dse.engines.crossbar.case import Case
from siam_dse.technology.gates import nand
from siam_dse.technology.logic import adder_area, adder_delay, adder_energy, adder_leakage


@once
def full_adders(case: Case) -> FloatArray:
    """Full adders of a column's tree, (U,); 0 where columns are converted.

    Notes
    -----
    R inputs of one bit: R / 2^l adders of l bits on level l = 1 .. log2 R, together 2 R - log2 R - 2.
    """
    trees = 2 * case.read_rows - np.log2(case.read_rows) - 2
    return np.where(case.is_digital, trees, 0.0)


def tree_area(case: Case) -> FloatArray:
    """Area of the trees of all columns [m2], (U,)."""
    return case.cols * adder_area(case.node, full_adders(case), case.nand2)


def tree_leakage(case: Case) -> FloatArray:
    """Leakage of the trees of all columns [W], (U,)."""
    return case.cols * adder_leakage(case.node, full_adders(case), case.nand2)


def tree_energy(case: Case) -> FloatArray:
    """Energy of an active row in a column's sum [J], (U,): its product and its share of the tree.

    Notes
    -----
    E = f / 2 Vdd^2 Cout + (adders / R) E_adder; f / 2 of the cells hold a one, whose gate of minimum size switches. All
    rows active switch the share of an adder's gates that NeuroSim counts in an addition (0.15). The load of a gate's
    input is in the word line, for which the access gates stand.
    """
    gate = nand(case.node, 2, widened=False)
    product = case.nonzero_share / 2 * case.node.vdd_v**2 * gate.output_cap_f
    one = adder_energy(case.node, np.ones(len(case)), case.nand2, case.circuit.adder_activity)
    return np.where(case.is_digital, product + full_adders(case) / case.read_rows * one, 0.0)


def tree_delay(case: Case) -> FloatArray:
    """Time of a sum [s], (U,): two bits of a ripple adder on each level; the carries of levels overlap."""
    levels = np.ceil(np.log2(case.read_rows))
    return np.where(case.is_digital, levels * adder_delay(case.node, 2 * np.ones(len(case)), case.nand2), 0.0)
