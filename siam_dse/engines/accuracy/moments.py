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
    """Unsigned integer inputs: density of ones of each bit (B,), least significant first; mean and mean square."""

    bit_density: FloatArray
    mean: float
    msq: float


@dataclass(frozen=True)
class WeightMoments:
    """Signed integer weights cut into slices: mean and mean square level of each slice (S,), least significant first,
    in one set of columns; mean and mean square of the weight; mean square of what a set's slices hold together.
    """

    level_mean: FloatArray
    level_msq: FloatArray
    mean: float
    msq: float
    stored_msq: float


def n_slices(weight_bits: int, cell_bits: int, is_differential: bool) -> int:
    """Cells a weight and set of columns: ceil(bits / cell bits), of the magnitude alone for differential columns."""
    bits = max(weight_bits - 1, 1) if is_differential else weight_bits
    return -(-bits // cell_bits)


@once
def gaussian_weights(
    technology: Technology, weight_bits: int, cell_bits: int, is_differential: bool, std: float | None = None
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
    count = n_slices(weight_bits, cell_bits, is_differential)
    levels = (codes[:, None] >> (cell_bits * np.arange(count))) & (2**cell_bits - 1)
    return WeightMoments(
        level_mean=freeze(share @ levels),
        level_msq=freeze(share @ levels.astype(np.float64) ** 2),
        mean=float(share @ values),
        msq=float(share @ values**2),
        stored_msq=float(share @ stored**2),
    )


@once
def half_normal_inputs(technology: Technology, activation_bits: int) -> InputMoments:
    """Moments of half-normal inputs with a share of zeros, clipped at the largest code.

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
    bits = (values.astype(np.int64)[:, None] >> np.arange(activation_bits)) & 1
    return InputMoments(freeze(share @ bits), float(share @ values), float(share @ values**2))


@dataclass(frozen=True)
class SetData:
    """Moments of what n sets of columns hold and are fed, laid out by slices (p,), bits (q,) and sets (n,)."""

    layout: Layout
    bit_density: FloatArray  # (q,)
    level_mean: FloatArray  # (p,)
    level_msq: FloatArray  # (p,)
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
            self.bit_density[bits],
            self.level_mean[slices],
            self.level_msq[slices],
            self.input_mean[rows],
            self.input_msq[rows],
            self.stored_msq[rows],
        )


@dataclass(frozen=True)
class LayerData:
    """Moments of n layers' data with equal numbers of slices and bits: (n, S), (n, B) and (n,) arrays."""

    bit_density: FloatArray
    input_mean: FloatArray
    input_msq: FloatArray
    level_mean: FloatArray
    level_msq: FloatArray
    weight_mean: FloatArray
    weight_msq: FloatArray
    stored_msq: FloatArray

    def take(self, rows: IntArray) -> "LayerData":
        """Layers at ``rows``."""
        return LayerData(**{name: values[rows] for name, values in vars(self).items()})

    def sets(self) -> SetData:
        """The same moments, one set of columns a layer."""
        n = len(self.stored_msq)
        return SetData(
            Layout(np.full(n, self.level_mean.shape[1]), np.full(n, self.bit_density.shape[1])),
            self.bit_density.reshape(-1),
            self.level_mean.reshape(-1),
            self.level_msq.reshape(-1),
            self.input_mean,
            self.input_msq,
            self.stored_msq,
        )


def assumed_data(technology: Technology, kinds: Sequence[tuple[int, int, bool, int]]) -> SetData:
    """Assumed data of sets with (weight bits, cell bits, is differential, activation bits)."""
    weights = [gaussian_weights(technology, *kind[:3]) for kind in kinds]
    inputs = [half_normal_inputs(technology, kind[3]) for kind in kinds]
    return SetData(
        Layout(np.array([len(one.level_mean) for one in weights]), np.array([len(one.bit_density) for one in inputs])),
        bit_density=np.concatenate([one.bit_density for one in inputs]),
        level_mean=np.concatenate([one.level_mean for one in weights]),
        level_msq=np.concatenate([one.level_msq for one in weights]),
        input_mean=np.array([one.mean for one in inputs]),
        input_msq=np.array([one.msq for one in inputs]),
        stored_msq=np.array([one.stored_msq for one in weights]),
    )
