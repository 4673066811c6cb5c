"""Hypervolume and size of the front as a run went on."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from siam_dse.report.style import BLUE, ORANGE, dress


def hypervolume_history(history: pd.DataFrame) -> go.Figure:
    """Hypervolume and front size over designs tried.

    Parameters
    ----------
    history : DataFrame
        ``evaluations``, ``front_size``, ``seconds``, and ``share_pct``, the share of a box that the front dominates.
    """
    figure = make_subplots(specs=[[{"secondary_y": True}]])
    figure.add_scatter(
        x=history["evaluations"], y=history["front_size"], mode="lines", name="designs on the front (right)",
        line={"color": ORANGE, "dash": "dot", "width": 2}, secondary_y=True,
        hovertemplate="%{y} designs on the front<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=history["evaluations"], y=history["share_pct"], mode="lines+markers", name="hypervolume (left)",
        line={"color": BLUE, "width": 2.5}, marker={"size": 5}, customdata=history["seconds"], secondary_y=False,
        hovertemplate="%{x} designs: %{y:.2f} %, after %{customdata:.1f} s<extra></extra>",
    )  # fmt: skip
    note = "share of a box fixed by the first feasible designs, in logarithms of what spans a decade; higher is better"
    dress(figure, "Hypervolume over designs tried", 480, note)
    figure.update_xaxes(title="designs tried", rangemode="tozero", tickformat="~s")
    figure.update_yaxes(title="hypervolume [%]", rangemode="tozero", secondary_y=False)
    figure.update_yaxes(
        title="designs on the front",
        rangemode="tozero",
        showgrid=False,
        tickmode="auto",
        tickformat="d",
        secondary_y=True,
    )
    return figure
