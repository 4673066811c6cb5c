"""Twin of the cost engine: yield and cost of dies and packages, the design cost, and one die instead of chiplets."""

import math
from decimal import Decimal, localcontext
from functools import cache

from twin.data import constant, row, table


def of(name):
    return constant("cost", name)


# --- dies ------------------------------------------------------------------------------------------------------------


def process(d):
    """Defects a m2, wafer price and design cost of the node that the design pays for: logarithms interpolated."""
    node_nm = d["cost_node_nm"] or d["node_nm"]
    rows = sorted(table("cost_nodes"), key=lambda one: one["node_nm"])
    names = ("defect_density", "wafer_price", "nre")
    if node_nm <= rows[0]["node_nm"]:
        return {name: rows[0][name] for name in names}
    if node_nm >= rows[-1]["node_nm"]:
        return {name: rows[-1][name] for name in names}
    above = next(i for i, one in enumerate(rows) if one["node_nm"] >= node_nm)
    low, high = rows[above - 1], rows[above]
    share = math.log(node_nm / low["node_nm"]) / math.log(high["node_nm"] / low["node_nm"])
    return {name: low[name] * (high[name] / low[name]) ** share for name in names}


def negative_binomial(area, density, clusters):
    """Share of pieces of an area without a defect: (1 + D A / c)^-c."""
    return (1 + density * area / clusters) ** -clusters


@cache
def wafer():
    """Usable diameter, and the area with its scribe line of a die of which a wafer holds just one."""
    diameter = of("wafer_diameter") - 2 * of("wafer_edge")
    low, high = 0.0, diameter
    for _ in range(200):  # the side at which the formula falls through 1
        side = (low + high) / 2
        low, high = (side, high) if _on_wafer(side**2, diameter) > 1 else (low, side)
    return diameter, low**2


def _on_wafer(sawn, diameter):
    return math.pi * (diameter / 2) ** 2 / sawn - math.pi * diameter / math.sqrt(2 * sawn)


def dies_per_wafer(area):
    sawn = (math.sqrt(area) + of("scribe_line")) ** 2
    diameter, largest = wafer()
    return _on_wafer(sawn, diameter) if sawn <= largest else largest / sawn


def repairable(area, density, clusters, tile, tiles, spares):
    """Share of dies of which no more than some of the tiles have defects, by inclusion and exclusion.

    That k given tiles have defects and the others have none: the sum over j of (-1)^j C(k, j) times the share of dies
    without a defect in n - k + j tiles and what is no tile. Fifty digits, for the terms cancel.
    """
    if not spares or not tiles:
        return negative_binomial(area, density, clusters)
    with localcontext() as context:
        context.prec = 120
        rest, c = Decimal(area) - tiles * Decimal(tile), Decimal(clusters)
        clean = [
            (1 + Decimal(density) * (rest + n * Decimal(tile)) / c) ** -c for n in range(tiles + 1)
        ]  # n tiles and the rest
        out = Decimal(0)
        for k in range(min(spares, tiles) + 1):
            terms = ((-1) ** j * math.comb(k, j) * clean[tiles - k + j] for j in range(k + 1))
            out += math.comb(tiles, k) * sum(terms)
        return float(out)


def die(area, node, tiles=(0.0, 0), spares=0):
    """Yield of a die, and its cost before and after the bad ones are thrown away; ``tiles`` area and number."""
    good = repairable(area, node["defect_density"], of("die_critical_level"), *tiles, spares)
    raw = node["wafer_price"] / dies_per_wafer(area)
    return good, raw, raw / good


# --- packages --------------------------------------------------------------------------------------------------------


def bond_yield(d, package):
    return package["bond_yield"] if d["bonding"] == "chiplet_actuary" else d["bond_yield"]


def layer_factor(package_area, n):
    """Price of an organic substrate's layers against one chip's."""
    if n == 1:
        return 1.0
    if package_area > of("large_package"):
        return of("layer_factor_large")
    return of("layer_factor_medium") if package_area > of("medium_package") else of("layer_factor")


def enough(works, n, spares):
    """Probability that no more than some of n fail."""
    return sum(math.comb(n, k) * (1 - works) ** k * works ** (n - k) for k in range(min(spares, n) + 1))


