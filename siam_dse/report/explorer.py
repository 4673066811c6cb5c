"""The explorer of a run: scatter, parallel coordinates and table that share one filter; the data its script shows."""

from base64 import b64encode
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from siam_dse.core.text import command_line
from siam_dse.report.html import live_part
from siam_dse.report.labels import FLAGS, direction_of, label, varied_fields, words_of
from siam_dse.report.scatter import broken_rules, knee_rows
from siam_dse.report.style import is_log, thinned
from siam_dse.report.view import COMPANIONS, RunView

MOST_POINTS = 20_000  # what a page of a few megabytes holds; the front is always whole
_MOST_INFEASIBLE = 4_000
_FRONT, _FEASIBLE, _KNEE = 1, 2, 4  # bits of a design's flags
_OTHERS = ("throughput_ips", "power_w", "sqnr_db", "utilisation", "chiplets", "tiles", "in_validated_range")
_FEW = 256  # different values that a byte tells apart
_BETTER = {"minimise": "lower", "maximise": "higher"}


def explorer_part(view: RunView, viewed: Iterable[int] = ()) -> str:
    """The explorer as a part of a page that holds plotly's script already; empty where nothing is feasible.

    Parameters
    ----------
    view : RunView
    viewed : trials
        Of designs that the page shows more of.
    """
    if not len(view.front):
        return ""
    return (
        "<p class='note'>Drag a box in the plot, move a slider or brush an axis: plot, axes and table show the same "
        "designs. The page's address holds what is shown, so that a link opens it again.</p>"
        + live_part("explorer", explorer_data(view, viewed))
    )


def explorer_data(view: RunView, viewed: Iterable[int] = ()) -> dict[str, Any]:
    """What the script shows: columns of up to ``MOST_POINTS`` designs, all of the front among them."""
    points = shown_points(view)
    varied = [name for name in varied_fields(view.points) if name in points and points[name].notna().all()]
    objectives = list(view.objectives)
    tabled = [name for name in dict.fromkeys([*objectives, *COMPANIONS]) if name in points]
    names = [*dict.fromkeys([*tabled, *varied, *(name for name in _OTHERS if name in points)])]
    is_front = points["trial"].isin(view.front["trial"]).to_numpy()
    is_knee = points["trial"].isin(knee_rows(view.front)["trial"]).to_numpy()
    feasible = points["feasible"].to_numpy(dtype=bool)
    flags = _FRONT * is_front + _FEASIBLE * feasible + _KNEE * is_knee
    framed = points[feasible]
    columns = [_column(name, points[name], framed[name], view) for name in names if points[name].notna().any()]
    known = {column["name"] for column in columns}
    return {
        "size": len(points),
        "ids": _packed(points["trial"].to_numpy(np.int32)),
        "flags": _packed(flags.astype(np.uint8)),
        "broken": {str(i): text for i, text in enumerate(broken_rules(points)) if text},
        "columns": columns,
        "varied": [name for name in varied if name in known],
        "objectives": objectives,
        "tabled": [name for name in tabled if name in known],
        "sliders": [name for name in dict.fromkeys([*tabled, *varied]) if name in known],
        "x": objectives[0],
        "y": objectives[1] if len(objectives) > 1 else next(name for name in tabled if name != objectives[0]),
        "colour": objectives[2] if len(objectives) > 2 else tabled[-1],
        "viewed": [int(trial) for trial in viewed],
        "command": command_line("explain", view.name, "--design", "ID"),
    }


def shown_points(view: RunView) -> pd.DataFrame:
    """Designs that the explorer holds: the front, then others evenly spread."""
    points = view.points
    is_front = points["trial"].isin(view.front["trial"])
    feasible = points["feasible"].astype(bool) & ~is_front
    others = thinned(points[feasible], max(MOST_POINTS - int(is_front.sum()), 0))
    broken = thinned(points[~points["feasible"].astype(bool)], _MOST_INFEASIBLE)
    return pd.concat([points[is_front], others, broken], ignore_index=True)


def _column(name: str, values: pd.Series, feasible: pd.Series, view: RunView) -> dict[str, Any]:
    """A column as the script has it: numbers, or places among the texts that occur."""
    out: dict[str, Any] = {
        "name": name,
        "label": label(name),
        "short": words_of(name),
        "better": _BETTER.get(direction_of(name, view.objectives), ""),
        "flag": name in FLAGS or values.dtype == bool,
    }
    if not pd.api.types.is_numeric_dtype(values) and not out["flag"]:
        levels = sorted(values.astype(str).unique().tolist())
        codes = values.astype(str).map({level: i for i, level in enumerate(levels)}).to_numpy(np.uint16)
        return out | {"levels": levels, "data": _packed(codes), "low": 0, "high": len(levels) - 1, "log": False}
    plain = values.astype(float).to_numpy(np.float32)
    seen = feasible.astype(float).dropna()
    seen = seen if len(seen) else pd.Series([0.0, 1.0])
    low, high = (float(np.float32(end)) for end in (seen.min(), seen.max()))
    found, codes = np.unique(plain, return_inverse=True)
    if len(found) <= _FEW and np.isfinite(found).all():  # as an axis has: a byte each
        packed: dict[str, Any] = {"values": found.tolist(), "data": _packed(codes.astype(np.uint8))}
    else:
        packed = {"data": _packed(plain)}
    return out | packed | {"low": low, "high": high, "log": is_log(seen) and not out["flag"]}


def _packed(array: np.ndarray[Any, Any]) -> str:
    return b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
