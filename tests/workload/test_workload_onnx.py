"""The ONNX reader: a graph built by hand, the graphs that come with the package onnx, and what it refuses."""

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from onnx_graphs import Graph, onnx

from siam_dse.core.errors import InputError
from siam_dse.workload.load import load_network
from siam_dse.workload.network import HOST
from siam_dse.workload.yaml_reader import parse_network


def small(path):
    """Stem with a pool, a residual block with projection, a concatenation, a depthwise layer, global average, fc."""
    g = Graph()
    stem = g.conv("x", "stem", (8, 3, 3, 3), strides=[2, 2], pads=[1, 1, 1, 1])
    norm = g.node("BatchNormalization", [stem, *(g.constant(f"n{i}", 8) for i in range(4))], "norm")
    pool = g.node("MaxPool", [g.node("Relu", [norm], "relu")], "pool", kernel_shape=[2, 2], strides=[2, 2])
    a = g.node("Relu", [g.conv(pool, "a", (8, 8, 3, 3), pads=[1, 1, 1, 1])], "a_relu")
    b = g.conv(a, "b", (16, 8, 3, 3), pads=[1, 1, 1, 1])
    proj = g.conv(pool, "proj", (16, 8, 1, 1))
    total = g.node("Relu", [g.node("Add", [b, proj], "sum")], "sum_relu")
    both = g.node("Concat", [total, pool], "both", axis=1)
    deep = g.conv(both, "depthwise", (24, 1, 3, 3), group=24, pads=[0, 0, 1, 1], strides=[2, 2])
    flat = g.node("Flatten", [g.node("GlobalAveragePool", [deep], "mean")], "flat")
    g.node("Gemm", [flat, g.constant("w_fc", 10, 24), g.constant("b_fc", 10)], "y", transB=1)
    return g.save(path, {"x": ["N", 3, 32, 32]})


def test_small_graph_by_hand(tmp_path):
    network = load_network(small(tmp_path / "small.onnx"))
    assert network.layer_names == ("stem", "a", "b", "proj", "depthwise", "y")
    assert network.weights.tolist() == [216, 576, 1152, 128, 216, 240]
    assert network.ofm_h.tolist() == [16, 8, 8, 8, 4, 1]
    assert network.stride.tolist() == [2, 1, 1, 1, 2, 1]
    assert network.groups.tolist() == [1, 1, 1, 1, 24, 1]
    assert network.padding.tolist() == [1, 1, 1, 0, 1, 0]  # the depthwise layer's one-sided padding gives the same map
    # the stem's pool is seen by all its readers, the global average by fc
    assert network.pool.tolist() == [1, 0, 0, 0, 2, 0]
    assert (network.pool_kernel[0], network.pool_kernel[4]) == (2, 4)
    # the projection runs last, so the sum is its; b is added to it
    edges = {
        (int(p), int(c), int(k)): int(v)
        for p, c, k, v in zip(
            network.edge_producer, network.edge_consumer, network.edge_kind, network.edge_values, strict=True
        )
    }
    assert edges == {
        (HOST, 0, 0): 3072,
        (0, 1, 0): 512,
        (1, 2, 0): 512,
        (0, 3, 0): 512,
        (2, 3, 1): 1024,
        (3, 4, 0): 1024,
        (0, 4, 0): 512,
        (4, 5, 0): 24,
    }
    assert (network.name, network.classes, network.layout) == ("small", 10, "true_shape")


def test_round_trip(tmp_path):
    network = load_network(small(tmp_path / "small.onnx"))
    again = parse_network(network.text, "again")
    for field in network.__dataclass_fields__:
        assert_array_equal(getattr(again, field), getattr(network, field), err_msg=field)


def test_pool_on_one_branch_stays_on_its_edge(tmp_path):
    g = Graph()
    stem = g.conv("x", "stem", (4, 3, 1, 1))
    half = g.conv(stem, "half", (4, 4, 3, 3), strides=[2, 2], pads=[1, 1, 1, 1])
    pool = g.node("AveragePool", [stem], "pool", kernel_shape=[2, 2], strides=[2, 2])
    g.conv(g.node("Concat", [half, pool], "both", axis=1), "y", (2, 8, 1, 1))
    network = load_network(g.save(tmp_path / "branch.onnx", {"x": [1, 3, 8, 8]}))
    assert network.pool.tolist() == [0, 0, 0]
    assert network.edge_values.tolist() == [192, 256, 64, 64]
    assert parse_network(network.text, "again").text == network.text


