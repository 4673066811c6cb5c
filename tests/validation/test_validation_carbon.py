"""Carbon rows: the source's law to rounding, from knobs alone, whatever the order."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from siam_dse.core.errors import InputError
from siam_dse.validation.carbon import KIND, predict
from siam_dse.validation.tables import error_table, predict_rows, reference_rows


@pytest.fixture(scope="module")
def rows():
    return reference_rows(KIND)


def test_every_quantity_is_the_sources():
    table = error_table(KIND)
    assert set(table["quantity"]) == set(KIND.quantities)
    assert (table["worst"] < 1e-4).all()  # in %; the design's gates an hour are printed to six digits


def test_one_chiplet_has_no_package(rows):
    one = rows[rows["n_chiplets"] == 1]
    assert len(one) > 10
    got = predict(one)
    assert not got["package_g"].any()
    assert not got["router_g"].any()
    assert not one[["package_g", "router_g"]].to_numpy().any()


def test_knobs_alone_in_any_order_give_the_same(rows):
    order = np.random.default_rng(2).permutation(len(rows))
    whole, alone = predict(rows), predict_rows(KIND, rows.loc[order, list(KIND.knobs)])
    for name in KIND.quantities:
        assert_allclose(alone[f"pred_{name}"], whole[name][order], rtol=1e-12, atol=0)


def test_no_rows_give_no_predictions(rows):
    assert len(predict_rows(KIND, rows.iloc[:0])) == 0


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [("package", "FO", "EMIB"), ("n_chiplets", 0, "at least 1"), ("die_mm2", -1, "at least 0"),
     ("carbon_g_per_kwh", np.nan, "finite"), ("node_nm", 0, "at least 1")],
)  # fmt: skip
def test_faulty_rows_are_named(rows, column, value, says):
    faulty = rows[list(KIND.knobs)].head(3).astype(object)
    faulty.loc[1, column] = value
    with pytest.raises(InputError, match=says) as error:
        predict(faulty)
    assert f"row 2: {column}" in str(error.value)
