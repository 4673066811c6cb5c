"""Parallel coordinates: the designs of a front, axis by axis and objective by objective."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from siam_dse.report.chart import Chart
from siam_dse.report.labels import label, number, unit_of, varied_fields, words_of
from siam_dse.report.scatter import colour_scale
from siam_dse.report.style import SCALE, dress, is_log, level_axis

_TICKS = 6
_ONE_LINE = 14  # a label longer than this is broken over two lines


def parallel_coordinates(
    front: pd.DataFrame, directions: Mapping[str, str], axes: Sequence[str] | None = None, colour: str | None = None
) -> Chart:
    """The front's designs as lines over the axes that vary and the objectives; drag along an axis to select.

    Levels of an axis are evenly spaced; an objective that spans a decade is on a logarithmic scale. The last axis tells
    the knee from the rest.
    """
    names = list(axes if axes is not None else varied_fields(front))
    dimensions = [_level_dimension(front, name) for name in names]
    dimensions += [_value_dimension(front, name) for name in directions]
    if "knee" in front and front["knee"].any():
        dimensions.append({"label": "knee", "values": front["knee"].astype(int).tolist(), "range": [0, 1],
                           "tickvals": [0, 1], "ticktext": ["other", "knee"]})  # fmt: skip
    colour = colour or next(iter(directions))
    line: dict[str, Any] = {"colorscale": SCALE}
    if len(front):
        line = colour_scale(front[colour], colour)
        line["color"] = list(line["color"])
    figure = Chart()
    figure.data.append(
        {"type": "parcoords", "dimensions": dimensions, "line": line, "labelfont": {"size": 13},
         "tickfont": {"size": 12}, "rangefont": {"size": 1, "color": "rgba(0,0,0,0)"},
         "unselected": {"line": {"opacity": 0.08}}}
    )  # fmt: skip
    note = "a line is a design; drag along an axis to select, drag its name to move it, double-click to clear"
    dress(figure, f"The front, axis by axis ({len(front)} designs)", 600, note)
    figure.update_layout(margin={"l": 70, "r": 40, "t": 136, "b": 40})
    return figure


def _level_dimension(front: pd.DataFrame, name: str) -> dict[str, Any]:
    ranks, texts = level_axis(front[name])
    return {"label": _broken(name), "values": ranks, "tickvals": list(range(len(texts))), "ticktext": texts,
            "range": [-0.25, len(texts) - 0.75]}  # fmt: skip


def _value_dimension(front: pd.DataFrame, name: str) -> dict[str, Any]:
    values = front[name].astype(float)
    if not len(values):
        return {"label": _broken(name), "values": []}
    if is_log(values):
        values = pd.Series(np.log10(values))
    low, high = float(values.min()), float(values.max())
    marks = np.linspace(low, high, _TICKS) if high > low else np.array([low])
    shown = 10**marks if is_log(front[name]) else marks
    return {"label": _broken(name), "values": values.tolist(), "tickvals": marks.tolist(),
            "ticktext": [number(mark, 3) for mark in shown.tolist()],
            "range": [low, high] if high > low else [low - 1, high + 1]}  # fmt: skip


def _broken(name: str) -> str:
    """Label on two lines where it is long: words above, unit below."""
    if len(label(name)) <= _ONE_LINE:
        return label(name)
    if unit_of(name):
        return f"{words_of(name)}<br>[{unit_of(name)}]"
    head, _, tail = words_of(name).rpartition(" ")
    return f"{head}<br>{tail}" if head else tail
