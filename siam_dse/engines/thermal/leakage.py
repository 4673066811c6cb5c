"""Leakage of warm silicon: it heats the chiplets that it comes from, until both have settled.

Off-currents grow exponentially with temperature, by the factor a kelvin that is measured on the circuits' model, and
chiplets are the warmer the more they leak. Where leakage grows faster than heat leaves, nothing settles.
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.design.designs import Designs
from siam_dse.design.fields import fields
from siam_dse.technology.interpolated import node_table

_HALVINGS = 60  # of an interval of 1: to rounding


def growth_per_k(designs: Designs) -> FloatArray:
    """Logarithm by which leakage grows a kelvin, (n,), by node and roadmap."""
    table = node_table(designs.technology, "siam_temperature")
    roadmap = np.asarray(fields(designs.technology)["roadmap"].choices)[designs.roadmap]
    return np.asarray(np.log(table["leakage_factor"][table.rows(node_nm=designs.node_nm, roadmap=roadmap)]))


@dataclass(frozen=True)
class SettledLeakage:
    """Leakage of n designs once it has grown with its own heat, (n,) each.

    ``factor`` is that over the leakage at the temperature of the tables; where ``is_settled`` is false leakage is
    followed no further, and the mean chiplet is hotter than the bound.
    """

    factor: FloatArray
    is_settled: BoolArray


def settled_leakage(warmer_k: FloatArray, own_k: FloatArray, growth_per_k: FloatArray, most_k: float) -> SettledLeakage:
    """Leakage at the temperature that it settles at, over that at the temperature of the tables.

    Parameters
    ----------
    warmer_k : (n,) [K]
        How much warmer than the tables the chiplets are in the mean without their leakage.
    own_k : (n,) [K]
        How much warmer the leakage of the tables makes them in the mean.
    growth_per_k : (n,)
        Logarithm by which leakage grows a kelvin.
    most_k : float [K]
        Warmer than the tables by so much leakage is followed no further; where nothing settles it is taken here.

    Returns
    -------
    SettledLeakage

    Notes
    -----
    g = exp(c (w + o g)), the smaller of two solutions. With x = c o g it is x exp(-x) = z, z = c o exp(c w), where x is
    between 0 and 1 and z at most 1 / e: found by halving. Below g each leakage makes chiplets leak more than it, so one
    that is cut off at the bound makes them hotter than the bound.
    """
    alone = np.minimum(growth_per_k * warmer_k, growth_per_k * most_k)
    z = growth_per_k * own_k * np.exp(alone)
    low, high = np.zeros(z.shape), np.ones(z.shape)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        is_below = middle * np.exp(-middle) < z
        low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
    is_settled = (z < np.exp(-1)) & (alone + high < growth_per_k * most_k)
    return SettledLeakage(np.exp(np.where(is_settled, alone + high, growth_per_k * most_k)), is_settled)
