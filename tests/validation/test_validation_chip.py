"""Whole chips of DNN+NeuroSim V1.3: organisation and areas exact, the rest explained by named artefacts."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.core.errors import InputError
from siam_dse.mapping.crossbars import layer_columns
from siam_dse.validation import chip, chip_layers
from siam_dse.validation.chip_mapping import chip_layout
from siam_dse.validation.tables import load_kind, predict_rows, reference_rows, scored_errors


@pytest.fixture(scope="module")
def runs():
    return reference_rows(chip.KIND)


@pytest.fixture(scope="module")
def errors(runs):
    return scored_errors(chip.KIND, predict_rows(chip.KIND, runs))


@pytest.fixture(scope="module")
def layer_table():
    rows = reference_rows(chip_layers.KIND)
    return predict_rows(chip_layers.KIND, rows)


def conventional(runs):
    return runs[(runs["status"] == "ok") & (runs["NS_NOVEL"] == 0)].reset_index(drop=True)


def layout_of(row):
    network = chip.chip_network(row["net"].iloc[0])
    columns = layer_columns(chip.designs_of(row, np.array([1])), network)[0]
    return network, columns, chip_layout(network.rows, columns, int(row["NS_ROWS"].iloc[0]))


def test_layout_by_hand():
    # 128 x 128 crossbars, 8 columns a weight: 288 x 512, 576 x 1024, 512 x 80 cells. The widest layer asks for 1024 =
    # 8 crossbars, the least that is tried. PEs of 512 hold 3 x 4, 5 x 8 and 4 x 1 crossbars: the first leaves a PE
    # row and column free (2 x 2 copies), the second none, the third one row of PEs, one column, and 4 of 1 in a PE.
    layout = chip_layout(np.array([288, 576, 512]), np.array([512, 1024, 80]), 128)
    assert (layout.tile_side, layout.pe_side) == (1024, 512)
    assert layout.copies.tolist() == [4, 1, 16]


@pytest.mark.slow
def test_layouts_are_those_measured(runs):
    layers = reference_rows(chip_layers.KIND)
    for i in range(len(conventional(runs))):
        row = conventional(runs).iloc[[i]]
        own = layers[layers["run_id"] == row["run_id"].iloc[0]]
        _, _, layout = layout_of(row)
        assert (layout.tile_side, layout.pe_side) == (row["tile_size_cm"].iloc[0], row["pe_size_cm"].iloc[0])
        assert_array_equal(layout.copies, own["dup_r"].to_numpy() * own["dup_c"].to_numpy())


def test_operations_of_the_networks():
    # Those of the runs: 2 H W C k k K with the input's H and W.
    counts = {"tiny": 11_806_720, "vgg8": 1_231_835_136, "resnet18": 5_492_285_440, "densenet40": 564_759_120}
    for name, operations in counts.items():
        network = chip.chip_network(name)
        assert 2 * (network.ifm_h * network.ifm_w * network.weights).sum() == operations


@pytest.mark.slow
def test_tiles_cells_and_converters_are_exact(errors):
    # To the digits that the program prints: every crossbar of every tile counts.
    for quantity in ("n_tiles", "area_array_um2", "area_adc_um2"):
        assert len(errors[quantity]) > 60
        assert errors[quantity]["error"].abs().max() < 1e-7


@pytest.mark.slow
def test_the_clock_is_the_sensing_step_but_for_named_artefacts(errors):
    # The rest is the time of flash converters with LSTP transistors, which the source raises for its slowest vector.
    error = errors["clk_ns_as_source"]
    is_slow_flash = (error["NS_SAR"] == 0) & (error["NS_ROADMAP"] == 2)
    assert error.loc[is_slow_flash, "error"].abs().max() < 0.04
    assert error.loc[~is_slow_flash, "error"].abs().max() < 0.01
    assert error["error"].abs().median() < 1e-4


def test_without_artefacts_the_step_is_shorter_but_for_drains_on_bit_lines(errors):
    error = errors["clk_ns"].set_index("run_id")["error"]
    assert error.drop("t_sram_seq").max() < 0
    assert error["t_sram_seq"] > 0


def empty_elements(rows, columns, layout, crossbar):
    """Row blocks x columns in use, and those that the source charges again for PEs that hold nothing."""
    used = again = 0
    tile, pe = layout.tile_side, layout.pe_side
    for tile_row in range(0, rows, tile):
        for tile_column in range(0, columns, tile):
            before = 0
            for row in range(tile_row, tile_row + tile, pe):
                for column in range(tile_column, tile_column + tile, pe):
                    high, wide = min(pe, rows - row), min(pe, columns - column)
                    if high > 0 and wide > 0:
                        before = -(-high // crossbar) * wide
                        used += before
                    else:
                        again += before
    return used, again


@pytest.mark.slow
def test_energy_of_converters_is_that_of_the_source_but_for_empty_elements(layer_table, runs):
    # The source charges an element that holds no weights of a layer without copies like the one before it; and it
    # precharges all columns of SRAM, so that only layers that fill their crossbars' columns are compared there.
    # Weights of 4 bits and few columns at the end of a network are not an even spread.
    by_run = conventional(runs).set_index("run_id", drop=False)
    left, raw = [], []
    for row in layer_table[layer_table["run_id"].isin(by_run.index)].itertuples():
        run = by_run.loc[[row.run_id]]
        network, columns, layout = layout_of(run)
        rows, wide, side = int(network.rows[row.layer - 1]), int(columns[row.layer - 1]), int(run["NS_ROWS"].iloc[0])
        is_clamped = (run["NS_SAR"] == 0) & (run["NS_ROADMAP"] == 2) & (run["NS_TECHNODE"] == 65)
        if wide % side or run["wbits"].iloc[0] < 8 or is_clamped.iloc[0] or run["NS_PIPE"].iloc[0]:
            continue
        used, again = empty_elements(rows, wide, layout, side)
        factor = 1 + again / used if layout.copies[row.layer - 1] == 1 else 1
        raw.append(abs(row.pred_en_adc_pJ_as_source / row.en_adc_pJ - 1))
        left.append(abs(row.pred_en_adc_pJ_as_source * factor / row.en_adc_pJ - 1))
    assert len(left) > 150
    assert np.percentile(raw, 95) > 0.1
    assert np.median(left) < 0.004
    assert np.percentile(left, 95) < 0.025
    assert np.max(left) < 0.04


@pytest.mark.slow
def test_shift_add_of_layers_that_fill_their_crossbars(layer_table, runs):
    # vgg8 by default, layer 7: 64 x 64 full crossbars; shift-add, trees and sums of tiles within a percent.
    row = layer_table[(layer_table["run_id"] == "vgg8_d0_b") & (layer_table["layer"] == 7)].iloc[0]
    assert_allclose(row["pred_en_accum_pJ"], row["en_accum_pJ"], rtol=0.01, atol=0)
    # Layer 8 uses 80 of its last crossbars' 128 columns, all of which the source charges.
    row = layer_table[(layer_table["run_id"] == "vgg8_d0_b") & (layer_table["layer"] == 8)].iloc[0]
    assert_allclose(row["pred_en_accum_pJ"], row["en_accum_pJ"] * 80 / 128, rtol=0.025, atol=0)


def test_area_of_adders_is_within_a_quarter(errors):
    # Other trees and the accumulators of tiles: a choice of organisation.
    error = errors["area_accum_um2"]["error"].abs()
    assert error.median() < 0.08
    assert error.max() < 0.25


def test_latency_of_layers_whose_positions_split_evenly(layer_table, runs):
    # 30 x 30 positions x 8 bits x 8 columns x one step, over 8 copies: 112.5 positions count as 113.
    run = runs[runs["run_id"] == "vgg8_d0_b"].reset_index(drop=True)
    step_ns = predict_rows(chip.KIND, run)["pred_clk_ns"].iloc[0]
    row = layer_table[(layer_table["run_id"] == "vgg8_d0_b") & (layer_table["layer"] == 1)].iloc[0]
    assert_allclose(row["pred_lat_adc_ns"], 113 * 8 * 8 * step_ns, rtol=1e-12, atol=0)
    assert_allclose(row["lat_adc_ns"], 112.5 * 8 * 8 * run["clk_ns"].iloc[0], rtol=1e-6, atol=0)


@pytest.mark.slow
def test_layers_add_up_to_chips(runs, layer_table):
    chips = predict_rows(chip.KIND, runs).set_index("run_id")
    sums = layer_table.groupby("run_id")[["pred_en_adc_pJ", "pred_en_accum_pJ", "pred_lat_adc_ns"]].sum(min_count=1)
    both = sums.dropna().index
    assert len(both) > 60
    for name in sums:
        assert_allclose(sums.loc[both, name], chips.loc[both, name], rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", ["chip", "chip_layers"])
@pytest.mark.slow
def test_knobs_alone_in_any_order_give_the_same(name):
    kind = load_kind(name)
    rows = reference_rows(kind)
    some = rows.sample(20, random_state=1)
    whole = predict_rows(kind, rows)
    alone = predict_rows(kind, some[list(kind.knobs)])
    for quantity in kind.quantities:
        assert_allclose(alone[f"pred_{quantity}"], whole.loc[some.index, f"pred_{quantity}"], rtol=1e-12, atol=0)


@pytest.mark.slow
def test_novel_mapping_is_not_predicted(runs):
    table = predict_rows(chip.KIND, runs)
    is_nan = table[[f"pred_{name}" for name in chip.KIND.quantities]].isna()
    assert_array_equal(is_nan.all(axis=1), runs["NS_NOVEL"] == 1)
    assert_array_equal(is_nan.any(axis=1), runs["NS_NOVEL"] == 1)


def test_faults_name_the_row_and_what_there_is(runs):
    with pytest.raises(InputError, match="unknown net 'tny'; known: tiny"):
        chip.predict(runs.head(1).assign(net="tny"))
    with pytest.raises(
        InputError, match=r"(?s)row 1: unknown run_id 'vgg'.*row 2: layer 9; vgg8_d0_b has layers 1 to 8"
    ):
        chip_layers.predict(pd.DataFrame({"run_id": ["vgg", "vgg8_d0_b"], "layer": [1, 9]}))
