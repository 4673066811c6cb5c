"""Rows of a network file that say more than a square kernel on a flat map: each against the plain row it stands for."""

import pytest
from numpy.testing import assert_array_equal

from siam_dse.core.errors import InputError
from siam_dse.workload.load import load_network
from siam_dse.workload.yaml_reader import parse_network


def read(*rows, edges=()):
    text = "name: n\nlayers:\n" + "".join(f"- {row}\n" for row in rows)
    return parse_network(text + ("edges:\n" + "".join(f"- {row}\n" for row in edges) if edges else ""), "n.yaml")


def output(network, layer=0):
    return int(network.ofm_h[layer]), int(network.ofm_w[layer]), int(network.channels_out[layer])


def given(network, layer=0):
    return int(network.gives_h[layer]), int(network.gives_w[layer]), int(network.gives_channels[layer])


@pytest.mark.parametrize(
    ("row", "rows", "after"),
    [
        # 3,600 samples with 5 of padding at both ends: (3600 + 10 - 7) / 2 + 1
        ("ifm: [1, 3600, 1], kernel: [1, 7], out: 8, stride: [1, 2], padding: [0, 5]", 7, (1, 1802)),
        ("ifm: [20, 20, 2], kernel: 3, out: 8, stride: [2, 1]", 18, (9, 18)),
        # a dilated kernel of 3 reaches over 5, and with 4 between over 13
        ("ifm: [32, 32, 64], kernel: 3, out: 8, padding: 2, dilation: 2", 576, (32, 32)),
        ("ifm: [32, 32, 4], kernel: [3, 1], out: 8, dilation: [6, 1]", 12, (20, 32)),
        # top 0, left 1, bottom 1, right 2: a map of 9 x 11 under a kernel of 3 in steps of 2
        ("ifm: [8, 8, 2], kernel: 3, out: 8, stride: 2, padding: [0, 1, 1, 2]", 18, (4, 5)),
        # three axes: 16 x 112 x 112 with padding keeps its size; depth stands above height
        ("ifm: [16, 112, 112, 3], kernel: [3, 3, 3], out: 8, padding: 1", 81, (16 * 112, 112)),
        ("ifm: [9, 16, 16, 3], kernel: [3, 1, 1], out: 8, stride: [2, 1, 1]", 9, (4 * 16, 16)),
        ("ifm: [9, 16, 16, 3], kernel: 3, out: 8, padding: [0, 1, 1, 0, 1, 1]", 81, (7 * 16, 16)),
        ("ifm: [9, 16, 16, 3], kernel: 3, out: 8, ofm: [4, 8, 8]", 81, (32, 8)),
        ("kind: matmul, ifm: [128, 1, 48], out: 8", 48, (128, 1)),
    ],
)
def test_windows_by_hand(row, rows, after):
    network = read(f"{{name: c, {row}}}")
    assert output(network) == (*after, 8)
    assert network.rows[0] == rows
    assert network.weight_macs[0] == rows * 8 * after[0] * after[1]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("ifm: [1, 3600, 1], kernel: [1, 7], out: 8, padding: 5", "padding: got 5; must be below the height 1 of"),
        ("ifm: [8, 8, 1], kernel: 3, out: 8, padding: 3", "padding: got 3; must be below the height 3 of the kernel"),
        ("ifm: [8, 8, 1], kernel: 3, out: 8, padding: [0, 0, 0, 3]", "must be below the width 3 of the kernel"),
        ("ifm: [8, 8, 1], kernel: 3, out: 8, padding: [1, 1, 1]", "a list of 2: height, width, or of 4: top, left"),
        ("ifm: [8, 8, 1], kernel: 3, out: 8, stride: [1]", "stride: got [1]; must be a whole number or a list of 2"),
        ("ifm: [8, 8, 1], kernel: 3, out: 8, stride: [1, 0]", "stride width: got 0; must be a whole number of at le"),
        ("ifm: [8, 8, 1], kernel: 3, out: 8, dilation: 4", "exceeds the padded input: height 8 + 2 x padding 0"),
        ("ifm: [8, 8, 8, 1], kernel: [3, 3], out: 8", "kernel: got [3, 3]; must be a whole number or a list of 3: dep"),
        ("kind: matmul, ifm: [8, 1, 1], kernel: 3, out: 8", "kind: got 'matmul'; has no kernel, stride, padding"),
        ("kind: lstm, ifm: [8, 1, 4], kernel: 1, out: 8", "kernel: got 1; a row of kind lstm has none"),
        ("kind: conv_transpose, ifm: [8, 8, 4], kernel: 2, out: 8, pool: {max: 2}", "a row of kind conv_transpose ha"),
        ("kind: conv_transpose, ifm: [1, 8, 4], kernel: 1, out: 8, padding: 1", "leaves a map of [-1, 6]"),
        ("ifm: [8, 8, 4], kernel: 1, out: 8, resize: 2, gives: [8, 8, 8]", "resize: got 2; stands with gives"),
        ("ifm: [8, 8, 4], kernel: 1, out: 8, resize: [16]", "resize: got [16]; must be a list of 2"),
        ("ifm: [8, 8, 4], kernel: 1, out: 8, norm: 2", "norm: got 2; must be true or false"),
    ],
)
def test_faults_of_rows(row, message):
    with pytest.raises(InputError) as error:
        read(f"{{name: c, {row}}}")
    assert message in str(error.value)


