"""Products in SRAM crossbars: rounds, writes and reads counted by hand, and the same reads of a weight layer."""

from functools import cache

import pytest
from numpy.testing import assert_allclose

import siam_dse as sd
from siam_dse.workload.yaml_reader import parse_network

# 12 heads of 64, 4 heads of keys and values, 300 tokens
BLOCK = """name: block
tokens: 300
transformer: {layers: 1, hidden: 768, heads: 12, kv_heads: 4, ffn: 3072}
"""
# the same matrix as a layer of weights: 64 rows, 300 outputs, 12 x 300 vectors
KEYS = "name: keys\nlayers:\n- {name: keys, ifm: [3600, 1, 64], kernel: 1, out: 300}\n"
DESIGN = {
    "product_unit": "sram_cim", "crossbar_size": 128, "tiles_per_chiplet": 4096, "node_nm": 22, "roadmap": "hp",
    "clock_hz": 1e9, "digital_clock_hz": 1e8,
}  # fmt: skip


@cache
def block():
    return parse_network(BLOCK, "block")


def evaluated(network=None, **changes):
    return sd.evaluate(network or block(), sd.Designs.grid(**{**DESIGN, **changes}))


def layer(name, **changes):
    return evaluated(**changes).by_layer().set_index("layer").loc[name]


def times_ms(**changes):
    """Latency of K^T and V products, softmax left out."""
    scores, mixed = (layer(name, **changes)["digital_latency_ms"] for name in ("b1.scores", "b1.mixed"))
    return scores - 1.37 * 12 * 300 * 300 / 1e5, mixed


def test_reading_takes_what_a_weight_layer_of_sram_takes():
    weights = {"cell": "sram", "duplication": "none", "product_unit": "digital"}
    row = evaluated(parse_network(KEYS, "keys"), **weights).by_layer().iloc[0]
    assert row["bit_vectors"] == 12 * 300 * 8 * 1 * 19  # 300 x 8 columns lie on 19 crossbars
    # read from the unit's buffer: 12 x 300 x 64 values for each of them, and 12 x 300 x 300 written
    buffered = 8 * (0.032 * 12 * 300 * 64 * 19 + 0.021 * 12 * 300 * 300)
    products = layer("b1.scores")["digital_products_mj"] * 1e9
    assert_allclose(products - buffered, row["crossbar_dynamic_energy_mj"] * 1e9, rtol=1e-9, atol=0)
    # 4 x 19 crossbars of 4 heads, each read by 3 x 300 vectors, behind 64 rows in 64 ns
    fewer = parse_network(KEYS.replace("3600", "900"), "keys")
    read_ms = evaluated(fewer, **weights).by_layer()["crossbar_latency_ms"][0]
    for crossbars, rounds in ((76, 1), (75, 2), (38, 2), (1, 76)):
        scores, _ = times_ms(product_crossbars_per_chiplet=crossbars)
        assert_allclose(scores, rounds * (read_ms + 64e-6), rtol=1e-9, atol=0)


def test_values_are_written_row_by_row_and_sums_of_row_blocks_added():
    # V: 300 rows on 3 crossbars, 64 x 8 columns on 4; 4 heads: 48 crossbars; 128 rows are written at once
    one, two = (times_ms(product_crossbars_per_chiplet=n)[1] for n in (48, 47))
    assert_allclose(two, 2 * one, rtol=1e-12, atol=0)
    row = layer("b1.mixed")
    # 4 x 300 x 64 values: 8 cells of 0.021 pJ each, and read from the unit's buffer at 8 x 0.032 pJ
    written = 4 * 300 * 64 * 8 * (0.021 + 0.032)
    assert_allclose(row["digital_operand_writes_mj"] * 1e9, written, rtol=1e-9, atol=0)
    differential = layer("b1.mixed", weight_mapping="differential")["digital_operand_writes_mj"] * 1e9
    assert_allclose(differential, 4 * 300 * 64 * 8 * (14 / 8 * 0.021 + 0.032), rtol=1e-9, atol=0)


def test_a_slower_clock_writes_rows_more_slowly():
    fast, slow = (layer("b1.mixed", clock_hz=hz)["digital_latency_ms"] for hz in (1e9, 5e8))
    assert slow - fast > 0.99 * 128e-6  # 128 rows of 1 ns more; 48 crossbars are enough for one round


def test_area_is_that_of_as_many_crossbars_of_sram():
    one, four = (evaluated(product_crossbars_per_chiplet=n)["digital_area_mm2"][0] for n in (1, 4))
    weights = evaluated(parse_network(KEYS, "keys"), cell="sram", product_unit="digital")
    per_crossbar = weights["crossbar_area_mm2"][0] / 4096 / 16
    assert_allclose(four - one, 3 * per_crossbar, rtol=1e-9, atol=0)


def test_coarse_converters_cost_sqnr_and_digital_arrays_do_not():
    products = {"cell": "sram", "cell_bits": 1, "adc_range": "calibrated"}
    coarse, fine = (evaluated(**products, adc_bits=n)["sqnr_db"][0] for n in (5, 8))
    digital = evaluated(**products, adc_bits=8, product_unit="digital")["sqnr_db"][0]
    assert coarse < fine - 10
    # weights and products are read through the same columns; the rows of all are 64 to 3072
    assert abs(fine - digital) < 3
    resistive = {"adc_bits": 8, "adc_range": "calibrated", "cell_sigma": 0.2}
    ideal, noisy = (evaluated(**resistive, product_unit=unit)["sqnr_db"][0] for unit in ("sram_cim", "digital"))
    assert ideal > noisy  # of 6 layers 2 are of SRAM, which does not vary


def test_explain_says_what_writing_takes():
    text = evaluated().explain()
    assert "read column by column through 64 SRAM crossbars a chiplet" in text
    assert "writing their second operands takes" in text
    assert "SRAM crossbars" not in evaluated(product_unit="digital").explain()


def test_networks_without_products_have_no_such_crossbars():
    frame = sd.evaluate("lenet5", sd.Designs.grid(product_unit=["digital", "sram_cim"])).to_frame()
    figures = frame.drop(columns=["product_unit"])
    assert figures.iloc[0].equals(figures.iloc[1])


@pytest.mark.parametrize("crossbars", [0, 65537])
def test_a_number_of_crossbars_out_of_range_is_refused(crossbars):
    with pytest.raises(sd.InputError, match="product_crossbars_per_chiplet"):
        sd.Designs.grid(product_crossbars_per_chiplet=crossbars)
