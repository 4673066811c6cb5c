"""Sets of crossbar columns and the mean and variance of the signal that their converters see.

A *set* is the columns that together hold a layer's weights in one polarity: offset-binary weights form one set, the
positive and the negative columns of a differential mapping one each. Arrays are (n,) by set, (p,) by slice of the
weight (the cells a weight is cut into, or those that a conversion joins), (q,) by digit of the input (a bit, or those
that a read takes together) or (m,) by conversion, that of one slice for one digit;
:mod:`siam_dse.engines.accuracy.layout` says where each lies. The unit of a signal is one cell level,
(G_max - G_min) / (2^cell_bits - 1), of a digit of 1.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.engines.accuracy.layout import Layout
from siam_dse.technology.load import Constants


@dataclass(frozen=True)
class ColumnSets:
    """A batch of n sets of columns: sizes, cells, and moments of what they hold and are fed.

    ``rows`` are the rows that a conversion sees, ``active_rows`` those of them that the layer fills, and ``row_groups``
    how many such groups of rows, the last not always whole, it fills one beyond the other along the wire. ``level_max``
    is the highest level of a slice, 2^(bits of its cells) - 1, and ``level_offset`` the conductance of level 0 in
    levels, level_max / (on/off - 1). ``input_max`` is the largest digit that a row can be driven with.
    ``seen_pedestal`` is the part of it that the converter sees (0 where a reference column removes it).
    ``is_signed``: two columns' currents are subtracted before a signed converter. ``is_paired``: another set's columns
    are fed the same inputs and subtracted digitally. ``level_mean`` and ``level_msq`` are the mean and mean square of
    the levels as the converter sees them; ``conducting_mean`` and ``conducting_msq`` those of the conductance in levels
    with the pedestal, of all cells behind one converter. ``stored_msq`` is the mean square of the whole integer that a
    set's slices hold. ``variance_factor`` multiplies the variance that independent inputs and cells would have.
    """

    layout: Layout
    rows: FloatArray  # (n,)
    active_rows: FloatArray  # (n,)
    row_groups: FloatArray  # (n,)
    input_max: FloatArray  # (n,)
    level_max: FloatArray  # (n,)
    level_offset: FloatArray  # (n,)
    seen_pedestal: FloatArray  # (n,)
    is_signed: BoolArray  # (n,)
    is_paired: BoolArray  # (n,)
    slice_weight: FloatArray  # (p,): 2^(cell_bits s)
    bit_weight: FloatArray  # (q,): 2^b
    digit_mean: FloatArray  # (q,): of a bit its share of ones
    digit_msq: FloatArray  # (q,)
    digit_max: FloatArray  # (q,)
    level_mean: FloatArray  # (p,)
    level_msq: FloatArray  # (p,)
    conducting_mean: FloatArray  # (p,)
    conducting_msq: FloatArray  # (p,)
    stored_msq: FloatArray  # (n,)
    input_mean: FloatArray  # (n,)
    input_msq: FloatArray  # (n,)
    variance_factor: FloatArray  # (n,)
    constants: Constants  # of the accuracy engine

    @property
    def full_scale(self) -> FloatArray:
        """Signal with every row at its largest digit and the highest level, (n,) [levels]; of rows filled or not."""
        return self.rows * (self.level_max + self.seen_pedestal) * self.input_max

    @property
    def is_nearly_whole(self) -> BoolArray:
        """The ideal signal is a whole number of levels but for a pedestal of less than half a level in all, (n,)."""
        nearly: BoolArray = self.is_signed | (self.rows * self.seen_pedestal * self.input_max < 1 / 2)
        return nearly

    @cached_property
    def density(self) -> FloatArray:
        """Mean of the digit that each conversion belongs to, (m,): of a bit its share of ones."""
        return self.layout.bit_to_conversion(self.digit_mean)

    @cached_property
    def digit_square(self) -> FloatArray:
        """Mean square of the digit that each conversion belongs to, (m,)."""
        return self.density if self.is_of_bits else self.layout.bit_to_conversion(self.digit_msq)

    @cached_property
    def digit_ratio(self) -> FloatArray:
        """Mean square of each digit over its mean, (q,): 1 of a bit, and of a digit that is always 0."""
        is_used = self.digit_mean > 0
        return np.where(is_used, self.digit_msq / np.where(is_used, self.digit_mean, 1), 1)

    @cached_property
    def is_of_bits(self) -> bool:
        """All digits are single bits."""
        return bool(np.all(self.input_max == 1))

    @cached_property
    def bit_factor(self) -> FloatArray:
        """Weight of the bit that each conversion belongs to, 2^b, (m,)."""
        return self.layout.bit_to_conversion(self.bit_weight)

    @property
    def product_weight(self) -> FloatArray:
        """Weight of each conversion in the result, 2^(cell_bits s + b), (m,)."""
        return self.layout.slice_to_conversion(self.slice_weight) * self.bit_factor

    @cached_property
    def seen_level_mean(self) -> FloatArray:
        """Mean of what a cell passes when its input bit is 1, (p,) [levels]."""
        return self.level_mean + self.layout.set_to_slice(self.added_pedestal)

    @cached_property
    def seen_level_msq(self) -> FloatArray:
        """Mean square of what a cell passes when its input bit is 1, (p,) [levels^2]."""
        pedestal = self.layout.set_to_slice(self.added_pedestal)
        msq: FloatArray = self.level_msq + 2 * pedestal * self.level_mean + pedestal**2
        return msq

    @property
    def added_pedestal(self) -> FloatArray:
        """What the pedestal adds to a level, (n,) [levels]; subtracted currents leave none."""
        return np.where(self.is_signed, 0, self.seen_pedestal)


def signal_mean(sets: ColumnSets) -> FloatArray:
    """Mean of a column's signal, (m,) [levels]: active rows x density of ones x mean level."""
    layout = sets.layout
    return layout.slice_to_conversion(layout.set_to_slice(sets.active_rows) * sets.seen_level_mean) * sets.density


