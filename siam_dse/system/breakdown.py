"""Breakdowns: by engine for every design, by layer for one."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from siam_dse.core.arrays import FloatArray
from siam_dse.core.units import MJ_PER_J, MS_PER_S
from siam_dse.system.figures import ENGINES, Figures
from siam_dse.workload.network import LAYER_KINDS

QUANTITIES = ("energy_mj", "latency_ms", "area_mm2", "leakage_energy_mj")


def engine_table(columns: Mapping[str, FloatArray]) -> pd.DataFrame:
    """One row for each design and engine: ``design``, ``engine`` and the engine's share of each total.

    Parameters
    ----------
    columns : ``<engine>_<quantity>`` -> (D,)
    """
    n_designs = len(columns[f"{ENGINES[0]}_{QUANTITIES[0]}"])
    table = {"design": np.repeat(np.arange(n_designs), len(ENGINES)), "engine": np.tile(ENGINES, n_designs)}
    for quantity in QUANTITIES:
        table[quantity] = np.stack([columns[f"{engine}_{quantity}"] for engine in ENGINES], axis=1).ravel()
    return pd.DataFrame(table)


def layer_table(figures: Figures) -> pd.DataFrame:
    """Every layer of the one design in ``figures``: place, counts, energy by component, latency by engine."""
    batch, network = figures.batch, figures.batch.network
    mapping, work = batch.mapping, batch.crossbar_energy
    crossbar_cells = batch.designs.crossbar_rows * batch.designs.crossbar_cols * batch.designs.crossbars_per_tile
    table: dict[str, object] = {
        "layer": network.layer_names,
        "kind": np.asarray(LAYER_KINDS)[network.kind],
        "macs": network.macs,
        "positions": network.positions,
        "rows": network.rows,
        "columns": mapping.columns[0],
        "crossbars": mapping.crossbars[0],
        "tiles": mapping.tiles[0],
        "copies": mapping.copies[0],
        "first_chiplet": mapping.first_chiplet[0],
        "chiplets": mapping.spanned_chiplets[0],
        "utilisation": network.rows * mapping.columns[0] / (mapping.tiles[0] * crossbar_cells),
        "input_activity": np.where(
            np.isnan(network.input_activity), batch.designs.input_activity[0], network.input_activity
        ),
        "bit_vectors": work.bit_vectors[0],
        "adc_conversions": work.conversions[0],
    }
    for engine in ENGINES:
        table[f"{engine}_latency_ms"] = figures.layer_latency_s(engine)[0] * MS_PER_S
    for engine in ENGINES:
        table[f"{engine}_dynamic_energy_mj"] = sum(p.gathered()[0] for p in figures.parts.energy[engine]) * MJ_PER_J
    parts = {"crossbar": work.by_component, "tile": batch.tile_energy.by_component}
    for engine, components in parts.items():
        for name, energy_j in components.items():
            table[f"{engine}_{name}_mj"] = energy_j[0] * MJ_PER_J
    return pd.DataFrame(table)
