"""Pass gates: sized, widened and folded; FinFETs in whole fins."""

import numpy as np
from numpy.testing import assert_allclose

from siam_dse.technology import gates
from siam_dse.technology.pass_gates import pass_gate, region_of
from siam_dse.technology.technology import packaged_technology

FINFET = [7.0, 10.0, 14.0]


def finfet_nodes():
    return gates.node_rows(packaged_technology(), np.tile(FINFET, 2), np.repeat(["lstp", "hp"], 3))


def test_a_weak_gate_is_widened_to_fill_the_cell():
    node = gates.node_rows(packaged_technology(), [32.0], ["lstp"])
    least = pass_gate(node, np.array([np.inf]), widened=True, linear_factor=0.2)
    weak = pass_gate(node, np.array([1e6]), widened=True, linear_factor=0.2)
    for gate in (least, weak):
        assert_allclose(gate.width_n_m + gate.width_p_m, 20.9 * 32e-9, rtol=1e-9, atol=0)
        assert_allclose(gate.fingers, 1, rtol=0, atol=0)


def test_a_strong_gate_has_the_resistance_asked_for_and_folds():
    # 1 kohm at 32 nm LSTP: N and P of 2 kohm each, 0.2 x 1.77 x 0.9 / (600.2 x 2000) = 265 nm and 398 nm; the height of
    # 20.9F = 669 nm holds them, half of it needs two fingers.
    node = gates.node_rows(packaged_technology(), [32.0], ["lstp"])
    gate = pass_gate(node, np.array([100.0]), widened=True, linear_factor=0.2)
    assert_allclose(gate.resistance_ohm, 100, rtol=1e-9, atol=0)
    assert_allclose(gate.width_n_m, 0.2 * 1.77 * 0.9 / (600.2 * 200), rtol=1e-9, atol=0)
    assert gate.fingers[0] == np.ceil((gate.width_n_m + gate.width_p_m)[0] / (20.9 * 32e-9))


def test_the_older_circuit_does_not_widen():
    node = gates.node_rows(packaged_technology(), [32.0], ["hp"])
    gate = pass_gate(node, np.array([31250.0]), widened=False, linear_factor=1)
    assert_allclose(gate.width_n_m, 1.54 * 0.9 / (1410 * 62500), rtol=1e-9, atol=0)


def test_minimum_inverter_of_finfets_is_the_node_table_s():
    # One fin of each type: 110, 90 and 82 nm of channel at 7, 10 and 14 nm.
    node = finfet_nodes()
    table = packaged_technology().table("nodes")
    rows = table.rows(node_nm=np.tile(FINFET, 2), roadmap=np.repeat(["lstp", "hp"], 3))
    gate = gates.inverter(node, widened=False)
    assert_allclose(gate.width_n_m, np.tile([110e-9, 90e-9, 82e-9], 2), rtol=1e-12, atol=0)
    assert_allclose(gate.input_cap_f, table["inverter_min_cin"][rows], rtol=2e-3, atol=0)
    assert_allclose(gate.output_cap_f, table["inverter_min_cout"][rows], rtol=2e-3, atol=0)
    assert_allclose(gate.leakage_w, table["inverter_min_leakage"][rows], rtol=2e-2, atol=0)
    assert_allclose(gate.cell_width_m, table["inverter_min_width"][rows], rtol=1e-3, atol=0)


def test_widened_finfet_gates_hold_two_to_four_fins_of_a_type():
    node = finfet_nodes()
    fin = np.tile([110e-9, 90e-9, 82e-9], 2)
    inverter, nand = gates.inverter(node), gates.nand(node, 2)
    assert_allclose(inverter.width_n_m / fin, np.tile([2, 3, 4], 2), rtol=1e-12, atol=0)
    assert_allclose(nand.width_n_m / fin, np.tile([2, 3, 4], 2), rtol=1e-12, atol=0)
    assert_allclose(nand.width_p_m / fin, np.tile([1, 2, 2], 2), rtol=1e-12, atol=0)


def test_finfet_pass_gates_are_whole_fins():
    node = finfet_nodes()
    gate = pass_gate(node, np.full(6, 1500.0), widened=True, linear_factor=0.2)
    fins = gate.width_n_m / node.fin_conducting_m
    assert_allclose(fins, np.round(fins), rtol=1e-12, atol=0)
    assert np.all(fins >= node.fins_per_type)


def test_region_of_the_standard_cell():
    node = gates.node_rows(packaged_technology(), [32.0], ["lstp"])
    assert_allclose(region_of(node, np.array([28 * 32e-9])), gates.region_height(node), rtol=1e-12, atol=0)
