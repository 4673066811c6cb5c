"""Validation of the mesh under random traffic: BookSim2's open-loop latency against injection rate."""

import numpy as np
import pandas as pd

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.engines.mesh.openloop import Injection, open_loop_latency
from siam_dse.engines.mesh.patterns import PATTERNS
from siam_dse.validation.kind import Kind, Target

_NUMBERS = ("k", "num_vcs", "vc_buf", "packet_size", "inj_packet_rate")
# Accepted over injected rate below which BookSim2's rows count as saturated.
_ACCEPTED = 0.95


def predict(rows: pd.DataFrame, noc_model: str = "fast") -> dict[str, FloatArray]:
    """Mean packet latency [cycle] and whether the mesh saturates (1 or 0) of each row, (n,); one level only."""
    del noc_model
    problems = [
        f"row {row + 1}: traffic: {unknown_name('pattern', str(name), PATTERNS)}"
        for row, name in enumerate(rows["traffic"])
        if name not in PATTERNS
    ]
    for name in _NUMBERS:
        faulty = np.flatnonzero(~(rows[name].to_numpy(dtype=np.float64) > 0))
        problems += [f"row {row + 1}: {name}: must be above 0, got {rows[name].iloc[row]}" for row in faulty]
    if problems:
        raise InputError("openloop rows", problems)
    latency, utilisation = open_loop_latency(injections(rows))
    return {"avg_pkt_lat": latency, "saturated": (utilisation > 1 / _ACCEPTED).astype(np.float64)}


def injections(rows: pd.DataFrame) -> Injection:
    """Cases of rows of open-loop measurements."""
    return Injection(
        side=rows["k"].to_numpy(dtype=np.int64),
        pattern=tuple(str(name) for name in rows["traffic"]),
        rate=rows["inj_packet_rate"].to_numpy(dtype=np.float64),
        flits=rows["packet_size"].to_numpy(dtype=np.float64),
        virtual_channels=rows["num_vcs"].to_numpy(dtype=np.float64),
        vc_flits=rows["vc_buf"].to_numpy(dtype=np.float64),
    )


def below_saturation(rows: pd.DataFrame, quantity: str) -> BoolArray:
    """Rows that count: all for ``saturated``, those measured below saturation for the latency."""
    if quantity != "avg_pkt_lat" or "saturated" not in rows:
        return np.ones(len(rows), dtype=bool)
    return (rows["saturated"] == 0).to_numpy()


def relative_error(predicted: FloatArray, reference: FloatArray) -> FloatArray:
    """Predicted over reference less 1; the difference where the reference is 0."""
    safe = np.where(reference == 0, 1, reference)
    return np.asarray((predicted - reference) / safe)


KIND = Kind(
    name="openloop",
    reference="noc_openloop.csv",
    quantities={"avg_pkt_lat": "avg_pkt_lat", "saturated": "saturated"},
    predict=predict,
    knobs=("traffic", *_NUMBERS),
    groups=("cfg", "traffic"),
    scored=below_saturation,
    errors=relative_error,
    targets={"avg_pkt_lat|all": Target(0.05, 0.20)},
    note="latency on rows measured below saturation. Rows within a few percent of it depend on the length of the run "
    "and carry the 95th percentile; up to three times the idle latency it is below the target.",
)
