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
from scipy.special import ndtri

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.engines.accuracy.columns import ColumnSets
from siam_dse.technology.load import load_constants


@dataclass(frozen=True)
class Conversion:
    """Column signals and converters: all (n, S, B) [levels]; ``low`` is the value of the lowest code, ``high`` of the
    highest, ``step`` their distance over 2^bits - 1.
    """

    mean: FloatArray
    variance: FloatArray
    low: FloatArray
    high: FloatArray
    step: FloatArray


@dataclass(frozen=True)
class _Signals:
    """What a policy may use, for the sets that follow it."""

    sets: ColumnSets
    mean: FloatArray
    variance: FloatArray
    adc_bits: FloatArray
    samples: FloatArray
    is_aligned: BoolArray

    @property
    def is_bit(self) -> BoolArray:
        is_bit: BoolArray = self.sets.bit_weight[:, None, :] > 0
        return is_bit

    @property
    def n_bits(self) -> FloatArray:
        count: FloatArray = np.sum(self.is_bit, axis=2, keepdims=True, dtype=np.float64)
        return count


Range = tuple[FloatArray, FloatArray]


def _pooled(signals: _Signals) -> Range:
    """Mean and standard deviation of a slice's signal over all its input bits, (n, S, 1): a mixture of bit planes."""
    mean = np.sum(np.where(signals.is_bit, signals.mean, 0), axis=2, keepdims=True) / signals.n_bits
    spread = np.where(signals.is_bit, signals.variance + (signals.mean - mean) ** 2, 0)
    return mean, np.sqrt(np.sum(spread, axis=2, keepdims=True) / signals.n_bits)


def _half_range(signals: _Signals) -> FloatArray:
    """k(B): half range over standard deviation with the least mean square error for a Gaussian, (n, 1, 1)."""
    series = load_constants("accuracy").series("mmse_half_range")
    index = np.clip(signals.adc_bits.astype(np.int64), 1, len(series)) - 1
    return series[index][:, None, None]


def full_scale_range(signals: _Signals) -> Range:
    """All rows on at the highest level, the step aligned to a power of two of levels.

    A continuous step slightly over one level would give a coherent bias; the aligned one saturates instead. A pedestal
    of less than half a level in all does not count.
    """
    sets = signals.sets
    full_scale = np.where(sets.is_signed, 2, 1) * np.round(sets.full_scale)
    step = 2 ** np.maximum(0, np.ceil(np.log2(full_scale)) - signals.adc_bits)
    low = np.where(sets.is_signed, -step * 2 ** (signals.adc_bits - 1), 0)
    return low[:, None, None], (low + step * (2**signals.adc_bits - 1))[:, None, None]


def continuous_full_scale_range(signals: _Signals) -> Range:
    """All rows on at the highest level, divided into equal steps of any size."""
    high = signals.sets.full_scale
    low = np.where(signals.sets.is_signed, -high, 0)
    codes = 2**signals.adc_bits - 1
    is_exact = signals.is_aligned & (high - low <= codes)
    low = np.where(is_exact, np.where(signals.sets.is_signed, np.round(-codes / 2), 0), low)
    return low[:, None, None], np.where(is_exact, low + codes, high)[:, None, None]


def _share_range(signals: _Signals, tail: FloatArray) -> Range:
    """Range that leaves ``tail`` (n,) of a slice's values on either side; the widest bit plane sets each end.

    One plane out of B makes the tail, so z belongs to B times the tail. The upper end has a Cornish-Fisher correction
    for the skew of a sparse column, whose signal cannot be negative.
    """
    data = load_constants("accuracy")
    signed = signals.sets.is_signed[:, None, None]
    z = -ndtri(np.minimum(tail[:, None, None] * signals.n_bits, data["largest_tail"]))
    deviation = np.sqrt(signals.variance)
    positive = ~signed & (signals.mean > 0)
    skew = np.where(positive, np.minimum(deviation / np.where(positive, signals.mean, 1), data["largest_skew"]), 0)
    cornish_fisher = z + (z**2 - 1) / 6 * skew  # 6: third-cumulant term of the Cornish-Fisher expansion
    low = np.min(np.where(signals.is_bit, signals.mean - z * deviation, np.inf), axis=2, keepdims=True)
    high = np.max(np.where(signals.is_bit, signals.mean + deviation * cornish_fisher, -np.inf), axis=2, keepdims=True)
    low = np.where(signed, low, np.maximum(low, 0))
    aligned = signals.is_aligned[:, None, None]
    return np.where(aligned, np.round(low), low), np.where(aligned, np.round(high), high)


def _percentile(percent: float | None) -> Callable[[_Signals], Range]:
    """Policy of a central percentile; None: the calibrated one of the data file."""

    def share_range(signals: _Signals) -> Range:
        share = load_constants("accuracy")["calibrated_percentile"] if percent is None else percent
        tail = (1 - share / 100) / 2  # 100: a percentile
        return _share_range(signals, np.full(len(signals.adc_bits), tail))

    return share_range


def extreme_range(signals: _Signals) -> Range:
    """Smallest to largest of ``samples`` values a slice and input bit."""
    return _share_range(signals, 1 / (2 * signals.samples * signals.n_bits[:, 0, 0]))


def sigma_range(signals: _Signals) -> Range:
    """Mean -/+ k standard deviations of a slice's signal over all input bits."""
    mean, deviation = _pooled(signals)
    k = load_constants("accuracy")["sigma_range"]
    return mean - k * deviation, mean + k * deviation


def mmse_range(signals: _Signals) -> Range:
    """Mean -/+ k(B) standard deviations of a slice's signal over all input bits."""
    mean, deviation = _pooled(signals)
    k = _half_range(signals)
    return mean - k * deviation, mean + k * deviation


def mmse_bit_range(signals: _Signals) -> Range:
    """Mean -/+ k(B) standard deviations, each slice and input bit by itself."""
    half = _half_range(signals) * np.sqrt(signals.variance)
    return signals.mean - half, signals.mean + half


POLICIES: Mapping[str, Callable[[_Signals], Range]] = MappingProxyType(
    {
        "full": full_scale_range,
        "fullc": continuous_full_scale_range,
        "calibrated": _percentile(None),
        "p99.9": _percentile(99.9),
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
    mean, variance : (n, S, B) [levels, levels^2]
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
    """
    low = np.empty(mean.shape)
    high = np.empty(mean.shape)
    names = tuple(POLICIES)
    for code in np.unique(policy):
        rows = np.flatnonzero(policy == code)
        signals = _Signals(sets.take(rows), mean[rows], variance[rows], adc_bits[rows], samples[rows], is_aligned[rows])
        low[rows], high[rows] = POLICIES[names[int(code)]](signals)
    codes = (2**adc_bits - 1)[:, None, None]
    step = np.maximum((high - low) / codes, load_constants("accuracy")["smallest_step"])
    statistical = (policy != POLICY_CODES["full"]) & (policy != POLICY_CODES["fullc"])
    snap = (statistical & is_aligned)[:, None, None] & (step <= 1)
    step = np.where(snap, 1, step)
    low = np.where(snap, np.round((low + high) / 2 - codes / 2), low)
    return Conversion(mean, variance, low, low + step * codes, step)
