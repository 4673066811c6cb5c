"""Parts on keys of their own, restricted views, and terms against values expanded to every design."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.core.declare import ENERGY, Engine, Part, Term
from siam_dse.core.errors import InputError
from siam_dse.core.plan import Plan
from siam_dse.design.designs import Designs
from siam_dse.design.keys import Ranks
from siam_dse.design.view import UndeclaredFieldError
from siam_dse.system.compose import Composition
from siam_dse.system.plan import PACKAGED
from siam_dse.system.results import Results
from siam_dse.system.sums import Sums

NETWORK = SimpleNamespace(n_layers=5)


@dataclass(frozen=True)
class Figures:
    values: np.ndarray


def designs(n=200):
    rng = np.random.default_rng(2)
    columns = {"n_chiplets": rng.choice([4, 9, 16], n), "adc_bits": rng.choice([5, 6, 7], n),
               "nop_bandwidth_gbps": rng.choice([20.0, 40.0, 160.0], n)}  # fmt: skip
    return Designs.from_columns(columns)


def layered(view, network):
    return Figures(np.sin(np.outer(view.n_chiplets * view.adc_bits, 1 + np.arange(network.n_layers))) + 2)


PARTS = (
    Part("bits", layered, ("n_chiplets", "adc_bits")),
    Part("weight", lambda v, n: Figures(np.cos(np.outer(v.n_chiplets, np.arange(n.n_layers))) + 2), ("n_chiplets",)),
    Part("per_bit", lambda v, n: Figures(1 / v.nop_bandwidth_gbps), ("nop_bandwidth_gbps",), apart=True),
    Part("side", lambda v, n, bits: Figures(np.ceil(bits.at(bits.record.values).sum(axis=1))), needs=("bits",)),
    Part("by_side", lambda v, n, values: Figures(values * v.adc_bits), ("adc_bits",), values=("side.values",)),
)
TERMS = (Term(ENERGY, ("bits.values", "per_bit.values")), Term(ENERGY, ("bits.values", "design.adc_bits")))
PLAN = Plan([Engine("test", "test", parts=PARTS, terms=TERMS)])


@pytest.fixture
def batch():
    return designs()


def expected(batch):
    bits = layered(batch, NETWORK).values
    return bits, bits / batch.nop_bandwidth_gbps[:, None] + bits * batch.adc_bits[:, None]


def test_terms_are_products_of_figures_summed_over_layers(batch):
    sums = Sums(Results(PLAN, NETWORK, Ranks(batch)), "fast")
    _, energy = expected(batch)
    assert_allclose(Composition(sums).by_layer(ENERGY), energy, rtol=1e-14, atol=0)
    assert_allclose(Composition(sums).total(ENERGY), energy.sum(axis=1), rtol=1e-14, atol=0)
    assert_array_equal(Composition(sums, slice(7, 30)).total(ENERGY), Composition(sums).total(ENERGY)[7:30])


def test_a_weight_multiplies_each_layer(batch):
    sums = Sums(Results(PLAN, NETWORK, Ranks(batch)), "fast")
    weight = np.cos(np.outer(batch.n_chiplets, np.arange(5))) + 2
    _, energy = expected(batch)
    found = Composition(sums)._summed(("test",), ENERGY, "weight.values")
    assert_allclose(found, (energy * weight).sum(axis=1), rtol=1e-14, atol=0)


def test_each_part_is_computed_once_a_combination_of_its_fields(batch):
    results = Results(PLAN, NETWORK, Ranks(batch))
    assert [len(results.key(name)) for name in ("bits", "weight", "per_bit", "side")] == [9, 3, 3, 9]
    bits, _ = expected(batch)
    assert_array_equal(results.figure("bits.values").gathered(slice(None)), bits)
    by_side = results.figure("by_side.values")
    assert len(by_side.key) == len(np.unique(np.stack([np.ceil(bits.sum(axis=1)), batch.adc_bits]), axis=1).T)
    assert_array_equal(by_side.gathered(slice(None)), np.ceil(bits.sum(axis=1)) * batch.adc_bits)


def test_a_field_that_is_not_declared_cannot_be_read(batch):
    careless = Engine("test", "test", parts=(Part("bits", layered, ("adc_bits",)),))
    with pytest.raises(UndeclaredFieldError, match="part 'bits' reads field 'n_chiplets', which it does not declare"):
        Results(Plan([careless]), NETWORK, Ranks(batch)).record("bits")


def test_every_packaged_part_names_what_exists():
    names = [part.name for engine in PACKAGED for part in engine.parts]
    assert len(names) == len(set(names))
    known = set(Designs.__dataclass_fields__)
    for engine in PACKAGED:
        for part in engine.parts:
            assert set(part.fields) <= known, part.name


def test_names_that_lead_nowhere_are_refused_together():
    lost = Engine("lost", "lost", parts=(Part("a", layered, needs=("b",)), Part("a", layered)),
                  terms=(Term(ENERGY, ("c.values",)),))  # fmt: skip
    with pytest.raises(InputError) as refused:
        Plan([lost])
    for text in ("'a' is declared twice", "unknown part 'b'", "unknown part 'c'"):
        assert text in str(refused.value)