def test_split_pad_and_matrix_products_over_positions(tmp_path):
    g = Graph()
    stem = g.conv("x", "stem", (8, 3, 1, 1))
    left, right = g.node("Split", [stem], ["left", "right"], axis=1)
    padding = onnx.numpy_helper.from_array(np.array([0, 0, 0, 0, 0, 0, 1, 1]), "padding")
    g.constants.append(padding)
    padded = g.node("Pad", [left, "padding"], "padded")
    a = g.conv(padded, "a", (6, 4, 3, 3), strides=[2, 2])
    b = g.conv(right, "b", (6, 4, 2, 2), strides=[2, 2])
    g.node("Add", [a, b], "y")
    network = load_network(g.save(tmp_path / "split.onnx", {"x": [1, 3, 8, 8]}))
    assert network.ofm_h.tolist() == [8, 4, 4]
    assert network.edge_values.tolist() == [192, 256, 256, 96]
    h = Graph()
    h.node("MatMul", ["x", h.constant("w", 16, 32)], "y")
    tokens = load_network(h.save(tmp_path / "tokens.onnx", {"x": ["N", 7, 16]}))
    assert (tokens.positions[0], tokens.weights[0], tokens.kind[0]) == (7, 512, 0)


# Multiply-accumulates of the graphs packaged with onnx, counted from their inferred shapes by an independent script.
BUNDLED_GMAC = {
    "resnet50": 4.089,
    "vgg19": 19.632,
    "bvlc_alexnet": 0.655,
    "squeezenet": 0.349,
    "densenet121": 2.834,
    "shufflenet": 0.125,
}
ZOO_TWINS = ("resnet50", "vgg19", "squeezenet", "densenet121")


def bundled(name):
    path = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light" / f"light_{name}.onnx"
    if not path.exists():
        pytest.skip(f"this version of onnx does not package {path.name}")
    return load_network(path)


@pytest.mark.parametrize("name", BUNDLED_GMAC)
@pytest.mark.slow
def test_bundled_graphs(name):
    network = bundled(name)
    assert_allclose(network.macs.sum(), BUNDLED_GMAC[name] * 1e9, rtol=4e-3, atol=0)  # printed to three digits
    assert parse_network(network.text, name).text == network.text


@pytest.mark.parametrize("name", ZOO_TWINS)
def test_zoo_agrees_with_an_independent_graph(name):
    zoo, graph = load_network(name), bundled(name)
    assert zoo.macs.sum() == graph.macs.sum()
    assert zoo.weights.sum() == graph.weights.sum()
    for kind in (0, 1):
        ours, theirs = (np.sort(n.edge_values[n.edge_kind == kind]) for n in (zoo, graph))
        assert_array_equal(ours, theirs)


def test_googlenet_agrees_with_an_independent_graph_but_for_its_5x5_kernels():
    # The packaged graph is the network of the paper: 5 x 5 kernels where torchvision has 3 x 3; its pools round down.
    zoo, graph = load_network("googlenet"), bundled("inception_v1")

    def shapes(network):
        kernels = np.where(network.kernel_h == 5, 3, network.kernel_h)
        return sorted(zip(kernels, network.channels_in, network.channels_out, network.stride, strict=True))

    assert shapes(zoo) == shapes(graph)
    assert len(zoo.edge_values) == len(graph.edge_values)
    fives = graph.kernel_h == 5
    assert fives.sum() == 9  # one a module
    assert graph.weights.sum() - graph.weights[fives].sum() * 16 // 25 == zoo.weights.sum()


def refuse(path, message):
    with pytest.raises(InputError, match=message):
        load_network(path)


def test_no_layers(tmp_path):
    g = Graph()
    g.node("Relu", ["x"], "y")
    refuse(g.save(tmp_path / "none.onnx", {"x": [1, 3, 8, 8]}), "holds no convolution, no matrix product with constant")


def test_not_an_onnx_file(tmp_path):
    path = tmp_path / "text.onnx"
    path.write_text("not a graph", encoding="utf-8")
    refuse(path, "is not a valid ONNX file")


def test_missing_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    refuse(tmp_path / "any.onnx", r"needs the package onnx; install it: pip install 'siam-dse\[onnx\]'")
