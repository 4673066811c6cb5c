"""Every pair of objectives of one run, and the fronts of several runs over each other."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import pandas as pd

from siam_dse.report.chart import Chart
from siam_dse.report.labels import axis_label, hover, label, varied_fields, words_of
from siam_dse.report.scatter import STEPS, best_pairs, knee_rows, split_feasible
from siam_dse.report.style import (
    FEASIBLE_COLOUR,
    FRONT_COLOUR,
    KNEE_COLOUR,
    SERIES_COLOURS,
    SERIES_SYMBOLS,
    axis,
    dress,
    thinned,
)
from siam_dse.runs.tables import ID

_MOST_IN_MATRIX = 700
_PANEL_HEIGHT = 270
_CROWD = 150  # designs on a front from which markers are smaller
_LARGEST, _SMALLEST = 13, 7  # hollow markers of falling size, so that designs that runs share show as such


def pareto_matrix(points: pd.DataFrame, front: pd.DataFrame, directions: Mapping[str, str]) -> Chart:
    """Every pair of objectives: evaluated designs behind, the front before, the knee marked."""
    names = list(directions)
    n = len(names)
    figure = Chart(n - 1, n - 1, gap_x=0.03, gap_y=0.04, shared_x=True, shared_y=True)
    points = points[["feasible", *names]]
    feasible, _ = split_feasible(points)
    feasible = thinned(feasible, _MOST_IN_MATRIX)
    framed = pd.concat([feasible, front]) if len(feasible) + len(front) else points
    knee = knee_rows(front)
    ids = front[ID].tolist() if ID in front else [""] * len(front)
    for i, j in combinations(range(n), 2):
        x, y = names[i], names[j]
        place = {"row": j, "col": i + 1, "showlegend": (i, j) == (0, 1)}
        figure.add_scatter(
            x=feasible[x], y=feasible[y], mode="markers", name="feasible", legendgroup="feasible", hoverinfo="skip",
            marker={"size": 4, "color": FEASIBLE_COLOUR, "opacity": 0.45}, **place,
        )  # fmt: skip
        figure.add_scatter(
            x=front[x], y=front[y], mode="markers", name="Pareto front", legendgroup="front",
            marker={"size": 6, "color": FRONT_COLOUR, "line": {"width": 0.5, "color": "white"}},
            customdata=ids, hovertemplate=f"{label(x)}: %{{x:.4g}}<br>{label(y)}: %{{y:.4g}}"
            "<extra>front design %{customdata}</extra>", **place,
        )  # fmt: skip
        figure.add_scatter(
            x=knee[x], y=knee[y], mode="markers", name="knee", legendgroup="knee", hoverinfo="skip",
            marker={"size": 15, "symbol": "star", "color": KNEE_COLOUR, "line": {"width": 1, "color": "white"}},
            **place,
        )  # fmt: skip
        figure.update_xaxes(**axis(framed[x]), row=j, col=i + 1)
        figure.update_yaxes(**axis(framed[y]), row=j, col=i + 1)
        if j == n - 1:
            figure.update_xaxes(title=label(x), row=j, col=i + 1)
        if i == 0:
            figure.update_yaxes(title=label(y), row=j, col=i + 1)
    _hide_upper(figure, n)
    better = {"minimise": "lower", "maximise": "higher"}
    note = "; ".join(f"{words_of(name)}: {better[way]} is better" for name, way in directions.items())
    return dress(figure, "Every pair of objectives", max(_PANEL_HEIGHT * (n - 1) + 190, 480), note)


def overlaid_fronts(
    fronts: Mapping[str, pd.DataFrame],
    x: str,
    y: str,
    directions: Mapping[str, str] | None = None,
    networks: Mapping[str, str] | None = None,
) -> Chart:
    """Fronts of several runs in two columns, each with its own colour and symbol, and its best pairs joined.

    Parameters
    ----------
    fronts : name of a run -> front
    x, y : columns
    directions : objective -> ``minimise`` or ``maximise``
    networks : name of a run -> network, optional
        Fronts of different networks stand in panels of their own: nothing of one beats anything of another.
    """
    of = networks or dict.fromkeys(fronts, "")
    panels = list(dict.fromkeys(of[name] for name in fronts))
    heads = [f"<b>{panel}</b>" for panel in panels] if len(panels) > 1 else []
    figure = Chart(cols=len(panels), gap_x=0.09, heads=heads)
    directions = directions or {}
    for i, (name, front) in enumerate(fronts.items()):
        _overlay(figure, name, front, (x, y), directions, i, {"row": 1, "col": panels.index(of[name]) + 1})
    for col, panel in enumerate(panels, start=1):
        every = pd.concat([front for name, front in fronts.items() if of[name] == panel])
        figure.update_xaxes(title=axis_label(x, directions), **axis(every[x]), row=1, col=col)
        figure.update_yaxes(title=axis_label(y, directions), **axis(every[y]), row=1, col=col)
    note = "points: fronts over all objectives; lines: best in these two alone"
    dress(figure, f"Fronts: {words_of(y)} against {words_of(x)}", 620, note)
    figure.update_layout(margin={"t": 130 if heads else 110}, legend={"y": 1.06 if heads else 1.0})
    return figure


def overlaid_matrix(fronts: Mapping[str, pd.DataFrame], directions: Mapping[str, str]) -> Chart:
    """Fronts of several runs of one network in every pair of their objectives."""
    names, n = list(directions), len(directions)
    figure = Chart(n - 1, n - 1, gap_x=0.03, gap_y=0.04, shared_x=True, shared_y=True)
    every = pd.concat(fronts.values())
    for i, j in combinations(range(n), 2):
        place = {"row": j, "col": i + 1}
        for k, (name, front) in enumerate(fronts.items()):
            shown = thinned(front, _MOST_IN_MATRIX)
            _overlay(figure, name, shown, (names[i], names[j]), directions, k, place, is_small=True)
        figure.update_xaxes(**axis(every[names[i]]), title=label(names[i]) if j == n - 1 else None, **place)
        figure.update_yaxes(**axis(every[names[j]]), title=label(names[j]) if i == 0 else None, **place)
    _hide_upper(figure, n)
    return dress(figure, "Every pair of objectives", max(_PANEL_HEIGHT * (n - 1) + 190, 480))


def _overlay(
    figure: Chart, name: str, front: pd.DataFrame, columns: tuple[str, str], directions: Mapping[str, str], i: int,
    place: Mapping[str, int], *, is_small: bool = False,
) -> None:  # fmt: skip
    """One of several fronts, and in a figure of its own its best pairs joined."""
    x, y = columns
    colour, symbol = SERIES_COLOURS[i % len(SERIES_COLOURS)], SERIES_SYMBOLS[i % len(SERIES_SYMBOLS)]
    size = max(_LARGEST - 2 * i, _SMALLEST) * (1 if len(front) < _CROWD else 0.6)
    look: dict[str, Any] = {"hoverinfo": "skip", "showlegend": place == {"row": 1, "col": 1}}
    if not is_small:
        data, template = hover(front, varied_fields(front), [x, y, *directions])
        look = {"customdata": data, "hovertemplate": template + f"<extra>{name}</extra>"}
        step = best_pairs(front, x, y, directions)
        figure.add_scatter(
            x=step[x], y=step[y], mode="lines", legendgroup=name, showlegend=False, hoverinfo="skip",
            line={"color": colour, "width": 1.5, "shape": STEPS}, **place,
        )  # fmt: skip
    figure.add_scatter(
        x=front[x], y=front[y], mode="markers", name=f"{name} ({len(front)})", legendgroup=name,
        marker={"size": 5 if is_small else size, "color": colour, "symbol": f"{symbol}-open",
                "line": {"width": 1 if is_small else 2}}, **look, **place,
    )  # fmt: skip


def _hide_upper(figure: Chart, n: int) -> None:
    """Hide the panels above the diagonal of a matrix of n objectives."""
    for row in range(1, n):
        for col in range(row + 1, n):
            figure.update_xaxes(visible=False, row=row, col=col)
            figure.update_yaxes(visible=False, row=row, col=col)
