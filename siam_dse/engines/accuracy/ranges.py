"""Range and step of the column converters, by range policy.

A converter of B bits has codes lo, lo + D, ..., lo + D (2^B - 1), rounds to the nearest and saturates. A policy is a
function from the column signals to the range it asks for; ``converter_ranges`` turns ranges into steps.

``full``: full scale, the step a power of two of levels; ``fullc``: full scale, any step; ``minmax``, ``p99.9``,
``p99.99``: smallest to largest, or central share, of the values each slice sees, over all input bits; ``ks4``: mean -/+
4 standard deviations a slice; ``mmse``: mean -/+ k(B) standard deviations, k the optimum for a Gaussian; ``mmseb``: the
same, a slice and input bit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.engines.accuracy.columns import ColumnSets


@dataclass(frozen=True)
class Conversion:
    """Column signals and converters: all (m,) [levels]; ``low`` is the value of the lowest code, ``high`` of the
    highest, ``step`` their distance over 2^bits - 1.
    """

    mean: FloatArray
    variance: FloatArray
    low: FloatArray
    high: FloatArray
    step: FloatArray


@dataclass(frozen=True)
class _Signals:
    """What a policy may use."""

    sets: ColumnSets
    mean: FloatArray  # (m,)
    variance: FloatArray  # (m,)
    adc_bits: FloatArray  # (n,)
    samples: FloatArray  # (n,)
    is_aligned: BoolArray  # (n,)


Range = tuple[FloatArray, FloatArray]  # lower and upper end, (m,) each


def _pooled(signals: _Signals) -> Range:
    """Mean and standard deviation of a slice's signal over all its input bits, (p,): a mixture of bit planes."""
    layout = signals.sets.layout
    mean = layout.over_slice(signals.mean) / layout.bits_of_slice
    spread = signals.variance + (signals.mean - layout.slice_to_conversion(mean)) ** 2
    return mean, np.sqrt(layout.over_slice(spread) / layout.bits_of_slice)


def _half_range(signals: _Signals) -> FloatArray:
    """k(B): half range over standard deviation with the least mean square error for a Gaussian, (n,)."""
    series = signals.sets.constants.series("mmse_half_range")
    return series[np.clip(signals.adc_bits.astype(np.int64), 1, len(series)) - 1]


def full_scale_range(signals: _Signals) -> Range:
    """All rows on at the highest level, the step aligned to a power of two of levels.

    A continuous step slightly over one level would give a coherent bias; the aligned one saturates instead. A pedestal
    of less than half a level in all does not count.

    Notes
    -----
    Step 2^max(0, ceil(log2(full scale in whole levels)) - bits), the lowest code 0; signed: twice the full scale, the
    lowest code -step 2^(bits - 1).
    """
    sets = signals.sets
    full_scale = np.where(sets.is_signed, 2, 1) * np.round(sets.full_scale)
    step = np.exp2(np.maximum(0, np.ceil(np.log2(full_scale)) - signals.adc_bits))
    low = np.where(sets.is_signed, -step * np.exp2(signals.adc_bits - 1), 0)
    return _every(sets, low, low + step * (np.exp2(signals.adc_bits) - 1))


def continuous_full_scale_range(signals: _Signals) -> Range:
    """All rows on at the highest level, divided into equal steps of any size."""
    sets = signals.sets
    high = sets.full_scale
    low = np.where(sets.is_signed, -high, 0)
    codes = np.exp2(signals.adc_bits) - 1
    is_exact = signals.is_aligned & (high - low <= codes)
    low = np.where(is_exact, np.where(sets.is_signed, np.round(-codes / 2), 0), low)
    return _every(sets, low, np.where(is_exact, low + codes, high))


def _every(sets: ColumnSets, low: FloatArray, high: FloatArray) -> Range:
    """The same range, (n,), for every conversion of a set."""
    return sets.layout.set_to_conversion(low), sets.layout.set_to_conversion(high)


def _share_range(signals: _Signals, tail: FloatArray) -> Range:
    """Range that leaves ``tail`` (n,) of a slice's values on either side; the widest bit plane sets each end.

    One plane out of B makes the tail, so z belongs to B times the tail. The upper end has a Cornish-Fisher correction
    for the skew of a sparse column, whose signal cannot be negative.

    Notes
    -----
    Of planes of mean m and deviation s: low = max(0, min(m - z s)), high = max(m + s (z + (z^2 - 1) / 6 x skew)), the
    skew s / m, at most ``largest_skew``. Both are rounded to whole levels where codes are aligned.
    """
    from scipy.special import ndtri

    data, layout = signals.sets.constants, signals.sets.layout
    is_signed = signals.sets.is_signed
    z = -ndtri(np.minimum(tail * layout.n_bits, data["largest_tail"]))
    deviation = np.sqrt(signals.variance)
    positive = ~layout.set_to_conversion(is_signed) & (signals.mean > 0)
    skew = np.minimum(deviation / np.where(positive, signals.mean, np.inf), data["largest_skew"])
    # 6: third-cumulant term of the Cornish-Fisher expansion
    each_z, each_third = layout.set_to_conversion(z), layout.set_to_conversion((z**2 - 1) / 6)
    cornish_fisher = each_z + each_third * skew
    low = layout.over_slice(signals.mean - each_z * deviation, np.minimum)
    high = layout.over_slice(signals.mean + deviation * cornish_fisher, np.maximum)
    low = np.where(layout.set_to_slice(is_signed), low, np.maximum(low, 0))
    aligned = layout.set_to_slice(signals.is_aligned)
    low, high = np.where(aligned, np.round(low), low), np.where(aligned, np.round(high), high)
    return layout.slice_to_conversion(low), layout.slice_to_conversion(high)


