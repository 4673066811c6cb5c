"""Sequences: experts, recurrence, masks, encoders, and figures of tokens in each phase; counted by hand."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import siam_dse as sd
from siam_dse.workload.yaml_reader import parse_network

EXPERTS = """name: experts
tokens: 64
transformer: {layers: 1, hidden: 64, heads: 4, ffn: 128, decoder: true, experts: 8, experts_per_token: 2, imbalance: %s}
"""
# an LSTM of 96 inputs and 64 states over 50 steps: (96 + 64) x 4 x 64 weights; 3 sigmoids, 2 tanh, 3 products, 1 sum
LSTM = """name: lstm
layers:
- {name: lstm, ifm: [50, 1, 160], kernel: 1, out: 256, sequential: %s, gives: [50, 1, 64], vector: {special: 16000, simple: 12800}}
- {name: out, ifm: [50, 1, 64], kernel: 1, out: 10}
edges:
- {to: lstm, from: {layer: input, read_as: [50, 1, 96]}}
- {to: out, from: lstm}
"""  # noqa: E501


def evaluated(text, **changes):
    return sd.evaluate(parse_network(text, "text"), sd.Designs.grid(**changes))


@pytest.mark.parametrize(("imbalance", "busiest"), [(1.0, 16), (1.5, 24), (4.0, 64), (20.0, 64)])
def test_the_busiest_expert_sets_the_time_and_all_the_work_the_energy(imbalance, busiest):
    # 64 tokens to 2 of 8 experts are 16 each; none gets more than there are tokens
    rows = evaluated(EXPERTS % imbalance, duplication="none").by_layer().set_index("layer")
    even = evaluated(EXPERTS % 1.0, duplication="none").by_layer().set_index("layer")
    assert rows.loc["b1.up", "positions"] == busiest
    assert rows.loc["b1.up", "macs"] == 128 * 64 * 128
    times = [of.loc["b1.up", "crossbar_latency_ms"] for of in (rows, even)]
    assert_allclose(times[0] / times[1], busiest / 16, rtol=1e-3, atol=0)  # but for the last conversion's rest
    spent = [of.loc["b1.up", "crossbar_dynamic_energy_mj"] for of in (rows, even)]
    assert_allclose(spent[0], spent[1], rtol=1e-12, atol=0)


def test_steps_of_a_recurrent_layer_follow_one_another_and_have_no_copies():
    spare = {"n_chiplets": 4, "copy_chiplets": 4, "tiles_per_chiplet": 64}
    free = (LSTM % "false").replace("[50, 1, 96]", "[50, 1, 160]")
    recurrent, plain = (evaluated(text, **spare).by_layer().iloc[0] for text in (LSTM % "true", free))
    assert recurrent["copies"] == 1
    assert plain["copies"] > 20
    alone = evaluated(LSTM % "true", duplication="none").by_layer().iloc[0]
    assert_allclose(recurrent["crossbar_latency_ms"], alone["crossbar_latency_ms"], rtol=1e-12, atol=0)
    # each step waits for the last conversion of the one before: 50 times a network of one step
    step = (LSTM % "true").replace("[50,", "[1,").replace("16000", "320").replace("12800", "256")
    one = evaluated(step, duplication="none").by_layer().iloc[0]
    assert_allclose(alone["crossbar_latency_ms"], 50 * one["crossbar_latency_ms"], rtol=1e-9, atol=0)
    assert recurrent["macs"] == 50 * 160 * 256


def test_encoders_and_decoders_count_their_products():
    # four blocks of six heads of 64 over 1,500 frames, all seen by all
    assert sd.load_network("whisper_tiny_encoder").product_macs.sum() == 4 * 2 * 6 * 1500 * 1500 * 64
    # twelve blocks of twelve heads of 64, each token sees itself and those before
    assert sd.load_network("gpt2", tokens=100).product_macs.sum() == 12 * 2 * 12 * 64 * 100 * 101 // 2
    assert sd.load_network("gpt2", tokens=100, phase="decode").product_macs.sum() == 12 * 2 * 12 * 64 * 100


@pytest.mark.parametrize(
    ("name", "phase", "tokens", "is_first"),
    [
        ("lenet5", None, None, False),
        ("bert_base", None, 128, False),
        ("gpt2", "prefill", 512, True),
        ("gpt2", "decode", 1, False),
    ],
)
def test_figures_of_tokens_stand_where_they_mean_something(name, phase, tokens, is_first):
    # room for the cache: nothing waits for the DRAM
    designs = sd.Designs.grid(cache_kib_per_chiplet=65536)
    row = sd.evaluate(sd.load_network(name, phase=phase), designs).to_frame().iloc[0]
    found = [row[column] for column in ("tokens_per_s", "energy_per_token_mj", "time_to_first_token_ms")]
    wanted = [np.nan] * 3
    if tokens:
        wanted = [
            tokens * 1e3 / row["latency_ms"],
            row["energy_mj"] / tokens,
            row["latency_ms"] if is_first else np.nan,
        ]
    assert_allclose(found, wanted, rtol=1e-12, atol=0)


def test_streamed_experts_that_no_token_goes_to_are_neither_loaded_nor_written():
    streamed = {"weights": "streamed", "n_chiplets": 1, "tiles_per_chiplet": 1, "duplication": "none"}
    text = (EXPERTS % 1.0).replace("tokens: 64", "tokens: 64\nphase: decode")
    network = parse_network(text, "text")
    experts, others = 8 * 2 * 64 * 128, 64 * 192 + 64 * 64 + 64 * 8  # both matrices; attention and router
    assert network.weights.sum() == experts + others
    # the token of one input goes to 2 of 8, those of two to 4 at most, of a hundred to all
    used = [others + experts * share for share in (2 / 8, 4 / 8, 1)]
    assert network.weights_in_use(np.array([1, 2, 100])).tolist() == used
    designs = sd.Designs.grid(**streamed, batch=[1, 2, 100])
    evaluation = sd.evaluate(network, designs)
    assert_allclose(evaluation["dram_energy_mj"][2] * 100, _load_mj(used[2]), rtol=0.02, atol=0)
    loads = [row * batch for row, batch in zip(evaluation["dram_energy_mj"], (1, 2, 100), strict=True)]
    assert_allclose(loads, [_load_mj(of) for of in used], rtol=0.02, atol=0)
    # 8 cells a weight of 2.3 pJ each on top of reading
    resident = sd.evaluate(network, sd.Designs.grid(duplication="none"))
    read = resident.by_layer()["crossbar_dynamic_energy_mj"].sum()
    for i, batch in enumerate((1, 2, 100)):
        written = (evaluation.by_layer(i)["crossbar_dynamic_energy_mj"].sum() - read) * batch * 1e9
        assert_allclose(written, used[i] * 8 * 2.3, rtol=1e-6, atol=0)


def _load_mj(weights):
    """Energy of reading so many bytes once."""
    row = f"- {{name: fc, kind: fc, ifm: [1, 1, {int(weights)}], out: 1}}"
    load = parse_network(f"name: load\nlayers:\n{row}\n", "load")
    return sd.evaluate(load, sd.Designs.grid(duplication="none"))["dram_energy_mj"][0]


def test_a_carrier_is_made_on_one_wafer():
    # 7 billion resident weights: 84,850 mm2 of dies; 15 in a hundred are silicon beyond a wafer's 70,686, and a carrier
    # is a fifth larger still; on a substrate there is none
    designs = sd.Designs.grid(package=["organic", "fan_out"])
    found = sd.evaluate(sd.load_network("llama_7b"), designs)
    silicon, wafer = found["area_mm2"], np.pi * 150**2
    assert_allclose(found.violations["package_silicon"], silicon - wafer, rtol=1e-9, atol=0)
    assert_allclose(found.violations["package_carrier"], [0, 1.2 * silicon[1] - wafer], rtol=1e-9, atol=0)
    assert not found.feasible.any()
