"""Moments of a layer's data: assumed distributions of weights and inputs, and the levels their bits and slices take.

Where a layer was not measured its weights are Gaussian, the largest at the end of the integer range, and its inputs
half-normal with a share of zeros (after a rectifier), the 99.9 % quantile at the largest code.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, freeze
from siam_dse.core.once import once
from siam_dse.engines.accuracy.layout import Layout, within
from siam_dse.technology.technology import Technology

HALF = 1 / 2  # of a code: integers are rounded values


@dataclass(frozen=True)
class InputMoments:
    """Unsigned integer inputs: mean and mean square of each digit (B,), least significant first, and of the input.

    A digit is what one read takes of an input: a bit, whose mean and mean square are its density of ones, or several.
    ``digit_max`` (B,) is the largest value of each; the last digit may have fewer bits.
    """

    digit_mean: FloatArray
    digit_msq: FloatArray
    digit_max: FloatArray
    mean: float
    msq: float


@dataclass(frozen=True)
class WeightMoments:
    """Signed integer weights cut into slices: mean and mean square level of each slice (S,), least significant first,
    in one set of columns; mean and mean square of the weight; mean square of what a set's slices hold together.

    A slice is what one conversion takes of a weight: a cell, or several, the j-th with a weight of 2^(c j), c its bits.
    ``cell_...`` (S,) are sums over the cells of a slice: of 4^(c j) times the mean level, times the mean square level,
    and of 4^(c j) itself.
    """

    level_mean: FloatArray
    level_msq: FloatArray
    cell_mean: FloatArray
    cell_msq: FloatArray
    cell_square: FloatArray
    mean: float
    msq: float
    stored_msq: float


def n_slices(weight_bits: int, slice_bits: int, is_differential: bool) -> int:
    """Slices a weight and set of columns: ceil(bits / slice bits), of the magnitude alone for differential columns."""
    bits = max(weight_bits - 1, 1) if is_differential else weight_bits
    return -(-bits // slice_bits)


@once
def gaussian_weights(
    technology: Technology,
    weight_bits: int,
    cell_bits: int,
    is_differential: bool,
    std: float | None = None,
    combined: int = 1,
) -> WeightMoments:
    """Moments of rounded Gaussian weights.

    Parameters
    ----------
    technology : Technology
    weight_bits, cell_bits : int [bit]
    is_differential : bool
        Magnitudes on a positive and a negative column; both have the same moments. Otherwise offset binary.
    std : float, optional
        Standard deviation in integer steps; by default the largest code over ``weight_peak_per_std``.
    combined : int
        Cells of a slice.

    Returns
    -------
    WeightMoments

    Notes
    -----
    Codes -(2^(b - 1) - 1) .. 2^(b - 1) - 1, each with the Gaussian's share within half a code, of all that lies in the
    range. Offset binary stores code + 2^(b - 1). One bit: -1 and 0 alike, or -1, 0 and 1 on two columns.
    """
    from scipy.special import ndtr

    largest = 2 ** (weight_bits - 1) - 1
    if weight_bits == 1:  # no symmetric range: two codes of equal weight, or three of a differential pair
        values = np.array([-1.0, 0.0, 1.0] if is_differential else [-1.0, 0.0])
        share = np.full(len(values), 1 / len(values))
    else:
        scale = largest / technology.constants("accuracy")["weight_peak_per_std"] if std is None else std
        values = np.arange(-largest, largest + 1, dtype=np.float64)
        share = ndtr((values + HALF) / scale) - ndtr((values - HALF) / scale)
        share /= share.sum()
    stored = np.maximum(values, 0) if is_differential else values + 2 ** (weight_bits - 1)
    codes = stored.astype(np.int64)
    slice_bits = cell_bits * combined
    count = n_slices(weight_bits, slice_bits, is_differential)
    levels = (codes[:, None] >> (slice_bits * np.arange(count))) & (2**slice_bits - 1)
    mean, msq = _mean(share, levels), _mean(share, levels.astype(np.float64) ** 2)
    cells = (mean, msq, np.ones(count))
    if combined > 1:
        cells = _cells_of_slices(share, codes, cell_bits, combined, n_slices(weight_bits, cell_bits, is_differential))
    return WeightMoments(
        level_mean=freeze(mean),
        level_msq=freeze(msq),
        cell_mean=freeze(cells[0]),
        cell_msq=freeze(cells[1]),
        cell_square=freeze(cells[2]),
        mean=float(_mean(share, values)),
        msq=float(_mean(share, values**2)),
        stored_msq=float(_mean(share, stored**2)),
    )


def _mean(share: FloatArray, values: FloatArray | IntArray) -> FloatArray:
    """Mean of values (V, ...) that have shares (V,), by sums in one order: a product of BLAS depends on its threads."""
    return np.asarray((values.T * share).sum(axis=-1))


def _cells_of_slices(
    share: FloatArray, codes: IntArray, cell_bits: int, combined: int, n_cells: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Sums over the cells of each slice of :class:`WeightMoments`, (S,) each; the last slice may have fewer."""
    cell = np.arange(n_cells)
    levels = (codes[:, None] >> (cell_bits * cell)) & (2**cell_bits - 1)
    square = 2.0 ** (2 * cell_bits * (cell % combined))
    first = cell[::combined]
    mean, msq = _mean(share, levels), _mean(share, levels.astype(np.float64) ** 2)
    sums = (np.add.reduceat(square * values, first) for values in (mean, msq, np.ones(n_cells)))
    return next(sums), next(sums), next(sums)


