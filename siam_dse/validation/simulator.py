"""Functional simulation of a matrix-vector product on crossbars: every input bit, weight slice and array by itself.

Inputs are applied one bit at a time, weights are cut into cells, each array of rows is read by its own converter, and
codes are shifted and added digitally. Devices vary once a cell; a column wire is solved as the ladder of resistors
that it is. Slow, exact in what it covers, and independent of the closed form it checks.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray

LUMP = 16  # rows that share a node of the simulated column wire
PERCENT = 100.0


@dataclass(frozen=True)
class Crossbar:
    """One design's crossbar and converter, as plain numbers.

    ``drop`` is the wire resistance of one cell over the resistance of a fully on cell, 0 for ideal wires;
    ``range_percentile`` 100 is full scale, less a calibrated range; ``is_pedestal_seen``: the conductance of off cells
    reaches the converter and is subtracted digitally. ``is_row_by_row``: cells are read one at a time, each rounded to a
    level, which is an ideal product with the rounded cells.
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
        return 2**self.cell_bits - 1

    @property
    def level_offset(self) -> float:
        """Conductance of level 0, in levels."""
        return self.level_max / (self.on_off_ratio - 1)

    @property
    def seen_pedestal(self) -> float:
        """The part of it that the converter sees."""
        return self.level_offset if self.is_pedestal_seen else 0.0


@dataclass(frozen=True)
class _Column:
    """Position of a group of columns in the product: sign and weight of its slice, rows of its array, cells (K_a, M)."""

    sign: int
    slice_weight: int
    rows: slice
    cells: FloatArray


class Layer:
    """A weight matrix programmed into crossbars, with converters calibrated on sample inputs.

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
        self._columns = list(_programmed(weights, crossbar, rng))
        self._gain = 1.0
        self._constant = np.zeros(weights.shape[1])
        self._weights = weights
        if crossbar.drop > 0:
            # Of the stored integers: the offset of an offset-binary weight is subtracted after the converter.
            offset = self._stored_offset(samples)
            stored = samples @ weights + offset
            analog = self._sum(samples, lambda signal, key: signal) + offset
            centred = stored - stored.mean(axis=0)
            self._gain = float(np.sum(centred * analog) / np.sum(centred**2))
            self._constant = (analog / self._gain - stored).mean(axis=0)
        self._ranges = self._calibrated_ranges(samples)
        exact = samples @ weights
        self.mean_error = (self._product(samples) - exact).mean(axis=0)

    def product(self, inputs: FloatArray, *, bias_correction: bool = False) -> FloatArray:
        """Product of ``inputs`` (n, K) with the weights as the crossbars give it, (n, M)."""
        return self._product(inputs) - (self.mean_error if bias_correction else 0)

    def _product(self, inputs: FloatArray) -> FloatArray:
        return self._sum(inputs, self._convert) - self._constant

    def _sum(self, inputs: FloatArray, convert: Callable[[FloatArray, tuple[int, int]], FloatArray]) -> FloatArray:
        """Shift-and-add over arrays, slices, polarities and input bits of ``convert(signal, (sign, slice weight))``."""
        box = self.crossbar
        total = np.repeat(-self._stored_offset(inputs), self._weights.shape[1], axis=1)
        codes = inputs.astype(np.int64)
        for bit in range(box.activation_bits):
            ones = ((codes >> bit) & 1).astype(np.float32)
            for column in self._columns:
                key = (column.sign, column.slice_weight)
                value = convert(self._signal(ones[:, column.rows], column.cells), key)
                if box.seen_pedestal:
                    value = value - box.seen_pedestal * ones[:, column.rows].sum(axis=1, keepdims=True)
                total += column.sign * column.slice_weight * 2**bit * value
        return total

    def _stored_offset(self, inputs: FloatArray) -> FloatArray:
        """What offset-binary weights add to the product, (n, 1): half the code range times the sum of the inputs."""
        half = 0 if self.crossbar.is_differential else 2 ** (self.crossbar.weight_bits - 1)
        return half * inputs.sum(axis=1, keepdims=True)

    def _signal(self, ones: FloatArray, cells: FloatArray) -> FloatArray:
        """What the converters see for one input bit, (n, M) [levels], over the layer's gain."""
        box = self.crossbar
        if box.drop > 0:
            per_level = box.drop / (box.level_max + box.level_offset)
            current = ladder_current(ones, cells, per_level)
        else:
            current = ones @ cells
        removed = box.level_offset - box.seen_pedestal  # by a reference column
        return (current / self._gain) - removed * ones.sum(axis=1, keepdims=True)

    def _calibrated_ranges(self, samples: FloatArray) -> dict[tuple[int, int], tuple[float, float]]:
        """Lowest code and step of the converters of each polarity and slice."""
        box = self.crossbar
        signals: dict[tuple[int, int], list[FloatArray]] = {}
        if box.range_percentile < PERCENT:
            codes = samples.astype(np.int64)
            ideal = list(_programmed(self._weights, _without_errors(box), np.random.default_rng(0)))
            for bit in range(box.activation_bits):
                ones = ((codes >> bit) & 1).astype(np.float32)
                for column in ideal:
                    signal = ones[:, column.rows] @ column.cells
                    signal -= (box.level_offset - box.seen_pedestal) * ones[:, column.rows].sum(axis=1, keepdims=True)
                    signals.setdefault((column.sign, column.slice_weight), []).append(signal.reshape(-1))
        keys = {(column.sign, column.slice_weight) for column in self._columns}
        return {key: _range(box, np.concatenate(signals[key]) if signals else None) for key in keys}

    def _convert(self, signal: FloatArray, key: tuple[int, int]) -> FloatArray:
        """Nearest code, saturated, as a signal."""
        low, step = self._ranges[key]
        codes = np.clip(np.round((signal - low) / step), 0, 2**self.crossbar.adc_bits - 1)
        converted: FloatArray = low + step * codes
        return converted


