"""Which figures a run has, by the name of their files, in the order of the report."""

from collections.abc import Callable, Mapping
from itertools import combinations
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from siam_dse.core.units import PERCENT
from siam_dse.report.bands import bands_of
from siam_dse.report.breakdown import engine_breakdown, engines_of
from siam_dse.report.chart import Chart
from siam_dse.report.effects import axis_effects
from siam_dse.report.front import chosen_designs
from siam_dse.report.generality import generality_figure
from siam_dse.report.headline import hypervolume_share
from siam_dse.report.html import Figure, write_figure, write_plotly
from siam_dse.report.lines import homogeneous_against_custom, nop_bandwidth_sweep
from siam_dse.report.monolith import MONOLITH_COLUMNS, chiplets_against_monolith
from siam_dse.report.pairs import pareto_matrix
from siam_dse.report.parallel import parallel_coordinates
from siam_dse.report.progress import hypervolume_history
from siam_dse.report.scatter import knee_rows, pareto_scatter
from siam_dse.report.view import COMPANIONS, RunView, cross

_BANDWIDTH, _CHIPLETS, _STYLE, _TILES = "nop_bandwidth_gbps", "n_chiplets", "chiplet_style", "tiles_per_chiplet"
_MOST_GROUPS = 4
MOST_AXES = 8  # side by side in a figure


def scatter_of(view: RunView, x: str | None = None, y: str | None = None, colour: str | None = None) -> Chart:
    """Scatter of two columns, by default the first two objectives, the third as colour, with menus for the others."""
    names = list(view.objectives)
    others = [name for name in (*names, *COMPANIONS) if name in view.points]
    x = view.column(x or names[0])
    y = view.column(y or next(name for name in others if name != x))
    colour = view.column(colour) if colour else next((name for name in names if name not in (x, y)), None)
    pairs = [pair for pair in combinations(names, 2) if set(pair) != {x, y}]
    bands = bands_of(view, knee_rows(view.front).iloc[:1])
    return pareto_scatter(
        view.points, view.front, x, y, colour, view.objectives, pairs, others if colour else (), bands, view.front_size
    )


def _engines(view: RunView) -> Chart | None:
    if not engines_of(view.front) or not len(view.front):
        return None
    chosen = chosen_designs(view.front, view.objectives)
    return engine_breakdown(chosen, [text.replace(", ", "<br>") for text in chosen["chosen"]])


def _history(view: RunView) -> Chart | None:
    if view.history["hypervolume"].notna().sum() < 2 or hypervolume_share(view) is None:
        return None
    return hypervolume_history(view.history.assign(share_pct=PERCENT * view.history["hypervolume"]))


def _effects(view: RunView, part: int = 0) -> Chart | None:
    """The axes that move objectives most; in further parts the next ones."""
    if not view.axes or not view.points["feasible"].any():
        return None
    shown = axes_shown(view)[part * MOST_AXES : (part + 1) * MOST_AXES]
    whole = view.whole
    return axis_effects(whole.points, whole.front, shown, view.objectives, view.around_knee) if shown else None


def axes_shown(view: RunView) -> list[str]:
    """Axes of a run in the order of its figures: as the space has them, or, where they are many, by their effect."""
    return view.axes if len(view.axes) <= MOST_AXES else view.ranked_axes


def more_axes(view: RunView) -> list[Chart]:
    """Figures of the axes that the figure ``axes`` leaves out."""
    parts = range(1, -(-len(view.axes) // MOST_AXES))
    return [figure for part in parts if (figure := _effects(view, part)) is not None]


def _monolith(view: RunView) -> Chart | None:
    if not all(name in view.points for name in MONOLITH_COLUMNS) or not len(view.front):
        return None
    return chiplets_against_monolith(view.points, view.front)


def _bandwidth(view: RunView) -> Chart | None:
    """NoP bandwidth around the knee, for some numbers of chiplets."""
    if view.knee is None or view.changes or _BANDWIDTH not in view.axes:
        return None
    levels = {_BANDWIDTH: _all_levels(view, _BANDWIDTH)}
    if _CHIPLETS in view.axes:
        levels[_CHIPLETS] = _levels_near_knee(view, _CHIPLETS)
    frame = cross(view.network, view.space, _knee_row(view), levels)
    return nop_bandwidth_sweep(frame, _CHIPLETS if _CHIPLETS in view.axes else None)


def _styles(view: RunView) -> Chart | None:
    """Homogeneous and custom chiplets around the knee, over the size of a chiplet."""
    if view.knee is None or view.changes or _STYLE not in view.axes or _TILES not in view.axes:
        return None
    levels = {_STYLE: _all_levels(view, _STYLE), _TILES: _all_levels(view, _TILES)}
    return homogeneous_against_custom(cross(view.network, view.space, _knee_row(view), levels), _TILES)


# File name -> maker; None where a run has nothing for the figure to show.
FIGURES: Mapping[str, Callable[[RunView], Chart | None]] = MappingProxyType(
    {
        "pareto": scatter_of,
        "pareto_matrix": lambda view: (
            pareto_matrix(view.points, view.front, view.objectives)
            if len(view.objectives) > 2 and view.points["feasible"].any()
            else None
        ),
        "parallel": lambda view: (
            parallel_coordinates(view.front, view.objectives, view.axes) if len(view.front) else None
        ),
        "generality": lambda view: (
            generality_figure(view.front, view.own, view.objectives)
            if len(view.own) > 1 and all(map(len, view.own.values()))
            else None
        ),
        "engines": _engines,
        "axes": _effects,
        "nop_bandwidth": _bandwidth,
        "chiplet_style": _styles,
        "chiplets_or_monolith": _monolith,
        "hypervolume": _history,
    }
)


def run_figures(view: RunView) -> dict[str, Chart]:
    """Every figure that a run has something to show in."""
    made = {name: make(view) for name, make in FIGURES.items()}
    return {name: figure for name, figure in made.items() if figure is not None}


def write_plots(view: RunView, folder: Path, figures: Mapping[str, Figure] | None = None) -> list[Path]:
    """Write each figure of a run as an HTML file, and beside them the one script they need; returns their paths."""
    paths, plotly = [], write_plotly(folder)
    for name, figure in (run_figures(view) if figures is None else figures).items():
        path = folder / f"{name}.html"
        write_figure(figure, path, f"{view.name}: {name.replace('_', ' ')}", plotly)
        paths.append(path)
    return paths


def _knee_row(view: RunView) -> pd.DataFrame:
    return view.front[view.front["knee"].astype(bool)]


def _all_levels(view: RunView, name: str) -> list[int]:
    axis = view.space.axes[view.space.axis_names.index(name)]
    return list(range(len(axis.levels)))


def _levels_near_knee(view: RunView, name: str) -> list[int]:
    """A few neighbouring levels of an axis around the knee's."""
    axis = view.space.axes[view.space.axis_names.index(name)]
    own = list(axis.levels).index(view.front.loc[view.front["knee"].astype(bool), name].iloc[0])
    low = max(0, min(own - 1, len(axis.levels) - _MOST_GROUPS))
    return list(range(low, min(low + _MOST_GROUPS, len(axis.levels))))
