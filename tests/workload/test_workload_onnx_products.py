"""Products of activations whose operands have several sources or shapes of their own; what is read reads back equal."""

import numpy as np
import pytest
from onnx_graphs import Graph

from siam_dse.workload.load import load_network
from siam_dse.workload.yaml_reader import parse_network


@pytest.fixture
def read(tmp_path):
    def reader(graph, inputs):
        network = load_network(graph.save(tmp_path / "g.onnx", inputs))
        assert parse_network(network.text, "again").text == network.text
        return network

    return reader


def test_interactions_of_features_read_all_of_them(read):
    # four looked-up vectors and a layer's, each against each: a 5 x 16 by a 16 x 5 product
    g = Graph()
    g.matmul("x", "dense", 13, 16)
    g.value("axis", np.array([1]))
    rows = [g.node("Unsqueeze", ["dense", "axis"], "row")]
    for i in range(4):
        rows.append(g.node("Gather", [g.constant(f"table{i}", 100, 16), f"ids{i}"], f"row{i}"))
    g.node("Concat", rows, "rows", axis=1)
    g.node("MatMul", ["rows", g.node("Transpose", ["rows"], "turned", perm=[0, 2, 1])], "y")
    network = read(g, {"x": [1, 13], **{f"ids{i}": [1, 1] for i in range(4)}})
    assert network.product_macs.tolist() == [0, 5 * 16 * 5]
    operand = network.edge_values[network.edge_kind == 2]
    assert sorted(operand.tolist()) == [16, 64]
    assert network.looked_up == 4 * 1600


def test_map_added_to_scores_is_sent_in_their_shape(read):
    # places through a matrix give 6 x 6 values for each of 4 heads, added to 4 x 6 x 6 scores
    g = Graph()
    g.matmul("x", "q", 32, 32)
    g.matmul("places", "bias", 3, 4)
    g.value("heads", np.array([1, 6, 4, 8]))
    parts = g.node("Reshape", ["q", "heads"], "split")
    q = g.node("Transpose", [parts], "qt", perm=[0, 2, 1, 3])
    k = g.node("Transpose", [parts], "kt", perm=[0, 2, 3, 1])
    scores = g.node("MatMul", [q, k], "scores")
    g.node("Add", [scores, g.node("Transpose", ["bias"], "turned", perm=[0, 3, 1, 2])], "y")
    network = read(g, {"x": [1, 6, 32], "places": [1, 6, 6, 3]})
    assert network.product_macs.sum() == 4 * 6 * 8 * 6
    assert network.edge_values[network.edge_kind == 1].tolist() == [144]
