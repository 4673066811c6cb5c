"""ONNX files on the command line: open sizes, a batch, totals with what was folded."""

import json

import numpy as np
import pytest
from results_cases import run_cli

onnx = pytest.importorskip("onnx")
helper = onnx.helper


@pytest.fixture
def siam_dse(monkeypatch, capsys, tmp_path):
    """The command line in a folder with one file: a convolution whose map is open, ahead of it a fold."""
    monkeypatch.chdir(tmp_path)
    weights = onnx.numpy_helper.from_array(np.zeros((4, 3, 3, 3), dtype=np.float32), "w")
    given = [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [2, 3, "H", "W"])]
    made = [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)]
    nodes = [
        helper.make_node("Identity", ["w"], ["same"], name="fold"),
        helper.make_node("Conv", ["x", "same"], ["c"], name="conv", pads=[1, 1, 1, 1]),
        helper.make_node("Sigmoid", ["c"], ["y"], name="sigmoid"),
    ]
    model = helper.make_model(helper.make_graph(nodes, "g", given, made, [weights]))
    onnx.save(model, str(tmp_path / "open.onnx"))
    return lambda *words: run_cli(monkeypatch, capsys, *words)


def test_totals_are_one_object(siam_dse):
    size = ("--dim", "H=8", "--dim", "W=4")
    code, out, err = siam_dse("networks", "show", "open.onnx", *size, "--totals", "--format", "json")
    assert code == 0
    assert json.loads(out) == {
        "weights": 108,
        "weight_macs": 108 * 32,
        "product_macs": 0,
        "vector_operations": 128,
        "layers": 1,
        "batch": 2,
        "folded": ["node 'fold' (Identity)"],
    }
    assert err == "note: open.onnx: the file is made for a batch of 2; figures are of one input\n"
    code, out, _ = siam_dse("networks", "show", "open.onnx", "--input-shape", "x=1,3,8,4", "--totals")
    assert "folded: node 'fold' (Identity)" in out
    code, out, _ = siam_dse("networks", "show", "lenet5", "--totals", "--format", "json")
    assert (code, json.loads(out)["folded"], json.loads(out)["batch"]) == (0, [], 1)


def test_a_network_as_yaml_is_the_same_network(siam_dse, tmp_path):
    size = ("--dim", "H=8", "--dim", "W=4")
    code, out, _ = siam_dse("networks", "show", "open.onnx", *size, "--as-yaml")
    assert code == 0
    assert out == (
        'name: open\ndataset: unknown\nclasses: 4\nsource: "ONNX file"\nlayers:\n'
        "- {name: conv, kind: conv, ifm: [8, 4, 3], kernel: 3, out: 4, padding: 1, vector: {special: 128}}\n"
    )
    (tmp_path / "open.yaml").write_text(out, encoding="utf-8")
    for action in (("networks", "show"), ("evaluate",)):
        of_onnx = siam_dse(*action, "open.onnx", *size, "--format", "csv")
        of_yaml = siam_dse(*action, "open.yaml", "--format", "csv")
        assert (of_onnx[0], of_onnx[1]) == (0, of_yaml[1])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "open.onnx: input 'x': has the open shape [2, 3, H, W]; give --dim H=... --dim W=..."),
        (("--dim", "H=8"), "has the open shape [2, 3, 8, W]; give --dim W=..."),
        (("--dim", "H"), "--dim: got 'H'; write NAME=VALUE"),
        (("--dim", "H=-3"), "--dim: got 'H=-3'; a size is a whole number below 2^31"),
        (("--dim", "H=8", "--dim", "H=9"), "--dim: names 'H' twice"),
        (("--dim", "Z=8"), "--dim: unknown open size 'Z'; known: H, W"),
        (("--input-shape", "x=1,3,a,8"), "--input-shape: got 'x=1,3,a,8'; a size is a whole number"),
        (("--input-shape", "x=1,3,8"), "--input-shape: got [1, 3, 8] for 'x', which has 4 axes"),
    ],
)
def test_sizes_that_are_missing_or_wrong(siam_dse, words, message):
    code, out, err = siam_dse("networks", "show", "open.onnx", *words)
    assert (code, out) == (2, "")
    assert message in err


def test_evaluate_takes_sizes(siam_dse):
    code, out, _ = siam_dse("evaluate", "open.onnx", "--input-shape", "x=1,3,8,4", "--format", "json")
    assert code == 0
    assert json.loads(out)[0]["chiplets"] == 1
