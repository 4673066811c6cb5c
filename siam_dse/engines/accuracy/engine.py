"""The accuracy engine: SQNR of each layer, effective SQNR and top-1 lost, for a batch of designs.

Designs that differ in nothing the model sees are evaluated once, and so are layers that fill a crossbar: the noise a
row of the weight matrix depends on the layer only through min(crossbar rows, K), or min(rows read at once, K).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray, freeze, unique_rows
from siam_dse.design.designs import Designs
from siam_dse.design.in_sram import has_product_crossbars, with_operands
from siam_dse.engines.accuracy.cases import AccuracyKeys, accuracy_keys, noise_of_cases
from siam_dse.engines.accuracy.curve import accuracy_curve, effective_sqnr_db, loss_pct
from siam_dse.engines.accuracy.requantisation import requantisation
from siam_dse.engines.accuracy.sqnr import sqnr_db
from siam_dse.mapping.reads import READ_FIELDS, has_converters
from siam_dse.technology.technology import Technology
from siam_dse.workload.network import Network

# Fields of a design that its accuracy depends on.
ACCURACY_FIELDS = (
    "cell",
    "r_on_ohm",
    "r_off_ohm",
    "cell_sigma",
    "node_nm",
    "adc_bits",
    "adc_bits_first_last",
    "adc_range",
    "pedestal",
    "bias_correction",
    "product_unit",
    *READ_FIELDS,
)


@dataclass(frozen=True)
class AccuracyCost:
    """Accuracy of U designs; (U,) each.

    ``sqnr_db`` is the effective SQNR over the layers, ``accuracy_loss_pct`` the points of top-1 lost against int8,
    ``accuracy_loss_low_pct`` and ``accuracy_loss_high_pct`` its range by the uncertainty of the curve's middle, and
    ``is_extrapolated`` whether the network lies beyond those the curve was measured on. Of a network without a top-1
    the three losses are NaN, and nothing is extrapolated.
    """

    sqnr_db: FloatArray
    accuracy_loss_pct: FloatArray
    accuracy_loss_low_pct: FloatArray
    accuracy_loss_high_pct: FloatArray
    is_extrapolated: BoolArray

    def __post_init__(self) -> None:
        for name, values in vars(self).items():
            object.__setattr__(self, name, freeze(values))


def accuracy_cost(
    designs: Designs, network: Network, bits: IntArray | None = None, *, ideal_wires: bool = False
) -> AccuracyCost:
    """SQNR and top-1 lost of a network on each design.

    The noise of each layer follows in closed form from converters, devices and column wires
    (:mod:`siam_dse.engines.accuracy.sqnr`) for assumed distributions of weights and inputs; the effective SQNR is
    turned into top-1 by a measured curve (:mod:`siam_dse.engines.accuracy.curve`). Noise counts against the exact
    product of the int8 network, so weights or inputs of fewer bits add their own rounding
    (:mod:`siam_dse.engines.accuracy.requantisation`): post-training, uniform, one range a tensor, nothing retrained.

    Parameters
    ----------
    designs : Designs (U)
    network : Network
    bits : (U, L), optional
        Bits that converters run at in each layer; default all that they can do.
    ideal_wires : bool
        Leave out the drop along column wires.

    Returns
    -------
    AccuracyCost

    Notes
    -----
    Without ``bias_correction`` the raw SQNR counts, with the mean error of the converters in it. Row-by-row reading
    converts single cells, which is exact up to device variation. Near the step where a converter becomes exact the
    SQNR of a layer may be off by tens of dB (a real layer's range is wider or narrower than assumed). Products of two
    activations count where they are read through SRAM crossbars, as layers of k rows whose weights are activations; in
    digital arrays they are exact.
    """
    every = np.ones(network.n_layers, dtype=bool)
    effective, _ = _effective(designs, network, every, bits, ideal_wires=ideal_wires)
    return _cost(designs.technology, network, effective)


def accuracy_of_kinds(
    kinds: Sequence[Designs], network: Network, on_b: BoolArray, bits: Sequence[IntArray | None] = (None, None)
) -> AccuracyCost:
    """:func:`accuracy_cost` of designs with two kinds of chiplets: the noise of each layer is that of its kind.

    Parameters
    ----------
    kinds : two Designs (U)
        The same designs as kind A has them, and as kind B.
    network : Network
    on_b : (L,) bool
        Layers on kind B.
    bits : two (U, L) or None
        Bits that each kind's converters run at in each layer, as of :func:`accuracy_cost`.

    Returns
    -------
    AccuracyCost
    """
    each = zip(kinds, (~on_b, on_b), bits, strict=True)
    parts = [_effective(designs, network, on, own_bits) for designs, on, own_bits in each]
    sqnr, count = (np.stack(values, axis=1) for values in zip(*parts, strict=True))
    return _cost(kinds[0].technology, network, effective_sqnr_db(sqnr, count))


def _effective(
    designs: Designs, network: Network, layers: BoolArray, bits: IntArray | None = None, *, ideal_wires: bool = False
) -> tuple[FloatArray, FloatArray]:
    """Effective SQNR over some ``layers``, (L,), and how many of them count, (U,) each."""
    technology, with_weights = designs.technology, np.flatnonzero(~network.is_product & layers)
    kernel_rows, layer_rows = np.unique(network.rows[with_weights], return_inverse=True)
    if bits is None:
        keys = accuracy_keys(designs, ideal_wires=ideal_wires)
        by_rows = _sqnr_by_rows(technology, keys, designs.bias_correction, kernel_rows)
        count = np.bincount(layer_rows, minlength=len(kernel_rows)).astype(np.float64)
    else:
        by_layer = layer_sqnr_db(designs, network, bits, ideal_wires=ideal_wires)
        by_rows = np.ascontiguousarray(by_layer[:, with_weights])  # each summed in one order, whatever the batch
        count = np.ones(len(with_weights))
    effective, n_layers = effective_sqnr_db(by_rows, count), np.full(len(designs), count.sum())
    in_sram, is_product = np.flatnonzero(has_product_crossbars(designs)), network.is_product & layers
    if len(in_sram) and is_product.any():
        product_rows, each = np.unique(network.product_k[is_product], return_counts=True)
        own = accuracy_keys(with_operands(designs, in_sram), ideal_wires=ideal_wires)
        read = _sqnr_by_rows(technology, own, designs.bias_correction[in_sram], product_rows)
        every, counts = np.hstack([by_rows[in_sram], read]), np.hstack([count, each])
        effective = effective.copy()
        effective[in_sram] = effective_sqnr_db(every, counts)
        n_layers[in_sram] = counts.sum()
    return effective, n_layers


def _cost(technology: Technology, network: Network, effective: FloatArray) -> AccuracyCost:
    """Points of top-1 that an effective SQNR (U,) costs."""
    if not network.has_top1:
        none = np.full(len(effective), np.nan)
        return AccuracyCost(effective, none, none, none, np.zeros(len(effective), dtype=bool))
    depth = int(np.count_nonzero(~network.is_product))
    curve = accuracy_curve(technology, network.dataset, network.chance, depth, network.int8_top1)
    return AccuracyCost(
        sqnr_db=effective,
        accuracy_loss_pct=loss_pct(effective, curve),
        accuracy_loss_low_pct=loss_pct(effective, curve, -curve.error_db),
        accuracy_loss_high_pct=loss_pct(effective, curve, curve.error_db),
        is_extrapolated=np.full(len(effective), curve.is_extrapolated),
    )


def layer_sqnr_db(
    designs: Designs,
    network: Network,
    bits: IntArray | None = None,
    wanted: BoolArray | None = None,
    *,
    ideal_wires: bool = False,
) -> FloatArray:
    """SQNR of each layer against the int8 network's exact product, (U, L) [dB], at most 60.

    Raw, or without the converters' mean errors where ``bias_correction`` is on; of weights and inputs of fewer bits
    than int8's with their rounding. ``bits``, (U, L), are those that converters run at in each layer, by default all
    that they can do; with them only what is ``wanted``, (U, L), is worked out, and the rest is 0.

    Notes
    -----
    1 / SQNR = 1 / SQNR of the crossbars + 1 / SQNR of the rounded data, both over the int8 product's variance. Of K
    rows the crossbars' noise a row is raw + K bias^2 (:class:`ColumnNoise`), or unbiased, times the square of the
    product's unit (:class:`Requantisation`).
    """
    kernel_rows, layer_rows = np.unique(np.maximum(network.rows, 1), return_inverse=True)
    keys = accuracy_keys(designs, ideal_wires=ideal_wires)
    if bits is None:
        return _sqnr_by_rows(designs.technology, keys, designs.bias_correction, kernel_rows)[:, layer_rows]
    values, number = np.unique(bits, return_inverse=True)
    asked = np.ones(bits.shape, dtype=bool) if wanted is None else wanted
    if not asked.any():
        return np.zeros(bits.shape)
    is_read = np.zeros((len(designs), len(values), len(kernel_rows)), dtype=bool)
    row, layer = np.nonzero(asked)
    is_read[row, number[row, layer], layer_rows[layer]] = True
    of, at = np.nonzero(is_read.any(axis=2))  # each design once for each number of bits that layers of it run at
    own = keys.take(of)
    own = replace(own, adc_bits=np.where(has_converters(designs)[of], values[at], own.adc_bits))
    found = np.zeros(is_read.shape)
    found[of, at] = _sqnr_by_rows(designs.technology, own, designs.bias_correction[of], kernel_rows, is_read[of, at])
    return np.where(asked, found[np.arange(len(designs))[:, None], number, layer_rows], 0)


def _sqnr_by_rows(
    technology: Technology,
    keys: AccuracyKeys,
    bias_correction: BoolArray,
    kernel_rows: IntArray,
    wanted: BoolArray | None = None,
) -> FloatArray:
    """SQNR of layers with ``kernel_rows`` (k,) rows of weights, ascending, (U, k) [dB].

    Only what is ``wanted``, (U, k), need be right.
    """
    representative, gather = unique_rows(keys.columns())
    keys = keys.take(representative)
    filled = np.minimum(keys.wire_rows[:, None], kernel_rows[None, :])
    is_new = np.diff(filled, axis=1, prepend=0) > 0
    case = np.cumsum(is_new.reshape(-1)).reshape(filled.shape) - 1
    key_of_case, column_of_case = np.nonzero(is_new)
    if wanted is not None:
        is_wanted = np.zeros(len(key_of_case), dtype=bool)
        is_wanted[case[gather][wanted]] = True
        case = np.maximum(np.cumsum(is_wanted) - 1, 0)[case]
        key_of_case, column_of_case = key_of_case[is_wanted], column_of_case[is_wanted]
    noise = noise_of_cases(technology, keys.take(key_of_case), filled[key_of_case, column_of_case])
    k = kernel_rows[None, :].astype(np.float64)
    raw = noise.raw[case] + k * noise.bias[case] ** 2
    chosen = np.where(bias_correction[:, None], noise.unbiased[case][gather], raw[gather])
    bits = requantisation(technology, keys.weight_bits, keys.activation_bits)
    step, quantised, signal = (values[gather][:, None] for values in (bits.step, bits.noise, bits.signal))
    return sqnr_db(signal, chosen * step**2 + quantised, technology.constants("accuracy")["sqnr_cap"])
