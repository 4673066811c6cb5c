"""Functional simulation of a matrix-vector product on crossbars: every input bit, weight slice and array by itself.

Inputs are applied one bit at a time, weights are cut into cells, each array of rows is read by its own converter, and
codes are shifted and added digitally. Devices vary once a cell; a column wire is solved as the ladder of resistors
that it is. Slow, exact in what it covers, and independent of the closed form it checks.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from siam_dse.core.arrays import FloatArray
from siam_dse.core.units import PERCENT

SingleArray: TypeAlias = NDArray[np.float32]  # column signals; whole numbers up to 2^24 are exact
Key: TypeAlias = tuple[int, int]  # polarity and weight of a slice

LUMP = 16  # rows that share a node of the simulated column wire


@dataclass(frozen=True)
class Crossbar:
    """One design's crossbar and converter, as plain numbers.

    ``drop`` is the wire resistance of one cell over the resistance of a fully on cell, 0 for ideal wires;
    ``range_percentile`` 100 is full scale, less a calibrated range; ``is_pedestal_seen``: the conductance of off cells
    reaches the converter and is subtracted digitally. ``is_row_by_row``: cells are read one at a time, each rounded to
    a level, which is an ideal product with the rounded cells.
    """

    rows: int
    adc_bits: int
    cell_bits: int = 1
    weight_bits: int = 8
    activation_bits: int = 8
    is_differential: bool = False
    is_pedestal_seen: bool = False
    on_off_ratio: float = np.inf
    cell_sigma: float = 0.0
    drop: float = 0.0
    range_percentile: float = 100.0
    is_row_by_row: bool = False

    @property
    def level_max(self) -> int:
        """Highest level of a cell."""
        return int(2**self.cell_bits - 1)

    @property
    def level_offset(self) -> float:
        """Conductance of level 0, in levels."""
        return self.level_max / (self.on_off_ratio - 1)

    @property
    def seen_pedestal(self) -> float:
        """The part of it that the converter sees."""
        return self.level_offset if self.is_pedestal_seen else 0.0

    @property
    def removed_pedestal(self) -> float:
        """The part of it that a reference column removes; cells read one at a time are rounded without it already."""
        return 0.0 if self.is_row_by_row else self.level_offset - self.seen_pedestal


@dataclass(frozen=True)
class _Column:
    """A group of columns: sign and weight of its slice in the product, rows of its array, cells (K_a, M)."""

    sign: int
    slice_weight: int
    rows: slice
    cells: SingleArray

    @property
    def key(self) -> Key:
        """Polarity and slice; columns with the same key have converters with the same range."""
        return self.sign, self.slice_weight


class Layer:
    """A weight matrix programmed into crossbars, with converters calibrated on sample inputs.

    Everything that is calibrated is known before a chip is made: it comes from nominal devices. Only ``mean_error``,
    the bias correction, is measured on the varied ones.

    Parameters
    ----------
    weights : (K, M) whole numbers
    crossbar : Crossbar
    samples : (n, K) whole numbers
        Inputs for the range of a calibrated converter, and for the gain and constants that take out the mean drop of
        the column wires.
    rng : numpy.random.Generator
        Device variation.
    """

    def __init__(self, weights: FloatArray, crossbar: Crossbar, samples: FloatArray, rng: np.random.Generator) -> None:
        self.crossbar = crossbar
        self._weights = weights
        self._columns = list(_programmed(weights, crossbar, rng))
        self._gain = 1.0
        self._constant = np.zeros(weights.shape[1])
        nominal = list(_programmed(weights, replace(crossbar, cell_sigma=0.0), rng))
        self._ranges = self._calibrated_ranges(nominal, samples)
        if crossbar.drop > 0:
            self._gain = self._least_squares_gain(nominal, samples)
            ideal = self._sum(samples, nominal, self._convert, drop=0.0)
            self._constant = (self._sum(samples, nominal, self._convert) - ideal).mean(axis=0)
        self.mean_error = (self.product(samples) - samples @ weights).mean(axis=0)

    def product(self, inputs: FloatArray, *, bias_correction: bool = False) -> FloatArray:
        """Product of ``inputs`` (n, K) with the weights as the crossbars give it, (n, M)."""
        raw = self._sum(inputs, self._columns, self._convert) - self._constant
        return raw - self.mean_error if bias_correction else raw

    def _sum(
        self,
        inputs: FloatArray,
        columns: Sequence[_Column],
        convert: Callable[[SingleArray, Key], SingleArray],
        drop: float | None = None,
    ) -> FloatArray:
        """Shift-and-add over arrays, slices, polarities and input bits of ``convert(signal, (sign, slice weight))``."""
        box = self.crossbar
        total = np.repeat(-self._stored_offset(inputs), self._weights.shape[1], axis=1)
        for bit, ones in enumerate(_bit_planes(inputs, box.activation_bits)):
            for column in columns:
                active = ones[:, column.rows]
                value = convert(self._signal(active, column.cells, box.drop if drop is None else drop), column.key)
                if box.seen_pedestal:
                    value = value - np.float32(box.seen_pedestal) * active.sum(axis=1, keepdims=True)
                total += column.sign * column.slice_weight * 2**bit * value.astype(np.float64)
        return total

    def _stored_offset(self, inputs: FloatArray) -> FloatArray:
        """What offset-binary weights add to the product, (n, 1): half the code range times the sum of the inputs."""
        half = 0 if self.crossbar.is_differential else 2 ** (self.crossbar.weight_bits - 1)
        offset: FloatArray = half * inputs.sum(axis=1, keepdims=True)
        return offset

    def _signal(self, ones: SingleArray, cells: SingleArray, drop: float) -> SingleArray:
        """What the converters see for one input bit, (n, M) [levels], over the layer's gain."""
        box = self.crossbar
        removed = np.float32(box.removed_pedestal)
        if drop > 0:
            per_level = drop / (box.level_max + box.level_offset)
            current = ladder_current(ones, cells, per_level) / np.float32(self._gain)
        else:
            current = ones @ cells
        return current - removed * ones.sum(axis=1, keepdims=True) if removed else current

    def _least_squares_gain(self, nominal: Sequence[_Column], samples: FloatArray) -> float:
        """Gain of the layer by the mean drop: analog sum over the stored integers' product, less each output's mean."""
        offset = self._stored_offset(samples)
        stored = samples @ self._weights + offset
        analog = self._sum(samples, nominal, lambda signal, key: signal) + offset
        centred = stored - stored.mean(axis=0)
        return float(np.sum(centred * analog) / np.sum(centred**2))

    def _calibrated_ranges(self, nominal: Sequence[_Column], samples: FloatArray) -> dict[Key, tuple[float, float]]:
        """Lowest code and step of the converters of each polarity and slice, from nominal devices and wires."""
        box = self.crossbar
        signals: dict[Key, list[SingleArray]] = {column.key: [] for column in nominal}
        if box.range_percentile < PERCENT:
            for ones in _bit_planes(samples, box.activation_bits):
                for column in nominal:
                    signal = self._signal(ones[:, column.rows], column.cells, 0.0)
                    signals[column.key].append(signal.reshape(-1))
        return {key: _range(box, np.concatenate(seen) if seen else None) for key, seen in signals.items()}

    def _convert(self, signal: SingleArray, key: Key) -> SingleArray:
        """Nearest code, saturated, as a signal."""
        low, step = (np.float32(value) for value in self._ranges[key])
        codes = np.round((signal - low) / step)
        np.clip(codes, 0, 2**self.crossbar.adc_bits - 1, out=codes)
        return low + step * codes