def ladder_current(ones: FloatArray, cells: FloatArray, wire: float, lump: int = LUMP) -> FloatArray:
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
    conductance = np.zeros((len(ones), cells.shape[1]), dtype=ones.dtype)
    behind = 0.0  # wire between the node's middle and the piece's far end
    for start in reversed(range(0, ones.shape[1], lump)):
        rows = slice(start, start + lump)
        length = min(lump, ones.shape[1] - start)
        middle = (length + 1) / 2
        conductance /= 1 + wire * behind * conductance
        conductance += ones[:, rows] @ cells[rows]
        conductance /= 1 + wire * middle * conductance
        behind = length - middle
    return conductance


def _without_errors(crossbar: Crossbar) -> Crossbar:
    """The crossbar with ideal devices and wires."""
    values = {**vars(crossbar), "cell_sigma": 0.0, "drop": 0.0}
    return Crossbar(**values)


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


def _range(crossbar: Crossbar, signals: FloatArray | None) -> tuple[float, float]:
    """Lowest code and step: full scale aligned to a power of two of levels, or the central share of ``signals``."""
    n_codes = 2**crossbar.adc_bits - 1
    if signals is None:
        full_scale = crossbar.rows * (crossbar.level_max + crossbar.seen_pedestal)
        return 0.0, float(2 ** max(0, int(np.ceil(np.log2(full_scale))) - crossbar.adc_bits))
    tail = (PERCENT - crossbar.range_percentile) / 2
    low, high = (float(value) for value in np.percentile(signals, [tail, PERCENT - tail]))
    if crossbar.seen_pedestal:
        return low, max(high - low, np.finfo(float).tiny) / n_codes
    low, high = round(low), round(high)
    if high - low <= n_codes:
        return float(round((low + high) / 2 - n_codes / 2)), 1.0
    return low, (high - low) / n_codes
