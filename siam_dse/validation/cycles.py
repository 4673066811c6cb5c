"""The network on chip of a design simulated flit by flit, beside the closed form and the replay that a search uses."""

import numpy as np
import pandas as pd

from siam_dse.core.units import PERCENT
from siam_dse.design.designs import Designs
from siam_dse.system.evaluate import evaluate
from siam_dse.workload.network import Network

LEVELS = ("fast", "fluid", "cycle")
_COLUMN = "noc_latency_ms"


def compare_levels(network: Network, designs: Designs) -> pd.DataFrame:
    """Latency of the network on chip by layer at every level.

    Parameters
    ----------
    network : Network
    designs : Designs
        One.

    Returns
    -------
    DataFrame
        A row a layer and one for their sum: ``layer``, ``<level>_ms``, and ``fast_pct``, ``fluid_pct``: their errors
        against the simulation, NaN where nothing moves. Transfers within a layer follow one another at every level;
        the simulation is of each by itself.
    """
    layers = {level: evaluate(network, designs, noc_model=level).by_layer()[_COLUMN] for level in LEVELS}
    table = pd.DataFrame({"layer": [*network.layer_names, "all"]})
    for level, values in layers.items():
        table[f"{level}_ms"] = np.append(values.to_numpy(dtype=float), values.sum())
    simulated = table["cycle_ms"].where(table["cycle_ms"] > 0)
    for level in LEVELS[:-1]:
        table[f"{level}_pct"] = PERCENT * (table[f"{level}_ms"] / simulated - 1)
    return table
