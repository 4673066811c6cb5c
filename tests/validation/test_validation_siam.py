"""SIAM's own engine: layers and chiplets within their targets, and its rules counted by hand."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.core.errors import InputError
from siam_dse.validation import siam, siam_chiplet
from siam_dse.validation.siam_layers import SiamOptions, siam_layers
from siam_dse.validation.tables import error_table, predict_rows, reference_rows

NO_ARTEFACTS = SiamOptions(False, False, False, False, False)


def layer(side, kernel, channels_in, channels_out, crossbar=128):
    columns = {"ifm_w": side, "ifm_h": side, "channels_in": channels_in, "kernel_w": kernel, "kernel_h": kernel}
    fixed = {"tile_crossbars": 16, "weight_bits": 8, "activation_bits": 8, "activity": 0.875}
    return pd.DataFrame([{**columns, "channels_out": channels_out, "crossbar": crossbar, **fixed}])


@pytest.mark.parametrize("kind", [siam.KIND, siam_chiplet.KIND], ids=lambda kind: kind.name)
def test_every_quantity_is_within_its_target(kind):
    table = error_table(kind)
    table = table[table["group"] == "all"]
    assert len(table) == len(kind.quantities)
    assert np.all(table["median"] <= table["target_median"])
    assert np.all(table["p95"] <= table["target_p95"])


# (rows, columns of the weight matrix in crossbars of 128): copies in a tile of 4 x 4, and as SIAM's time counts them
@pytest.mark.parametrize(
    ("shape", "copies", "counted"),
    [
        ((32, 3, 3, 16), 16, 36),  # 27 x 128: 1 x 1 crossbars, within a PE of 2 x 2
        ((32, 3, 16, 16), 8, 24),  # 144 x 128: 2 x 1
        ((32, 3, 16, 32), 4, 16),  # 144 x 256: 2 x 2
        ((16, 3, 32, 32), 2, 2),  # 288 x 256: 3 x 2, over two PEs
        ((32, 1, 24, 48), 4, 4),  # 24 x 384: 1 x 3
        ((32, 3, 48, 12), 4, 4),  # 432 x 96: 4 x 1
        ((8, 3, 64, 64), 1, 1),  # 576 x 512: 5 x 4, over two tiles
    ],
)
def test_copies_in_a_tile(shape, copies, counted):
    rows = layer(*shape)
    positions = (shape[0] - shape[1] + 1) ** 2
    assert siam_layers(rows).copies.tolist() == [copies]
    assert_allclose(siam_layers(rows).rounds, positions / counted, rtol=1e-12, atol=0)
    assert siam_layers(rows, NO_ARTEFACTS).rounds.tolist() == [-(-positions // copies)]


def test_crossbars_that_are_charged():
    # 576 x 512 cells of 128: 5 x 4 crossbars. The second tile has one row of four in its upper two PEs; the lower two
    # are empty and charged as the one before them, the right upper one with two crossbars: 16 + 4 + 2 + 2.
    rows = layer(8, 3, 64, 64)
    assert siam_layers(rows).charged_crossbars.tolist() == [24]
    assert siam_layers(rows, NO_ARTEFACTS).charged_crossbars.tolist() == [20]
    within_one = layer(32, 3, 16, 32)  # 2 x 2 crossbars of one PE, 256 columns
    assert siam_layers(within_one).charged_crossbars.tolist() == [1]
    assert siam_layers(within_one).charged_columns.tolist() == [256]
    assert siam_layers(within_one, NO_ARTEFACTS).charged_columns.tolist() == [512]


def test_conversions_by_hand():
    # 900 positions / 36 x 8 input bits x 8 columns x (1 ns + 34 ps of the encoder)
    found = siam.predict(layer(32, 3, 3, 16))["adc_latency_ns"]
    assert_allclose(found, 900 / 36 * 64 * 1.034, rtol=1e-3, atol=0)


def test_rows_keep_their_order_and_need_no_results():
    rows = reference_rows(siam.KIND)
    shuffled = rows.sample(frac=1, random_state=3).drop(columns=list(siam.KIND.quantities))
    for name in siam.KIND.quantities:
        want = predict_rows(siam.KIND, rows)[f"pred_{name}"].to_numpy()[shuffled.index]
        assert_array_equal(predict_rows(siam.KIND, shuffled)[f"pred_{name}"], want)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("crossbar", 0, "row 1, column 'crossbar': must be a whole number of at least 1, got 0"),
        ("channels_in", 2.5, "got 2.5"),
        ("tile_crossbars", 12, "must be a square number, got 12"),
        ("activity", 1.5, "must be a share"),
    ],
)
def test_a_wrong_layer_is_told(name, value, words):
    with pytest.raises(InputError) as error:
        siam.predict(layer(32, 3, 3, 16).assign(**{name: value}))
    assert words in str(error.value)


def chiplet(**changed):
    knobs = {"network": "resnet110", "crossbar": 128, "tiles_per_chiplet": 16, "first_layer": 1, "last_layer": 16}
    return pd.DataFrame([{**knobs, **changed}])


def test_a_chiplet_whose_layers_span_tiles_has_the_oversized_sums():
    small, wide = chiplet(), chiplet(first_layer=75, last_layer=82)  # 27 to 144 rows; 576 rows, two tiles
    as_source = [siam_chiplet.predict(rows)["accumulation_area_um2"][0] for rows in (small, wide)]
    sound = [siam_chiplet.predict(rows, oversized_sums=False)["accumulation_area_um2"][0] for rows in (small, wide)]
    assert as_source[0] == sound[0] == sound[1]
    # 409,600 adders of 8 bits, 13.5 cells of 212.8 F2 a bit
    assert_allclose(as_source[1] - sound[1], 409_600 * 8 * 13.5 * 212.8 * 0.032**2, rtol=1e-6, atol=0)


def test_layers_of_a_chiplet_follow_from_the_partition():
    # layers 1 to 16 have a tile each; from the fifth chiplet on some have 576 rows
    for number, first, last in ((1, 1, 16), (10, 110, 110)):
        by_layers = siam_chiplet.predict(chiplet(first_layer=first, last_layer=last))
        by_number = siam_chiplet.predict(chiplet(first_layer=np.nan, last_layer=np.nan, chiplet=number))
        assert by_layers["total_area_um2"] == by_number["total_area_um2"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"network": "resnet111"}, "resnet110"),
        ({"last_layer": 111}, "layers 1 to 110"),
        ({"first_layer": np.nan, "last_layer": np.nan}, "give first_layer and last_layer"),
    ],
)
def test_a_wrong_chiplet_is_told(changed, words):
    with pytest.raises(InputError, match=words):
        siam_chiplet.predict(chiplet(**changed))
