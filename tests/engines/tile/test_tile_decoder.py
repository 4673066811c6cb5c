"""Line decoder: one line, a power of two, and the energy of a selection by an independent count."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from siam_dse.engines.tile.decoder import line_decoder, select_inputs
from siam_dse.engines.tile.library import calibrated_library
from siam_dse.technology.gates import (
    drain_capacitance,
    gate_capacitance,
    inverter,
    nand,
    node_rows,
    nor,
    on_resistance_n,
)
from siam_dse.technology.technology import packaged_technology


def library_of(node=45.0, roadmap="lstp"):
    return calibrated_library(
        node_rows(packaged_technology(), [node], [roadmap]), np.zeros(1, dtype=bool), np.zeros(1, dtype=bool)
    )


def test_inputs_of_the_selecting_nor():
    # 8 lines have 3 address bits: 2 inputs; 32 lines 5: 3; 128 lines 7: 4; 2048 lines 11: 6. Never less than 2.
    assert select_inputs(np.array([2, 8, 9, 32, 128, 2048])).tolist() == [2, 2, 2, 3, 4, 6]


def test_energy_of_sixteen_lines_gate_by_gate():
    # 4 address bits = 2 pairs, no odd one. 4 inverters drive 2 NAND2 each; 2 of the 8 NAND2 rise and drive 4 NOR2
    # each; one NOR2 rises and drives an inverter, which drives a line driver of two 4F inverters.
    library, vdd = library_of(), 1.0
    node = library.node
    inv, two, select = inverter(node), nand(node, 2), nor(node, 2)
    n = 4 * node.feature_m
    p = n * node.pn_ratio
    driver = gate_capacitance(node, n + p) + drain_capacitance(node, n) + drain_capacitance(node, p)
    switched = 4 * inv.input_cap_f + 4 * 2 * two.input_cap_f
    switched = switched + 2 * (two.output_cap_f + 4 * select.input_cap_f)
    switched = switched + select.output_cap_f + inv.input_cap_f + 2 * driver
    got = line_decoder(library, np.array([16.0]), np.array([1e-15])).energy_j
    assert_allclose(got, vdd**2 * switched, rtol=1e-12, atol=0)


def test_a_single_line_needs_no_decoder():
    decoder = line_decoder(library_of(), np.array([1.0]), np.array([1e-15]))
    assert decoder.leakage_w == 0
    assert decoder.area(np.array([1e-6]), np.array([1e-6])) == 0


@given(st.integers(2, 1000), st.integers(1, 1000))
@pytest.mark.slow
def test_more_lines_are_never_cheaper(lines, more):
    few = line_decoder(library_of(), np.array([float(lines)]), np.array([1e-15]))
    many = line_decoder(library_of(), np.array([float(lines + more)]), np.array([1e-15]))
    assert many.energy_j >= few.energy_j
    assert many.leakage_w >= few.leakage_w


def test_the_last_stage_carries_the_load():
    # With a load far above everything else the delay grows as the driver's resistance x load x sqrt(ln(0.5)^2 + ...).
    light, heavy = (line_decoder(library_of(), np.array([64.0]), np.array([c])) for c in (1e-15, 1e-9))
    tau = on_resistance_n(library_of().node, 4 * 45e-9) * 1e-9
    assert light.time_s < 2e-9
    assert_allclose(heavy.time_s, np.sqrt(0.480453) * tau, rtol=1e-2, atol=0)
