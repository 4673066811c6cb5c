"""Networks of other tools: tables of NeuroSim, HISIM and SCALE-Sim, loops of ZigZag and Timeloop."""

import pytest

from siam_dse.core.errors import InputError
from siam_dse.workload.load import load_network
from siam_dse.workload.yaml_reader import parse_network


@pytest.fixture
def read(tmp_path):
    """Network of a text, which its canonical text gives again."""

    def reader(text, suffix):
        path = tmp_path / f"net{suffix}"
        path.write_text(text, encoding="utf-8")
        network = load_network(path)
        assert parse_network(network.text, "again").text == network.text
        return network

    return reader


def test_neurosim_writes_a_stride_in_the_eighth_column(read):
    network = read("32,32,3,3,3,16,0,2\n15,15,16,3,3,32,1,1\n1,1,1152,1,1,10,0,1\n", ".csv")
    assert (network.layout, network.stride.tolist()) == ("true_shape", [2, 1, 1])
    assert network.ofm_h.tolist() == [15, 13, 1]
    assert network.macs.tolist() == [27 * 16 * 225, 144 * 32 * 169, 11520]
    assert network.edge_values.tolist() == [3072, 3600, 1152]


def test_shares_kept_are_no_strides(read):
    assert read("32,32,3,3,3,16,0,0.5\n15,15,16,3,3,32,0,1\n", ".csv").sparsity.tolist() == [0.5, 0]
    assert read("32,32,3,3,3,16,0,1\n15,15,16,3,3,32,0,1\n", ".csv").layout == "siam"


def test_hisim_ends_with_a_count(read):
    network = read("32,32,3,3,3,16,0,1,1\n1,1,16,1,1,10,0,1,1\n,,,,,,,,27\n", ".csv")
    assert network.weights.tolist() == [432, 160]


CONV = "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\n"


def test_scalesim_convolutions(read):
    network = read(
        CONV + "first, 34, 34, 3, 3, 3, 16, 1,\nsecond, 32, 32, 1, 1, 16, 8, 2,\nfc, 1, 1, 1, 1, 8, 4, 1,\n", ".csv"
    )
    assert network.layer_names == ("first", "second", "fc")
    assert network.macs.tolist() == [27 * 16 * 1024, 16 * 8 * 256, 32]
    assert network.edge_values.tolist() == [34 * 34 * 3, 32 * 32 * 16, 8]


def test_scalesim_with_two_strides(read):
    head = CONV.replace("Strides,", "Stride Height, Stride Width")
    network = read(head + "a, 9, 9, 3, 3, 2, 4, 1, 2\n", ".csv")
    assert (network.ofm_h[0], network.ofm_w[0], network.stride[0]) == (7, 4, 2)


def test_scalesim_matrix_products(read):
    network = read("Layer, M, N, K,\na, 256, 64, 512,\nb, 1, 10, 64,\n", ".csv")
    assert network.macs.tolist() == [256 * 64 * 512, 640]
    assert network.positions.tolist() == [256, 1]


def test_scalesim_states_what_is_kept(read):
    conv = CONV.replace("Strides,", "Strides, Sparsity,")
    network = read(conv + "a, 10, 10, 3, 3, 4, 8, 1, 1:1,\nb, 8, 8, 3, 3, 8, 8, 1, 2:4,\n", ".csv")
    assert network.sparsity.tolist() == [0, 0.5]
    assert read("Layer,M,N,K,Sparsity,\na,128,64,32,1:4,\n", ".csv").sparsity.tolist() == [0.75]


ZIGZAG = """
- id: 0
  operator_type: Conv
  equation: O[b][g][k][oy][ox]+=W[g][k][c][fy][fx]*I[b][g][c][iy][ix]
  dimension_relations: [ix=2*ox+1*fx, iy=2*oy+1*fy]
  loop_dims: [B, G, K, C, OY, OX, FY, FX]
  loop_sizes: [1, 1, 64, 3, 112, 112, 7, 7]
  operand_source: {I: 0, W: 0}
- {id: 1, loop_dim_size: {B: 1, K: 64, C: 64, OY: 56, OX: 56, FY: 3, FX: 3}, operand_source: {I: 0, W: 1}}
- {id: 2, loop_dim_size: {B: 1, K: 10, C: 64}, operand_source: {I: 1, W: 2}}
"""


def test_zigzag(read):
    network = read(ZIGZAG, ".yaml")
    assert network.macs.tolist() == [147 * 64 * 112**2, 576 * 64 * 56**2, 640]
    assert network.edge_producer.tolist() == [-1, 0, 1]
    assert network.ifm_h.tolist() == [229, 58, 1]  # (outputs - 1) x stride + filter


