"""What uncertain constants do to a front, as tables and figures: bands, who stays, which constant to measure first."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from siam_dse.core.arrays import FloatArray
from siam_dse.core.units import PERCENT
from siam_dse.report.labels import axis_label, label
from siam_dse.report.style import BLUE, FEASIBLE_COLOUR, FRONT_COLOUR, VERMILLION, axis, dress
from siam_dse.search.uncertainty import BAND, ROBUST, Uncertainty

_MOST_BARS = 10
_BAR_HEIGHT = 34
_FAINT = "rgba(141, 153, 168, 0.45)"


def stays_table(found: Uncertainty, front: pd.DataFrame, shown: list[str]) -> pd.DataFrame:
    """Front designs, those that stay most often first: what they are, their bands, how often they stay [%]."""
    low, middle, high = found.bands
    table = front[["trial", *shown]].reset_index(drop=True)
    for m, name in enumerate(found.objective_names):
        table[name] = [
            f"{_short(a)} … {_short(b)} … {_short(c)}"
            for a, b, c in zip(low[:, m], middle[:, m], high[:, m], strict=True)
        ]
    table["stays"] = PERCENT * found.stays
    return table.sort_values("stays", ascending=False, kind="stable").reset_index(drop=True)


def influence_table(found: Uncertainty) -> pd.DataFrame:
    """Constants by how far their range moves each objective of the chosen design [% of its value], largest first."""
    moves = np.stack([PERCENT * found.influence(m) for m in range(len(found.objective_names))], axis=1)
    table = pd.DataFrame(moves, columns=[f"{name} moves" for name in found.objective_names])
    table.insert(0, "constant", [each.key for each in found.ranges])
    table.insert(1, "range", [f"x{each.low:g} to x{each.high:g}" for each in found.ranges])
    table["why"] = [each.reason for each in found.ranges]
    order = np.argsort(-moves.max(axis=1), kind="stable")
    moving = order[moves.max(axis=1)[order] > 0]
    return table.take(moving).reset_index(drop=True)


def summary(found: Uncertainty) -> str:
    """In one sentence: how much of the front is sure."""
    n, samples = found.on_front.shape[1], len(found.on_front)
    return (
        f"{int(found.robust.sum())} of {n} designs stay on the front in at least {PERCENT * ROBUST:.0f} % of {samples} "
        f"draws of {len(found.ranges)} constants; in a draw {PERCENT * found.on_front.mean():.0f} % of them do"
    )


def tornado(found: Uncertainty, design: str) -> go.Figure:
    """How far each constant's range moves each objective of one design, the farthest on top."""
    names = found.objective_names
    figure = make_subplots(rows=1, cols=len(names), horizontal_spacing=0.16,
                           subplot_titles=[f"<b>{label(name)}</b>" for name in names])  # fmt: skip
    for col, _ in enumerate(names, start=1):
        m = col - 1
        order = np.argsort(found.influence(m), kind="stable")[-_MOST_BARS:]
        order = order[found.influence(m)[order] > 0]
        base = abs(found.nominal[m])
        for word, values, colour in (("lowest", found.low, BLUE), ("highest", found.high, VERMILLION)):
            figure.add_bar(
                y=[found.ranges[k].key for k in order], x=[abs(values[k, m]) - base for k in order], base=base,
                orientation="h", name=f"constant at its {word}", legendgroup=word, showlegend=col == 1,
                marker={"color": colour}, row=1, col=col,
                customdata=[f"x{getattr(found.ranges[k], 'low' if word == 'lowest' else 'high'):g}" for k in order],
                hovertemplate="%{y} %{customdata}: %{x:.4g}<extra></extra>",
            )  # fmt: skip
        figure.add_vline(x=base, line={"color": "#1f2933", "width": 1}, row=1, col=col)
    dress(figure, "Which constant to measure first", _BAR_HEIGHT * _MOST_BARS + 220,
          f"design {design}: each constant alone at the ends of its range")  # fmt: skip
    figure.update_layout(barmode="overlay", margin={"l": 190})
    figure.update_yaxes(tickfont={"size": 11})
    return figure


def bands_figure(found: Uncertainty, front: pd.DataFrame, x: int = 0, y: int = 1) -> go.Figure:
    """The front in two objectives with bands of 5 to 95 %; designs that seldom stay are grey."""
    low, middle, high = (np.abs(each) for each in found.bands)
    low, high = np.minimum(low, high), np.maximum(low, high)
    names = found.objective_names[x], found.objective_names[y]
    figure = go.Figure()
    for word, rows, colour, line in (
        ("stays in fewer draws", ~found.robust, FEASIBLE_COLOUR, _FAINT),
        (f"stays in {PERCENT * ROBUST:.0f} % of the draws", found.robust, FRONT_COLOUR, "rgba(0, 114, 178, 0.55)"),
    ):
        ends = [{"type": "data", "symmetric": False, "array": (high - middle)[rows, m], "width": 0, "thickness": 1.2,
                 "arrayminus": (middle - low)[rows, m], "color": line} for m in (x, y)]  # fmt: skip
        figure.add_scatter(
            x=middle[rows, x], y=middle[rows, y], error_x=ends[0], error_y=ends[1], mode="markers",
            name=f"{word} ({int(rows.sum())})", marker={"size": 8, "color": colour},
            customdata=np.stack([front["trial"].to_numpy()[rows], PERCENT * found.stays[rows]], axis=1),
            hovertemplate="design %{customdata[0]:.0f} stays in %{customdata[1]:.0f} % of the draws<extra></extra>",
        )  # fmt: skip
    span = np.concatenate([low, high])
    figure.update_xaxes(title=axis_label(names[0]), **axis(span[:, x]))
    figure.update_yaxes(title=axis_label(names[1]), **axis(span[:, y]))
    share = f"{PERCENT * BAND[0]:.0f} to {PERCENT * BAND[-1]:.0f} %"
    return dress(figure, "How sure the front is", 560, f"medians with bands of {share} of the draws")


def _short(value: float) -> str:
    return f"{abs(value):.3g}"


def border_figure(
    border: tuple[FloatArray, FloatArray, FloatArray], names: tuple[str, str], targets: Sequence[str]
) -> go.Figure:
    """The trade-off of two fields or constants: between the lines the targets are met.

    Parameters
    ----------
    border : values of the first, lowest and highest of the second, (n,) each
    names : of the two
    targets : in words
    """
    along, low, high = (values[np.isfinite(border[1])] for values in border)
    x, y = names
    figure = go.Figure()
    figure.add_scatter(x=along, y=low, mode="lines+markers", name="lowest", line={"color": BLUE, "width": 2})
    figure.add_scatter(
        x=along, y=high, mode="lines+markers", name="highest", line={"color": VERMILLION, "width": 2},
        fill="tonexty", fillcolor="rgba(0, 158, 115, 0.14)",
    )  # fmt: skip
    figure.update_xaxes(title=label(x), **axis(along))
    figure.update_yaxes(title=label(y), **axis(np.concatenate([low, high])))
    title, met = f"What {label(y)} must be for each {label(x)}", "between the lines: " + ", ".join(targets)
    return dress(figure, title, 520, met)
