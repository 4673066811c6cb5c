"""Gated parts never leak for longer than the inference; one more chiplet never makes the package smaller."""

from functools import cache

import numpy as np
import pytest

import siam_dse as sd
from siam_dse.engines.tile.buffers import bank_array
from siam_dse.engines.tile.library import design_library

NETWORKS = ("resnet20", "vgg8", "densenet40")
LEAKAGE = [f"{engine}_leakage_energy_mj" for engine in ("crossbar", "tile", "digital", "noc", "nop")]
load = cache(sd.load_network)


@pytest.mark.parametrize("name", ["squeezenet", "densenet40", "resnet20"])
def test_gating_never_adds_leakage(name):
    designs = sd.Designs.grid(
        idle_power=["gated", "always_on"],
        schedule=["serial", "branches"],
        chiplet_style=["homogeneous", "custom"],
        buffer_size=["lifetimes", "largest_map"],
        tiles_per_chiplet=[4, 36],
        buffer_kind="register",
    )
    evaluation = sd.evaluate(load(name), designs)
    on = np.array([designs.describe(i)["idle_power"] == "always_on" for i in range(len(designs))])
    for column, values in evaluation.columns(LEAKAGE).items():
        assert np.all(values[~on] <= values[on] * (1 + 1e-12)), column


def test_links_of_branches_are_powered_while_any_layer_uses_them():
    # serially the links are at work for the sum of all layers' time; branches need the same transfers
    designs = sd.Designs.grid(schedule=["serial", "branches"], tiles_per_chiplet=4, nop_link="ucie_advanced")
    columns = sd.evaluate(load("squeezenet"), designs).columns(["nop_leakage_energy_mj", "nop_latency_ms"])
    serial, branches = columns["nop_leakage_energy_mj"]
    assert columns["nop_latency_ms"][1] < columns["nop_latency_ms"][0]
    assert serial == branches > 0


@pytest.mark.parametrize("name", NETWORKS)
def test_one_more_equal_chiplet_adds_area(name):
    # all but whole banks: of n dies each may have almost a bank more than its share, of n + 1 dies none
    n, rng = 400, np.random.default_rng(1)
    levels = {
        "tiles_per_chiplet": [2, 4, 9, 16, 36],
        "crossbar_size": [64, 128, 256],
        "activation_bits": [2, 4, 8, 16],
        "buffer_kind": ["sram", "register"],
        "duplication": ["none", "serial", "pipeline"],
        "nop_link": ["grs", "siam", "ucie_advanced"],
    }
    columns = {"n_chiplets": rng.integers(1, 401, n)} | {each: rng.choice(found, n) for each, found in levels.items()}
    both = {each: np.concatenate([values, values]) for each, values in columns.items()}
    both["n_chiplets"][n:] += 1
    found = sd.evaluate(load(name), sd.Designs.from_columns(both)).columns(["area_mm2", "chiplets"])
    (few, more), (n_few, n_more) = (np.split(found[each], 2) for each in ("area_mm2", "chiplets"))
    rounding_mm2 = n_few * np.where(columns["buffer_kind"] == "sram", bank_mm2("sram"), bank_mm2("register"))
    assert np.all(np.where(n_more > n_few, more >= few - rounding_mm2, more == few))


@cache
def bank_mm2(buffer_kind):
    """Area of a bank of 128 x 128 bits."""
    library = design_library(sd.Designs.grid())
    return float(bank_array(library, 128.0, np.array([buffer_kind == "sram"])).bank.area_m2[0]) * 1e6
