"""Copies are taken where they help: never slower than without, the fastest of few ways, whatever the batch."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from system_cases import random_designs

import siam_dse as sd
from siam_dse.design.fields import code
from siam_dse.system.columns import OUTPUT_COLUMNS

SQUARES = (4, 9, 16, 25, 49)  # of chiplets that copies may fill, beside all and those needed
NO_COPIES_OR_BEST = ({"copy_chiplets": 0}, {"duplication": code("duplication", "none")})
SLOWNESS = {"serial": lambda e: e.column("latency_ms"), "pipeline": lambda e: 1 / e.column("pipelined_throughput_ips")}


def slowness(network, designs, rule, **fields):
    """Slowness of the designs with some fields changed, (D,)."""
    changed = {name: np.full(len(designs), value) for name, value in fields.items()}
    return SLOWNESS[rule](sd.evaluate(network, replace(designs, **changed)))


@pytest.mark.parametrize("rule", SLOWNESS)
@pytest.mark.parametrize("name", ["resnet20", pytest.param("densenet40", marks=pytest.mark.slow)])
def test_the_fastest_of_few_ways(name, rule):
    # Without copies, in the chiplets needed anyway (1), in all of them, and in as many as make a square.
    network, designs = sd.load_network(name), random_designs(200, 10, duplication=rule, chiplet_style="homogeneous")
    best, none = (slowness(network, designs, rule, **way) for way in NO_COPIES_OR_BEST)
    needed, *squares, whole = (slowness(network, designs, rule, copy_chiplets=n) for n in (1, *SQUARES, 4096))
    assert_array_equal(best, np.min([none, needed, *squares, whole], axis=0))
    fewest, between = np.minimum(none, needed), np.min(squares, axis=0)
    assert np.any(none < np.minimum(needed, np.minimum(between, whole)))
    assert np.any(needed < np.minimum(none, whole))
    assert np.any(between < np.minimum(fewest, whole))


def test_pipelined_copies_over_a_narrow_link_are_left_out():
    # Layers that copies drive apart meet over 8 Gb/s: 6961 images a second instead of 8895.
    designs = sd.Designs.grid(
        crossbar_rows=32, columns_per_adc=1, nop_bandwidth_gbps=8, duplication="pipeline", copy_chiplets=[0, 4096]
    )
    evaluation = sd.evaluate(sd.load_network("resnet20"), designs)
    best, whole = evaluation.column("pipelined_throughput_ips")
    assert best > 1.2 * whole
    assert evaluation.by_layer(0)["copies"].max() == 1
    assert evaluation.by_layer(1)["copies"].max() > 1


def test_copies_that_pay_fill_the_package():
    designs = sd.Designs.grid(n_chiplets=100, copy_chiplets=[0, 4096])
    evaluation = sd.evaluate(sd.load_network("resnet50"), designs)
    for name in OUTPUT_COLUMNS:
        values = evaluation.column(name)
        assert_array_equal(values[0], values[1])


def test_a_custom_package_is_filled():
    designs = random_designs(200, 6, duplication="serial", chiplet_style="custom", n_chiplets=17)
    network = sd.load_network("resnet20")
    whole = sd.evaluate(network, replace(designs, copy_chiplets=np.full(200, 4096)))
    best = sd.evaluate(network, replace(designs, copy_chiplets=np.zeros(200, dtype=np.int64)))
    assert_array_equal(best.violations["spare_custom"], whole.violations["spare_custom"])


@pytest.mark.slow
def test_decisions_do_not_depend_on_the_designs_beside(monkeypatch):
    network, designs = sd.load_network("resnet20"), random_designs(120, 8, copy_chiplets=0)
    whole = sd.evaluate(network, designs).to_frame()
    for part in (np.arange(0, 120, 3), [7]):
        some = sd.evaluate(network, designs.take(part)).to_frame()
        for name in OUTPUT_COLUMNS:
            assert_array_equal(some[name], whole[name].to_numpy()[part])
    monkeypatch.setattr("siam_dse.system.batch._LAYER_VALUES_PER_PART", 9 * network.n_layers)
    parts = sd.evaluate(network, designs)
    assert_array_equal(parts.column("latency_ms"), whole["latency_ms"])


def test_the_fluid_level_has_the_copies_of_the_fast_one():
    network = sd.load_network("resnet20")
    designs = sd.Designs.grid(crossbar_rows=32, columns_per_adc=1, nop_bandwidth_gbps=8, duplication="pipeline")
    fast, fluid = (sd.evaluate(network, designs, noc_model=level) for level in ("fast", "fluid"))
    for name in ("tiles", "chiplets_used", "area_mm2"):
        assert_array_equal(fast.column(name), fluid.column(name))
