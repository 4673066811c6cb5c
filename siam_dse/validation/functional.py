"""The functional check: a small real network on simulated crossbars, beside what the accuracy engine predicts."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.core.errors import InputError
from siam_dse.core.units import PERCENT
from siam_dse.design.cells import SRAM_CELLS
from siam_dse.design.designs import Designs
from siam_dse.engines.accuracy.bits import converter_bits
from siam_dse.engines.accuracy.cases import AccuracyKeys, accuracy_keys, set_noise
from siam_dse.engines.accuracy.curve import effective_sqnr_db
from siam_dse.engines.accuracy.engine import accuracy_cost
from siam_dse.engines.accuracy.moments import LayerData
from siam_dse.engines.accuracy.sqnr import DECIBEL, sqnr_db
from siam_dse.engines.accuracy.wire import drop_per_on_cell
from siam_dse.mapping.reads import bits_at_once, code_bits, columns_at_once, has_converters, is_digital, rows_at_once
from siam_dse.technology.technology import packaged_technology
from siam_dse.validation.digits_network import BITS, DigitsNetwork, digits_workload, load_digits_network
from siam_dse.validation.simulator import Crossbar, Layer

CALIBRATION_IMAGES = 8  # the last of the test set, which is never scored
SHOWN_FIELDS = (
    *(
        "crossbar_rows",
        "adc_bits",
        "adc_bits_first_last",
        "adc_rule",
        "cell",
        "cell_bits",
        "weight_mapping",
        "adc_range",
        "pedestal",
    ),
    *("bias_correction", "read_mode", "rows_per_read", "input_bits_per_read", "input_drive", "columns_combined"),
    *("cell_sigma", "r_on_ohm", "r_off_ohm", "node_nm"),
)


def check_accuracy(designs: Designs, n_images: int = 100, *, seed: int = 0, wires: bool = True) -> pd.DataFrame:
    """Measured and predicted SQNR and top-1 of the digits network on each design.

    Every product of the network is simulated bit by bit; later layers see the errors of earlier ones. The prediction is
    the accuracy engine's for the same design and network, from assumed data of the layers.

    Parameters
    ----------
    designs : Designs (D)
        A simulation takes seconds a design; choose a few.
    n_images : int
        Test images, at most 442.
    seed : int
        Device variation; one draw a design.
    wires : bool
        Solve the column wires as resistive ladders; False: ideal wires in the simulation and the prediction.

    Returns
    -------
    DataFrame, one row a design: fields; ``int8_top1``, ``top1``, ``predicted_top1`` (fractions); ``sqnr_db``,
    ``predicted_sqnr_db``, the effective SQNR over the four layers, measured over all images with each layer's actual
    inputs, raw or with mean errors removed as ``bias_correction`` has it; ``data_sqnr_db``, the closed form with the
    layers' measured data in place of assumed ones; ``n_images``.

    Raises
    ------
    InputError
        ``n_images`` is out of range, a design's weights or activations have other than 8 bits, or its chiplets are of
        two kinds.
    """
    network = load_digits_network()
    most = len(network.images) - CALIBRATION_IMAGES
    if not 1 <= n_images <= most:
        raise InputError("check-accuracy", f"images: must lie in [1, {most}], got {n_images}")
    _require_bits(designs)
    _require_one_kind(designs)
    images = network.images[:n_images]
    int8_top1 = network.top1(network.logits(images))
    samples = network.layer_inputs(network.images[-CALIBRATION_IMAGES:])
    drop = drop_per_on_cell(designs) if wires else np.zeros(len(designs))
    workload = digits_workload(int8_top1)
    bits = np.asarray(converter_bits(designs, workload).bits)
    predicted = accuracy_cost(designs, workload, bits, ideal_wires=not wires)
    keys = accuracy_keys(designs, ideal_wires=not wires)
    inputs = network.layer_inputs(images)
    rows: list[dict[str, Any]] = []
    for i in range(len(designs)):
        design = designs.describe(i)
        crossbars = crossbars_of(designs.take([i]), float(drop[i]), bits[i])
        rng = np.random.default_rng(seed)
        is_corrected = bool(design["bias_correction"])
        top1, layer_sqnr = measured(network, images, samples, crossbars, rng, bias_correction=is_corrected)
        rows.append(
            {
                **{name: design[name] for name in SHOWN_FIELDS},
                "int8_top1": int8_top1,
                "top1": top1,
                "predicted_top1": int8_top1 - predicted.accuracy_loss_pct[i] / PERCENT,
                "sqnr_db": float(effective_sqnr_db(layer_sqnr[None, :])[0]),
                "predicted_sqnr_db": float(predicted.sqnr_db[i]),
                "data_sqnr_db": closed_form_sqnr(
                    network, inputs, _keys_of(keys.take(np.array([i])), crossbars), bias_correction=is_corrected
                ),
                "n_images": n_images,
            }
        )
    return pd.DataFrame(rows)


def crossbars_of(one: Designs, drop: float, bits: IntArray) -> list[Crossbar]:
    """The simulator's crossbar of each layer of one design, whose converters run at ``bits`` (4,)."""
    crossbar = crossbar_of(one, drop)
    return [replace(crossbar, adc_bits=int(own)) if has_converters(one)[0] else crossbar for own in bits]


