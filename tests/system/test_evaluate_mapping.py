"""evaluate: the mapping of a network on a batch, and its rules."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import siam_dse as sd
from siam_dse.core.errors import InputError
from siam_dse.system.columns import OUTPUT_COLUMNS

# Three layers in the SIAM layout. 8-bit weights in 1-bit cells of 128 x 128 crossbars, 16 a tile: tiles of 512 x 512.
#   3 x 3 x 64 = 576 rows, 128 x 8 = 1024 columns: 2 x 2 = 4 tiles
#   3 x 3 x 128 = 1152 rows, 1024 columns: 3 x 2 = 6 tiles
#   512 rows, 10 x 8 = 80 columns: 1 tile
TABLE = "8,8,64,3,3,128,0,1\n8,8,128,3,3,128,1,1\n1,1,512,1,1,10,0,1\n"


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "small.csv"
    path.write_text(TABLE)
    return path


def test_hand_counted_tiles_and_chiplets(table):
    # 16 tiles a chiplet: all 11 in one. 9: 4 | 6 + 1. 4: 4 | 6 = 2 chiplets of its own | 1.
    designs = sd.Designs.grid(profile="siam", tiles_per_chiplet=[16, 9, 4], n_chiplets=0)
    evaluation = sd.evaluate(sd.load_network(table), designs)
    assert_array_equal(evaluation.column("tiles"), [11, 11, 11])
    assert_array_equal(evaluation.column("chiplets"), [1, 2, 4])
    cells = 576 * 1024 + 1152 * 1024 + 512 * 80
    assert_allclose(evaluation.column("utilisation"), cells / (512**2 * np.array([16, 18, 16])), rtol=1e-12, atol=0)


def test_a_package_too_small_is_evaluated_as_needed_and_violates_fits(table):
    designs = sd.Designs.grid(profile="siam", tiles_per_chiplet=4, n_chiplets=[3, 4, 6])
    evaluation = sd.evaluate(sd.load_network(table), designs)
    assert_array_equal(evaluation.violations["fits"], [1, 0, 0])
    assert_array_equal(evaluation.feasible, [False, True, True])
    assert_array_equal(evaluation.column("chiplets"), [4, 4, 6])


def test_spare_custom_chiplets_break_a_rule(table):
    designs = sd.Designs.grid(profile="siam", tiles_per_chiplet=4, n_chiplets=[4, 6], chiplet_style="custom")
    assert_array_equal(sd.evaluate(sd.load_network(table), designs).violations["spare_custom"], [0, 2])


def test_custom_dies_are_as_large_as_their_tiles(table):
    designs = sd.Designs.grid(profile="siam", tiles_per_chiplet=16, n_chiplets=0, chiplet_style=["custom"])
    cells = 576 * 1024 + 1152 * 1024 + 512 * 80
    got = sd.evaluate(sd.load_network(table), designs).column("utilisation")
    assert_allclose(got, cells / (11 * 512**2), rtol=1e-12, atol=0)


def random_designs(rng, n):
    return sd.Designs.from_columns(
        {
            "crossbar_rows": rng.choice([64, 128, 256], n),
            "crossbar_cols": rng.choice([64, 128, 256], n),
            "tiles_per_chiplet": rng.choice([4, 9, 16, 36], n),
            "n_chiplets": rng.choice([0, 4, 16, 64], n),
            "duplication": rng.choice(["none", "serial", "pipeline"], n),
            "weight_mapping": rng.choice(["offset", "differential"], n),
            "chiplet_style": rng.choice(["homogeneous", "custom"], n),
        }
    )


@pytest.mark.slow
def test_a_batch_equals_one_at_a_time_in_any_order():
    network, rng = sd.load_network("resnet20"), np.random.default_rng(3)
    designs = random_designs(rng, 40)
    whole = sd.evaluate(network, designs)
    order = rng.permutation(40)
    permuted = sd.evaluate(network, designs.take(order))
    single = [sd.evaluate(network, designs.take([i])) for i in range(40)]
    for name in OUTPUT_COLUMNS:
        assert_array_equal(permuted.column(name), whole.column(name)[order])
        assert_array_equal([each.column(name)[0] for each in single], whole.column(name))


def test_chunks_do_not_change_results(monkeypatch):
    network, designs = sd.load_network("resnet20"), random_designs(np.random.default_rng(4), 60)
    whole = sd.evaluate(network, designs).to_frame()
    monkeypatch.setattr("siam_dse.system.blocks.DESIGNS_PER_BLOCK", 5)
    pd.testing.assert_frame_equal(sd.evaluate(network, designs).to_frame(), whole)
    monkeypatch.setattr("siam_dse.system.batch._LAYER_VALUES_PER_PART", 7 * network.n_layers)
    parts = sd.evaluate(network, designs)
    assert len(list(parts._blocks.parts())) > 1
    pd.testing.assert_frame_equal(parts.to_frame(), whole)


@pytest.mark.slow
def test_processes_do_not_change_results(monkeypatch):
    network, designs = sd.load_network("lenet5"), random_designs(np.random.default_rng(8), 120)
    names = ("latency_ms", "energy_mj", "cost_usd", "accuracy_loss_pct")
    alone = sd.evaluate(network, designs)
    monkeypatch.setattr("siam_dse.system.batch._LAYER_VALUES_PER_PART", 7 * network.n_layers)
    shared = sd.evaluate(network, designs, jobs=2)
    monkeypatch.setattr(shared._blocks, "parts", None)  # not worked out here
    for name in names:
        assert_array_equal(shared.column(name), alone.column(name))
    for name, values in alone.violations.items():
        assert_array_equal(shared.violations[name], values)


@pytest.mark.parametrize("jobs", [0, -2])
def test_a_number_of_processes_that_makes_no_sense_is_refused(jobs):
    with pytest.raises(InputError, match="jobs: must be at least 1, or -1 for one a core"):
        sd.evaluate(sd.load_network("lenet5"), sd.Designs.grid(), jobs=jobs)


def test_unknown_column():
    with pytest.raises(InputError, match="unknown output column 'tile'; known: tiles"):
        sd.evaluate(sd.load_network("resnet20"), sd.Designs.grid()).column("tile")


def test_a_figure_of_0_takes_the_place_of_another(monkeypatch):
    # designs that are faster with fewer copies come twice: the last figure counts, 0 too
    evaluation = sd.evaluate("lenet5", sd.Designs.grid(adc_bits=[5, 6, 7]))
    blocks = [(np.arange(3), np.array([1.0, 0, 2])), (np.array([0]), np.zeros(1)), (np.array([1]), np.ones(1))]
    monkeypatch.setattr("siam_dse.system.evaluate.computed", lambda _, block: block)
    monkeypatch.setattr(evaluation._blocks, "_known", blocks)
    assert evaluation.column("latency_ms").tolist() == [0, 1, 2]
