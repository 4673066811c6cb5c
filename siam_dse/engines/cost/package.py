"""Packages: what it costs to bond known-good dies, and how many of the packages are good."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.engines.cost.dies import dies_per_wafer, over_wafer
from siam_dse.technology.load import Constants
from siam_dse.technology.technology import Technology
from siam_dse.technology.yields import negative_binomial_yield


@dataclass(frozen=True)
class Contents:
    """Dies that go into U packages, (U,) each: how many, their area together, and what they cost together."""

    count: FloatArray
    area_m2: FloatArray
    raw_usd: FloatArray
    known_good_usd: FloatArray


@dataclass(frozen=True)
class Assembly:
    """Recurring cost of U packages in five parts [USD], areas [m2] and yields; (U,) each.

    ``raw_chips_usd`` are dies with their bumps, ``defect_chips_usd`` the bad dies made beside the good ones,
    ``raw_package_usd`` carrier and substrate, ``defect_package_usd`` those lost, ``wasted_chips_usd`` good dies lost in
    bad packages. ``yield_fraction`` is that of assembling good parts, ``carrier_yield_fraction`` that of the carrier.
    """

    raw_chips_usd: FloatArray
    defect_chips_usd: FloatArray
    raw_package_usd: FloatArray
    defect_package_usd: FloatArray
    wasted_chips_usd: FloatArray
    carrier_area_m2: FloatArray
    package_area_m2: FloatArray
    carrier_yield_fraction: FloatArray
    yield_fraction: FloatArray
    over_wafer: FloatArray

    @property
    def total_usd(self) -> FloatArray:
        """Recurring cost of a good package, (U,) [USD]."""
        return (
            self.raw_chips_usd
            + self.defect_chips_usd
            + self.raw_package_usd
            + self.defect_package_usd
            + self.wasted_chips_usd
        )


def source_bond_yield(technology: Technology, package: IntArray) -> FloatArray:
    """Chiplet Actuary's bonding yield of a chip, by package, (U,)."""
    return np.asarray(technology.table("packages")["bond_yield"][package])


def assemble(
    technology: Technology,
    dies: Contents,
    package: IntArray,
    bond_yield: FloatArray,
    is_chip_first: bool | BoolArray = False,
    bonded: FloatArray | None = None,
) -> Assembly:
    """Recurring cost and yield of packages.

    Dies are bonded one by one. On an organic substrate that is all; on a carrier (fan-out or interposer) the finished
    carrier with its dies is then attached to a substrate. The carrier is made first and the dies are bonded on good
    ones, unless ``is_chip_first``: then it is built around the dies, its faults spoil them, and none is bonded.

    Parameters
    ----------
    technology : Technology
    dies : Contents (U)
    package : (U,) int64
        Row of ``technology/data/packages.csv``, which is also the code of the field ``package``.
    bond_yield : (U,) in (0, 1]
        Probability that one die is bonded well.
    is_chip_first : bool or (U,) bool
        Build the carrier around the chips.
    bonded : (U,), optional
        Probability that enough dies are bonded well; default that all are.

    Returns
    -------
    Assembly

    Notes
    -----
    Organic: B = bond^n; package lost raw (1/B - 1), good dies lost (raw + defect chips)(1/B - 1). Carrier, with its own
    yield y1, y2 = bond^n and attach yield y3: lost carrier (1/(y1 y2 y3) - 1) + substrate (1/y3 - 1), good dies lost
    chips (1/(y2 y3) - 1); chip-first: 1/(y1 y3) in both places. Bumps are counted for every chip, unlike in the
    source's code. Yields are at least ``least_yield``.

    References
    ----------
    Chiplet Actuary, ChipletHL/package.py.
    """
    constants, table = technology.constants("cost"), technology.table("packages")
    least = constants["least_yield"]
    has_carrier = table["carrier_price"][package] > 0
    carrier_area = np.where(has_carrier, dies.area_m2 * table["carrier_area_factor"][package], 0)
    package_area = constants["substrate_area_factor"] * np.where(has_carrier, carrier_area, dies.area_m2)
    layers = np.where(has_carrier, 1, layer_factor(constants, package_area, dies.count))
    substrate = package_area * constants["substrate_price"] * layers
    raw_chips = dies.raw_usd + dies.area_m2 * table["bump_price"][package]
    carrier = (
        table["carrier_price"][package] / dies_per_wafer(constants, carrier_area)
        + carrier_area * table["carrier_bump_price"][package]
    )
    carrier_yield = negative_binomial_yield(
        carrier_area, table["carrier_defect_density"][package], table["carrier_critical_level"][package]
    )
    enough = bond_yield**dies.count if bonded is None else bonded
    bonded = np.maximum(np.where(has_carrier & is_chip_first, 1, enough), least)
    attached = np.where(has_carrier, constants["attach_yield"], 1)
    good_parts = np.maximum(bonded * attached * np.where(is_chip_first, carrier_yield, 1), least)
    good = np.maximum(carrier_yield * bonded * attached, least)
    chips = raw_chips + dies.known_good_usd - dies.raw_usd
    substrate_lost = np.where(has_carrier, 1 / attached - 1, 1 / good_parts - 1)
    return Assembly(
        raw_chips_usd=raw_chips,
        defect_chips_usd=dies.known_good_usd - dies.raw_usd,
        raw_package_usd=substrate + carrier,
        defect_package_usd=carrier * (1 / good - 1) + substrate * substrate_lost,
        wasted_chips_usd=chips * (1 / good_parts - 1),
        carrier_area_m2=carrier_area,
        package_area_m2=package_area,
        carrier_yield_fraction=carrier_yield,
        yield_fraction=good_parts,
        over_wafer=over_wafer(constants, carrier_area),
    )


def layer_factor(constants: Constants, package_area_m2: FloatArray, count: FloatArray) -> FloatArray:
    """Price of an organic substrate's layers, one chip's = 1, (U,): more for several chips and large areas."""
    several = np.select(
        [package_area_m2 > constants["large_package"], package_area_m2 > constants["medium_package"]],
        [constants["layer_factor_large"], constants["layer_factor_medium"]],
        constants["layer_factor"],
    )
    return np.where(count > 1, several, 1)
