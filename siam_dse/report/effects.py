"""What each axis of a search does: which levels stand on the front, and how far each objective gets at a level."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from siam_dse.core.arrays import FloatArray
from siam_dse.core.units import PERCENT
from siam_dse.report.chart import Chart
from siam_dse.report.labels import direction_of, label, number, stacked, words_of
from siam_dse.report.scatter import knee_rows, split_feasible
from siam_dse.report.style import BLUE, FEASIBLE_COLOUR, FRONT_COLOUR, KNEE_COLOUR, axis, dress, is_log

_ROW_HEIGHT = 190
_HEAD_LETTERS = 12  # of a line above a column
_JITTER = 0.22  # of the distance between two levels
_MOST_DOTS = 200
_UPRIGHT, _UPRIGHT_LETTERS = 5, 18  # levels, and their letters together, that fit side by side


def levels_on_front(points: pd.DataFrame, front: pd.DataFrame, axes: Sequence[str]) -> pd.DataFrame:
    """Share of the levels of each axis among the evaluated, the feasible and the front's designs.

    Returns
    -------
    DataFrame
        ``axis``, ``level``, ``evaluated_pct``, ``feasible_pct``, ``front_pct``.
    """
    feasible, _ = split_feasible(points)
    tables = {"evaluated": points, "feasible": feasible, "front": front}
    rows = []
    for name in axes:
        counts = {word: table[name].value_counts() for word, table in tables.items()}
        for level in levels_of(points[name]):
            row: dict[str, object] = {"axis": name, "level": level}
            for word, table in tables.items():
                row[f"{word}_pct"] = PERCENT * float(counts[word].get(level, 0) / len(table)) if len(table) else 0.0
            rows.append(row)
    return pd.DataFrame(rows, columns=["axis", "level", "evaluated_pct", "feasible_pct", "front_pct"])


def best_at_levels(feasible: pd.DataFrame, name: str, directions: Mapping[str, str]) -> pd.DataFrame:
    """Best value of each objective among the feasible designs at each level of an axis: a row a level."""
    grouped = feasible.groupby(name, sort=True)[list(directions)]
    low, high = grouped.min(), grouped.max()
    return pd.DataFrame(
        {each: (high if direction_of(each, directions) == "maximise" else low)[each] for each in directions}
    )


def levels_of(values: pd.Series) -> list[object]:
    """Distinct values in order: numbers by size, texts by letters."""
    numeric = pd.api.types.is_numeric_dtype(values)
    return sorted(values.dropna().unique().tolist(), key=None if numeric else str)


def by_effect(points: pd.DataFrame, axes: Sequence[str], directions: Mapping[str, str]) -> list[str]:
    """Axes, first those whose levels move the best feasible value of some objective farthest within its whole range."""
    points = _needed(points, axes, list(directions))
    feasible, _ = split_feasible(points)
    effects = {}
    for name in axes:
        moves = [0.0]
        best_of = best_at_levels(feasible, name, directions)
        for objective in directions:
            best, every = best_of[objective].to_numpy(dtype=float), feasible[objective].to_numpy(dtype=float)
            if is_log(every):
                best, every = np.log(best), np.log(every)
            span = np.ptp(every) if len(every) else 0.0
            moves.append(float(np.ptp(best) / span) if span else 0.0)
        effects[name] = max(moves)
    return sorted(axes, key=lambda name: -effects[name])


def axis_effects(
    points: pd.DataFrame,
    front: pd.DataFrame,
    axes: Sequence[str],
    directions: Mapping[str, str],
    around_knee: pd.DataFrame | None = None,
) -> Chart:
    """One column an axis: above, the share of each level on the front; below, each objective against the level.

    Dots are front designs; one line is the best feasible design found at a level, the other the knee with this axis
    alone changed, where that is feasible. Where both are flat, the axis does not matter for that objective.

    Parameters
    ----------
    points, front : DataFrame
    axes : names of axes
    directions : objective -> ``minimise`` or ``maximise``
    around_knee : DataFrame, optional
        As of :func:`siam_dse.report.view.one_axis_at_a_time`.
    """
    names = list(directions)
    points, front = _needed(points, axes, names), _needed(front, axes, names)
    heads = ["<b>" + stacked(name, _HEAD_LETTERS).replace("\n", "<br>") + "</b>" for name in axes]
    figure = Chart(len(names) + 1, len(axes), shared_x=True, shared_y=True, gap_x=0.018, gap_y=0.025, heads=heads)
    feasible, _ = split_feasible(points)
    around = pd.DataFrame() if around_knee is None else _needed(around_knee, ("axis", "level", "is_base"), names)
    shares = levels_on_front(points, front, axes)
    bests = {name: best_at_levels(feasible, name, directions) for name in axes}
    levels = {name: levels_of(points[name]) for name in axes}
    texts = {name: [number(level) for level in levels[name]] for name in axes}
    many = any(len(each) > _UPRIGHT or len("".join(each)) > _UPRIGHT_LETTERS for each in texts.values())
    dots, shifts = _some(front)
    knee = knee_rows(front)
    for col, name in enumerate(axes, start=1):
        ranks = {level: i for i, level in enumerate(levels[name])}
        _share_bars(figure, shares[shares["axis"] == name], name, col)
        places = [round(ranks[value] + shift, 2) for value, shift in zip(dots[name].tolist(), shifts, strict=True)]
        line = _changed(around, name, ranks)
        stars = [ranks[value] for value in knee[name].tolist()]
        for row, objective in enumerate(names, start=2):
            place = {"row": row, "col": col, "showlegend": (row, col) == (2, 1)}
            _dots(figure, places, dots[objective], place)
            _best_line(figure, bests[name][objective], name, objective, ranks, place)
            if len(around):
                _knee_line(figure, line, name, objective, ranks, place)
            _knee_star(figure, stars, knee[objective], place)
        figure.update_xaxes(tickvals=list(ranks.values()), ticktext=texts[name], range=[-0.6, len(ranks) - 0.4],
                            tickangle=-60 if many else 0, col=col)  # fmt: skip
    top = float(shares[["feasible_pct", "front_pct"]].max().max()) if len(shares) else 1.0
    figure.update_yaxes(range=[0, 1.08 * top or 1.0], row=1)
    figure.update_yaxes(title="share [%]", row=1, col=1)
    for row, objective in enumerate(names, start=2):
        reached = np.concatenate([front[objective], *(best[objective] for best in bests.values())])  # must be seen
        figure.update_yaxes(**axis(reached if len(reached) else points[objective]), row=row)
        figure.update_yaxes(title=label(objective), row=row, col=1)
    inner = _ROW_HEIGHT * (len(names) + 1)
    note = "top: levels that stand on the front; below: how far each objective gets at a level"
    dress(figure, "What each axis does", inner + 270, note)
    figure.update_layout(barmode="overlay", font={"size": 12}, margin={"t": 190}, legend={"y": 1 + 70 / inner})
    figure.update_annotations(font={"size": 13})
    figure.update_yaxes(title={"font": {"size": 13}})
    return figure


def _needed(table: pd.DataFrame, axes: Sequence[str], names: Sequence[str]) -> pd.DataFrame:
    """The columns that the figure shows: a table is cut in many ways, and a run has more than a hundred."""
    return table[[name for name in ("feasible", "knee", *axes, *names) if name in table]]


def _some(front: pd.DataFrame) -> tuple[pd.DataFrame, FloatArray]:
    """Front designs that are drawn, some of them where there are many, and how far each stands aside."""
    rng = np.random.default_rng(0)
    if len(front) > _MOST_DOTS:
        front = front.iloc[np.sort(rng.choice(len(front), _MOST_DOTS, replace=False))]
    return front, rng.uniform(-_JITTER, _JITTER, len(front))


def _changed(around: pd.DataFrame, name: str, ranks: Mapping[Any, int]) -> pd.DataFrame:
    """The knee with one axis changed, in the order of the levels."""
    if not len(around):
        return around
    line = around[(around["axis"] == name) & around["level"].isin(list(ranks))]
    return line.sort_values("level", key=lambda levels: levels.map(ranks).astype(int))


def _share_bars(figure: Chart, share: pd.DataFrame, name: str, col: int) -> None:
    for word, colour, width in (("feasible", FEASIBLE_COLOUR, 0.84), ("front", FRONT_COLOUR, 0.5)):
        figure.add_bar(
            x=list(range(len(share))), y=share[f"{word}_pct"], width=width, row=1, col=col, showlegend=col == 1,
            name=f"{word} designs [%]", legendgroup=f"share {word}",
            marker={"color": colour, "opacity": 0.5 if word == "feasible" else 1},
            customdata=[number(level) for level in share["level"]],
            hovertemplate=f"{words_of(name)} %{{customdata}}: %{{y:.1f}} % of the {word} designs<extra></extra>",
        )  # fmt: skip


def _dots(figure: Chart, x: list[float], y: pd.Series, place: dict[str, Any]) -> None:
    """Front designs, spread a little sideways."""
    figure.add_scatter(
        x=x, y=y, mode="markers", name="front design", legendgroup="front", hoverinfo="skip",
        marker={"size": 5, "color": FRONT_COLOUR, "opacity": 0.45}, **place,
    )  # fmt: skip


def _best_line(
    figure: Chart, best: pd.Series, name: str, objective: str, ranks: Mapping[Any, int], place: dict[str, Any]
) -> None:
    figure.add_scatter(
        x=[ranks[level] for level in best.index], y=best, mode="lines+markers", name="best feasible at the level",
        legendgroup="best", line={"color": BLUE, "width": 2}, customdata=[number(level) for level in best.index],
        marker={"size": 6, "symbol": "line-ew-open", "line": {"width": 2}},
        hovertemplate=f"{words_of(name)} %{{customdata}}: %{{y:.4g}}<extra>best {words_of(objective)}</extra>", **place,
    )  # fmt: skip


def _knee_line(
    figure: Chart, line: pd.DataFrame, name: str, objective: str, ranks: Mapping[Any, int], place: dict[str, Any]
) -> None:
    fine = (line["feasible"].astype(bool) | line["is_base"].astype(bool)).tolist()
    levels = line["level"].tolist()
    shown = [value if ok else None for value, ok in zip(line[objective].tolist(), fine, strict=True)]
    figure.add_scatter(
        x=[ranks[level] for level in levels], y=shown, mode="lines+markers",
        name="knee, this axis changed (where feasible)", legendgroup="around",
        line={"color": KNEE_COLOUR, "width": 1.5, "dash": "dot"},
        marker={"size": 7, "color": KNEE_COLOUR}, customdata=[number(level) for level in levels],
        hovertemplate=f"knee with {words_of(name)} %{{customdata}}: %{{y:.4g}}<extra></extra>", **place,
    )  # fmt: skip


def _knee_star(figure: Chart, x: list[int], y: pd.Series, place: dict[str, Any]) -> None:
    figure.add_scatter(
        x=x, y=y, mode="markers", name="knee", legendgroup="knee", hoverinfo="skip",
        marker={"size": 13, "symbol": "star", "color": KNEE_COLOUR, "line": {"width": 1, "color": "white"}}, **place,
    )  # fmt: skip
