"""Operations of ONNX graphs as layers, products and vector operations, counted by hand."""

import numpy as np
import pytest
from onnx_graphs import FLOAT, Graph, helper, onnx, subgraph

from siam_dse.core.errors import InputError
from siam_dse.design.designs import Designs
from siam_dse.system.evaluate import evaluate
from siam_dse.workload.load import load_network, read_network
from siam_dse.workload.network import HOST
from siam_dse.workload.yaml_reader import parse_network


@pytest.fixture
def read(tmp_path):
    """Network of a graph, which its canonical text gives again."""

    def reader(graph, inputs, *outputs):
        network = load_network(graph.save(tmp_path / "g.onnx", inputs, *outputs))
        assert parse_network(network.text, "again").text == network.text
        return network

    return reader


def totals(network):
    """Weights, multiply-accumulates with weights, those of two activations."""
    return int(network.weights.sum()), int(network.weight_macs.sum()), int(network.product_macs.sum())


def edges(network):
    names = (*network.layer_names, "host")
    kinds = ("input", "residual", "operand")
    rows = (network.edge_producer, network.edge_consumer, network.edge_kind, network.edge_values)
    return [(names[p], names[c], kinds[k], int(v)) for p, c, k, v in zip(*rows, strict=True)]


# --- products of matrices ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "positions"),
    [([50, 64], 50), ([1, 50, 64], 50), ([1, 4, 5, 64], 20), ([64], 1), (["batch", 50, 64], 50), ([3, 7, 64], 21)],
)
def test_positions_are_all_axes_but_the_channels(read, shape, positions):
    g = Graph()
    g.matmul("x", "y", 64, 8)
    assert totals(read(g, {"x": shape})) == (512, 512 * positions, 0)


def test_constant_on_the_left(read):
    g = Graph()
    g.node("MatMul", [g.constant("w", 8, 16), "x"], "y")
    network = read(g, {"x": [1, 16, 10]})
    assert totals(network) == (128, 1280, 0)
    assert (network.rows[0], network.channels_out[0]) == (16, 8)


def test_constant_for_each_head_is_a_group(read):
    g = Graph()
    g.node("MatMul", ["x", g.constant("w", 4, 16, 8)], "y")  # 4 heads x (16 x 8), 10 positions each
    network = read(g, {"x": [1, 4, 10, 16]})
    assert totals(network) == (4 * 16 * 8, 4 * 16 * 8 * 10, 0)
    assert (network.rows[0], network.groups[0]) == (16, 4)


def test_tokens_folded_into_the_first_axis(read):
    g = Graph()
    g.value("flat", np.array([-1, 64]))
    g.node("Reshape", ["x", "flat"], "rows")
    g.node("Gemm", ["rows", g.constant("w", 256, 64)], "y", transB=1)
    assert totals(read(g, {"x": [1, 50, 64]})) == (256 * 64, 256 * 64 * 50, 0)


def test_transposed_operand(read):
    g = Graph()
    g.node("Gemm", ["x", g.constant("w", 512, 64)], "y", transA=1)
    assert totals(read(g, {"x": [512, 128]})) == (512 * 64, 512 * 64 * 128, 0)


def test_attention_is_two_products(read):
    g = Graph()
    for name in "qkv":
        g.matmul("x", name, 16, 16)
    g.node("Transpose", ["k"], "kt", perm=[0, 2, 1])
    g.node("MatMul", ["q", "kt"], "s")
    g.node("Div", ["s", g.value("c", np.float32(4))], "sd")
    g.node("Softmax", ["sd"], "p", axis=-1)
    g.node("MatMul", ["p", "v"], "o")
    g.matmul("o", "proj", 16, 16)
    g.node("Add", ["proj", "x"], "r")
    g.node("LayerNormalization", ["r", g.constant("ga", 16), g.constant("be", 16)], "y")
    network = read(g, {"x": [1, 8, 16]})
    assert totals(network) == (1024, 8192, 2 * 8 * 16 * 8)
    assert ("k", "s", "operand", 128) in edges(network)
    assert ("host", "proj", "residual", 128) in edges(network)
    assert network.vector.sum(axis=1).tolist() == [0, 0, 64, 128]  # the scale is the weights'; 8 x 8 scores; 8 x 16


