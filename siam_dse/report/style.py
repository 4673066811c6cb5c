"""One look for every figure: fonts, colours, margins, when an axis is logarithmic."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from siam_dse.core.declare import Engine
from siam_dse.report.chart import Chart
from siam_dse.report.labels import number
from siam_dse.system.plan import plan

if TYPE_CHECKING:
    import plotly.graph_objects as go

_Figure = TypeVar("_Figure", "go.Figure", Chart)

# Okabe and Ito's eight colours, told apart with any kind of colour vision.
BLUE, ORANGE, GREEN, PINK = "#0072b2", "#e69f00", "#009e73", "#cc79a7"
SKY, VERMILLION, BLACK, YELLOW = "#56b4e9", "#d55e00", "#1a1a1a", "#f0e442"
SERIES_COLOURS = (BLUE, VERMILLION, GREEN, PINK, ORANGE, SKY, BLACK, YELLOW)
SERIES_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star", "hexagon", "triangle-down")
FEASIBLE_COLOUR, INFEASIBLE_COLOUR, FRONT_COLOUR, KNEE_COLOUR = "#8d99a8", "#c9b8a6", BLUE, VERMILLION
_VIRIDIS = (
    "#440154",
    "#482878",
    "#3e4989",
    "#31688e",
    "#26828e",
    "#1f9e89",
    "#35b779",
    "#6ece58",
    "#b5de2b",
    "#fde725",
)
SCALE = tuple((i / (len(_VIRIDIS) - 1), colour) for i, colour in enumerate(_VIRIDIS))  # as plotly takes one
TEMPLATE = "plotly_white"  # of plotly, below all else
CONFIG: Mapping[str, Any] = MappingProxyType(  # of plotly, in every page
    {
        "displaylogo": False,
        "responsive": True,
        "toImageButtonOptions": {"format": "svg"},
        "showSendToCloud": False,
        "plotlyServerURL": "",
    }  # a design leaves this machine by its owner's hand alone
)

_FONT = "'Segoe UI', 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif"
_LOG_SPAN = 10.0  # an axis whose positive values span a decade or more is logarithmic
_PADDING = 0.05
_FEW_DECADES = 3  # ticks at 1, 2 and 5 of each decade; at powers of ten beyond


def engine_look(name: str) -> Engine:
    """Word and colour of an engine; its bare name where it is not installed any more."""
    return plan().engines.get(name) or Engine(name, name)


def dress(figure: _Figure, title: str, height: int, subtitle: str = "") -> _Figure:
    """Give a figure, a chart or one of plotly's, the shared look."""
    figure.update_layout(
        template=TEMPLATE,
        title={"text": title_text(title, subtitle), "x": 0, "xref": "paper", "xanchor": "left", "y": 1,
               "yref": "container", "yanchor": "top", "pad": {"t": 24}, "font": {"size": 18}},
        font={"family": _FONT, "size": 14, "color": "#1f2933"},
        height=height,
        showlegend=True,
        margin={"l": 84, "r": 40, "t": 110, "b": 76},
        hoverlabel={"align": "left", "bgcolor": "#ffffff", "bordercolor": "#8d99a8",
                    "font": {"size": 12, "family": _FONT, "color": "#1f2933"}},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "xanchor": "left", "x": 0, "font": {"size": 13}},
        paper_bgcolor="#ffffff",
        plot_bgcolor="#ffffff",
    )  # fmt: skip
    figure.update_xaxes(showline=True, linecolor="#5b6673", ticks="outside", gridcolor="#e8ecf0", zeroline=False,
                        automargin=True)  # fmt: skip
    figure.update_yaxes(showline=True, linecolor="#5b6673", ticks="outside", gridcolor="#e8ecf0", zeroline=False,
                        automargin=True)  # fmt: skip
    return figure


def title_text(title: str, subtitle: str = "") -> str:
    """A title in bold with a line in small letters below."""
    return f"<b>{title}</b>" + (f"<br><span style='font-size:13px;color:#5b6673'>{subtitle}</span>" if subtitle else "")


def is_log(values: Iterable[float]) -> bool:
    """Whether values are drawn on a logarithmic axis: all positive, and a decade or more apart."""
    finite = _finite(values)
    return bool(len(finite) and finite.min() > 0 and finite.max() / finite.min() >= _LOG_SPAN)


def is_text(values: Iterable[Any]) -> bool:
    """Whether a column is one of texts, such as the names of cells."""
    column = values if isinstance(values, pd.Series) else pd.Series(list(values), dtype=None)
    return bool(len(column)) and not pd.api.types.is_numeric_dtype(column)


def axis(values: Iterable[float], padding: float = _PADDING) -> dict[str, Any]:
    """Type, range and ticks of an axis that shows ``values``: a range in decades where it is logarithmic.

    ``padding`` is the share of the axis' span left free at both ends. Texts stand side by side.
    """
    if is_text(values):
        return {"type": "category"}
    finite = _finite(values)
    if not len(finite):
        return {"type": "linear"}
    if is_log(finite):
        low, high = np.log10(finite.min()), np.log10(finite.max())
        ticks = {"dtick": "D2" if high - low < _FEW_DECADES else 1, "tickformat": "~r"}
        return {"type": "log", "range": _padded(low, high, padding), **ticks}
    return {"type": "linear", "range": _padded(float(finite.min()), float(finite.max()), padding)}


def level_axis(values: pd.Series) -> tuple[list[int], list[str]]:
    """Levels of a field side by side: the rank of each value, and the texts of the levels."""
    numeric = pd.api.types.is_numeric_dtype(values)
    levels = sorted(values.dropna().unique().tolist(), key=None if numeric else str)
    ranks = {level: i for i, level in enumerate(levels)}
    return [ranks.get(value, -1) for value in values.tolist()], [number(level) for level in levels]


def thinned(points: pd.DataFrame, most: int) -> pd.DataFrame:
    """Rows evenly spread over a table, at most ``most``."""
    if len(points) <= most:
        return points
    return points.iloc[np.unique(np.linspace(0, len(points) - 1, most).astype(int))]


def _finite(values: Iterable[float]) -> np.ndarray[Any, np.dtype[np.float64]]:
    array = np.asarray(list(values), dtype=np.float64)
    return array[np.isfinite(array)]


def _padded(low: float, high: float, padding: float) -> list[float]:
    span = (high - low) or abs(high) or 1.0
    return [float(low - padding * span), float(high + padding * span)]
