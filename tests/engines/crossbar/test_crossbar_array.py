"""Array: size, lines and conductance by hand, limits of the mean conductance."""

import numpy as np
from crossbar_cases import one_case
from numpy.testing import assert_allclose

from siam_dse.engines.crossbar.array import (
    access_width,
    array_area,
    array_leakage,
    bit_line_capacitance,
    cell_pitch,
    mean_cell_conductance,
    reference_conductance,
    word_line_capacitance,
)

DIGITAL = {"pedestal": "digital"}  # no reference columns


def test_area_of_128_by_128_cells_at_32_nm():
    # 1T1R 4F x 12F: 16384 x 48 x (32 nm)^2 = 805.306 um2, as printed by DNN+NeuroSim V1.3; SRAM 280 F2, cross-point 4.
    cases = one_case(cell=["rram_1t1r", "sram", "rram_crosspoint"], **DIGITAL)
    cells = 128 * 128 * (32e-9) ** 2
    assert_allclose(array_area(cases), np.array([48, 280, 4]) * cells, rtol=1e-12, atol=0)


def test_a_reference_column_for_each_converter_widens_the_array():
    with_reference, without = one_case(), one_case(**DIGITAL)
    assert_allclose(array_area(with_reference) / array_area(without), 144 / 128, rtol=1e-12, atol=0)


def test_lines_of_the_default_array_by_hand():
    # Word line: 0.2 fF/um x 12F x 128 = 9.8304 fF of wire; access transistors of 0.2 R_on(1F) / 25 kohm = 0.66353 F
    # (the table of the program's access widths says 0.663529), 1.690702e-9 F/m each.
    case = one_case(**DIGITAL)
    assert_allclose(access_width(case), 0.663529 * 32e-9, rtol=1e-5, atol=0)
    gates = 128 * 1.690702e-9 * access_width(case)
    assert_allclose(word_line_capacitance(case), 9.8304e-15 + gates, rtol=1e-6, atol=0)
    assert_allclose(bit_line_capacitance(case, drains=False), 0.2e-9 * 4 * 32e-9 * 128, rtol=1e-12, atol=0)


def test_a_cell_grows_with_an_access_transistor_that_does_not_fit():
    # 1 kohm asks for 66 F of access width; the source's 12F pitch holds 18 kohm and more at 32 nm.
    narrow, wide = one_case(r_on_ohm=1e5), one_case(r_on_ohm=1e3, r_off_ohm=1e6)
    assert_allclose(cell_pitch(narrow)[0], 12 * 32e-9, rtol=1e-12, atol=0)
    assert_allclose(cell_pitch(wide)[0], 66.3529 * 32e-9, rtol=1e-4, atol=0)


def test_mean_conductance_of_two_levels():
    # Half of the cells at 100 kohm, half at 10 Mohm, 25 kohm in series, wires below 1 %: (1/125k + 1/10.025M) / 2.
    case = one_case(**DIGITAL)
    assert_allclose(mean_cell_conductance(case), (1 / 125e3 + 1 / 10.025e6) / 2, rtol=0.01, atol=0)


def test_mean_conductance_of_many_levels_tends_to_the_middle():
    # Cross-point cells have nothing in series but wires: levels evenly spaced, mean (1/r_on + 1/r_off) / 2.
    for bits in (1, 2, 4):
        case = one_case(cell="rram_crosspoint", cell_bits=bits, crossbar_rows=8, crossbar_cols=8, **DIGITAL)
        assert_allclose(mean_cell_conductance(case), (1e-5 + 1e-7) / 2, rtol=1e-3, atol=0)


def test_differential_columns_conduct_half():
    # A weight's digit lies on one of two columns; the other cell stays at 1/10 Mohm.
    offset, differential = one_case(**DIGITAL), one_case(weight_mapping="differential", **DIGITAL)
    low = 1 / 10.025e6
    mean = (mean_cell_conductance(offset) + low) / 2
    assert_allclose(mean_cell_conductance(differential), mean, rtol=1e-3, atol=0)
    assert_allclose(reference_conductance(differential), low, rtol=1e-12, atol=0)


def test_only_sram_cells_leak():
    # Two inverters of N 2F and P 1F: Vdd F (2 Ioff_n + Ioff_p) a cell.
    cases = one_case(cell=["rram_1t1r", "rram_crosspoint", "sram"])
    one = 0.9 * 32e-9 * 3 * 1.001e-4
    assert_allclose(array_leakage(cases), [0, 0, one * 128 * 128], rtol=1e-6, atol=0)