def test_keys_shared_by_heads_are_sent_once(read):
    g = Graph()
    g.matmul("x", "q", 32, 32)
    g.matmul("x", "k", 32, 8)
    g.value("to_q", np.array([1, 10, 4, 8]))
    g.value("to_k", np.array([1, 10, 1, 8]))
    g.value("heads", np.array([1, 4, 10, 8]))
    q = g.node("Transpose", [g.node("Reshape", ["q", "to_q"], "q4")], "qt", perm=[0, 2, 1, 3])
    k = g.node("Transpose", [g.node("Reshape", ["k", "to_k"], "k4")], "kt", perm=[0, 2, 1, 3])
    repeated = g.node("Transpose", [g.node("Expand", [k, "heads"], "ke")], "kee", perm=[0, 1, 3, 2])
    g.node("MatMul", [q, repeated], "y")
    network = read(g, {"x": [1, 10, 32]})
    assert totals(network)[2] == 4 * 10 * 8 * 10
    assert (network.product_heads[2], network.product_kv_heads[2]) == (4, 1)
    assert ("k", "y", "operand", 80) in edges(network)


def test_constant_sequence_through_weights_is_a_layer(read):
    g = Graph()
    g.matmul(g.constant("positions", 1, 6, 16), "p", 16, 8)
    g.matmul("x", "q", 16, 8)
    g.node("MatMul", ["q", g.node("Transpose", ["p"], "pt", perm=[0, 2, 1])], "y")
    network = read(g, {"x": [1, 5, 16]})
    assert totals(network) == (256, 128 * 6 + 128 * 5, 5 * 8 * 6)
    h = Graph()  # two matrices, as of low-rank weights: folded
    h.node("MatMul", [h.constant("a", 16, 2), h.constant("b", 2, 8)], "w")
    h.node("MatMul", ["x", "w"], "y")
    assert totals(read(h, {"x": [1, 5, 16]})) == (128, 640, 0)


def test_constant_places_through_a_biased_matrix_are_a_layer(read):
    g = Graph()  # a score for each of 9 places, as windowed attention learns it
    places = g.node("Gemm", [g.constant("places", 9, 2), g.constant("w", 2, 4), g.constant("b", 4)], "p")
    g.matmul("x", "q", 16, 4)
    g.node("MatMul", ["q", g.node("Transpose", [places], "pt", perm=[1, 0])], "y")
    assert totals(read(g, {"x": [1, 5, 16]})) == (64 + 8, 64 * 5 + 8 * 9, 5 * 4 * 9)


def test_einsum(read):
    g = Graph()
    g.node("Einsum", ["x", g.constant("w", 16, 8)], "y", equation="btc,cd->btd")
    assert totals(read(g, {"x": [1, 10, 16]})) == (128, 1280, 0)
    h = Graph()
    h.node("Einsum", ["a", "b"], "y", equation="bhtd,bhsd->bhts")
    assert totals(read(h, {"a": [1, 4, 10, 8], "b": [1, 4, 12, 8]})) == (0, 0, 4 * 10 * 8 * 12)


def test_products_alone_are_counted_and_not_evaluated(read):
    g = Graph()
    g.node("MatMul", ["a", "b"], "y")
    network = read(g, {"a": [1, 4, 10, 8], "b": [1, 4, 8, 12]})
    assert totals(network) == (0, 0, 4 * 10 * 8 * 12)
    with pytest.raises(InputError, match="holds products of two activations alone"):
        evaluate(network, Designs.grid())


# --- convolutions ------------------------------------------------------------------------------------------------


def test_one_and_three_dimensions(read):
    g = Graph()
    g.conv("x", "y", (8, 4, 3), pads=[1, 1], strides=[2])
    network = read(g, {"x": [1, 4, 32]})
    assert totals(network) == (96, 96 * 16, 0)
    assert (network.ifm_h[0], network.ifm_w[0]) == (32, 1)  # positions of a sequence stand in a column
    h = Graph()
    h.conv("x", "y", (8, 3, 3, 3, 3), pads=[1] * 6)
    assert totals(read(h, {"x": [1, 3, 4, 8, 8]})) == (648, 648 * 256, 0)


