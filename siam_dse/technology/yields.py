"""Share of good pieces of silicon, by area and defects."""

import numpy as np

from siam_dse.core.arrays import FloatArray


def negative_binomial_yield(
    area_m2: FloatArray, defect_density_per_m2: FloatArray, critical_level: FloatArray | float
) -> FloatArray:
    """Fraction of dies without a spoiling defect.

    Parameters
    ----------
    area_m2 : (U,) [m2], >= 0
    defect_density_per_m2 : (U,) [1/m2], >= 0
    critical_level : (U,) or float, > 0
        The fewer, the more defects come in clusters.

    Returns
    -------
    (U,) float64 in (0, 1]

    Notes
    -----
    Y = (1 + D A / c)^-c. 1 for no area or no defects; exp(-D A), Poisson, as c grows without bound.

    References
    ----------
    Chiplet Actuary, ChipletHL/chip.py.
    """
    return np.asarray((1 + defect_density_per_m2 * area_m2 / critical_level) ** -critical_level)
