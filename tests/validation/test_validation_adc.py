"""The converter laws: hand counts, the fit that they came from, and what the survey's rows say of them."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from siam_dse.technology.converters import Converters, survey_area, survey_energy, survey_rate
from siam_dse.technology.technology import packaged_technology
from siam_dse.validation.adc import KIND
from siam_dse.validation.adc_fit import COLUMNS, REGRESSORS, fit
from siam_dse.validation.knobs import knob_faults
from siam_dse.validation.tables import error_table, predict_rows, reference_rows


def one(enob=7.0, node=65.0, rate=1e9, supply=np.nan, parallel=False, interleaved=False):
    return Converters(*(np.array([x]) for x in (enob, node, rate, supply, parallel, interleaved)))


def constant(name):
    return packaged_technology().constants("adc_survey")[name]


def test_the_laws_by_hand():
    technology = packaged_technology()
    assert_allclose(survey_energy(technology, one()), constant("energy_reference"), rtol=1e-12, atol=0)
    # 9 bits at 130 nm, 2 GS/s, half the node's supply of sqrt 2 volt
    far = one(9, 130, 2e9, np.sqrt(2) / 2)
    two = np.log(2)
    slopes = [constant(f"energy_{name}") for name in ("bits", "node", "rate", "supply")]
    exponent = 2 * slopes[0] + two * (slopes[1] + slopes[2] - slopes[3])
    assert_allclose(survey_energy(technology, far), constant("energy_reference") * np.exp(exponent), rtol=1e-12, atol=0)
    # the area follows rates above 1 GS/s alone
    assert_allclose(survey_area(technology, one(rate=1e6)), constant("area_reference"), rtol=1e-12, atol=0)
    faster = np.exp(two * (constant("area_rate") + constant("area_parallel_rate")) + constant("area_parallel"))
    flash = survey_area(technology, one(rate=2e9, parallel=True))
    assert_allclose(flash, constant("area_reference") * faster, rtol=1e-12, atol=0)
    taking_turns = survey_rate(technology, one(6, interleaved=True)) / constant("rate_reference")
    assert_allclose(np.log(taking_turns), constant("rate_interleaved") - constant("rate_bits"), rtol=1e-12, atol=0)


@pytest.mark.parametrize("quantity", REGRESSORS)
def test_the_constants_are_those_of_the_fit(quantity):
    found = fit(quantity)
    stored = [constant(f"{quantity}_{name}") for name in found.names]
    scale = {"energy": 1e-12, "area": 1e-12, "rate": 1.0}[quantity]
    stored[0] = np.log(stored[0] / scale)
    assert_allclose(found.coefficients, stored, rtol=2e-3, atol=0)
    assert_allclose(found.spread, constant(f"{quantity}_spread"), rtol=2e-3, atol=0)
    assert (found.errors > 0).all()


def test_rows_left_out_lie_within_a_factor_of_two_in_the_median_without_a_trend():
    rows = reference_rows(KIND)
    found = fit("energy")
    ratio = np.abs(found.left_out)
    assert np.median(ratio) <= np.log(2)
    bits = rows["enob_bit"].to_numpy()[found.rows]
    assert np.median(ratio[(bits >= 3.5) & (bits <= 9)]) <= np.log(2)
    area = fit("area")
    for law in (found, area):
        bits = rows["enob_bit"].to_numpy()[law.rows]
        middle = (bits >= 3.5) & (bits <= 9)
        for x in (bits, np.log(rows["node_nm"].to_numpy()[law.rows])):
            rank = [pd.Series(v[middle]).rank() for v in (x, law.left_out)]
            assert abs(np.corrcoef(*rank)[0, 1]) < 0.19  # 5 % of 75 uncorrelated pairs lie beyond 0.23
    is_single = ~rows["architecture"].str.contains("TI").to_numpy()[area.rows]
    assert np.median(np.abs(area.left_out[is_single])) <= np.log(2)
    assert 0.69 < np.median(np.abs(area.left_out)) < 0.76  # interleaved ones lie further apart


def test_empty_cells_are_the_node_s_supply_and_the_median_rate():
    rows = pd.DataFrame(
        {
            "architecture": ["SAR", "SAR", "SAR", "Flash, TI"],
            "node_nm": [65, 65, np.nan, 28],
            "enob_bit": [7, 7, 7, 4.5],
            "fs_nyquist_hz": [1e9, np.nan, 1e9, 1e10],
            "supply_v": [np.nan, 1.0, 1.0, 0.9],
        }
    )
    assert knob_faults(KIND, rows) == []
    got = predict_rows(KIND, rows)["pred_energy_per_conversion_pj"].to_numpy()
    slower = (constant("rate_reference") / 1e9) ** constant("energy_rate")
    assert_allclose(got[:2], constant("energy_reference") * 1e12 * np.array([1, slower]), rtol=1e-12, atol=0)
    assert np.isnan(got[2])
    assert got[3] > 0


def test_the_table_stands_beside_its_target():
    table = error_table(KIND).query("group == 'all'").set_index("quantity")
    assert list(table.index) == [COLUMNS["energy"], COLUMNS["area"]]
    assert (table["median"] < 0.6931).all()
    assert table["target_p95"].isna().all()
