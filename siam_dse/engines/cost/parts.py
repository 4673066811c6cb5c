"""What the cost engine declares: yield and cost of the dies that the other engines add up to, and of one large die."""

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray
from siam_dse.core.declare import AREA, MONOLITH_AREA, Column, Composed, Engine, Note, Rule
from siam_dse.core.units import MM2_PER_M2, PERCENT
from siam_dse.engines.cost.dies import Spares
from siam_dse.engines.cost.engine import CostResult, MonolithCost, monolith_cost, package_cost


def _package(f: Composed) -> CostResult:
    area_m2, count = f.dies
    designs = f.designs
    if not (designs.spare_tiles.any() or designs.spare_chiplets.any()):
        return package_cost(designs, area_m2, count)
    tile_m2, tiles = f.tiles_of_dies
    is_equal = ~f.figure("mapping.is_custom")[:, None] & (tiles > 0)
    spares = Spares(tile_m2, tiles, designs.spare_tiles[:, None], designs.spare_chiplets[:, None] * is_equal)
    return package_cost(designs, area_m2, count, spares)


def _monolith(f: Composed) -> MonolithCost:
    return monolith_cost(f.designs, f.total(MONOLITH_AREA))


def _beyond_reticle(f: Composed) -> AnyArray:
    reticle_m2 = f.designs.technology.constants("cost")["reticle"]
    return np.asarray(np.maximum(f.largest_die_m2 - reticle_m2, 0) * MM2_PER_M2)


def _beyond_wafer(f: Composed, area_m2: FloatArray) -> AnyArray:
    wafer_m2 = np.pi / 4 * f.designs.technology.constants("cost")["wafer_diameter"] ** 2  # 4: area of a circle
    return np.asarray(np.maximum(area_m2 - wafer_m2, 0) * MM2_PER_M2)


def _beyond_count(f: Composed) -> AnyArray:
    most = f.designs.technology.constants("cost")["most_chiplets"]
    return np.asarray(np.maximum(f.figure("mapping.n_chiplets") - most, 0))


def _over_wafer(f: Composed) -> BoolArray:
    return np.asarray(f.of("cost").over_wafer > 0)


def _says(f: Composed) -> str:
    cost, monolith = f.of("cost"), f.of("monolith")
    return (
        f"Cost {cost.cost_usd[0]:.4g} USD, die yield {cost.die_yield_fraction[0] * PERCENT:.3g} %; one big die: "
        f"{f.total(MONOLITH_AREA)[0] * MM2_PER_M2:.4g} mm2, {monolith.mono_cost_usd[0]:.4g} USD"
        f"{'' if monolith.mono_fits_reticle[0] else ', beyond the reticle'}.{_says_spares(f)}"
    )


def _says_spares(f: Composed) -> str:
    tiles, chiplets = int(f.designs.spare_tiles[0]), int(f.designs.spare_chiplets[0])
    parts = [f"{tiles} tiles of each chiplet"] * (tiles > 0) + [f"{chiplets} of the chiplets"] * (chiplets > 0)
    good = f.of("cost").package_yield_fraction[0] * PERCENT
    return f" Up to {' and '.join(parts)} may fail; {good:.3g} % of the packages are good." if parts else ""


COST = Engine(
    name="cost",
    word="cost",
    composed=(("cost", _package), ("monolith", _monolith)),
    columns=(
        Column("package_area_mm2", "mm2", "package", "minimise", lambda f: f.of("cost").package_area_m2 * MM2_PER_M2),
        Column("die_yield_fraction", "1", "share of good dies, of the largest sort of die", "maximise",
               lambda f: f.of("cost").die_yield_fraction),
        Column("package_yield_fraction", "1", "share of packages of good dies bonded and attached well", "maximise",
               lambda f: f.of("cost").package_yield_fraction),
        Column("cost_usd", "USD", "a good package: dies, package, bonding losses; its share of the design cost where "
               "volume > 0", "minimise", lambda f: f.of("cost").cost_usd),
        Column("mono_area_mm2", "mm2", "one big die: the same tiles, buffer of all layers, the host's port alone",
               "minimise", lambda f: f.total(MONOLITH_AREA) * MM2_PER_M2),
        Column("mono_cost_usd", "USD", "cost of that die in its package, as cost_usd", "minimise",
               lambda f: f.of("monolith").mono_cost_usd),
        Column("mono_fits_reticle", "1", "1 where that die fits the reticle", "maximise",
               lambda f: f.of("monolith").mono_fits_reticle.astype(np.float64)),
    ),
    rules=(
        Rule("reticle", "mm2 by which the largest die exceeds what can be exposed at once", "smaller chiplets",
             _beyond_reticle),
        Rule("package_silicon", "mm2 by which all dies together exceed a wafer of 300 mm, the largest thing assembled",
             "a smaller network, fewer weight_bits, more cell_bits, a smaller node_nm, or several packages",
             lambda f: _beyond_wafer(f, f.total(AREA))),
        Rule("package_carrier", "mm2 by which the fan-out or interposer under the dies exceeds the 300 mm wafer it is "
             "made on", "a smaller network, fewer weight_bits, more cell_bits, a smaller node_nm or package = "
             "organic", lambda f: _beyond_wafer(f, f.of("cost").carrier_area_m2)),
        Rule("chiplet_count", "chiplets beyond the 4096 of a package; 2048 is the most that were assembled",
             "larger chiplets (tiles_per_chiplet), a smaller network, or several packages", _beyond_count),
    ),
    notes=(
        Note("cost_node_beyond", "the process lies outside the tabulated ones: it costs like the nearest",
             lambda f: f.of("cost").is_node_beyond),
        Note("cost_node_between", "the process lies between two tabulated ones: its cost is interpolated",
             lambda f: f.of("cost").is_node_interpolated),
        Note("over_wafer", "a die or carrier is larger than 8,094 mm2, where the law of dies a wafer ends: its cost is "
             "an extrapolation", _over_wafer),
    ),
    says=_says,
)  # fmt: skip
