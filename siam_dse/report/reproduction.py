"""The page of a reproduction: a published tool's own figures, the model's beside them, and its headlines."""

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from siam_dse.report.html import figure_part, list_part, page, table_part
from siam_dse.report.style import BLACK, SERIES_COLOURS, dress

_RATIO = "ours / published"
_RATIO_HEIGHT, _RATIO_ROW = 210, 34  # pixels of the figure without its rows, and of each
_LEAST_REACH, _MARGIN = 0.3, 0.25  # decades that the axis of ratios reaches from 1, and beyond the farthest
_KEYS = ("quantity", "component", "unit")
_FAR, _HEADROOM = 5.0, 1.25  # a bar as many times the next is cut, as far above it
_LEGEND_Y, _LEGEND_IN = -0.3, 0.01  # below its panel


def reproduction_page(
    title: str,
    subtitle: str,
    components: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    findings: Sequence[str],
    made: Sequence[str],
) -> str:
    """HTML of a reproduction.

    Parameters
    ----------
    title, subtitle : str
    components : DataFrame
        ``quantity``, ``component``, ``unit`` and a column for each source of figures; the last row of a quantity is its
        sum.
    tables : heading -> DataFrame
        Further tables, with heads as they are to be read.
    findings : sentences
    made : sentences on how the figures were made
    """
    is_sum = ~components.duplicated("quantity", keep="last")
    body = f"<h1>{escape(title)}</h1><p class='sub'>{escape(subtitle)}</p>"
    body += _section("What it shows", list_part(findings))
    body += _section("By component", figure_part(component_figure(components), "figure-components"))
    body += table_part(_readable(components), is_sum.tolist(), heads=_heads(components))
    for heading, table in tables.items():
        body += _section(heading, table_part(table, heads=_heads(table)))
    body += _section("How this was done", f"<div class='note'>{list_part(made)}</div>")
    return page(title, f"<main>{body}</main>")


def system_page(title: str, table: pd.DataFrame, findings: Sequence[str], made: Sequence[str]) -> str:
    """HTML of a published system's figures beside ours.

    Parameters
    ----------
    title : str
    table : DataFrame
        ``quantity``, ``unit``, ``published``, ``ours``, ``ours / published`` and ``why``.
    findings : sentences
    made : sentences on how the figures were made
    """
    body = f"<h1>{escape(title)}</h1>"
    body += _section("Ours over the published figures", figure_part(ratio_figure(table), "figure-ratios"))
    body += _section("Figure by figure", table_part(table, heads=_heads(table)))
    body += _section("What to know of it", list_part(findings))
    body += _section("How this was done", f"<div class='note'>{list_part(made)}</div>")
    return page(title, f"<main>{body}</main>")


def ratio_figure(table: pd.DataFrame) -> go.Figure:
    """Ours over published of each quantity that has both, on a logarithmic axis; the line is where they agree."""
    known = table[np.isfinite(table[_RATIO].to_numpy(dtype=float)) & (table[_RATIO] > 0)].iloc[::-1]
    figure = go.Figure()
    figure.add_scatter(
        x=known[_RATIO], y=known["quantity"], mode="markers+text", text=[f"{value:.3g}x" for value in known[_RATIO]],
        textposition="middle right", marker={"size": 12, "color": SERIES_COLOURS[0]}, showlegend=False,
        hovertemplate="%{y}: %{x:.3g} times the published<extra></extra>",
    )  # fmt: skip
    figure.add_vline(x=1, line={"color": BLACK, "width": 1.5, "dash": "dot"})
    dress(figure, "Ours over published", _RATIO_HEIGHT + _RATIO_ROW * len(known), "the dotted line: as published")
    ends = np.log10([known[_RATIO].min(), known[_RATIO].max()]) if len(known) else np.zeros(2)
    reach = max(float(np.abs(ends).max()), _LEAST_REACH) + _MARGIN
    figure.update_xaxes(type="log", range=[-reach, reach], title="ours / published", dtick="D2", tickformat="~g")
    return figure


def component_figure(components: pd.DataFrame) -> go.Figure:
    """Stacked bars of the components of each quantity, a bar a source."""
    quantities = list(dict.fromkeys(components["quantity"]))
    sources = [name for name in components if name not in _KEYS]
    figure = make_subplots(rows=1, cols=len(quantities), horizontal_spacing=0.08,
                           subplot_titles=[f"<b>{name}</b>" for name in quantities])  # fmt: skip
    dress(figure, "By component", 680, "a bar that dwarfs the others is cut")
    for c, quantity in enumerate(quantities, start=1):
        rows = components[components["quantity"] == quantity].iloc[:-1]
        shown = [name for name in sources if np.isfinite(rows[name].to_numpy(dtype=float)).any()]
        legend = f"legend{c}" if c > 1 else "legend"
        for n, row in enumerate(rows.to_dict("records")):
            figure.add_bar(
                x=shown, y=[row[name] for name in shown], name=row["component"], row=1, col=c, legend=legend,
                marker={"color": SERIES_COLOURS[n % len(SERIES_COLOURS)]},
                hovertemplate=f"{row['component']}: %{{y:.4g}} {row['unit']}<extra>%{{x}}</extra>",
            )  # fmt: skip
        largest = rows[shown].sum().sort_values().tolist()
        figure.update_yaxes(title=str(rows["unit"].iloc[0]), row=1, col=c)
        if len(largest) > 1 and largest[-1] > _FAR * largest[-2]:
            figure.update_yaxes(range=[0, largest[-2] * _HEADROOM], row=1, col=c)
        place = {"orientation": "v", "x": (c - 1) / len(quantities) + _LEGEND_IN, "y": _LEGEND_Y, "yanchor": "top",
                 "xanchor": "left", "traceorder": "reversed", "font": {"size": 12}}  # fmt: skip
        figure.update_layout({legend: place})
    figure.update_layout(barmode="stack", margin={"b": 250})
    figure.update_annotations(font={"size": 13})
    return figure


def _readable(table: pd.DataFrame) -> pd.DataFrame:
    return table[[*_KEYS, *(name for name in table if name not in _KEYS)]]


def _heads(table: pd.DataFrame) -> dict[str, str]:
    return {str(name): str(name) for name in table}


def _section(heading: str, content: str) -> str:
    return f"<h2>{escape(heading)}</h2>{content}"