def _percentile(percent: float | None) -> Callable[[_Signals], Range]:
    """Policy of a central percentile; None: the calibrated one of the data file."""

    def share_range(signals: _Signals) -> Range:
        share = signals.sets.constants["calibrated_percentile"] if percent is None else percent
        tail = (1 - share / 100) / 2  # 100: a percentile
        return _share_range(signals, np.full(len(signals.adc_bits), tail))

    return share_range


def extreme_range(signals: _Signals) -> Range:
    """Smallest to largest of ``samples`` values a slice and input bit."""
    return _share_range(signals, 1 / (2 * signals.samples * signals.sets.layout.n_bits))


def sigma_range(signals: _Signals) -> Range:
    """Mean -/+ k standard deviations of a slice's signal over all input bits."""
    return _around(signals, np.full(len(signals.adc_bits), signals.sets.constants["sigma_range"]))


def mmse_range(signals: _Signals) -> Range:
    """Mean -/+ k(B) standard deviations of a slice's signal over all input bits."""
    return _around(signals, _half_range(signals))


def _around(signals: _Signals, k: FloatArray) -> Range:
    """Mean -/+ k (n,) standard deviations of a slice's signal over all input bits."""
    layout = signals.sets.layout
    mean, deviation = _pooled(signals)
    half = layout.set_to_slice(k) * deviation
    return layout.slice_to_conversion(mean - half), layout.slice_to_conversion(mean + half)


def mmse_bit_range(signals: _Signals) -> Range:
    """Mean -/+ k(B) standard deviations, each slice and input bit by itself."""
    half = signals.sets.layout.set_to_conversion(_half_range(signals)) * np.sqrt(signals.variance)
    return signals.mean - half, signals.mean + half


POLICIES: Mapping[str, Callable[[_Signals], Range]] = MappingProxyType(
    {
        "full": full_scale_range,
        "fullc": continuous_full_scale_range,
        "calibrated": _percentile(None),
        "p99.9": _percentile(99.9),  # what its name says
        "p99.99": _percentile(99.99),
        "minmax": extreme_range,
        "ks4": sigma_range,
        "mmse": mmse_range,
        "mmseb": mmse_bit_range,
    }
)
POLICY_CODES: Mapping[str, int] = MappingProxyType({name: i for i, name in enumerate(POLICIES)})


def converter_ranges(
    sets: ColumnSets,
    mean: FloatArray,
    variance: FloatArray,
    adc_bits: FloatArray,
    policy: IntArray,
    is_aligned: BoolArray,
    samples: FloatArray,
) -> Conversion:
    """Ranges and steps of the converters of every slice and input bit.

    Parameters
    ----------
    sets : ColumnSets
    mean, variance : (m,) [levels, levels^2]
        Signal of each column.
    adc_bits : (n,) [bit]
    policy : (n,) codes in ``POLICY_CODES``
    is_aligned : (n,) bool
        Codes lie on whole levels where the step can be that fine; a converter with bits to spare then has a wider
        range, not a step below one level.
    samples : (n,)
        Values a slice and input bit that a ``minmax`` calibration sees.

    Returns
    -------
    Conversion

    Notes
    -----
    Step = (high - low) / (2^bits - 1). An aligned step of a statistical policy that is one level or less becomes one
    level, its lowest code the whole number next to centre - (2^bits - 1) / 2.
    """
    signals = _Signals(sets, mean, variance, adc_bits, samples, is_aligned)
    every = sets.layout.set_to_conversion
    first, *others = np.unique(policy)
    functions = tuple(POLICIES.values())
    low, high = functions[first](signals)
    for code in others:
        is_wanted = every(policy == code)
        lower, upper = functions[code](signals)
        low, high = np.where(is_wanted, lower, low), np.where(is_wanted, upper, high)
    codes = every(np.exp2(adc_bits) - 1)
    step = np.maximum((high - low) / codes, sets.constants["smallest_step"])
    statistical = (policy != POLICY_CODES["full"]) & (policy != POLICY_CODES["fullc"])
    snap = every(statistical & is_aligned) & (step <= 1)
    step = np.where(snap, 1, step)
    low = np.where(snap, np.round((low + high) / 2 - codes / 2), low)
    return Conversion(mean, variance, low, low + step * codes, step)
