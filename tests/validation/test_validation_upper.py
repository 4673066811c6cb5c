"""Blocks above the crossbar against DNN+NeuroSim V1.3: errors within the targets, from knobs alone."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from siam_dse.core.errors import InputError
from siam_dse.validation.tables import error_table, predict_rows, reference_rows, scored_errors, worst_rows
from siam_dse.validation.upper import KIND, error_or_zero, predict


@pytest.fixture(scope="module")
def rows():
    return reference_rows(KIND)


@pytest.fixture(scope="module")
def errors(rows):
    return scored_errors(KIND, predict_rows(KIND, rows))


@pytest.mark.parametrize("quantity", ["area_um2", "read_energy_pJ", "lat_ns_async", "leak_uW"])
def test_each_quantity_reaches_its_target(errors, rows, quantity):
    error = np.abs(errors[quantity]["error"].to_numpy())
    assert len(error) == len(rows)
    assert np.median(error) <= 0.02
    assert np.percentile(error, 95) <= 0.15


@pytest.mark.parametrize("quantity", ["area_um2", "read_energy_pJ", "lat_ns_async", "leak_uW"])
def test_blocks_of_plain_gates_are_exact(errors, quantity):
    # To the digits that the program prints, but for the buffers' folded decoders and the fitted comparator.
    table = errors[quantity]
    plain = ~table["component"].isin(["Buffer", "MaxPool"])
    assert np.abs(table.loc[plain, "error"]).max() < 5e-6


def test_buffers_and_pooling_are_close(errors):
    for quantity, buffer, pool in (
        ("area_um2", 1e-6, 0.04),
        ("read_energy_pJ", 5e-4, 0.005),
        ("lat_ns_async", 0.02, 0.17),
        ("leak_uW", 1e-5, 1e-5),
    ):
        error = errors[quantity].set_index("component")["error"].abs()
        assert error.loc["Buffer"].max() <= buffer
        assert error.loc["MaxPool"].max() <= pool


@pytest.mark.slow
def test_error_table_shows_the_targets():
    table = error_table(KIND).set_index(["quantity", "group"])
    for quantity in KIND.quantities:
        assert table.loc[(quantity, "all"), "target_median"] == 2
        assert table.loc[(quantity, "all"), "median"] <= 2
        assert table.loc[(quantity, "all"), "p95"] <= 15
    assert set(worst_rows(KIND, 2)["quantity"]) == set(KIND.quantities)


def test_knobs_alone_give_the_same_in_any_order(rows):
    shuffled = rows.sample(frac=1, random_state=1)[list(KIND.knobs)]
    here, there = predict(rows), predict(shuffled)
    back = shuffled.index.to_numpy()
    for name in KIND.quantities:
        assert_allclose(there[name], here[name][back], rtol=1e-12, atol=0)
    assert len(predict_rows(KIND, shuffled)) == len(rows)


def test_params_may_come_in_any_order_and_bring_more():
    row = {"component": "AdderTree", "node": 32, "roadmap": "LSTP"}
    plain = predict(pd.DataFrame([row | {"params": "inputs=4;bits=8;trees=16"}]))
    other = predict(pd.DataFrame([row | {"params": "trees=16;bits=8;note=x;inputs=4"}]))
    for name in KIND.quantities:
        assert plain[name] == other[name]


def test_no_rows_no_predictions(rows):
    assert all(len(values) == 0 for values in predict(rows.iloc[:0]).values())


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"component": "Addr"}, "'Addr'"),
        ({"roadmap": "XX"}, "'XX'"),
        ({"node": 28}, "28"),
        ({"params": "bits=8"}, "trees"),
        ({"params": "inputs=4;bits=eight;trees=16"}, "bits='eight'"),
        ({"params": "inputs=-4;bits=8;trees=16"}, "inputs=-4"),
    ],
)
def test_faults_are_named(change, expected):
    row = {"component": "AdderTree", "node": 32, "roadmap": "LSTP", "params": "inputs=4;bits=8;trees=16"} | change
    with pytest.raises(InputError) as raised:
        predict(pd.DataFrame([row]))
    assert "row 1" in str(raised.value)
    assert expected in str(raised.value)


def test_a_buffer_s_type_is_one_of_two():
    row = {"component": "Buffer", "node": 32, "roadmap": "LSTP", "params": "bits=1024;iface=32;type=DRAM"}
    with pytest.raises(InputError, match="SRAM"):
        predict(pd.DataFrame([row]))


def test_nothing_against_nothing_is_no_error():
    assert error_or_zero(np.zeros(1), np.zeros(1)) == 0
    assert_allclose(error_or_zero(np.full(1, 1.1), np.ones(1)), 0.1, rtol=1e-9, atol=0)