def test_transposed_convolution_works_at_the_positions_of_its_input(read):
    g = Graph()
    g.node("ConvTranspose", ["x", g.constant("w", 16, 4, 2, 2)], "up", strides=[2, 2], group=2)
    g.conv("up", "y", (4, 8, 1, 1))
    network = read(g, {"x": [1, 16, 8, 8]})
    assert network.weights.tolist() == [16 * 4 * 4, 32]
    assert network.weight_macs.tolist() == [16 * 4 * 4 * 64, 32 * 256]
    assert network.vector[0, 0] == 2 * 2 * 8 * 64  # each patch is added
    assert ("up", "y", "input", 8 * 256) in edges(network)


def test_views_folded_into_the_first_axis_are_positions(read):
    g = Graph()
    g.node("Reshape", ["x", g.value("views", np.array([4, 3, 8, 8]))], "v")
    g.conv("v", "a", (8, 3, 3, 3), pads=[1] * 4)
    g.node("Reshape", ["a", g.value("back", np.array([1, 32, 8, 8]))], "b")
    g.conv("b", "y", (4, 32, 1, 1))
    assert totals(read(g, {"x": [1, 12, 8, 8]})) == (216 + 128, 216 * 4 * 64 + 128 * 64, 0)


def test_channels_last(read):
    g = Graph()
    g.node("Transpose", ["x"], "nchw", perm=[0, 3, 1, 2])
    g.conv("nchw", "c", (8, 3, 3, 3), pads=[1] * 4)
    g.node("Transpose", ["c"], "nhwc", perm=[0, 2, 3, 1])
    g.matmul("nhwc", "y", 8, 5)
    network = read(g, {"x": [1, 6, 7, 3]})
    assert totals(network) == (256, 256 * 42, 0)
    assert (network.ifm_h.tolist(), network.ifm_w.tolist()) == ([6, 6], [7, 7])


def test_resize_and_skip(read):
    g = Graph()
    g.conv("x", "a", (8, 3, 3, 3), pads=[1] * 4, strides=[2, 2])
    g.node("Resize", ["a", "", g.value("s", np.array([1, 1, 2, 2], dtype=np.float32))], "up")
    g.node("Concat", ["up", "x"], "both", axis=1)
    g.conv("both", "y", (4, 11, 1, 1))
    network = read(g, {"x": [1, 3, 16, 16]})
    assert network.weight_macs.tolist() == [216 * 64, 44 * 256]
    assert edges(network)[1:] == [("a", "y", "input", 8 * 256), ("host", "y", "input", 3 * 256)]
    assert network.vector[0, 0] == 8 * 256


def test_fourier_transform_is_vector_work(read):
    g = Graph(opset=20)
    g.node("DFT", ["x", "", g.value("axis", np.array(1))], "f", onesided=1)
    g.node("Reshape", ["f", g.value("to", np.array([1, 5, 2]))], "r")
    g.matmul("r", "y", 2, 4)
    network = read(g, {"x": [1, 8, 1]})
    assert totals(network) == (8, 40, 0)
    assert network.vector[0].tolist() == [10 * 3 * 4]  # 5 complex values, 4 bits of a length of 8, 3 operations a step


def test_gate_is_an_operand(read):
    g = Graph()
    g.conv("x", "a", (8, 3, 3, 3), pads=[1] * 4)
    g.conv(g.node("GlobalAveragePool", ["a"], "mean"), "s", (8, 8, 1, 1))
    g.node("Mul", ["a", g.node("Sigmoid", ["s"], "gate")], "gated")
    g.conv("gated", "y", (4, 8, 1, 1))
    network = read(g, {"x": [1, 3, 16, 16]})
    assert ("a", "s", "operand", 2048) in edges(network)
    assert ("s", "y", "input", 2048) in edges(network)
    assert network.vector.tolist()[:2] == [[2048, 2048, 0], [0, 8, 0]]  # the mean on a branch, the gate; its sigmoid


# --- weights used twice ------------------------------------------------------------------------------------------


