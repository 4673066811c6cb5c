"""Converters that run at other bits from layer to layer: hand counts of what a layer takes, and laws."""

import numpy as np
import pytest

import siam_dse as sd
from siam_dse.engines.accuracy.bits import converter_bits
from siam_dse.engines.accuracy.engine import layer_sqnr_db
from siam_dse.system.columns import OUTPUT_COLUMNS

PLAIN = {"duplication": "none", "copy_chiplets": 0}
USEFUL = {"adc_range": "calibrated", "weight_mapping": "differential"}


def by_layer(network="lenet5", **axes):
    return sd.evaluate(network, sd.Designs.grid(**{**PLAIN, **axes})).by_layer()


def columns(network="lenet5", **axes):
    evaluation = sd.evaluate(network, sd.Designs.grid(**axes))
    return {**evaluation.columns(OUTPUT_COLUMNS), **evaluation.violations}


def bits_of(network, **axes):
    return converter_bits(sd.Designs.grid(**axes), sd.load_network(network)).bits


# --- hand counts -----------------------------------------------------------------------------------------------------


def test_a_sar_stops_after_the_bits_of_its_layer():
    full, fewer = by_layer(adc_bits=7), by_layer(adc_bits=7, adc_bits_first_last=5)
    assert fewer["adc_bits"].tolist() == [5, 7, 7, 7, 5]
    # two cycles of 1 ns less in each of 8 bits x 8 columns of a converter, 1.4 times after layout
    saved_ms = (full["crossbar_latency_ms"] - fewer["crossbar_latency_ms"]).to_numpy()
    np.testing.assert_allclose(saved_ms[[0, 4]], full["positions"][[0, 4]] * 1.4 * 2 * 64 * 1e-6, rtol=1e-9)
    assert not saved_ms[1:4].any()
    # 6 of 8 cycles
    np.testing.assert_allclose(fewer["crossbar_adc_mj"] / full["crossbar_adc_mj"], [0.75, 1, 1, 1, 0.75], rtol=1e-12)
    others = [name for name in full if name.startswith("crossbar_") and "adc" not in name and "_mj" in name]
    kept = [name for name in others if "dynamic" not in name]
    np.testing.assert_array_equal(fewer[kept], full[kept])


def test_a_flash_switches_off_the_comparators_of_the_levels_it_leaves_out():
    at = {bits: by_layer(adc_kind="flash", adc_bits=7, adc_bits_first_last=bits) for bits in (7, 6, 5)}
    adc = {bits: table["crossbar_adc_mj"][0] for bits, table in at.items()}
    # 127 comparators, 63, 31, each with a power of its own: 64 off against 96 off
    np.testing.assert_allclose((adc[7] - adc[6]) / (adc[7] - adc[5]), 64 / 96, rtol=1e-9)
    np.testing.assert_array_equal(at[5]["crossbar_latency_ms"], at[7]["crossbar_latency_ms"])


def test_a_survey_converter_and_a_given_rate_scale_with_the_cycles():
    for more in ({"adc_model": "survey"}, {"adc_rate_hz": 1e8}):
        full, fewer = (by_layer(adc_bits=7, adc_bits_first_last=bits, **more) for bits in (7, 3))
        np.testing.assert_allclose(fewer["crossbar_adc_mj"][0] / full["crossbar_adc_mj"][0], 0.5, rtol=1e-12)
    # a conversion of 10 ns, four of its eight cycles, 64 times a position, 1.4 times after layout
    saved_ms = full["crossbar_latency_ms"][0] - fewer["crossbar_latency_ms"][0]
    np.testing.assert_allclose(saved_ms, full["positions"][0] * 1.4 * 5 * 64 * 1e-6, rtol=1e-9)


