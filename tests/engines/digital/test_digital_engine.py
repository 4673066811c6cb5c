"""Digital units: blocks of BERT and LLaMA counted by hand, limits, where units stand, the cache and its DRAM."""

from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose

import siam_dse as sd
from siam_dse.engines.digital.unit import digital_unit
from siam_dse.workload.load import load_network
from siam_dse.workload.yaml_reader import parse_network

BERT = "name: block\ntokens: 128\ntransformer: {layers: 1, hidden: 768, heads: 12, ffn: 3072}\n"
LLAMA = """name: block
tokens: 2048
phase: %s
transformer: {layers: 1, hidden: 8192, heads: 64, kv_heads: 8, ffn: 28672, gated: true, function: silu, decoder: true,
              rotary: true}
"""
# one chiplet holds everything: all work of a layer is done in one unit
ONE_CHIPLET = {"tiles_per_chiplet": 4096, "node_nm": 22, "roadmap": "hp", "digital_clock_hz": 1e8}


@cache
def bert_block():
    return parse_network(BERT, "bert")


def rows_of(network, **changes):
    """Layers of a network on one design: name -> row."""
    designs = sd.Designs.grid(**{**ONE_CHIPLET, **changes})
    return sd.evaluate(network, designs).by_layer().set_index("layer").to_dict("index")


def test_bert_block_has_the_operations_counted_by_hand():
    network = bert_block()
    # Q K^T: 12 heads x 128 x 64 x 128; A V the same; softmax of 12 x 128 x 128; GELU of 128 x 3072
    assert network.product_macs.tolist() == [0, 12582912, 12582912, 0, 0, 0]
    assert network.weight_macs.tolist() == [128 * 768 * 2304, 0, 0, 128 * 768 * 768, *[128 * 768 * 3072] * 2]
    simple, special, softmax, norm = network.vector.tolist()
    assert not any(simple)
    assert special == [0, 0, 0, 0, 128 * 3072, 0]
    assert softmax == [0, 12 * 128 * 128, 0, 0, 0, 0]
    assert norm == [128 * 768, 0, 0, 128 * 768, 0, 128 * 768]  # in front, and after each sum