def test_shared_weights_are_held_once(read):
    g = Graph()
    w = g.constant("w", 8, 8, 3, 3)
    g.node("Conv", ["x", w], "a", pads=[1] * 4)
    g.node("Conv", ["a", w], "y", pads=[1] * 4)
    network = read(g, {"x": [1, 8, 16, 16]})
    assert totals(network) == (576, 2 * 576 * 256, 0)
    assert network.weights_of.tolist() == [-1, 0]


def test_a_copy_is_shared_by_the_runs_of_one_module_alone(read):
    g = Graph()
    g.constant("w", 4, 4)
    copies = [g.node("Identity", ["w"], f"copy{i}") for i in range(2)]
    for name, weights in (("m/a", "w"), ("m/a_1", copies[0]), ("m/b", copies[1])):
        g.node("MatMul", ["x", weights], name)
    network = read(g, {"x": [1, 4]}, "m/a", "m/a_1", "m/b")
    assert network.weights.tolist() == [16, 0, 16]


def test_weights_among_the_inputs(tmp_path):
    g = Graph()
    g.node("MatMul", ["x", "w"], "y")
    reading = read_network(g.save(tmp_path / "w.onnx", {"x": [1, 512], "w": [512, 64]}))
    assert totals(reading.network) == (32768, 32768, 0)
    assert reading.weight_inputs == ("w",)
    h = Graph()
    h.node("MatMul", ["x", "w"], "y")
    both = load_network(h.save(tmp_path / "p.onnx", {"x": [8, 512], "w": [512, 64]}))
    assert totals(both) == (0, 0, 8 * 512 * 64)


# --- recurrent nodes, branches, loops, functions -----------------------------------------------------------------


@pytest.mark.parametrize(("kind", "gates"), [("LSTM", 4), ("GRU", 3), ("RNN", 1)])
def test_recurrent_node_is_one_matrix_a_direction(read, kind, gates):
    g = Graph()
    w, r = g.constant("w", 2, gates * 8, 4), g.constant("r", 2, gates * 8, 8)
    g.node(kind, ["x", w, r], "y", hidden_size=8, direction="bidirectional")
    network = read(g, {"x": [20, 1, 4]})
    assert network.weights.tolist() == [12 * gates * 8] * 2
    assert totals(network)[1] == 2 * 12 * gates * 8 * 20
    assert network.sequential.all()
    assert edges(network) == [("host", "y_forward", "input", 80), ("host", "y_backward", "input", 80)]


def test_the_branch_that_is_taken_stands_in_its_place(read):
    g = Graph()
    g.conv("x", "a", (8, 3, 3, 3), pads=[1] * 4)
    g.value("yes", np.array(True))
    sides = []
    for name in ("t", "e"):
        g.constant(f"w{name}", 8, 8, 3, 3)
        node = helper.make_node("Conv", ["a", f"w{name}"], [name], name=name, pads=[1] * 4)
        sides.append(subgraph({}, {name: None}, node))
    g.node("If", ["yes"], "b", then_branch=sides[0], else_branch=sides[1])
    g.conv("b", "y", (4, 8, 1, 1))
    network = read(g, {"x": [1, 3, 8, 8]})
    assert network.layer_names == ("a", "t", "y")
    assert totals(network) == (216 + 576 + 32, (216 + 576 + 32) * 64, 0)


def recurrence():
    """Body of a recurrence: s' = s R + x W."""
    return (
        helper.make_node("MatMul", ["s", "R"], ["sr"], name="state"),
        helper.make_node("MatMul", ["xt", "W"], ["xr"], name="input_part"),
        helper.make_node("Add", ["sr", "xr"], ["s2"]),
        helper.make_node("Identity", ["s2"], ["o"]),
    )


def test_scan_runs_its_body_at_every_step(read):
    g = Graph()
    g.constant("R", 8, 8)
    g.constant("W", 4, 8)
    body = subgraph({"s": [1, 8], "xt": [1, 4]}, {"s2": [1, 8], "o": [1, 8]}, *recurrence())
    g.node("Scan", [g.constant("s0", 1, 8), "x"], ["last", "y"], body=body, num_scan_inputs=1)
    network = read(g, {"x": [20, 1, 4]})
    assert totals(network) == (96, 96 * 20, 0)
    assert network.sequential.all()


