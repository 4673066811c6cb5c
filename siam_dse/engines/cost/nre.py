"""Design cost (non-recurring engineering) of chips and packages."""

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.engines.cost.dies import CostNode
from siam_dse.engines.cost.package import Assembly, layer_factor
from siam_dse.technology.load import Constants
from siam_dse.technology.technology import Technology


def module_nre_usd(constants: Constants, area_m2: FloatArray, node: CostNode) -> FloatArray:
    """Design cost of a module used in one or several chips, (U,) [USD]: half of the node's, by area."""
    return np.asarray(constants["nre_module_share"] * node.nre_usd * area_m2 / constants["nre_area"])


def chip_nre_usd(constants: Constants, area_m2: FloatArray, node: CostNode) -> FloatArray:
    """Design cost of one sort of chip beside its modules, (U,) [USD]: a part by area, and masks whatever the area."""
    by_area = constants["nre_chip_share"] * area_m2 / constants["nre_area"]
    return np.asarray(node.nre_usd * (by_area + constants["nre_mask_share"]))


def phy_nre_usd(constants: Constants, node: CostNode) -> FloatArray:
    """Design cost of the die-to-die interface, (U,) [USD]: that of a 20 mm2 module."""
    return module_nre_usd(constants, np.full(node.nre_usd.shape, constants["nre_phy_area"]), node)


def package_nre_usd(technology: Technology, assembly: Assembly, package: IntArray, count: FloatArray) -> FloatArray:
    """Design cost of a package, (U,) [USD].

    Parameters
    ----------
    technology : Technology
    assembly : Assembly (U)
    package : (U,) int64
        Row of ``technology/data/packages.csv``.
    count : (U,)
        Dies in the package.

    Returns
    -------
    (U,) float64 [USD]

    References
    ----------
    Chiplet Actuary, ChipletHL/package.py.
    """
    table = technology.table("packages")
    is_organic = assembly.carrier_area_m2 == 0
    area = np.where(is_organic, assembly.package_area_m2, assembly.carrier_area_m2)
    layers = np.where(is_organic, layer_factor(technology.constants("cost"), assembly.package_area_m2, count), 1)
    return np.asarray(area * layers * table["carrier_nre"][package] + table["carrier_nre_fixed"][package])
