"""Breakdowns: by engine for every design, by layer for one."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.core.declare import ENERGY, LATENCY
from siam_dse.core.units import MJ_PER_J, MS_PER_S
from siam_dse.system.columns import QUANTITIES
from siam_dse.system.compose import Composition
from siam_dse.system.plan import plan as packaged_plan
from siam_dse.workload.network import LAYER_KINDS

if TYPE_CHECKING:
    import pandas as pd


def engine_table(columns: Mapping[str, FloatArray]) -> "pd.DataFrame":
    """One row for each design and engine: ``design``, ``engine`` and the engine's share of each total.

    Parameters
    ----------
    columns : ``<engine>_<quantity>`` -> (D,)
    """
    import pandas as pd

    engines = packaged_plan().on_package
    n_designs = len(columns[f"{engines[0]}_{QUANTITIES[0]}"])
    table = {"design": np.repeat(np.arange(n_designs), len(engines)), "engine": np.tile(engines, n_designs)}
    for quantity in QUANTITIES:
        table[quantity] = np.stack([columns[f"{engine}_{quantity}"] for engine in engines], axis=1).ravel()
    return pd.DataFrame(table)


def layer_table(f: Composition) -> "pd.DataFrame":
    """Every layer of the one design composed: place, counts, energy by component, latency by engine."""
    import pandas as pd

    network, designs, plan = f.network, f.designs, f.sums.results.plan
    mapping, work = f.record("mapping"), f.record("crossbar_work")
    activity = np.where(np.isnan(network.input_activity), designs.input_activity[0], network.input_activity)
    table: dict[str, object] = {
        "layer": network.layer_names,
        "kind": np.asarray(LAYER_KINDS)[network.kind],
        "macs": network.macs,
        "positions": network.positions,
        "rows": network.rows,
        **{name: getattr(mapping, name)[0] for name in ("columns", "crossbars", "tiles", "copies", "first_chiplet")},
        "chiplets": mapping.spanned_chiplets[0],
        "utilisation": network.rows * mapping.columns[0] / (np.maximum(mapping.tiles[0], 1) * f.cells_per_tile[0]),
        "input_activity": activity,
        "bit_vectors": work.bit_vectors[0],
        "adc_conversions": work.conversions[0],
    }
    if (bits := f.record("converters").bits) is not None:
        table["adc_bits"] = bits[0]
    table |= {f"{e}_latency_ms": f.by_layer(LATENCY, [e])[0] * MS_PER_S for e in f.engines}
    table |= {f"{e}_dynamic_energy_mj": f.by_layer(ENERGY, [e])[0] * MJ_PER_J for e in f.engines}
    for name in f.engines:
        if components := plan.engines[name].components:
            part, _, figure = components.partition(".")
            parts = getattr(f.record(part), figure)
            table |= {f"{name}_{component}_mj": energy_j[0] * MJ_PER_J for component, energy_j in parts.items()}
    return pd.DataFrame(table)