def loop_of(g, body_nodes, constants=()):
    """A loop of three runs over a state of 4 values."""
    body = helper.make_graph(
        list(body_nodes),
        "body",
        [
            helper.make_tensor_value_info("i", onnx.TensorProto.INT64, []),
            helper.make_tensor_value_info("c", onnx.TensorProto.BOOL, []),
            helper.make_tensor_value_info("s", FLOAT, [1, 4]),
        ],
        [
            helper.make_tensor_value_info("c2", onnx.TensorProto.BOOL, []),
            helper.make_tensor_value_info("s2", FLOAT, [1, 4]),
        ],
        list(constants),
    )
    return g.node("Loop", [g.value("three", np.array(3)), "", "x"], "y", body=body)


def test_loop_whose_runs_are_alike_is_one_layer(read):
    g = Graph()
    g.constant("W", 4, 4)
    nodes = (
        helper.make_node("Identity", ["c"], ["c2"]),
        helper.make_node("MatMul", ["s", "W"], ["s2"], name="step"),
    )
    loop_of(g, nodes)
    network = read(g, {"x": [1, 4]})
    assert (network.layer_names, totals(network)) == (("step",), (16, 48, 0))


def test_loop_over_stacked_weights_is_a_layer_a_run(read):
    g = Graph()
    g.constant("W", 3, 4, 4)
    nodes = (
        helper.make_node("Identity", ["c"], ["c2"]),
        helper.make_node("Gather", ["W", "i"], ["Wi"], axis=0),
        helper.make_node("MatMul", ["s", "Wi"], ["s2"], name="step"),
    )
    loop_of(g, nodes)
    network = read(g, {"x": [1, 4]})
    assert (network.n_layers, totals(network)) == (3, (48, 48, 0))


def test_function_of_the_model(read):
    g = Graph()
    inner = [
        helper.make_node("MatMul", ["a", "w"], ["m"]),
        helper.make_node("LeakyRelu", ["m"], ["b"]),
    ]
    of_the_call = onnx.AttributeProto(name="alpha", ref_attr_name="slope", type=onnx.AttributeProto.FLOAT)
    inner[1].attribute.append(of_the_call)
    imports = [helper.make_opsetid("", 17)]
    g.functions.append(helper.make_function("mine", "Dense", ["a", "w"], ["b"], inner, imports, ["slope"]))
    g.node("Dense", ["x", g.constant("w", 16, 8)], "y", domain="mine", slope=0.1)
    assert totals(read(g, {"x": [1, 5, 16]})) == (128, 640, 0)


# --- quantised and fused twins of operations ---------------------------------------------------------------------


def test_integer_twins(read):
    g = Graph()
    for name in ("s", "z"):
        g.value(name, np.float32(1) if name == "s" else np.uint8(0))
    g.value("w", np.zeros((8, 3, 3, 3), dtype=np.uint8))
    g.node("DynamicQuantizeLinear", ["x"], ["xq", "xs", "xz"])
    g.node("ConvInteger", ["xq", "w", "xz", "z"], "ci", pads=[1] * 4)
    g.node("Mul", [g.node("Cast", ["ci"], "cf", to=1), g.node("Mul", ["xs", "s"], "both")], "scaled")
    g.node("QuantizeLinear", ["scaled", "s", "z"], "q")
    g.node("QLinearConv", ["q", "s", "z", "w2", "s", "z", "s", "z"], "qc")
    g.value("w2", np.zeros((4, 8, 1, 1), dtype=np.uint8))
    g.node("DequantizeLinear", ["qc", "s", "z"], "y")
    network = read(g, {"x": [1, 3, 8, 8]})
    assert totals(network) == (216 + 32, 248 * 64, 0)
    assert not network.vector.any()
    h = Graph()
    h.value("wq", np.zeros((16, 8), dtype=np.uint8))
    h.node("DynamicQuantizeLinear", ["x"], ["xq", "xs", "xz"])
    h.node("MatMulInteger", ["xq", "wq", "xz"], "y")
    assert totals(read(h, {"x": [1, 5, 16]})) == (128, 640, 0)