def test_a_layer_has_the_noise_of_its_own_bits():
    network, designs = sd.load_network("lenet5"), sd.Designs.grid(adc_bits=6, adc_bits_first_last=8, **USEFUL)
    found = layer_sqnr_db(designs, network, converter_bits(designs, network).bits)[0]
    six, eight = (layer_sqnr_db(sd.Designs.grid(adc_bits=bits, **USEFUL), network)[0] for bits in (6, 8))
    np.testing.assert_array_equal(found, [eight[0], *six[1:4], eight[4]])
    noise = np.mean(10 ** (-found / 10))  # the effective SQNR is that of the mean noise
    np.testing.assert_allclose(columns(adc_bits=6, adc_bits_first_last=8, **USEFUL)["sqnr_db"], -10 * np.log10(noise))


def test_the_fewest_bits_that_reach_the_target_are_chosen():
    network = sd.load_network("resnet20")
    each = np.stack([layer_sqnr_db(sd.Designs.grid(adc_bits=b, **USEFUL), network)[0] for b in range(1, 8)])
    for target in (5.0, 20.0, 45.0):
        chosen = bits_of("resnet20", adc_rule="per_layer", adc_sqnr_target_db=target, adc_bits=7, **USEFUL)[0]
        reached = [next((b for b in range(1, 8) if each[b - 1, n] >= target), 7) for n in range(network.n_layers)]
        assert chosen.tolist() == reached
        assert len(set(reached)) > 1


def test_layers_that_miss_the_target_at_their_most_bits_are_told():
    network = sd.load_network("resnet20")
    at_most = layer_sqnr_db(sd.Designs.grid(adc_bits=5, **USEFUL), network)[0]
    target = float(at_most.min() + at_most.max()) / 2
    designs = sd.Designs.grid(adc_rule=["fixed", "per_layer"], adc_sqnr_target_db=target, adc_bits=5, **USEFUL)
    missed = int((at_most < target).sum())
    assert 0 < missed < network.n_layers
    evaluation = sd.evaluate(network, designs)
    assert evaluation.notes["sqnr_target"].tolist() == [False, True]
    assert f"{missed} of them miss {target:g} dB at their most bits" in evaluation.explain(1)
    assert converter_bits(designs.take([1]), network).bits[0][at_most < target].tolist() == [5] * missed
    reached = sd.Designs.grid(adc_rule="per_layer", adc_sqnr_target_db=at_most.min() - 1e-6, adc_bits=5, **USEFUL)
    assert "sqnr_target" not in sd.evaluate(network, reached).notes


# --- laws ------------------------------------------------------------------------------------------------------------


def test_bits_of_all_layers_are_those_of_the_converters_bit_for_bit():
    plain, named = columns("resnet20", adc_bits=6), columns("resnet20", adc_bits=6, adc_bits_first_last=6)
    for name, values in plain.items():
        np.testing.assert_array_equal(named[name], values, err_msg=name)


@pytest.mark.parametrize("more", [{}, {"adc_kind": "flash"}, {"read_mode": "row_by_row"}, {"cell": "digital_cim"}])
def test_a_target_that_needs_all_bits_changes_nothing(more):
    plain = columns("resnet20", adc_bits=7, **more)
    chosen = columns("resnet20", adc_bits=7, adc_rule="per_layer", adc_sqnr_target_db=60, **more)
    for name, values in plain.items():
        np.testing.assert_allclose(chosen[name], values, rtol=1e-12, err_msg=name)


def test_converters_are_made_for_the_most_bits():
    made = columns(adc_bits=8)
    for more in ({"adc_bits": 8, "adc_bits_first_last": 4}, {"adc_bits": 4, "adc_bits_first_last": 8},
                 {"adc_bits": 8, "adc_rule": "per_layer", **USEFUL}):  # fmt: skip
        own = columns(**more)
        reference = columns(adc_bits=8, **USEFUL) if "adc_rule" in more else made
        np.testing.assert_array_equal(own["area_mm2"], reference["area_mm2"])
        np.testing.assert_array_equal(own["cost_usd"], reference["cost_usd"])


