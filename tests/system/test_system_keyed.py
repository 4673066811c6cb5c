"""Values on keys of their own against values expanded to every design."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.design.designs import Designs
from siam_dse.system.keyed import Keyed
from siam_dse.system.keys import Ranks

MAPPED, LINKS = ("n_chiplets", "adc_bits"), ("nop_bandwidth_gbps",)


def ranks(n=200):
    rng = np.random.default_rng(2)
    columns = {"n_chiplets": rng.choice([4, 9, 16], n), "adc_bits": rng.choice([5, 6, 7], n),
               "nop_bandwidth_gbps": rng.choice([20.0, 40.0, 160.0], n)}  # fmt: skip
    return Ranks(Designs.from_columns(columns))


def test_a_scale_multiplies_what_its_key_says():
    batch, rng = ranks(), np.random.default_rng(3)
    traffic, link = batch.key(MAPPED), batch.key(LINKS)
    bits, weight = rng.uniform(1, 2, (len(traffic), 5)), rng.uniform(1, 2, (3, 5))
    per_bit = 1 / link.designs.nop_bandwidth_gbps
    part = Keyed(traffic, bits, Keyed(link, per_bit))
    expected = bits[traffic.gather] * per_bit[link.gather][:, None]
    assert_array_equal(part.gathered(), expected)
    assert_array_equal(part.gathered(slice(7, 30)), expected[7:30])
    assert_allclose(part.summed().gathered(), expected.sum(axis=1), rtol=1e-14, atol=0)
    chiplets = batch.key(MAPPED[:1])
    weighted = (expected * weight[chiplets.gather]).sum(axis=1)
    assert_allclose(part.summed(Keyed(chiplets, weight)).gathered(), weighted, rtol=1e-14, atol=0)
    both = batch.key((*MAPPED, *LINKS))
    assert_array_equal(part.on(both)[both.gather], expected)


def test_a_key_with_a_value_of_another_key():
    batch = ranks()
    mapped = batch.key(MAPPED)
    side = np.ceil(np.sqrt(mapped.designs.n_chiplets))
    key = batch.key_with(LINKS, mapped, side)
    assert len(key) == 3 * 3
    assert_array_equal(key.from_key(mapped, side)[key.gather], side[mapped.gather])
    assert_array_equal(key.designs.nop_bandwidth_gbps[key.gather], batch.designs.nop_bandwidth_gbps)
    assert batch.key_with(LINKS, mapped, np.ones(len(mapped))) is batch.key(LINKS)


def test_keys_that_differ_in_the_same_fields_are_one():
    batch = ranks()
    assert batch.key(("adc_bits", "cell", "weight_bits")) is batch.key(("weight_bits", "adc_bits"))
