"""Hypervolume and size of the front as a run went on."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from siam_dse.report.style import BLACK, BLUE, ORANGE, dress


def hypervolume_history(history: pd.DataFrame, exact: float | None = None) -> go.Figure:
    """Hypervolume and front size over evaluated designs.

    Parameters
    ----------
    history : DataFrame
        ``evaluations``, ``hypervolume``, ``front_size``; also ``seconds``.
    exact : float, optional
        Hypervolume of the exact front under the same reference point, drawn as a line.
    """
    figure = make_subplots(specs=[[{"secondary_y": True}]])
    seconds = history["seconds"] if "seconds" in history else pd.Series([float("nan")] * len(history))
    figure.add_scatter(
        x=history["evaluations"], y=history["front_size"], mode="lines", name="designs on the front (right)",
        line={"color": ORANGE, "dash": "dot", "width": 2}, secondary_y=True,
        hovertemplate="%{y} designs on the front<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=history["evaluations"], y=history["hypervolume"], mode="lines+markers", name="hypervolume (left)",
        line={"color": BLUE, "width": 2.5}, marker={"size": 5}, customdata=seconds, secondary_y=False,
        hovertemplate="%{x} evaluated: %{y:.5g}, after %{customdata:.1f} s<extra></extra>",
    )  # fmt: skip
    if exact is not None:
        figure.add_hline(y=exact, line={"color": BLACK, "dash": "dash", "width": 1.5}, secondary_y=False,
                         annotation={"text": "exact front", "font": {"size": 13}},
                         annotation_position="top right")  # fmt: skip
    dress(figure, "Hypervolume over trials", 480, "volume between the front and the reference point; more is better")
    figure.update_xaxes(title="evaluated designs", rangemode="tozero", tickformat="~s")
    figure.update_yaxes(title="hypervolume", rangemode="tozero", secondary_y=False)
    figure.update_yaxes(
        title="designs on the front",
        rangemode="tozero",
        showgrid=False,
        tickmode="auto",
        tickformat="d",
        secondary_y=True,
    )
    return figure