def test_timeloop(read):
    # AlexNet's first layer: 105.4 million multiply-accumulates
    text = "problem:\n  instance: {C: 3, M: 96, N: 1, P: 55, Q: 55, R: 11, S: 11, Hstride: 4, Wstride: 4}\n"
    network = read(text, ".yaml")
    assert network.macs.tolist() == [105415200]
    assert (network.ifm_h[0], network.stride[0], network.weights[0]) == (227, 4, 34848)


def test_zigzag_states_maps_dilations_and_rows_of_products(read):
    network = read(
        """
- id: 0
  dimension_relations: [ix=2*ox+1*fx, iy=2*oy+1*fy]
  loop_dims: [B, K, C, OY, OX, FY, FX]
  loop_sizes: [1, 64, 3, 112, 112, 7, 7]
  operand_source: {I: 0, W: 0}
  pr_loop_dims: [IX, IY]
  pr_loop_sizes: [224, 224]
  padding: [[3, 2], [3, 2]]
- id: 1
  dimension_relations: [ix=1*ox+4*fx, iy=1*oy+2*fy]
  loop_dims: [B, K, C, OY, OX, FY, FX]
  loop_sizes: [1, 8, 64, 20, 20, 3, 3]
  operand_source: {I: 0, W: 1}
- {id: 2, operator_type: Gemm, equation: "O[d][k]+=W[c][k]*I[d][c]", loop_dims: [D, K, C], loop_sizes: [128, 32, 48]}
""",
        ".yaml",
    )
    assert list(zip(network.ifm_h, network.ifm_w, strict=True)) == [(224, 224), (24, 28), (128, 1)]
    assert network.positions.tolist() == [112 * 112, 400, 128]
    assert network.weights.tolist() == [147 * 64, 576 * 8, 48 * 32]


def test_timeloop_products_and_dilations(read):
    gemm = "problem:\n  shape: {name: GEMM, dimensions: [M, N, K]}\n  instance: {M: 128, N: 768, K: 3072}\n"
    network = read(gemm, ".yaml")
    assert (network.weights[0], network.positions[0], network.rows[0]) == (3072 * 768, 128, 3072)
    steps = "HStride: 2, WStride: 1, HDilation: 2, WDilation: 4"
    network = read(f"problem:\n  instance: {{C: 3, M: 8, P: 10, Q: 10, R: 3, S: 3, {steps}}}\n", ".yaml")
    assert (network.ifm_h[0], network.ifm_w[0]) == (9 * 2 + 2 * 2 + 1, 9 + 2 * 4 + 1)
    assert (network.ofm_h[0], network.ofm_w[0]) == (10, 10)


@pytest.mark.parametrize(
    ("text", "suffix", "message"),
    [
        (CONV + "a, 8, 8, 3, 3, 3, x, 1,\n", ".csv", "row 2, column 7 (num filter): got 'x'; must be a whole number"),
        (CONV + "a, 8, 8, 3, 3, 3\n", ".csv", "row 2: has 5 numbers; needs ifmap height"),
        (CONV + "a, 2, 2, 3, 3, 3, 4, 1,\n", ".csv", "row 2: the filter 3 x 3 exceeds the map"),
        (CONV + "a, 8, 8, 3, 3, 3, 4, 1,\na, 8, 8, 3, 3, 3, 4, 1,\n", ".csv", "row 3, column 1: got 'a'; each layer"),
        (CONV.replace("Strides,", "Strides, Colour"), ".csv", "row 1: the column 'colour' is not known"),
        (
            CONV.replace("Strides,", "Strides, Sparsity") + "a, 8, 8, 3, 3, 3, 4, 1, 4:2\n",
            ".csv",
            "row 2, column 9 (sparsity): got '4:2'; must be kept:of, such as 2:4",
        ),
        (CONV, ".csv", "holds no layers below its header"),
        (CONV + "a\rb, 8, 8, 3, 3, 3, 4, 1,\n", ".csv", "cannot be read as a table: new-line character"),
        ("Layer, A, B,\na, 1, 2,\n", ".csv", "row 1: the header has the columns a, b; known: ifmap height"),
        ("- {id: 0, loop_dim_size: {B: 1, K: -3, Z: 2}}\n", ".yaml", "unknown loop 'Z'; known: B, G, K, C"),
        ("- {id: 0, loop_dims: [K], loop_sizes: [1, 2]}\n", ".yaml", "must be two lists of the same length"),
        ("- {id: 0, operator_type: Add, equation: 'O[k]=A[k]+B[k]', loop_dim_size: {K: 3}}\n", ".yaml", "Add without"),
        ("problem: {instance: {C: 3, M: many}}\n", ".yaml", "problem: M: got 'many'; must be a whole number"),
    ],
)
def test_faults_name_the_place(read, text, suffix, message):
    with pytest.raises(InputError) as caught:
        read(text, suffix)
    assert message in str(caught.value)