def _bit_planes(inputs: FloatArray, n_bits: int) -> Iterator[SingleArray]:
    """Bits of whole numbers, least significant first, as 0 and 1."""
    codes = inputs.astype(np.int64)
    for bit in range(n_bits):
        yield ((codes >> bit) & 1).astype(np.float32)


def ladder_current(ones: SingleArray, cells: SingleArray, wire: float, lump: int = LUMP) -> SingleArray:
    """Current at the sense end of columns of cells on a resistive wire, (n, M) [levels].

    The input end of every active cell is at the same potential, the sense end at zero. Going from the far end, a node
    adds its cells' conductance and a piece of wire follows in series: g <- g / (1 + wire g), nothing linearised.

    Parameters
    ----------
    ones : (n, K) of 0 and 1
        Active rows; the first is nearest to the sense end.
    cells : (K, M) [levels]
    wire : float
        Resistance of the wire along one cell, times the conductance of one level.
    lump : int
        Rows that share a node in the middle of their piece of wire.
    """
    conductance = np.zeros((len(ones), cells.shape[1]), dtype=np.float32)
    scratch = np.empty_like(conductance)
    near_half = 0.0  # wire from the node before to the near end of its piece
    for start in reversed(range(0, ones.shape[1], lump)):
        rows = slice(start, start + lump)
        length = min(lump, ones.shape[1] - start)
        middle = (length + 1) / 2
        _in_series(conductance, wire * (near_half + length - middle), scratch)
        conductance += np.matmul(ones[:, rows], cells[rows], out=scratch)
        near_half = middle
    _in_series(conductance, wire * near_half, scratch)
    return conductance


