"""The price of generality in a figure: the joint front on each network's own axes, beside the network's own front."""

from collections.abc import Mapping

import pandas as pd

from siam_dse.report.chart import Chart
from siam_dse.report.choice.generality import of_each, plain_objectives
from siam_dse.report.labels import label
from siam_dse.report.scatter import best_pairs
from siam_dse.report.style import BLUE, KNEE_COLOUR, ORANGE, axis, dress
from siam_dse.runs.tables import ID

_HEIGHT, _TOP, _LEGEND = 500, 150, 1.1  # the legend above the panels' titles


def generality_figure(
    front: pd.DataFrame, own: Mapping[str, pd.DataFrame], objectives: Mapping[str, str]
) -> Chart | None:
    """One panel a network: its own front and the joint one in the first two objectives; None where there is only one.

    Parameters
    ----------
    front : DataFrame
        The joint front, the knee marked.
    own : network -> front of its own run
    objectives : objectives of the joint run
    """
    plain = plain_objectives(objectives)
    if len(plain) < 2 or not len(front):
        return None
    x, y = list(plain)[:2]
    figure = Chart(cols=len(own), heads=list(own), gap_x=0.07)
    for col, (network, own_front) in enumerate(own.items(), start=1):
        joint = pd.DataFrame(of_each(front, network, [x, y]), columns=[x, y]).assign(
            **{ID: front[ID].to_numpy(), "knee": front["knee"].to_numpy(dtype=bool)}
        )
        for name, designs, colour in (("its own front", own_front, BLUE), ("joint front", joint, ORANGE)):
            _dots(figure, designs, x, y, name, colour, col)
            _edge(figure, best_pairs(designs, x, y, plain), x, y, name, colour, col)
        knee = joint[joint["knee"]]
        figure.add_scatter(
            x=knee[x], y=knee[y], mode="markers", name="knee of the joint front", legendgroup="knee",
            showlegend=col == 1, hoverinfo="skip", row=1, col=col,
            marker={"size": 15, "symbol": "star", "color": KNEE_COLOUR, "line": {"width": 1, "color": "white"}},
        )  # fmt: skip
        shown = pd.concat([own_front[[x, y]], joint[[x, y]]])
        figure.update_xaxes(title=label(x), **axis(shown[x]), row=1, col=col)
        figure.update_yaxes(title=label(y) if col == 1 else "", **axis(shown[y]), row=1, col=col)
    note = "each panel is one network: what a machine of its own reaches, and what the machine for all reaches for it"
    dress(figure, "The price of generality", _HEIGHT, note)
    figure.update_layout(legend={"y": _LEGEND}, margin={"t": _TOP})
    return figure


def _dots(figure: Chart, designs: pd.DataFrame, x: str, y: str, name: str, colour: str, col: int) -> None:
    lines = f"design %{{customdata}}<br>{label(x)}: %{{x:.4g}}<br>{label(y)}: %{{y:.4g}}"
    figure.add_scatter(
        x=designs[x], y=designs[y], mode="markers", name=name, legendgroup=name, showlegend=col == 1, row=1, col=col,
        customdata=designs[ID], marker={"size": 7, "color": colour, "opacity": 0.7},
        hovertemplate=f"{lines}<extra>{name}</extra>",
    )  # fmt: skip


def _edge(figure: Chart, designs: pd.DataFrame, x: str, y: str, name: str, colour: str, col: int) -> None:
    figure.add_scatter(
        x=designs[x], y=designs[y], mode="lines", name=name, legendgroup=name, showlegend=False, hoverinfo="skip",
        line={"color": colour, "width": 2, "shape": "hv"}, row=1, col=col,
    )  # fmt: skip
