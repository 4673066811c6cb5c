"""Fabricated macros: a conversion by hand, what is asked of all rows together, rows that cannot be predicted."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from siam_dse.technology.converters import Converters, survey_energy, survey_rate
from siam_dse.technology.technology import packaged_technology
from siam_dse.validation.knobs import knob_faults
from siam_dse.validation.silicon import KIND, macros_of, predict
from siam_dse.validation.silicon_fit import FITTED, factors, left_out, log_ratios
from siam_dse.validation.tables import predict_rows, ratio_table, reference_rows


@pytest.fixture(scope="module")
def rows():
    return reference_rows(KIND)


def macro(**changed):
    """A charge-domain macro of 1152 x 256 cells at 32 nm."""
    usual = {
        "macro": "mine", "node_nm": 32, "architecture": "SRAM", "cell": "8T1C", "compute": "QR", "n_rows": 1152,
        "n_cols": 256, "supply_v": 0.9, "input_bits": 1, "weight_bits": 1, "adc_bits": 8, "rows_per_read": 1152,
        "rows": 1152, "columns_combined": 1, "columns_per_adc": 1, "n_adc": 256, "dot_product_length": 1152,
        "n_cores": 1,
    }  # fmt: skip
    return pd.DataFrame([usual | changed])


def energy_fj(**changed):
    return float(predict(macro(**changed))["energy_per_column_fj"][0])


def test_what_a_conversion_adds_up_to():
    # doubling the rows read at once adds, at half activity, 1152/2 cells: 1.2 fF and a share of 1/256 of the word line
    technology = packaged_technology()
    one = np.ones(1)
    no = np.zeros(1, dtype=bool)
    asked = Converters(8 * one, 32 * one, one, 0.9 * one, no, no)
    asked = Converters(**vars(asked) | {"rate_hz": survey_rate(technology, asked)})
    best = technology.constants("adc_survey")["energy_best"]
    converter = float(best * survey_energy(technology, asked)[0]) * 1e15
    whole, half = energy_fj(), energy_fj(rows_per_read=576)
    lit = 1152 / 2 / 2
    capacitors = lit * 1.2 * 0.9**2
    word_lines = whole - half - capacitors
    assert 0 < word_lines < capacitors
    bit_line = whole - converter - 2 * (whole - half)
    assert 0 < bit_line < converter
    # every input bit drives rows and lines once more, the converter once
    assert_allclose(energy_fj(input_bits=3) - whole, 2 * (whole - converter), rtol=1e-9, atol=0)
    # arrays that read a single row share a converter
    alone = energy_fj(rows_per_read=1)
    assert_allclose(alone - energy_fj(rows_per_read=1, n_cores=8), converter * 7 / 8, rtol=1e-9, atol=0)


def test_an_operation_a_read_and_the_density_follow():
    got = {name: values[0] for name, values in predict(macro(input_bits=2, weight_bits=3)).items()}
    operations = 2 * 1152 * 2 * 3
    assert_allclose(got["energy_per_1b_op_fj"], got["energy_per_column_fj"] / operations, rtol=1e-12, atol=0)
    slower = {name: values[0] for name, values in predict(macro(input_bits=2, weight_bits=3, supply_v=0.45)).items()}
    assert_allclose(slower["time_per_read_ns"], 4 * got["time_per_read_ns"], rtol=1e-12, atol=0)
    assert_allclose(slower["tops_per_mm2_1b"], got["tops_per_mm2_1b"] / 4, rtol=1e-12, atol=0)


def test_energy_without_a_fitted_factor_is_within_a_factor_of_two_in_the_median(rows):
    table = ratio_table(KIND).query("group == 'all'").set_index("quantity")
    energy = table.loc["energy_per_1b_op_fj"]
    assert 0.5 < energy["median"] < 2
    assert energy["geometric_sd"] <= 4
    assert (table["median"].between(0.5, 2)).all()
    assert table.loc["energy_per_1b_op_fj", "rows"] == 42
    without = left_out(rows)
    for quantity in ("energy", *FITTED):
        assert 0.5 < np.exp(np.nanmedian(without[quantity])) < 2


def test_factors_are_those_of_the_fit_and_none_is_of_energy(rows):
    k = packaged_technology().constants("silicon")
    for name, value in factors(rows, np.ones(len(rows), dtype=bool)).items():
        assert_allclose(k[name], value, rtol=5e-3, atol=0)
    assert not [name for name in k if name.startswith("energy_") and "spread" not in name]
    kind = macros_of(rows).kind
    for quantity, ratios in log_ratios(rows).items():
        if quantity in FITTED:
            medians = [np.nanmedian(ratios[kind == c]) - np.log(k[f"{quantity}_{c}"]) for c in ("charge", "digital")]
            assert_allclose(medians, 0, rtol=0, atol=5e-3)


def test_rows_that_say_too_little_have_a_reason(rows):
    out = predict_rows(KIND, rows)
    assert len(out) == len(rows) == 73
    gone = out["pred_energy_per_1b_op_fj"].isna()
    assert ((out["reason"] == "") == ~gone).all()
    is_processor = (rows["architecture"] == "Digital").to_numpy()
    assert (out.loc[is_processor, "reason"] == "a processor without arrays that compute").all()
    assert knob_faults(KIND, rows) == []
    empty = macro(n_cols=np.nan, supply_v=np.nan)
    assert predict(empty)["reason"] == ["not said: n_cols"]
    nominal = macro(supply_v="0.75 (Digital); 0.95 (SRAM)")  # read as not said
    assert np.isfinite(predict(nominal)["energy_per_column_fj"][0])