@once
def half_normal_inputs(technology: Technology, activation_bits: int, bits_per_read: int = 1) -> InputMoments:
    """Moments of half-normal inputs with a share of zeros, clipped at the largest code, in digits of some bits.

    Notes
    -----
    The scale puts the share ``activation_clipped_share`` of all inputs beyond the largest code, which they take.
    """
    from scipy.special import ndtr, ndtri

    data = technology.constants("accuracy")
    largest = 2**activation_bits - 1
    nonzero = 1 - data["activation_sparsity"]
    tail = data["activation_clipped_share"] / max(nonzero, data["smallest_nonzero_share"])
    scale = -largest / ndtri(tail / 2)
    values = np.arange(largest + 1, dtype=np.float64)
    share = 2 * (ndtr((values + HALF) / scale) - ndtr(np.maximum(values - HALF, 0) / scale))
    share[-1] += 2 * ndtr(-(largest + HALF) / scale)
    share *= nonzero / share.sum()
    share[0] += 1 - nonzero
    shifts = np.arange(0, activation_bits, bits_per_read)
    digits = (values.astype(np.int64)[:, None] >> shifts) & (2**bits_per_read - 1)
    return InputMoments(
        freeze(_mean(share, digits)),
        freeze(_mean(share, digits**2)),
        freeze(digits[-1].astype(np.float64)),  # the largest input has every digit at its largest value
        float(_mean(share, values)),
        float(_mean(share, values**2)),
    )


@dataclass(frozen=True)
class SetData:
    """Moments of what n sets of columns hold and are fed, laid out by slices (p,), digits (q,) and sets (n,)."""

    layout: Layout
    digit_mean: FloatArray  # (q,)
    digit_msq: FloatArray  # (q,)
    digit_max: FloatArray  # (q,)
    level_mean: FloatArray  # (p,)
    level_msq: FloatArray  # (p,)
    cell_mean: FloatArray  # (p,)
    cell_msq: FloatArray  # (p,)
    cell_square: FloatArray  # (p,)
    input_mean: FloatArray  # (n,)
    input_msq: FloatArray  # (n,)
    stored_msq: FloatArray  # (n,)

    def take(self, rows: IntArray) -> "SetData":
        """Sets at ``rows``, any of them more than once."""
        layout = Layout(self.layout.n_slices[rows], self.layout.n_bits[rows])
        slices = within(self.layout.first_slice[rows], layout.n_slices)
        bits = within(self.layout.first_bit[rows], layout.n_bits)
        return SetData(
            layout,
            self.digit_mean[bits],
            self.digit_msq[bits],
            self.digit_max[bits],
            self.level_mean[slices],
            self.level_msq[slices],
            self.cell_mean[slices],
            self.cell_msq[slices],
            self.cell_square[slices],
            self.input_mean[rows],
            self.input_msq[rows],
            self.stored_msq[rows],
        )


