"""Fabricated macros: a conversion by hand, what is asked of all rows together, rows that cannot be predicted."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import siam_dse as sd
from siam_dse.engines.crossbar.design_case import case_of_designs
from siam_dse.engines.crossbar.engine import crossbar_unit
from siam_dse.engines.crossbar.subarray import energy_by_component
from siam_dse.technology.technology import packaged_technology
from siam_dse.validation.knobs import knob_faults
from siam_dse.validation.silicon import KIND, macros_of, predict
from siam_dse.validation.silicon_fit import FITTED, factors, left_out, log_ratios
from siam_dse.validation.silicon_macro import designs_of, figures_of
from siam_dse.validation.silicon_scores import left_out_table, paced_table, pairs_table, without_own_macro
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


def figures(**changed):
    return {name: float(values[0]) for name, values in predict(macro(**changed)).items() if name != "reason"}


def test_a_macro_is_the_design_that_a_user_would_set():
    got = figures()
    fields = {
        "cell": "charge", "node_nm": 32, "crossbar_rows": 1152, "crossbar_cols": 256, "supply_v": 0.9, "adc_bits": 8,
        "columns_per_adc": 1, "weight_bits": 1, "activation_bits": 1, "input_activity": 0.5, "r_on_ohm": 1e4,
        "r_off_ohm": 1e6,
    }  # fmt: skip
    designs = sd.Designs.grid(**fields)
    unit, case = crossbar_unit(designs), case_of_designs(designs)
    joule = sum(float(part[0]) for part in energy_by_component(case, case.rows / 2).values())
    assert_allclose(got["energy_per_column_fj"], joule / 256 * 1e15, rtol=1e-12, atol=0)  # all rows at once: no sums
    assert_allclose(got["time_per_read_ns"], unit.bit_vector_s[0] * 1e9, rtol=1e-12, atol=0)
    tops = 2 * 1152 * 256 / unit.bit_vector_s[0] / 1e12
    factor = packaged_technology().constants("silicon")["area_charge"]
    assert_allclose(got["tops_per_mm2_1b"], tops / (unit.area_m2[0] * 1e6) * factor, rtol=1e-12, atol=0)


def test_classes_are_cells_and_settings_fields():
    rows = pd.concat([macro(), macro(compute="IS", cell="6T"), macro(compute="DIMC", adc_bits=np.nan), macro(
        architecture="eNVM", cell="MRAM+Par", input_bits=4, weight_bits=2.5, columns_combined=64, rows_per_read=9000
    ), macro(architecture="eNVM", cell="ReRAM", n_adc=16, node_nm=4)])  # fmt: skip
    designs = designs_of(packaged_technology(), macros_of(rows))
    assert [designs.describe(i)["cell"] for i in range(5)] == ["charge", "sram", "digital_cim", "mram", "rram_1t1r"]
    assert designs.r_on_ohm[3:].tolist() == [5e3, 1e4]
    assert (designs.input_bits_per_read[3], designs.weight_bits[3], designs.columns_combined[3]) == (4, 3, 3)
    assert (designs.rows_per_read[3], designs.columns_per_adc[4], designs.node_nm[4]) == (1152, 16, 7)


def test_an_operation_a_read_and_the_density_follow():
    got = {name: values[0] for name, values in predict(macro(input_bits=2, weight_bits=3)).items()}
    operations = 2 * 1152 * 2 * 3
    assert_allclose(got["energy_per_1b_op_fj"], got["energy_per_column_fj"] / operations, rtol=1e-12, atol=0)
    one = figures(input_bits=2, weight_bits=3, supply_v=0.8)
    assert_allclose(
        one["energy_per_1b_op_fj"] / got["energy_per_1b_op_fj"], (0.8 / 0.9) ** 2, rtol=5e-3, atol=0
    )  # drivers are as strong as their supply lets them
    assert one["time_per_read_ns"] > got["time_per_read_ns"]


def test_energy_and_time_without_a_fitted_factor_are_within_a_factor_of_two_in_the_median(rows):
    table = ratio_table(KIND).query("group == 'all'").set_index("quantity")
    energy = table.loc["energy_per_1b_op_fj"]
    assert 0.5 < energy["median"] < 2
    assert energy["geometric_sd"] <= 4
    assert (table["median"].between(0.5, 2)).all()
    assert table.loc["energy_per_1b_op_fj", "rows"] == 42
    without = left_out(rows)
    for quantity in ("energy", *FITTED):
        assert 0.5 < np.exp(np.nanmedian(without[quantity])) < 2


def test_factors_are_those_of_the_fit_and_none_is_of_energy_or_time(rows):
    k = packaged_technology().constants("silicon")
    for name, value in factors(rows, np.ones(len(rows), dtype=bool)).items():
        assert_allclose(k[name], value, rtol=5e-3, atol=0)
    assert not [name for name in k if name.startswith(("energy_", "time_")) and "spread" not in name]
    kind = macros_of(rows).kind
    for quantity, ratios in log_ratios(rows).items():
        if quantity in FITTED:
            medians = [np.nanmedian(ratios[kind == c]) - np.log(k[f"{quantity}_{c}"]) for c in ("charge", "digital")]
            assert_allclose(medians, 0, rtol=0, atol=5e-3)


def test_a_macro_left_out_meets_the_median_of_the_others_of_its_class():
    # of class a: x at 1 and 3, y at 2, z at 6: x against 2 and 6, median 4; y against 1, 3, 6: 3; z against 1, 2, 3
    errors, macro = np.array([1.0, 3.0, 2.0, 6.0, 5.0]), np.array(["x", "x", "y", "z", "w"])
    got = without_own_macro(errors, macro, np.array(["a", "a", "a", "a", "b"]))
    assert_allclose(got, [-3, -1, -1, 4, np.nan], rtol=0, atol=1e-15)  # w is alone in its class


def test_left_out_macros_and_pairs_of_presets_stand_in_the_tables(rows):
    table = left_out_table().set_index(["quantity", "group"])
    ratios = ratio_table(KIND).set_index(["quantity", "group"])
    for quantity, name in (("energy_per_1b_op_fj", "all"), ("time_per_read_ns", "class = charge")):
        one = table.loc[(quantity, name)]
        assert one["rows"] == ratios.loc[(quantity, name), "rows"]
        assert_allclose(one["geometric_sd_before"], ratios.loc[(quantity, name), "geometric_sd"], rtol=1e-12, atol=0)
    # digital macros: each against the median of the rows of the others
    found, kind = predict(rows)["energy_per_1b_op_fj"], macros_of(rows).kind
    error = np.log(found / rows["energy_per_1b_op_fj"].to_numpy(dtype=float))
    of = np.flatnonzero((kind == "digital") & np.isfinite(error))
    names = rows["macro"].to_numpy()
    after = [error[i] - np.median([error[j] for j in of if names[j] != names[i]]) for i in of]
    digital = table.loc[("energy_per_1b_op_fj", "class = digital")]
    assert_allclose(digital["median_ln_after"], np.median(np.abs(after)), rtol=1e-12, atol=0)
    assert_allclose(digital["geometric_sd_after"], np.exp(np.std(after, ddof=1)), rtol=1e-12, atol=0)
    pairs = pairs_table().set_index("quantity")
    assert pairs["pairs"].to_dict() == {"energy": 104, "time": 48}
    assert pairs["met"].all()
    assert_allclose(pairs["within_1.3x_pct"], [92.3, 66.7], rtol=1e-3, atol=0)


def test_the_published_pace_raises_the_energy_of_columns_with_current_only(rows):
    table = paced_table().set_index("group")
    assert table["rows"].to_dict() == {"class = charge": 17, "class = current": 5, "class = resistive": 10}
    ratios = ratio_table(KIND).set_index(["quantity", "group"]).loc["energy_per_column_fj"]
    assert_allclose(table["median_own_pace"], ratios.loc[table.index, "median"], rtol=1e-12, atol=0)
    assert_allclose(table["median_published_pace"], [0.632, 4.334, 3.258], rtol=1e-3, atol=0)
    # a conversion at the magnetic macro's 315.8 ns: the current of the columns alone, over the whole of it
    one = macros_of(rows[rows["macro"] == "m38"])
    technology = packaged_technology()
    rate = np.array([1e9 / 315.8])
    slow, fast = figures_of(technology, one, rate), figures_of(technology, one)
    assert_allclose(slow.time_s / fast.time_s, 1.403 / 0.0278, rtol=0.01, atol=0)
    assert 40 < slow.energy_j / fast.energy_j < 70


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
