"""Sets of crossbar columns and the mean and variance of the signal that their converters see.

A *set* is the columns that together hold a layer's weights in one polarity: offset-binary weights form one set, the
positive and the negative columns of a differential mapping one each. Arrays have axis 0 sets (n), axis 1 slices of the
weight (S, the cells a weight is cut into) and axis 2 bits of the input (B). The unit of a signal is one cell level,
(G_max - G_min) / (2^cell_bits - 1). A set with fewer slices or bits than the batch's largest has weight 0 in the rest.
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.technology.load import load_constants


@dataclass(frozen=True)
class ColumnSets:
    """A batch of n sets of columns: sizes, cells, and moments of what they hold and are fed.

    ``rows`` are the rows of the crossbar, ``active_rows`` those that the layer fills. ``level_max`` is
    2^cell_bits - 1 and ``level_offset`` the conductance of level 0 in levels, level_max / (on/off - 1).
    ``seen_pedestal`` is the part of it that the converter sees (0 where a reference column removes it).
    ``is_signed``: two columns' currents are subtracted before a signed converter. ``is_paired``: another set's columns
    are fed the same inputs and subtracted digitally. ``level_mean`` and ``level_msq`` are the mean and mean square of
    the levels as the converter sees them; ``conducting_mean`` and ``conducting_msq`` those of the conductance in levels
    with the pedestal, of all cells behind one converter. ``stored_msq`` is the mean square of the whole integer that a
    set's slices hold. ``variance_factor`` multiplies the variance that independent inputs and cells would have.
    """

    rows: FloatArray  # (n,)
    active_rows: FloatArray  # (n,)
    level_max: FloatArray  # (n,)
    level_offset: FloatArray  # (n,)
    seen_pedestal: FloatArray  # (n,)
    is_signed: BoolArray  # (n,)
    is_paired: BoolArray  # (n,)
    slice_weight: FloatArray  # (n, S): 2^(cell_bits s), 0 where the set has no such slice
    bit_weight: FloatArray  # (n, B): 2^b, 0 where the input has no such bit
    bit_density: FloatArray  # (n, B): share of ones
    level_mean: FloatArray  # (n, S)
    level_msq: FloatArray  # (n, S)
    conducting_mean: FloatArray  # (n, S)
    conducting_msq: FloatArray  # (n, S)
    stored_msq: FloatArray  # (n,)
    input_mean: FloatArray  # (n,)
    input_msq: FloatArray  # (n,)
    variance_factor: FloatArray  # (n,)

    @property
    def full_scale(self) -> FloatArray:
        """Signal with every row on at the highest level, (n,) [levels]; counts the crossbar's rows, filled or not."""
        return self.rows * (self.level_max + self.seen_pedestal)

    @property
    def is_whole(self) -> BoolArray:
        """The ideal signal is a whole number of levels, (n,): no pedestal is left in it."""
        whole: BoolArray = self.is_signed | (self.seen_pedestal == 0)
        return whole

    @property
    def product_weight(self) -> FloatArray:
        """Weight of each conversion in the result, 2^(cell_bits s + b), (n, S, B)."""
        return self.slice_weight[:, :, None] * self.bit_weight[:, None, :]

    def take(self, rows: IntArray) -> "ColumnSets":
        """Sets at ``rows``."""
        return ColumnSets(**{name: values[rows] for name, values in vars(self).items()})

    def seen_level_mean(self) -> FloatArray:
        """Mean of what a cell passes when its input bit is 1, (n, S) [levels]."""
        mean: FloatArray = self.level_mean + np.where(self.is_signed, 0, self.seen_pedestal)[:, None]
        return mean

    def seen_level_msq(self) -> FloatArray:
        """Mean square of what a cell passes when its input bit is 1, (n, S) [levels^2]."""
        pedestal = np.where(self.is_signed, 0, self.seen_pedestal)[:, None]
        msq: FloatArray = self.level_msq + 2 * pedestal * self.level_mean + pedestal**2
        return msq


def signal_mean(sets: ColumnSets) -> FloatArray:
    """Mean of a column's signal, (n, S, B) [levels]: active rows x density of ones x mean level."""
    return (sets.active_rows[:, None] * sets.seen_level_mean())[:, :, None] * sets.bit_density[:, None, :]


def signal_variance(sets: ColumnSets) -> FloatArray:
    """Variance of a column's signal, (n, S, B) [levels^2].

    Rows are independent; each passes a level with probability p, so its variance is p q - (p m)^2 with mean m and mean
    square q of the level. Correlated activations and unlike columns widen it by ``variance_factor``.
    """
    density = sets.bit_density[:, None, :]
    one_row = density * sets.seen_level_msq()[:, :, None] - (density * sets.seen_level_mean()[:, :, None]) ** 2
    scale = (sets.active_rows * sets.variance_factor)[:, None, None]
    return np.maximum(scale * one_row, load_constants("accuracy")["smallest_step"])


def conducting_share(sets: ColumnSets) -> FloatArray:
    """Share of active cells that conduct, (n, S): of the two-valued cell with the same mean and mean square."""
    return sets.conducting_mean**2 / np.maximum(sets.conducting_msq, np.finfo(float).tiny)


def signal_skew(sets: ColumnSets, mean: FloatArray, variance: FloatArray) -> FloatArray:
    """Skewness of a column's signal, (n, S, B): of a binomial count of conducting cells, in ``[0, largest_skew]``.

    0 for signed sets. With p the share of rows that add to the signal it is (1 - 2 p) / (1 - p) times the relative
    deviation.
    """
    share = sets.seen_level_mean() ** 2 / np.maximum(sets.seen_level_msq(), np.finfo(float).tiny)
    p = np.minimum(share[:, :, None] * sets.bit_density[:, None, :], 1 / 2)
    is_skewed = ~sets.is_signed[:, None, None] & (mean > 0)
    relative = np.where(is_skewed, np.sqrt(variance) / np.where(is_skewed, mean, 1), 0)
    skew: FloatArray = np.minimum(relative * (1 - 2 * p) / (1 - p), load_constants("accuracy")["largest_skew"])
    return skew


def activity_spread(sets: ColumnSets) -> FloatArray:
    """Relative variance of the number of cells that conduct in a conversion, (n, S, B).

    A binomial count of R rows, each conducting with probability p, has (1 / p - 1) / R; correlated activations and
    unlike columns widen it by ``variance_factor``.
    """
    p = conducting_share(sets)[:, :, None] * sets.bit_density[:, None, :]
    p = np.clip(p, np.finfo(float).tiny, 1)
    spread: FloatArray = (sets.variance_factor / sets.active_rows)[:, None, None] * (1 / p - 1)
    return spread
