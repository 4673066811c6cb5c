"""Functional simulation of a matrix-vector product on crossbars: every read, weight slice and array by itself.

Inputs are applied one bit at a time, or several as a voltage or the width of a pulse; weights are cut into cells, whose
columns may be summed with weights before they are converted; rows of an array are read together or in groups, and codes
are shifted and added digitally. Devices vary once a cell; a column wire is solved as the ladder of resistors
that it is. Slow, exact in what it covers, and independent of the closed form it checks.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from siam_dse.core.arrays import FloatArray, IntArray, total
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
    a level, which is an ideal product with the rounded cells. ``rows`` are read at once, ``wire_rows`` (0: as many) lie
    along a column. ``bits_per_read`` bits of an input are applied at once, ``is_pulsed`` as the width of a pulse;
    ``combined`` cells of a weight are summed before a conversion.
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
    wire_rows: int = 0
    bits_per_read: int = 1
    is_pulsed: bool = False
    combined: int = 1

    @property
    def input_max(self) -> int:
        """Largest digit that a row is driven with."""
        return int(2**self.bits_per_read - 1)

    @property
    def code_max(self) -> int:
        """Highest level of the cells that a conversion joins."""
        return int(2 ** (self.cell_bits * self.combined) - 1)

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
    """A group of columns: sign and weight of its slice in the product, rows that are read at once and those before them
    along the wire, cells (j, K_a, M) and the weights (j,) with which they are joined.
    """

    sign: int
    slice_weight: int
    rows: slice
    rows_before: int
    cells: SingleArray
    weights: SingleArray

    @cached_property
    def joined(self) -> SingleArray:
        """Cells weighted and added, (K_a, M)."""
        return _weighted(self.weights, self.cells)

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
        for number, digits in enumerate(_digits(inputs, box)):
            for column in columns:
                active = digits[:, column.rows]
                value = convert(self._signal(active, column, box.drop if drop is None else drop), column.key)
                if box.seen_pedestal:
                    seen = np.float32(box.seen_pedestal) * column.weights.sum()
                    value = value - seen * active.sum(axis=1, keepdims=True)
                weight = column.sign * column.slice_weight * 2 ** (box.bits_per_read * number)
                total += weight * value.astype(np.float64)
        return total

    def _stored_offset(self, inputs: FloatArray) -> FloatArray:
        """What offset-binary weights add to the product, (n, 1): half the code range times the sum of the inputs."""
        half = 0 if self.crossbar.is_differential else 2 ** (self.crossbar.weight_bits - 1)
        offset: FloatArray = half * inputs.sum(axis=1, keepdims=True)
        return offset

    def _signal(self, digits: SingleArray, column: _Column, drop: float) -> SingleArray:
        """What the converters see for one read, (n, M) [levels], over the layer's gain."""
        box = self.crossbar
        removed = np.float32(box.removed_pedestal) * column.weights.sum()
        if drop > 0:
            per_level = drop / (box.level_max + box.level_offset)
            currents = [_on_wire(box, digits, cells, per_level, column.rows_before) for cells in column.cells]
            current = _weighted(column.weights, currents) / np.float32(self._gain)
        else:
            current = digits @ column.joined
        return current - removed * digits.sum(axis=1, keepdims=True) if removed else current

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
            for digits in _digits(samples, box):
                for column in nominal:
                    signal = self._signal(digits[:, column.rows], column, 0.0)
                    signals[column.key].append(signal.reshape(-1))
        return {key: _range(box, np.concatenate(seen) if seen else None) for key, seen in signals.items()}

    def _convert(self, signal: SingleArray, key: Key) -> SingleArray:
        """Nearest code, saturated, as a signal."""
        low, step = (np.float32(value) for value in self._ranges[key])
        codes = np.round((signal - low) / step)
        np.clip(codes, 0, 2**self.crossbar.adc_bits - 1, out=codes)
        return low + step * codes


def _weighted(weights: SingleArray, values: Sequence[SingleArray] | SingleArray) -> SingleArray:
    """Sum of arrays (j, n, M) with their weights (j,), (n, M)."""
    return total(weight * value for weight, value in zip(weights, values, strict=True))


def _digits(inputs: FloatArray, crossbar: Crossbar) -> Iterator[SingleArray]:
    """Digits of whole numbers, least significant first, of as many bits as a read takes."""
    codes = inputs.astype(np.int64)
    for bit in range(0, crossbar.activation_bits, crossbar.bits_per_read):
        yield ((codes >> bit) & crossbar.input_max).astype(np.float32)


