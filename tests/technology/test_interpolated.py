"""Nodes between the tabulated ones, and crossbars at another supply."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import siam_dse as sd
from siam_dse.engines.crossbar.engine import crossbar_energy, crossbar_unit
from siam_dse.technology.gates import all_nodes, node_rows
from siam_dse.technology.interpolated import node_table
from siam_dse.technology.supply import node_at_supply
from siam_dse.technology.technology import packaged_technology

PACKAGED = packaged_technology()


def test_tabulated_nodes_are_as_they_were():
    for name in ("nodes", "adc", "siam_temperature"):
        own, every = PACKAGED.table(name), node_table(PACKAGED, name)
        assert len(every) == 2 * 124
        for column in own.columns:
            assert_array_equal(every[column][: len(own)], own[column])


def test_between_two_nodes_logarithms_lie_on_a_line():
    # 28 nm between 22 (0.85 V) and 32 nm (0.90 V): ln(28/22) / ln(32/22) = 0.6436 of the way
    node = node_rows(PACKAGED, [28.0], ["lstp"])
    assert_allclose(node.vdd_v, 0.85 * (0.90 / 0.85) ** 0.64363, rtol=1e-5, atol=0)
    assert_allclose(node.wire_ohm_per_m, 13.2566e6 * (6.55471 / 13.2566) ** 0.64363, rtol=1e-5, atol=0)
    assert_allclose(node.feature_m, 28e-9, rtol=1e-12, atol=0)


def test_fins_end_between_17_and_18_nm():
    nodes = node_rows(PACKAGED, [14.0, 16.0, 17.0, 18.0, 22.0], ["lstp"] * 5)
    assert_array_equal(nodes.is_finfet, [True, True, True, False, False])
    assert_array_equal(nodes.ion_n_a_per_m[:3], nodes.ion_n_a_per_m[0])  # of the nearer node
    assert np.all(np.diff(nodes.wire_ohm_per_m) < 0)
    assert np.all(np.diff(nodes.vdd_v) > 0)


def test_between_nodes_figures_lie_between_and_a_note_says_so():
    designs = sd.Designs.grid(node_nm=[32, 40, 45])
    evaluation = sd.evaluate("lenet5", designs)
    for column in ("crossbar_area_mm2", "crossbar_energy_mj", "area_mm2"):
        low, between, high = evaluation.column(column)
        assert low < between < high, column
    assert "interpolated_node" in evaluation.notes


@pytest.mark.parametrize("volt", [0.6, 0.75, 1.1])
def test_energy_goes_as_the_square_of_the_supply_and_time_by_the_alpha_power_law(volt):
    # 32 nm: 0.9 V, Vth 0.442 V. What is at the read voltage, or a current through a transistor, has laws of its own
    for cell, names in (("charge", ("adc", "shift_add")), ("sram", ("precharge", "shift_add"))):
        designs = sd.Designs.grid(cell=cell, supply_v=[0, volt], roadmap="lstp")
        energy = crossbar_energy(designs, sd.load_network("lenet5")).by_component
        for name in names:
            assert_allclose(energy[name][1] / energy[name][0], (volt / 0.9) ** 2, rtol=1e-9, atol=0)
    unit = crossbar_unit(designs)
    slow = volt / 0.9 * ((0.9 - 0.442034) / (volt - 0.442034)) ** 1.3
    # most of a step are the SAR's eight cycles
    assert_allclose(unit.conversion_s[1] / unit.conversion_s[0], slow, rtol=0.1, atol=0)
    assert_allclose(unit.cell_leakage_w[1] / unit.cell_leakage_w[0], volt / 0.9, rtol=1e-9, atol=0)


def test_the_node_s_own_supply_is_the_default():
    designs = sd.Designs.grid(supply_v=[0, 0.9], cell=["rram_1t1r", "sram"])
    unit, energy = crossbar_unit(designs), crossbar_energy(designs, sd.load_network("lenet5"))
    for values in (unit.bit_vector_s, unit.leakage_w, unit.area_m2, energy.total_j):
        assert_allclose(values[2:], values[:2], rtol=1e-12, atol=0)


def test_a_supply_that_the_node_does_not_bear_breaks_a_rule():
    evaluation = sd.evaluate("lenet5", sd.Designs.grid(supply_v=[0, 0.3, 0.6, 1.5]))
    # least 0.442 + 0.1, highest 1.3 x 0.9 = 1.17 V
    assert_allclose(evaluation.violations["supply_fits"], [0, 0.242034, 0, 0.33], rtol=1e-6, atol=1e-12)
    node = node_at_supply(PACKAGED, np.array([4]), np.array([1.5]))
    assert_allclose(node.vdd_v, 1.17, rtol=1e-12, atol=0)
    assert all_nodes(PACKAGED).vdd_v[4] == 0.9


def test_a_stated_rate_is_the_time_of_a_conversion():
    designs = sd.Designs.grid(adc_rate_hz=[0, 1.25e8, 1e9, 4e9], pedestal="digital")
    own, same, fast, faster = crossbar_unit(designs).conversion_s
    assert_allclose(same, own, rtol=1e-12, atol=0)  # a SAR of 7 bits takes 8 cycles of 1 ns
    assert_allclose(same - fast, 1.4 * 7e-9, rtol=1e-9, atol=0)
    assert_allclose(fast - faster, 1.4 * 0.75e-9, rtol=1e-9, atol=0)
    energy = crossbar_energy(designs, sd.load_network("lenet5")).by_component["adc"].sum(axis=1)
    assert_allclose(energy[1], energy[0], rtol=1e-12, atol=0)
    assert np.all(np.diff(energy[1:]) < 0)  # the column's current flows for less time
    fixed = 2 * energy[3] - energy[2]  # nearly all that is left is the converter's own
    assert fixed > 0.7 * energy[0]