def test_integer_concatenation_and_channels_last(read):
    g = Graph()
    g.value("s", np.float32(1))
    g.value("z", np.uint8(0))
    q = ["s", "z"]
    g.node("QuantizeLinear", ["x", *q], "xq")
    g.node("Transpose", ["xq"], "nhwc", perm=[0, 2, 3, 1])
    g.value("w", np.zeros((8, 3, 3, 3), dtype=np.uint8))
    g.fused("NhwcConv", ["nhwc", "w"], "c", pads=[1] * 4)
    g.fused("QLinearConcat", [*q, "c", *q, "nhwc", *q], "both", axis=3)
    g.value("v", np.zeros((11, 4), dtype=np.uint8))
    g.node("QLinearMatMul", ["both", *q, "v", *q, *q], "y")
    network = read(g, {"x": [1, 3, 8, 8]})
    assert totals(network) == (216 + 44, 260 * 64, 0)
    assert edges(network)[1:] == [("c", "y", "input", 512), ("host", "y", "input", 192)]


def attention_inputs(g):
    for name in "qkv":
        g.matmul("x", name, 32, 32)


@pytest.mark.parametrize("kind", ["Attention", "QAttention", "MultiHeadAttention", "GroupQueryAttention", "standard"])
def test_fused_attention_counts_as_its_parts(read, kind):
    # 10 tokens of 32 values, 4 heads of 8: three projections of 32 x 32, and twice 4 x (10 x 8) (8 x 10)
    g = Graph(opset=23)
    if kind == "Attention":
        g.fused("Attention", ["x", g.constant("w", 32, 96), g.constant("b", 96)], "y", num_heads=4)
    elif kind == "QAttention":
        given = ["x", g.constant("w", 32, 96), g.constant("b", 96), g.constant("xs"), g.constant("ws")]
        g.fused("QAttention", given, "y", num_heads=4)
    else:
        attention_inputs(g)
        if kind == "standard":
            g.node("Attention", ["q", "k", "v"], "y", q_num_heads=4, kv_num_heads=4)
        elif kind == "MultiHeadAttention":
            g.fused(kind, ["q", "k", "v"], "y", num_heads=4)
        else:
            g.fused(kind, ["q", "k", "v"], ["y", "key", "value"], num_heads=4, kv_num_heads=4)
    network = read(g, {"x": [1, 10, 32]})
    assert totals(network) == (3 * 32 * 32, 3 * 32 * 32 * 10, 2 * 4 * 10 * 8 * 10)
    assert network.vector[2].sum() == 4 * 10 * 10


def test_fused_encoder(read):
    g = Graph()
    tables = [g.constant(f"table{i}", rows, 32) for i, rows in enumerate((100, 10, 2))]
    norm = [g.constant(f"n{i}", 32) for i in range(4)]
    g.fused("EmbedLayerNormalization", ["ids", "", *tables[:2], "", *norm[:2]], ["e", "mask"])
    g.matmul("e", "up", 32, 64)
    g.fused("BiasGelu", ["up", g.constant("b", 64)], "a")
    g.fused("FusedMatMul", ["a", g.constant("w", 32, 64)], "down", transB=1)
    g.fused("SkipLayerNormalization", ["down", "e", *norm[2:]], "y")
    network = read(g, {"ids": [1, 10]})
    assert totals(network) == (2 * 32 * 64, 2 * 32 * 64 * 10, 0)
    assert network.vector.sum(axis=1).tolist() == [2 * 320, 640, 0, 2 * 320]
    assert ("host", "down", "residual", 320) in edges(network)
    assert network.looked_up == 110 * 32


