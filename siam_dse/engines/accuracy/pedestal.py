"""A pedestal beside whole levels, at a converter whose codes are those levels.

The currents of off cells add a fraction of a level, that of all active cells, which differs from one input to the next
but not between the slices of a weight. Rounding drops it or completes it to a level. Two columns whose codes are
subtracted round it alike: their difference is exact as long as the devices are. One column alone keeps the error.
Analog errors are not rounded about the middle of a level but about where the pedestal has moved it.
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.engines.accuracy.columns import ColumnSets
from siam_dse.engines.accuracy.variation import HALF, Regeneration, rounded_moments, shifted_moments

POINTS = 13  # of the pedestal's distribution, equally spaced
REACH = 3.0  # standard deviations that the points cover
NARROW = 0.25  # level; the points of a pedestal that scatters more cover one level instead
WRAPPED_TERMS = 2  # of its density there; at 1/4 level the next is exp(-2 pi^2 9 / 16) = 2e-5


@dataclass(frozen=True)
class PedestalRounding:
    """Rounding of whole levels with analog errors and a pedestal, (m,).

    ``gain`` and ``scatter`` as of :class:`~siam_dse.engines.accuracy.variation.Regeneration`; ``mean`` [levels] and
    ``common`` [levels^2] are mean and variance of the error that the pedestal alone decides, the same in all slices.
    """

    gain: FloatArray
    scatter: FloatArray
    mean: FloatArray
    common: FloatArray


def beside_pedestal(
    sets: ColumnSets, analog_variance: FloatArray, happens: BoolArray, without: Regeneration
) -> PedestalRounding:
    """What rounding leaves of an analog error and of a pedestal.

    Parameters
    ----------
    sets : ColumnSets
    analog_variance : (m,) [levels^2]
    happens : (m,) bool
        The converter's step is one level and its codes lie on whole levels.
    without : Regeneration
        The result without a pedestal.

    Returns
    -------
    PedestalRounding

    Notes
    -----
    The pedestal is Gaussian, that of a binomial number of active cells. Between two levels it leaves the moments of
    :func:`~siam_dse.engines.accuracy.variation.shifted_moments`, averaged over its distribution: variance of the
    rounded value as scatter, its mean as what the pedestal alone decides, which pairs of columns take out. That the
    analog error varies with the activity is added as it is in the middle of a level. All tend to the values without a
    pedestal as it does to 0.
    """
    gain, scatter = without.gain.copy(), without.scatter.copy()
    mean, common = np.zeros(gain.shape), np.zeros(gain.shape)
    rows = np.flatnonzero(happens & (sets.added_pedestal > 0)[sets.layout.owner])
    if len(rows):
        owner = sets.layout.owner[rows]
        variance, density = analog_variance[rows], sets.density[rows]
        active = sets.active_rows[owner] * density
        spread = sets.digit_ratio[sets.layout.bit[rows]] - density
        width = sets.added_pedestal[owner] * np.sqrt(sets.variance_factor[owner] * active * spread)
        moved, share = _pedestals((sets.added_pedestal[owner] * active)[:, None], width[:, None])
        slope, error, second = shifted_moments(variance[:, None], moved)
        middle_slope, middle_second = rounded_moments(variance)
        passed = np.sum(share * slope, axis=1) + gain[rows] - middle_slope
        left = np.sum(share * (second - error**2), axis=1) - middle_second
        left += scatter[rows] + gain[rows] ** 2 * variance
        gain[rows] = np.maximum(passed, 0)  # above 1 where the pedestal moves a threshold to the signal
        scatter[rows] = np.maximum(left - gain[rows] ** 2 * variance, 0)
        is_alone = ~sets.is_paired[owner]
        mean[rows] = np.where(is_alone, np.sum(share * error, axis=1), 0)
        spread = np.maximum(np.sum(share * error**2, axis=1) - np.sum(share * error, axis=1) ** 2, 0)
        common[rows] = np.where(is_alone, spread, 0)
    return PedestalRounding(gain, scatter, mean, common)


def _pedestals(centre: FloatArray, width: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Points of a Gaussian pedestal's distribution between two levels, -1/2 .. 1/2, and their shares, (m, POINTS).

    ``centre`` and ``width`` are (m, 1).
    """
    z = np.linspace(-REACH, REACH, POINTS)
    points = centre + z * np.minimum(width, NARROW)
    points -= np.round(points)
    share = np.tile(np.exp(-(z**2) / 2), (len(centre), 1))
    rows = np.flatnonzero(width >= NARROW)
    if len(rows):
        points[rows] = (np.arange(POINTS) + HALF) / POINTS - HALF
        away, share[rows] = points[rows] - centre[rows], 1
        for n in range(1, WRAPPED_TERMS + 1):
            share[rows] += 2 * np.cos(2 * np.pi * n * away) * np.exp(-2 * (np.pi * n * width[rows]) ** 2)
    return points, share / share.sum(axis=1, keepdims=True)
