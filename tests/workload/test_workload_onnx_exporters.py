"""What exporters and quantisers write in a way of their own, each counted by hand."""

import pytest
from onnx_graphs import Graph

from siam_dse.workload.load import read_network


@pytest.fixture
def read(tmp_path):
    return lambda graph, inputs, *outputs: read_network(graph.save(tmp_path / "g.onnx", inputs, *outputs))


def _called(graph, index, name):
    """Note beside a node, as PyTorch's exporter does, which call of a linear layer it was made of."""
    entry = graph.nodes[index].metadata_props.add()
    entry.key = "pkg.torch.onnx.fx_node"
    entry.value = (
        f"%linear_{index} : [num_users=1] = call_function[target=torch.ops.aten.linear.default](args = (%x, %{name}, "
        "%p_b), kwargs = {})"
    )


@pytest.mark.parametrize(("second", "weights"), [("p_cell_weight_hh", 64), ("p_other_weight_hh", 128)])
def test_transposes_stored_at_each_call_are_one_matrix(read, second, weights):
    g = Graph()
    g.matmul("x", "a", 8, 8)
    g.node("Tanh", ["a"], "t")
    g.matmul("t", "y", 8, 8)
    _called(g, 0, "p_cell_weight_hh")
    _called(g, 2, second)
    totals = read(g, {"x": [1, 8]}).totals
    assert (totals["weights"], totals["weight_macs"], totals["layers"]) == (weights, 128, 2)
