"""A pedestal that a converter of whole levels sees, on two columns whose codes are subtracted.

The currents of off cells add the same fraction of a level to the positive and to the negative column. Both converters
round it alike, and the difference of their codes is exact as long as the devices are. Analog errors are then not
rounded about the middle of a level but about where the pedestal has moved it.
"""

import numpy as np
from scipy.special import ndtr

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.engines.accuracy.columns import ColumnSets
from siam_dse.engines.accuracy.overload import FAR, GAUSSIAN_PEAK
from siam_dse.engines.accuracy.variation import DUAL_FROM, HALF, Regeneration

POINTS = 13  # of the pedestal's distribution, equally spaced
REACH = 3.0  # standard deviations that the points cover
NARROW = 0.25  # level; the points of a pedestal that scatters more cover one level instead
WRAPPED_TERMS = 2  # of its density there; at 1/4 level the next is exp(-2 pi^2 9 / 16) = 2e-5
THRESHOLDS = 3  # half levels on either side; at v = 0.15 the next is 7.7 standard deviations out, 6e-15
SMALLEST = 1e-6  # levels^2


def shared_pedestal(
    sets: ColumnSets, analog_variance: FloatArray, happens: BoolArray, otherwise: Regeneration
) -> Regeneration:
    """What rounding leaves of an analog error beside a pedestal that two columns share.

    Parameters
    ----------
    sets : ColumnSets
    analog_variance : (m,) [levels^2]
    happens : (m,) bool
        The converter's step is one level, its codes lie on whole levels, and the set is one of a pair.
    otherwise : Regeneration
        The result where it does not happen.

    Returns
    -------
    Regeneration

    Notes
    -----
    The pedestal is Gaussian: active rows x level_offset. Between two levels u it leaves the mean slope
    (1/s) sum phi((k + 1/2 -/+ u) / s) and the variance of the rounded u + error. Errors above ``DUAL_FROM`` pass with
    slope 1 and a scatter of 1/12, that of a dithered converter. Half levels ``FAR`` standard deviations beyond the
    nearest are left out.
    """
    rows = np.flatnonzero(happens)
    if not len(rows):
        return otherwise
    gain, scatter = otherwise.gain.copy(), otherwise.scatter.copy()
    owner = sets.layout.owner[rows]
    pedestal, density = sets.seen_pedestal[owner], sets.density[rows]
    active = sets.active_rows[owner] * density
    centre = pedestal * active
    width = pedestal * np.sqrt(sets.variance_factor[owner] * active * (1 - density))
    moved, share = _pedestals(centre[:, None], width[:, None])
    variance = analog_variance[rows]
    deviation = np.sqrt(np.clip(variance, SMALLEST, DUAL_FROM))[:, None]
    slope, first, second = np.zeros(moved.shape), np.zeros(moved.shape), np.zeros(moved.shape)
    for k in range(THRESHOLDS):
        wide = np.flatnonzero(deviation > k / FAR)
        spread, shift = deviation[wide], moved[wide]
        up, down = (k + HALF - shift) / spread, (k + HALF + shift) / spread
        slope[wide] += GAUSSIAN_PEAK * (np.exp(-(up**2) / 2) + np.exp(-(down**2) / 2)) / spread
        above, below = ndtr(-up), ndtr(-down)
        first[wide] += above - below
        second[wide] += (2 * k + 1) * (above + below)
    passed = np.minimum(np.sum(share * slope, axis=1), 1)
    left = np.sum(share * (second - first**2), axis=1)
    is_dithered = variance > DUAL_FROM
    passed = np.where(is_dithered, 1, passed)
    left = np.where(is_dithered, variance + left - deviation[:, 0] ** 2, left)
    gain[rows] = np.where(variance > 0, passed, 0)
    scatter[rows] = np.where(variance > 0, np.maximum(0, left - passed**2 * variance), 0)
    return Regeneration(gain, scatter)


def _pedestals(centre: FloatArray, width: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Points of a Gaussian pedestal's distribution between two levels, -1/2 .. 1/2, and their shares, (m, POINTS)."""
    z = np.linspace(-REACH, REACH, POINTS)
    narrow = centre + z * np.minimum(width, NARROW)
    narrow -= np.round(narrow)
    narrow_share = np.broadcast_to(np.exp(-(z**2) / 2), narrow.shape)
    wide = np.broadcast_to((np.arange(POINTS) + HALF) / POINTS - HALF, narrow.shape)
    wide_share = np.ones(narrow.shape)
    for n in range(1, WRAPPED_TERMS + 1):
        wide_share += 2 * np.cos(2 * np.pi * n * (wide - centre)) * np.exp(-2 * (np.pi * n * width) ** 2)
    is_narrow = width < NARROW
    share = np.where(is_narrow, narrow_share, wide_share)
    return np.where(is_narrow, narrow, wide), share / share.sum(axis=1, keepdims=True)
