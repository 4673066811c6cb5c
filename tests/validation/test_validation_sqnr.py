"""The kind ``sqnr``: targets, knobs alone, order, faults; and the closed form against fresh simulated products."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.core.errors import InputError
from siam_dse.engines.accuracy.cases import AccuracyKeys, set_noise
from siam_dse.engines.accuracy.moments import LayerData
from siam_dse.engines.accuracy.ranges import POLICY_CODES
from siam_dse.engines.accuracy.sqnr import signal_per_row, sqnr_db
from siam_dse.technology.technology import packaged_technology
from siam_dse.validation.simulator import Crossbar, Layer
from siam_dse.validation.tables import error_table, load_kind, predict_rows, reference_rows

ACCURACY = packaged_technology().constants("accuracy")

KIND = load_kind("sqnr")
ROWS = reference_rows(KIND)
QUANTITIES = ("pred_sqnr_db", "pred_sqnr_nobias_db")


@pytest.mark.slow
def test_errors_meet_the_targets() -> None:
    table = error_table(KIND)
    table = table[table["group"] == "all"].set_index("quantity")
    for quantity, median, p95 in (("sqnr_db", 0.6, 8.0), ("sqnr_nobias_db", 0.5, 5.0)):
        assert table.loc[quantity, "median"] <= median
        assert table.loc[quantity, "p95"] <= p95
        assert table.loc[quantity, "target_median"] == median
        assert table.loc[quantity, "rows"] == len(ROWS)


@pytest.mark.slow
def test_knob_columns_suffice_and_order_is_kept() -> None:
    whole = predict_rows(KIND, ROWS)
    shuffled = ROWS[list(KIND.knobs)].sample(frac=1, random_state=3)
    again = predict_rows(KIND, shuffled)
    for name in QUANTITIES:
        assert_allclose(again[name].to_numpy(), whole[name].to_numpy()[shuffled.index], rtol=1e-9)
        assert np.isfinite(again[name]).all()


def test_no_rows_give_no_predictions() -> None:
    assert len(predict_rows(KIND, ROWS.iloc[:0])) == 0


def test_lossless_rows_are_recognised() -> None:
    ideal = ROWS[(ROWS["sigma"] == 0) & (ROWS["sqnr_nobias_db"] > 100) & (ROWS["policy"] == "full")]
    assert len(ideal) > 10
    assert_array_equal(predict_rows(KIND, ideal)["pred_sqnr_nobias_db"], np.full(len(ideal), 60.0))


def test_unknown_names_are_one_error_with_rows() -> None:
    rows = ROWS.head(3).copy()
    rows["policy"] = ["full", "p99", "fullish"]
    with pytest.raises(InputError, match=r"row 2: policy: unknown policy 'p99'; known: p99.9") as caught:
        predict_rows(KIND, rows)
    assert len(caught.value.problems) == 2


def test_a_missing_knob_is_named() -> None:
    with pytest.raises(InputError, match="'p_bits' is missing"):
        predict_rows(KIND, ROWS.drop(columns="p_bits"))


@pytest.mark.parametrize("is_differential", [False, True])
@pytest.mark.parametrize(
    ("sigma", "bits", "percentile"), [(0.0, 5, 100.0), (0.1, 10, 100.0), (0.1, 4, 99.9), (0.0, 3, 99.9)]
)
def test_closed_form_against_a_simulated_product(
    is_differential: bool, sigma: float, bits: int, percentile: float
) -> None:
    rng = np.random.default_rng(5)
    k, m, n = 256, 24, 192
    weights = np.clip(np.round(rng.normal(0, 127 / 4, (k, m))), -127, 127)
    inputs = np.clip(np.round(np.abs(rng.normal(0, 80, (n, k)))), 0, 255) * (rng.random((n, k)) < 0.5)
    box = Crossbar(
        rows=128, adc_bits=bits, cell_sigma=sigma, is_differential=is_differential, range_percentile=percentile
    )
    exact = inputs @ weights
    error = np.concatenate([Layer(weights, box, inputs, rng).product(inputs) - exact for _ in range(2)])
    unbiased = error - error.reshape(2, n, m).mean(axis=1).repeat(n, axis=0)
    measured = 10 * np.log10(exact.var() / np.mean(unbiased**2))

    stored = [np.maximum(weights, 0), np.maximum(-weights, 0)] if is_differential else [weights + 128]
    keys = AccuracyKeys.of_single_reads(
        rows=np.array([128]),
        cell_bits=np.array([1]),
        on_off_ratio=np.array([np.inf]),
        cell_sigma=np.array([sigma]),
        drop=np.zeros(1),
        adc_bits=np.array([bits]),
        policy=np.array([POLICY_CODES["full" if percentile == 100 else "p99.9"]]),
        weight_bits=np.array([8]),
        activation_bits=np.array([8]),
        is_differential=np.array([is_differential]),
        is_pedestal_seen=np.array([False]),
    )
    noise = sum(
        set_noise(ACCURACY, keys, np.array([128]), _data(inputs, weights, one), 0.0).unbiased[0] for one in stored
    )
    signal = signal_per_row(*(np.array([v]) for v in (inputs.mean(), np.mean(inputs**2))), *_weight_moments(weights))
    predicted = sqnr_db(signal, np.array([noise]), 60.0)[0]
    # two draws of devices scatter by a decibel; a range that saturates a few columns is known to two
    assert_allclose(predicted, measured, atol=3, rtol=0)


def _weight_moments(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.array([weights.mean()]), np.array([np.mean(weights**2)])


def _data(inputs: np.ndarray, weights: np.ndarray, stored: np.ndarray) -> LayerData:
    n_slices = 7 if stored.min() == 0 and stored.max() <= 127 else 8
    bits = (inputs.astype(int)[..., None] >> np.arange(8)) & 1
    levels = ((stored.astype(int)[..., None] >> np.arange(n_slices)) & 1).astype(float)
    mean, msq = _weight_moments(weights)
    return LayerData.of_bits(
        bit_density=bits.mean(axis=(0, 1))[None],
        input_mean=np.array([inputs.mean()]),
        input_msq=np.array([np.mean(inputs**2)]),
        level_mean=levels.mean(axis=(0, 1))[None],
        level_msq=(levels**2).mean(axis=(0, 1))[None],
        weight_mean=mean,
        weight_msq=msq,
        stored_msq=np.array([np.mean(stored**2)]),
    )
