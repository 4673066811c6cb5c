"""Sizes of ONNX inputs: open ones, a batch, impossible ones; and files whose weights are large or elsewhere."""

import re

import numpy as np
import pytest
from onnx_graphs import Graph, onnx

from siam_dse.core.errors import InputError
from siam_dse.workload.load import load_network, read_network
from siam_dse.workload.onnx_file import KEPT_BYTES, load_model
from siam_dse.workload.yaml_reader import parse_network


@pytest.fixture
def conv(tmp_path):
    """File of one convolution of 3 x 3 on an input of the given shape."""

    def make(shape, channels=3):
        g = Graph()
        g.conv("x", "y", (4, channels, 3, 3), pads=[1] * 4)
        return g.save(tmp_path / "conv.onnx", {"x": shape})

    return make


def refuse(path, message, **options):
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        load_network(path, **options)
    assert len(str(caught.value)) < 2000


def test_open_sizes_are_named_with_the_remedy(conv):
    path = conv(["N", 3, "H", "W"])
    refuse(path, "input 'x': has the open shape [1, 3, H, W]; give --dim H=... --dim W=..., or a whole shape such as")
    refuse(path, "[1, 3, 8, W]; give --dim W=...", dims={"H": 8})
    assert load_network(path, dims={"H": 8, "W": 6}).macs.sum() == 108 * 48
    assert load_network(path, input_shapes={"x": [1, 3, 8, 6]}).macs.sum() == 108 * 48


def test_unknown_names_list_the_known_ones(conv):
    path = conv(["N", 3, "H", 8])
    refuse(path, "--dim: unknown open size 'h'; known: H", dims={"h": 8})
    refuse(path, "--input-shape: unknown input 'z'; known: x", input_shapes={"z": [1]})
    refuse(path, "--input-shape: got [1, 3] for 'x', which has 4 axes", input_shapes={"x": [1, 3]})
    refuse("resnet20", "--dim and --input-shape: only an ONNX file has open sizes", dims={"h": 8})


def test_a_batch_counts_once_and_is_told(conv):
    reading = read_network(conv([8, 3, 6, 6]))
    assert (reading.batch, int(reading.network.macs.sum())) == (8, 108 * 36)
    assert reading.network.edge_values.tolist() == [3 * 36]
    assert reading.notes == ["the file is made for a batch of 8; figures are of one input"]
    opened = read_network(conv(["batch", 3, 6, 6]))
    assert (opened.batch, opened.left_open, int(opened.network.macs.sum())) == (1, ("batch",), 108 * 36)
    given = read_network(conv(["batch", 3, 6, 6]), dims={"batch": 5})
    assert (given.batch, int(given.network.macs.sum())) == (5, 108 * 36)


def test_batch_through_reshapes(tmp_path):
    g = Graph()
    g.conv("x", "a", (4, 3, 1, 1))
    g.node("Reshape", ["a", g.value("to", np.array([-1, 4]))], "rows")  # 5 inputs of 8 x 8 positions and 4 channels
    g.matmul("rows", "b", 4, 6)
    g.node("Reshape", ["b", g.value("back", np.array([5, 64 * 6]))], "flat")
    g.matmul("flat", "y", 384, 10)
    reading = read_network(g.save(tmp_path / "g.onnx", {"x": [5, 3, 8, 8]}))
    assert reading.batch == 5
    assert reading.network.positions.tolist() == [64, 64, 1]


def test_a_first_axis_that_nothing_takes_for_a_batch_is_positions(tmp_path):
    g = Graph()
    g.matmul("x", "y", 16, 8)
    reading = read_network(g.save(tmp_path / "g.onnx", {"x": [6, 16]}))
    assert (reading.batch, reading.network.positions.tolist()) == (1, [6])
    assert reading.notes[0].startswith("the first axis of x counts as positions")


def test_a_length_is_no_batch(tmp_path):
    g = Graph()
    g.matmul("x", "y", 16, 8)
    path = g.save(tmp_path / "g.onnx", {"x": ["sequence_length", 16]})
    refuse(path, "input 'x': has the open shape [sequence_length, 16]")
    assert read_network(path, dims={"sequence_length": 7}).network.positions.tolist() == [7]


