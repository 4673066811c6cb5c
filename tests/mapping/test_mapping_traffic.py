"""Transfers: hand counts, conservation of bits, and what crosses the package."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.design.designs import Designs
from siam_dse.mapping.place import map_network
from siam_dse.mapping.precision import partial_sum_bits
from siam_dse.mapping.traffic import TRANSFER_KINDS, transfers
from siam_dse.workload.network import HOST
from siam_dse.workload.siam_reader import read_siam_network

# Tiles of 512 x 512 cells: layer 1 is 2 x 2 tiles, layer 2 is 3 x 2, layer 3 is 1 x 1 (rows 576, 1152, 512).
TABLE = "8,8,64,3,3,128,0,1\n8,8,128,3,3,128,1,1\n1,1,512,1,1,10,0,1\n"
ACTIVATION, PARTIAL_SUM, INPUT, OUTPUT = (
    TRANSFER_KINDS.index(name) for name in ("activation", "partial_sum", "input", "output")
)


@pytest.fixture
def network(tmp_path):
    path = tmp_path / "small.csv"
    path.write_text(TABLE)
    return read_siam_network(path)


def moved(network, **fields):
    designs = Designs.grid(**{"duplication": "none", "n_chiplets": 0, **fields})
    mapping = map_network(designs, network)
    return designs, mapping, transfers(designs, network, mapping)


def test_one_chiplet_hand_count(network):
    designs, _, t = moved(network, tiles_per_chiplet=16)
    assert_array_equal(t.kind, [INPUT, ACTIVATION, ACTIVATION, *[PARTIAL_SUM] * 3, OUTPUT])
    assert_array_equal(t.producer[:3], [HOST, 0, 1])
    # 8 bits a value, read by two column blocks of layers 1 and 2, by one of layer 3
    inputs = [8 * 8 * 64 * 8 * 2, 8 * 8 * 128 * 8 * 2, 512 * 8]
    # unpadded sweeps of 8 x 8 by 3 x 3: 36 positions x 128 outputs; 1 and 2 row blocks beyond the first
    width = partial_sum_bits(designs, network)[0]
    sums = [36 * 128 * width[0], 2 * 36 * 128 * width[1], 0]
    assert_allclose(t.tile_bits[0], [*inputs, *sums, 10 * 8], rtol=1e-12, atol=0)
    assert_array_equal(t.crosses[0], [True, False, False, False, False, False, True])
    assert not t.accumulated.any()


def test_split_layer_reduces_at_the_global_accumulator(network):
    # 4 tiles a chiplet: layer 2 (6 tiles) takes two chiplets of three tiles, one copy exceeds a chiplet.
    designs, mapping, t = moved(network, tiles_per_chiplet=4, tile_order="row_blocks")
    assert_array_equal(mapping.spanned_chiplets[0], [1, 2, 1])
    width = partial_sum_bits(designs, network)[0, 1]
    # two chiplets each send their sums of all 36 x 128 outputs, some of two tiles: a bit wider than a tile's. On chip
    # one of three row blocks is left to reduce
    assert t.chiplet_bits[0, 4] == 36 * 128 * (width + 1)
    assert t.tile_bits[0, 4] == 36 * 128 * width
    assert_array_equal(t.crosses[0, 3:6], [False, True, False])
    assert t.accumulated[0, 2] == 1
    # three of six tiles, row block by row block, read half the input
    assert_allclose(t.chiplet_bits[0, 1], 8 * 8 * 128 * 8 / 2, rtol=1e-12, atol=0)


def test_chiplets_of_a_layer_take_in_at_least_its_input_once(network):
    for capacity in (1, 2, 4, 16):
        for rule in ("none", "serial", "pipeline"):
            _, mapping, t = moved(network, tiles_per_chiplet=capacity, n_chiplets=40, duplication=rule)
            edges = np.flatnonzero(np.isin(t.kind, [INPUT, ACTIVATION]))
            taken = t.chiplet_bits[0, edges] * mapping.spanned_chiplets[0, t.consumer[edges]]
            assert np.all(taken >= network.edge_values * 8 * (1 - 1e-12))
            assert np.all(t.chiplet_bits[0, edges] <= network.edge_values * 8)


def test_copies_share_the_input(network):
    one = moved(network, tiles_per_chiplet=16, duplication="none")[2]
    many = moved(network, tiles_per_chiplet=64, n_chiplets=1, duplication="serial")[2]
    assert_allclose(many.tile_bits, one.tile_bits, rtol=1e-12, atol=0)
