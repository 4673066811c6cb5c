"""Scatter plot of a run: evaluated designs and the Pareto front in two columns, a third as colour."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from siam_dse.core.arrays import FloatArray
from siam_dse.report.chart import Chart
from siam_dse.report.labels import axis_label, direction_of, hover, label, number, varied_fields, words_of
from siam_dse.report.style import (
    BLACK,
    FEASIBLE_COLOUR,
    FRONT_COLOUR,
    INFEASIBLE_COLOUR,
    KNEE_COLOUR,
    SCALE,
    axis,
    dress,
    is_text,
    level_axis,
    thinned,
    title_text,
)

# Points drawn behind the front: more only slow the page down.
MOST_FEASIBLE = 2500
MOST_INFEASIBLE = 1000
_HALO = "0 0 3px white, 0 0 3px white, 0 0 3px white, 0 0 4px white"  # around text that lies on points
_MENU_DIGITS = 5  # of the numbers that a menu switches to
# Shape of the line through best_pairs: from the best x on, a design's y holds until the next design's x.
STEPS = "hv"
_FRONT_TRACE = 3
_NOTE = "a point is a design; the front counts all objectives; double-click to see points beyond the frame"
_BARS = "; bars: the knee's band"
_FRONT_FRAMES = 3  # designs from which a front decides what the axes show
_BROKEN_DIGITS = 3
EXCESS = "excess: "  # before the name of a constraint, in the columns of a run's points
_AROUND = 0.2  # of the front's extent, shown on each side of it


def pareto_scatter(
    points: pd.DataFrame,
    front: pd.DataFrame,
    x: str,
    y: str,
    colour: str | None = None,
    directions: Mapping[str, str] | None = None,
    pairs: Sequence[tuple[str, str]] = (),
    colours: Sequence[str] = (),
    knee_bands: Mapping[str, FloatArray] | None = None,
    front_size: int = 0,
) -> Chart:
    """Evaluated designs and the front in two columns, a third as colour, the whole design under the pointer.

    The stepped line joins the feasible designs that no other beats in these two columns alone: what there is to choose
    if nothing else mattered. There is none where a column has no better end.

    Parameters
    ----------
    points, front : DataFrame
        Designs with ``feasible``; of the front ``knee`` where it is known.
    x, y, colour : str
        Columns.
    directions : objective -> ``minimise`` or ``maximise``
    pairs : (x, y), optional
        Further pairs that a menu offers.
    colours : optional
        Further columns that a menu offers as colour.
    knee_bands : column -> (1, 2), optional
        Lowest and highest value that the knee may have, drawn as bars through it. A band is a share of the value and
        much the same for all designs of a sort: the knee's says it for the front.
    front_size : int
        Designs of the whole front, where ``front`` is a part of it.
    """
    scatter = _Scatter(points, front, dict(directions or {}), dict(knee_bands or {}), front_size)
    pairs = list(dict.fromkeys([(x, y), *pairs]))
    colours = list(dict.fromkeys([*([colour] if colour else []), *colours]))
    shown = dict.fromkeys([*scatter.directions, *(name for pair in pairs for name in pair), *colours])
    figure = scatter.figure(x, y, colour, list(shown))
    dress(figure, _title(x, y), 680, scatter.note(x, y))
    menus = []
    if len(pairs) > 1:
        buttons = [{"label": f"{words_of(b)} / {words_of(a)}", "method": "update", "args": scatter.switch(a, b)}
                   for a, b in pairs]  # fmt: skip
        menus.append({"buttons": buttons, "x": 0})
    if len(colours) > 1 and len(front):
        buttons = [{"label": f"colour: {words_of(name)}", "method": "restyle", "args": scatter.recolour(name)}
                   for name in colours]  # fmt: skip
        menus.append({"buttons": buttons, "x": 0.36})
    if menus:
        common = {"direction": "down", "xanchor": "left", "y": 1.12, "yanchor": "bottom", "showactive": True,
                  "bgcolor": "#fafbfc", "bordercolor": "#c3ccd5", "font": {"size": 13}, "pad": {"r": 8}}  # fmt: skip
        figure.update_layout(updatemenus=[common | menu for menu in menus], margin={"t": 176})
    return figure


class _Scatter:
    """The traces of a scatter plot, and what a menu changes in them."""

    def __init__(
        self,
        points: pd.DataFrame,
        front: pd.DataFrame,
        directions: dict[str, str],
        knee_bands: Mapping[str, FloatArray],
        front_size: int,
    ) -> None:
        self.front, self.front_size = front, max(front_size, len(front))
        self.directions = directions
        self.knee_bands = knee_bands
        self.axes = varied_fields(points)
        self.knee = knee_rows(front)
        self.feasible, self.infeasible = split_feasible(points)
        # The axes show the front with some of what lies around it; double-click shows everything.
        self.framed = front if len(front) >= _FRONT_FRAMES else pd.concat([self.feasible, front])
        self.framed = self.framed if len(self.framed) else points

    def figure(self, x: str, y: str, colour: str | None, outputs: Sequence[str]) -> Chart:
        """The traces, in the order that :meth:`switch` counts on: infeasible, feasible, steps, front, knee."""
        figure = Chart()
        broken = [f"<br>{texts}" if texts else "" for texts in broken_rules(self.drawn[0])]
        looks = {
            "infeasible": {"size": 6, "symbol": "x-thin", "opacity": 0.7,
                           "line": {"width": 1.1, "color": INFEASIBLE_COLOUR}},
            "feasible": {"size": 6, "color": FEASIBLE_COLOUR, "opacity": 0.5},
        }  # fmt: skip
        for word, every, drawn in (
            ("infeasible", len(self.infeasible), self.drawn[0]),
            ("feasible", len(self.feasible) + self.front_size - len(self.front), self.drawn[1]),
        ):
            data, template = hover(drawn, self.axes, outputs)
            why: dict[str, Any] = {"text": broken} if word == "infeasible" else {}
            figure.add_scatter(
                x=drawn[x], y=drawn[y], mode="markers", marker=looks[word], **why, customdata=data,
                name=f"{word} ({_drawn(len(drawn), every)})",
                hovertemplate=template + ("%{text}" if why else "") + f"<extra>{word}</extra>",
            )  # fmt: skip
        step = self.best(x, y)
        figure.add_scatter(
            x=step[x], y=step[y], mode="lines", name="best in these two alone", hoverinfo="skip",
            line={"color": BLACK, "width": 1.5, "dash": "dot", "shape": STEPS},
        )  # fmt: skip
        data, template = hover(self.front, self.axes, outputs)
        marker: dict[str, Any] = {"size": 10, "color": FRONT_COLOUR, "line": {"width": 1, "color": "white"}}
        if colour and len(self.front):
            marker |= colour_scale(self.front[colour], colour)
        figure.add_scatter(
            x=self.front[x], y=self.front[y], mode="markers", marker=marker, customdata=data,
            name=f"Pareto front ({_drawn(len(self.front), self.front_size)})",
            hovertemplate=template + "<extra>front</extra>",
        )  # fmt: skip
        data, template = hover(self.knee, self.axes, outputs)
        figure.add_scatter(
            x=self.knee[x], y=self.knee[y], mode="markers+text", name="knee", text=["knee"] * len(self.knee),
            textposition="top right", textfont={"size": 15, "color": KNEE_COLOUR, "shadow": _HALO},
            marker={"size": 20, "symbol": "star", "color": KNEE_COLOUR, "line": {"width": 1.5, "color": "white"}},
            customdata=data, hovertemplate=template + "<extra>knee</extra>", error_x=self.bars(x), error_y=self.bars(y),
        )  # fmt: skip
        figure.update_xaxes(title=axis_label(x, self.directions), **axis(self.framed[x], _AROUND))
        figure.update_yaxes(title=axis_label(y, self.directions), **axis(self.framed[y], _AROUND))
        return figure

    def note(self, x: str, y: str) -> str:
        """The line under the title."""
        return _NOTE + (_BARS if any(self.bars(name)["visible"] for name in (x, y)) else "")

    def bars(self, name: str) -> dict[str, Any]:
        """The knee's band of a column as plotly's error bars; none where the column has no band."""
        if name not in self.knee_bands or not len(self.knee):
            return {"visible": False, "array": [], "arrayminus": []}
        value = self.knee[name].to_numpy(dtype=float)[:1]
        low, high = self.knee_bands[name].T
        return {
            "visible": True, "type": "data", "symmetric": False, "array": (high - value).tolist(),
            "arrayminus": (value - low).tolist(), "color": KNEE_COLOUR, "thickness": 1.2, "width": 5,
        }  # fmt: skip

    def best(self, x: str, y: str) -> pd.DataFrame:
        """Designs on the stepped line: of all feasible ones, for columns that are no objectives."""
        both = [x, y] if x != y else [x]
        return best_pairs(pd.concat([self.front[both], self.feasible[both]], ignore_index=True), x, y, self.directions)

    @cached_property
    def drawn(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Infeasible and feasible designs that are drawn."""
        return thinned(self.infeasible, MOST_INFEASIBLE), thinned(self.feasible, MOST_FEASIBLE)

    def switch(self, x: str, y: str) -> list[dict[str, Any]]:
        """Arguments of plotly's ``update`` that show another pair of columns."""
        tables = [*self.drawn, self.best(x, y), self.front, self.knee]
        data: dict[str, Any] = {way: [_rounded(table[name]) for table in tables] for way, name in (("x", x), ("y", y))}
        for way, name in (("x", x), ("y", y)):
            others: list[Any] = [None] * (len(tables) - 1)  # no bars on other traces
            for key, value in self.bars(name).items():
                data[f"error_{way}.{key}"] = [*others, value]
        layout: dict[str, Any] = {}
        for name, column in (("xaxis", x), ("yaxis", y)):
            look = {"dtick": None, "tickformat": "", **axis(self.framed[column], _AROUND)}
            layout |= {f"{name}.{key}": value for key, value in look.items()}
            layout[f"{name}.title.text"] = axis_label(column, self.directions)
        return [data, layout | {"title.text": title_text(_title(x, y), self.note(x, y))}]

    def recolour(self, name: str) -> list[Any]:
        """Arguments of plotly's ``restyle`` that colour the front by another column."""
        scale = colour_scale(self.front[name], name)
        bar = scale["colorbar"]
        changes = {
            "marker.color": [_rounded(scale["color"])],
            "marker.colorbar.title.text": bar["title"]["text"],
            "marker.colorbar.tickmode": "array" if "tickvals" in bar else "auto",
            "marker.colorbar.tickvals": [bar.get("tickvals")],
            "marker.colorbar.ticktext": [bar.get("ticktext")],
        }
        return [changes, [_FRONT_TRACE]]


