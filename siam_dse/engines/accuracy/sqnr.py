"""Noise of an in-memory matrix-vector product and its signal-to-quantisation-noise ratio (SQNR).

A layer with K rows on crossbars of R rows makes K / min(R, K) partial sums an output, each converted and added
digitally. Noise of devices, wires and converters grows with K, as the signal does; the mean errors of the converters
are common to all partial sums and add up in amplitude. So a set of columns is described by three figures a row of the
weight matrix, which do not depend on K except through min(R, K).
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.engines.accuracy.columns import ColumnSets, signal_grid, signal_mean, signal_skew, signal_variance
from siam_dse.engines.accuracy.conversion import conversion_error
from siam_dse.engines.accuracy.pedestal import beside_pedestal
from siam_dse.engines.accuracy.ranges import converter_ranges
from siam_dse.engines.accuracy.variation import conversion_variation, regeneration, slice_gain, slice_variation
from siam_dse.engines.accuracy.wire import drop_error, shares

DECIBEL = 10.0  # dB a decade of power


@dataclass(frozen=True)
class Converters:
    """Converters of n sets: bits, policy (code of ``ranges.POLICY_CODES``), whether codes are aligned to whole levels,
    and the samples that a minmax calibration sees; (n,) each.
    """

    adc_bits: FloatArray
    policy: IntArray
    is_aligned: BoolArray
    samples: FloatArray


@dataclass(frozen=True)
class ColumnNoise:
    """Noise of n sets, a row of the weight matrix, in squares of the integer product's unit; (n,) each.

    ``raw`` and ``unbiased`` are variances a row, with and without each output's mean error; ``bias`` is the mean
    conversion error a row, whose square is to be multiplied by K^2.
    """

    raw: FloatArray
    unbiased: FloatArray
    bias: FloatArray


def column_noise(sets: ColumnSets, converters: Converters, cell_sigma: FloatArray, drop: FloatArray) -> ColumnNoise:
    """Noise of each set of columns, a row of the weight matrix.

    Parameters
    ----------
    sets : ColumnSets
    converters : Converters
    cell_sigma : (n,)
        Relative standard deviation of a cell's conductance.
    drop : (n,)
        Relative drop of one on cell's current over one cell of wire, ``wire.drop_per_on_cell``.

    Returns
    -------
    ColumnNoise

    Notes
    -----
    With conversions (s, b) of weight W = 2^(cell_bits s + b), their error's second moment E and mean e, gain g and
    scatter r of rounding, incoherent wire error f, and N active rows: converted = sum W^2 [max(E - e^2, 0) + r + g^2 f]
    / N and bias = sum W e / N. With a slice's gain G: devices = sum G^2 x its ``slice_variation``, wires = mean square
    stored x sum G^2 x its share of energy x its mean square gain error. raw = converted + devices E[x^2] + wires
    var(x), unbiased = converted + (devices + wires) var(x). Where the step is one and the lowest code whole, rounding
    is exact for a whole signal, and for one of a pair with a pedestal that both columns share.
    """
    layout, every = sets.layout, sets.layout.set_to_conversion
    mean, variance = signal_mean(sets), signal_variance(sets)
    wire = drop_error(sets, variance, drop)
    analog = conversion_variation(sets, cell_sigma) + wire.conversion_variance
    conversion = converter_ranges(
        sets, mean, variance, converters.adc_bits, converters.policy, converters.is_aligned, converters.samples
    )
    on_levels = (conversion.step == 1) & (conversion.low == np.round(conversion.low))
    error = conversion_error(
        conversion,
        signal_grid(sets, mean, variance),
        analog,
        signal_skew(sets, mean, np.sqrt(variance)),
        is_on_levels=on_levels,
        top=every(sets.active_rows * (sets.level_max + sets.seen_pedestal)) * layout.bit_to_conversion(sets.digit_max),
        can_be_negative=every(sets.is_signed),
    )
    rounding = beside_pedestal(sets, analog, on_levels, regeneration(sets, analog, on_levels))
    gain = slice_gain(sets, rounding.gain, analog)

    weight = sets.product_weight
    scatter = np.maximum(error.second_moment - error.mean**2, 0) + rounding.scatter
    scatter += rounding.gain**2 * wire.fluctuation
    # slices are fed the same inputs: what their common pedestal adds to them adds up in amplitude
    common = layout.over_bits(layout.over_slices_of_bit(weight * np.sqrt(rounding.common)) ** 2)
    converted = (layout.over_set(weight**2 * scatter) + common) / sets.active_rows
    bias = layout.over_set(weight * (error.mean + rounding.mean)) / sets.active_rows
    devices = layout.over_slices(gain**2 * slice_variation(sets, cell_sigma))
    energy = shares(sets.slice_weight**2 * sets.level_msq, layout.over_slices, layout.set_to_slice)
    wires = sets.stored_msq * layout.over_slices(gain**2 * energy * wire.relative_msq)
    input_variance = sets.input_msq - sets.input_mean**2
    return ColumnNoise(
        raw=converted + devices * sets.input_msq + wires * input_variance,
        unbiased=converted + (devices + wires) * input_variance,
        bias=bias,
    )


def signal_per_row(
    input_mean: FloatArray, input_msq: FloatArray, weight_mean: FloatArray, weight_msq: FloatArray
) -> FloatArray:
    """Variance of the exact product, a row of the weight matrix: E[x^2] E[w^2] - (E[x] E[w])^2 for independent data."""
    return input_msq * weight_msq - (input_mean * weight_mean) ** 2


def sqnr_db(signal: FloatArray, noise: FloatArray, cap_db: float) -> FloatArray:
    """10 log10(signal / noise) within -/+ ``cap_db``: an exact product counts as the cap, a lost one as minus it."""
    limit = 10 ** (cap_db / DECIBEL)  # 10: decades, as DECIBEL counts them
    return DECIBEL * np.log10(signal / np.clip(noise, signal / limit, signal * limit))
