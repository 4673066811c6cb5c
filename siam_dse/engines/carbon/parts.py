"""What the carbon engine declares: carbon of the dies that the other engines add up to, and of their use."""

from siam_dse.core.declare import Column, Composed, Engine, Note
from siam_dse.core.units import PERCENT, UG_PER_KG
from siam_dse.engines.carbon.engine import CarbonResult, SpareTiles, carbon, node_of


def _carbon(f: Composed) -> CarbonResult:
    area_m2, count = f.dies
    energy_j = f.energy_j + f.figure("dram.energy_j") if f.include_dram else f.energy_j
    spares = SpareTiles(*f.tiles_of_dies, f.designs.spare_tiles[:, None]) if f.designs.spare_tiles.any() else None
    good = f.of("cost").package_yield_fraction
    return carbon(f.designs, area_m2, count, energy_j, f.inferences_per_s, good, spares)


def _says(f: Composed) -> str:
    result = f.of("carbon")
    use_kg, embodied_kg = result.use_kg[0], result.embodied_kg[0]
    parts = {"dies": result.dies_kg[0], "package": result.package_kg[0], "design": result.design_kg[0]}
    shares = ", ".join(f"{name} {kg / embodied_kg * PERCENT:.3g} %" for name, kg in parts.items() if kg > 0)
    return (
        f"Carbon {embodied_kg:.4g} kg embodied: {shares}; use {use_kg:.4g} kg, "
        f"{result.inferences[0]:.4g} inferences in {f.designs.lifetime_years[0]:g} years at "
        f"{f.designs.grid_g_per_kwh[0]:g} g/kWh; {result.per_inference_kg[0] * UG_PER_KG:.4g} ug an inference, "
        f"{use_kg / (use_kg + embodied_kg) * PERCENT:.3g} % of it use."
    )


CARBON = Engine(
    name="carbon",
    word="carbon",
    composed=(("carbon", _carbon), ("carbon_node", lambda f: node_of(f.designs))),
    columns=(
        Column("carbon_embodied_kg", "kg", "carbon dioxide of making a good package: dies over their yield, what "
               "carries them, bonding losses; its share of the design where volume > 0", "minimise",
               lambda f: f.of("carbon").embodied_kg),
        Column("carbon_per_inference_ug", "ug", "carbon dioxide of an inference: its energy on the grid, and its share "
               "of the package over the lifetime", "minimise", lambda f: f.of("carbon").per_inference_kg * UG_PER_KG),
    ),
    notes=(
        Note("carbon_node_beyond", "the process lies outside the nodes of the carbon table: it counts as the nearest",
             lambda f: f.of("carbon_node").is_beyond),
        Note("carbon_node_between",
             "the process lies between two nodes of the carbon table: its figures are interpolated",
             lambda f: f.of("carbon_node").is_interpolated),
    ),
    says=_says,
)  # fmt: skip
