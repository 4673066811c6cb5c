"""``check-accuracy``: measured beside predicted, faults, and the printed table."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from siam_dse.cli.checking import run_check_accuracy
from siam_dse.cli.output import Format
from siam_dse.core.errors import InputError
from siam_dse.design.designs import Designs
from siam_dse.validation.functional import SHOWN_FIELDS, check_accuracy

pytestmark = pytest.mark.slow


def test_prediction_follows_the_simulation_over_the_cliff() -> None:
    table = check_accuracy(Designs.grid(crossbar_size=128, adc_bits=[7, 6]), 12)
    measured, predicted, data = (table[name].to_numpy() for name in ("sqnr_db", "predicted_sqnr_db", "data_sqnr_db"))
    assert measured[0] == predicted[0] == data[0] == 60  # exact
    assert measured[1] < 8  # one bit below the cliff
    assert predicted[1] < 8
    assert table["predicted_top1"][1] < 0.5 < table["predicted_top1"][0]
    assert table["top1"][0] == table["int8_top1"][0]


@pytest.mark.parametrize(
    ("adc_bits", "mapping", "adc_range", "sigma", "with_data_db"),
    [
        (3, "differential", "calibrated", 0.1, np.inf),
        (6, "differential", "calibrated", 0.1, 3),
        (7, "offset", "full_scale", 0.05, 3),
    ],
)
def test_prediction_follows_the_simulation_of_varied_cells(
    adc_bits: int, mapping: str, adc_range: str, sigma: float, with_data_db: float
) -> None:
    # above the cliff: within 3 dB with the layers' data, 7 dB with assumed ones (true signal is larger)
    columns = {"adc_bits": adc_bits, "weight_mapping": mapping, "adc_range": adc_range, "cell_sigma": sigma}
    table = check_accuracy(Designs.from_columns({"crossbar_size": 128, **columns}, n=1), 12)
    measured, predicted, data = (table[name][0] for name in ("sqnr_db", "predicted_sqnr_db", "data_sqnr_db"))
    assert abs(data - measured) < with_data_db
    assert abs(predicted - measured) < 7


def test_same_seed_same_figures_and_ideal_wires() -> None:
    designs = Designs.grid(crossbar_size=512, adc_bits=10)
    first, second = check_accuracy(designs, 2), check_accuracy(designs, 2)
    pd.testing.assert_frame_equal(first, second)
    assert first["sqnr_db"][0] < 20 < 60 == check_accuracy(designs, 2, wires=False)["sqnr_db"][0]


@pytest.mark.parametrize("n_images", [0, 443])
def test_images_must_exist(n_images: int) -> None:
    with pytest.raises(InputError, match=rf"must lie in \[1, 442\], got {n_images}"):
        check_accuracy(Designs.grid(), n_images)


def test_other_than_eight_bits_are_refused() -> None:
    with pytest.raises(InputError, match="row 2: weight_bits: the digits network has 8 bits, got 4"):
        check_accuracy(Designs.grid(weight_bits=[8, 4]), 2)


def test_table_json_and_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    options = ("default", ["adc_bits=5,8", "cell=sram"], None, 2, 0, True)
    run_check_accuracy(*options, None, Format.table)
    shown = capsys.readouterr()
    assert "predicted_sqnr_db" in shown.out
    assert "weight_mapping" not in shown.out  # the same in every row
    assert "simulating 2 design(s)" in shown.err
    run_check_accuracy(*options, None, Format.json)
    rows = json.loads(capsys.readouterr().out)
    assert [row["adc_bits"] for row in rows] == [5, 8]
    assert set(SHOWN_FIELDS) < set(rows[0])
    run_check_accuracy(*options, tmp_path / "check.csv", Format.table)
    assert capsys.readouterr().out == ""
    assert len(pd.read_csv(tmp_path / "check.csv")) == 2


def test_bad_settings_are_one_error() -> None:
    with pytest.raises(InputError, match="adc_bits"):
        run_check_accuracy("default", ["adc_bits=99"], None, 2, 0, False, None, Format.table)


def test_two_kinds_of_chiplets_are_refused():
    with pytest.raises(InputError, match="row 2: kind_b: the digits network is simulated on one kind"):
        check_accuracy(Designs.grid(kind_b=[False, True]), n_images=1)
