"""Panels of curves over one field: colour tells one grouping, dash and symbol another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from siam_dse.report.labels import label, number, unit_of, words_of
from siam_dse.report.style import SERIES_COLOURS, SERIES_SYMBOLS, axis, dress, is_log

_PANEL_HEIGHT = 210
_DASHES = ("solid", "dash", "dot", "dashdot")
_ROW_GAP = 84  # pixels between two rows of panels: ticks, the axis's title, the next panel's own title
_HEAD = 112  # above the panels without the legend: title, a panel's own title
_LEGEND_LINE = 22
_LEGEND_WIDTH = 1020  # pixels that entries of a legend share
_FOOT = 64
_FLAT = 0.2  # a panel whose values differ by less than this share starts at 0: small differences must look small


@dataclass(frozen=True)
class Panel:
    """One panel: what stands above it, its rows, the column it draws, and its axis where the title does not say it."""

    title: str
    frame: pd.DataFrame
    column: str
    y_title: str = ""
    is_share: bool = False  # from 0 on, never logarithmic


def curves(
    panels: Sequence[Panel],
    x: str,
    colour: str,
    dash: str | None = None,
    *,
    across: int = 3,
    title: str = "",
    subtitle: str = "",
    level_lines: Sequence[tuple[float, str]] = (),
) -> go.Figure:
    """Curves over field ``x``, a line for each value of ``colour`` and of ``dash``; infeasible designs are hollow.

    Parameters
    ----------
    panels : sequence of Panel
        Frames with ``x``, ``colour``, ``dash``, ``feasible`` and the panel's column, one row a point of a line.
    x, colour, dash : str
        Columns.
    across : int
        Panels in a row.
    level_lines : (value, text)
        Dotted lines across every panel.
    """
    down = -(-len(panels) // across)
    inner = down * _PANEL_HEIGHT + (down - 1) * _ROW_GAP
    figure = make_subplots(rows=down, cols=across, horizontal_spacing=0.075, vertical_spacing=_ROW_GAP / inner,
                           subplot_titles=[f"<b>{panel.title}</b>" for panel in panels])  # fmt: skip
    colours = _levels([panel.frame[colour] for panel in panels])
    dashes = _levels([panel.frame[dash] for panel in panels]) if dash else [None]
    named: set[str] = set()
    for p, panel in enumerate(panels):
        place = {"row": p // across + 1, "col": p % across + 1}
        for c, value in enumerate(colours):
            for d, style in enumerate(dashes):
                line = panel.frame[panel.frame[colour] == value]
                line = line if dash is None else line[line[dash] == style]
                if len(line):
                    name = _name(colour, value) + (f", {_name(str(dash), style)}" if dash else "")
                    _add_line(figure, line.sort_values(x), x, panel, name, (c, d), name not in named, place)
                    named.add(name)
        for value, text in level_lines:
            figure.add_hline(y=value, line={"dash": "dot", "width": 1.5, "color": "#5b6673"}, annotation_text=text,
                             annotation_position="bottom right", annotation_font={"size": 11, "color": "#5b6673"},
                             **place)  # fmt: skip
        _dress_axes(figure, panel, x, level_lines, place)
    head = _HEAD + _LEGEND_LINE * legend_lines(sorted(named))
    dress(figure, title, inner + head + _FOOT, subtitle)
    figure.update_annotations(font={"size": 13})
    figure.update_layout(margin={"t": head, "b": _FOOT}, legend={"y": 1 + 30 / inner, "font": {"size": 12}})
    return figure


def _add_line(
    figure: go.Figure, line: pd.DataFrame, x: str, panel: Panel, name: str, ranks: tuple[int, int], is_first: bool,
    place: dict[str, int],
) -> None:  # fmt: skip
    """One curve; ``ranks`` are those of its colour and dash."""
    colour = SERIES_COLOURS[ranks[0] % len(SERIES_COLOURS)]
    base = SERIES_SYMBOLS[(ranks[1] if ranks[1] else ranks[0]) % len(SERIES_SYMBOLS)]
    feasible = line["feasible"].astype(bool).tolist()
    figure.add_scatter(
        x=line[x], y=line[panel.column], mode="lines+markers", name=name, legendgroup=name, showlegend=is_first,
        line={"color": colour, "width": 2, "dash": _DASHES[ranks[1] % len(_DASHES)]},
        marker={"size": 8, "color": colour, "symbol": [base if ok else f"{base}-open" for ok in feasible]},
        customdata=["" if ok else ", infeasible" for ok in feasible],
        hovertemplate=f"{words_of(x)} %{{x}} {unit_of(x)}: %{{y:.4g}} {unit_of(panel.column)}%{{customdata}}"
        f"<extra>{name}</extra>",
        **place,
    )  # fmt: skip


def _dress_axes(
    figure: go.Figure, panel: Panel, x: str, level_lines: Sequence[tuple[float, str]], place: dict[str, int]
) -> None:
    levels = sorted(panel.frame[x].unique().tolist())
    ticks: dict[str, Any] = {"tickvals": levels, "ticktext": [number(level) for level in levels], "tickangle": 0}
    if len(levels) > 1 and not is_log(levels):
        ticks["range"] = [levels[0] - 0.06 * (levels[-1] - levels[0]), levels[-1] + 0.06 * (levels[-1] - levels[0])]
    title: dict[str, Any] = {"standoff": 6, "font": {"size": 13}}
    figure.update_xaxes(title={"text": label(x), **title}, **(axis(levels) | ticks), **place)
    shown = [float(value) for value in (*panel.frame[panel.column], *(value for value, _ in level_lines))]
    figure.update_yaxes(title={"text": panel.y_title, **title}, **_y_axis(shown, panel.is_share), **place)


def _y_axis(values: Sequence[float], is_share: bool) -> dict[str, Any]:
    """Axis of a panel; from 0 on for shares, and where the values hardly differ."""
    top = max(values)
    if is_share or (min(values) > 0 and 1 - min(values) / top < _FLAT):
        return {"type": "linear", "range": [min(0.0, 1.05 * min(values)), 1.12 * top or 1.0]}
    return axis(values)


def legend_lines(names: Sequence[str]) -> int:
    """Lines that a horizontal legend takes, from the letters of its entries."""
    width, lines = 0.0, 1
    for name in names:
        entry = 48 + 6.3 * len(name)
        width, lines = (entry, lines + 1) if width + entry > _LEGEND_WIDTH else (width + entry, lines)
    return lines


def _levels(columns: Sequence[pd.Series]) -> list[Any]:
    """Values of several columns, numbers by size, texts in the order they come."""
    values = list(dict.fromkeys(value for column in columns for value in column.tolist()))
    return sorted(values) if all(isinstance(value, int | float) for value in values) else values


def _name(field: str, value: Any) -> str:
    """A value as the legend calls it: texts speak for themselves, numbers need their field."""
    if isinstance(value, str):
        return value
    return f"{words_of(field)} {number(value)} {unit_of(field)}".strip()