def test_no_tokens_before(tmp_path):
    g = Graph()
    g.matmul("x", "k", 16, 8)
    g.node("Concat", ["past", "k"], "keys", axis=1)
    g.node("MatMul", ["k", g.node("Transpose", ["keys"], "kt", perm=[0, 2, 1])], "y")
    path = g.save(tmp_path / "g.onnx", {"x": ["batch", 5, 16], "past": ["batch", "past_length", 8]})
    assert load_network(path, dims={"past_length": 0}).product_macs.sum() == 5 * 8 * 5
    with_past = load_network(path, dims={"past_length": 3})
    assert with_past.product_macs.sum() == 5 * 8 * 8
    assert with_past.edge_values[with_past.edge_kind == 2].tolist() == [40]  # those of before wait in a cache
    assert with_past.product_cached.tolist() == [False, True]
    assert parse_network(with_past.text, "again").text == with_past.text


def test_a_batch_in_constants_is_suggested(tmp_path):
    g = Graph()
    g.matmul(g.node("Reshape", ["x", g.value("to", np.array([4, 5, 16]))], "r"), "y", 16, 8)
    path = g.save(tmp_path / "g.onnx", {"x": ["batch", 80]})
    refuse(path, "reshapes 80 values to [4, 5, 16]; the file may be made for a batch of 4: give it by --dim")
    assert load_network(path, dims={"batch": 4}).weight_macs.sum() == 128 * 20


@pytest.mark.parametrize("side", [-2, 2**31, 2**40])
def test_impossible_sides_are_one_message(conv, side):
    path = conv([1, 3, side, 8])
    refuse(
        path, f"input 'x': has the shape [1, 3, {side}, 8]; sides must be 1 to 2147483647; give others: --input-shape"
    )


def test_large_weights_are_not_kept(tmp_path):
    g = Graph()
    g.value("w", np.ones((300, 200), dtype=np.float32))
    g.value("to", np.array([-1, 300]))
    g.node("MatMul", [g.node("Reshape", ["x", "to"], "r"), "w"], "y")
    path = g.save(tmp_path / "large.onnx", {"x": [2, 150]})
    assert path.stat().st_size > 300 * 200 * 4
    model = load_model(path)
    assert model.ByteSize() < KEPT_BYTES
    assert [list(t.dims) for t in model.graph.initializer] == [[300, 200], [2]]
    assert onnx.numpy_helper.to_array(model.graph.initializer[1]).tolist() == [-1, 300]
    assert load_network(path).weights.tolist() == [60000]


def test_large_data_within_nodes_are_not_kept(tmp_path):
    g = Graph()
    g.node("Constant", [], "w", value=onnx.numpy_helper.from_array(np.ones((400, 100), dtype=np.float16)))
    g.node("MatMul", ["x", "w"], "y")
    path = g.save(tmp_path / "inner.onnx", {"x": [1, 400]})
    assert load_model(path).ByteSize() < 2000
    assert load_network(path).weights.tolist() == [40000]


def test_weights_in_another_file_need_not_be_there(tmp_path):
    g = Graph()
    g.conv("x", "y", (4, 3, 3, 3))
    model = g.model({"x": [1, 3, 8, 8]})
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/no/such/file")
    path = tmp_path / "external.onnx"
    path.write_bytes(model.SerializeToString())
    assert load_network(path).weights.tolist() == [108]


def test_a_file_cut_short(tmp_path):
    g = Graph()
    g.value("w", np.ones((300, 200), dtype=np.float32))
    g.node("MatMul", ["x", "w"], "y")
    whole = g.save(tmp_path / "whole.onnx", {"x": [1, 300]}).read_bytes()
    path = tmp_path / "cut.onnx"
    path.write_bytes(whole[:150000])
    refuse(path, "is not a valid ONNX file: it is cut short at byte 150000")


@pytest.mark.parametrize("shape", [(0, 3, 3, 3), (4, 3, 0, 3)])
def test_a_layer_without_values_is_refused(tmp_path, shape):
    graph = Graph()
    graph.conv("x", "y", shape)
    refuse(graph.save(tmp_path / "none.onnx", {"x": [1, 3, 8, 8]}), "node 'y' (Conv): has no values")
