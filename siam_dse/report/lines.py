"""Curves of output columns over one field, a line a group: bandwidth sweeps, homogeneous against custom chiplets."""

from collections.abc import Sequence

import pandas as pd

from siam_dse.report.chart import Chart
from siam_dse.report.labels import axis_label, label, number, unit_of, words_of
from siam_dse.report.style import SERIES_COLOURS, SERIES_SYMBOLS, axis, dress, is_log

_MOST_COLUMNS = 2
_PANEL_HEIGHT = 300
_FAINT = 0.4  # opacity of what cannot be built
BANDWIDTH_COLUMNS = ("latency_ms", "energy_mj", "area_mm2", "cost_usd")
STYLE_COLUMNS = ("latency_ms", "energy_mj", "area_mm2", "cost_usd")


def lines_by(
    frame: pd.DataFrame, x: str, columns: Sequence[str], group: str | None = None, title: str = "", subtitle: str = ""
) -> Chart:
    """Output columns over a field, a panel a column, a line a value of ``group``.

    Infeasible designs are hollow and faint, and the axes show what is feasible, where something is.

    Parameters
    ----------
    frame : DataFrame
        Designs that differ in ``x`` and ``group``; where several share both, the median is drawn.
    x : str
        Field on the horizontal axis.
    columns : output columns, one panel each
    group : str, optional
        Field that tells the lines apart.
    """
    columns = [name for name in columns if name in frame]
    across = min(len(columns), _MOST_COLUMNS) or 1
    down = -(-len(columns) // across) or 1
    figure = Chart(down, across, shared_x=True, gap_x=0.1, gap_y=0.07)
    numeric = pd.api.types.is_numeric_dtype(frame[x])
    groups = sorted(frame[group].dropna().unique().tolist(), key=_by_kind) if group else [None]
    for g, value in enumerate(groups):
        members = frame if value is None else frame[frame[group] == value]
        colour = SERIES_COLOURS[g % len(SERIES_COLOURS)]
        symbol = SERIES_SYMBOLS[g % len(SERIES_SYMBOLS)]
        name = label(x) if value is None else f"{words_of(str(group))} = {number(value)} {unit_of(str(group))}".strip()
        grouped = members.groupby(x, sort=True)
        medians, fine = grouped[columns].median(), grouped["feasible"].all().tolist()
        along = medians.index if numeric else medians.index.astype(str)
        for i, column in enumerate(columns):
            y = medians[column]
            place = {"row": i // across + 1, "col": i % across + 1}
            hovered = f"{words_of(x)} %{{x}} {unit_of(x)}: %{{y:.4g}} {unit_of(column)}, "
            if not all(fine):
                figure.add_scatter(
                    x=along, y=y, mode="lines+markers", legendgroup=name, name=f"{name} (infeasible)",
                    showlegend=i == 0 and not any(fine),
                    opacity=_FAINT, line={"color": colour, "width": 1, "dash": "dot"},
                    marker={"size": 7, "color": colour, "symbol": f"{symbol}-open"},
                    hovertemplate=f"{hovered}infeasible<extra>{name}</extra>", **place,
                )  # fmt: skip
            figure.add_scatter(
                x=along, y=[value if ok else None for value, ok in zip(y.tolist(), fine, strict=True)],
                mode="lines+markers", name=name, legendgroup=name,
                showlegend=i == 0 and value is not None and any(fine),
                line={"color": colour, "width": 2}, marker={"size": 9, "color": colour, "symbol": symbol},
                hovertemplate=f"{hovered}feasible<extra>{name}</extra>", **place,
            )  # fmt: skip
    for i, column in enumerate(columns):
        place = {"row": i // across + 1, "col": i % across + 1}
        feasible = frame[frame["feasible"].astype(bool)]
        figure.update_yaxes(title=axis_label(column), **axis((feasible if len(feasible) else frame)[column]), **place)
        if numeric:
            levels = sorted(frame[x].unique().tolist())
            ticks = {"tickvals": levels, "ticktext": [number(level) for level in levels]} if is_log(levels) else {}
            figure.update_xaxes(**(axis(levels) | ticks), **place)
        last = i + across >= len(columns)
        figure.update_xaxes(title=label(x) if last else None, showticklabels=last, **place)
    return dress(figure, title or f"What {words_of(x)} does", _PANEL_HEIGHT * down + 200, subtitle)


def nop_bandwidth_sweep(frame: pd.DataFrame, group: str | None = None) -> Chart:
    """Latency, energy, area and cost over the NoP bandwidth, a line a value of ``group`` (such as ``n_chiplets``)."""
    note = "lanes cost area, static power and shoreline; hollow and dotted: infeasible"
    return lines_by(frame, "nop_bandwidth_gbps", BANDWIDTH_COLUMNS, group, "What NoP bandwidth buys and costs", note)


def homogeneous_against_custom(frame: pd.DataFrame, x: str = "tiles_per_chiplet") -> Chart:
    """Latency, energy, area and cost of equal dies and of dies cut to their tiles, over a field such as the size."""
    note = "equal dies carry spare tiles; custom dies are as large as their tiles; hollow and dotted: infeasible"
    return lines_by(frame, x, STYLE_COLUMNS, "chiplet_style", "Homogeneous against custom chiplets", note)


def _by_kind(value: object) -> tuple[bool, object]:
    """Sort key: numbers by size, texts by letters."""
    return isinstance(value, str), value
