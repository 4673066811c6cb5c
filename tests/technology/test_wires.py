"""Repeated wires: the node table's repeaters, printed figures of the program, limits of the delay."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from siam_dse.technology import wires
from siam_dse.technology.gates import gate_capacitance, node_rows, on_resistance_n, on_resistance_p
from siam_dse.technology.technology import packaged_technology


@pytest.fixture(scope="module")
def all_nodes():
    table = packaged_technology().table("nodes")
    return node_rows(packaged_technology(), table["node_nm"], table["roadmap"]), table


def test_repeaters_are_the_node_table_s(all_nodes):
    # The table holds what the program prints, six digits.
    node, table = all_nodes
    bus, tree = wires.bus_wire(node), wires.htree_wire(node)
    assert_allclose(bus.size, table["bus_repeater_size"], rtol=1e-5, atol=0)
    assert_allclose(bus.spacing_m, table["bus_repeater_spacing"], rtol=1e-5, atol=0)
    assert_allclose(tree.size, table["htree_repeater_size"], rtol=1e-5, atol=0)
    assert_allclose(tree.spacing_m, table["htree_repeater_spacing"], rtol=1e-5, atol=0)


def test_energy_and_delay_of_the_htree(all_nodes):
    # Planar nodes to the printed six digits. FinFETs: the drains of folded repeaters differ, which makes 1.2 % of the
    # energy and 5 % of the delay.
    node, table = all_nodes
    tree = wires.htree_wire(node)
    delay = wires.relaxed_delay_upper_metal(node, tree, packaged_technology().constants("wires")["htree_width_normal"])
    planar = ~node.is_finfet
    assert_allclose(tree.energy_j_per_m[planar], table["htree_energy"][planar], rtol=1e-5, atol=0)
    assert_allclose(delay[planar], table["htree_delay"][planar], rtol=1e-5, atol=0)
    assert_allclose(tree.energy_j_per_m, table["htree_energy"], rtol=1.2e-2, atol=0)
    assert_allclose(delay, table["htree_delay"], rtol=5e-2, atol=0)


def test_bus_at_32_nm():
    # 66.1 fJ/bit/mm and 0.419 ns/mm at 32 nm LSTP, three digits: half a unit of the last is 1.2e-3.
    bus = wires.bus_wire(node_rows(packaged_technology(), [32.0], ["lstp"]))
    assert_allclose(bus.energy_j_per_m, 66.1e-12, rtol=8e-4, atol=0)
    assert_allclose(bus.delay_s_per_m, 0.419e-6, rtol=1.2e-3, atol=0)


def test_energy_by_hand_at_32_nm():
    # The wire alone: 0.25 x 0.2 fF/um x 0.81 V^2 = 40.5 fJ/mm; the gates of the repeaters, and their drains, less than
    # half of that, make up the rest.
    node = node_rows(packaged_technology(), [32.0], ["lstp"])
    bus = wires.bus_wire(node)
    wire = 0.25 * 0.2e-9 * 0.81
    gates = 0.25 * gate_capacitance(node, bus.size * 2 * 32e-9 * (1 + node.pn_ratio)) * 0.81 / bus.spacing_m
    assert_allclose(wire, 40.5e-12, rtol=1e-9, atol=0)
    assert np.all(wire + gates < bus.energy_j_per_m)
    assert np.all(bus.energy_j_per_m < wire + 1.5 * gates)


def test_the_bus_has_the_least_delay():
    # Nothing within 30 % of its size and spacing is faster by more than the floor of the size allows.
    node = node_rows(packaged_technology(), [22.0, 32.0, 45.0, 65.0], ["lstp", "hp", "lstp", "hp"])
    best = wires.bus_wire(node)
    for factor in (0.7, 1.3):
        for size, spacing in ((best.size * factor, best.spacing_m), (best.size, best.spacing_m * factor)):
            assert np.all(wires.repeated_wire(node, size, spacing).delay_s_per_m > 0.99 * best.delay_s_per_m)


def test_without_wire_resistance_a_stage_is_its_own_rc():
    # With short spacing the wire vanishes: t = 0.7 R (Cin + Cout) / spacing.
    node = node_rows(packaged_technology(), [32.0], ["lstp"])
    size = np.array([40.0])
    short = wires.repeated_wire(node, size, np.array([1e-12]))
    n, p = size * 2 * 32e-9, size * 2 * 32e-9 * node.pn_ratio
    own = short.energy_j_per_m * 1e-12 / (0.25 * 0.81)  # Cin + Cout
    resistance = on_resistance_n(node, n) + on_resistance_p(node, p)
    assert_allclose(short.delay_s_per_m, 0.7 * resistance * own / 1e-12, rtol=1e-4, atol=0)


def test_a_single_finger_has_two_sides():
    # One finger: 2.8F W Cj + (5.6F + W) Csw + W Cge, as the drain of an unfolded transistor. Two fingers: 2 drains with
    # 2 free sides, in the source's count.
    node = node_rows(packaged_technology(), [45.0], ["lstp"])
    f, w = 45e-9, np.array([200e-9])
    one = wires.repeater_drain_capacitance(node, w, 2 * w)
    cj, csw, cge = node.junction_cap_f_per_m2, node.sidewall_cap_f_per_m, node.gate_edge_cap_f_per_m
    assert_allclose(one, 2.8 * f * w * cj + (5.6 * f + w) * csw + w * cge, rtol=1e-12, atol=0)
    two = wires.repeater_drain_capacitance(node, 2 * w, w)
    assert_allclose(two, 2 * 2.8 * f * w * cj + (2 * 5.6 * f + 2 * w) * csw + 2 * w * cge, rtol=1e-12, atol=0)
