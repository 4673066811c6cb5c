"""Compiled loops and arrays give the same figures bit for bit, on every network and over every field."""

import sys
from zlib import crc32

import pytest
from numpy.testing import assert_array_equal
from system_cases import random_designs

import siam_dse as sd
from siam_dse.system.columns import OUTPUT_COLUMNS
from siam_dse.system.evaluate import Evaluation
from siam_dse.workload.load import zoo_names

pytest.importorskip("numba")


def columns(monkeypatch, network, designs, by_loop):
    """All output columns, by loops or by arrays."""
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "numba", sys.modules["numba"] if by_loop else None)
        evaluation = Evaluation(network, designs)
        return evaluation.columns(OUTPUT_COLUMNS) | dict(evaluation.violations)


def assert_same(monkeypatch, network, designs):
    by_loop, by_arrays = (columns(monkeypatch, network, designs, which) for which in (True, False))
    for name, values in by_arrays.items():
        assert_array_equal(by_loop[name], values, err_msg=name)


@pytest.mark.slow
@pytest.mark.parametrize("name", zoo_names())
def test_every_network_of_the_zoo(monkeypatch, name):
    assert_same(monkeypatch, sd.load_network(name), random_designs(4, seed=len(name)))


@pytest.mark.parametrize("name", ["resnet50", "densenet40", "vit_b16", "mobilenet_v2"])
def test_random_legal_values(monkeypatch, name):
    assert_same(monkeypatch, sd.load_network(name), random_designs(25, seed=crc32(name.encode())))  # others on each


def test_two_kinds_of_chiplets(monkeypatch):
    designs = sd.Designs.grid(kind_b=True, split_share=[0.3, 0.6], kind_b_tiles_per_chiplet=[9, 25], n_chiplets=0)
    assert_same(monkeypatch, sd.load_network("resnet18"), designs)
