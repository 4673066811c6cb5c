"""The YAML reader: shapes against a brute-force count, round trips, and the message of every fault."""

import textwrap

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from siam_dse.core.errors import InputError
from siam_dse.workload import yaml_reader
from siam_dse.workload.build import to_network
from siam_dse.workload.graph import Edge, Header, Layer, Pool
from siam_dse.workload.network import HOST
from siam_dse.workload.shapes import conv_side, pooled_side, siam_map
from siam_dse.workload.yaml_reader import parse_network, read_yaml_network

GOOD = """\
name: small
dataset: cifar10
layers:
- {name: stem, ifm: [32, 32, 3], kernel: 3, out: 16, padding: 1}
- {name: a, ifm: [32, 32, 16], kernel: 3, out: 16, padding: 1}
- {name: b, ifm: [32, 32, 16], kernel: 3, out: 16, padding: 1, pool: {max: 2}}
- {name: c, ifm: [16, 16, 16], kernel: [1, 3], out: 8, groups: 2, ofm: [16, 16]}
- {name: fc, kind: fc, ifm: [1, 1, 2048], out: 10}
edges:
- {to: stem, from: input}
- {to: a, from: stem}
- {to: b, from: a, residual: stem}
- {to: c, from: b}
- {to: fc, from: c}
"""


def swap(old, new, text=GOOD):
    assert old in text
    return text.replace(old, new, 1)


def faults(text):
    with pytest.raises(InputError) as caught:
        parse_network(text, "net.yaml")
    assert caught.value.where == "net.yaml"
    return caught.value.problems


# Shapes --------------------------------------------------------------------------------------------------------------


def counted(side, kernel, stride, padding):
    """Starts of the kernel that stay inside the padded side, one by one."""
    return sum(start + kernel <= side + 2 * padding for start in range(0, side + 2 * padding, stride))


SIDES = {
    "side": st.integers(1, 40),
    "kernel": st.integers(1, 9),
    "stride": st.integers(1, 5),
    "padding": st.integers(0, 4),
}


@given(**SIDES)
def test_conv_side_is_the_count_of_starts(side, kernel, stride, padding):
    expected = counted(side, kernel, stride, padding)
    assert max(conv_side(side, kernel, stride, padding), 0) == expected
    assert pooled_side(side, kernel, stride, padding) == max(expected, 1)


@given(height=st.integers(1, 12), width=st.integers(1, 12), kernel=st.integers(1, 6))
def test_siam_map_is_the_unpadded_sweep(height, width, kernel):
    starts = counted(height, kernel, 1, 0) * counted(width, kernel, 1, 0)
    rows, columns = siam_map(height, width, kernel, kernel)
    assert rows * columns == max(starts, 1)


@st.composite
def chains(draw):
    """Networks of a few layers whose shapes fit."""
    layers, ifm = [], (draw(st.integers(4, 20)), draw(st.integers(4, 20)), draw(st.sampled_from([1, 2, 4, 6])))
    for i in range(draw(st.integers(1, 5))):
        kernel = (draw(st.integers(1, min(3, ifm[0]))), draw(st.integers(1, min(3, ifm[1]))))
        groups = draw(st.sampled_from([g for g in (1, 2) if ifm[2] % g == 0]))
        pool = draw(st.sampled_from([Pool(), Pool("max", 2, 2), Pool("avg", 2, 1, 1)]))
        activity = draw(st.sampled_from([float("nan"), 0.25]))
        layer = Layer(
            f"l{i}",
            "conv",
            ifm,
            kernel,
            groups * draw(st.integers(1, 4)),
            draw(st.integers(1, 2)),
            draw(st.integers(0, 1)),
            groups,
            sparsity=draw(st.sampled_from([0.0, 0.5])),
            input_activity=activity,
        )
        if min(layer.output_map) > 1:
            layer = Layer(**{**layer.__dict__, "pool": pool})
        layers.append(layer)
        ifm = layer.pooled
    edges = [Edge(HOST if i == 0 else i - 1, i, "input", layer.ifm) for i, layer in enumerate(layers)]
    return to_network(Header("odd: name", "#set", int8_top1=draw(st.sampled_from([0.75, float("nan")]))), layers, edges)


@settings(max_examples=60, deadline=None)
@given(network=chains())
@pytest.mark.slow
def test_any_chain_reads_back_equal(network):
    again = parse_network(network.text, "round trip")
    for field in network.__dataclass_fields__:
        assert_array_equal(getattr(again, field), getattr(network, field), err_msg=field)


