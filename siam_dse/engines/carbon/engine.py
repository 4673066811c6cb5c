"""Carbon engine: carbon dioxide of making a package, of designing it, and of its use over its lifetime."""

from dataclasses import dataclass, fields

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, freeze, take_rows, total
from siam_dse.core.units import DAYS_PER_YEAR, J_PER_KWH, KG_PER_G, S_PER_DAY
from siam_dse.design.designs import Designs
from siam_dse.engines.carbon.floorplan import box_m2, bridges
from siam_dse.technology.load import Constants
from siam_dse.technology.nodes import NodeColumns
from siam_dse.technology.technology import Technology
from siam_dse.technology.yields import negative_binomial_yield, repairable_yield


@dataclass(frozen=True)
class CarbonNode:
    """Process of U dies, (U,) each; ``wiring_fraction`` is the metal layers' share of the footprint."""

    footprint_kg_per_m2: FloatArray
    defect_density_per_m2: FloatArray
    wiring_fraction: FloatArray
    transistors_per_m2: FloatArray
    router_area_m2: FloatArray
    is_beyond: BoolArray  # outside of the tabulated nodes: the nearest one holds
    is_interpolated: BoolArray


@dataclass(frozen=True)
class CarbonResult:
    """Carbon of U packages, (U,) each, read-only.

    ``embodied_kg`` is the sum of dies, package and the package's share of the design; ``use_kg`` that of all
    ``inferences`` of the lifetime; ``per_inference_kg`` the sum of both an inference.
    """

    dies_kg: FloatArray
    package_kg: FloatArray
    design_kg: FloatArray
    embodied_kg: FloatArray
    use_kg: FloatArray
    inferences: FloatArray
    per_inference_kg: FloatArray

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, freeze(getattr(self, field.name)))


def carbon_node(technology: Technology, node_nm: FloatArray) -> CarbonNode:
    """Footprint, defects and densities of a node.

    Read as :class:`siam_dse.technology.nodes.NodeColumns` does.

    Parameters
    ----------
    technology : Technology
    node_nm : (U,) [nm]

    Returns
    -------
    CarbonNode

    References
    ----------
    technology/data/carbon_nodes.csv (ECO-CHIP).
    """
    columns = NodeColumns(technology.table("carbon_nodes"), node_nm)
    return CarbonNode(
        footprint_kg_per_m2=columns.at("footprint"),
        defect_density_per_m2=columns.at("defect_density"),
        wiring_fraction=columns.at("wiring_share"),
        transistors_per_m2=columns.at("transistors"),
        router_area_m2=columns.at("router_area"),
        is_beyond=columns.is_beyond,
        is_interpolated=columns.is_interpolated,
    )


def node_of(designs: Designs) -> CarbonNode:
    """The node that designs pay for: ``cost_node_nm``, or ``node_nm`` where none is given."""
    once, gather = designs.unique(("cost_node_nm", "node_nm"))
    node_nm = np.where(once.cost_node_nm > 0, once.cost_node_nm, once.node_nm)
    return take_rows(carbon_node(designs.technology, node_nm), gather)


def die_yield(constants: Constants, area_m2: FloatArray, node: CarbonNode) -> FloatArray:
    """Share of good dies of an area, of the shape of ``area_m2``."""
    return negative_binomial_yield(area_m2, node.defect_density_per_m2, constants["critical_level"])


@dataclass(frozen=True)
class SpareTiles:
    """Tiles of dies, (U, G) each: the area of one [m2], how many there are, and how many may have defects."""

    tile_m2: FloatArray
    tiles: AnyArray
    spare: AnyArray


def manufacturing_kg(
    constants: Constants, area_m2: FloatArray, node: CarbonNode, spares: SpareTiles | None = None
) -> FloatArray:
    """Carbon of a good die: that of its area over its yield, of the shape of ``area_m2`` [kg]."""
    good = die_yield(constants, area_m2, node)
    if spares is not None:
        density, level = node.defect_density_per_m2, constants["critical_level"]
        good = repairable_yield(area_m2, density, level, spares.tile_m2, spares.tiles, spares.spare)
    return node.footprint_kg_per_m2 * area_m2 / good


def design_kg(
    constants: Constants, area_m2: FloatArray, node: CarbonNode, grid_kg_per_j: FloatArray | float
) -> FloatArray:
    """Carbon of designing a die once: its gates, the time that each takes, the power of a core; as ``area_m2`` [kg]."""
    gates = node.transistors_per_m2 * area_m2 / constants["transistors_per_gate"]
    return np.asarray(grid_kg_per_j * constants["design_power"] * constants["gate_time"] * gates)


def router_kg(constants: Constants, n_dies: IntArray, node: CarbonNode) -> FloatArray:
    """Carbon of the routers that ECO-CHIP adds to each of several dies, (U,) [kg].

    Their yield is that of their areas together. Designs need none: their dies' areas hold routers and interfaces.
    """
    area_m2 = n_dies * node.router_area_m2
    return np.where(n_dies > 1, manufacturing_kg(constants, area_m2, node) / constants["bond_yield"], 0)