def _in_series(conductance: SingleArray, resistance: float, scratch: SingleArray) -> None:
    """``conductance`` with a resistance in series, in place."""
    np.multiply(conductance, np.float32(resistance), out=scratch)
    scratch += 1
    conductance /= scratch


def _programmed(weights: FloatArray, crossbar: Crossbar, rng: np.random.Generator) -> Iterator[_Column]:
    """Cells of every polarity, slice and array, with their variation."""
    whole = weights.astype(np.int64)
    if crossbar.is_differential:
        stored = {1: np.maximum(whole, 0), -1: np.maximum(-whole, 0)}
        bits = max(crossbar.weight_bits - 1, 1)
    else:
        stored = {1: whole + 2 ** (crossbar.weight_bits - 1)}
        bits = crossbar.weight_bits
    for sign, values in stored.items():
        for shift in range(0, bits, crossbar.cell_bits):
            levels = ((values >> shift) & crossbar.level_max) + crossbar.level_offset
            if crossbar.cell_sigma > 0:
                levels = np.maximum(levels * (1 + crossbar.cell_sigma * rng.standard_normal(levels.shape)), 0)
            if crossbar.is_row_by_row:
                levels = np.clip(np.round(levels - crossbar.level_offset), 0, crossbar.level_max)
            for start in range(0, len(values), crossbar.rows):
                rows = slice(start, min(start + crossbar.rows, len(values)))
                yield _Column(sign, 2**shift, rows, np.ascontiguousarray(levels[rows], dtype=np.float32))


def _range(crossbar: Crossbar, signals: SingleArray | None) -> tuple[float, float]:
    """Lowest code and step: full scale aligned to a power of two of levels, or the central share of ``signals``."""
    n_codes = 2**crossbar.adc_bits - 1
    if signals is None:
        full_scale = round(crossbar.rows * (crossbar.level_max + crossbar.seen_pedestal))
        return 0.0, float(2 ** max(0, int(np.ceil(np.log2(full_scale))) - crossbar.adc_bits))
    tail = (PERCENT - crossbar.range_percentile) / 2
    low, high = (float(value) for value in np.percentile(signals, [tail, PERCENT - tail]))
    if crossbar.rows * crossbar.seen_pedestal >= 1 / 2:  # too much of it to align codes to whole levels
        return low, max(high - low, np.finfo(float).tiny) / n_codes
    low, high = round(low), round(high)
    if high - low <= n_codes:
        return float(round((low + high) / 2 - n_codes / 2)), 1.0
    return low, (high - low) / n_codes