def assemble(d, package, dies, node, tiles):
    """Cost of a good package, its yield and areas, of ``dies``: area and number of each sort; carrier made first.

    ``tiles`` of each sort: area and number in a die, and spare dies.
    """
    n = sum(count for _, count in dies)
    silicon = sum(area * count for area, count in dies)
    raw = sum(count * die(area, node)[1] for area, count in dies)
    known_good = known_good_usd(d, dies, node, tiles)
    chips = known_good + silicon * package["bump_price"]
    least = of("least_yield")
    bonded = math.prod(
        enough(bond_yield(d, package), round(count), spares)
        for (_, count), (_, _, spares) in zip(dies, tiles, strict=True)
    )
    bonded = max(bonded, least)
    if package["carrier_price"] == 0:  # organic: dies on the substrate
        package_area = of("substrate_area_factor") * silicon
        substrate = package_area * of("substrate_price") * layer_factor(package_area, n)
        yielded, carrier_area = bonded, 0.0
        lost = substrate * (1 / bonded - 1)
        made = substrate
    else:
        carrier_area = silicon * package["carrier_area_factor"]
        package_area = of("substrate_area_factor") * carrier_area
        substrate = package_area * of("substrate_price")
        carrier = package["carrier_price"] / dies_per_wafer(carrier_area) + carrier_area * package["carrier_bump_price"]
        carrier_good = negative_binomial(
            carrier_area, package["carrier_defect_density"], package["carrier_critical_level"]
        )
        yielded = max(bonded * of("attach_yield"), least)
        lost = carrier * (1 / max(carrier_good * bonded * of("attach_yield"), least) - 1)
        lost += substrate * (1 / of("attach_yield") - 1)
        made = substrate + carrier
    parts = {
        "raw_chips_usd": raw + silicon * package["bump_price"],
        "defect_chips_usd": known_good - raw,
        "raw_package_usd": made,
        "defect_package_usd": lost,
        "wasted_chips_usd": chips * (1 / yielded - 1),
    }
    return {
        **parts,
        "recurring_usd": sum(parts.values()),
        "package_yield_fraction": yielded,
        "package_area_m2": package_area,
        "carrier_area_m2": carrier_area,
        "n": n,
    }


# --- design cost -----------------------------------------------------------------------------------------------------


def module_nre(area, node):
    return of("nre_module_share") * node["nre"] * area / of("nre_area")


def chip_nre(area, node):
    return node["nre"] * (of("nre_chip_share") * area / of("nre_area") + of("nre_mask_share"))


def package_nre(package, assembly):
    if assembly["carrier_area_m2"] == 0:
        area = assembly["package_area_m2"] * layer_factor(assembly["package_area_m2"], assembly["n"])
    else:
        area = assembly["carrier_area_m2"]
    return area * package["carrier_nre"] + package["carrier_nre_fixed"]


def nre(dies, node, package, assembly):
    """One module as large as the largest die, one chip of each sort, an interface between several dies, a package."""
    out = module_nre(max(area for area, _ in dies), node) + sum(chip_nre(area, node) for area, _ in dies)
    if assembly["n"] > 1:
        out += module_nre(of("nre_phy_area"), node)
    return out + package_nre(package, assembly)


# --- what a design costs ---------------------------------------------------------------------------------------------


def known_good_usd(d, dies, node, tiles):
    """What the good dies of a package cost."""
    return sum(
        count * die(area, node, own[:2], d["spare_tiles"])[2] for (area, count), own in zip(dies, tiles, strict=True)
    )


def package_cost(d, dies, tiles=None):
    """A package of ``dies``, a list of (area, number) of each sort; names of ``CostResult``.

    ``tiles``: of each sort area of a tile, tiles of a die, spare dies; none of them where nothing is said.
    """
    tiles = [own for own, (_, count) in zip(tiles or [(0.0, 0, 0)] * len(dies), dies, strict=True) if count > 0]
    dies = [(area, count) for area, count in dies if count > 0]
    package, node = row("packages", name=d["package"]), process(d)
    out = assemble(d, package, dies, node, tiles)
    out["nre_usd"] = nre(dies, node, package, out)
    out["cost_usd"] = out["recurring_usd"] + (out["nre_usd"] / d["volume"] if d["volume"] else 0.0)
    each = zip(dies, tiles, strict=True)
    out["die_yield_fraction"] = min(die(area, node, own[:2], d["spare_tiles"])[0] for (area, _), own in each)
    out["known_good_dies_usd"] = known_good_usd(d, dies, node, tiles)
    return out


def monolith_cost(d, area):
    """One die of an area on an organic substrate; names of ``MonolithCost``."""
    out = package_cost({**d, "package": "organic"}, [(area, 1)])
    return {
        "mono_area_m2": area,
        "mono_cost_usd": out["cost_usd"],
        "mono_die_yield_fraction": out["die_yield_fraction"],
        "mono_fits_reticle": area <= of("reticle"),
    }