def _drawn(n: int, every: int) -> str:
    return f"{every:,}" if n == every else f"{n:,} of {every:,} drawn"


def _title(x: str, y: str) -> str:
    return f"{words_of(y)[:1].upper()}{words_of(y)[1:]} against {words_of(x)}"


def _rounded(values: pd.Series) -> list[Any]:
    return (
        values.tolist() if is_text(values) else [float(f"{value:.{_MENU_DIGITS}g}") for value in values.astype(float)]
    )


def best_pairs(front: pd.DataFrame, x: str, y: str, directions: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Designs that no other beats in two columns alone, from the best ``x`` on; none without a better end."""
    ways = [direction_of(name, directions) for name in (x, y)]
    if not all(ways) or not len(front):
        return front.iloc[:0]
    sign = [-1.0 if way == "maximise" else 1.0 for way in ways]
    costs = pd.DataFrame({"x": sign[0] * front[x], "y": sign[1] * front[y]}).sort_values(["x", "y"])
    before = np.minimum.accumulate(np.concatenate([[np.inf], costs["y"].to_numpy(dtype=float)]))[:-1]
    return front.loc[costs.index[costs["y"].to_numpy() < before]]


def split_feasible(points: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Feasible and infeasible designs."""
    is_feasible = points["feasible"].to_numpy(dtype=bool)
    return points[is_feasible], points[~is_feasible]


def broken_rules(points: pd.DataFrame) -> list[str]:
    """Which constraints each design breaks and by how much, (n,) texts."""
    texts: list[list[str]] = [[] for _ in range(len(points))]
    for name in (str(column) for column in points if str(column).startswith(EXCESS)):
        excess = points[name].astype(float).tolist()
        for i, by in enumerate(excess):
            if by > 0:
                texts[i].append(f"breaks {escape(name.removeprefix(EXCESS))} (by {number(by, _BROKEN_DIGITS)})")
    return ["; ".join(parts) for parts in texts]


def knee_rows(front: pd.DataFrame) -> pd.DataFrame:
    """The rows marked as the knee."""
    return front[front["knee"].to_numpy(dtype=bool)] if "knee" in front else front.iloc[:0]


def colour_scale(values: pd.Series, name: str) -> dict[str, Any]:
    """Marker settings that colour points by a column, by its logarithm where it spans decades, texts by their order."""
    if is_text(values):
        codes, levels = level_axis(values)
        ticks: dict[str, Any] = {"tickvals": list(range(len(levels))), "ticktext": levels}
        bar = {"title": {"text": label(name), "side": "right"}, "thickness": 16, "outlinewidth": 0, **ticks}
        return {"color": pd.Series(codes, index=values.index), "colorscale": SCALE, "showscale": True, "colorbar": bar}
    shown = values.astype(float)
    ticks = {}
    if axis(values)["type"] == "log":
        shown = pd.Series(np.log10(shown), index=values.index)
        low, high = shown.min(), shown.max()
        marks = [m * 10.0**e for e in range(int(np.floor(low)), int(np.ceil(high)) + 1) for m in (1, 2, 5)]
        marks = [mark for mark in marks if low <= np.log10(mark) <= high]
        ticks = {"tickvals": [float(np.log10(mark)) for mark in marks], "ticktext": [f"{mark:g}" for mark in marks]}
    bar = {"title": {"text": label(name), "side": "right"}, "thickness": 16, "outlinewidth": 0, **ticks}
    return {"color": shown, "colorscale": SCALE, "showscale": True, "colorbar": bar}
