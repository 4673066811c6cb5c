"""Cells beside resistances and SRAM: capacitors, magnetic and phase-change ones."""

import numpy as np
from numpy.testing import assert_allclose

import siam_dse as sd
from siam_dse.engines.accuracy.cases import accuracy_keys
from siam_dse.engines.accuracy.engine import accuracy_cost
from siam_dse.engines.crossbar.adder_tree import full_adders
from siam_dse.engines.crossbar.design_case import case_of_designs
from siam_dse.engines.crossbar.engine import crossbar_energy, crossbar_unit

LENET = sd.load_network("lenet5")


def test_a_charge_cell_costs_c_v_squared_where_it_is_active_and_holds_a_one():
    # 1.2 fF at 0.9 V, half of the active cells: 0.486 fJ each; activity 1/4, 8 bits, 8 columns a weight
    energy = crossbar_energy(sd.Designs.grid(cell="charge"), LENET).by_component["array"][0]
    cells = LENET.positions * LENET.rows * LENET.channels_out * 8 * 8 / 4
    known = np.isnan(LENET.input_activity)
    assert_allclose(energy[known], (cells * 0.6e-15 * 0.81)[known], rtol=1e-9, atol=0)


def test_a_charge_cell_draws_no_current():
    designs = sd.Designs.grid(cell=["sram", "charge"], input_activity=[0.1, 0.5])
    adc = crossbar_energy(designs, sd.load_network("vgg8")).by_component["adc"].sum(axis=1).reshape(2, 2)
    assert adc[0, 0] < adc[0, 1]  # the column's current
    assert_allclose(adc[1, 0], adc[1, 1], rtol=1e-12, atol=0)
    assert adc[1, 1] < adc[0, 0]


def test_columns_of_charge_are_driven_once_a_read():
    designs = sd.Designs.grid(cell=["sram", "charge"], columns_per_adc=[1, 8])
    lines = crossbar_energy(designs, LENET).by_component["word_line"].sum(axis=1)
    assert_allclose(lines[1] / lines[0], 8, rtol=1e-9, atol=0)
    assert_allclose(lines[3], lines[2], rtol=1e-9, atol=0)


def test_a_charge_cell_is_41_percent_wider():
    area = crossbar_unit(sd.Designs.grid(cell=["sram", "charge"])).area_by_component["array"]
    assert_allclose(area[1] / area[0], 1.41, rtol=1e-9, atol=0)


def test_capacitors_vary_by_their_mismatch_and_what_is_added():
    keys = accuracy_keys(sd.Designs.grid(cell=["sram", "charge"], cell_sigma=[0.0, 0.006]))
    assert_allclose(keys.cell_sigma, [0, 0, 0.008, 0.01], rtol=1e-12, atol=0)
    assert np.all(np.isinf(keys.on_off_ratio))
    by_row = accuracy_keys(sd.Designs.grid(cell="charge", read_mode="row_by_row"))
    assert_allclose(by_row.cell_sigma, 0, rtol=0, atol=0)


def test_magnetic_cells_are_those_of_a_resistance_but_for_writing():
    same = {"r_on_ohm": 5e3, "r_off_ohm": 1e4, "n_chiplets": 1, "tiles_per_chiplet": 4, "weights": "streamed"}
    designs = sd.Designs.grid(cell=["rram_1t1r", "mram", "pcm"], **same)
    evaluation = sd.evaluate("vgg8", designs)
    assert_allclose(evaluation.column("sqnr_db"), evaluation.column("sqnr_db")[0], rtol=1e-12, atol=0)
    assert_allclose(evaluation.column("area_mm2"), evaluation.column("area_mm2")[0], rtol=1e-12, atol=0)
    # a bit written: 2.3, 1 and 16 pJ; what leaks grows with the time that it takes
    rram, mram, pcm = evaluation.column("crossbar_energy_mj") - evaluation.column("crossbar_leakage_energy_mj")
    assert_allclose((pcm - mram) / (rram - mram), (16 - 1) / (2.3 - 1), rtol=1e-6, atol=0)
    assert "cells_wear_out" in evaluation.notes


def test_a_magnetic_cell_with_the_contrast_of_another_breaks_a_rule():
    designs = sd.Designs.grid(cell="mram", r_on_ohm=5e3, r_off_ohm=[1e4, 2e4, 1e7])
    expected = [0, 0, 1996]  # most 4
    assert_allclose(sd.evaluate("lenet5", designs).violations["mram_contrast"], expected, rtol=1e-12, atol=0)


def test_a_contrast_of_two_leaves_little():
    designs = sd.Designs.grid(cell="mram", r_on_ohm=5e3, r_off_ohm=[5e6, 1e4], cell_sigma=0.03)
    good, poor = accuracy_cost(designs, LENET, ideal_wires=True).sqnr_db
    assert good > poor + 25


def test_a_digital_array_sums_with_adders_in_the_place_of_converters():
    # 128 rows: 64 + 32 x 2 + 16 x 3 + 8 x 4 + 4 x 5 + 2 x 6 + 7 = 247 full adders a column
    case = case_of_designs(sd.Designs.grid(cell=["digital_cim", "sram"]))
    assert_allclose(full_adders(case), [247, 0], rtol=1e-12, atol=0)
    designs = sd.Designs.grid(cell="digital_cim", rows_per_read=[0, 32], adc_bits=[4, 9], columns_per_adc=[1, 64])
    unit = crossbar_unit(designs)
    assert_allclose(unit.area_by_component["adc"], 0, rtol=0, atol=0)
    assert_allclose(unit.area_m2[:4], unit.area_m2[0], rtol=1e-12, atol=0)  # there is no ADC to have bits or columns
    assert (unit.area_m2[4:] < unit.area_m2[0]).all()  # trees of 32 rows, used four times
    assert (unit.bit_vector_s[4:] > 2 * unit.bit_vector_s[0]).all()
    energy = crossbar_energy(designs, LENET).by_component
    assert_allclose(energy["adc"] + energy["precharge"] + energy["column_mux"], 0, rtol=0, atol=0)


def test_a_digital_sum_is_exact_whatever_the_converter_and_the_supply_is_squared():
    designs = sd.Designs.grid(cell=["digital_cim", "sram"], adc_bits=[2, 12], crossbar_rows=[64, 512])
    keys = accuracy_keys(designs)
    assert keys.adc_bits.tolist() == [7, 10, 7, 10, 2, 2, 12, 12]  # 512 rows give up to 512 ones
    sqnr = accuracy_cost(designs, LENET).sqnr_db.reshape(2, 2, 2)
    assert_allclose(sqnr[0], sqnr[1, 1, 1], rtol=1e-9, atol=0)  # as converters of 12 bits
    assert (sqnr[1, 0] < sqnr[0, 0] - 20).all()
    halves = sd.Designs.grid(cell="digital_cim", supply_v=[0.9, 0.63])
    tree = crossbar_energy(halves, LENET).by_component["accumulator"].sum(axis=1)
    assert_allclose(tree[1] / tree[0], 0.49, rtol=1e-12, atol=0)


def test_a_digital_array_of_22_nm_is_as_large_as_one_that_was_made():
    # 64 kb of 256 rows in 0.202 mm2 (Chih et al., ISSCC 2021): ours lies within a factor of 1.5
    area = crossbar_unit(sd.Designs.grid(cell="digital_cim", node_nm=22, crossbar_rows=256, crossbar_cols=256)).area_m2
    assert 1 / 1.5 < area[0] / 0.202e-6 < 1.5