def test_good_file_by_hand(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(GOOD, encoding="utf-8")
    network = read_yaml_network(path)
    # stem 27 x 16, a and b 144 x 16, c (3 x 8 a group) x 8, fc 2048 x 10
    assert network.weights.tolist() == [432, 2304, 2304, 192, 20480]
    assert network.positions.tolist() == [1024, 1024, 1024, 256, 1]
    # input, a, b, residual of b (stem as it is), c (after the pool), fc (16 x 16 x 8 flattened)
    assert network.edge_values.tolist() == [3072, 16384, 16384, 16384, 4096, 2048]
    assert network.edge_kind.tolist() == [0, 0, 0, 1, 0, 0]
    assert (network.classes, network.int8_top1_status) == (10, "unknown")
    assert np.isnan(network.int8_top1)
    assert parse_network(network.text, "again").text == network.text


def test_no_edges_mean_a_chain():
    chain = GOOD.split("edges:")[0]
    network = parse_network(chain, "chain")
    assert network.edge_producer.tolist() == [HOST, 0, 1, 2, 3]
    assert "edges" not in network.text


def test_fc_reads_flattened_or_averaged():
    averaged = swap("[1, 1, 2048]", "[1, 1, 8]")
    assert parse_network(averaged, "averaged").edge_values[-1] == 8


def test_global_pool_takes_the_whole_map():
    text = swap("ofm: [16, 16]}", "ofm: [16, 14], pool: {avg: global}}")
    network = parse_network(swap("[1, 1, 2048]", "[1, 1, 8]", text), "global")
    assert (network.pool_kernel[3], network.edge_values[-1]) == (16, 8)


def test_read_as_is_kept():
    text = swap("{to: c, from: b}", "{to: c, from: {layer: a, read_as: [16, 16, 16]}}")
    network = parse_network(text, "read_as")
    assert network.edge_values[4] == 4096
    assert "read_as: [16, 16, 16]" in network.text
    assert parse_network(network.text, "again").text == network.text


# Faults --------------------------------------------------------------------------------------------------------------

A_ROW = "{name: a, ifm: [32, 32, 16], kernel: 3, out: 16, padding: 1}"
CASES = {
    "unknown layer key, closest first": (
        swap("{name: a, ifm", "{name: a, strid: 1, ifm"),
        "layers row 2 (a): unknown key 'strid'; known: stride,",
    ),
    "unknown top key": (swap("dataset:", "dataste:"), "unknown key 'dataste'; known: dataset,"),
    "missing kernel": (swap(" kernel: 3,", "", GOOD), "layers row 1 (stem): kernel: is missing; add it"),
    "quoted number": (swap("out: 16", "out: '16'"), "(stem): out: got '16'; must be a whole number of at least 1"),
    "zero stride": (swap("padding: 1}", "padding: 1, stride: 0}"), "(stem): stride: got 0; must be a whole number"),
    "fractional": (swap("out: 16", "out: 16.5"), "(stem): out: got 16.5; must be a whole number"),
    "truth value": (swap("out: 16", "out: true"), "(stem): out: got True; must be a whole number"),
    "short ifm": (
        swap("[32, 32, 3]", "[32, 3]"),
        "(stem): ifm: got [32, 3]; must be a list of 3 whole numbers: height",
    ),
    "bad kind": (swap("{name: a,", "{name: a, kind: dense,"), "(a): kind: got 'dense'; must be one of"),
    "sparsity as percentage": (
        swap("{name: a,", "{name: a, sparsity: 50,"),
        "(a): sparsity: got 50; must be a number in [0, 1); write a percentage as a fraction",
    ),
    "input activity": (swap("{name: a,", "{name: a, input_activity: -1,"), "(a): input_activity: got -1; must be"),
    "duplicate name": (swap("{name: a,", "{name: stem,"), "layers row 2 (stem): name: is that of row 1 too"),
    "reserved name": (swap("{name: a,", "{name: input,"), "(input): name: 'input' means the host"),
    "kernel too large": (
        swap("kernel: [1, 3], out: 8, groups: 2, ofm: [16, 16]", "kernel: 17, out: 8"),
        "layers row 4 (c): kernel: got 17; exceeds the padded input: height 16 + 2 x padding 0",
    ),
    "groups": (swap("groups: 2", "groups: 3"), "(c): groups: got 3; must divide ifm channels = 16"),
    "fc with a map": (
        swap("[1, 1, 2048]", "[16, 16, 8]"),
        "(fc): ifm: got [16, 16, 8]; an fc layer is a 1 x 1 kernel on a [1, 1, inputs] map",
    ),
    "two pools": (
        swap("{max: 2}", "{max: 2, avg: 2}"),
        "(b): pool: got {'max': 2, 'avg': 2}; must have either max or avg",
    ),
    "pool too large": (swap("{max: 2}", "{max: 33}"), "(b): pool: max: got 33; exceeds the padded output map 32 x 32"),
    "channels do not match": (
        swap("a, ifm: [32, 32, 16]", "a, ifm: [32, 32, 8]"),
        "layers row 2 (a): ifm: got [32, 32, 8], but it reads stem [32, 32, 16]; the producers' channels add up to 16",
    ),
    "map does not match": (
        swap("pool: {max: 2}", "stride: 3"),
        "layers row 4 (c): ifm: got [16, 16, 16], but it reads b [11, 11, 16]; producers (after their pool) must have",
    ),
    "fc inputs do not match": (
        swap("1, 2048]", "1, 2047]"),
        "(fc): ifm: got 2047 inputs, but it reads c [16, 16, 8]; an fc layer takes its input flattened (2048) or",
    ),
    "residual shapes differ": (
        swap("residual: stem", "residual: input"),
        "edges row 3 (to b): residual: 'input' gives [32, 32, 3], but 'b' puts out [32, 32, 16]",
    ),
    "unknown producer": (
        swap("from: stem", "from: sten"),
        "edges row 2 (to a): from: unknown layer 'sten'; known: stem,",
    ),
    "unknown consumer": (swap("{to: c, ", "{to: d, "), "edges row 4 (to d): to: unknown layer 'd'"),
    "no input": (swap("- {to: c, from: b}\n", ""), "edges: no row gives layer 'c' (row 4) an input"),
    "consumer twice": (swap("{to: c, from: b}", "{to: b, from: a}"), "edges row 4 (to b): to: row 3 has it too"),
    "producer twice": (swap("{to: c, from: b}", "{to: c, from: [b, b]}"), "edges row 4 (to c): from: names 'b' twice"),
    "cycle": (swap("{to: a, from: stem}", "{to: a, from: b}"), "edges row 2 (to a): from: got 'b', which does not run"),
    "itself": (swap("{to: a, from: stem}", "{to: a, from: a}"), "from: got 'a', which does not run before 'a'"),
    "enlarged": (
        swap("{to: c, from: b}", "{to: c, from: {layer: b, read_as: [160, 16, 16]}}"),
        "edges row 4 (to c): read_as: got [160, 16, 16] of 'b', more values than its output [32, 32, 16] holds",
    ),
    "edge not a mapping": (swap("{to: c, from: b}", "[b, c]"), "edges row 4: got ['b', 'c']; must be a mapping"),
    "layer not a mapping": (swap(A_ROW, "a"), "layers row 2: got 'a'; must be a mapping"),
    "no layers": ("name: x\nlayers: []\n", "layers: must be a list with at least one row"),
    "an empty table": ("name: x\nlayers:\n", "layers: must be a list with at least one row"),
    "layers missing": ("name: x\n", "layers: is missing; add it"),
    "name missing": (swap("name: small\n", ""), "name: is missing; add it"),
    "too large": (
        swap("kernel: 3, out: 16", "kernel: 3, out: 10000000").replace("[32, 32, 3]", "[1000000, 1000000, 3]"),
        "(stem): out: got 10000000; makes more than 2^60 multiply-accumulates",
    ),
    "accuracy as percentage": (
        swap("layers:", "int8_top1: {value: 76, status: sourced}\nlayers:"),
        "int8_top1: value: got 76; must be a number in [0, 1]; write a percentage as a fraction",
    ),
    "status": (
        swap("layers:", "int8_top1: {value: 0.76, status: guess}\nlayers:"),
        "int8_top1: status: got 'guess'; must be one of",
    ),
    "published total": (
        swap("layers:", "published: {macs: many, source: x}\nlayers:"),
        "published: macs: got 'many'; must be a number above 0",
    ),
    "layout": (swap("layers:", "layout: siamese\nlayers:"), "layout: got 'siamese'; must be one of siam, true_shape"),
}


@pytest.mark.parametrize("case", CASES)
def test_fault_names_place_field_value_and_rule(case):
    text, message = CASES[case]
    problems = faults(text)
    assert any(message in problem for problem in problems), problems


def test_all_faults_are_told_at_once():
    text = swap("out: 16", "out: 0").replace("kernel: [1, 3]", "kernl: 3").replace("residual: stem", "residual: nobody")
    problems = faults(text)
    assert len(problems) == 4  # out, unknown key, missing kernel, unknown producer


def test_syntax_error_has_line_and_column():
    (problem,) = faults(swap("residual: stem}", "residual: stem"))
    assert problem.startswith("line 13, column ")
    assert "not valid YAML" in problem


def test_key_twice_has_line_and_column():
    (problem,) = faults(swap("dataset: cifar10", "name: again"))
    assert problem.startswith("line 2, column 1: not valid YAML")


def test_not_a_mapping():
    assert faults("- 1\n") == ["must be a mapping with the keys name, layers, ..."]


def test_the_documented_example_reads():
    example = textwrap.dedent(yaml_reader.__doc__.split("::\n")[1].split("``from``")[0])
    network = parse_network(example, "example")
    # stem 27 x 16, a and b 144 x 16, fc 16 x 10
    assert network.weights.tolist() == [432, 2304, 2304, 160]
    assert (network.name, network.classes, network.int8_top1_status) == ("resnet_block", 10, "assumed")
    assert network.edge_kind.sum() == 1


def test_file_faults(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        read_yaml_network(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="cannot be read"):
        read_yaml_network(tmp_path)
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"name: caf\xe9\n")
    with pytest.raises(InputError, match=r"is not UTF-8 text \(byte 9\)"):
        read_yaml_network(path)


def test_a_first_row_that_is_none_is_told():
    assert faults("name: n\nlayers:\n- ~\n- {name: a, kind: fc, ifm: [1, 1, 8], out: 4}\n") == [
        "layers row 1: got None; must be a mapping such as {name: conv1, ifm: [32, 32, 3], ...}"
    ]
