"""SRAM bit lines: limits of precharge and pull-down."""

import numpy as np
from numpy.testing import assert_allclose

from siam_dse.technology.bit_lines import precharge_time, pull_down_time
from siam_dse.technology.gates import drain_capacitance, node_rows, on_resistance_n, on_resistance_p
from siam_dse.technology.technology import packaged_technology

NODE = node_rows(packaged_technology(), [32.0], ["lstp"])
WIDTH = np.array([64e-9])
NONE = np.zeros(1)


def test_precharge_without_wire_is_a_transistor_and_its_load():
    # 0.693 R_P (C_BL + 2 C_d) where the wire has no resistance.
    load = np.array([5e-15])
    expected = 0.693 * on_resistance_p(NODE, WIDTH) * (load + 2 * drain_capacitance(NODE, WIDTH))
    assert_allclose(precharge_time(NODE, WIDTH, load, NONE), expected, rtol=1e-3, atol=0)


def test_a_small_swing_takes_its_share_of_the_time_constant():
    # ln(Vdd / (Vdd - s)) -> s / Vdd; with a step at the word line t = 0.693 tau, two devices in series.
    load, swing = np.array([5e-15]), 1e-4
    tau = 2 * on_resistance_n(NODE, WIDTH) * (drain_capacitance(NODE, WIDTH) + load) * swing / NODE.vdd_v
    got = pull_down_time(NODE, WIDTH, WIDTH, load, NONE, swing, np.array([np.inf]))
    assert_allclose(got, 0.6932 * tau, rtol=1e-3, atol=0)


def test_half_of_the_wire_counts():
    # A wire of resistance r adds r C / 2 to the time constant.
    load, swing, ohm = np.array([5e-15]), 0.05, np.array([1e3])
    ideal = np.array([np.inf])
    more = pull_down_time(NODE, WIDTH, WIDTH, load, ohm, swing, ideal)
    more = more - pull_down_time(NODE, WIDTH, WIDTH, load, NONE, swing, ideal)
    expected = np.sqrt(0.4805) * ohm * load / 2 * np.log(NODE.vdd_v / (NODE.vdd_v - swing))
    assert_allclose(more, expected, rtol=1e-3, atol=0)