def test_padding_as_wide_as_the_kernel_stands_where_the_map_is_stated():
    network = read("{name: c, ifm: [4, 4, 2], kernel: 1, out: 3, padding: 1, ofm: [6, 6]}")  # SqueezeNet of Caffe
    assert output(network) == (6, 6, 3)
    assert "padding: 1, ofm: [6, 6]" in network.text
    assert parse_network(network.text, "again").text == network.text


def test_transposed_convolution_by_hand():
    # each of 5 x 6 positions makes a patch of 3 x 3 x 8; steps of 2: (5 - 1) 2 + 3 - 1 - 1 by (6 - 1) 2 + 3 - 1 - 1
    network = read("{name: up, kind: conv_transpose, ifm: [5, 6, 4], kernel: 3, out: 8, stride: 2, padding: 1}")
    assert given(network) == (9, 11, 8)
    assert (network.weights[0], network.weight_macs[0]) == (4 * 72, 4 * 72 * 30)
    assert network.vector[:, 0].tolist() == [72 * 30, 0, 0, 0]  # overlap-add
    stated = read(
        "{name: up, kind: conv_transpose, ifm: [5, 6, 4], kernel: 3, out: 8, stride: 2, padding: 1, ofm: [10, 12]}"
    )
    assert given(stated) == (10, 12, 8)


@pytest.mark.parametrize(
    ("kind", "gates", "special", "simple"), [("lstm", 4, 5, 4), ("gru", 3, 3, 6), ("rnn", 1, 1, 0)]
)
def test_recurrent_layer_by_hand(kind, gates, special, simple):
    network = read(
        f"{{name: r, kind: {kind}, ifm: [50, 1, 40], out: 64}}",
        "{name: fc, kind: fc, ifm: [1, 1, 64], out: 10}",
        edges=("{to: r, from: input}", "{to: fc, from: {layer: r, read_as: [1, 1, 64]}}"),
    )
    assert network.weights.tolist() == [(40 + 64) * gates * 64, 640]
    assert network.weight_macs[0] == 50 * network.weights[0]
    assert network.vector[:2, 0].tolist() == [50 * 64 * simple, 50 * 64 * special]
    assert network.sequential.tolist() == [True, False]
    assert given(network) == (50, 1, 64)
    assert network.edge_values.tolist() == [50 * 40, 64]


def test_resize_and_norm_count_the_values_they_leave():
    network = read("{name: a, ifm: [16, 16, 3], kernel: 3, out: 8, padding: 1, pool: {max: 2}, resize: 4, norm: true}")
    assert given(network) == (32, 32, 8)
    assert network.vector[:, 0].tolist() == [8192, 0, 0, 8192]
    assert given(read("{name: a, ifm: [16, 16, 3], kernel: 1, out: 8, resize: [20, 24]}")) == (20, 24, 8)


A = "{name: a, ifm: [32, 32, 3], kernel: 3, out: 8, padding: 1}"
S = "{name: s, kind: fc, ifm: [1, 1, 8], out: 8}"
B = "{name: b, ifm: [32, 32, 8], kernel: 1, out: 4}"


def test_gate_made_after_its_map():
    network = read(A, S, B, edges=("{to: a, from: input}", "{to: s, from: a}", "{to: b, from: a, gate: s}"))
    edges = zip(network.edge_producer, network.edge_consumer, network.edge_kind, network.edge_values, strict=True)
    assert list(edges) == [(-1, 0, 0, 3072), (0, 1, 0, 8), (0, 1, 2, 8192), (1, 2, 0, 8192)]
    assert given(network, 1) == (32, 32, 8)
    assert network.vector[0].tolist() == [0, 8192, 0]
    assert network.weight_macs.tolist() == [216 * 1024, 64, 32 * 1024]


def test_gate_made_before_its_map():
    first = "{name: s, ifm: [32, 32, 3], kernel: 1, out: 8}"
    edges = ("{to: s, from: input}", "{to: a, from: input}", "{to: b, from: a, gate: s}")
    network = read(first, A, B, edges=edges)
    assert network.vector[0].tolist() == [0, 8192, 0]
    assert network.edge_producer.tolist() == [-1, -1, 0, 1]
    assert network.edge_kind.tolist() == [0, 0, 2, 0]


@pytest.mark.parametrize("gate", ["a", "input", "[a, s]"])
def test_faults_of_gates(gate):
    with pytest.raises(InputError, match="a gate multiplies one map that another layer makes"):
        read(A, S, B, edges=("{to: a, from: input}", "{to: s, from: a}", f"{{to: b, from: a, gate: {gate}}}"))


def test_unknown_gate():
    with pytest.raises(InputError, match="operand: unknown layer 'z'"):
        read(A, S, B, edges=("{to: a, from: input}", "{to: s, from: a}", "{to: b, from: a, gate: z}"))


def test_a_map_is_not_enlarged_by_reading_it():
    edges = ("{to: a, from: input}", "{to: b, from: {layer: a, read_as: [64, 64, 8]}}")
    with pytest.raises(InputError, match=r"write resize: \[64, 64\] in the row of 'a'"):
        read(A, B.replace("[32, 32, 8]", "[64, 64, 8]"), edges=edges)
    resized = A.replace("padding: 1", "padding: 1, resize: [64, 64]")
    network = read(resized, B.replace("[32, 32, 8]", "[64, 64, 8]"))
    assert output(network, 1) == (64, 64, 4)


@pytest.mark.parametrize("name", ["gpt2", "llama_1b"])
def test_a_decoder_that_adds_a_token_reads_back_equal(name):
    network = load_network(name, phase="decode")
    again = parse_network(network.text, "again")
    for field in network.__dataclass_fields__:
        assert_array_equal(getattr(again, field), getattr(network, field), err_msg=field)
