"""A short part of ``make fuzz``: the same inputs on every machine."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siam_dse.workload.load import load_network
from tests.fuzz.designs import check_designs, random_designs
from tests.fuzz.targets import HEADER, OVERLAY, TARGETS, outcome

INPUTS = 25
BY_NAME = {target.name: target for target in TARGETS}
SCALARS = st.one_of(st.text(max_size=12), st.integers(-(10**45), 10**45), st.floats(), st.booleans(), st.none())


@pytest.mark.parametrize("name", BY_NAME)
def test_a_strangers_file_is_taken_or_refused_in_one_message(name, tmp_path):
    if name == "onnx":
        pytest.importorskip("onnx")
    target, rng = BY_NAME[name], random.Random(name)
    seeds = target.seeds()
    assert outcome(target, seeds[0], tmp_path) == "taken"
    for _ in range(INPUTS):
        outcome(target, target.mutant(rng.choice(seeds), rng, seeds), tmp_path)


@settings(max_examples=60)
@given(name=st.sampled_from(["adc_bits", "cell", "node_nm", "crossbar_size", "=x", ""]), value=SCALARS)
def test_settings_of_any_value(tmp_path_factory, name, value):
    content = f"{name}={value}".encode("utf-8", "surrogatepass")
    outcome(BY_NAME["settings"], content, tmp_path_factory.getbasetemp())


@settings(max_examples=40)
@given(cells=st.lists(SCALARS, min_size=6, max_size=6))
def test_designs_of_any_cells(tmp_path_factory, cells):
    content = f"{HEADER}{','.join(map(str, cells))}\n".encode("utf-8", "surrogatepass")
    outcome(BY_NAME["csv designs"], content, tmp_path_factory.getbasetemp())


@settings(max_examples=40)
@given(value=SCALARS)
def test_overlays_of_any_value(tmp_path_factory, value):
    content = OVERLAY.replace("0.8", repr(value)).encode("utf-8", "surrogatepass")
    outcome(BY_NAME["overlay"], content, tmp_path_factory.getbasetemp())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lenet5", "ds_cnn_kws"])
def test_random_designs_have_finite_figures(name):
    check_designs(load_network(name), random_designs(150, np.random.default_rng(1)))
