"""The loosest value of a field or constant that still meets targets."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from siam_dse.core.errors import InputError
from siam_dse.design.designs import Designs
from siam_dse.design.space import Constraint
from siam_dse.search import require
from siam_dse.search.require import border, requirements
from siam_dse.system.evaluate import evaluate
from siam_dse.technology.ranges import scaled
from siam_dse.technology.technology import packaged_technology
from siam_dse.workload.load import load_network

LOSS = Constraint("accuracy_loss_pct", "<=", 2.0)


@pytest.fixture(scope="module")
def lenet():
    return load_network("lenet5")


def loss(network, **values):
    return evaluate(network, Designs.grid(**values)).column("accuracy_loss_pct")


def test_the_border_is_where_the_target_is_just_met(lenet):
    (found,) = requirements(lenet, Designs.grid(), [LOSS], ["cell_sigma"])
    assert found.meets
    assert found.low is None  # a device without variation is fine
    at, beyond = loss(lenet, cell_sigma=[found.high, found.high * 1.001])
    assert at <= 2 < beyond


def test_whole_numbers_are_whole_and_the_next_one_fails(lenet):
    (found,) = requirements(lenet, Designs.grid(), [LOSS], ["adc_bits"])
    few, enough = loss(lenet, adc_bits=[int(found.low) - 1, int(found.low)])
    assert found.low == int(found.low)
    assert enough <= 2 < few


def test_a_constant_is_a_factor_on_its_value(lenet):
    nominal = evaluate(lenet, Designs.grid()).column("energy_mj")[0]
    target = Constraint("energy_mj", "<=", 1.1 * nominal)
    (found,) = requirements(lenet, Designs.grid(), [target], ["adc.sar_power"])
    assert found.low is None
    technology = scaled(packaged_technology(), {"adc.sar_power": found.high})
    reached = evaluate(lenet, Designs.grid(), technology=technology).column("energy_mj")[0]
    assert_allclose(reached, 1.1 * nominal, rtol=1e-4, atol=0)


def test_what_nothing_meets_and_what_everything_meets(lenet):
    never, always = Constraint("latency_ms", "<=", 0.0), Constraint("latency_ms", "<=", 1e9)
    (nothing,) = requirements(lenet, Designs.grid(), [never], ["cell_sigma"])
    (anything,) = requirements(lenet, Designs.grid(), [always], ["cell_sigma"])
    assert not nothing.meets
    assert (anything.meets, anything.low, anything.high) == (True, None, None)


def test_the_trade_off_of_two_follows_from_one_at_a_time(lenet, monkeypatch):
    monkeypatch.setattr(require, "_POINTS", 17)
    along, low, high = border(lenet, Designs.grid(), [LOSS], "cell_sigma", "adc_bits")
    met = np.flatnonzero(np.isfinite(low))
    one = float(along[met[len(met) // 2]])
    (alone,) = requirements(lenet, Designs.grid(cell_sigma=[one]), [LOSS], ["adc_bits"])
    assert low[met[len(met) // 2]] == alone.low
    assert (np.diff(low[met]) >= 0).all()  # more variation never needs fewer bits
    assert (high[met] >= low[met]).all()


def test_what_cannot_be_freed(lenet):
    for name, part in (("cell", "is a choice"), ("wheels", "unknown field or constant")):
        with pytest.raises(InputError, match=part):
            requirements(lenet, Designs.grid(), [LOSS], [name])
    with pytest.raises(InputError, match="needs one design, got 2"):
        requirements(lenet, Designs.grid(adc_bits=[5, 6]), [LOSS], ["cell_sigma"])


def test_a_constant_is_tried_within_its_bounds(lenet):
    """A share of zeros among the inputs of 0.5 would be 8 at sixteen times; it may be 0.999."""
    always = Constraint("latency_ms", "<=", 1e9)
    names = ["accuracy.activation_sparsity", "packages.bond_yield", "accuracy.reference_bits", "adc.sar_cycle"]
    found = requirements(lenet, Designs.grid(), [always], names)
    assert [(each.low, each.high) for each in found] == [(None, None)] * len(names)


@pytest.mark.parametrize("has_overlay", [False, True])
def test_a_figure_below_0_meets_no_target_with_an_overlay_and_without(lenet, monkeypatch, has_overlay):
    """With one, an evaluation is refused as a whole; without, the figure is as it comes out."""
    packaged = packaged_technology().constants("adc")["sar_cycle"]

    def below_0(network, designs):
        factor = designs.technology.constants("adc")["sar_cycle"] / packaged
        is_below = (designs.cell_sigma > 0.1) | (factor > 2)
        if has_overlay and is_below.any():
            raise InputError("mine.yaml", "a figure of these designs is no number under it")
        rules = dict.fromkeys(require.VIOLATION_RULES, np.zeros(len(designs)))
        return SimpleNamespace(violations=rules, columns=lambda _: {"energy_mj": np.where(is_below, -1.0, 1.0)})

    monkeypatch.setattr(require, "evaluate", below_0)
    cheap = Constraint("energy_mj", "<=", 2.0)
    sigma, cycle = requirements(lenet, Designs.grid(), [cheap], ["cell_sigma", "adc.sar_cycle"])
    assert (sigma.low, cycle.low) == (None, None)
    assert_allclose([sigma.high, cycle.high], [0.1, 2.0], rtol=1e-4)
    assert sigma.high <= 0.1
    (none,) = requirements(lenet, Designs.grid(cell_sigma=[0.2]), [Constraint("energy_mj", "<=", -2.0)], ["cell_sigma"])
    assert not none.meets


def test_a_key_of_a_table_is_nothing_that_can_be_freed(lenet):
    """Nothing would meet the targets, as there is no such node at any factor."""
    with pytest.raises(InputError, match=r"unknown field or constant 'nodes\.node_nm'"):
        requirements(lenet, Designs.grid(), [LOSS], ["nodes.node_nm"])
