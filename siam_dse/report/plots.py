"""The figures of a run. Each takes tables and returns a plotly figure; nothing is read or written here."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from siam_dse.report.labels import axis_label, field_label, hover_text, short_label, varied_fields

FRONT_COLOUR = "#c2410c"
POINT_COLOUR = "#94a3b8"
KNEE_COLOUR = "#111827"
ENGINE_COLOURS = {"crossbar": "#1d4ed8", "tile": "#0d9488", "noc": "#d97706", "nop": "#be185d"}
_SCALE = "Viridis"
_LOG_RATIO = 30.0  # an axis whose values span more than this is drawn logarithmic
_MOST_POINTS = 5000  # points behind the front that a scatter shows


def _layout(figure: go.Figure, title: str, height: int = 560) -> go.Figure:
    figure.update_layout(
        title={"text": title, "x": 0.01, "font": {"size": 18}},
        template="plotly_white",
        font={"family": "Inter, Segoe UI, Helvetica, Arial, sans-serif", "size": 13, "color": "#1f2937"},
        height=height,
        margin={"l": 70, "r": 30, "t": 70, "b": 60},
        hoverlabel={"align": "left", "font": {"size": 11}},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "xanchor": "right", "x": 1.0},
    )
    return figure


def axis_type(values: pd.Series) -> str:
    """``log`` where positive values span a wide range, else ``linear``."""
    finite = values[np.isfinite(values)]
    if len(finite) and finite.min() > 0 and finite.max() / finite.min() > _LOG_RATIO:
        return "log"
    return "linear"


def _thinned(points: pd.DataFrame) -> pd.DataFrame:
    """Every n-th point so that at most a few thousand are drawn."""
    step = max(len(points) // _MOST_POINTS, 1)
    return points.iloc[::step]


def pareto_scatter(
    points: pd.DataFrame, front: pd.DataFrame, x: str, y: str, colour: str | None = None, knee: int | None = None
) -> go.Figure:
    """Feasible points and the front in two objectives, a third as colour, the whole design under the pointer."""
    figure = go.Figure()
    outputs = [name for name in (x, y, colour) if name]
    feasible = _thinned(points[points["feasible"]])
    figure.add_scattergl(
        x=feasible[x], y=feasible[y], mode="markers", name=f"evaluated ({len(points)})",
        marker={"size": 4, "color": POINT_COLOUR, "opacity": 0.45}, text=hover_text(feasible, outputs),
        hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip
    marker = {"size": 9, "color": FRONT_COLOUR, "line": {"width": 0.5, "color": "white"}}
    if colour and len(front):
        marker |= {
            "color": front[colour], "colorscale": _SCALE, "showscale": True,
            "colorbar": {"title": {"text": short_label(colour), "side": "right"}, "thickness": 14},
        }  # fmt: skip
    figure.add_scatter(
        x=front[x], y=front[y], mode="markers", name=f"Pareto front ({len(front)})", marker=marker,
        text=hover_text(front, outputs), hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip
    if knee is not None and len(front):
        row = front.loc[[knee]]
        figure.add_scatter(
            x=row[x], y=row[y], mode="markers", name="knee",
            marker={"size": 17, "symbol": "circle-open", "color": KNEE_COLOUR, "line": {"width": 2.5}},
            text=hover_text(row, outputs), hovertemplate="knee<br>%{text}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title=axis_label(x), type=axis_type(feasible[x]))
    figure.update_yaxes(title=axis_label(y), type=axis_type(feasible[y]))
    return _layout(figure, f"{short_label(y)} against {short_label(x)}")


def pareto_matrix(points: pd.DataFrame, front: pd.DataFrame, objectives: Sequence[str]) -> go.Figure:
    """Every pair of objectives: evaluated points behind, the front before."""
    n = len(objectives)
    figure = make_subplots(rows=n - 1, cols=n - 1, horizontal_spacing=0.04, vertical_spacing=0.04)
    feasible = _thinned(points[points["feasible"]])
    text = hover_text(front, list(objectives))
    for i, j in combinations(range(n), 2):
        row, col = j, i + 1
        x, y = objectives[i], objectives[j]
        figure.add_scattergl(
            x=feasible[x], y=feasible[y], mode="markers", row=row, col=col, showlegend=i == 0 and j == 1,
            name="evaluated", marker={"size": 3, "color": POINT_COLOUR, "opacity": 0.35}, hoverinfo="skip",
        )  # fmt: skip
        figure.add_scatter(
            x=front[x], y=front[y], mode="markers", row=row, col=col, showlegend=i == 0 and j == 1,
            name="Pareto front", marker={"size": 5, "color": FRONT_COLOUR}, text=text,
            hovertemplate="%{text}<extra></extra>",
        )  # fmt: skip
        figure.update_xaxes(type=axis_type(feasible[x]), row=row, col=col, showticklabels=row == n - 1)
        figure.update_yaxes(type=axis_type(feasible[y]), row=row, col=col, showticklabels=col == 1)
        if row == n - 1:
            figure.update_xaxes(title=short_label(x), row=row, col=col)
        if col == 1:
            figure.update_yaxes(title=short_label(y), row=row, col=col)
    return _layout(figure, "All pairs of objectives (lower is better)", height=max(260 * (n - 1), 420))


def parallel_coordinates(front: pd.DataFrame, objectives: Sequence[str]) -> go.Figure:
    """The front's axes and objectives side by side; drag along an axis to select."""
    names = [*varied_fields(front), *objectives]
    dimensions = []
    for name in names:
        values = front[name]
        if values.dtype.kind in "iufb" or str(values.dtype) == "Int64":
            numbers = values.astype(float)
            levels = np.unique(numbers)
            if name in objectives:
                dimensions.append({"label": short_label(name), "values": numbers})
                continue
            ranks = np.searchsorted(levels, numbers)
            dimensions.append({"label": field_label(name), "values": ranks, "tickvals": list(range(len(levels))),
                               "ticktext": [f"{level:g}" for level in levels]})  # fmt: skip
        else:
            codes, labels = pd.factorize(values.astype(str), sort=True)
            dimensions.append({"label": field_label(name), "values": codes, "tickvals": list(range(len(labels))),
                               "ticktext": list(labels)})  # fmt: skip
    first = objectives[0]
    figure = go.Figure(
        go.Parcoords(
            dimensions=dimensions,
            line={"color": front[first], "colorscale": _SCALE, "showscale": True,
                  "colorbar": {"title": {"text": short_label(first), "side": "right"}, "thickness": 14}},
            labelfont={"size": 12}, tickfont={"size": 11}, labelangle=-12,
        )
    )  # fmt: skip
    _layout(figure, "The front, axis by axis", height=560)
    figure.update_layout(margin={"l": 70, "r": 60, "t": 130, "b": 40})
    return figure


