"""Flip-flop and adder: hand counts at 32 nm LSTP and the table the program prints at four nodes."""

import numpy as np
from numpy.testing import assert_allclose

from siam_dse.technology import logic
from siam_dse.technology.gates import inverter, nand, node_rows
from siam_dse.technology.technology import packaged_technology

NODES = [22.0, 32.0, 45.0, 65.0]


def test_flip_flop_energy_and_leakage_of_eight_nodes():
    # Printed by DNN+NeuroSim V1.3 with three digits: full clock in fJ, leakage in nW.
    lstp = logic.flip_flop(node_rows(packaged_technology(), NODES, ["lstp"] * 4))
    hp = logic.flip_flop(node_rows(packaged_technology(), NODES, ["hp"] * 4))
    assert_allclose(lstp.energy_j, np.array([5.10, 9.54, 18.7, 39.0]) * 1e-15, rtol=3e-3, atol=0)
    assert_allclose(hp.energy_j, np.array([3.56, 6.22, 11.4, 22.1]) * 1e-15, rtol=5e-3, atol=0)
    assert_allclose(lstp.leakage_w, np.array([0.156, 0.241, 0.377, 0.599]) * 1e-9, rtol=3e-3, atol=0)
    assert_allclose(hp.leakage_w, np.array([157, 241, 377, 598]) * 1e-9, rtol=3e-3, atol=0)


def test_flip_flop_by_hand_at_32_nm():
    # 12 cells of 28F x 7.6F: 12 x 212.8 x (32 nm)^2 = 2.61488 um2. Energy from the inverter's own loads.
    node = node_rows(packaged_technology(), [32.0], ["lstp"])
    one = logic.flip_flop(node)
    gate = inverter(node)
    assert_allclose(one.area_m2, 12 * 212.8 * (32e-9) ** 2, rtol=1e-12, atol=0)
    assert_allclose(one.energy_j, 0.81 * (8 * gate.input_cap_f + 10 * gate.output_cap_f), rtol=1e-12, atol=0)
    assert_allclose(one.time_s, 0.5e-9, rtol=1e-12, atol=0)


def test_eight_bit_adder_at_32_nm():
    # 13.5 cells a bit: 8 x 13.5 x 212.8 x (32 nm)^2 = 23.534 um2; 16.3 fJ and 0.851478 ns printed by the program.
    node = node_rows(packaged_technology(), [32.0], ["lstp"])
    gate = logic.adder_gate(node)
    assert_allclose(logic.adder_area(node, np.array([8]), gate), 8 * 13.5 * 212.8 * (32e-9) ** 2, rtol=1e-12, atol=0)
    assert_allclose(logic.adder_energy(node, np.array([8]), gate), 16.3e-15, rtol=3e-3, atol=0)
    assert_allclose(logic.adder_delay(node, np.array([8]), gate), 0.851478e-9, rtol=1e-5, atol=0)
    assert_allclose(logic.adder_leakage(node, np.array([8]), gate), 72 * nand(node).leakage_w, rtol=1e-12, atol=0)


def test_further_bits_of_the_adder_energy():
    # Printed by the program, fJ for each further bit after the 0.15 activity.
    for roadmap, nodes, printed in (
        ("lstp", NODES, [1.063, 2.021, 4.02, 8.52]),
        ("hp", NODES[:3], [0.689, 1.220, 2.264]),
    ):
        node = node_rows(packaged_technology(), nodes, [roadmap] * len(nodes))
        gate = logic.adder_gate(node)
        step = logic.adder_energy(node, 9, gate) - logic.adder_energy(node, 8, gate)
        assert_allclose(step, np.array(printed) * 1e-15, rtol=2e-3, atol=0)


def test_adder_delay_of_many_bits_is_a_sum_of_stages():
    # An independent loop over the carry chain, stage by stage.
    node = node_rows(packaged_technology(), [45.0], ["hp"])
    gate = logic.adder_gate(node)
    r_n = 1.54 * node.vdd_v[0] / (node.ion_n_a_per_m[0] * gate.width_n_m[0])
    r_p = 1.54 * node.vdd_v[0] / (node.ion_p_a_per_m[0] * gate.width_p_m[0])
    c_in, c_out = gate.input_cap_f[0], gate.output_cap_f[0]
    down, up = 2 * r_n * (c_out + 3 * c_in), r_p * (c_out + 2 * c_in)

    def stage(tau: float, delay_before: float) -> float:
        return tau * np.sqrt(0.480453 + 0.5 / (0.5 / delay_before * tau))

    first = np.log(2) * down
    carry = stage(up, first)
    total = first + carry
    for _ in range(22):  # bits 2 to 23 all see the ramp of the first
        fall = stage(down, carry)
        rise = stage(up, fall)
        total += fall + rise
    fall = stage(down, rise)
    rise = stage(r_p * (c_out + c_in), fall)
    total += fall + rise + stage(2 * r_n * c_out, rise)
    assert_allclose(logic.adder_delay(node, np.array([24]), gate), total, rtol=1e-5, atol=0)
    assert_allclose(total, 0.685956e-9, rtol=1e-5, atol=0)


def test_minimum_gates_of_siam_are_smaller_loads_on_the_same_area():
    node = node_rows(packaged_technology(), [32.0, 32.0], ["hp", "hp"])
    wide = np.array([True, False])
    one = logic.flip_flop(node, widened=wide)
    gate = logic.adder_gate(node, widened=wide)
    assert one.energy_j[1] < one.energy_j[0]
    assert_allclose(one.area_m2[0], one.area_m2[1], rtol=1e-12, atol=0)
    # SIAM's flip-flop at 32 nm HP leaks 50.7 nW at 301 K; at 300 K 1.5 to 4.5 % less.
    assert_allclose(one.leakage_w[1], 50.7e-9, rtol=0.045, atol=0)
    assert_allclose(
        logic.adder_energy(node, np.array([5, 5]), gate, 1.0)[1] / logic.adder_energy(node, np.array([5, 5]), gate)[1],
        1 / 0.15,
        rtol=1e-12,
        atol=0,
    )
