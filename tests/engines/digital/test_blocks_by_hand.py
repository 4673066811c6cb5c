"""Closed forms of whole blocks: BERT-base at 384 tokens, Llama 3 8B's block in prefill and decode, decode on a DRAM."""

from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose

import siam_dse as sd
from siam_dse.workload.yaml_reader import parse_network

BERT = "name: block\ntokens: 384\ntransformer: {layers: 1, hidden: 768, heads: 12, ffn: 3072}\n"
LLAMA = """name: block
tokens: 512
transformer: {layers: 1, hidden: 4096, heads: 32, kv_heads: 8, ffn: 14336, gated: true, function: silu, decoder: true,
              rotary: true}
"""
CLOCK_HZ = 1e8  # slow enough for the nominal supply
# everything on one chiplet: 2 arrays of 32 x 32, 64 lanes with two units of softmax, room for all keys and values
DESIGN = {
    "tiles_per_chiplet": 4096, "crossbar_size": 512, "cell_bits": 2, "node_nm": 22, "roadmap": "hp",
    "digital_clock_hz": CLOCK_HZ, "mac_arrays_per_chiplet": 2, "mac_array_side": 32, "vector_lanes": 64,
    "cache_kib_per_chiplet": 8192,
}  # fmt: skip
# 22 nm, 8 bits, in pJ: a multiply-accumulate; a byte read and written; a cycle of control of an array (28 nm to 22);
# a lane's operation (40 nm to 22), a special one, a value of softmax (45 nm to 22)
MAC, READ, WRITE = 0.12, 8 * 0.032, 8 * 0.021
CONTROL = (1.614 + 32 * 0.0456) * 0.454 / 0.65
SIMPLE, SPECIAL, SOFTMAX = 0.79 * 0.454, 6.8 * 0.454 / 1.25, 10.9 * 0.454 / 1.25


