"""Validation of the mesh model: traces on k x k meshes, replayed cycle by cycle by BookSim2."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.engines.mesh.cases import MODES, Cases
from siam_dse.engines.mesh.models import TRACE_MODELS
from siam_dse.technology.technology import Technology
from siam_dse.validation.kind import PACKAGED, Kind, Target

_KNOBS = ("k", "P", "F", "mode", "gap", "num_vcs", "vc_buf", "flows")


def predict(rows: pd.DataFrame, noc_model: str = "fast", technology: Technology = PACKAGED) -> dict[str, FloatArray]:
    """Makespan and mean packet latency of each row, (n,) [cycle]."""
    if noc_model not in TRACE_MODELS:
        raise InputError("--noc-model", unknown_name("model", noc_model, TRACE_MODELS))
    if not len(rows):
        return {"makespan": np.zeros(0), "avg_pkt_lat": np.zeros(0)}
    makespan, latency = TRACE_MODELS[noc_model](trace_cases(rows, technology))
    return {"makespan": makespan, "avg_pkt_lat": latency}


def trace_cases(rows: pd.DataFrame, technology: Technology = PACKAGED) -> Cases:
    """Cases of rows of traces.

    Parameters
    ----------
    rows : DataFrame
        ``flows`` lists source nodes > destination nodes (numbers joined by semicolons); kind, order, n_src, n_dst,
        offset and gap_tiles say how the trace's author chose them and add nothing.
    technology : Technology

    Returns
    -------
    Cases

    Raises
    ------
    InputError
        A mode is not known, or a list of flows cannot be read or names a node outside of the mesh.
    """
    problems = [
        f"row {row + 1}: mode: {unknown_name('mode', str(name), MODES)}"
        for row, name in enumerate(rows["mode"])
        if name not in MODES
    ]
    for name in ("k", "P", "F", "num_vcs", "vc_buf"):
        problems += [
            f"row {row + 1}: {name}: must be at least 1, got {rows[name].iloc[row]}"
            for row in np.flatnonzero(~(rows[name].to_numpy(dtype=np.float64) >= 1))
        ]
    if problems:
        raise InputError("noc rows", problems)
    sources, destinations = [], []
    for row, (text, side) in enumerate(zip(rows["flows"], rows["k"], strict=True)):
        source, destination, fault = _parsed(str(text), int(side))
        sources.append(source)
        destinations.append(destination)
        problems += [f"row {row + 1}: flows: {fault}"] if fault else []
    if problems:
        raise InputError("noc rows", problems)
    side = rows["k"].to_numpy(dtype=np.int64)
    return Cases(
        columns=side,
        rows=side,
        source=_padded(sources),
        destination=_padded(destinations),
        packets=rows["P"].to_numpy(dtype=np.float64),
        flits=rows["F"].to_numpy(dtype=np.float64),
        mode=np.array([MODES.index(str(name)) for name in rows["mode"]]),
        gap=rows["gap"].to_numpy(dtype=np.float64),
        virtual_channels=rows["num_vcs"].to_numpy(dtype=np.float64),
        vc_flits=rows["vc_buf"].to_numpy(dtype=np.float64),
        constants=technology.constants("mesh"),
    )


def _parsed(text: str, side: int) -> tuple[list[int], list[int], str]:
    """Sources and destinations of a list of flows, and what is wrong with it."""
    ends = text.split(">")
    try:
        source, destination = ([int(node) for node in end.split(";")] for end in ends)
    except ValueError:
        return [], [], f"{text!r} is not source nodes > destination nodes, numbers joined by semicolons"
    outside = [node for node in (*source, *destination) if not 0 <= node < side * side]
    if outside:
        return [], [], f"node {outside[0]} is outside of the mesh; its nodes are 0 to {side * side - 1}"
    if len(set(source)) < len(source) or len(set(destination)) < len(destination):
        return [], [], f"{text!r} names a node twice; name each source and each destination once"
    if source == destination and len(source) == 1:
        return [], [], f"{text!r} sends nothing: a node sends no packets to itself"
    return source, destination, ""


def _padded(lists: Sequence[Sequence[int]]) -> IntArray:
    """Node lists as rows of one array, -1 behind the end of a list."""
    out = np.full((len(lists), max(len(nodes) for nodes in lists)), -1, dtype=np.int64)
    for row, nodes in enumerate(lists):
        out[row, : len(nodes)] = nodes
    return out


KIND = Kind(
    name="noc",
    reference="noc_trace.csv",
    quantities={"makespan": "makespan", "avg_pkt_lat": "avg_pkt_lat"},
    predict=predict,
    knobs=_KNOBS,
    groups=("cfg", "mode", "kind"),
    targets={"makespan|all": Target(0.05, 0.23), "makespan|cfg = siam21": Target(0.05, 0.18)},
    level_targets={
        "fluid": {
            "makespan|all": Target(0.02, 0.16),
            "makespan|cfg = siam21": Target(0.02, 0.12),
            "avg_pkt_lat|all": Target(0.05, 0.31),
        },
        "cycle": {"makespan|all": Target(0.01, 0.05), "avg_pkt_lat|all": Target(0.01, 0.05)},
    },
    note="latency near full load is ill defined: it then grows with the length of the run.",
)
