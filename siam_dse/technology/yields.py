"""Share of good pieces of silicon, by area and defects."""

from functools import cache
from math import gamma

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray, chunks, unique_rows
from siam_dse.core.loops import takes_loop

_POINTS = 64  # of the mean over densities of defects: to rounding for dies of up to ten defects
_SAVED_S = 5e-6  # CPU time that a loop saves a die, measured
_ROWS = 256  # dies that are summed up at once: they stay in the cache


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


def repairable_yield(
    area_m2: FloatArray,
    defect_density_per_m2: FloatArray,
    critical_level: float,
    unit_m2: FloatArray,
    units: AnyArray,
    spares: AnyArray,
) -> FloatArray:
    """Fraction of dies that work although units of them, such as tiles, may have defects.

    Parameters
    ----------
    area_m2 : (U,) or (U, G) [m2]
        Of the whole die; what is no unit must be without a defect.
    defect_density_per_m2, unit_m2, units, spares : of shapes that broadcast against it
        Density [1/m2], area of a unit [m2], units of a die, and how many of them may have defects.
    critical_level : float

    Returns
    -------
    float64, of the shape of ``area_m2``

    Notes
    -----
    The negative binomial is the mean of Poisson's law over a gamma-distributed density L of mean D and shape c. Given
    L, units fail apart from one another, each with p = 1 - exp(-L a): Y = E_L[exp(-L (A - n a)) sum over k <= s of
    C(n, k) p^k (1 - p)^(n - k)], by Gauss-Laguerre quadrature; exp(-L (A - s a)) is common to all terms and turns one
    gamma distribution into another. s = 0 is :func:`negative_binomial_yield`, s = n only what is no unit.

    References
    ----------
    Koren and Koren, Defect tolerance in VLSI circuits: techniques and yield analysis, Proc. IEEE 86, 1998.
    """
    plain = negative_binomial_yield(area_m2, defect_density_per_m2, critical_level)
    all_ = np.broadcast_arrays(plain, area_m2, defect_density_per_m2, unit_m2, units, np.minimum(spares, units))
    has_spares = all_[-1] > 0
    if not has_spares.any():
        return plain
    some = [values[has_spares].astype(np.float64) for values in all_[1:]]
    once, gather = unique_rows(some)  # many dies of a custom package are alike
    dies = [values[once][:, None] for values in some]
    good = (_with_spares(float(critical_level), *(v[part] for v in dies)) for part in chunks(len(once), _ROWS))
    out = np.array(plain)
    out[has_spares] = np.concatenate(list(good))[gather]
    return out


def _with_spares(
    level: float, area: FloatArray, density: FloatArray, unit: FloatArray, number: FloatArray, spare: FloatArray
) -> FloatArray:
    """:func:`repairable_yield` of dies with spare units, (n,), from (n, 1) each."""
    points, weights = _gamma_points(level)
    clean = negative_binomial_yield(area - spare * unit, density, level)  # of what must have none anyway
    failing = density * unit * points / (level + density * (area - spare * unit))  # defects of a unit
    works = _summed(np.exp(-failing * spare), np.expm1(failing), number, spare)
    works *= weights  # then summed row by row: a product of matrices would depend on the rows beside
    return np.asarray(np.minimum(clean[:, 0] * works.sum(axis=1), 1))


def working_share(working: FloatArray, count: AnyArray, spares: AnyArray) -> FloatArray:
    """Probability that no more than ``spares`` of ``count`` fail that each work with probability ``working``, (U,).

    Notes
    -----
    Sum over k <= s of C(n, k) (1 - w)^k w^(n - k); w^n without spares.
    """
    each, number, most = np.broadcast_arrays(working, np.asarray(count, dtype=np.float64), np.minimum(spares, count))
    out = each**number
    some = most > 0
    if some.any():
        each, number, most, share = each[some], number[some], most[some], out[some]
        enough = share.copy()
        for k in range(int(most.max())):
            share = share * np.maximum(number - k, 0) / (k + 1) * (1 - each) / each
            before, enough = enough, enough + np.where(k < most, share, 0)
            if np.array_equal(before, enough):  # see _summed
                break
        out[some] = enough
    return np.asarray(np.minimum(out, 1))


def _summed(none: FloatArray, odds: FloatArray, number: FloatArray, most: FloatArray) -> FloatArray:
    """Sum over k <= most of C(number, k) odds^k, times the first term: chance that no more than ``most`` fail.

    Parameters
    ----------
    none, odds : (n, P)
        Chance that none fails, which is overwritten; that one does / that it does not.
    number, most : (n, 1)
        Units, and how many of them may fail.

    Returns
    -------
    (n, P) float64

    Notes
    -----
    Each term is the last one times (number - k) / (k + 1) odds, which falls with k: once terms are lost in the rounding
    of the sum, all that follow are.
    """
    if takes_loop(len(none), _SAVED_S):
        from siam_dse.technology.yields_kernel import sum_terms

        sum_terms(none, odds, number[:, 0], most[:, 0].astype(np.int64))
        return none
    rows = np.argsort(-most[:, 0], kind="stable")  # those that count most terms first
    none[rows] = _few_summed(none[rows], odds[rows], number[rows], most[rows])
    return none


def _few_summed(none: FloatArray, odds: FloatArray, number: FloatArray, most: FloatArray) -> FloatArray:
    """:func:`_summed` of some rows, those with the largest ``most`` first."""
    share, out = none, none.copy()
    for k in range(int(most[0, 0])):
        n = int(np.count_nonzero(most > k))
        share = share[:n] * np.maximum(number[:n] - k, 0)
        share /= k + 1
        share *= odds[:n]
        before = out[:n].copy()
        out[:n] += share
        if np.array_equal(before, out[:n]):
            break
    return out


@cache
def _gamma_points(shape: float) -> tuple[FloatArray, FloatArray]:
    """Points and weights of a mean over a gamma distribution of mean ``shape``."""
    points, weights = np.polynomial.laguerre.laggauss(_POINTS)
    shares = weights * points ** (shape - 1) / gamma(shape)
    return points, shares / shares.sum()
