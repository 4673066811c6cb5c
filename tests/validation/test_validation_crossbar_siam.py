"""SIAM's own sub-array: targets, knobs alone, and what is left out of the design model."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from siam_dse.engines.crossbar.options import NEUROSIM_SIAM, SOUND
from siam_dse.engines.crossbar.subarray import energy_by_component
from siam_dse.validation.crossbar_siam import KIND, case_of
from siam_dse.validation.tables import error_table, predict_rows, reference_rows


@pytest.fixture(scope="module")
def table():
    return error_table(KIND)


def test_every_quantity_meets_its_targets(table):
    # 2 % / 6 % over all rows; every cell alike. Percent.
    assert set(table["quantity"]) == set(KIND.quantities)
    whole = table[(table["group"] == "all") | table["group"].str.startswith("cell")]
    missed = whole[(whole["median"] > 2) | (whole["p95"] > 6)]
    assert missed[["quantity", "group", "median", "p95"]].to_dict("records") == []


def test_predictions_need_the_knobs_alone():
    some = reference_rows(KIND).sample(100, random_state=0)
    bare, full = predict_rows(KIND, some[list(KIND.knobs)]), predict_rows(KIND, some)
    for name in KIND.quantities:
        assert_array_equal(bare[f"pred_{name}"].to_numpy(), full[f"pred_{name}"].to_numpy())


def test_faulty_latencies_are_not_scored():
    rows = reference_rows(KIND)
    scored = KIND.scored(rows, "lat_total_ns")
    assert (~scored).sum() == 22
    assert KIND.scored(rows, "area_used_um2").all()


def test_the_design_model_converts_each_column_once():
    # SIAM's circuit charges each conversion once for every column of the converter, and lines once for every input bit.
    rows = reference_rows(KIND)
    rows = rows[(rows["cell"] == "RRAM_1T1R") & (rows["node"] == 32) & (rows["roadmap"] == "HP")].iloc[:20]
    active = np.round(rows["act"].to_numpy() * rows["rows"].to_numpy())
    source = energy_by_component(case_of(rows, NEUROSIM_SIAM), active)
    sound = energy_by_component(case_of(rows, SOUND), active)
    assert np.all(source["adc"] > 3.9 * sound["adc"])
    assert np.all(source["array"] > 7.9 * sound["array"])