def test_a_lower_target_takes_no_more_time_and_energy_and_has_no_higher_sqnr():
    targets = [60.0, 50.0, 30.0, 15.0, 5.0]
    found = columns("resnet20", adc_bits=8, adc_rule="per_layer", adc_sqnr_target_db=targets, **PLAIN, **USEFUL)
    for name in ("latency_ms", "energy_mj", "sqnr_db"):
        assert np.all(np.diff(found[name]) <= 0)
    assert found["latency_ms"][-1] < 0.7 * found["latency_ms"][0]


def test_designs_of_both_plans_and_both_kinds_have_the_figures_of_each_alone():
    rng = np.random.default_rng(3)
    designs = sd.Designs.from_columns({
        "adc_rule": rng.choice(["fixed", "per_layer"], 16), "adc_bits_first_last": rng.choice([0, 5, 7], 16),
        "adc_bits": rng.choice([5, 7], 16), "kind_b": rng.random(16) < 0.5, "kind_b_adc_bits": rng.choice([6, 7], 16),
        "adc_range": rng.choice(["full_scale", "calibrated"], 16), "split_share": rng.random(16),
        "adc_sqnr_target_db": rng.choice([10.0, 40.0], 16), "n_chiplets": rng.choice([0, 30], 16),
        "duplication": rng.choice(["serial", "pipeline"], 16),
    })  # fmt: skip
    together = sd.evaluate("lenet5", designs).columns(OUTPUT_COLUMNS)
    alone = [sd.evaluate("lenet5", designs.take([i])).columns(OUTPUT_COLUMNS) for i in range(16)]
    for name, values in together.items():
        np.testing.assert_array_equal(values, np.concatenate([one[name] for one in alone]), err_msg=name)


def test_each_kind_has_the_bits_of_its_own_layers():
    own = {"kind_b": True, "kind_b_adc_bits": 5, "split_share": 0.6, "adc_bits": 7}
    two = by_layer("resnet20", adc_rule="per_layer", kind_b_crossbar_size=64, **own, **USEFUL)
    a = by_layer("resnet20", adc_rule="per_layer", adc_bits=7, **USEFUL)
    b = by_layer("resnet20", adc_rule="per_layer", adc_bits=5, crossbar_size=64, **USEFUL)
    kept = sd.evaluate("resnet20", sd.Designs.grid(kind_b_crossbar_size=64, **own))["kind_b_layers"][0]
    on_b = two.index >= len(two) - kept
    assert 0 < on_b.sum() < len(two)
    for name in ("adc_bits", "crossbar_latency_ms", "crossbar_adc_mj"):
        np.testing.assert_allclose(two[name], np.where(on_b, b[name], a[name]), rtol=1e-12, err_msg=name)


def test_explain_says_the_bits():
    said = sd.evaluate("lenet5", sd.Designs.grid(adc_bits=7, adc_bits_first_last=8)).explain()
    assert "Converters run at 7 bits in 3, 8 bits in 2 layer(s)." in said
    assert "Converters run" not in sd.evaluate("lenet5").explain()


def test_layers_that_are_wanted_are_worked_out_as_all_are():
    network = sd.load_network("resnet20")
    designs = sd.Designs.grid(adc_bits=[3, 7], crossbar_size=[64, 256], bias_correction=[False, True])
    bits = np.random.default_rng(0).integers(2, 9, (len(designs), network.n_layers))
    every, wanted = layer_sqnr_db(designs, network, bits), bits > 4
    some = layer_sqnr_db(designs, network, bits, wanted)
    assert wanted.any()
    assert not wanted.all()
    np.testing.assert_array_equal(some, np.where(wanted, every, 0))
    for own in range(2, 9):  # layers that run at the same bits beside others
        alone = layer_sqnr_db(designs, network, np.full(bits.shape, own))
        np.testing.assert_array_equal(every[bits == own], alone[bits == own])
