"""Several networks on one machine: how their figures are joined."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.core.errors import InputError
from siam_dse.design.designs import Designs
from siam_dse.system.columns import OUTPUT_COLUMNS, VIOLATION_RULES
from siam_dse.system.evaluate import evaluate
from siam_dse.system.joint import RATIOS, JointEvaluation, evaluate_workload, ratio_name
from siam_dse.workload.load import load_network
from siam_dse.workload.network_set import NetworkSet

NETWORKS = [load_network("lenet5"), load_network("resnet20")]
DESIGNS = Designs.grid(crossbar_size=[64, 128], n_chiplets=[1, 16], adc_bits=[4, 7])


@pytest.fixture(scope="module")
def alone():
    return [evaluate(network, DESIGNS) for network in NETWORKS]


@pytest.fixture(scope="module")
def joint():
    return JointEvaluation(NetworkSet.of(NETWORKS, weights=[3, 1]), DESIGNS, ["latency_ms"])


def test_times_and_energies_are_the_mix(joint, alone):
    for name in ("latency_ms", "energy_mj", "noc_energy_mj", "leakage_energy_mj"):
        assert_allclose(joint.column(name), 3 * alone[0].column(name) + alone[1].column(name), rtol=1e-14, atol=0)


def test_areas_and_costs_are_of_the_machine_that_holds_both(joint, alone):
    for name in ("area_mm2", "die_area_mm2", "cost_usd", "mono_cost_usd"):
        assert_array_equal(joint.column(name), np.maximum(alone[0].column(name), alone[1].column(name)))


def test_of_anything_else_the_worse_network_counts(joint, alone):
    for name in ("sqnr_db", "utilisation", "throughput_ips", "die_yield_fraction"):
        assert_array_equal(joint.column(name), np.minimum(alone[0].column(name), alone[1].column(name)))
    for name in ("accuracy_loss_pct", "edp_mj_ms", "chiplets_needed"):
        assert_array_equal(joint.column(name), np.maximum(alone[0].column(name), alone[1].column(name)))


def test_a_rule_is_broken_where_one_network_breaks_it(joint, alone):
    for name in VIOLATION_RULES:
        assert_array_equal(joint.violations[name], np.maximum(*(each.violations[name] for each in alone)))
    assert_array_equal(joint.feasible, alone[0].feasible & alone[1].feasible)
    assert 0 < joint.feasible.sum() < len(DESIGNS)


def test_the_table_has_every_column_once_and_those_of_each_network(joint, alone):
    frame = joint.to_frame()
    assert frame.columns.is_unique
    assert set(OUTPUT_COLUMNS) <= set(frame)
    assert_array_equal(frame["latency_ms[resnet20]"], alone[1].column("latency_ms"))
    assert not set(RATIOS) & set(frame)


def test_the_worst_ratio_is_to_each_networks_own_best(alone):
    networks = NetworkSet.of(NETWORKS, aggregate="worst").with_best({"latency_ms": [0.5, 2.0]})
    joint = evaluate_workload(networks, DESIGNS)
    expected = np.maximum(alone[0].column("latency_ms") / 0.5, alone[1].column("latency_ms") / 2.0)
    assert_allclose(joint.column("latency_ratio"), expected, rtol=1e-14, atol=0)
    assert_array_equal(joint.to_frame()["latency_ratio"], joint.column("latency_ratio"))
    assert ratio_name("latency_ms") == "latency_ratio"


def test_each_network_is_explained(joint):
    text = joint.explain(0)
    assert text.startswith("lenet5:\n")
    assert "\n\nresnet20:\n" in text
    assert set(joint.by_layer(0)["network"]) == {"lenet5", "resnet20"}


@pytest.mark.parametrize(
    ("networks", "options", "message"),
    [
        (NETWORKS[:1], {}, "several networks are two or more, got 1"),
        ([NETWORKS[0], NETWORKS[0]], {}, "lenet5: given twice"),
        (NETWORKS, {"weights": [1, 2, 3]}, "one a network, got 3 for 2"),
        (NETWORKS, {"weights": [1, 0]}, "must be positive, got 1, 0"),
        (NETWORKS, {"aggregate": "mean"}, "unknown aggregate 'mean'"),
    ],
)
def test_a_set_that_makes_no_sense_is_refused(networks, options, message):
    with pytest.raises(InputError, match=message):
        NetworkSet.of(networks, **options)