def signal_variance(sets: ColumnSets) -> FloatArray:
    """Variance of a column's signal, (m,) [levels^2].

    Rows are independent; each passes a level times a digit of mean d and mean square e, so its variance is e q - (d
    m)^2 with mean m and mean square q of the level; of a bit, d = e is the probability of a one. Correlated activations
    and unlike columns widen it by ``variance_factor``.
    """
    layout = sets.layout
    one_row = sets.digit_square * layout.slice_to_conversion(sets.seen_level_msq)
    one_row -= (sets.density * layout.slice_to_conversion(sets.seen_level_mean)) ** 2
    scale = layout.set_to_conversion(sets.active_rows * sets.variance_factor)
    return np.maximum(scale * one_row, sets.constants["smallest_step"])


def signal_skew(sets: ColumnSets, mean: FloatArray, deviation: FloatArray) -> FloatArray:
    """Skewness of a column's signal, (m,): of a binomial count of conducting cells, in ``[0, largest_skew]``.

    0 for signed sets. With p the share of rows that add to the signal, at most 1/2, it is (1 - 2 p) / (1 - p) times the
    relative deviation; p is mean^2 / mean square of what a cell passes, times that of the digit: a bit's density of
    ones.
    """
    layout = sets.layout
    share = sets.seen_level_mean**2 / np.maximum(sets.seen_level_msq, np.finfo(float).tiny)
    p = np.minimum(layout.slice_to_conversion(share) * lone_density(sets, slice(None)), 1 / 2)
    is_skewed = ~layout.set_to_conversion(sets.is_signed) & (mean > 0)
    relative = deviation / np.where(is_skewed, mean, np.inf)
    skew: FloatArray = np.minimum(relative * (1 - 2 * p) / (1 - p), sets.constants["largest_skew"])
    return skew