def _keys_of(keys: AccuracyKeys, crossbars: list[Crossbar]) -> list[AccuracyKeys]:
    """What the model sees of one design in each layer."""
    if crossbars[0].is_row_by_row:
        return [keys] * len(crossbars)
    return [replace(keys, adc_bits=np.array([own.adc_bits])) for own in crossbars]


def _require_bits(designs: Designs) -> None:
    """Refuse designs that the 8-bit network cannot run on."""
    for name in ("weight_bits", "activation_bits"):
        wrong = np.flatnonzero(getattr(designs, name) != BITS)
        if len(wrong):
            row = int(wrong[0])
            message = f"row {row + 1}: {name}: the digits network has {BITS} bits, got {getattr(designs, name)[row]}"
            raise InputError("check-accuracy", message)


def _require_one_kind(designs: Designs) -> None:
    """Refuse designs of two kinds of chiplets: the network is simulated on crossbars of one kind."""
    mixed = np.flatnonzero(designs.kind_b)
    if len(mixed):
        message = (
            f"row {int(mixed[0]) + 1}: kind_b: the digits network is simulated on one kind of chiplets; leave kind_b "
            "out, and check kind B with its own crossbar_size, adc_bits and cell"
        )
        raise InputError("check-accuracy", message)


def crossbar_of(one: Designs, drop: float) -> Crossbar:
    """The simulator's crossbar of one design; SRAM neither leaks nor varies."""
    design = one.describe(0)
    is_sram = design["cell"] in SRAM_CELLS
    mismatch = packaged_technology().constants("reading")["capacitor_mismatch"]
    varies = design["cell"] == "charge" and design["read_mode"] != "row_by_row"
    sigma = 0.0 if is_sram else float(design["cell_sigma"])
    sigma = float(np.hypot(design["cell_sigma"], mismatch)) if varies else sigma
    by_row = design["read_mode"] == "row_by_row"
    share = packaged_technology().constants("accuracy")["calibrated_percentile"]
    return Crossbar(
        rows=int(rows_at_once(one)[0]),
        wire_rows=int(design["crossbar_rows"]),
        bits_per_read=int(bits_at_once(one)[0]),
        is_pulsed=design["input_drive"] == "pulse_width",
        combined=int(columns_at_once(one)[0]),
        adc_bits=int(np.ceil(np.log2(design["crossbar_rows"]))) + int(design["cell_bits"])
        if by_row
        else int(code_bits(one)[0]),
        cell_bits=int(design["cell_bits"]),
        weight_bits=int(design["weight_bits"]),
        activation_bits=int(design["activation_bits"]),
        is_differential=design["weight_mapping"] == "differential",
        is_pedestal_seen=design["pedestal"] == "digital" and not is_sram and not by_row,
        on_off_ratio=np.inf if is_sram else design["r_off_ohm"] / design["r_on_ohm"],
        cell_sigma=sigma,
        drop=0.0 if by_row else drop,
        range_percentile=share
        if design["adc_range"] == "calibrated" and not by_row and not is_digital(one)[0]
        else PERCENT,
        is_row_by_row=by_row,
    )


