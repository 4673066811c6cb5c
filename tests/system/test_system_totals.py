"""Totals of an evaluation: finite, made of their parts, and moving the way physics wants."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from system_cases import random_designs

import siam_dse as sd
from siam_dse.system.columns import OF_SEQUENCES, OUTPUT_COLUMNS
from siam_dse.system.plan import plan

ENGINES = plan().on_package
TOTALS = {"energy_mj": "energy_mj", "latency_ms": "latency_ms", "area_mm2": "area_mm2",
          "leakage_energy_mj": "leakage_energy_mj"}  # fmt: skip


@pytest.fixture(scope="module")
def network():
    return sd.load_network("resnet20")


@pytest.fixture(scope="module")
def evaluation(network):
    return sd.evaluate(network, random_designs(150, seed=1))


def test_every_figure_of_random_legal_designs_is_finite(evaluation):
    for name in OUTPUT_COLUMNS:
        values = evaluation.column(name)
        if name in OF_SEQUENCES:  # of which resnet20 is none
            assert np.isnan(values).all(), name
            continue
        assert np.isfinite(values).all(), name
        if name != "sqnr_db":
            assert (values >= 0).all(), name
    for name in ("latency_ms", "energy_mj", "area_mm2", "cost_usd"):
        assert (evaluation.column(name) > 0).all(), name


@pytest.mark.parametrize("quantity", TOTALS)
def test_engines_add_up_to_totals(evaluation, quantity):
    parts = sum(evaluation.column(f"{engine}_{quantity}") for engine in ENGINES)
    assert_allclose(parts, evaluation.column(TOTALS[quantity]), rtol=1e-12, atol=0)


def test_dynamic_and_leakage_add_up(evaluation):
    parts = evaluation.column("dynamic_energy_mj") + evaluation.column("leakage_energy_mj")
    assert_allclose(parts, evaluation.column("energy_mj"), rtol=1e-12, atol=0)


def test_the_long_table_has_the_same_figures(evaluation):
    table = evaluation.by_engine()
    for quantity, total in TOTALS.items():
        by_design = table.groupby("design")[quantity].sum().to_numpy()
        assert_allclose(by_design, evaluation.column(total), rtol=1e-12, atol=0)


def test_layers_add_up_to_the_totals_of_a_serial_schedule(network):
    designs = random_designs(12, seed=2, schedule="serial", weights="resident")  # components leave out writes
    evaluation = sd.evaluate(network, designs)
    for i in range(len(designs)):
        layers = evaluation.by_layer(i)
        for engine in ENGINES:
            latency = layers[f"{engine}_latency_ms"].sum()
            assert_allclose(latency, evaluation.column(f"{engine}_latency_ms")[i], rtol=1e-9, atol=1e-300)
        dynamic = sum(layers[f"{engine}_dynamic_energy_mj"].sum() for engine in ENGINES)
        assert_allclose(dynamic, evaluation.column("dynamic_energy_mj")[i], rtol=1e-9, atol=0)
        components = [name for name in layers if name.startswith("crossbar_") and name.endswith("_mj")]
        components.remove("crossbar_dynamic_energy_mj")
        assert_allclose(layers[components].sum(axis=1), layers["crossbar_dynamic_energy_mj"], rtol=1e-12, atol=0)


def test_the_dram_counts_when_asked_for(network):
    designs = random_designs(30, seed=3)
    without, with_dram = sd.evaluate(network, designs), sd.evaluate(network, designs, include_dram=True)
    for total, part in (("energy_mj", "dram_energy_mj"), ("latency_ms", "dram_latency_ms")):
        expected = without.column(total) + without.column(part)
        assert_allclose(with_dram.column(total), expected, rtol=1e-12, atol=0)
    assert_array_equal(with_dram.column("tops_per_w"), without.column("tops_per_w"))


def column(network, name, **axes):
    return sd.evaluate(network, sd.Designs.grid(**axes)).column(name)


def test_more_of_a_resource_helps_what_it_is_for(network):
    bandwidth = [20, 40, 80, 160, 320, 640]
    latency = column(network, "nop_latency_ms", nop_bandwidth_gbps=bandwidth, tiles_per_chiplet=4)
    assert (np.diff(latency) < 0).all()
    chiplets = column(network, "latency_ms", n_chiplets=[4, 9, 16, 25], tiles_per_chiplet=16)
    assert (np.diff(chiplets) < 0).all()
    width = column(network, "noc_latency_ms", noc_width_bits=[8, 16, 32, 64])
    assert (np.diff(width) < 0).all()
    bits = column(network, "crossbar_energy_mj", adc_bits=[3, 4, 5, 6, 7, 8, 9])
    assert (np.diff(bits) > 0).all()
    larger = column(network, "crossbar_area_mm2", node_nm=[22, 32, 45, 65], n_chiplets=4)
    assert (np.diff(larger) > 0).all()


def test_gated_tiles_leak_less_and_spare_chiplets_cost(network):
    leak = column(network, "leakage_energy_mj", idle_power=["gated", "always_on"], roadmap="hp", n_chiplets=16)
    assert leak[0] < leak[1]
    two = sd.evaluate(network, sd.Designs.grid(n_chiplets=[16, 25], duplication="none"))
    for name in ("area_mm2", "cost_usd"):
        assert two.column(name)[1] > two.column(name)[0]
    assert_allclose(two.column("crossbar_area_mm2") / [16, 25], [two.column("crossbar_area_mm2")[0] / 16] * 2,
                    rtol=1e-12, atol=0)  # fmt: skip


def test_copies_divide_compute_time_but_not_energy(network):
    both = sd.evaluate(network, sd.Designs.grid(duplication=["none", "serial"], n_chiplets=16))
    compute, energy = both.column("crossbar_latency_ms"), both.column("crossbar_energy_mj")
    leak = both.column("crossbar_leakage_energy_mj")
    assert compute[1] < compute[0] / 3
    assert_allclose(energy[1] - leak[1], energy[0] - leak[0], rtol=1e-12, atol=0)


def test_the_pipeline_is_as_fast_as_its_slowest_layer(network):
    evaluation = sd.evaluate(network, sd.Designs.grid())
    layers = evaluation.by_layer(0)
    slowest = sum(layers[f"{engine}_latency_ms"] for engine in ENGINES).max()
    assert_allclose(evaluation.column("pipelined_throughput_ips"), 1e3 / slowest, rtol=1e-12, atol=0)


def test_the_monolithic_twin_has_the_tiles_one_buffer_and_the_host_port(network):
    evaluation = sd.evaluate(network, sd.Designs.grid(n_chiplets=[4, 16], tiles_per_chiplet=16))
    silicon = evaluation.column("area_mm2") - evaluation.column("nop_area_mm2")
    mono = evaluation.column("mono_area_mm2")
    port = 0.053045  # one PHY of 8 GRS lanes [mm2]
    assert (mono <= (silicon + port) * (1 + 1e-12)).all()  # equal dies hold what one would, whole banks apart
    one = sd.evaluate(network, sd.Designs.grid(n_chiplets=1, tiles_per_chiplet=64))
    assert_allclose(one.column("mono_area_mm2"), one.column("area_mm2"), rtol=1e-12, atol=0)
    assert_allclose(one.column("nop_area_mm2"), port, rtol=1e-12, atol=0)


def test_explanation_names_what_matters(network):
    evaluation = sd.evaluate(network, sd.Designs.grid(n_chiplets=1, tiles_per_chiplet=4, crossbar_size=1024))
    text = evaluation.explain(0)
    for part in ("resnet20", "mJ", "network on chip", "Infeasible, rule fits", "would fit", "crossbar_rows"):
        assert part in text


def test_a_die_beyond_the_reticle_and_a_weight_without_magnitude_break_rules(network):
    evaluation = sd.evaluate(network, sd.Designs.grid(tiles_per_chiplet=[16, 4096], n_chiplets=1))
    area = evaluation.column("die_area_mm2")
    assert_allclose(evaluation.violations["reticle"], [0, area[1] - 858], rtol=1e-9, atol=0)
    one_bit = sd.Designs.grid(weight_mapping=["offset", "differential"], weight_bits=[1, 2])
    assert_array_equal(sd.evaluate(network, one_bit).violations["differential_bits"], [0, 0, 1, 0])


def test_a_table_takes_fields_and_columns_by_name(network):
    evaluation = sd.evaluate(network, sd.Designs.grid(adc_bits=[5, 6]))
    table = evaluation.to_frame(columns=["adc_bits", "feasible", "latency_ms"])
    assert list(table["adc_bits"]) == [5, 6]
    assert list(table.columns[-2:]) == ["feasible", "latency_ms"]
    with pytest.raises(sd.SiamDseError, match="unknown column 'latency'; known: latency_ms"):
        evaluation.to_frame(columns=["latency"])