def test_bert_block_takes_the_energy_counted_by_hand():
    # 22 nm, 8 bits, 100 MHz (nominal supply): a multiply-accumulate is 0.12 pJ, a byte 8 x 0.032 pJ read and 8 x 0.021
    # written; control of a 16 x 16 array 1.614 + 16 x 0.0456 pJ a cycle at 28 nm, 0.454 / 0.65 of it at 22 nm.
    control = (1.614 + 16 * 0.0456) * 0.454 / 0.65
    macs, passes = 12 * 128 * 64 * 128, 12 * (64 // 16) * (128 // 16)
    reads = 12 * 128 * 64 * (128 // 16) + 12 * 64 * 128
    scores = macs * 0.12 + reads * 8 * 0.032 + 12 * 128 * 128 * 8 * 0.021 + passes * (128 + 31) * control
    passed = 8 * (0.032 + 0.021)
    soft = 12 * 128 * 128 * (10.9 * 0.454 / 1.25 + passed)
    row = rows_of(bert_block())["b1.scores"]
    assert_allclose(row["digital_products_mj"] * 1e9, scores, rtol=1e-9, atol=0)
    assert_allclose(row["digital_vectors_mj"] * 1e9, soft, rtol=1e-9, atol=0)
    row = rows_of(bert_block())["b1.up"]
    assert_allclose(row["digital_vectors_mj"] * 1e9, 128 * 3072 * (6.8 * 0.454 / 1.25 + passed), rtol=1e-9, atol=0)


def test_bert_block_takes_the_cycles_counted_by_hand():
    rows = rows_of(bert_block(), mac_arrays_per_chiplet=5)
    # 384 passes on 5 arrays are 77 rounds of 128 + 31 cycles; one softmax unit takes 1.37 cycles a value
    cycles = 77 * 159 + 1.37 * 12 * 128 * 128
    assert_allclose(rows["b1.scores"]["digital_latency_ms"], cycles / 1e5, rtol=1e-9, atol=0)
    # A V: k = 128, n = 64: 8 x 4 x 12 passes again, no softmax
    assert_allclose(rows["b1.mixed"]["digital_latency_ms"], 77 * 159 / 1e5, rtol=1e-9, atol=0)
    assert_allclose(rows["b1.up"]["digital_latency_ms"], 128 * 3072 / 32 / 1e5, rtol=1e-9, atol=0)
    assert_allclose(rows["b1.out"]["digital_latency_ms"], 2 * 128 * 768 / 32 / 1e5, rtol=1e-9, atol=0)


def test_llama_block_has_the_operations_counted_by_hand():
    network = parse_network(LLAMA % "prefill", "llama")
    names = [name.removeprefix("b1.") for name in network.layer_names]
    macs = dict(zip(names, network.macs.tolist(), strict=True))
    tokens, width, inner = 2048, 8192, 28672
    causal = 64 * 128 * tokens * (tokens + 1) // 2
    assert macs["scores"] == macs["mixed"] == causal
    assert macs["qkv"] == tokens * width * (width + 2 * 1024)
    assert macs["gate"] == macs["up"] == macs["down"] == tokens * width * inner
    decoding = parse_network(LLAMA % "decode", "llama")
    macs = dict(zip(names, decoding.macs.tolist(), strict=True))
    assert macs["scores"] == macs["mixed"] == 64 * 128 * tokens
    assert macs["down"] == width * inner


def test_decode_waits_for_the_dram_that_holds_keys_and_values():
    # one block: 2 x 8 heads x 128 x 2048 values of 8 bits, all but the new token's read once: 33.5 Mbit
    network = parse_network(LLAMA % "decode", "llama")
    evaluations = [
        sd.evaluate(network, sd.Designs.grid(**{**ONE_CHIPLET, "cache_kib_per_chiplet": kib, "dram": "hbm2"}))
        for kib in (0, 4096)
    ]
    without, within = (evaluation.to_frame().iloc[0] for evaluation in evaluations)
    per_token_s = 1 / without["tokens_per_s"] - without["latency_ms"] / 1e3
    bits = 2 * 8 * 128 * 2047 * 8
    peak = 8 * 2 * 1e9 * 128 / 8  # HBM2, 2 Gb/s a pin, 128 pins: bit/s
    assert bits / peak / 8 < per_token_s < 4 * bits / 128e9  # no faster than the bus allows, and of its order
    assert_allclose(within["tokens_per_s"], 1e3 / within["latency_ms"], rtol=1e-12, atol=0)
    assert "cache_in_dram" in evaluations[0].notes
    assert "cache_in_dram" not in evaluations[1].notes
    assert without["energy_per_token_mj"] > without["energy_mj"]


def test_networks_without_such_work_have_no_unit():
    frame = sd.evaluate(load_network("vgg8"), sd.Designs.grid(mac_array_side=[4, 512])).to_frame()
    figures = [name for name in frame if name.startswith("digital_") and name != "digital_clock_hz"]
    assert not frame[figures].to_numpy().any()
    assert frame["energy_mj"].nunique() == frame["area_mm2"].nunique() == 1


def test_areas_follow_the_square_of_the_node_and_the_number_of_arrays():
    unit = digital_unit(sd.Designs.grid(node_nm=[22, 45], mac_arrays_per_chiplet=[1, 4]))
    one, four, one_45, four_45 = unit.mac_area_m2
    assert_allclose([four, four_45], [4 * one, 4 * one_45], rtol=1e-12, atol=0)
    assert_allclose(one_45 / one, (45 / 22) ** 2, rtol=1e-12, atol=0)
    # 256 elements of 674.7 um2 and control of 8548 + 16 x 234 um2 at 28 nm
    assert_allclose(one, (256 * 674.7 + 8548 + 16 * 234) * 1e-12 * (22 / 28) ** 2, rtol=1e-12, atol=0)


def test_custom_dies_have_what_their_own_layers_need():
    # a vector unit follows softmax and normalisation; the last rows of a ViT classify without any
    changes = {"chiplet_style": "custom", "tiles_per_chiplet": 16}
    figures = sd.evaluate(load_network("deit_t"), sd.Designs.grid(**changes, mac_array_side=[16, 64])).to_frame()
    same = sd.evaluate(
        load_network("deit_t"), sd.Designs.grid(tiles_per_chiplet=16, mac_array_side=[16, 64])
    ).to_frame()
    custom, homogeneous = (frame["digital_area_mm2"].to_numpy() for frame in (figures, same))
    assert np.all(custom < homogeneous)
    assert custom[1] > custom[0]


@pytest.mark.parametrize(("field", "values"), [("mac_arrays_per_chiplet", [1, 2, 7]), ("vector_lanes", [8, 32, 96])])
def test_more_hardware_is_never_slower(field, values):
    frame = sd.evaluate(bert_block(), sd.Designs.grid(**{field: values})).to_frame()
    assert np.all(np.diff(frame["digital_latency_ms"]) <= 0)
    assert np.all(np.diff(frame["digital_area_mm2"]) > 0)
