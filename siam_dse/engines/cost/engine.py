"""Cost engine: what a package of chiplets costs, and what one large die with the same content would."""

from dataclasses import dataclass, fields

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray, freeze, take_rows, total
from siam_dse.core.errors import InputError
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.engines.cost.dies import CostNode, Spares, cost_node, die_cost, over_wafer
from siam_dse.engines.cost.nre import chip_nre_usd, module_nre_usd, package_nre_usd, phy_nre_usd
from siam_dse.engines.cost.package import Assembly, Contents, assemble, source_bond_yield
from siam_dse.technology.yields import working_share


@dataclass(frozen=True)
class CostResult:
    """Cost of U packages; (U,) each, read-only.

    ``cost_usd`` is what one good package costs: ``recurring_usd``, the sum of the five parts, and ``nre_usd`` spread
    over ``volume`` packages where a volume is given. ``die_yield_fraction`` is that of the largest die. ``over_wafer``
    > 0: a die or carrier is larger than a wafer by that fraction, and its cost an extrapolation. ``is_node_beyond``:
    the node lies outside of the tabulated ones and costs like the nearest; ``is_node_interpolated``: between two.
    """

    die_yield_fraction: FloatArray
    known_good_dies_usd: FloatArray
    package_yield_fraction: FloatArray
    carrier_yield_fraction: FloatArray
    cost_usd: FloatArray
    recurring_usd: FloatArray
    raw_chips_usd: FloatArray
    defect_chips_usd: FloatArray
    raw_package_usd: FloatArray
    defect_package_usd: FloatArray
    wasted_chips_usd: FloatArray
    nre_usd: FloatArray
    package_area_m2: FloatArray
    carrier_area_m2: FloatArray
    over_wafer: FloatArray
    is_node_beyond: BoolArray
    is_node_interpolated: BoolArray

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, freeze(getattr(self, field.name)))

    @property
    def cost_by_part(self) -> dict[str, FloatArray]:
        """Parts of ``recurring_usd``, (U,) [USD] each."""
        return {name: getattr(self, f"{name}_usd") for name in _PARTS}


_PARTS = ("raw_chips", "defect_chips", "raw_package", "defect_package", "wasted_chips")


@dataclass(frozen=True)
class MonolithCost:
    """One large die on an organic substrate instead of chiplets, for U designs; (U,) each, read-only.

    ``mono_fits_reticle`` says whether it could be made at all; its cost is finite either way, an extrapolation where it
    could not.
    """

    mono_area_m2: FloatArray
    mono_cost_usd: FloatArray
    mono_die_yield_fraction: FloatArray
    mono_fits_reticle: BoolArray
    mono_over_wafer: FloatArray

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, freeze(getattr(self, field.name)))


def design_cost_node(designs: Designs) -> CostNode:
    """Process that U designs pay for: ``cost_node_nm``, or ``node_nm`` where that is 0."""
    once, gather = designs.unique(("cost_node_nm", "node_nm"))
    node_nm = np.where(once.cost_node_nm > 0, once.cost_node_nm, once.node_nm)
    return take_rows(cost_node(designs.technology, node_nm), gather)


def package_cost(
    designs: Designs, die_area_m2: FloatArray, n_chiplets: FloatArray | IntArray, spares: Spares | None = None
) -> CostResult:
    """Yield and cost of packages of chiplets.

    Parameters
    ----------
    designs : Designs (U)
    die_area_m2 : (U,) [m2], or (U, G) for packages of G sorts of dies
        Area of a die; ignored where there is none of a sort.
    n_chiplets : (U,), or (U, G)
        Dies of each sort in the package.
    spares : Spares (U, G), optional
        Of tiles and dies, which the number of dies includes.

    Returns
    -------
    CostResult (U,)

    Raises
    ------
    InputError
        An area or a number is negative or not finite, or a package has no die.

    Notes
    -----
    The package ``fan_out`` is bonded chip-last. Design cost counts one sort of chip for equal dies and each sort of a
    custom package, one module as large as the largest die, and the die-to-die interface where there are several dies.

    References
    ----------
    Chiplet Actuary (technology/data/sources.yaml: chiplet_actuary).
    """
    technology, constants = designs.technology, designs.technology.constants("cost")
    area, count = _by_sort(len(designs), die_area_m2, n_chiplets)
    node = design_cost_node(designs)
    by_sort = CostNode(**{name: values[:, None] for name, values in vars(node).items()})
    die = die_cost(constants, area, by_sort, spares)
    dies = _over_sorts(count)
    contents = Contents(
        count=dies,
        area_m2=_over_sorts(count * area),
        raw_usd=_over_sorts(count * die.raw_usd),
        known_good_usd=_over_sorts(count * die.known_good_usd),
    )
    is_source = designs.bonding == code("bonding", "chiplet_actuary")
    bond = np.where(is_source, source_bond_yield(technology, designs.package), designs.bond_yield)
    assembly = assemble(technology, contents, designs.package, bond, bonded=_bonded(bond, count, spares))
    nre = (
        module_nre_usd(constants, area.max(axis=1), node)
        + _over_sorts(np.where(count > 0, chip_nre_usd(constants, area, by_sort), 0))
        + np.where(dies > 1, phy_nre_usd(constants, node), 0)
        + package_nre_usd(technology, assembly, designs.package, dies)
    )
    return _result(designs, assembly, nre, die.yield_fraction.min(axis=1), contents, area, node)


