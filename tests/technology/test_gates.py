"""Gate primitives: minimum inverter against the node table, widened gates by hand, limits of the delay."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from siam_dse.core.errors import InputError
from siam_dse.technology import delays, gates
from siam_dse.technology.technology import packaged_technology

BULK = [22, 32, 45, 65, 90, 130]


@pytest.fixture(scope="module")
def bulk():
    nodes = np.tile(BULK, 2).astype(float)
    roadmap = np.repeat(["lstp", "hp"], len(BULK))
    table = packaged_technology().table("nodes")
    rows = table.rows(node_nm=nodes, roadmap=roadmap)
    return gates.node_rows(packaged_technology(), nodes, roadmap), {c: table[c][rows] for c in table.columns}


def test_minimum_inverter_is_the_node_table_s(bulk):
    # The table holds what the program prints for its minimum inverter, six digits.
    node, table = bulk
    gate = gates.inverter(node, widened=False)
    assert_allclose(gate.input_cap_f, table["inverter_min_cin"], rtol=1e-5, atol=0)
    assert_allclose(gate.output_cap_f, table["inverter_min_cout"], rtol=1e-5, atol=0)
    assert_allclose(gate.leakage_w, table["inverter_min_leakage"], rtol=1e-5, atol=0)
    assert_allclose(gates.on_resistance_n(node, gate.width_n_m), table["ron_n_min"], rtol=1e-5, atol=0)
    assert_allclose(gates.on_resistance_p(node, gate.width_p_m), table["ron_p_min"], rtol=1e-3, atol=0)
    assert_allclose(gate.cell_width_m, table["inverter_min_width"], rtol=1e-3, atol=0)


def test_widened_inverter_at_32_nm_lstp_by_hand():
    # W_N + W_P = 28 - 3.5 - 3.6 = 20.9F = 668.8 nm; Cin = 1.690702e-9 F/m x 668.8 nm = 1.13074 fF.
    node = gates.node_rows(packaged_technology(), [32.0], ["lstp"])
    gate = gates.inverter(node)
    assert_allclose(gate.width_n_m + gate.width_p_m, 20.9 * 32e-9, rtol=1e-12, atol=0)
    assert_allclose(gate.width_p_m / gate.width_n_m, 1.5005, rtol=1e-12, atol=0)
    assert_allclose(gate.input_cap_f, 1.13074e-15, rtol=1e-5, atol=0)


def test_wide_transistors_fold_and_share_drains():
    # Two fingers share one drain without a free side: bottom halves, sidewall is 2 x 2.8F only.
    node = gates.node_rows(packaged_technology(), [32.0], ["lstp"])
    width = np.array([1e-6])
    one, two = gates.drain_capacitance(node, width, 1), gates.drain_capacitance(node, width, 2)
    length = 2.8 * 32e-9
    assert_allclose(
        one - two,
        length * 0.5e-6 * node.junction_cap_f_per_m2
        + 1e-6 * node.sidewall_cap_f_per_m
        + 0.5e-6 * node.gate_edge_cap_f_per_m,
        rtol=1e-12,
        atol=0,
    )


def test_horowitz_delay_tends_to_the_step_delay():
    node, tau = gates.node_rows(packaged_technology(), [32.0], ["lstp"]), np.array([1e-11])
    assert_allclose(delays.horowitz_delay(node, tau, np.array([1e30])), delays.step_delay(node, tau), rtol=5e-4, atol=0)
    slow = delays.horowitz_delay(node, tau, np.array([1e9]))
    assert slow[0] > delays.step_delay(node, tau)[0]


def test_unknown_node_is_named_with_the_known_ones():
    with pytest.raises(InputError, match=r"28.5 nm is not among the nodes; choose a whole number from 7 to 130"):
        gates.node_rows(packaged_technology(), [28.5], ["lstp"])