def measured(
    network: DigitsNetwork,
    images: FloatArray,
    samples: list[FloatArray],
    crossbars: list[Crossbar],
    rng: np.random.Generator,
    *,
    bias_correction: bool,
) -> tuple[float, FloatArray]:
    """Top-1 of the simulated network (fraction), and the SQNR of each layer, (4,) [dB], at most 60."""
    layers = [Layer(w, one, x, rng) for w, one, x in zip(network.weights, crossbars, samples, strict=True)]
    cap_db = packaged_technology().constants("accuracy")["sqnr_cap"]
    sqnr = np.full(len(layers), cap_db)

    def product(index: int, inputs: FloatArray) -> FloatArray:
        got = layers[index].product(inputs, bias_correction=bias_correction)
        exact = inputs @ network.weights[index]
        error = np.mean((got - exact) ** 2)
        if error > 0:
            sqnr[index] = min(DECIBEL * np.log10(np.var(exact) / error), cap_db)
        return got

    return network.top1(network.logits(images, product)), sqnr


def closed_form_sqnr(
    network: DigitsNetwork, inputs: list[FloatArray], keys_of: list[AccuracyKeys], *, bias_correction: bool
) -> float:
    """Effective SQNR by the closed form with each layer's measured data and signal power. [dB]

    Parameters
    ----------
    network : DigitsNetwork
    inputs : one (n, K) a layer
    keys_of : list of AccuracyKeys
        Of one design, for each layer.
    bias_correction : bool
    """
    data = packaged_technology().constants("accuracy")
    by_layer = []
    for weights, x, keys in zip(network.weights, inputs, keys_of, strict=True):
        k = len(weights)
        polarities = (np.maximum(weights, 0), np.maximum(-weights, 0))
        stored = polarities if keys.is_differential[0] else (weights + 2 ** (BITS - 1),)
        noise = [
            set_noise(
                data,
                keys,
                np.minimum(keys.wire_rows, k),
                _layer_data(x, weights, values, keys, BITS - len(stored) + 1),
                data["column_correlation"],
            )
            for values in stored
        ]
        bias = noise[0].bias - noise[1].bias if len(noise) > 1 else noise[0].bias
        parts = [part.unbiased if bias_correction else part.raw for part in noise]
        power = k * np.sum(parts, axis=0) + (0 if bias_correction else 1) * (k * bias) ** 2
        by_layer.append(sqnr_db(np.array([np.var(x @ weights)]), power, data["sqnr_cap"]))
    return float(effective_sqnr_db(np.transpose(by_layer))[0])


def _layer_data(
    x: FloatArray, weights: FloatArray, stored: FloatArray, keys: AccuracyKeys, stored_bits: int
) -> LayerData:
    """Measured moments of a layer's inputs and of what one polarity's columns store, one row."""
    bits, cell_bits, combined = (int(values[0]) for values in (keys.bits_per_read, keys.cell_bits, keys.combined))
    at = np.arange(0, BITS, bits)
    digits = (x.astype(np.int64)[..., None] >> at) & (2**bits - 1)
    cell = np.arange(0, stored_bits, cell_bits)
    cells = (stored.astype(np.int64)[..., None] >> cell) & (2**cell_bits - 1)
    shifts = cell[::combined]
    levels = (stored.astype(np.int64)[..., None] >> shifts) & (2 ** (cell_bits * combined) - 1)
    square = 4.0 ** (cell - np.repeat(shifts, combined)[: len(cell)])  # of the weight of each cell in its slice
    moments = (np.ones(len(cell)), cells.mean(axis=(0, 1)), (cells**2).mean(axis=(0, 1)))
    cell_square, cell_mean, cell_msq = (
        np.add.reduceat(square * values, np.arange(0, len(cell), combined))[None, :] for values in moments
    )
    return LayerData(
        digit_mean=digits.mean(axis=(0, 1))[None, :],
        digit_msq=(digits**2).mean(axis=(0, 1))[None, :],
        digit_max=2.0 ** np.minimum(bits, BITS - at)[None, :] - 1,
        cell_mean=cell_mean,
        cell_msq=cell_msq,
        cell_square=cell_square,
        input_mean=np.array([x.mean()]),
        input_msq=np.array([np.mean(x**2)]),
        level_mean=levels.mean(axis=(0, 1))[None, :],
        level_msq=(levels**2).mean(axis=(0, 1))[None, :],
        weight_mean=np.array([weights.mean()]),
        weight_msq=np.array([np.mean(weights**2)]),
        stored_msq=np.array([np.mean(stored**2)]),
    )
