"""Cross-check with single layers of DNN+NeuroSim V1.3's chips: the rows behind :mod:`siam_dse.validation.chip`.

A row names a chip run and one of its layers; the run's circuit and network are those of the packaged chip runs.
"""

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.engines.crossbar.options import NEUROSIM13, SOUND
from siam_dse.technology.technology import Technology
from siam_dse.validation import chip
from siam_dse.validation.kind import PACKAGED, Kind
from siam_dse.validation.tables import reference_rows


@cache
def _runs() -> pd.DataFrame:
    """Packaged chip runs by name."""
    return reference_rows(chip.KIND).set_index("run_id", drop=False)


def predict(rows: pd.DataFrame, noc_model: str = "fast", technology: Technology = PACKAGED) -> Mapping[str, FloatArray]:
    """Energies and time of conversions of each layer, (n,); NaN for runs with the novel mapping."""
    del noc_model
    rows = rows.reset_index(drop=True)
    _check(rows)
    out = {name: np.full(len(rows), np.nan) for name in _QUANTITIES}
    runs = _runs().loc[rows["run_id"].unique()]
    for name, group in runs[runs["NS_NOVEL"] == 0].groupby("net", sort=False):
        at = np.flatnonzero(rows["run_id"].isin(group["run_id"]))
        run = group.index.get_indexer(pd.Index(rows["run_id"].iloc[at]))
        layer = rows["layer"].to_numpy(dtype=np.int64)[at] - 1
        for options, suffix in ((SOUND, ""), (NEUROSIM13, chip.AS_SOURCE)):
            figures = chip.chip_figures(group, chip.chip_network(str(name)), options, technology).layers()
            for quantity, values in figures.items():
                if quantity + suffix in out:
                    out[quantity + suffix][at] = values[run, layer]
    return out


def _check(rows: pd.DataFrame) -> None:
    """Every row names a packaged run and a layer that its network has."""
    runs, faults = _runs(), []
    for i, (run_id, layer) in enumerate(zip(rows["run_id"], rows["layer"], strict=True), start=1):
        if run_id not in runs.index:
            faults.append(f"row {i}: {unknown_name('run_id', str(run_id), runs.index)}")
            continue
        layers = chip.chip_network(str(runs.loc[run_id, "net"])).n_layers
        if not 1 <= layer <= layers:
            faults.append(f"row {i}: layer {layer}; {run_id} has layers 1 to {layers}")
    if faults:
        raise InputError("rows", faults)


def scored(rows: pd.DataFrame, quantity: str) -> BoolArray:
    """Rows of the chip runs that count; for latency layers of as many positions as copies: none share a position."""
    keep = chip.scored(_runs().loc[rows["run_id"]], quantity)
    if quantity != "lat_adc_ns":
        return keep
    positions = [
        chip.chip_network(str(net)).positions[layer - 1] for net, layer in zip(rows["net"], rows["layer"], strict=True)
    ]
    copies = rows["dup_r"].to_numpy() * rows["dup_c"].to_numpy()
    return np.asarray(keep & (np.array(positions) >= copies))


_QUANTITIES = (*("en_adc_pJ", "en_adc_pJ_as_source", "en_accum_pJ", "en_accum_pJ_as_source", "lat_adc_ns"),)

KIND = Kind(
    name="chip_layers",
    reference="chip_layers.csv",
    quantities={name: name.removesuffix(chip.AS_SOURCE) for name in _QUANTITIES},
    predict=predict,
    knobs=("run_id", "layer"),
    groups=("net",),
    scored=scored,
    has_gaps=True,
    note="a cross-check without targets: the layers of the chips of --kind chip.",
)