def package_kg(
    technology: Technology,
    package: IntArray,
    n_dies: IntArray,
    die_area_m2: FloatArray,
    bond_yield: FloatArray | None = None,
) -> FloatArray:
    """Carbon of what carries the dies of a package.

    Parameters
    ----------
    technology : Technology
    package : (U,) int64
        Row of ``technology/data/carbon_packages.csv``.
    n_dies : (U,) int64, >= 1
    die_area_m2 : (U,) [m2]
        Of each of equal dies.
    bond_yield : (U,), optional
        Share of packages that are bonded well; default the source's.

    Returns
    -------
    (U,) float64 [kg], 0 for one die

    Notes
    -----
    footprint x share of the metal layers x area / (yield x bonding yield), of the carrier's node. The area is that of
    the box around the dies, or of all bridges between them; their yield is that of all bridges together.

    References
    ----------
    ECO-CHIP; technology/data/carbon_packages.csv.
    """
    constants, table = technology.constants("carbon"), technology.table("carbon_packages")
    node = take_rows(carbon_node(technology, table["carrier_node_nm"]), package)
    gap_m = constants["die_gap"]
    area_m2, bridged = box_m2(n_dies, die_area_m2, gap_m), np.flatnonzero(table["is_bridged"][package] > 0)
    n_bridges = bridges(n_dies[bridged], die_area_m2[bridged], gap_m, constants["bridge_reach"])
    area_m2[bridged] = constants["bridge_area"] * n_bridges
    defects = node.defect_density_per_m2 * table["defect_factor"][package]
    bonded = constants["bond_yield"] if bond_yield is None else bond_yield
    good = bonded * negative_binomial_yield(area_m2, defects, constants["critical_level"])
    layers = node.wiring_fraction * table["layer_share"][package]
    return np.where(n_dies > 1, node.footprint_kg_per_m2 * layers * area_m2 / good, 0)


def carbon(
    designs: Designs,
    area_m2: FloatArray,
    count: FloatArray,
    energy_j: FloatArray,
    inferences_per_s: FloatArray,
    package_yield: FloatArray,
    spares: SpareTiles | None = None,
) -> CarbonResult:
    """Carbon of packages and of their use.

    Parameters
    ----------
    designs : Designs (U)
    area_m2, count : (U, G) [m2]
        Area and number of each sort of die.
    energy_j : (U,) [J]
        Of one inference.
    inferences_per_s : (U,) [1/s]
        As many as a package can do.
    package_yield : (U,)
        Share of packages of good dies that are bonded well.
    spares : SpareTiles (U, G), optional

    Returns
    -------
    CarbonResult

    Notes
    -----
    Dies are of the node that the design pays for, ``cost_node_nm`` or ``node_nm``. The floor plan takes all dies of a
    package as equal to their mean. A package that is bonded badly is lost with its dies: a good one carries those of
    1 / ``package_yield`` packages, where the source divides the carrier alone by 0.99. The design counts each sort of
    die once, over ``volume`` packages where given.
    A package does ``inferences_per_day`` over ``lifetime_years``, or as many as it can; what leaks between inferences
    is not counted.
    """
    technology, constants = designs.technology, designs.technology.constants("carbon")
    node = node_of(designs)
    by_sort = CarbonNode(**{name: values[:, None] for name, values in vars(node).items()})
    present = count > 0
    n_dies = total(count.T)
    dies = total((count * manufacturing_kg(constants, area_m2, by_sort, spares)).T) / package_yield
    die_area_m2 = total((count * area_m2).T) / n_dies
    carrier = package_kg(technology, _carrier(designs), n_dies.astype(np.int64), die_area_m2, package_yield)
    grid_kg_per_j = designs.grid_g_per_kwh * KG_PER_G / J_PER_KWH
    once = total(np.where(present, design_kg(constants, area_m2, by_sort, grid_kg_per_j[:, None]), 0).T)
    design = np.where(designs.volume > 0, once / np.maximum(designs.volume, 1), 0)
    per_day = np.minimum(designs.inferences_per_day, inferences_per_s * S_PER_DAY)
    inferences = per_day * DAYS_PER_YEAR * designs.lifetime_years
    embodied, use = dies + carrier + design, energy_j * grid_kg_per_j
    return CarbonResult(
        dies_kg=dies,
        package_kg=carrier,
        design_kg=design,
        embodied_kg=embodied,
        use_kg=use * inferences,
        inferences=inferences,
        per_inference_kg=embodied / inferences + use,
    )


def _carrier(designs: Designs) -> IntArray:
    """Row of ``carbon_packages`` of each design's package, (U,)."""
    names = np.asarray(designs.technology.table("packages").names())
    return designs.technology.table("carbon_packages").rows(name=names)[designs.package]
