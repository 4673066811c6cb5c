"""Saturation: partial moments of a column signal beyond the outermost codes of its converter.

A sparse column's signal is skewed, its upper tail far heavier than a Gaussian's; there the signal is taken as a gamma
distribution moved to the right mean, with the signal's variance and skewness.
"""

import numpy as np

from siam_dse.core.arrays import FloatArray

FAR = 8.0  # standard deviations beyond which a Gaussian adds less than 1e-15 of the variance
FAR_PER_SKEW = 16.0  # so many more a unit of skewness: the tail of a gamma distribution falls as exp(-2 t / skew)
SKEWED_FROM = 0.002  # skewness; below, a Gaussian's moments differ by less than a percent
GAUSSIAN_PEAK = 1 / np.sqrt(2 * np.pi)  # of the standard normal density

PartialMoments = tuple[FloatArray, FloatArray]


def overload(distance: FloatArray, variance: FloatArray, skew: FloatArray) -> PartialMoments:
    """Second and first moment of what lies beyond a range end, (j,) [levels^2, levels].

    Parameters
    ----------
    distance : (j,) [levels]
        From the mean to the range end.
    variance : (j,) [levels^2]
    skew : (j,)
        Skewness towards that end, at least 0.
    """
    second, first = np.zeros(distance.shape), np.zeros(distance.shape)
    deviation = np.sqrt(variance)
    is_skewed = skew > SKEWED_FROM
    near = distance < np.where(is_skewed, FAR + FAR_PER_SKEW * skew, FAR) * deviation
    for rows, moments in (
        (np.flatnonzero(near & ~is_skewed), _gaussian),
        (np.flatnonzero(near & is_skewed), _shifted_gamma),
    ):
        if len(rows):
            beyond_second, beyond_first = moments(distance[rows], deviation[rows], skew[rows])
            second[rows] = np.maximum(0, beyond_second)
            first[rows] = np.maximum(0, beyond_first)
    return second, first


def _gaussian(distance: FloatArray, deviation: FloatArray, skew: FloatArray) -> PartialMoments:
    """(v + d^2) Q(t) - s d phi(t) and s phi(t) - d Q(t) with t = d / s."""
    from scipy.special import ndtr

    del skew
    t = distance / deviation
    tail, density = ndtr(-t), GAUSSIAN_PEAK * np.exp(-(t**2) / 2)
    second = (deviation**2 + distance**2) * tail - deviation * distance * density
    return second, deviation * density - distance * tail


def _shifted_gamma(distance: FloatArray, deviation: FloatArray, skew: FloatArray) -> PartialMoments:
    """Moments of a gamma distribution of shape k = 4 / skew^2 and scale s skew / 2 beyond the end, k times the scale
    below which the mean lies.

    Notes
    -----
    With G(j) the share of a gamma distribution of shape j beyond h: k (k + 1) c^2 G(k + 2) - 2 h k c G(k + 1) +
    h^2 G(k) and k c G(k + 1) - h G(k), c the scale; G(j + 1) = G(j) + x^j exp(-x) / Gamma(j + 1), x = h / c.
    """
    from scipy.special import gammaincc, gammaln

    shape = 4 / skew**2  # 4: skewness of a gamma distribution is 2 / sqrt(shape)
    scale = deviation * skew / 2
    end = distance + shape * scale
    x = np.maximum(end / scale, np.finfo(float).tiny)
    beyond = gammaincc(shape, x)
    density = np.exp(shape * np.log(x) - x - gammaln(shape + 1))
    mean = shape * scale
    beyond_1 = beyond + density
    beyond_2 = beyond_1 + density * x / (shape + 1)
    second = mean * (mean + scale) * beyond_2 - 2 * end * mean * beyond_1 + end**2 * beyond
    return second, mean * beyond_1 - end * beyond
