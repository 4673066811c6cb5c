"""Headline: energy an image of a network on ours as it stands, with survey converters and calibrated, beside GPUs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from siam_dse.core.units import MJ_PER_J, MS_PER_S
from siam_dse.design.designs import Designs
from siam_dse.system.evaluate import evaluate
from siam_dse.technology.presets import preset_names
from siam_dse.technology.technology import Technology
from siam_dse.workload.load import load_network

# Machines of the table, by their row in technology/data/baselines.csv.
MACHINES = {
    "V100 b1": "v100_batch1",
    "V100 b128": "v100_batch128",
    "T4": "mlperf_t4",
    "A100": "mlperf_a100_maxq",
    "H100": "mlperf_h100",
}


def headline(network: str) -> pd.DataFrame:
    """Energy and latency of an image on several circuits with their bands, and the energy of each machine over ours.

    Parameters
    ----------
    network : str
        Of the zoo, or a file.
    """
    rows = [_row("default circuit", network, {}, Technology.load())]
    rows.append(_row("survey converters", network, {"adc_model": "survey"}, Technology.load()))
    for name in preset_names():
        rows.append(_row(f"preset {name}", network, {}, Technology.load(name)))
    return pd.DataFrame(rows)


def _row(name: str, network: str, fields: Mapping[str, Any], technology: Technology) -> dict[str, Any]:
    designs = Designs.grid(technology=technology, **fields)
    asked = load_network(network)
    evaluation = evaluate(asked, designs)
    bands = evaluation.bands()
    energy_mj, latency_ms = bands.energy_j[0] * MJ_PER_J, bands.latency_s[0] * MS_PER_S
    table = technology.table("baselines")
    row: dict[str, Any] = {
        "circuit": name,
        "energy_mj": f"{evaluation.column('energy_mj')[0]:.3g}",
        "loss": f"{evaluation.column('accuracy_loss_pct')[0]:.2g}",
        "band_mj": _span(energy_mj),
        "band_ms": _span(latency_ms),
    }
    for machine, key in MACHINES.items():
        place = int(table.rows(name=key)[0])
        if str(table["network"][place]) == asked.name:
            row[f"{machine} / ours"] = _span(table["energy"][place] * MJ_PER_J / energy_mj[::-1])
    return row


def _span(ends: Any) -> str:
    low, high = np.asarray(ends, dtype=np.float64)
    return f"{low:.3g} - {high:.3g}"