def test_experts_are_all_held_and_work_for_the_tokens_sent_to_them(read):
    # 6 tokens of 8 values, each to 2 of 4 experts of 16: 12 tokens on the way
    g = Graph()
    g.matmul("x", "first", 8, 8)
    g.matmul("first", "router", 8, 4)
    g.fused("MoE", ["first", "router", g.constant("up", 4, 8, 16), "", g.constant("down", 4, 16, 8)], "y", k=2)
    network = read(g, {"x": [1, 6, 8]})
    assert network.weights.tolist() == [64, 32, 4 * 8 * 16, 4 * 16 * 8]
    assert network.weight_macs.tolist() == [64 * 6, 32 * 6, 12 * 8 * 16, 12 * 16 * 8]
    assert ("first", "y_up", "input", 12 * 8) in edges(network)
    assert np.isfinite(evaluate(network, Designs.grid()).column("latency_ms")).all()


def test_packed_weights_of_few_bits(read):
    g = Graph()
    g.value("w", np.zeros((64, 1, 16), dtype=np.uint8))
    g.fused("MatMulNBits", ["x", "w", g.constant("s", 64)], "y", N=64, K=32, bits=4, block_size=32)
    assert totals(read(g, {"x": [1, 10, 32]})) == (2048, 20480, 0)


def gelu(g, half_first):
    """GELU of the layer ``up`` as exporters write it."""
    for name, number in (("root", 1.4142), ("one", 1.0), ("half", 0.5)):
        g.value(name, np.float32(number))
    curve = g.node("Erf", [g.node("Div", ["up", "root"], "d")], "erf")
    raised = g.node("Add", [curve, "one"], "raised")
    if half_first:
        return g.node("Mul", ["up", g.node("Mul", ["half", raised], "h")], "gelu")
    return g.node("Mul", [g.node("Mul", ["up", raised], "p"), "half"], "gelu")


@pytest.mark.parametrize("half_first", [True, False])
def test_gelu_written_out_is_one_operation_a_value(read, half_first):
    g = Graph()
    g.matmul("x", "up", 16, 64)
    g.matmul(gelu(g, half_first), "y", 64, 16)
    assert read(g, {"x": [1, 10, 16]}).vector.sum(axis=1).tolist() == [0, 640, 0, 0]


@pytest.mark.parametrize("centred", [True, False])
def test_normalisation_written_out_is_one_operation_a_value(read, centred):
    g = Graph()
    x = g.matmul("x", "first", 16, 16)
    if centred:
        x = g.node("Sub", ["first", g.node("ReduceMean", ["first"], "mean", axes=[-1])], "centred")
    square = g.node("Pow", [x, g.value("two", np.float32(2))], "square")
    spread = g.node("Add", [g.node("ReduceMean", [square], "m", axes=[-1]), g.value("eps", np.float32(1e-5))], "v")
    root = g.node("Sqrt", [spread], "root")
    normed = g.node("Div", [x, root], "n") if centred else g.node("Mul", [x, g.node("Reciprocal", [root], "i")], "n")
    g.matmul(g.node("Mul", [normed, g.constant("gain", 16)], "scaled"), "y", 16, 8)
    assert read(g, {"x": [1, 10, 16]}).vector.sum(axis=1).tolist() == [0, 0, 0, 160]


def test_silu_and_a_gate(read):
    g = Graph()
    g.conv("x", "a", (8, 3, 1, 1))
    g.node("Mul", ["a", g.node("Sigmoid", ["a"], "s")], "silu")
    g.conv("silu", "y", (4, 8, 1, 1))
    assert read(g, {"x": [1, 3, 4, 4]}).vector.sum(axis=1).tolist() == [0, 128, 0, 0]


# --- what is folded, what is refused -----------------------------------------------------------------------------


def test_arithmetic_of_shapes_is_folded(tmp_path):
    g = Graph()
    g.value("one", np.array(1))
    g.node("Gather", [g.node("Shape", ["x"], "shape"), "one"], "tokens", axis=0)
    g.node("Unsqueeze", ["tokens", g.value("zero", np.array([0]))], "t1")
    g.node("Concat", ["t1", g.value("minus", np.array([-1]))], "to", axis=0)
    g.matmul(g.node("Reshape", ["x", "to"], "rows"), "y", 64, 8)
    g.node("Relu", ["y"], "unused")
    reading = read_network(g.save(tmp_path / "g.onnx", {"x": [1, 50, 64]}))
    assert totals(reading.network) == (512, 25600, 0)
    assert "node 'unused' (Relu): leads to no output" in reading.folded
    assert [line for line in reading.folded if "Concat" in line] == ["node 'to' (Concat)"]


