"""Copies in the crossbars that layers leave free in their tiles: counts by hand, what they cost, what they save."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import siam_dse as sd
from siam_dse.engines.tile.shape import tile_shape
from siam_dse.engines.tile.timing import position_interval
from siam_dse.mapping.in_tile import copies_along, in_tile_copies
from siam_dse.mapping.place import map_network


@pytest.fixture(scope="module")
def lenet5():
    return sd.load_network("lenet5")


def test_copies_by_hand(lenet5):
    # Tiles of 4 x 4 crossbars of 128 x 128, 8 columns a weight. conv1 25 x 48 cells: 1 x 1 crossbars; conv2 150 x 128:
    # 2 x 1; fc1 400 x 960: 4 x 8, two tiles; fc2 120 x 672: 1 x 6, two tiles; fc3 84 x 80: 1 x 1, of one position.
    on = sd.Designs.grid(in_tile_copies=True)
    rows, columns = copies_along(on, lenet5)
    assert rows[0].tolist() == [4, 2, 1, 4, 4]
    assert columns[0].tolist() == [4, 4, 1, 1, 4]
    assert in_tile_copies(on, lenet5)[0].tolist() == [16, 8, 1, 1, 1]
    assert in_tile_copies(sd.Designs.grid(), lenet5)[0].tolist() == [1] * 5


def test_grouped_layers_have_none():
    network = sd.load_network("mobilenet_v2")
    copies = in_tile_copies(sd.Designs.grid(in_tile_copies=True), network)[0]
    assert np.all(copies[network.groups > 1] == 1)
    assert copies.max() > 1


def test_a_tile_holds_the_inputs_and_sums_of_all_copies():
    off, on = (tile_shape(sd.Designs.grid(in_tile_copies=value)) for value in (False, True))
    assert on.most_copies.tolist() == [4]
    assert on.input_bits.tolist() == (4 * off.input_bits).tolist()
    assert on.output_bits.tolist() == (4 * off.output_bits).tolist()
    assert on.input_wires.tolist() == off.input_wires.tolist()


def test_inputs_of_copies_side_by_side_follow_one_another(lenet5):
    # A column an ADC: one conversion a bit-vector, four transfers for the four copies side by side of conv1.
    designs = sd.Designs.grid(in_tile_copies=True, columns_per_adc=1)
    interval_s = position_interval(designs, lenet5)[0]
    assert_allclose(interval_s[[0, 2]], [8 * 4e-9, 8 * 1e-9], rtol=1e-12, atol=0)


def test_copies_share_positions_and_cells_but_no_energy_of_crossbars():
    network = sd.load_network("resnet20")
    designs = sd.Designs.grid(in_tile_copies=[False, True], duplication="none")
    mapping = map_network(designs, network)
    assert np.array_equal(mapping.tiles[0], mapping.tiles[1])
    assert mapping.utilisation[1] > mapping.utilisation[0]
    evaluation = sd.evaluate(network, designs)
    off_ms, on_ms = evaluation.column("crossbar_latency_ms")
    assert off_ms / on_ms > 2
    off, on = (evaluation.by_layer(i)["crossbar_dynamic_energy_mj"].to_numpy() for i in (0, 1))
    assert np.array_equal(off, on)
    assert evaluation.column("area_mm2")[1] > evaluation.column("area_mm2")[0]


def test_tiles_that_are_one_crossbar_have_none(lenet5):
    designs = sd.Designs.grid(in_tile_copies=[False, True], crossbars_per_tile=1)
    figures = sd.evaluate(lenet5, designs).to_frame().drop(columns="in_tile_copies")
    pd.testing.assert_series_equal(figures.iloc[0], figures.iloc[1], check_names=False)
