"""Breakdowns of an evaluation: by engine for every design, by layer for one."""

import numpy as np
import pandas as pd

from siam_dse.core.units import MJ_PER_J, MM2_PER_M2, NS_PER_S, PJ_PER_J
from siam_dse.mapping.duplication import positions_per_copy
from siam_dse.system.batch import Batch
from siam_dse.system.evaluate import Evaluation
from siam_dse.system.totals import ENGINES, Totals

_US_PER_S = 1e6
_UJ_PER_J = 1e6


def engine_table(evaluation: Evaluation) -> pd.DataFrame:
    """One row a design and engine: energy, leakage, latency and area, with shares of the totals."""
    quantities = ("energy_mj", "leakage_energy_mj", "latency_ms", "area_mm2")
    names = [f"{engine}_{quantity}" for engine in ENGINES for quantity in quantities]
    values = evaluation.columns([*names, "energy_mj", "latency_ms", "area_mm2"])
    pieces = []
    for engine in ENGINES:
        piece = pd.DataFrame({"design": np.arange(len(evaluation)), "engine": engine})
        for quantity in quantities:
            piece[quantity] = values[f"{engine}_{quantity}"]
        for quantity in ("energy_mj", "latency_ms", "area_mm2"):
            share = quantity.rsplit("_", 1)[0] + "_share"
            on_package = sum(values[f"{other}_{quantity}"] for other in ENGINES)
            piece[share] = values[f"{engine}_{quantity}"] / on_package
        pieces.append(piece)
    return pd.concat(pieces).sort_values("design", kind="stable", ignore_index=True)


def component_table(evaluation: Evaluation, i: int) -> pd.DataFrame:
    """Energy, leakage and area of design ``i`` by component of the crossbars and tiles."""
    batch = evaluation.batch_of(np.array([i]))
    totals = Totals(batch)
    work = batch.network.positions * (1 - batch.network.sparsity)
    tiles = float(totals.package_tiles[0])
    crossbars = tiles * float(batch.designs.crossbars_per_tile[0])
    rows = []
    for engine, cost, count in (("crossbar", batch.crossbar, crossbars), ("tile", batch.tile, tiles)):
        names = dict.fromkeys([*cost.area_by_component, *cost.energy_by_component, *cost.leakage_by_component])
        for name in names:
            area = cost.area_by_component.get(name)
            energy = cost.energy_by_component.get(name)
            leakage = cost.leakage_by_component.get(name)
            rows.append(
                {
                    "engine": engine,
                    "component": name,
                    "energy_mj": 0.0 if energy is None else float((energy[0] * work).sum()) * MJ_PER_J,
                    "area_mm2": 0.0 if area is None else float(area[0]) * count * MM2_PER_M2,
                    "leakage_w": 0.0 if leakage is None else float(leakage[0]) * count,
                }
            )
    return pd.DataFrame(rows)


def layer_table(evaluation: Evaluation, i: int) -> pd.DataFrame:
    """Layer table of design ``i``: shape, place, work, energy (uJ) and latency (us) by engine and component."""
    batch = evaluation.batch_of(np.array([i]))
    network, mapping = batch.network, batch.mapping
    totals = Totals(batch)
    activation_bits = int(batch.designs.activation_bits[0])
    work = network.positions * (1 - network.sparsity)
    copies = mapping.copies[0]
    cells = network.rows * mapping.columns[0]
    cells_per_tile = int(
        batch.designs.crossbars_per_tile[0] * batch.designs.crossbar_rows[0] * batch.designs.crossbar_cols[0]
    )
    activity = np.where(np.isnan(network.input_activity), batch.designs.input_activity[0], network.input_activity)
    noc_energy = (
        batch.noc.link_bits[0] * totals.noc_physics.link_energy_j_per_bit[0]
        + batch.noc.router_bits[0] * totals.noc_physics.router_energy_j_per_bit[0]
    )
    columns = {
        "layer": network.layer_names,
        "rows": network.rows,
        "columns": mapping.columns[0],
        "positions": network.positions,
        "macs": network.macs,
        "crossbars": mapping.crossbars[0],
        "tiles": mapping.tiles[0],
        "copies": copies,
        "chiplet": mapping.first_chiplet[0],
        "chiplets": mapping.spanned_chiplets[0],
        "utilisation": cells / (mapping.tiles[0] * cells_per_tile),
        "input_activity": activity,
        "bit_vectors": positions_per_copy(network.positions, mapping.copies)[0] * activation_bits,
        "adc_conversions": batch.crossbar.conversions[0] * network.positions,
        "crossbar_latency_us": batch.compute.crossbar_s[0] * _US_PER_S,
        "tile_latency_us": (batch.compute.tile_s[0] + batch.chiplet.latency_s[0]) * _US_PER_S,
        "noc_latency_us": batch.noc.latency_s[0] * _US_PER_S,
        "nop_latency_us": batch.nop.latency_s[0] * _US_PER_S,
        "latency_us": totals.layer_latency_s()[0] * _US_PER_S,
        "crossbar_energy_uj": batch.crossbar.energy_j[0] * work * _UJ_PER_J,
        "tile_energy_uj": (batch.tile.energy_j[0] * work + batch.chiplet.energy_j[0]) * _UJ_PER_J,
        "noc_energy_uj": noc_energy * _UJ_PER_J,
        "nop_energy_uj": batch.nop.energy_j[0] * _UJ_PER_J,
    }
    table = pd.DataFrame(columns)
    energies = ["crossbar_energy_uj", "tile_energy_uj", "noc_energy_uj", "nop_energy_uj"]
    table["dynamic_energy_uj"] = table[energies].sum(axis=1)
    for name, energy in batch.crossbar.energy_by_component.items():
        table[f"crossbar_{name}_uj"] = energy[0] * work * _UJ_PER_J
    for name, energy in batch.tile.energy_by_component.items():
        table[f"tile_{name}_uj"] = energy[0] * work * _UJ_PER_J
    return table


def headline(batch: Batch) -> dict[str, float]:
    """Reference figures of the first design: pJ a MAC, mm2 a million weights, share of the ADC, ns a bit-vector."""
    totals = Totals(batch)
    macs = float(batch.network.macs.sum())
    energy = sum(float(totals.dynamic_energy_j[e][0] + totals.leakage_energy_j[e][0]) for e in ENGINES)
    work = batch.network.positions * (1 - batch.network.sparsity)
    adc = batch.crossbar.energy_by_component.get("adc")
    area = sum(float(totals.area_m2[e][0]) for e in ENGINES) * MM2_PER_M2
    return {
        "pj_per_mac": energy / macs * PJ_PER_J,
        "mm2_per_million_weights": area / (float(batch.network.weights.sum()) / 1e6),
        "adc_share_of_energy": 0.0 if adc is None else float((adc[0] * work).sum()) / energy,
        "bit_vector_ns": float(batch.crossbar.bit_vector_time_s[0]) * NS_PER_S,
    }
