"""Copies and transfers by compiled loops are those of the arrays."""

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import siam_dse as sd
from siam_dse.mapping import duplication, partition, traffic
from siam_dse.mapping.place import map_network
from siam_dse.mapping.traffic import Transfers, kept_values, transfers_of_values
from siam_dse.workload.load import zoo_names

sys.path.insert(0, str(Path(__file__).parent.parent / "system"))
from system_cases import random_designs

pytest.importorskip("numba")


def both_ways(monkeypatch, module, work):
    """What ``work`` returns by the loops of a module and by its arrays."""
    found = []
    for by_loop in (True, False):
        monkeypatch.setattr(module, "takes_loop", lambda *_, by_loop=by_loop: by_loop)
        found.append(work())
    return found


@pytest.mark.parametrize("rule", ["serial", "pipeline"])
@pytest.mark.parametrize("name", ["resnet50", "vgg8", "densenet40", "lenet5", "vit_b16"])
def test_loops_find_the_same_copies(monkeypatch, name, rule):
    designs, network = random_designs(400, seed=len(name), duplication=rule), sd.load_network(name)
    found = both_ways(monkeypatch, duplication, lambda: map_network(designs, network).copies)
    assert_array_equal(*found)
    assert (found[0].max(axis=1) > 1).sum() > 100


def test_a_hand_count(monkeypatch):
    # layers of 1 and 2 tiles and 100 and 50 positions, one chiplet of 8 tiles: weights 10 and 5, so 4 copies and 2 fill
    # all 4 + 4 tiles
    monkeypatch.setattr(duplication, "takes_loop", lambda *_: True)
    designs = sd.Designs.grid(duplication="serial", tiles_per_chiplet=8, n_chiplets=1)
    copies = duplication.copies_per_layer(designs, np.array([[1, 2]]), np.array([100, 50]), np.array([1]))
    assert_array_equal(copies, [[4, 2]])


@pytest.mark.parametrize("name", zoo_names())
def test_loops_find_the_same_transfers(monkeypatch, name):
    designs, network = random_designs(40, seed=len(name)), sd.load_network(name)
    mapping = map_network(designs, network)
    found = both_ways(monkeypatch, traffic, lambda: transfers_of_values(designs, network, mapping))
    for field in Transfers.__dataclass_fields__:
        assert_array_equal(*(getattr(each, field) for each in found), err_msg=field)
    assert found[0].crosses.any()


@pytest.mark.parametrize("name", zoo_names())
def test_loops_find_the_same_kept_values(monkeypatch, name):
    network = sd.load_network(name)
    mapping = map_network(random_designs(40, seed=len(name)), network)
    assert_array_equal(*both_ways(monkeypatch, traffic, lambda: kept_values(network, mapping)))


def test_loops_find_the_same_places(monkeypatch):
    rng = np.random.default_rng(0)
    tiles, capacity = rng.integers(1, 60, (300, 54)), rng.choice([1, 4, 9, 16, 25, 36, 64, 100], 300)

    def places():
        return [*vars(partition.partition(tiles, capacity)).values(), partition.chiplets_filled(tiles, capacity)]

    found = both_ways(monkeypatch, partition, places)
    for looped, by_arrays in zip(*found, strict=True):
        assert_array_equal(looped, by_arrays)
        assert looped.dtype == by_arrays.dtype