@dataclass(frozen=True)
class LayerData:
    """Moments of n layers' data with equal numbers of slices and digits: (n, S), (n, B) and (n,) arrays."""

    digit_mean: FloatArray
    digit_msq: FloatArray
    digit_max: FloatArray
    input_mean: FloatArray
    input_msq: FloatArray
    level_mean: FloatArray
    level_msq: FloatArray
    cell_mean: FloatArray
    cell_msq: FloatArray
    cell_square: FloatArray
    weight_mean: FloatArray
    weight_msq: FloatArray
    stored_msq: FloatArray

    @classmethod
    def of_bits(
        cls, bit_density: FloatArray, level_mean: FloatArray, level_msq: FloatArray, **moments: FloatArray
    ) -> "LayerData":
        """Data of layers whose digits are bits of the density given, and whose slices are single cells."""
        bits = {"digit_mean": bit_density, "digit_msq": bit_density, "digit_max": np.ones_like(bit_density)}
        cells = {"cell_mean": level_mean, "cell_msq": level_msq, "cell_square": np.ones_like(level_mean)}
        return cls(level_mean=level_mean, level_msq=level_msq, **bits, **cells, **moments)

    def take(self, rows: IntArray) -> "LayerData":
        """Layers at ``rows``."""
        return LayerData(**{name: values[rows] for name, values in vars(self).items()})

    def sets(self) -> SetData:
        """The same moments, one set of columns a layer."""
        n = len(self.stored_msq)
        return SetData(
            Layout(np.full(n, self.level_mean.shape[1]), np.full(n, self.digit_mean.shape[1])),
            self.digit_mean.reshape(-1),
            self.digit_msq.reshape(-1),
            self.digit_max.reshape(-1),
            self.level_mean.reshape(-1),
            self.level_msq.reshape(-1),
            self.cell_mean.reshape(-1),
            self.cell_msq.reshape(-1),
            self.cell_square.reshape(-1),
            self.input_mean,
            self.input_msq,
            self.stored_msq,
        )


def assumed_data(technology: Technology, kinds: Sequence[tuple[int, int, bool, int, int, int]]) -> SetData:
    """Assumed data of sets with (weight bits, cell bits, is differential, cells a slice, input bits, bits a read)."""
    weights = [gaussian_weights(technology, *kind[:3], combined=kind[3]) for kind in kinds]
    inputs = [half_normal_inputs(technology, *kind[4:]) for kind in kinds]
    return SetData(
        Layout(np.array([len(one.level_mean) for one in weights]), np.array([len(one.digit_mean) for one in inputs])),
        digit_mean=np.concatenate([one.digit_mean for one in inputs]),
        digit_msq=np.concatenate([one.digit_msq for one in inputs]),
        digit_max=np.concatenate([one.digit_max for one in inputs]),
        level_mean=np.concatenate([one.level_mean for one in weights]),
        level_msq=np.concatenate([one.level_msq for one in weights]),
        cell_mean=np.concatenate([one.cell_mean for one in weights]),
        cell_msq=np.concatenate([one.cell_msq for one in weights]),
        cell_square=np.concatenate([one.cell_square for one in weights]),
        input_mean=np.array([one.mean for one in inputs]),
        input_msq=np.array([one.msq for one in inputs]),
        stored_msq=np.array([one.stored_msq for one in weights]),
    )