def product(heads, kv_heads, m, k, n, causal=1.0, new=0):
    """Multiply-accumulates, energy [pJ] and cycles of a product."""
    macs, tiles = heads * m * k * n * causal, heads * -(-k // 32) * -(-n // 32)
    cycles = (m + 63) * causal
    reads = heads * m * k * -(-n // 32) * causal + kv_heads * k * n
    energy = macs * MAC + reads * READ + (heads * m * n * causal + new) * WRITE + tiles * cycles * CONTROL
    return macs, energy, -(-tiles // 2) * cycles


def vectors(simple=0, special=0, softmax=0, norm=0):
    """Energy [pJ] and cycles of vector work: two operations a normalised value, 1.37 cycles a value of softmax."""
    energy = simple * SIMPLE + special * SPECIAL + softmax * SOFTMAX + 2 * norm * SPECIAL
    energy += (simple + special + softmax + norm) * (READ + WRITE)
    return energy, -(-simple // 64) - (-special // 64) + 2 * -(-norm // 64) + 1.37 * -(-softmax // 2)


@cache
def evaluated(text, phase=None):
    network = parse_network(text, "block", phase=phase)
    return network, sd.evaluate(network, sd.Designs.grid(**DESIGN))


def check(text, phase, products, values):
    """Operations, energy and time of all digital work of a block."""
    network, evaluation = evaluated(text, phase)
    assert_allclose(network.product_macs.sum(), sum(of[0] for of in products), rtol=1e-12, atol=0)
    assert network.vector.sum(axis=1).tolist() == [
        sum(of.get(sort, 0) for of in values) for sort in ("simple", "special", "softmax", "norm")
    ]
    work = [vectors(**of) for of in values]
    layers = evaluation.by_layer()
    found_pj = [layers[f"digital_{name}_mj"].sum() * 1e9 for name in ("products", "vectors")]
    assert_allclose(found_pj, [sum(of[1] for of in products), sum(of[0] for of in work)], rtol=1e-9, atol=0)
    cycles = sum(of[2] for of in products) + sum(of[1] for of in work)
    assert_allclose(evaluation["digital_latency_ms"][0], cycles / CLOCK_HZ * 1e3, rtol=1e-9, atol=0)


def test_bert_base_at_384_tokens():
    network, _ = evaluated(BERT)
    assert network.weights.sum() == 768 * 2304 + 768 * 768 + 2 * 768 * 3072 == 7_077_888
    assert network.weight_macs.sum() == 384 * 7_077_888 == 2_717_908_992
    products = [product(12, 12, 384, 64, 384), product(12, 12, 384, 384, 64)]
    assert sum(of[0] for of in products) == 226_492_416
    # in front of the block and behind both sums; softmax of every score; GELU of the inner values
    norm, inner = {"norm": 384 * 768}, {"special": 384 * 3072}
    check(BERT, None, products, [norm, norm, norm, {"softmax": 12 * 384 * 384}, inner])


def test_llama_block_in_prefill():
    network, _ = evaluated(LLAMA, "prefill")
    # as released: 218,112,000 parameters a block, of which 8,192 are those of its normalisations
    weights = 4096 * (4096 + 2 * 1024) + 4096 * 4096 + 3 * 4096 * 14336
    assert network.weights.sum() == weights == 218_112_000 - 2 * 4096
    assert network.weight_macs.sum() == 512 * weights
    causal, kept = 513 / 1024, 8 * 128 * 512  # of each product; keys, or values
    products = [product(32, 8, 512, 128, 512, causal, kept), product(32, 8, 512, 512, 128, causal, kept)]
    assert sum(of[0] for of in products) == 32 * 128 * 512 * 513
    check(LLAMA, "prefill", products, llama_vectors(512, 32 * 512 * 513 // 2))


def test_llama_block_in_decode():
    network, _ = evaluated(LLAMA, "decode")
    assert network.weight_macs.sum() == network.weights.sum() == 218_103_808
    products = [product(32, 8, 1, 128, 512, new=8 * 128), product(32, 8, 1, 512, 128, new=8 * 128)]
    assert sum(of[0] for of in products) == 2 * 32 * 128 * 512
    check(LLAMA, "decode", products, llama_vectors(1, 32 * 512))


def llama_vectors(tokens, scores):
    """Rotation of queries and keys, two operations a value; SiLU; gate; normalisation in front and behind both sums."""
    norm = {"norm": tokens * 4096}
    return [
        {"simple": 2 * tokens * (4096 + 1024)}, {"special": tokens * 14336}, {"simple": tokens * 14336},
        {"softmax": scores}, norm, norm, norm,
    ]  # fmt: skip


# --- decode on a DRAM ------------------------------------------------------------------------------------------------

HBM_BITS_PER_S = 128 * 2e9  # a channel of HBM2: 128 pins of 2 Gb/s


@pytest.mark.parametrize("channels", [1, 4, 16])
def test_streamed_weights_bound_decode_by_their_bytes(channels):
    network = sd.load_network("llama_7b", phase="decode")
    design = {
        "weights": "streamed", "n_chiplets": 16, "dram": "hbm2", "dram_channels": channels, "tiles_per_chiplet": 64,
        "cache_kib_per_chiplet": 16384, "crossbar_size": 256, "cell_bits": 2, "node_nm": 22, "cell": "rram_1t1r",
    }  # fmt: skip
    row = sd.evaluate(network, sd.Designs.grid(**design)).to_frame().iloc[0]
    roof_ms = 6_607_077_376 * 8 / (channels * HBM_BITS_PER_S) * 1e3  # 206 ms a token from one channel
    assert roof_ms < row["dram_latency_ms"] < 1.12 * roof_ms  # refresh, and changes of rank
    assert_allclose(1e3 / row["tokens_per_s"], row["latency_ms"] + row["dram_latency_ms"], rtol=1e-12, atol=0)
    assert row["tokens_per_s"] < 1e3 / roof_ms
    # 52.9 Gbit of cells at 2.3 pJ: 122 mJ of what a token takes
    assert row["energy_per_token_mj"] > 6_607_077_376 * 8 * 2.3e-9 + row["dram_energy_mj"]
    shared = sd.evaluate(network, sd.Designs.grid(**design, batch=8)).to_frame().iloc[0]
    assert_allclose(row["dram_latency_ms"] / shared["dram_latency_ms"], 8, rtol=1e-3, atol=0)


def test_keys_and_values_in_the_dram_bound_decode_by_their_bytes():
    network = sd.load_network("llama_7b", tokens=4096, phase="decode")
    design = {"cache_kib_per_chiplet": 0, "dram": "hbm2", "dram_channels": 8, "tiles_per_chiplet": 64, "node_nm": 22}
    evaluation = sd.evaluate(network, sd.Designs.grid(**design))
    row = evaluation.to_frame().iloc[0]
    bits = 2 * 32 * 4096 * 4095 * 8  # both, of 32 blocks, 4096 wide, of all earlier tokens: 1.07 GB
    per_token_s = 1 / row["tokens_per_s"] - row["latency_ms"] / 1e3
    roof_s = bits / (8 * HBM_BITS_PER_S)
    assert roof_s < per_token_s < 1.12 * roof_s
    assert np.array_equal(evaluation.notes["cache_in_dram"], [True])
