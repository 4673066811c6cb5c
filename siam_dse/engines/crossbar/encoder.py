"""Thermometer-to-binary encoder of a flash converter."""

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.core.once import once
from siam_dse.engines.crossbar.array import array_size
from siam_dse.engines.crossbar.case import Case
from siam_dse.engines.crossbar.column_mux import tied_fold
from siam_dse.engines.crossbar.law import EnergyLaw
from siam_dse.technology.delays import horowitz_delay, output_slope
from siam_dse.technology.gates import Gate, gate_constants, nand, on_resistance_n, on_resistance_p
from siam_dse.technology.logic import folded_where


@once
def has_encoder(case: Case) -> BoolArray:
    """Crossbars with encoders, (U,) bool: flash converters; row by row those of more than two levels.

    Converters of the survey give codes by themselves.
    """
    by_row = case.is_row_by_row & ((case.converted_bits <= 1) | case.is_sram)
    return np.asarray(case.is_flash & ~by_row & ~case.is_survey)


@once
def _gates(case: Case) -> tuple[Gate, Gate, Gate]:
    """Inverter, NAND2 and the NAND of half the levels."""
    node, widened = case.node, case.circuit.is_widened
    many = np.maximum(2**case.converted_bits / 2, 1)
    two, wide = case.nand2, nand(node, many, widened=widened)
    if case.options.fold_tie_65hp:
        fold = tied_fold(case)
        two, wide = folded_where(case.node, two, 2, fold), folded_where(case.node, wide, many, fold)
    return case.inverter, two, wide


def encoder_area(case: Case) -> FloatArray:
    """Area of the encoders [m2], (U,).

    Notes
    -----
    One: (levels - 1) x 28F high, two inverters, a NAND2 and the NAND of half the levels wide. Rows of
    ceil(W / width) of them, each row as wide as the array or as one encoder; SIAM: of floor(W / width), at least one,
    and as wide as the array.

    References
    ----------
    [neurosim13] MultilevelSAEncoder.cpp (measured, exact).
    """
    node = case.node
    levels = 2**case.converted_bits
    inv, two, wide = _gates(case)
    width = 2 * inv.cell_width_m + two.cell_width_m + wide.cell_width_m
    height = (levels - 1) * gate_constants(case.node)["cell_height"] * node.feature_m
    across = array_size(case)[0]
    per_row = np.where(case.is_siam, np.maximum(np.floor(across / width), 1), np.ceil(across / width))
    rows = np.ceil(case.converters / np.minimum(per_row, case.converters))
    row_width = np.where(case.is_siam, across, np.maximum(width, across))
    return np.where(has_encoder(case), rows * height * row_width, 0.0)


def encoder_energy(case: Case) -> EnergyLaw:
    """Energy of the encoders.

    Notes
    -----
    A conversion: 0.05 Vdd^2 [(levels + b) (C_in + C_out of inverter and NAND2) + b (C_in + C_out of the large NAND)].

    References
    ----------
    [neurosim13] MultilevelSAEncoder.cpp, CalculatePower (measured, exact).
    """
    bits = case.converted_bits
    inv, two, wide = _gates(case)
    small = inv.input_cap_f + inv.output_cap_f + two.input_cap_f + two.output_cap_f
    load = (2**bits + bits) * small + bits * (wide.input_cap_f + wide.output_cap_f)
    energy = np.where(has_encoder(case), case.circuit.control_activity * load * case.node.vdd_v**2, 0.0)
    by_row = case.is_row_by_row
    return EnergyLaw(
        per_read_column_j=np.where(by_row, 0.0, case.code_share * energy),
        per_active_column_j=np.where(by_row, energy, 0.0),
    )


def encoder_leakage(case: Case) -> FloatArray:
    """Leakage of the encoders [W], (U,): (levels + b) inverters and NAND2, b large NAND each."""
    bits = case.converted_bits
    inv, two, wide = _gates(case)
    one = (2**bits + bits) * (inv.leakage_w + two.leakage_w) + bits * wide.leakage_w
    return np.where(has_encoder(case), case.converters * one, 0.0)


def encoder_delay(case: Case) -> FloatArray:
    """Delay of an encoder [s], (U,): inverter, then a NAND2 loaded by half the levels' NAND inputs.

    Notes
    -----
    Horowitz chain of 2 R_N (C_out + 2 C_nand) and R_P (C_out + levels / 2 C_large NAND).

    References
    ----------
    [neurosim13] MultilevelSAEncoder.cpp, CalculateLatency (measured, exact).
    """
    node = case.node
    inv, two, wide = _gates(case)
    down = 2 * on_resistance_n(node, inv.width_n_m) * (inv.output_cap_f + 2 * two.input_cap_f)
    first = horowitz_delay(node, down, np.full(len(case), np.inf))
    up = on_resistance_p(node, two.width_p_m) * (two.output_cap_f + 2**case.converted_bits / 2 * wide.input_cap_f)
    return np.where(has_encoder(case), first + horowitz_delay(node, up, output_slope(node, first)), 0.0)
