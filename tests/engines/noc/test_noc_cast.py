"""Multicast on chip by hand: what goes once, what each tile takes, and which levels replay it."""

import numpy as np
import pytest
from composing import latency_s, moved
from noc_cases import mapping_of, transfer_of
from numpy.testing import assert_allclose, assert_array_equal

import siam_dse as sd
from siam_dse.design.designs import Designs

BOTH = Designs.grid(noc_cast=["unicast", "multicast"])


def twice(mapping):
    return mapping.take(np.array([0, 0]))


def noc(mapping, transfers):
    composed = moved(BOTH, twice(mapping), transfers.take(np.array([0, 0])))
    return (
        latency_s(composed, "noc")[:, 1],
        composed.figure("noc_crossed.link_bits")[:, 1],
        composed.figure("noc_crossed.router_bits")[:, 1],
        composed.figure("noc_crossed.terminal_bits")[:, 1],
    )


def test_column_blocks_that_read_the_same_values_take_them_from_one_stream():
    # tile 0 sends 3200 bits to each of tiles 1, 2, 3 of its row: 9600 over the first link, then 6400 and 3200; as a
    # tree 3200 over each. Each tile takes 3200 either way: routers read a flit for each link and each tile
    mapping = mapping_of([{}, {"first_tile": 1, "tiles_on_chiplet": 3, "column_blocks": 3, "tiles": 3}])
    time, links, routers, terminals = noc(mapping, transfer_of("activation", 0, 1, 9600, readers=3))
    assert_array_equal(links, [3200 * 6, 3200 * 3])
    assert_array_equal(routers, [3200 * 9, 3200 * 6])
    assert_array_equal(terminals, [9600, 9600])
    # 300 flits leave tile 0 for 100, so that a third of the cycles is left but for the way, 5 x 3 + 7
    assert_allclose((time[1] - 22e-9 + 1e-9) / (time[0] - 22e-9 + 1e-9), 1 / 3, rtol=1e-9, atol=0)


def test_row_blocks_read_other_values():
    # 2 row blocks of 2 column blocks: tiles 1, 2 read one half of the map, 3, 4 the other, wherever they stand
    layer = {"first_tile": 1, "tiles_on_chiplet": 4, "row_blocks": 2, "column_blocks": 2, "tiles": 4}
    transfer = transfer_of("activation", 0, 1, 6400, readers=2)  # 1600 bits a tile
    _, links, *_ = noc(mapping_of([{}, layer], tiles_per_chiplet=64), transfer)
    assert_array_equal(links, [1600 * (1 + 2 + 3 + 4), 1600 * (2 + 4)])
    # ordered column block by column block: tiles 1, 3 and 2, 4
    _, links, *_ = noc(mapping_of([{}, layer | {"by_columns": True}], tiles_per_chiplet=64), transfer)
    assert_array_equal(links, [1600 * (1 + 2 + 3 + 4), 1600 * (3 + 4)])


def test_a_map_leaves_its_chiplet_once_for_all_that_take_it():
    # 2 x 2 tiles are all on the perimeter; tile 0 sends 400 bits to chiplets 1 and 2, 400 each: 800 leave, or 400
    layers = [{}, {"first_chiplet": 1, "spanned_chiplets": 2, "column_blocks": 2, "tiles": 2}]
    mapping = mapping_of(layers, tiles_per_chiplet=4, n_chiplets=3)
    transfer = transfer_of("activation", 0, 1, 800, 400, crosses=True, readers=2)
    _, links, *_ = noc(mapping, transfer)
    # leaving: a quarter of the bits each stay, go one link twice, go two; entering one tile of each chiplet: the same
    assert_array_equal(links, [800 + 800, 400 + 800])
    # a residual is read in parts, once in all: as before
    parts = transfer_of("residual", 0, 1, 400, 200, crosses=True)
    _, links, *_ = noc(mapping, parts)
    assert_array_equal(links, [800, 800])


def test_partial_sums_and_single_readers_are_as_before():
    mapping = mapping_of([{}, {"tiles": 6, "row_blocks": 3, "column_blocks": 2, "tiles_on_chiplet": 6}])
    for transfer in (transfer_of("partial_sum", 1, 1, 400), transfer_of("residual", 0, 1, 400)):
        for unicast, multicast in noc(mapping, transfer):
            assert unicast == multicast


@pytest.mark.parametrize("level", ["fluid", "cycle"])
def test_levels_that_replay_leave_trees_to_the_closed_form(level):
    network = sd.load_network("lenet5")
    designs = Designs.grid(noc_cast=["unicast", "multicast"], crossbar_size=64, noc_width_bits=64)
    levels = (sd.evaluate(network, designs, noc_model=name) for name in ("fast", level))
    fast, replayed = (evaluation.column("noc_latency_ms") for evaluation in levels)
    assert (replayed > 0).all()
    assert fast[1] < fast[0]
    assert replayed[1] < replayed[0]


def test_multicast_saves_time_and_energy_and_nothing_else():
    evaluation = sd.evaluate("resnet20", Designs.grid(noc_cast=["unicast", "multicast"], crossbar_size=64))
    unicast, multicast = (of.set_index("engine") for _, of in evaluation.by_engine().groupby("design"))
    for name in ("area_mm2", "latency_ms"):
        others = unicast.index.drop("noc") if name == "latency_ms" else unicast.index
        assert_array_equal(unicast.loc[others, name], multicast.loc[others, name])
    for name in ("latency_ms", "energy_mj"):
        assert multicast.loc["noc", name] < unicast.loc["noc", name]
