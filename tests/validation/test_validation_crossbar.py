"""The sub-array against DNN+NeuroSim V1.3: targets, knobs alone, and what the source's options change."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.engines.crossbar.options import NEUROSIM13, SOUND
from siam_dse.engines.crossbar.subarray import area_by_component, energy_by_component, leakage_by_component
from siam_dse.validation import crossbar
from siam_dse.validation.crossbar import KIND, case_of, predict
from siam_dse.validation.tables import error_table, predict_rows, reference_rows


@pytest.fixture(scope="module")
def rows():
    return reference_rows(KIND)


@pytest.fixture(scope="module")
def table():
    return error_table(KIND)


def test_every_quantity_meets_its_targets(table):
    # 1 % / 5 % over all rows and at each planar node, 3 % / 10 % at 7 to 14 nm. Percent.
    scored = table[table["target_median"].notna()]
    missed = scored[(scored["median"] > scored["target_median"]) | (scored["p95"] > scored["target_p95"])]
    assert set(table["quantity"]) == set(KIND.quantities)
    assert missed[["quantity", "group", "median", "p95"]].to_dict("records") == []


def test_laws_read_off_the_source_are_exact(table):
    # Planar gates whose laws are known: areas, array, row drivers, shift-add and leakage to the printed digits.
    exact = {"e_array": 1e-4, "e_grp_accum": 1e-3, "a_grp_accum": 1e-4, "a_grp_adc": 1e-4, "l_total_uW": 0.01}
    p95 = table[table["group"] == "all"].set_index("quantity")["p95"]
    for quantity, limit in exact.items():
        assert p95[quantity] < limit, quantity


def test_predictions_need_the_knobs_alone(rows):
    some = rows.sample(200, random_state=0)
    bare = predict_rows(KIND, some[list(KIND.knobs)])
    full = predict_rows(KIND, some)
    for name in KIND.quantities:
        assert_array_equal(bare[f"pred_{name}"].to_numpy(), full[f"pred_{name}"].to_numpy())


def test_order_and_number_of_rows_are_kept(rows):
    some = rows.sample(50, random_state=1)
    ahead = predict(some)
    behind = predict(some.iloc[::-1])
    for name in KIND.quantities:
        assert_array_equal(ahead[name], behind[name][::-1])
    assert all(len(values) == 0 for values in predict(rows.iloc[:0]).values())


def test_components_add_up_to_the_printed_totals(rows):
    some = rows[rows["node"] > 14].sample(300, random_state=2)
    case = case_of(some)
    active = np.round(some["act"].to_numpy() * case.rows)
    prediction = predict(some)
    for parts, total in (
        (area_by_component(case), prediction["area_used_um2"] * 1e-12),
        (energy_by_component(case, active), prediction["e_total_pJ"] * 1e-12),
        (leakage_by_component(case), prediction["l_total_uW"] * 1e-6),
    ):
        assert_allclose(sum(parts.values()), total, rtol=1e-12, atol=0)


def test_default_sub_array_asks_for_the_clock_of_the_chip_run():
    # SAR of 5 bits, 128 x 128 at 32 nm LSTP: 9.2465546 ns, printed by the chip simulation.
    row = {
        "cell": "RRAM", "rows": 128, "cols": 128, "levels": 32, "node": 32, "mux": 8, "cell_bits": 1, "adc": "SAR",
        "roadmap": "LSTP", "ron": 1e5, "roff": 1e7, "mode": "parallel", "wbits": 8, "ibits": 8, "act": 0.5, "sync": 1,
    }  # fmt: skip
    assert_allclose(predict(pd.DataFrame([row]))["t_sense_clk_ns"], 9.2465546, rtol=1e-6, atol=0)


def test_what_the_options_of_the_source_change(rows):
    # None of them is in the design model. SRAM at 512 rows: unbuffered select lines make its clock far slower;
    # four columns a converter and eight cells a weight: the whole-number division leaves the second shift-add out.
    sram = rows[(rows["cell"] == "SRAM") & (rows["rows"] == 512) & (rows["mode"] == "parallel")].iloc[:5]
    source, sound = case_of(sram, NEUROSIM13), case_of(sram, SOUND)
    slow = crossbar.sensing_path(source, np.full(len(sram), 1e-3)).select_s
    fast = crossbar.sensing_path(sound, np.full(len(sram), 1e-3)).select_s
    assert np.all(slow > 10 * fast)
    few = rows[(rows["mux"] == 4) & (rows["wbits"] == 8) & (rows["cell_bits"] == 1) & (rows["mode"] == "parallel")]
    few = few.iloc[:5]
    active = np.round(few["act"].to_numpy() * few["rows"].to_numpy())
    left_out = energy_by_component(case_of(few, NEUROSIM13), active)["shift_add"]
    counted = energy_by_component(case_of(few, SOUND), active)["shift_add"]
    assert np.all(counted > left_out)
    stretched = area_by_component(case_of(few, NEUROSIM13))["column_mux"]
    assert np.all(area_by_component(case_of(few, SOUND))["column_mux"] < stretched)
