"""What is known of earlier designs: the figures of later ones are those of a batch, byte for byte, and few are kept."""

import pickle
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import siam_dse as sd
from siam_dse.core.declare import Engine, Part
from siam_dse.core.plan import Plan
from siam_dse.design.designs import Designs
from siam_dse.runs.spaces import load_space
from siam_dse.system.columns import OUTPUT_COLUMNS
from siam_dse.system.known import _MOST, KnownParts, known_parts
from siam_dse.system.plan import numbered
from siam_dse.technology.technology import Technology

COLUMNS = ("latency_ms", "energy_mj", "area_mm2", "accuracy_loss_pct", "cost_usd", "throughput_ips")


@dataclass(frozen=True)
class Bits:
    bits: np.ndarray


PLAN = Plan([Engine("test", "test", parts=(Part("bits", lambda view, network: Bits(view.adc_bits), ("adc_bits",)),))])


@pytest.mark.parametrize(("name", "space"), [("resnet20", "siam"), ("resnet20", "full"), ("deit_t", "full")])
def test_one_after_another_designs_have_the_figures_of_the_batch(name, space):
    own = load_space(space)
    designs = own.designs_at(np.random.default_rng(3).integers(0, own.size, 40))
    names = [each for each in OUTPUT_COLUMNS if each != "feasible"]
    batch = sd.evaluate(sd.load_network(name), designs)
    expected, network = batch.columns(names), sd.load_network(name)
    for i in [*range(len(designs)), 7, 7, 3]:
        one = sd.evaluate(network, designs.take([i]))
        for each, values in one.columns(names).items():
            assert values[0].tobytes() == expected[each][i].tobytes(), (each, i)
        assert one.feasible[0] == batch.feasible[i]


def test_a_part_is_computed_once_for_designs_alike_in_its_fields():
    known, computed = KnownParts(PLAN), []
    for bits, size in ((5, 64), (6, 64), (5, 128), (6, 256), (5, 64)):
        design = Designs.grid(adc_bits=bits, crossbar_size=size)

        def compute(part, design=design):
            computed.append(part)
            return Bits(design.adc_bits)

        assert known.of(design).of("bits", compute).bits.tolist() == [bits]
    assert computed == ["bits", "bits"]


def test_another_technology_shares_nothing():
    network = sd.load_network("lenet5")
    own = sd.evaluate(network, Designs.grid())["energy_mj"]
    other = sd.evaluate(network, technology=Technology.load("rram_wan2022"))["energy_mj"]
    assert other[0] != own[0]
    assert_array_equal(sd.evaluate(network, Designs.grid())["energy_mj"], own)


def test_the_latest_are_kept():
    network = pickle.loads(pickle.dumps(sd.load_network("lenet5")))
    for bandwidth in np.linspace(20, 900, _MOST + 20):
        sd.evaluate(network, Designs.grid(nop_bandwidth_gbps=float(bandwidth)))["latency_ms"]
    records = known_parts(network, numbered(np.zeros(1))).records
    lengths = {part: len(kept) for part, kept in records.items() if kept}
    assert lengths["mapping"] == lengths["crossbar"] == 1
    assert max(lengths.values()) == _MOST


def test_an_evaluated_network_travels_as_it_was_loaded():
    network = sd.load_network("lenet5")
    fresh = len(pickle.dumps(network))
    expected = sd.evaluate(network, Designs.grid()).columns(COLUMNS)
    sent = pickle.dumps(network)
    assert len(sent) == fresh
    found = sd.evaluate(pickle.loads(sent), Designs.grid()).columns(COLUMNS)
    assert all(found[name].tobytes() == expected[name].tobytes() for name in COLUMNS)
