"""What exporters and quantisers write in a way of their own, each counted by hand."""

import numpy as np
import pytest
from onnx_graphs import Graph, helper, subgraph

from siam_dse.core.errors import InputError
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


def _counting_loop(graph, ends_at):
    """A loop without a number of runs, as PyTorch writes a while loop: its state goes through one matrix each run."""
    body = subgraph(
        {"run": [], "going": [], "at": [], "h": [1, 8]},
        {"on": [], "at2": [], "h2": [1, 8]},
        helper.make_node("MatMul", ["h", "w"], ["h2"], name="step"),
        helper.make_node("Add", ["at", "one"], ["at2"]),
        helper.make_node("Less", ["at2", "end"], ["on"]),
    )
    graph.constant("w", 8, 8)
    for name, value in (("zero", 0), ("one", 1), ("end", ends_at)):
        graph.value(name, np.array(value, dtype=np.int64))
    graph.value("true", np.array(True))
    graph.node("Loop", ["", "true", "zero", "x"], ["last", "y"], body=body)
    return graph


def test_loop_that_counts_to_its_end_is_read_run_by_run(read):
    totals = read(_counting_loop(Graph(), 5), {"x": [1, 8]}).totals
    assert (totals["weights"], totals["weight_macs"], totals["layers"]) == (64, 5 * 64, 5)


def test_loop_that_does_not_end_is_refused(read):
    with pytest.raises(InputError, match="has not ended after 1333 runs; export it with a fixed number of them"):
        read(_counting_loop(Graph(), 10**9), {"x": [1, 8]})


def test_constant_map_through_a_convolution_is_a_layer(read):
    g = Graph()
    g.conv(g.constant("places", 1, 4, 6, 6), "p", [8, 4, 1, 1])  # code of places, projected at every inference
    g.conv("x", "c", [8, 3, 3, 3], pads=[1, 1, 1, 1])
    g.node("Add", ["c", "p"], "y")
    totals = read(g, {"x": [1, 3, 6, 6]}).totals
    assert (totals["weights"], totals["weight_macs"]) == (32 + 216, (32 + 216) * 36)


def test_layout_of_one_machine_is_refused_with_the_remedy(read):
    g = Graph()
    g.node("Conv", ["x", g.constant("w", 8, 3, 3, 3)], "y", domain="com.microsoft.nchwc")
    with pytest.raises(InputError, match="has a layout for one machine; save the model as it was before"):
        read(g, {"x": [1, 3, 8, 8]})
