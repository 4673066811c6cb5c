"""Who is a classifier: int8 top-1, classes and chance, in every reader."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from siam_dse.core.errors import InputError
from siam_dse.design.designs import Designs
from siam_dse.system.evaluate import evaluate
from siam_dse.workload.build import to_network
from siam_dse.workload.graph import Edge, Header, Layer
from siam_dse.workload.load import load_network
from siam_dse.workload.network import HOST, Network
from siam_dse.workload.yaml_reader import parse_network

DESIGNS = Designs.grid(adc_bits=[3, 4, 5, 6, 7, 8])


def _network(outputs: int, top1: float | None, sparsity: float = 0.0) -> Network:
    header = "" if top1 is None else f"int8_top1: {{value: {top1}, status: assumed}}\n"
    return parse_network(
        f"name: one\n{header}layers:\n"
        f"- {{name: a, ifm: [8, 8, 16], kernel: 3, out: 32, padding: 1, sparsity: {sparsity}, pool: {{avg: global}}}}\n"
        f"- {{name: b, kind: fc, ifm: [1, 1, 32], out: {outputs}}}\n",
        "one.yaml",
    )


def test_one_logit_is_a_choice_of_two() -> None:
    network = _network(1, 0.75)
    assert network.has_top1
    assert network.chance == 1 / 2
    loss = evaluate(network, DESIGNS).column("accuracy_loss_pct")
    assert np.all((loss >= 0) & (loss <= 25))
    assert np.all(np.diff(loss) <= 0)


def test_without_a_top1_there_is_no_loss() -> None:
    network = _network(1, None)
    assert not network.has_top1
    evaluation = evaluate(network, DESIGNS)
    table = evaluation.to_frame()
    assert table["accuracy_loss_pct"].isna().all()
    assert np.isfinite(table["sqnr_db"]).all()
    assert "states no int8_top1" in evaluation.explain(0)


def test_files_without_a_place_for_a_top1_have_none(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("8,8,16,3,3,32,0\n1,1,32,1,1,10,0\n")
    assert not load_network(tmp_path / "table.csv").has_top1


@pytest.mark.parametrize(("outputs", "top1"), [(1, 0.5), (2, 0.5), (10, 0.1), (10, 0.0), (1000, 0.0009)])
def test_a_top1_at_chance_or_below_is_refused(outputs: int, top1: float) -> None:
    message = rf"one.yaml: int8_top1: value: got {top1:g}; must be above chance, .* leave int8_top1 out"
    with pytest.raises(InputError, match=message):
        _network(outputs, top1)


def test_whatever_reads_a_network_refuses_it() -> None:
    layer = Layer(name="a", kind="fc", ifm=(1, 1, 8), kernel=(1, 1), out=4)
    with pytest.raises(InputError, match=r"some.onnx: int8_top1: .* 0.25 for 4 classes"):
        to_network(Header("some", int8_top1=0.2), [layer], [Edge(HOST, 0, "input", (1, 1, 8))], where="some.onnx")


def test_operations_left_out_count_in_neither_energy_nor_operations() -> None:
    dense, sparse = _network(10, 0.9), _network(10, 0.9, sparsity=0.75)
    assert_allclose(sparse.performed_macs, dense.macs * [0.25, 1], rtol=1e-15)
    one = Designs.grid(adc_bits=7)
    figures = [evaluate(network, one).columns(["tops_per_w", "energy_mj", "tops_per_mm2", "pipelined_tops_per_mm2",
                                               "latency_ms"]) for network in (dense, sparse)]  # fmt: skip
    full, part = ({name: float(values[0]) for name, values in one.items()} for one in figures)
    share = sparse.performed_macs.sum() / dense.macs.sum()
    assert_allclose(part["tops_per_w"] * part["energy_mj"], share * full["tops_per_w"] * full["energy_mj"], rtol=1e-12)
    for name in ("tops_per_mm2", "pipelined_tops_per_mm2"):
        assert_allclose(part[name], share * full[name], rtol=1e-12)  # time does not shrink
    vectors = [evaluate(network, one).by_layer(0)["bit_vectors"].to_numpy() for network in (dense, sparse)]
    assert_allclose(vectors[1], vectors[0] * sparse.performed_macs / dense.macs, rtol=1e-12)
