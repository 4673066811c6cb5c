"""Order of the tiles of split layers: hand counts, a walk over tiles, never more bits than row blocks."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.design.designs import Designs
from siam_dse.engines.noc.phases import transfer_phases
from siam_dse.engines.nop.routes import transfer_routes
from siam_dse.mapping.place import map_network
from siam_dse.mapping.precision import partial_sum_bits
from siam_dse.mapping.split import input_share, sums_over_package
from siam_dse.mapping.traffic import TRANSFER_KINDS, transfers
from siam_dse.workload.load import load_network
from siam_dse.workload.network import HOST
from siam_dse.workload.siam_reader import read_siam_network

# Tiles of 512 x 512 cells: 3 x 3 x 64 = 576 rows and 192 x 8 = 1536 columns are 2 x 3 tiles; then 1 x 1.
TABLE = "8,8,64,3,3,192,0,1\n1,1,192,1,1,10,0,1\n"
INPUTS, OUTPUTS = 8 * 8 * 64, 36 * 192  # values; an unpadded sweep has 6 x 6 positions
IS_SUM, IS_OUTPUT = (TRANSFER_KINDS.index(name) for name in ("partial_sum", "output"))


@pytest.fixture
def network(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text(TABLE)
    return read_siam_network(path)


def mapped(network, **fields):
    designs = Designs.grid(**{"duplication": "none", "n_chiplets": 0, **fields})
    return designs, map_network(designs, network)


def test_two_by_three_blocks_on_two_chiplets(network):
    # Three tiles a chiplet. Row blocks: a chiplet has a row block, reads half the input and sends a sum of every
    # output. Column blocks: a chiplet has one and a half, reads all, and sends a sum of the one in the middle.
    for order, by_columns, read, sent, share in (
        ("row_blocks", False, 1 / 2, 2, 1),
        ("least_traffic", True, 1, 2 / 3, 1 / 3),
    ):
        designs, mapping = mapped(network, tiles_per_chiplet=3, tile_order=order)
        assert_array_equal(mapping.spanned_chiplets[0], [2, 1])
        assert_array_equal(mapping.by_columns[0], [by_columns, False])
        sums = sums_over_package(mapping)
        assert_allclose(input_share(mapping, network)[0, 0], read, rtol=1e-15, atol=0)
        assert_allclose([sums.sent[0, 0], sums.share[0, 0]], [sent, share], rtol=1e-15, atol=0)
        moved, width = transfers(designs, network, mapping), partial_sum_bits(designs, network)[0, 0]
        assert_allclose(moved.chiplet_bits[0, 0], INPUTS * 8 * read, rtol=1e-15, atol=0)
        # transfers: two edges, two sums, an output; two chiplets send half of the sums each
        assert_allclose(moved.chiplet_bits[0, 2], OUTPUTS * width * sent / 2, rtol=1e-15, atol=0)
        # row blocks: nothing is left to add within a chiplet; column blocks: of two of three, one sum each
        assert_allclose(moved.tile_bits[0, 2], OUTPUTS * width * (2 / 3 if by_columns else 0), rtol=1e-12, atol=0)
        # to layer 2: the share that was added up beside the port from there, the rest from the two chiplets
        route = transfer_routes(mapping, moved)
        route = route.take(route.transfer == 1)
        ways = zip(route.through_port.tolist(), route.source_count.tolist(), route.bits.tolist(), strict=True)
        values = {port: (count, bits) for port, count, bits in ways}
        assert values[True][0] == 1
        assert_allclose(values[True][1], 192 * 8 * share, rtol=1e-15, atol=0)
        assert (False in values) == by_columns
        if by_columns:
            assert values[False][0] == 2
            assert_allclose(values[False][1], 192 * 8 * 2 / 3, rtol=1e-15, atol=0)


def test_two_by_three_blocks_on_three_chiplets(network):
    # Two tiles a chiplet. Row blocks: half the input each, two sums of every output; column blocks: a whole one each.
    _, by_rows = mapped(network, tiles_per_chiplet=2, tile_order="row_blocks")
    designs, mapping = mapped(network, tiles_per_chiplet=2)
    assert_array_equal(mapping.spanned_chiplets[0], [3, 1])
    assert_array_equal(mapping.by_columns[0], [True, False])
    assert sums_over_package(by_rows).sent[0, 0] == 2
    assert sums_over_package(mapping).sent[0, 0] == sums_over_package(mapping).share[0, 0] == 0
    assert_array_equal([input_share(by_rows, network)[0, 0], input_share(mapping, network)[0, 0]], [1 / 2, 1])
    moved, width = transfers(designs, network, mapping), partial_sum_bits(designs, network)[0, 0]
    assert not moved.crosses[0, 2]
    assert moved.tile_bits[0, 2] == OUTPUTS * width
    # the second tile of each of three column blocks sends to the first
    phases = transfer_phases(mapping, moved)
    (sums,) = np.flatnonzero(phases.transfer == 2)
    assert (phases.source.first[sums], phases.source.count[sums]) == (1, 1)
    assert (phases.destination.first[sums], phases.destination.count[sums]) == (0, 1)
    assert (phases.instances[sums], phases.bits[sums]) == (3, OUTPUTS * width / 3)


def test_a_wide_layer_keeps_its_column_blocks_together(tmp_path):
    # 2048 x 50,000 weights: 4 x 782 tiles on 196 chiplets of 16, four column blocks each. Row blocks: 4 x 2048 inputs
    # to as many chiplets as share a row block, and four sums of each output; column blocks: inputs to all, no sum.
    path = tmp_path / "wide.csv"
    path.write_text("1,1,2048,1,1,50000,0,1\n")
    network = read_siam_network(path)
    bits = []
    for order in ("row_blocks", "least_traffic"):
        designs, mapping = mapped(network, tiles_per_chiplet=16, tile_order=order)
        moved = transfers(designs, network, mapping)
        bits.append((moved.chiplet_bits * moved.crosses)[0, :2] * mapping.spanned_chiplets[0, 0])
    width = partial_sum_bits(designs, network)[0, 0]
    assert_allclose(bits[0], [196 * 782 / 3128 * 2048 * 8, 196 * 16 / 782 * 50000 * width], rtol=1e-12, atol=0)
    assert_allclose(bits[1], [196 * 2048 * 8, 0], rtol=1e-12, atol=0)


def test_sums_are_as_wide_as_what_a_chiplet_adds_up(tmp_path):
    # 2048 rows x 192 x 8 columns: 4 x 3 tiles of four crossbars along the rows, 25 bits a tile's sum
    path = tmp_path / "tall.csv"
    path.write_text("1,1,2048,1,1,192,0,1\n")
    network = read_siam_network(path)
    for by_columns, tiles_per_chiplet, sent, width in (
        (False, 6, 2, 26),  # two row blocks on either chiplet
        (False, 3, 4, 25),  # one each
        (False, 11, 2, 26),  # twelve tiles on two chiplets are six each, too
        (True, 6, 2 / 3, 26),  # one of three column blocks is cut in two halves, of two tiles each
        (True, 3, 2, 27),  # cut after 3, 2 and 1 of their 4 tiles: up to three tiles add up
    ):
        designs, mapping = mapped(network, tiles_per_chiplet=tiles_per_chiplet)
        mapping = replace(mapping, by_columns=np.array([[by_columns]]))
        assert partial_sum_bits(designs, network)[0, 0] == 25
        moved = transfers(designs, network, mapping)
        all_sent = moved.chiplet_bits[0, 1] * mapping.spanned_chiplets[0, 0]
        assert_allclose(all_sent, 192 * sent * width, rtol=1e-12, atol=0)


def test_profile_siam_keeps_row_blocks(network):
    designs = Designs.grid(profile="siam", tiles_per_chiplet=2, n_chiplets=0)
    assert not map_network(designs, network).by_columns.any()


def walked(copies, rows, columns, here):
    """Sums sent for an output, share of outputs they are for, input read in all: tile by tile, column blocks first."""
    parts, reads = {}, set()
    for copy in range(copies):
        for column in range(columns):
            for row in range(rows):
                chiplet = ((copy * columns + column) * rows + row) // here
                parts.setdefault((copy, column), set()).add(chiplet)
                reads.add((chiplet, copy, row))
    cut = [len(chiplets) for chiplets in parts.values() if len(chiplets) > 1]
    return sum(cut) / len(parts), len(cut) / len(parts), len(reads) / (copies * rows)


@given(st.integers(1, 4), st.integers(2, 12), st.integers(1, 12), st.integers(1, 30))
def test_against_a_walk_over_tiles(copies, rows, columns, capacity):
    total = copies * rows * columns
    chiplets = -(-total // capacity)
    here = -(-total // chiplets)
    assume(rows * columns > here and (chiplets - 1) * here < total)
    layer = {
        "tiles": rows * columns, "tiles_on_chiplet": here, "row_blocks": rows, "column_blocks": columns,
        "copies": copies, "spanned_chiplets": chiplets, "by_columns": True,
    }  # fmt: skip
    mapping = SimpleNamespace(**{name: np.array([[value]]) for name, value in layer.items()})
    sent, share, read = walked(copies, rows, columns, here)
    sums = sums_over_package(mapping)
    assert_allclose([sums.sent[0, 0], sums.share[0, 0]], [sent, share], rtol=1e-12, atol=0)
    # a chiplet where one copy ends counts as if it read as much of both as of one; the last may have fewer tiles
    network = SimpleNamespace(groups=np.ones(1, dtype=int), is_product=np.zeros(1, dtype=bool))
    got = input_share.__wrapped__(mapping, network)[0, 0] * chiplets
    assert got >= read * (1 - 1e-12)
    if copies == 1 and (here >= rows or total % here == 0):
        assert got <= read + 1


@pytest.mark.parametrize("name", ["resnet50", "vgg16", "densenet40"])
def test_never_more_bits_over_the_package_than_row_blocks(name):
    network, rng, n = load_network(name), np.random.default_rng(2), 60
    fields = {
        "crossbar_rows": rng.choice([32, 64, 128, 256], n), "crossbar_cols": rng.choice([32, 64, 128, 256], n),
        "tiles_per_chiplet": rng.choice([1, 4, 9, 16, 37], n), "n_chiplets": rng.choice([0, 100, 1000], n),
        "cell_bits": rng.integers(1, 5, n), "weight_bits": rng.integers(2, 9, n),
        "weight_mapping": rng.choice(["offset", "differential"], n),
        "adc_bits": rng.integers(7, 13, n), "activation_bits": rng.integers(1, 9, n),
    }  # fmt: skip
    bits, differ = {}, None
    for order in ("row_blocks", "least_traffic"):
        designs = Designs.from_columns(fields | {"tile_order": np.repeat(order, n)})
        mapping = map_network(designs, network)
        moved = transfers(designs, network, mapping)
        taken = np.where(moved.consumer == HOST, 1, mapping.spanned_chiplets[:, moved.consumer])
        sent = np.where(moved.kind == TRANSFER_KINDS.index("residual"), 0, moved.chiplet_bits) * taken
        bits[order] = (sent * moved.crosses).sum(axis=1)
        differ = mapping.by_columns.any(axis=1)
    assert np.all(bits["least_traffic"] <= bits["row_blocks"] * (1 + 1e-12))
    assert np.all((bits["least_traffic"] < bits["row_blocks"])[differ])
    assert differ.any()