def engine_breakdown(front: pd.DataFrame, labels: Sequence[str]) -> go.Figure:
    """Energy, latency and area of chosen designs, stacked by engine."""
    quantities = ("energy_mj", "latency_ms", "area_mm2")
    figure = make_subplots(rows=1, cols=3, subplot_titles=[short_label(q) for q in quantities], shared_yaxes=True,
                           horizontal_spacing=0.04)  # fmt: skip
    for col, quantity in enumerate(quantities, start=1):
        for engine, colour in ENGINE_COLOURS.items():
            figure.add_bar(
                y=list(labels), x=front[f"{engine}_{quantity}"], orientation="h", name=engine, row=1, col=col,
                marker={"color": colour}, legendgroup=engine, showlegend=col == 1,
                hovertemplate=f"{engine}: %{{x:.4g}}<extra></extra>",
            )  # fmt: skip
    figure.update_layout(barmode="stack")
    figure.update_yaxes(autorange="reversed")
    _layout(figure, "Where energy, latency and area go", height=max(60 + 34 * len(front), 320) + 90)
    figure.update_layout(
        legend={"y": -0.12, "x": 0.5, "xanchor": "center", "yanchor": "top"}, margin={"l": 230, "t": 90}
    )
    return figure


def hypervolume_history(history: pd.DataFrame) -> go.Figure:
    """Hypervolume of the feasible points found, over designs asked for; ``history`` has ``trials``, ``hypervolume``."""
    figure = go.Figure()
    figure.add_scatter(
        x=history["trials"], y=history["hypervolume"], mode="lines+markers",
        line={"color": FRONT_COLOUR, "shape": "hv"}, marker={"size": 5}, name="hypervolume",
        hovertemplate="%{x} trials: %{y:.5g}<extra></extra>",
    )  # fmt: skip
    if "front_size" in history:
        figure.add_scatter(
            x=history["trials"], y=history["front_size"], mode="lines", yaxis="y2", name="front size",
            line={"color": POINT_COLOUR, "dash": "dot"},
        )  # fmt: skip
        figure.update_layout(yaxis2={"title": "designs on the front", "overlaying": "y", "side": "right",
                                     "showgrid": False, "rangemode": "tozero"})  # fmt: skip
    figure.update_xaxes(title="trials")
    figure.update_yaxes(title="hypervolume (objectives scaled to the reference point), higher is better",
                        selector={"anchor": "x", "overlaying": None})  # fmt: skip
    return _layout(figure, "Hypervolume over trials", height=420)


def overlaid_fronts(fronts: dict[str, pd.DataFrame], x: str, y: str) -> go.Figure:
    """Fronts of several runs in two objectives."""
    figure = go.Figure()
    for name, front in fronts.items():
        figure.add_scatter(
            x=front[x], y=front[y], mode="markers", name=f"{name} ({len(front)})", marker={"size": 8, "opacity": 0.8},
            text=hover_text(front, [x, y]), hovertemplate="%{text}<extra>" + name + "</extra>",
        )  # fmt: skip
    every = pd.concat(fronts.values())
    figure.update_xaxes(title=axis_label(x), type=axis_type(every[x]))
    figure.update_yaxes(title=axis_label(y), type=axis_type(every[y]))
    return _layout(figure, f"Fronts: {short_label(y)} against {short_label(x)}")
