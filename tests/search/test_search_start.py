"""Designs that a search begins with."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal

from siam_dse.core.errors import InputError
from siam_dse.design.designs import Designs
from siam_dse.search.start import nearest_levels, spread, start_of
from siam_dse.search.sweep import resume, sweep


def test_the_nearest_level_is_near_by_ratio(space):
    sizes = {"crossbar_size": [64, 110, 512], "tiles_per_chiplet": [16, 4, 36], "n_chiplets": [8, 3, 99]}
    designs = Designs.from_columns({**sizes, "adc_bits": [4, 6, 5], "cell_bits": 2})
    levels, is_exact = nearest_levels(space, designs)
    taken = space.designs(levels)
    assert_array_equal(taken.crossbar_rows, [64, 96, 256])  # 110: 1.15 times 96, 128 is 1.16 times it
    assert_array_equal(taken.n_chiplets, [8, 4, 36])  # 3: 4 is 1.33 times it, 2 a 1.5th
    assert_array_equal(taken.tiles_per_chiplet, [16, 4, 16])
    assert_array_equal(is_exact, [True, False, False])


def test_a_table_is_taken_once_a_design_and_says_what_was_moved(space):
    frame = pd.DataFrame({"crossbar_size": [64, 64, 100], "adc_bits": [4, 4, 8], "n_chiplets": 4, "cell_bits": 2,
                          "tiles_per_chiplet": 9})  # fmt: skip
    start = start_of(frame, space)
    assert len(start.levels) == 2
    assert start.said == (
        "starts from 2 designs of the table (1 of 3 moved to the nearest levels and fixed fields of this space)"
    )
    with pytest.raises(InputError, match="unknown field 'adc'"):
        start_of(frame.rename(columns={"adc_bits": "adc"}), space)


def test_rows_are_spread_over_several_tables():
    tables = [np.arange(40).reshape(20, 2), np.arange(100, 106).reshape(3, 2)]
    rows = spread(tables, 8)
    assert_array_equal(rows[[0, 3]], [[0, 1], [38, 39]])
    assert_array_equal(rows[4:], tables[1])


@pytest.mark.usefixtures("stub")
@pytest.mark.slow
def test_the_given_designs_are_tried_first_and_a_resumed_run_equals_an_unbroken_one(tmp_path, network, space):
    rng = np.random.default_rng(1)
    levels = np.unique(rng.integers(0, space.radices, (30, 5)), axis=0)[:25]
    frame = space.designs(levels).to_frame().drop(columns="crossbar_size")
    options = {"sampler": "nsga2", "population": 10, "seed": 4, "results": tmp_path, "start_from": frame}
    whole = sweep(network, space, 40, name="whole", storage=str(tmp_path / "whole.journal"), **options)
    assert_array_equal(space.levels_of(whole.designs_of(whole.points(duplicates=True)))[:25], levels)
    assert whole.info["start"] == "starts from 25 designs of the table"
    parts = sweep(
        network, space, 20, name="parts", storage=str(tmp_path / "parts.journal"), **options
    )  # stops within the given designs
    resume(parts, 20)
    first, second = (run.points(duplicates=True).drop(columns="seconds") for run in (whole, parts))
    assert_frame_equal(first, second)


@pytest.mark.usefixtures("stub")
@pytest.mark.slow
def test_a_search_begins_with_the_front_of_a_run_or_a_file(tmp_path, network, space):
    old = sweep(network, space, 40, "random", name="old", results=tmp_path)
    new = sweep(network, space, 20, "random", name="new", results=tmp_path, start_from="old")
    first = new.points(duplicates=True).head(len(old.front()))
    assert set(first["tiles"]) >= set(old.front()["tiles"].head(20))
    same = sweep(network, space, 20, "random", name="same", results=tmp_path, start_from=old.path / "pareto.csv")
    assert_array_equal(same.points(duplicates=True)["tiles"], new.points(duplicates=True)["tiles"])