def test_unused_layers_are_listed_not_dropped_silently(tmp_path):
    g = Graph()
    g.matmul("x", "y", 8, 8)
    g.matmul("x", "dead", 8, 4)
    reading = read_network(g.save(tmp_path / "g.onnx", {"x": [1, 8]}))
    assert reading.network.layer_names == ("y",)
    assert reading.folded == ("node 'dead' (MatMul): leads to no output",)


@pytest.fixture
def refused(tmp_path):
    def reader(graph, inputs, *outputs):
        with pytest.raises(InputError) as caught:
            load_network(graph.save(tmp_path / "g.onnx", inputs, *outputs))
        assert len(str(caught.value)) < 2000
        return str(caught.value)

    return reader


def test_faults_of_one_cause_are_one_line_with_the_first_node(refused):
    g = Graph()
    for i in range(12):
        g.node("Strange", [f"x{i}" if i % 2 else "x"], f"n{i}")
    for i in range(1, 12, 2):
        g.nodes.insert(0, helper.make_node("Relu", ["x"], [f"x{i}"]))
    g.node("Sum", [f"n{i}" for i in range(12)], "s")
    g.matmul("s", "y", 8, 8)
    text = refused(g, {"x": [1, 8]})
    assert "12 x Strange, first: node 'n0' (Strange): this operation is not known; 2 nodes that follow" in text


def test_size_that_depends_on_the_data(refused):
    g = Graph()
    g.node("NonZero", ["x"], "places")
    g.matmul("places", "y", 8, 8)
    assert "node 'places' (NonZero): makes a tensor whose size depends on the data" in refused(g, {"x": [1, 8]})
    h = Graph()
    h.node("Reshape", ["x", h.node("Cast", ["ids"], "to", to=7)], "y")
    assert "its new shape depends on the data" in refused(h, {"x": [1, 8], "ids": [2]})


def test_branch_chosen_by_the_data(refused):
    g = Graph()
    body = subgraph({}, {"t": None}, helper.make_node("Relu", ["x"], ["t"]))
    g.node("If", [g.node("Cast", ["ids"], "c", to=9)], "y", then_branch=body, else_branch=body)
    assert "node 'y' (If): chooses between two graphs by the data" in refused(g, {"x": [1, 8], "ids": [1]})


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"strides": [0, 0]}, "attribute strides is [0, 0]; must be whole numbers of at least 1"),
        ({"group": 2}, "has 3 channels, weights [4, 3, 3, 3] and 2 groups"),
        ({"kernel_shape": [5, 5]}, "states the kernel [5, 5] and has weights [4, 3, 3, 3]"),
        ({"dilations": [9, 9]}, "its kernel [3, 3] exceeds the padded map [8, 8]"),
        ({"pads": [1]}, "pads [1] for a kernel [3, 3] on [8, 8]"),
    ],
)
def test_convolution_that_does_not_fit_names_its_node(refused, attributes, message):
    g = Graph()
    g.conv("x", "y", (4, 3, 3, 3), **attributes)
    text = refused(g, {"x": [1, 3, 8, 8]})
    assert f"node 'y' (Conv): {'has strides [1, 1], dilations [1, 1], ' if 'pads' in message else ''}{message}" in text


def test_tensors_too_large_to_count_are_refused_at_once(refused):
    g = Graph()
    g.node("Tile", ["x", g.value("r", np.array([1, 2**31 - 1, 2**31 - 1]))], "y")
    assert "values at most 2^60" in refused(g, {"x": [1, 8, 8]})


def test_source_of_positions_put_one_after_the_other(read):
    g = Graph()
    g.matmul("x", "a", 16, 8)
    g.matmul("z", "b", 16, 8)
    g.node("Concat", ["a", "b"], "both", axis=1)
    g.matmul("both", "y", 8, 4)
    network = read(g, {"x": [1, 5, 16], "z": [1, 2, 16]})
    assert edges(network)[2:] == [("a", "y", "input", 40), ("b", "y", "input", 16)]
    assert network.edge_producer.tolist()[:2] == [HOST, HOST]
