"""Layers dealt out over chiplets: places by hand, whole units, room, what moves and what is held."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import siam_dse as sd
from siam_dse.engines.noc.phases import transfer_phases
from siam_dse.mapping.held import held_while_running
from siam_dse.mapping.place import map_network
from siam_dse.mapping.split import sums_over_package
from siam_dse.mapping.spread import Units, chiplets_dealt, copies_dealt, deal, units_of
from siam_dse.mapping.traffic import transfers
from siam_dse.workload.siam_reader import read_siam_network

# Tiles of 512 x 512 cells: 3 x 3 x 64 = 576 rows and 192 x 8 = 1536 columns are 2 x 3 tiles; then 1 x 1.
TABLE = "8,8,64,3,3,192,0,1\n1,1,192,1,1,10,0,1\n"


def whole(*values):
    return np.array([values])


def units(number, tiles, capacity):
    return Units(whole(*number), whole(*tiles), np.array([capacity]))


@pytest.fixture
def network(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text(TABLE)
    return read_siam_network(path)


def spread(**fields):
    return sd.Designs.grid(**{"layer_placement": "spread", "tiles_per_chiplet": 8, **fields})


def test_runs_on_shelves_by_hand():
    # 4 chiplets: 3 units beside 1 on the first shelf, as high as the higher: 2 tiles. 6 units are two on each of three
    # chiplets, which leaves one for the last layer; its 3 tiles are fewer than the 4 beside it.
    dealt = deal(units([3, 1, 6, 1], [1, 2, 2, 3], 8), 1, np.array([4]))
    assert_array_equal(dealt.placed.first_chiplet, whole(0, 3, 0, 3))
    assert_array_equal(dealt.placed.spanned_chiplets, whole(3, 1, 3, 1))
    assert_array_equal(dealt.placed.first_tile, whole(0, 0, 2, 2))
    assert_array_equal(dealt.on_chiplet, whole(1, 2, 4, 3))
    assert_array_equal(dealt.height, [6])
    assert_array_equal(dealt.placed.chiplets, [4])


def test_units_are_column_blocks_or_copies_and_never_exceed_a_chiplet():
    # 8 tiles, 3 in a row: one column block of two tiles; one of 5, as 2 and 3 do not part them; 3 of 6; 2 of 4; a copy
    # with groups; what is left of a column block of nine
    row_blocks, tiles = whole(2, 1, 1, 1, 2, 9), whole(6, 5, 6, 4, 6, 18)
    found = units_of(row_blocks, tiles, np.array([1, 4, 1, 1, 4, 1]), np.array([8]))
    assert_array_equal(found.tiles, whole(2, 1, 3, 2, 6, 8))
    assert_array_equal(found.number, whole(3, 5, 2, 2, 1, 3))


def test_needed_chiplets_and_copies_by_hand():
    # 3 units of 2 tiles and one of 1, room for 2 tiles: side by side on four chiplets, on three a shelf is too many
    one = units([3, 1], [2, 1], 2)
    assert_array_equal(chiplets_dealt(one), [4])
    # On 9 chiplets of 2 tiles two copies of the first and three of the second: weights 2 and 3 at a scale of one, as no
    # other whole copies come before the third of the first, which fills the shelf
    copies = copies_dealt(one, np.array([[2.0, 3.0]]), whole(9, 9), np.array([9]))
    assert_array_equal(copies, whole(2, 3))
    # one chiplet more is the end of the shelf, and its last layer's
    assert_array_equal(copies_dealt(one, np.array([[2.0, 3.0]]), whole(9, 9), np.array([10])), whole(2, 4))


@pytest.mark.parametrize("name", ["resnet50", "mobilenet_v2", "densenet40", "vit_b16", "lenet5"])
@pytest.mark.parametrize("duplication", ["none", "serial", "pipeline"])
def test_no_two_layers_share_a_tile_and_all_fit(name, duplication):
    network = sd.load_network(name)
    own = {"tiles_per_chiplet": [16, 64], "n_chiplets": [0, 49, 400], "copy_chiplets": [0, 100]}
    mapping = map_network(spread(duplication=duplication, **own), network)
    layers = np.flatnonzero(network.has_tiles & (network.weights_of < 0))
    capacity = np.repeat([16, 64], 6)
    for u in range(len(capacity)):
        taken = np.zeros((mapping.n_chiplets[u], capacity[u]), dtype=int)
        for layer in layers:
            first, tile = mapping.first_chiplet[u, layer], mapping.first_tile[u, layer]
            run, here = mapping.spanned_chiplets[u, layer], mapping.tiles_on_chiplet[u, layer]
            assert tile + here <= capacity[u]
            taken[first : first + run, tile : tile + here] += 1
            assert run * here >= mapping.copies[u, layer] * mapping.tiles[u, layer]
            assert (run - 1) * here < mapping.copies[u, layer] * mapping.tiles[u, layer]
        assert taken.max() == 1
        assert np.flatnonzero(taken.any(axis=1)).max() + 1 == mapping.chiplets_used[u]
    assert np.all(mapping.chiplets_used <= mapping.n_chiplets)
    if duplication != "none":
        assert mapping.copies[mapping.n_chiplets >= 400].max() > 1


def test_column_blocks_stay_whole_and_every_chiplet_reads_its_own_share(network):
    # three column blocks of two tiles on three chiplets; the second layer beside them on the fourth
    designs = spread(n_chiplets=4, duplication="none")
    mapping = map_network(designs, network)
    assert_array_equal(mapping.spanned_chiplets, whole(3, 1))
    assert_array_equal(mapping.tiles_on_chiplet, whole(2, 1))
    assert not sums_over_package(mapping).sent.any()
    moved = transfers(designs, network, mapping)
    assert_array_equal(moved.crosses, [[True, True, False, False, True]])
    # a column block reads all rows; the second layer takes in what it reads once
    assert_allclose(moved.chiplet_bits[0, :2], [8 * 8 * 64 * 8, 192 * 8], rtol=1e-15, atol=0)
    phases = transfer_phases(mapping, moved)
    enters = np.flatnonzero((phases.transfer == 0) & (phases.place == 1))
    assert_array_equal(phases.instances[enters], [3])
    assert_allclose(phases.bits[enters], [8 * 8 * 64 * 8], rtol=1e-15, atol=0)


def test_copies_divide_what_each_port_takes(network):
    # a column block a chiplet: six copies of three lie on 18 chiplets, each of which reads a sixth of the map
    designs = spread(n_chiplets=20, duplication="pipeline", tiles_per_chiplet=2)
    mapping = map_network(designs, network)
    assert_array_equal(mapping.copies[0, 0], 6)
    assert_array_equal(mapping.spanned_chiplets[0, 0], 18)
    moved = transfers(designs, network, mapping)
    assert_allclose(moved.chiplet_bits[0, 0], 8 * 8 * 64 * 8 / 6, rtol=1e-15, atol=0)


def test_what_overlapping_runs_hold_together():
    # a residual waits while the layers of its block run: it is held where they are
    network = sd.load_network("resnet20")
    mapping = map_network(spread(n_chiplets=9, tiles_per_chiplet=25), network)
    held = held_while_running(network, mapping)
    assert np.all(held.own <= held.together * (1 + 1e-12))
    assert np.any(held.together > held.own * (1 + 1e-12))
    assert np.all((held.chiplets >= mapping.spanned_chiplets) & (held.chiplets <= mapping.chiplets_used[:, None]))


def test_designs_that_cannot_be_spread_break_a_rule_and_are_packed():
    designs = sd.Designs.grid(layer_placement="spread", chiplet_style=["homogeneous", "custom"], n_chiplets=1000)
    streamed = sd.Designs.grid(layer_placement="spread", weights="streamed", n_chiplets=4)
    assert_array_equal(sd.evaluate("resnet20", designs).violations["spread_equal_dies"], [0, 1])
    assert_array_equal(sd.evaluate("resnet20", streamed).violations["spread_equal_dies"], [1])
    packed = sd.Designs.grid(layer_placement="packed", chiplet_style="custom", n_chiplets=1000)
    network = sd.load_network("resnet20")
    both = (map_network(one, network) for one in (designs.take([1]), packed))
    assert_array_equal(*(mapping.first_chiplet for mapping in both))


def test_packed_designs_are_the_same_beside_spread_ones():
    network = sd.load_network("resnet50")
    both = sd.Designs.grid(layer_placement=["packed", "spread"], n_chiplets=100)
    alone = sd.evaluate(network, both.take([0])).column("latency_ms")
    assert_array_equal(sd.evaluate(network, both).column("latency_ms")[:1], alone)
