"""Twin of the carbon engine: dies, what carries them, the design, and use over a lifetime; kilograms."""

import math

from twin.cost import repairable
from twin.data import constant, row, table


def of(name):
    return constant("carbon", name)


def process(node_nm):
    """Figures of a node, their logarithms interpolated over that of the node; the nearest beyond the table."""
    rows = sorted(table("carbon_nodes"), key=lambda one: one["node_nm"])
    node_nm = min(max(node_nm, rows[0]["node_nm"]), rows[-1]["node_nm"])
    above = max(next(i for i, one in enumerate(rows) if one["node_nm"] >= node_nm), 1)
    low, high = rows[above - 1], rows[above]
    share = math.log(node_nm / low["node_nm"]) / math.log(high["node_nm"] / low["node_nm"])
    names = ("footprint", "defect_density", "wiring_share", "transistors")
    return {name: low[name] * (high[name] / low[name]) ** share for name in names}


def good(area, density):
    return (1 + density * area / of("critical_level")) ** -of("critical_level")


def floor_plan(n, area, along="x"):
    """Extents of n dies by axis, halves side by side along an axis; and the length of each edge that two halves share.

    A die alone is half as long along the split above it as across.
    """
    across = "y" if along == "x" else "x"
    if n == 1:
        return {across: math.sqrt(area / 2), along: 2 * math.sqrt(area / 2)}, []
    one, its_edges = floor_plan(n // 2, area, across)
    other, other_edges = floor_plan(n - n // 2, area, across)
    box = {along: one[along] + of("die_gap") + other[along], across: max(one[across], other[across])}
    return box, [min(one[across], other[across]), *its_edges, *other_edges]


def package(name, n, area, bonded=None):
    """What carries n dies of an area each; nothing for one. ``bonded``: share bonded well, the source's if None."""
    bonded = of("bond_yield") if bonded is None else bonded
    if n == 1:
        return 0.0
    carrier = row("carbon_packages", name=name)
    node = process(carrier["carrier_node_nm"])
    box, edges = floor_plan(n, area)
    if carrier["is_bridged"]:
        silicon = of("bridge_area") * sum(math.ceil(edge / of("bridge_reach")) for edge in edges)
    else:
        silicon = box["x"] * box["y"]
    share = good(silicon, node["defect_density"] * carrier["defect_factor"]) * bonded
    return node["footprint"] * node["wiring_share"] * carrier["layer_share"] * silicon / share


def columns(d, dies, tiles, energy_j, inferences_per_s, bonded):
    """Output columns of the engine, of ``dies``, area and number of each sort, and their ``tiles``, area and number.

    Of the packages a share is ``bonded`` well; the others are lost with their dies.
    """
    tiles = [own[:2] for own, (_, count) in zip(tiles, dies, strict=True) if count > 0]
    dies = [(area, count) for area, count in dies if count > 0]
    node = process(d["cost_node_nm"] or d["node_nm"])
    n = sum(count for _, count in dies)
    made = 0.0
    for (area, count), own in zip(dies, tiles, strict=True):
        share = repairable(area, node["defect_density"], of("critical_level"), *own, d["spare_tiles"])
        made += count * node["footprint"] * area / share / bonded
    made += package(d["package"], n, sum(area * count for area, count in dies) / n, bonded)
    grid = d["grid_g_per_kwh"] * 1e-3 / 3.6e6  # kg a joule
    if d["volume"]:
        gates = sum(node["transistors"] * area for area, _ in dies) / of("transistors_per_gate")
        made += gates * of("gate_time") * of("design_power") * grid / d["volume"]
    inferences = min(d["inferences_per_day"], inferences_per_s * 24 * 3600) * 365.25 * d["lifetime_years"]
    return {
        "carbon_embodied_kg": made,
        "carbon_per_inference_ug": (made / inferences + energy_j * grid) * 1e9,
    }
