"""Dies: yield, dies a wafer, cost of a raw and of a known-good die, by node."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray
from siam_dse.technology.load import Constants
from siam_dse.technology.nodes import NodeColumns
from siam_dse.technology.technology import Technology
from siam_dse.technology.yields import negative_binomial_yield, repairable_yield


@dataclass(frozen=True)
class CostNode:
    """Process of U dies, (U,) each: defects [1/m2], wafer price and design cost of a 300 mm2 die [USD]."""

    defect_density_per_m2: FloatArray
    wafer_usd: FloatArray
    nre_usd: FloatArray
    is_beyond: BoolArray  # outside of the tabulated nodes: the nearest one holds
    is_interpolated: BoolArray


@dataclass(frozen=True)
class DieCost:
    """Dies of U areas, any shape: yield, cost of a die before and after the bad ones are thrown away [USD]."""

    yield_fraction: FloatArray
    raw_usd: FloatArray
    known_good_usd: FloatArray


def cost_node(technology: Technology, node_nm: FloatArray) -> CostNode:
    """Defect density, wafer price and design cost of a node.

    Read as :class:`siam_dse.technology.nodes.NodeColumns` does.

    Parameters
    ----------
    technology : Technology
    node_nm : (U,) [nm]

    Returns
    -------
    CostNode

    References
    ----------
    technology/data/cost_nodes.csv (Chiplet Actuary, spec/parameter.ini).
    """
    columns = NodeColumns(technology.table("cost_nodes"), node_nm)
    return CostNode(
        defect_density_per_m2=columns.at("defect_density"),
        wafer_usd=columns.at("wafer_price"),
        nre_usd=columns.at("nre"),
        is_beyond=columns.is_beyond,
        is_interpolated=columns.is_interpolated,
    )


def dies_per_wafer(constants: Constants, area_m2: FloatArray) -> FloatArray:
    """Dies cut from one wafer, a fraction where a die is larger than a wafer.

    Parameters
    ----------
    constants : Constants
        Of cost.
    area_m2 : (U,) [m2], >= 0

    Returns
    -------
    (U,) float64, > 0

    Notes
    -----
    N = pi (d/2 - e)^2 / A' - pi (d - 2 e) / sqrt(2 A') with A' = (sqrt(A) + s)^2, of diameter d, edge e and scribe line
    s; not rounded down. The formula falls through 1 at A' = 8094 mm2 and below 0 further on. From there N = 8094 mm2 /
    A': so many wafers' worth of area, which keeps cost finite and growing; :func:`over_wafer` says where.

    References
    ----------
    Chiplet Actuary, ChipletHL/chip.py.
    """
    sawn = _sawn_area_m2(constants, area_m2)
    usable, rim, largest = _wafer(constants)
    return np.where(sawn <= largest, usable / sawn - rim / np.sqrt(2 * sawn), largest / sawn)


def over_wafer(constants: Constants, area_m2: FloatArray) -> FloatArray:
    """Area of a die beyond the largest that a wafer holds once, as a fraction of that, 0 where it fits; (U,)."""
    return np.maximum(_sawn_area_m2(constants, area_m2) / _wafer(constants)[2] - 1, 0)


def _sawn_area_m2(constants: Constants, area_m2: FloatArray) -> FloatArray:
    """Area of a square die with its scribe line, (U,) [m2]."""
    return (np.sqrt(area_m2) + constants["scribe_line"]) ** 2


def _wafer(constants: Constants) -> tuple[float, float, float]:
    """Usable area [m2] and rim [m] of a wafer, and the sawn area of which it holds one [m2]."""
    diameter = constants["wafer_diameter"] - 2 * constants["wafer_edge"]
    usable, rim = np.pi * (diameter / 2) ** 2, np.pi * diameter
    side = (np.sqrt(rim**2 / 2 + 2 * 2 * usable) - rim / np.sqrt(2)) / 2  # root of side^2 + rim side / sqrt(2) = usable
    return float(usable), float(rim), float(side**2)


@dataclass(frozen=True)
class Spares:
    """Spare parts of packages of G sorts of dies, (U, G) each.

    ``tile_m2`` and ``tiles`` of each die, of which ``spare_tiles`` may have defects; of the dies of a sort
    ``spare_dies`` may be bonded badly.
    """

    tile_m2: FloatArray
    tiles: AnyArray
    spare_tiles: AnyArray
    spare_dies: AnyArray


def die_cost(constants: Constants, area_m2: FloatArray, node: CostNode, spares: Spares | None = None) -> DieCost:
    """Yield and cost of dies of some areas in a node.

    Parameters
    ----------
    constants : Constants
        Of cost.
    area_m2 : (U,) [m2], or (U, G) for G sorts of dies
    node : CostNode (U,), or of a shape that broadcasts against ``area_m2``
    spares : Spares, optional
        A die is good if no more of its tiles have defects.

    Returns
    -------
    DieCost
        Of the shape of ``area_m2``.

    Notes
    -----
    raw = wafer price / dies a wafer; known good = raw / yield. Testing costs nothing and finds every fault.
    """
    density, level = node.defect_density_per_m2, constants["die_critical_level"]
    if spares is None:
        good = negative_binomial_yield(area_m2, density, level)
    else:
        good = repairable_yield(area_m2, density, level, spares.tile_m2, spares.tiles, spares.spare_tiles)
    raw = node.wafer_usd / dies_per_wafer(constants, area_m2)
    return DieCost(good, raw, raw / good)