@dataclass(frozen=True)
class Grid:
    """Where a column's signal can lie, (m,): at ``pitch`` times a whole number plus ``shift``, and a Gaussian rest.

    ``mean`` and ``variance`` are those of the whole number, ``rest`` the variance of what is Gaussian; all in levels.
    Without a pedestal the pitch is one level, shift and rest are 0.
    """

    pitch: FloatArray
    shift: FloatArray
    mean: FloatArray
    variance: FloatArray
    rest: FloatArray

    def take(self, rows: IntArray) -> "Grid":
        """The conversions at ``rows``."""
        return Grid(**{name: values[rows] for name, values in vars(self).items()})


def signal_grid(sets: ColumnSets, mean: FloatArray, variance: FloatArray) -> Grid:
    """The whole levels in a column's signal of ``mean`` and ``variance`` (m,), apart from its pedestal.

    Notes
    -----
    A signal W + o N, W the sum of the levels of N active cells (of levels x digits, N the sum of digits) and o the
    pedestal of one: N is split into what
    follows W, b (W - E[W]) with b = Cov(N, W) / Var(W), and the rest, which is taken as Gaussian. So the pitch is
    1 + o b, the shift o (E[N] - b E[W]), and the rest o^2 (Var(N) - b^2 Var(W)). All tend to the values without a
    pedestal as o does to 0.
    """
    layout = sets.layout
    grid = Grid(np.ones(len(mean)), np.zeros(len(mean)), mean.copy(), variance.copy(), np.zeros(len(mean)))
    rows = np.flatnonzero((sets.added_pedestal > 0)[layout.owner])
    if len(rows):
        owner, density = layout.owner[rows], sets.density[rows]
        pedestal, active = sets.added_pedestal[owner], sets.active_rows[owner] * density
        spread = sets.variance_factor[owner] * active * (sets.digit_ratio[layout.bit[rows]] - density)
        common = spread * layout.slice_to_conversion(sets.level_mean)[rows]
        whole = mean[rows] - pedestal * active
        whole_variance = variance[rows] - 2 * pedestal * common - pedestal**2 * spread
        whole_variance = np.maximum(whole_variance, sets.constants["smallest_step"])
        follows = pedestal * common / whole_variance
        grid.pitch[rows] = 1 + follows
        grid.shift[rows] = pedestal * active - follows * whole
        grid.mean[rows], grid.variance[rows] = whole, whole_variance
        grid.rest[rows] = np.maximum(pedestal**2 * spread - follows**2 * whole_variance, 0)
    return grid


def conducting_probability(sets: ColumnSets, rows: IntArray) -> FloatArray:
    """Probability that an active cell conducts in the conversions at ``rows``, (j,).

    Density of ones times the share of conducting cells, that of the two-valued cell with the same mean and mean square;
    a digit counts as the two-valued one likewise. Of cells whose currents are joined all conduct at most.
    """
    share = np.minimum(sets.conducting_mean**2 / np.maximum(sets.conducting_msq, np.finfo(float).tiny), 1)
    return sets.layout.slice_to_conversion(share)[rows] * lone_density(sets, rows)


def lone_density(sets: ColumnSets, rows: IntArray | slice) -> FloatArray:
    """Mean^2 over mean square of the digit in the conversions at ``rows``, (j,): of a bit its share of ones."""
    if sets.is_of_bits:
        return sets.density[rows]
    return (sets.digit_mean / sets.digit_ratio)[sets.layout.bit[rows]]


def activity_spread(sets: ColumnSets, rows: IntArray) -> FloatArray:
    """Relative variance of the number of cells that conduct in the conversions at ``rows``, (j,).

    A binomial count of R rows, each conducting with probability p, has (1 / p - 1) / R; correlated activations and
    unlike columns widen it by ``variance_factor``.
    """
    p = np.clip(conducting_probability(sets, rows), np.finfo(float).tiny, 1)
    return (sets.variance_factor / sets.active_rows)[sets.layout.owner[rows]] * (1 / p - 1)
