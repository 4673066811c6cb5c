"""DRAM of random designs against the scalar twin, to 1e-9: streams from nothing to gigabytes."""

import random

import pytest
from twin import dram, package_engines
from twin.agreement import assert_agree
from twin.random_designs import random_designs

FIGURES = ("latency_s", "energy_j", "weight_load_s", "weight_load_j", "spill_s")


@pytest.mark.parametrize(("n", "seed"), [(16, 1), pytest.param(200, 2, marks=pytest.mark.slow)])
def test_loads_and_spills_agree_with_the_twin(n, seed):
    plain, draw = random_designs(n, seed), random.Random(seed)
    weights = [round(10 ** draw.uniform(0, 9)) for _ in plain]
    spilled = [draw.choice([0.0, 1.0, 10 ** draw.uniform(2, 7)]) for _ in plain]
    _compare(plain, weights, spilled)


def test_streams_beyond_the_followed_events_agree_with_the_twin():
    plain = random_designs(6, 3)
    _compare(plain, [10**11] * len(plain), [0.0] * len(plain))


def _compare(plain, weights, spilled):
    found = package_engines.dram(plain, weights, spilled)
    for i, d in enumerate(plain):
        wanted = {name: found[name][i] for name in FIGURES}
        assert_agree(dram.cost(d, weights[i], spilled[i]), wanted, f"design {i}: {weights[i]} bits, {d}")