def _bonded(bond: FloatArray, count: FloatArray, spares: Spares | None) -> FloatArray | None:
    """Probability that enough dies of every sort are bonded well, (U,); None where none is spare."""
    if spares is None or not np.any(spares.spare_dies):
        return None
    enough = np.asarray(np.prod(working_share(bond[:, None], count, spares.spare_dies), axis=1))
    return np.where(np.any(spares.spare_dies, axis=1), enough, bond ** _over_sorts(count))


def _result(
    designs: Designs,
    assembly: Assembly,
    nre: FloatArray,
    die_yield: FloatArray,
    contents: Contents,
    area: FloatArray,
    node: CostNode,
) -> CostResult:
    recurring = assembly.total_usd
    spread = np.where(designs.volume > 0, nre / np.maximum(designs.volume, 1), 0)
    return CostResult(
        die_yield_fraction=die_yield,
        known_good_dies_usd=contents.known_good_usd,
        package_yield_fraction=assembly.yield_fraction,
        carrier_yield_fraction=assembly.carrier_yield_fraction,
        cost_usd=recurring + spread,
        recurring_usd=recurring,
        **{f"{name}_usd": getattr(assembly, f"{name}_usd") for name in _PARTS},
        nre_usd=nre,
        package_area_m2=assembly.package_area_m2,
        carrier_area_m2=assembly.carrier_area_m2,
        over_wafer=np.maximum(assembly.over_wafer, over_wafer(designs.technology.constants("cost"), area.max(axis=1))),
        is_node_beyond=node.is_beyond,
        is_node_interpolated=node.is_interpolated,
    )


def monolith_cost(designs: Designs, mono_area_m2: FloatArray) -> MonolithCost:
    """Yield and cost of one large die instead of chiplets.

    Parameters
    ----------
    designs : Designs (U)
        Package and number of chiplets do not matter: one die sits on an organic substrate.
    mono_area_m2 : (U,) [m2]
        The same tiles on one die, without interfaces between dies.

    Returns
    -------
    MonolithCost (U,)
    """
    technology, constants = designs.technology, designs.technology.constants("cost")
    area, _ = _by_sort(len(designs), mono_area_m2, np.ones(len(designs)))
    area = area[:, 0]
    node = design_cost_node(designs)
    die = die_cost(constants, area, node)
    organic = np.full(len(designs), code("package", "organic"))
    is_source = designs.bonding == code("bonding", "chiplet_actuary")
    bond = np.where(is_source, source_bond_yield(technology, organic), designs.bond_yield)
    one = np.ones(len(designs))
    assembly = assemble(technology, Contents(one, area, die.raw_usd, die.known_good_usd), organic, bond)
    nre = (
        module_nre_usd(constants, area, node)
        + chip_nre_usd(constants, area, node)
        + package_nre_usd(technology, assembly, organic, one)
    )
    spread = np.where(designs.volume > 0, nre / np.maximum(designs.volume, 1), 0)
    return MonolithCost(
        mono_area_m2=area,
        mono_cost_usd=assembly.total_usd + spread,
        mono_die_yield_fraction=die.yield_fraction,
        mono_fits_reticle=area <= constants["reticle"],
        mono_over_wafer=over_wafer(constants, area),
    )


def _over_sorts(values: FloatArray) -> FloatArray:
    """Sum over sorts of dies, (n, G) -> (n,)."""
    return total(values.T)


def _by_sort(n: int, area_m2: FloatArray, count: FloatArray | IntArray) -> tuple[FloatArray, FloatArray]:
    """Areas and numbers as (n, G) arrays; the area of a sort that has no die is 0."""
    area, number = np.broadcast_arrays(np.asarray(area_m2, dtype=np.float64), np.asarray(count, dtype=np.float64))
    if area.ndim < 2:
        area, number = (np.broadcast_to(values, (n,))[:, None] for values in (area, number))
    # one sort after the other in memory: sums and extremes over sorts then run along all designs at once
    area, number = (np.array(values.T, order="C").T for values in (area, number))
    problems = []
    for name, values in (("die_area_m2", area), ("n_chiplets", number)):
        if not np.all((values >= 0) & (values < np.inf)):
            row, sort = np.argwhere(~((values >= 0) & (values < np.inf)))[0]
            wrong = values[row, sort]
            problems.append(f"row {row + 1}: {name}: must be a finite number >= 0, got {wrong}")
    for row in np.flatnonzero(_over_sorts(number) == 0)[:1]:
        problems.append(f"row {row + 1}: n_chiplets: a package needs at least one die, got 0")
    if problems:
        raise InputError("package_cost", problems)
    return np.where(number > 0, area, 0), number