def _on_wire(crossbar: Crossbar, digits: SingleArray, cells: SingleArray, wire: float, rows_before: int) -> SingleArray:
    """Charge at the sense end of columns of cells on a resistive wire, (n, M) [levels x digits].

    A pulse holds its row on for as many units of time as its digit says; a voltage is a share of that of the largest.
    """
    if crossbar.bits_per_read == 1:
        return ladder_current(digits, cells, wire, rows_before=rows_before)
    if crossbar.is_pulsed:
        units = ((digits >= unit).astype(np.float32) for unit in range(1, crossbar.input_max + 1))
        return total(ladder_current(on, cells, wire, rows_before=rows_before) for on in units)
    share = digits / np.float32(crossbar.input_max)
    return np.float32(crossbar.input_max) * driven_current(share, cells, wire, rows_before=rows_before)


def driven_current(
    voltages: SingleArray, cells: SingleArray, wire: float, lump: int = LUMP, rows_before: int = 0
) -> SingleArray:
    """:func:`ladder_current` of rows at unlike voltages, (n, K) of 0 .. 1; a row at 0 is off."""
    on = (voltages > 0).astype(np.float32)
    conductance = np.zeros((len(on), cells.shape[1]), dtype=np.float32)
    current = np.zeros_like(conductance)
    near_half = 0.0
    for start in reversed(range(0, on.shape[1], lump)):
        rows = slice(start, start + lump)
        length = min(lump, on.shape[1] - start)
        middle = (length + 1) / 2
        _both_in_series(current, conductance, wire * (near_half + length - middle))
        conductance += on[:, rows] @ cells[rows]
        current += voltages[:, rows] @ cells[rows]
        near_half = middle
    _both_in_series(current, conductance, wire * (near_half + rows_before))
    return current


def _both_in_series(current: SingleArray, conductance: SingleArray, resistance: float) -> None:
    """Short-circuit current and conductance of a source with a resistance in series, in place."""
    over = 1 + np.float32(resistance) * conductance
    current /= over
    conductance /= over


def ladder_current(
    ones: SingleArray, cells: SingleArray, wire: float, lump: int = LUMP, rows_before: int = 0
) -> SingleArray:
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
    rows_before : int
        Rows between the first and the sense end, which are off.
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
    _in_series(conductance, wire * (near_half + rows_before), scratch)
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
    slice_bits = crossbar.cell_bits * crossbar.combined
    for sign, values in stored.items():
        for shift in range(0, bits, slice_bits):
            shifts = range(shift, min(shift + slice_bits, bits), crossbar.cell_bits)
            cells = np.stack([_cells((values >> at) & crossbar.level_max, crossbar, rng) for at in shifts])
            joined_with = np.array([2.0 ** (at - shift) for at in shifts], dtype=np.float32)
            for rows, before in _groups_of_rows(len(values), crossbar):
                here: SingleArray = np.ascontiguousarray(cells[:, rows], dtype=np.float32)
                yield _Column(sign, 2**shift, rows, before, here, joined_with)


def _cells(levels: IntArray, crossbar: Crossbar, rng: np.random.Generator) -> FloatArray:
    """Conductances of cells at ``levels``, with their variation [levels]."""
    values: FloatArray = levels.astype(np.float64) + crossbar.level_offset
    if crossbar.cell_sigma > 0:
        values *= 1 + crossbar.cell_sigma * rng.standard_normal(values.shape)
        values = np.maximum(values, 0)
    if crossbar.is_row_by_row:
        values = np.clip(np.round(values - crossbar.level_offset), 0, crossbar.level_max)
    return values


def _groups_of_rows(n_rows: int, crossbar: Crossbar) -> Iterator[tuple[slice, int]]:
    """Rows that are read at once, and how many lie before them along the wire of their array."""
    along = crossbar.wire_rows or crossbar.rows
    for start in range(0, n_rows, along):
        end = min(start + along, n_rows)
        for first in range(start, end, crossbar.rows):
            yield slice(first, min(first + crossbar.rows, end)), first - start


def _range(crossbar: Crossbar, signals: SingleArray | None) -> tuple[float, float]:
    """Lowest code and step: full scale aligned to a power of two of levels, or the central share of ``signals``."""
    n_codes = 2**crossbar.adc_bits - 1
    if signals is None:
        seen = crossbar.code_max * (1 + crossbar.seen_pedestal / crossbar.level_max)
        full_scale = round(crossbar.rows * seen * crossbar.input_max)
        return 0.0, float(2 ** max(0, int(np.ceil(np.log2(full_scale))) - crossbar.adc_bits))
    tail = (PERCENT - crossbar.range_percentile) / 2
    low, high = (float(value) for value in np.percentile(signals, [tail, PERCENT - tail]))
    seen_pedestal = crossbar.code_max * crossbar.seen_pedestal / crossbar.level_max
    if crossbar.rows * seen_pedestal * crossbar.input_max >= 1 / 2:  # too much of it to align codes to whole levels
        return low, max(high - low, np.finfo(float).tiny) / n_codes
    low, high = round(low), round(high)
    if high - low <= n_codes:
        return float(round((low + high) / 2 - n_codes / 2)), 1.0
    return low, (high - low) / n_codes
