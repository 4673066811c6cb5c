"""Networks beyond convolutions in YAML: round trips, what rows count, faults by place, field, value and remedy."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import siam_dse as sd
from siam_dse.core.errors import InputError
from siam_dse.runs.spaces import load_space
from siam_dse.search.problem import Problem
from siam_dse.workload.load import load_network
from siam_dse.workload.yaml_reader import parse_network

BLOCK = """
name: block
tokens: 16
layers:
- {name: qkv, ifm: [16, 1, 32], kernel: 1, out: 96, vector: {norm: 512}}
- {name: scores, kind: product, product: {heads: 4, m: 16, k: 8, n: 16, causal: 0.53125}, vector: {softmax: output}}
- {name: mixed, kind: product, product: {heads: 4, m: 16, k: 16, n: 8}}
- {name: out, ifm: [16, 1, 32], kernel: 1, out: 32}
- {name: gate, ifm: [16, 1, 32], kernel: 1, out: 64, vector: {special: output}}
- {name: up, ifm: [16, 1, 32], kernel: 1, out: 64, vector: {simple: output}}
- {name: experts, ifm: [6, 1, 256], kernel: 1, out: 40, groups: 4, routed: 20, gives: [16, 1, 20]}
- {name: again, ifm: [16, 1, 20], kernel: 1, out: 20}
- {name: shared, ifm: [16, 1, 20], kernel: 1, out: 20, weights_of: again, sequential: true}
edges:
- {to: qkv, from: input}
- {to: scores, from: {layer: qkv, read_as: [16, 1, 32]}, operand: {layer: qkv, read_as: [16, 1, 32]}}
- {to: mixed, from: scores, operand: {layer: qkv, read_as: [16, 1, 32]}}
- {to: out, from: mixed, residual: input}
- {to: gate, from: out}
- {to: up, from: out, operand: gate}
- {to: experts, from: {layer: up, read_as: [20, 1, 64]}}
- {to: again, from: experts}
- {to: shared, from: again}
"""


def changed(old, new):
    assert old in BLOCK
    return BLOCK.replace(old, new)


def problems_of(text, **arguments):
    with pytest.raises(InputError) as caught:
        parse_network(text, "block.yaml", **arguments)
    return str(caught.value)


@pytest.fixture(scope="module")
def block():
    return parse_network(BLOCK, "block.yaml")


def test_what_is_written_is_read_back(block):
    again = parse_network(block.text, "again")
    for field in block.__dataclass_fields__:
        assert_array_equal(getattr(again, field), getattr(block, field), err_msg=field)


def test_rows_count_what_they_say(block):
    # products: 4 x 16 x 8 x 16 x 0.53125, 4 x 16 x 16 x 8; experts: 20 x 64 x 10 of 6 x 4 positions that there are
    assert block.product_macs.tolist() == [0, 4352, 8192, *[0] * 6]
    assert block.weight_macs[[6, 7]].tolist() == [20 * 64 * 10, 16 * 20 * 20]
    assert block.weights.tolist() == [32 * 96, 0, 0, 32 * 32, 32 * 64, 32 * 64, 4 * 64 * 10, 400, 0]
    assert block.positions.tolist() == [16, 0, 0, 16, 16, 16, 6, 16, 16]
    assert block.vector.sum(axis=1).tolist() == [1024, 1024, 4 * 16 * 16, 512]
    assert block.input_values[[1, 6]].tolist() == [16 * 32 + 4 * 8 * 16, 20 * 64]
    assert block.pooled_values[6] == 16 * 20


def test_sequential_layers_have_one_copy_and_fill_at_each_position(block):
    designs = sd.Designs.grid(n_chiplets=100, crossbars_per_tile=1, tiles_per_chiplet=1)
    alone = parse_network(changed("weights_of: again, ", ""), "block.yaml")
    copies = sd.evaluate(alone, designs).by_layer().set_index("layer")["copies"]
    assert copies["again"] > 1
    assert copies["shared"] == 1
    # sharing its weights it lies where they have copies, of which it uses one
    # 16 positions and 6: p and fill f from 16 p + f and 6 p + f; in sequence each position waits for the one before
    one_copy = sd.Designs.grid(duplication="none")
    taken = sd.evaluate(block, one_copy).by_layer().set_index("layer")["crossbar_latency_ms"]
    position = (taken["again"] - taken["experts"]) / 10
    fill = taken["again"] - 16 * position
    assert_allclose(taken["shared"], 16 * (position + fill), rtol=1e-9, atol=0)


def test_products_lie_with_the_weights_before_them(block):
    table = sd.evaluate(block, sd.Designs.grid(tiles_per_chiplet=1)).by_layer().set_index("layer")
    for name in ("scores", "mixed"):
        assert table.loc[name, "tiles"] == table.loc[name, "crossbar_latency_ms"] == 0
        assert table.loc[name, "first_chiplet"] == table.loc["qkv", "first_chiplet"]
        assert table.loc[name, "digital_latency_ms"] > 0


FAULTS = {
    "heads": (changed("{heads: 4, m: 16, k: 16, n: 8}", "{heads: 4, m: 16, k: 16}"), "product: n: is missing; add it"),
    "kv_heads": (changed("n: 16, causal", "n: 16, kv_heads: 3, causal"), "kv_heads: got 3; must divide heads = 4"),
    "causal": (changed("causal: 0.53125", "causal: 1.5"), "causal: got 1.5; must be a number in [0, 1]"),
    "operand": (
        changed("from: scores, operand: {layer: qkv, read_as: [16, 1, 32]}", "from: scores"),
        "layers row 3 (mixed): reads no operand, 0 values, but has kv_heads x k x n = 512",
    ),
    "first operand": (
        changed("from: {layer: qkv, read_as: [16, 1, 32]}, operand", "from: qkv, operand"),
        "(scores): reads qkv [16, 1, 96], 1536 values, but has heads x m x k = 512",
    ),
    "sort": (
        changed("{special: output}", "{gelu: output}"),
        "vector: unknown key 'gelu'; known: special, simple, softmax, norm",
    ),
    "count": (changed("{norm: 512}", "{norm: -1}"), "norm: got -1; must be a whole number"),
    "routed": (changed("routed: 20", "routed: 25"), "routed: got 25; exceeds 6 positions x 4 groups"),
    "sent": (changed("read_as: [20, 1, 64]", "read_as: [19, 1, 64]"), "routed x channels of an expert = 1280"),
    "weights_of": (changed("weights_of: again", "weights_of: agian"), "again"),
    "matrix": (changed("weights_of: again", "weights_of: out"), "'out' has a matrix of rows, outputs, groups"),
    "phase": (changed("tokens: 16", "tokens: 16\nphase: generate"), "phase: got 'generate'"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_named(case):
    text, message = FAULTS[case]
    assert message in problems_of(text)


DECODER = "name: d\ntokens: 8\ntransformer: {layers: 1, hidden: 32, heads: 4, ffn: 64, decoder: true}\n"
BLOCK_FAULTS = {
    "missing": (DECODER.replace("ffn: 64, ", ""), {}, "transformer: ffn: is missing; add it"),
    "heads": (DECODER.replace("heads: 4", "heads: 5"), {}, "heads: got 5; must divide hidden = 32"),
    "experts": (DECODER.replace("ffn: 64", "ffn: 64, experts: 4"), {}, "experts and experts_per_token stand together"),
    "rows": (DECODER + "layers:\n- {name: a}\n", {}, "layers: a transformer block makes its own"),
    "no tokens": (DECODER.replace("tokens: 8\n", ""), {}, "tokens: is missing"),
    "phase": (DECODER.replace(", decoder: true", ""), {"phase": "decode"}, "only a decoder has one"),
    "fixed": (BLOCK, {"tokens": 4}, "those of this network are fixed by its rows"),
}


@pytest.mark.parametrize("case", BLOCK_FAULTS)
def test_a_fault_of_a_generated_network_is_named(case):
    text, arguments, message = BLOCK_FAULTS[case]
    assert message in problems_of(text, **arguments)


def test_decode_works_on_one_token_and_prefill_on_all():
    prefill, decode = (load_network("gpt2", tokens=64, phase=phase) for phase in ("prefill", "decode"))
    assert prefill.weights.sum() == decode.weights.sum()
    last = prefill.n_layers - 1  # the vocabulary, of the last token alone
    assert np.all(prefill.weight_macs[:last] == 64 * decode.weight_macs[:last])
    assert prefill.weight_macs[last] == decode.weight_macs[last]
    # causal: 1 + 2 + ... + 64 keys instead of 64 for one token
    assert prefill.product_macs.sum() * 64 == decode.product_macs.sum() * 64 * 65 // 2


def test_experts_have_the_work_of_those_chosen():
    network = load_network("mixtral_8x7b", tokens=32)
    i = network.layer_names.index("b1.up")
    assert network.weights[i] == 8 * 4096 * 14336
    assert network.weight_macs[i] == 2 * 32 * 4096 * 14336
    assert network.positions[i] == 2 * 32 // 8


def test_a_search_on_tokens_needs_a_sequence():
    space = "llm"
    with pytest.raises(InputError, match="vgg8 is no sequence of tokens; use latency_ms or energy_mj"):
        sd.enumerate_space("vgg8", space)


def test_the_space_of_sequences_has_feasible_designs():
    problem = Problem(load_network("bert_base", tokens=128), load_space("llm"))
    levels = np.random.default_rng(0).integers(0, problem.space.radices, (64, len(problem.space.axes)))
    assert problem.scores(problem.evaluate(levels)).feasible.any()
