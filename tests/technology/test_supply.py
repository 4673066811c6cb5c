import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import siam_dse as sd
from siam_dse.technology.interpolated import node_table
from siam_dse.technology.supply import highest_clock_hz, nominal_clock_hz, supply_ratio
from siam_dse.technology.technology import packaged_technology

TECHNOLOGY = packaged_technology()
ROWS = np.arange(len(node_table(TECHNOLOGY, "nodes")))


def row(node_nm, roadmap):
    return node_table(TECHNOLOGY, "nodes").rows(node_nm=np.array([node_nm]), roadmap=np.array([roadmap]))


def test_the_nominal_clock_by_hand():
    # 32 nm LSTP: minimum inverter 41.4706 kohm both ways, 0.270566 fF in and 0.119613 fF out (nodes.csv):
    # 0.693 x 41.4706e3 x (0.119613 + 4 x 0.270566) fF = 34.54 ps, 20 of them a cycle
    fo4_s = 0.693 * 41.4706e3 * (0.119613 + 4 * 0.270566) * 1e-15
    assert_allclose(nominal_clock_hz(TECHNOLOGY)[row(32, "lstp")], 1 / (20 * fo4_s), rtol=1e-3, atol=0)


def test_a_clock_up_to_the_nominal_one_takes_the_nominal_supply():
    nominal = nominal_clock_hz(TECHNOLOGY)
    for share in (1e-3, 0.5, 1.0):
        assert_array_equal(supply_ratio(TECHNOLOGY, ROWS, share * nominal), 1)
    assert_array_equal(supply_ratio(TECHNOLOGY, row(32, "lstp"), np.array([1e9])), 1)
    assert_allclose(supply_ratio(TECHNOLOGY, ROWS, nominal * (1 + 1e-9)), 1, rtol=1e-8, atol=0)


def test_a_faster_clock_takes_the_supply_of_the_alpha_power_law():
    # 32 nm LSTP, 0.9 V, threshold 0.442034 V: at 1.2 x 0.9 = 1.08 V logic is
    # ((1.08 - 0.442034) / (0.9 - 0.442034))^1.3 / 1.2 = 1.393037^1.3 / 1.2 = 1.2823 times as fast
    gain = ((1.08 - 0.442034) / (0.9 - 0.442034)) ** 1.3 / 1.2
    at = row(32, "lstp")
    assert_allclose(supply_ratio(TECHNOLOGY, at, gain * nominal_clock_hz(TECHNOLOGY)[at]), 1.2, rtol=1e-12, atol=0)


def test_the_supply_grows_with_the_clock_up_to_the_highest():
    nominal, highest = nominal_clock_hz(TECHNOLOGY), highest_clock_hz(TECHNOLOGY)
    clocks = nominal + np.linspace(0, 1, 20)[:, None] * (highest - nominal)
    ratios = np.stack([supply_ratio(TECHNOLOGY, ROWS, clock) for clock in clocks])
    assert (np.diff(ratios, axis=0) > 0).all()
    assert_allclose(ratios[-1], 1.3, rtol=1e-9, atol=0)
    assert_allclose(supply_ratio(TECHNOLOGY, ROWS, 1e3 * highest), 1.3, rtol=1e-9, atol=0)


@pytest.mark.parametrize("clock", ["clock_hz", "noc_clock_hz"])
def test_two_gigahertz_cost_energy_at_32_nm_lstp(clock):
    network = sd.load_network("resnet20")
    evaluation = sd.evaluate(network, sd.Designs.grid(**{clock: [5e8, 1e9, 2e9, 3e9]}))
    energy = evaluation.column("dynamic_energy_mj")
    assert_allclose(energy[0], energy[1], rtol=1e-12, atol=0)  # the rail is fixed
    assert energy[2] > energy[1] * (1 + 1e-3)
    assert_array_equal(evaluation.violations["clock_fits"] > 0, [False, False, False, True])
    assert (np.diff(evaluation.column("latency_ms")[:3]) <= 0).all()


def test_high_performance_transistors_reach_two_gigahertz_at_the_nominal_supply():
    designs = sd.Designs.grid(roadmap="hp", clock_hz=[1e9, 2e9], noc_clock_hz=2e9)
    energy = sd.evaluate(sd.load_network("resnet20"), designs).column("dynamic_energy_mj")
    assert_allclose(energy[0], energy[1], rtol=1e-12, atol=0)
