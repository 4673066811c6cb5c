"""Validation of the SQNR model: matrix-vector products of random layers, simulated bit by bit.

The rows give the moments of each layer's data (they describe the data, not the converter), every range policy and
mapping, ideal and varying devices. The simulation kept steps below one level where devices vary or a pedestal is seen,
so ``is_aligned`` follows both here; the design model aligns unless a full column's pedestal is half a level or more.
"""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from siam_dse.core.arrays import FloatArray, unique_rows
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.engines.accuracy.cases import AccuracyKeys, set_noise
from siam_dse.engines.accuracy.moments import LayerData
from siam_dse.engines.accuracy.ranges import POLICY_CODES
from siam_dse.engines.accuracy.sqnr import signal_per_row, sqnr_db
from siam_dse.technology.technology import Technology, packaged_technology
from siam_dse.validation.kind import PACKAGED, Kind, Target

_KNOBS = (
    *("rows", "adc_bits", "cell_bits", "w_bits", "x_bits", "onoff", "sigma", "K", "mapping", "comp", "policy"),
    *("n_in", "n_out", "p_bits", "l_mean", "l_msq", "ex", "ex2", "ew", "ew2"),
)
_MAPPINGS = ("offset", "diff", "diffA")
_PEDESTALS = ("analog", "digital")


def predict(rows: pd.DataFrame, noc_model: str = "fast", technology: Technology = PACKAGED) -> dict[str, FloatArray]:
    """Raw and bias-removed SQNR of each row, (n,) [dB]."""
    del noc_model
    refuse_unknown(rows, {"mapping": _MAPPINGS, "comp": _PEDESTALS, "policy": POLICY_CODES}, "sqnr rows")
    out = {name: np.full(len(rows), np.nan) for name in ("sqnr_db", "sqnr_nobias_db")}
    if not len(rows):
        return out
    _, group = unique_rows([rows[name].to_numpy() for name in ("mapping", "w_bits", "x_bits", "cell_bits")])
    for code in np.unique(group):
        index = np.flatnonzero(group == code)
        alike = rows.iloc[index]
        raw, unbiased = _predict_alike(technology, alike, str(alike["mapping"].iloc[0]))
        out["sqnr_db"][index] = raw
        out["sqnr_nobias_db"][index] = unbiased
    return out


def _predict_alike(technology: Technology, rows: pd.DataFrame, mapping: str) -> tuple[FloatArray, FloatArray]:
    """Raw and bias-removed SQNR of rows with the same mapping, weight, input and cell bits."""
    value = {name: rows[name].to_numpy(dtype=np.float64) for name in _KNOBS if name not in _TEXT}
    sets = _data_of_sets(rows, value, mapping)
    keys = _keys(rows, value, mapping)
    k = value["K"]
    options = {
        "is_aligned": (value["sigma"] == 0) & ~(keys.is_pedestal_seen & np.isfinite(keys.on_off_ratio)),
        "samples": value["n_in"] * value["n_out"] * np.maximum(1, k // value["rows"]),
    }
    constants = technology.constants("accuracy")
    active = np.minimum(value["rows"], k)
    if mapping == "diffA":
        noise = [set_noise(constants, keys, active, sets[0], 0, subtracted=sets[1], **options)]
    else:
        noise = [set_noise(constants, keys, active, data, 0, **options) for data in sets]
    bias = noise[0].bias - (noise[1].bias if len(noise) > 1 else 0)
    raw = k * np.sum([part.raw for part in noise], axis=0) + (k * bias) ** 2
    unbiased = k * np.sum([part.unbiased for part in noise], axis=0)
    signal = k * signal_per_row(value["ex"], value["ex2"], value["ew"], value["ew2"])
    cap_db = constants["sqnr_cap"]
    return sqnr_db(signal, raw, cap_db), sqnr_db(signal, unbiased, cap_db)


_TEXT = ("mapping", "comp", "policy", "p_bits", "l_mean", "l_msq")


def _data_of_sets(rows: pd.DataFrame, value: Mapping[str, FloatArray], mapping: str) -> list[LayerData]:
    """Data of the one set of columns, or of the positive and the negative one."""
    n_sets = 1 if mapping == "offset" else 2
    half = 2 ** (value["w_bits"] - 1)
    stored = half**2 + 2 * half * value["ew"] + value["ew2"] if mapping == "offset" else value["ew2"] / 2
    means = np.split(series(rows["l_mean"]), n_sets, axis=1)
    msqs = np.split(series(rows["l_msq"]), n_sets, axis=1)
    density = series(rows["p_bits"])
    return [
        LayerData.of_bits(
            density,
            mean,
            msq,
            input_mean=value["ex"],
            input_msq=value["ex2"],
            weight_mean=value["ew"],
            weight_msq=value["ew2"],
            stored_msq=stored,
        )
        for mean, msq in zip(means, msqs, strict=True)
    ]


def _keys(rows: pd.DataFrame, value: Mapping[str, FloatArray], mapping: str) -> AccuracyKeys:
    """What the model sees of a row's crossbar and converter; ideal wires."""
    return AccuracyKeys.of_single_reads(
        rows=value["rows"].astype(np.int64),
        cell_bits=value["cell_bits"].astype(np.int64),
        on_off_ratio=value["onoff"],
        cell_sigma=value["sigma"],
        drop=np.zeros(len(rows)),
        adc_bits=value["adc_bits"].astype(np.int64),
        policy=np.array([POLICY_CODES[str(name)] for name in rows["policy"]]),
        weight_bits=value["w_bits"].astype(np.int64),
        activation_bits=value["x_bits"].astype(np.int64),
        is_differential=np.full(len(rows), mapping != "offset"),
        is_pedestal_seen=(rows["comp"] == "digital").to_numpy() & (mapping != "diffA"),
    )


def refuse_unknown(rows: pd.DataFrame, known: Mapping[str, Collection[str]], where: str) -> None:
    """Raise one InputError that names every row and column whose value is not among the ``known`` ones."""
    problems = [
        f"row {row + 1}: {column}: {unknown_name(column, str(value), names)}"
        for column, names in known.items()
        for row, value in enumerate(rows[column])
        if str(value) not in names
    ]
    if problems:
        raise InputError(where, problems)


def series(column: pd.Series) -> FloatArray:
    """Numbers joined by semicolons, one row each, as an array (n, m)."""
    return np.array([[float(number) for number in str(text).split(";")] for text in column])


def capped_difference_db(predicted: FloatArray, reference: FloatArray) -> FloatArray:
    """Predicted minus reference, both at most 60 dB. [dB]"""
    cap_db = packaged_technology().constants("accuracy")["sqnr_cap"]
    return np.minimum(predicted, cap_db) - np.minimum(reference, cap_db)


KIND = Kind(
    name="sqnr",
    reference="sqnr.csv",
    quantities={"sqnr_db": "sqnr_db", "sqnr_nobias_db": "sqnr_nobias_db"},
    predict=predict,
    knobs=_KNOBS,
    groups=("policy", "mapping", "comp"),
    errors=capped_difference_db,
    error_unit="dB",
    targets={"sqnr_db|all": Target(0.6, 8.0), "sqnr_nobias_db|all": Target(0.5, 5.0)},
    note="errors in dB, values above 60 dB counted as 60 (an exact product). The closed form has no fitted constant; "
    "it was checked against these rows while it was written.",
)
