"""Hypervolume and size of the front as a run went on."""

import pandas as pd

from siam_dse.report.chart import Chart
from siam_dse.report.style import BLUE, ORANGE, dress

_WIDTH = 0.94  # of the panel: the title of the right axis stands beside it


def hypervolume_history(history: pd.DataFrame) -> Chart:
    """Hypervolume and front size over designs tried.

    Parameters
    ----------
    history : DataFrame
        ``evaluations``, ``front_size``, ``seconds``, and ``share_pct``, the share of a box that the front dominates.
    """
    figure = Chart()
    figure.update_layout(xaxis={"domain": [0, _WIDTH]}, yaxis2={"anchor": "x", "overlaying": "y", "side": "right"})
    figure.add_scatter(
        x=history["evaluations"], y=history["front_size"], mode="lines", name="designs on the front (right)",
        line={"color": ORANGE, "dash": "dot", "width": 2}, yaxis="y2",
        hovertemplate="%{y} designs on the front<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=history["evaluations"], y=history["share_pct"], mode="lines+markers", name="hypervolume (left)",
        line={"color": BLUE, "width": 2.5}, marker={"size": 5}, customdata=history["seconds"],
        hovertemplate="%{x} designs: %{y:.2f} %, after %{customdata:.1f} s<extra></extra>",
    )  # fmt: skip
    note = "share of a box fixed by the first feasible designs, in logarithms of what spans a decade; higher is better"
    dress(figure, "Hypervolume over designs tried", 480, note)
    figure.update_xaxes(title="designs tried", rangemode="tozero", tickformat="~s")
    right = {"title": "designs on the front", "showgrid": False, "tickmode": "auto", "tickformat": "d"}
    figure.update_layout(yaxis={"title": "hypervolume [%]"}, yaxis2=right)
    figure.update_yaxes(rangemode="tozero")
    return figure
