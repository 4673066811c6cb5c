"""Row drivers, column mux, shift-add, SRAM columns and what writing needs: figures by hand and limits."""

from dataclasses import replace

import numpy as np
from crossbar_cases import one_case
from numpy.testing import assert_allclose

from siam_dse.engines.crossbar import shift_add
from siam_dse.engines.crossbar.column_mux import column_mux_area, column_mux_leakage, mux_height
from siam_dse.engines.crossbar.encoder import encoder_area, encoder_delay, encoder_energy
from siam_dse.engines.crossbar.law import Loading
from siam_dse.engines.crossbar.options import NEUROSIM13
from siam_dse.engines.crossbar.select_line import select_delay
from siam_dse.engines.crossbar.sram_column import precharge_area, precharge_energy
from siam_dse.engines.crossbar.word_line import row_driver_area, row_driver_energy, word_line_delay
from siam_dse.engines.crossbar.write_path import level_shifter_area, source_line_area
from siam_dse.technology.gates import cell_unit_area, nand
from siam_dse.technology.logic import adder_energy, adder_gate, flip_flop

UNIT = 212.8 * (32e-9) ** 2  # m2, the cell unit at 32 nm
DIGITAL = {"pedestal": "digital"}


def test_row_driver_of_1t1r_is_18_cell_units_and_11_femtojoule_a_step():
    # Eight columns of a flip-flop (12 cells) and four pass gates as high as 128 rows of 4F: 8 x 121.6F x 4F a row.
    # 11.4 fJ a row and step at activity 0.5, printed for DNN+NeuroSim V1.3.
    case = one_case(**DIGITAL)
    assert_allclose(row_driver_area(case), 128 * 18.2857 * UNIT, rtol=1e-5, atol=0)
    one = np.ones(1)
    energy = row_driver_energy(case).energy(Loading(one, 128 * one, 64 * one, 128 * one, 0 * one, 128 * one))
    assert_allclose(energy / 128 / 8, 11.4e-15, rtol=5e-3, atol=0)


def test_a_row_without_input_still_clocks_its_flip_flop():
    case = one_case(**DIGITAL)
    one = np.ones(1)
    dark = row_driver_energy(case).energy(Loading(one, 128 * one, 0 * one, 128 * one, 0 * one, 128 * one))
    assert_allclose(dark, 8 * 128 * flip_flop(case.node).energy_j, rtol=1e-12, atol=0)


def test_source_lines_and_level_shifters_at_32_nm():
    # 14.611 cell units a column; 2R + C shifters of 22.16 um2 (LSTP), 21.18 (HP).
    cases = one_case(roadmap=["lstp", "hp"], **DIGITAL)
    assert_allclose(source_line_area(cases), 128 * 14.611 * UNIT, rtol=1e-4, atol=0)
    assert_allclose(level_shifter_area(cases), 384 * np.array([22.16e-12, 21.18e-12]), rtol=1e-3, atol=0)


def test_mux_is_as_high_as_its_folded_pass_gates():
    # 20.9F of transistors folded in two below a column of 12F, and 7.1F of rails: 17.55F; the source stretches it to
    # the decoder's 8 x 28F.
    case = one_case(**DIGITAL)
    assert_allclose(mux_height(case), 17.55 * 32e-9, rtol=1e-9, atol=0)
    decoder = 590.4 * 28 * (32e-9) ** 2
    width = 128 * 12 * 32e-9
    assert_allclose(column_mux_area(case), width * 17.55 * 32e-9 + decoder, rtol=1e-6, atol=0)
    stretched = replace(case, options=NEUROSIM13)
    assert_allclose(column_mux_area(stretched), width * 224 * 32e-9 + decoder, rtol=1e-6, atol=0)


def test_one_column_a_converter_needs_no_mux():
    case = one_case(columns_per_adc=1, **DIGITAL)
    assert_allclose(column_mux_area(case), 0, rtol=0, atol=0)
    assert_allclose(column_mux_leakage(case), 0, rtol=0, atol=0)
    assert_allclose(select_delay(case), 0, rtol=0, atol=0)


def test_buffered_select_lines_slow_down_with_the_logarithm_of_the_array():
    # SRAM pass gates grow with the rows: the source's delay goes as R^1.94, a chain of fan-out four as its logarithm.
    sizes = [64, 128, 256, 512]
    cases = one_case(cell="sram", crossbar_rows=sizes, crossbar_cols=sizes)
    steps = np.diff(select_delay(cases))
    assert np.all(steps > 0)
    assert_allclose(steps, steps[0], rtol=0.5, atol=0)
    assert select_delay(cases)[-1] < 1e-9


def test_encoder_delays_of_five_sizes_at_32_nm():
    # Printed for 16 ... 256 levels.
    cases = one_case(adc_kind="flash", adc_bits=[4, 5, 6, 7, 8])
    printed = np.array([0.147, 0.235, 0.410, 0.759, 1.456]) * 1e-9
    assert_allclose(encoder_delay(cases), printed, rtol=3e-3, atol=0)
    assert_allclose(encoder_energy(cases).per_read_column_j[1], 4.74e-15, rtol=2e-3, atol=0)
    assert_allclose(encoder_area(one_case()), 0, rtol=0, atol=0)


def test_shift_add_of_the_default_by_hand():
    # 7 bits, 8 cells: 8 additions of 7 bits with 15 flip-flops a converter, and one of 15 bits with 23.
    case = one_case(**DIGITAL)
    gate, register = adder_gate(case.node), flip_flop(case.node).energy_j
    over_cells = adder_energy(case.node, np.array([7.0]), gate) + 0.5 * register * 15
    over_bits = adder_energy(case.node, np.array([15.0]), gate) + 0.5 * register * 23
    law = shift_add.shift_add_energy(case)
    assert_allclose(law.per_column_j, (8 * over_cells + over_bits) / 8, rtol=1e-12, atol=0)


def test_leakage_of_the_shift_add_counts_nine_nand_a_bit():
    case = one_case(**DIGITAL)
    gate, register = nand(case.node), flip_flop(case.node)
    bits, flip_flops = 7 + 15, 15 + 23
    assert_allclose(
        shift_add.shift_add_leakage(case),
        16 * (9 * bits * gate.leakage_w + flip_flops * register.leakage_w),
        rtol=1e-12,
        atol=0,
    )


def test_additions_that_a_design_does_not_need():
    # One bit of activation: nothing to join; one cell a weight: nothing either.
    none = one_case(weight_bits=1, activation_bits=1, **DIGITAL)
    assert_allclose(shift_add.shift_add_energy(none).per_column_j, 0, rtol=0, atol=0)
    assert_allclose(shift_add.shift_add_area(none), 0, rtol=0, atol=0)


def test_precharge_of_sram_by_hand():
    # 84F x 28F a column; 2 C_BL Vdd^2 a column and step with the access drains on the line.
    case = one_case(cell="sram")
    assert_allclose(precharge_area(case), 128 * 84 * 28 * (32e-9) ** 2, rtol=1e-12, atol=0)
    wire = 0.2e-9 * 10 * 32e-9 * 128
    least = 8 * 2 * wire * 0.81
    assert np.all(precharge_energy(case).per_read_column_j > least)
    assert_allclose(cell_unit_area(case.node), UNIT, rtol=1e-12, atol=0)


def test_word_lines_slow_down_with_their_length():
    cases = one_case(crossbar_cols=[64, 128, 256, 512, 1024])
    assert np.all(np.diff(word_line_delay(cases)) > 0)
