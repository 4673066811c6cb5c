"""Validation of top-1: two trained networks, simulated on crossbars and with noise added to every layer.

Layers' data come from ``accuracy_networks.csv`` (density of ones a bit, moments of the inputs, standard deviation of
the weights, variance of the outputs); converters, devices and mapping from the rows. The curve of top-1 over SQNR was
fitted to the noise-injection rows, so only the functional rows are scored.
"""

import numpy as np
import pandas as pd

from siam_dse.core.arrays import FloatArray, unique_rows
from siam_dse.core.paths import data_folder
from siam_dse.core.units import PERCENT
from siam_dse.engines.accuracy.cases import AccuracyKeys, set_noise
from siam_dse.engines.accuracy.curve import accuracy_curve, effective_sqnr_db, top1_share
from siam_dse.engines.accuracy.moments import LayerData, gaussian_weights
from siam_dse.engines.accuracy.ranges import POLICY_CODES
from siam_dse.engines.accuracy.sqnr import sqnr_db
from siam_dse.technology.technology import Technology
from siam_dse.validation.kind import PACKAGED, Kind, Target
from siam_dse.validation.sqnr import refuse_unknown, series
from siam_dse.workload.network import chance_of

_KNOBS = (
    *("net", "kind", "rows", "adc_bits", "cell_bits", "sigma", "onoff", "mapping", "policy", "bias_corrected"),
    *("noise_sqnr_db", "int8_top1"),
)
_CLASSES = 10
_BITS = 8  # of weights and activations
_CURVES = {"digits": ("digits", 4), "resnet14": ("cifar10", 14)}  # data set and weight layers along the longest path
_FUNCTIONAL = "functional_imc"
_MAPPINGS = ("offset", "diff")


def predict(rows: pd.DataFrame, noc_model: str = "fast", technology: Technology = PACKAGED) -> dict[str, FloatArray]:
    """Top-1 of each row, (n,) fraction."""
    del noc_model
    refuse_unknown(rows, {"net": _CURVES}, "accuracy rows")
    functional = rows[rows["kind"] == _FUNCTIONAL]
    refuse_unknown(functional, {"mapping": _MAPPINGS, "policy": POLICY_CODES}, "accuracy rows of functional runs")
    effective = effective_sqnr(rows, technology)
    top1 = np.full(len(rows), np.nan)
    for i, (net, int8) in enumerate(zip(rows["net"], rows["int8_top1"], strict=True)):
        dataset, depth = _CURVES[str(net)]
        curve = accuracy_curve(technology, dataset, chance_of(_CLASSES), depth, float(int8))
        top1[i] = top1_share(effective[i], curve)
    return {"top1": top1}


def effective_sqnr(rows: pd.DataFrame, technology: Technology = PACKAGED) -> FloatArray:
    """Effective SQNR of each row, (n,) [dB]: predicted for a functional row, given for noise, else the cap."""
    cap_db = technology.constants("accuracy")["sqnr_cap"]
    out = rows["noise_sqnr_db"].fillna(cap_db).to_numpy(dtype=np.float64).copy()
    networks = pd.read_csv(data_folder("validation") / "accuracy_networks.csv")
    is_functional = (rows["kind"] == _FUNCTIONAL).to_numpy()
    names = ("net", "mapping", "cell_bits")
    functional = np.flatnonzero(is_functional)
    if not len(functional):
        return out
    _, group = unique_rows([rows[name].to_numpy()[functional].astype(str) for name in names])
    for code in np.unique(group):
        index = functional[group == code]
        alike = rows.iloc[index]
        net, mapping, cell_bits = (alike[name].iloc[0] for name in names)
        out[index] = _effective(technology, alike, networks[networks["net"] == net], str(mapping), int(cell_bits))
    return out


def _effective(
    technology: Technology, rows: pd.DataFrame, layers: pd.DataFrame, mapping: str, cell_bits: int
) -> FloatArray:
    """Effective SQNR, (n,) [dB], of rows with the same network, mapping and cell bits."""
    n, n_layers = len(rows), len(layers)
    data = _data(technology, layers, mapping, cell_bits).take(np.tile(np.arange(n_layers), n))
    k = np.tile(layers["rows_K"].to_numpy(dtype=np.float64), n)
    keys = _keys(rows, mapping).take(np.repeat(np.arange(n), n_layers))
    constants = technology.constants("accuracy")
    noise = set_noise(
        constants,
        keys,
        np.minimum(keys.rows, k.astype(np.int64)),
        data,
        constants["column_correlation"],
        is_aligned=keys.cell_sigma == 0,
    )
    # Positive and negative columns have the same moments: twice the noise, and their mean errors cancel.
    sets, bias = (1, k * noise.bias) if mapping == "offset" else (2, np.zeros(len(k)))
    is_corrected = np.repeat(rows["bias_corrected"].fillna(0).to_numpy(dtype=bool), n_layers)
    power = np.where(is_corrected, sets * k * noise.unbiased, sets * k * noise.raw + bias**2)
    signal = np.tile(layers["var_y_int"].to_numpy(dtype=np.float64), n)
    by_layer = sqnr_db(signal, power, constants["sqnr_cap"])
    return effective_sqnr_db(by_layer.reshape(n, n_layers))


def _keys(rows: pd.DataFrame, mapping: str) -> AccuracyKeys:
    """What the model sees of each row's crossbar and converter; ideal wires, the pedestal removed before the ADC."""
    n = len(rows)
    whole = {name: rows[name].to_numpy(dtype=np.int64) for name in ("rows", "adc_bits", "cell_bits")}
    return AccuracyKeys.of_single_reads(
        **whole,
        on_off_ratio=rows["onoff"].to_numpy(dtype=np.float64),
        cell_sigma=rows["sigma"].to_numpy(dtype=np.float64),
        drop=np.zeros(n),
        policy=np.array([POLICY_CODES[str(name)] for name in rows["policy"]]),
        weight_bits=np.full(n, _BITS),
        activation_bits=np.full(n, _BITS),
        is_differential=np.full(n, mapping != "offset"),
        is_pedestal_seen=np.zeros(n, dtype=bool),
    )


def _data(technology: Technology, layers: pd.DataFrame, mapping: str, cell_bits: int) -> LayerData:
    """Moments of the layers' data: measured inputs, Gaussian weights of the measured standard deviation."""
    weights = [
        gaussian_weights(technology, _BITS, cell_bits, mapping != "offset", float(std)) for std in layers["w_std_int"]
    ]
    return LayerData.of_bits(
        bit_density=series(layers["p_bits"]),
        input_mean=layers["x_mean"].to_numpy(dtype=np.float64),
        input_msq=layers["x_mean_square"].to_numpy(dtype=np.float64),
        level_mean=np.array([one.level_mean for one in weights]),
        level_msq=np.array([one.level_msq for one in weights]),
        weight_mean=np.array([one.mean for one in weights]),
        weight_msq=np.array([one.msq for one in weights]),
        stored_msq=np.array([one.stored_msq for one in weights]),
    )


KIND = Kind(
    name="accuracy",
    reference="accuracy.csv",
    quantities={"top1": "top1"},
    predict=predict,
    knobs=_KNOBS,
    groups=("net",),
    scored=lambda rows, quantity: (rows["kind"] == _FUNCTIONAL).to_numpy(),
    errors=lambda predicted, reference: PERCENT * (predicted - reference),
    error_unit="points",
    targets={"top1|all": Target(4.0, 25.0)},
    note="functional runs only: the curve was fitted to noise injection. The correlation within a column was chosen on "
    "these same two networks. Errors are large on the steep part of the curve, and where a converter is nearly exact.",
)
