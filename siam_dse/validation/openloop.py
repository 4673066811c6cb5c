"""Validation of the mesh under random traffic: BookSim2's open-loop latency against injection rate."""

import numpy as np
import pandas as pd

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.engines.mesh.cycles import cycle_open_loop
from siam_dse.engines.mesh.openloop import Injection, open_loop
from siam_dse.engines.mesh.patterns import PATTERNS
from siam_dse.technology.technology import Technology
from siam_dse.validation.kind import PACKAGED, Kind, Target

_NUMBERS = ("k", "num_vcs", "vc_buf", "packet_size", "inj_packet_rate")
# Accepted over injected rate below which BookSim2's rows count as saturated.
_ACCEPTED = 0.95
# The reference rows' runs: cycles of a sample period, periods of warm-up, and periods in all near saturation.
_LONG_RUN, _SHORT_RUN = (1000, 2, 6), (300, 2, 5)
# The long ones: virtual channels x flits of the routers measured so with three patterns on this side; SIAM's router
# with every pattern, but on the largest side.
_LONG_PATTERNS, _LONG_ROUTERS, _LONG_SIDE = ("uniform", "transpose", "neighbor"), ((1, 1), (1, 8), (3, 3), (4, 8)), 4
_SIAM_ROUTER, _LARGEST_SIDE = (3, 3), 10


def predict(rows: pd.DataFrame, noc_model: str = "fast", technology: Technology = PACKAGED) -> dict[str, FloatArray]:
    """Mean packet latency [cycle] and whether the mesh saturates (1 or 0) of each row, (n,).

    The closed form offers no latency where a port or source is busy all the time: runs of the simulator that differ in
    nothing but their seeds then differ by a half (95th percentile). The level ``cycle`` simulates every row.
    """
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
    asked = injections(rows, technology)
    result = open_loop(asked)
    latency = np.where(result.utilisation < 1, result.latency, np.nan)
    if noc_model == "cycle":
        is_long = asked.cycles == _middle(_LONG_RUN)
        periods = np.where(is_long[:, None], _LONG_RUN, _SHORT_RUN)
        latency = cycle_open_loop(asked, periods[:, 0] * periods[:, 2], periods[:, 0] * periods[:, 1])
    return {"avg_pkt_lat": latency, "saturated": (result.accepted < _ACCEPTED).astype(np.float64)}


def injections(rows: pd.DataFrame, technology: Technology = PACKAGED) -> Injection:
    """Cases of rows of open-loop measurements."""
    return Injection(
        side=rows["k"].to_numpy(dtype=np.int64),
        pattern=tuple(str(name) for name in rows["traffic"]),
        rate=rows["inj_packet_rate"].to_numpy(dtype=np.float64),
        flits=rows["packet_size"].to_numpy(dtype=np.float64),
        virtual_channels=rows["num_vcs"].to_numpy(dtype=np.float64),
        vc_flits=rows["vc_buf"].to_numpy(dtype=np.float64),
        cycles=cycles_until_counted(rows),
        constants=technology.constants("mesh"),
    )


def cycles_until_counted(rows: pd.DataFrame) -> FloatArray:
    """Cycles from the start of a run to the packets counted, on average, (n,).

    Above saturation latency is proportional to them. Packets count from the end of the warm-up to the end of the run;
    how long runs were is known from the routers, sides and patterns that were measured together.
    """
    side, pattern = rows["k"].to_numpy(), rows["traffic"].isin(_LONG_PATTERNS).to_numpy()
    router = list(zip(rows["num_vcs"], rows["vc_buf"], strict=True))
    siam = np.array([each == _SIAM_ROUTER for each in router], dtype=bool) & (side < _LARGEST_SIDE)
    listed = np.array([each in _LONG_ROUTERS for each in router], dtype=bool) & (side == _LONG_SIDE) & pattern
    return np.where(siam | listed, _middle(_LONG_RUN), _middle(_SHORT_RUN))


def _middle(run: tuple[int, int, int]) -> float:
    """Cycle in the middle of the periods of a run that count."""
    period, warm_up, periods = run
    return period * (warm_up + periods) / 2


def below_saturation(rows: pd.DataFrame, quantity: str) -> BoolArray:
    """Rows that count: all for ``saturated``, those measured below saturation for the latency."""
    if quantity != "avg_pkt_lat" or "saturated" not in rows:
        return np.ones(len(rows), dtype=bool)
    return (rows["saturated"] == 0).to_numpy()


KIND = Kind(
    name="openloop",
    reference="noc_openloop.csv",
    quantities={"avg_pkt_lat": "avg_pkt_lat", "saturated": "saturated"},
    predict=predict,
    knobs=("traffic", *_NUMBERS),
    groups=("cfg", "traffic"),
    scored=below_saturation,
    yes_no=("saturated",),
    targets={"avg_pkt_lat|all": Target(0.05, 0.20)},
    has_gaps=True,
    note="latency on rows measured below saturation, offered (else NaN) where no port or source is busy all the time; "
    "beyond, runs of the simulator with two seeds differ by a half, and --noc-model cycle gives one. saturated: the "
    "share of rows misjudged.",
)
