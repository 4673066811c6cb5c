"""Thermal rows: errors within the targets, from knobs alone, whatever the order."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from siam_dse.core.errors import InputError
from siam_dse.validation.tables import error_table, predict_rows, reference_rows
from siam_dse.validation.thermal import KIND, predict


@pytest.fixture(scope="module")
def rows():
    return reference_rows(KIND)


def test_every_quantity_reaches_its_target():
    whole = error_table(KIND).set_index("group").loc["all"]
    assert set(whole["quantity"]) == set(KIND.quantities)
    assert (whole["median"] < whole["target_median"]).all()
    assert (whole["p95"] < whole["target_p95"]).all()
    assert (whole["rows"] > 100).all()


def test_knobs_alone_in_any_order_give_the_same(rows):
    order = np.random.default_rng(2).permutation(len(rows))
    whole, alone = predict(rows), predict_rows(KIND, rows.loc[order, list(KIND.knobs)])
    for name in KIND.quantities:
        assert_allclose(alone[f"pred_{name}"], whole[name][order], rtol=1e-9, atol=0)


def test_no_rows_give_no_predictions(rows):
    assert len(predict_rows(KIND, rows.iloc[:0])) == 0


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [("k_tim", 0, "above 0"), ("die_power_w", "1;x", "numbers with ;"), ("die_power_w", "1;2;3", "numbers with ;"),
     ("spreader_mm", 1.0, "what lies on it"), ("sink_mm", 2.0, "what lies on it"), ("nx", np.nan, "finite")],
)  # fmt: skip
def test_faulty_rows_are_named(rows, column, value, says):
    faulty = rows[list(KIND.knobs)].head(3).astype(object)
    faulty.loc[1, column] = value
    with pytest.raises(InputError, match=says) as error:
        predict(faulty)
    assert f"row 2: {column}" in str(error.value)
