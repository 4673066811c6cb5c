"""DRAM rows: errors within the targets, from knobs alone, whatever the order."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from siam_dse.core.errors import InputError
from siam_dse.validation.dram import KIND, predict
from siam_dse.validation.tables import error_table, predict_rows, reference_rows


@pytest.fixture(scope="module")
def rows():
    return reference_rows(KIND)


@pytest.fixture(scope="module")
def predicted(rows):
    return predict(rows[list(KIND.knobs)])


def errors(rows, predicted, quantity, keep):
    error = np.abs(predicted[quantity][keep] / rows[quantity].to_numpy()[keep] - 1)
    return error[np.isfinite(error)]


@pytest.mark.parametrize("quantity", ["time_ns", "E_total_pJ"])
@pytest.mark.parametrize("ranks", [1, 2])
@pytest.mark.slow
def test_sequential_reads_interleaved(rows, predicted, quantity, ranks):
    keep = (rows["pattern"] == "seq_read") & (rows["mapping_kind"] == "bg_interleaved")
    error = errors(rows, predicted, quantity, keep & (rows["ranks_per_channel"] == ranks))
    assert len(error) > 40
    # the target is 1 % and 5 %; following ranks and refreshes reaches more, and must keep it
    assert np.median(error) < 0.002
    assert np.percentile(error, 95) < 0.006
    assert error.max() < 0.01


@pytest.mark.parametrize(
    ("pattern", "kind", "median", "p95"),
    [("seq_read", "shipped", 0.005, 0.02), ("seq_read", "ramulator_default", 0.02, 0.04),
     ("seq_write", "bg_interleaved", 0.005, 0.01), ("rand_read", "bg_interleaved", 0.05, 0.10),
     ("rand_read", "ramulator_default", 0.05, 0.05), ("rand_write", "bg_interleaved", 0.05, 0.10),
     ("seq_read_dep", "bg_interleaved", 0.01, 0.02), ("rand_read_dep", "bg_interleaved", 0.02, 0.03)],
)  # fmt: skip
def test_other_accesses(rows, predicted, pattern, kind, median, p95):
    keep = ((rows["pattern"] == pattern) & (rows["mapping_kind"] == kind)).to_numpy()
    for quantity in KIND.quantities:
        error = errors(rows, predicted, quantity, keep)
        if len(error):  # Ramulator 1 gives no energy
            assert np.median(error) < median
            assert np.percentile(error, 95) < p95


def test_error_table_shows_the_targets():
    table = error_table(KIND).set_index(["quantity", "group"])
    for quantity in KIND.quantities:
        row = table.loc[(quantity, "pattern = seq_read")]
        assert row["median"] < row["target_median"]
        assert row["p95"] < row["target_p95"]


def test_knobs_alone_in_any_order_give_the_same(rows, predicted):
    order = np.random.default_rng(1).permutation(len(rows))
    alone = predict_rows(KIND, rows.loc[order, list(KIND.knobs)])
    for name in KIND.quantities:
        assert_allclose(alone[f"pred_{name}"], predicted[name][order], rtol=1e-12, atol=0)


def test_no_rows_give_no_predictions(rows):
    assert len(predict_rows(KIND, rows.iloc[:0])) == 0


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [("config", "DDR4_8Gb_x8_2401", "DDR4_8Gb_x8_2400"), ("pattern", "stride", "seq_read"),
     ("mapping", "rorabacobg", "rorabacobgch"), ("channels", 0, "at least 1"),
     ("requested_bytes", -64, "at least 1"), ("ranks_per_channel", 1.5, "whole number")],
)  # fmt: skip
def test_faulty_rows_are_named(rows, column, value, says):
    faulty = rows[list(KIND.knobs)].head(3).astype(object)
    faulty.loc[1, column] = value
    with pytest.raises(InputError, match=says) as error:
        predict(faulty)
    assert f"row 2: {column}" in str(error.value)
