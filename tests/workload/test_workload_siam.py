"""The SIAM layout: its own rules by hand, totals of networks written out in it, and faults by row and column."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.core.errors import InputError
from siam_dse.workload.network import HOST
from siam_dse.workload.siam_reader import read_siam_network
from siam_dse.workload.yaml_reader import parse_network


def read(tmp_path, text, name="table.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_siam_network(path)


def faults(tmp_path, text):
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    return caught.value.problems


def test_rules_by_hand(tmp_path):
    # row 1: 10 x 8 map (width x height), 3 x 3 kernel: 8 x 6 positions, 27 rows, pooled; row 2: a 2 x 2 map under a
    # 3 x 3 kernel: 1 position, 2 x 2 x 16 rows; row 3: fully connected.
    network = read(tmp_path, "10,8,3,3,3,16,1,0.25\n2,2,16,3,3,8,0\n1,1,32,1,1,10,0,1,288\n")
    assert network.layout == "siam"
    assert (network.name, network.classes, network.dataset) == ("table", 10, "unknown")
    assert np.isnan(network.int8_top1)
    assert network.ofm_w.tolist() == [8, 1, 1]
    assert network.ofm_h.tolist() == [6, 1, 1]
    assert network.rows.tolist() == [27, 64, 32]
    assert network.weights.tolist() == [432, 512, 320]
    assert network.macs.tolist() == [432 * 48, 512, 320]
    assert network.kind.tolist() == [0, 0, 1]
    assert network.pool.tolist() == [1, 0, 0]
    assert_allclose(network.sparsity, [0.75, 0, 0], rtol=1e-15, atol=0)
    # a plain chain that carries each row's listed input, whatever the row before puts out
    assert network.edge_producer.tolist() == [HOST, 0, 1]
    assert network.edge_values.tolist() == [240, 64, 32]


def test_round_trip(tmp_path):
    network = read(tmp_path, "10,8,3,3,3,16,1,0.3\n2,2,16,3,3,8,0\n1,1,32,1,1,10,0\n")
    again = parse_network(network.text, "again")
    for field in network.__dataclass_fields__:
        assert_array_equal(getattr(again, field), getattr(network, field), err_msg=field)


def table(rows):
    return "\n".join(",".join(map(str, row)) for row in rows) + "\n"


def test_resnet110_totals(tmp_path):
    # As SIAM lists it (first widened layers one position later than the original): 1,725,616 weights, 1,047,616 input
    # values (8,380,928 bits) and, were each output map as large as its input, 0.260 G multiply-accumulates.
    rows = [(32, 32, 3, 3, 3, 16, 0, 1)] + [(32, 32, 16, 3, 3, 16, 0, 1)] * 36 + [(32, 32, 16, 3, 3, 32, 1, 1)]
    rows += [(16, 16, 32, 3, 3, 32, 0, 1)] * 35 + [(16, 16, 32, 3, 3, 64, 1, 1)]
    rows += [(8, 8, 64, 3, 3, 64, 0, 1)] * 35 + [(1, 1, 64, 1, 1, 100, 0, 1)]
    network = read(tmp_path, table(rows))
    assert network.n_layers == 110
    assert network.weights.sum() == 1725616
    assert network.input_values.sum() == 1047616
    same_size = (network.weights * network.ifm_h * network.ifm_w).sum()
    assert_allclose(same_size, 0.260e9, rtol=2e-3, atol=0)  # half a unit of the last digit


def test_small_maps_have_fewer_rows(tmp_path):
    # the last convolutions of VGG-19 on CIFAR see 2 x 2 maps: 2048 rows of the 4608 that the kernel has
    network = read(tmp_path, table([(2, 2, 512, 3, 3, 512, 0)] * 4))
    assert network.rows.tolist() == [2048] * 4


def test_factor_of_zero_is_dense_and_said_so(tmp_path):
    network = read(tmp_path, "8,8,3,3,3,4,0,0\n8,8,4,3,3,4,0,0.125\n")
    assert network.sparsity.tolist() == [0, 0.875]
    assert network.source.endswith("sparsity factor 0 read as dense (row 1)")


def test_spaces_windows_lines_and_blank_lines_are_fine(tmp_path):
    plain = read(tmp_path, "8,8,3,3,3,4,0\n1,1,64,1,1,10,0\n")
    odd = read(tmp_path, "\ufeff8, 8, 3, 3, 3, 4, 0.0\r\n\r\n1,1,64,1,1,10,0\r\n,,\r\n")
    assert odd.text == plain.text


def test_named_columns_in_any_order(tmp_path):
    plain = read(tmp_path, "10,8,3,3,1,4,1,0.5\n")
    named = read(tmp_path, "channels_out,ifm_w,ifm_h,channels_in,kernel_w,kernel_h,kept,pooled\n4,10,8,3,3,1,0.5,1\n")
    assert named.text == plain.text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("8,8,3,3,3,4\n", "row 1: has 6 columns; a layer has 7 to 9: ifm_w, ifm_h,"),
        ("8;8;3;3;3;4;0\n", "row 1: has 1 columns; a layer has 7 to 9"),
        ("8,8,3,3,3,4,0\n\n8,8,4,3,3,x,0\n", "row 3, column 6 (channels_out): got 'x'; must be a whole number"),
        ("8,8,3,3,0,4,0\n", "row 1, column 5 (kernel_h): got '0'; must be a whole number of at least 1"),
        ("8,8.5,3,3,3,4,0\n", "row 1, column 2 (ifm_h): got '8.5'; must be a whole number"),
        ("nan,8,3,3,3,4,0\n", "row 1, column 1 (ifm_w): got 'nan'"),
        ("8,8,inf,3,3,4,0\n", "row 1, column 3 (channels_in): got 'inf'"),
        ("8,8,3,3,3,4,2\n", "row 1, column 7 (pooled): got '2'; must be 1 if the layer is pooled after, else 0"),
        ("8,8,3,3,3,4,0,1.5\n", "row 1, column 8 (kept): got '1.5'; must be the share of weights kept"),
        ("8,8,3,3,3,4,0,\n8,8,3,3,3,4,,1\n", "row 2, column 7 (pooled): got ''"),
        ("", "holds no layers"),
        ("ifm_w,ifm_h,channels_in,kernel_w,kernel_h,channels_out,poold\n", "row 1, column 7: unknown column 'poold'"),
        ("ifm_w,ifm_h,channels_in,kernel_w,kernel_h,ifm_h,pooled\n", "row 1, column 6: ifm_h stands there twice"),
        ("ifm_w,ifm_h,channels_in,kernel_w,kernel_h,kept,pooled\n", "row 1: the header lacks channels_out"),
    ],
)
def test_fault_names_row_and_column(tmp_path, text, message):
    assert any(message in problem for problem in faults(tmp_path, text)), faults(tmp_path, text)


def test_all_faults_are_told_at_once(tmp_path):
    assert len(faults(tmp_path, "8,8,3,3,3,4,7\n8,8\n8,8,0,3,3,-1,0\n")) == 4
