"""Decoder chain: counts and switched capacitance by hand, delays in their limits."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from siam_dse.technology.decoder import Decoder, switched_capacitance, usual_driver
from siam_dse.technology.delays import horowitz_delay, output_slope
from siam_dse.technology.gates import gate_capacitance, inverter, nand, node_rows, nor, on_resistance_n, on_resistance_p
from siam_dse.technology.technology import packaged_technology


def decoder_of(address_bits, node_nm=32.0):
    node = node_rows(packaged_technology(), [node_nm], ["lstp"])
    inputs = max(-(-address_bits // 2), 2)
    return Decoder(node, np.array([float(address_bits)]), inverter(node), nand(node, 2), nor(node, inputs))


@pytest.mark.parametrize(
    ("bits", "pairs", "odd", "nands", "lines"), [(2, 1, 0, 4, 4), (3, 1, 1, 4, 8), (7, 3, 1, 12, 128)]
)
def test_counts(bits, pairs, odd, nands, lines):
    decoder = decoder_of(bits)
    assert (decoder.pairs[0], decoder.odd_bits[0], decoder.nands[0], decoder.lines[0]) == (pairs, odd, nands, lines)
    assert decoder.has_nor[0] == (bits > 2)


def test_eight_lines_gate_by_gate():
    # 3 address bits = a pair and an odd one. Two inverters drive 2 NAND2 each, the odd bit's drives 4 of the 8 NORs
    # itself; one of the 4 NAND2 rises and drives 2 NORs; one NOR rises and drives an inverter and the line's driver.
    decoder = decoder_of(3)
    driver = usual_driver(decoder.node)
    inv, two, select = decoder.inverter, decoder.nand, decoder.nor
    expected = 2 * (inv.input_cap_f + 2 * two.input_cap_f) + inv.input_cap_f + 4 * select.input_cap_f
    expected = expected + two.output_cap_f + 2 * select.input_cap_f + select.output_cap_f + inv.input_cap_f
    expected = expected + 2 * (driver.input_cap_f + driver.output_cap_f)
    assert_allclose(switched_capacitance(decoder, driver), expected, rtol=1e-12, atol=0)


def test_four_lines_have_no_nor():
    # Four inverters' loads of a pair, one NAND2's output, and the driver behind an inverter.
    decoder = decoder_of(2)
    driver = usual_driver(decoder.node)
    inv, two = decoder.inverter, decoder.nand
    expected = 2 * (inv.input_cap_f + 2 * two.input_cap_f) + two.output_cap_f + inv.input_cap_f
    expected = expected + 2 * (driver.input_cap_f + driver.output_cap_f)
    assert_allclose(switched_capacitance(decoder, driver), expected, rtol=1e-12, atol=0)


def test_a_chain_is_its_stages_one_after_another():
    # 16 lines: inverter with 2 NAND2, NAND2 with 4 NORs, NOR with the given load; each a Horowitz stage.
    decoder = decoder_of(4)
    node, inv, two, select = decoder.node, decoder.inverter, decoder.nand, decoder.nor
    load = np.array([1e-15])
    first_tau = on_resistance_n(node, inv.width_n_m) * (inv.output_cap_f + 2 * two.input_cap_f)
    second_tau = 2 * on_resistance_n(node, two.width_n_m) * (two.output_cap_f + 4 * select.input_cap_f)
    third_tau = 2 * on_resistance_p(node, select.width_p_m) * (select.output_cap_f + load)
    first = horowitz_delay(node, first_tau, np.array([np.inf]))
    second = horowitz_delay(node, second_tau, output_slope(node, first))
    third = horowitz_delay(node, third_tau, output_slope(node, second))
    delay, slope = decoder.line_delay(load)
    assert_allclose(delay, first + second + third, rtol=1e-12, atol=0)
    assert_allclose(slope, 0.5 / third, rtol=1e-12, atol=0)


def test_a_driver_with_a_step_at_its_input_is_an_rc_stage():
    # Horowitz with an ideal step: |ln 0.5| R C; 4F wide devices load a gate of 4F + 4F pn.
    node = node_rows(packaged_technology(), [32.0], ["lstp"])
    driver = usual_driver(node)
    load = np.array([20e-15])
    ideal = np.array([np.inf])
    expected = np.log(2) * on_resistance_n(node, driver.width_n_m) * (driver.output_cap_f + load)
    assert_allclose(driver.last_delay(load, ideal), expected, rtol=1e-4, atol=0)  # 0.4805 stands for ln(0.5)^2
    width = 4 * 32e-9 * (1 + node.pn_ratio)
    assert_allclose(driver.input_cap_f, gate_capacitance(node, width), rtol=1e-12, atol=0)
