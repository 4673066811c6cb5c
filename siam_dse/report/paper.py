"""Figures for a paper: vector graphics as wide as a column, fonts embedded, marks that differ in grey too."""

from collections.abc import Callable, Mapping
from itertools import combinations
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siam_dse.core.errors import InputError
from siam_dse.report.breakdown import engines_of
from siam_dse.report.front import chosen_designs
from siam_dse.report.labels import label, words_of
from siam_dse.report.scatter import best_pairs, knee_rows
from siam_dse.report.style import engine_look, is_log, is_text, thinned
from siam_dse.report.view import RunView
from siam_dse.runs.atomic import OF_A_FILE, disk_errors

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("pdf", "svg", "png")
_DPI = 300
_MOST_POINTS = 1500
_HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\", "++++")
_GREY, _DARK, _KNEE = "#b4b9c0", "#0072b2", "#d55e00"
_MATRIX_SIDE = 0.9  # of a panel beside the width of a column
_GOLDEN = 0.66  # height over width of a scatter
_FEW_DECADES = 200.0  # ratio of the ends below which an axis has ticks at 1, 2 and 5
_AROUND = 0.25  # of the front's extent, shown on each side of it
_BREAKDOWN = ("energy_mj", "latency_ms", "area_mm2")


def paper_figures(view: RunView, width_in: float, font_pt: float) -> "dict[str, Figure]":
    """Front, matrix of objectives, breakdown by engine, layers of the knee: those that a run has data for.

    Parameters
    ----------
    view : RunView
    width_in : float
        Width of the figures [inch].
    font_pt : float
        Size of letters [pt].

    Raises
    ------
    InputError
        matplotlib is not installed, or the run has no front.
    """
    need_matplotlib()
    if not len(view.front):
        raise InputError(view.name, "has no front to draw")
    with _look(font_pt):
        made = {name: make(view, width_in) for name, make in _FIGURES.items()}
    return {name: figure for name, figure in made.items() if figure is not None}


def paper_scatter(
    view: RunView, x: str | None, y: str | None, colour: str | None, width_in: float, font_pt: float
) -> "Figure":
    """One scatter of two columns, the front marked, a third column as shade."""
    need_matplotlib()
    names = [*view.objectives, "latency_ms", "energy_mj"]
    x = view.column(x or names[0])
    y = view.column(y or next(name for name in names if name != x))
    with _look(font_pt):
        figure, axes = _blank(width_in, _GOLDEN)
        _scatter(axes, view, x, y, view.column(colour) if colour else None)
        return figure


def write_paper(figure: "Figure", path: Path, font_pt: float) -> None:
    """Write a figure as the suffix of ``path`` says, its text as text."""
    with _look(font_pt), disk_errors(path, OF_A_FILE):
        path.parent.mkdir(parents=True, exist_ok=True)
        metadata = {"CreationDate": None} if path.suffix == ".pdf" else {"Date": None} if path.suffix == ".svg" else {}
        figure.savefig(path, dpi=_DPI, metadata=metadata)


def need_matplotlib() -> None:
    """Refuse where matplotlib is missing, with the command that installs it."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise InputError(
            "plot", "figures for papers need matplotlib, which is not installed: pip install 'siam-dse[paper]'"
        ) from None


def inches(text: str) -> float:
    """Length in inches of ``3.5in``, ``88mm`` or ``8.8cm``; a bare number is inches.

    Examples
    --------
    >>> inches("3.5in"), inches("8.89cm"), inches("88.9mm")
    (3.5, 3.5, 3.5)
    """
    units = {"in": 1.0, "mm": 25.4, "cm": 2.54}
    stripped = text.strip().lower()
    unit = next((unit for unit in units if stripped.endswith(unit)), "")
    try:
        value = float(stripped.removesuffix(unit)) / units.get(unit, 1.0)
    except ValueError:
        value = 0.0
    if not 0.5 <= value <= 40:
        raise InputError("--width", f"{text!r}: must be a length from 0.5in to 40in, such as 3.5in, 88mm or 8.8cm")
    return round(value, 6)


# --- figures -------------------------------------------------------------------------------------------------------


def _front(view: RunView, width_in: float) -> "Figure":
    names = [*view.objectives, "latency_ms", "energy_mj"]
    x = names[0]
    y = next(name for name in names if name != x)
    figure, axes = _blank(width_in, _GOLDEN)
    _scatter(axes, view, x, y, next((name for name in view.objectives if name not in (x, y)), None))
    return figure


def _matrix(view: RunView, width_in: float) -> "Figure | None":
    names = list(view.objectives)
    if len(names) < 3:
        return None
    from matplotlib.figure import Figure

    n = len(names) - 1
    figure = Figure(figsize=(width_in, width_in * _MATRIX_SIDE), layout="constrained")
    panels = figure.subplots(n, n, squeeze=False)
    for across, down in combinations(range(len(names)), 2):
        axes = panels[down - 1][across]
        _scatter(axes, view, names[across], names[down], None, is_small=True)
        if down < n:
            axes.set_xlabel("")
            axes.tick_params(labelbottom=False)
        if across > 0:
            axes.set_ylabel("")
            axes.tick_params(labelleft=False)
    for down in range(n):
        for across in range(down + 1, n):
            panels[down][across].set_visible(False)
    handles, words = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, words, loc="upper right", frameon=False)
    figure.align_ylabels()
    return figure


def _breakdown(view: RunView, width_in: float) -> "Figure | None":
    engines = engines_of(view.front)
    if not engines:
        return None
    from matplotlib.figure import Figure

    chosen = chosen_designs(view.front, view.objectives)
    names = [str(text).replace(", ", "\n") for text in chosen["chosen"]]
    lines = sum(text.count("\n") + 1 for text in names)
    figure = Figure(figsize=(width_in, 0.2 * lines + 0.2 * len(names) + 0.75), layout="constrained")
    panels = figure.subplots(1, len(_BREAKDOWN), sharey=True, squeeze=False)[0]
    rows = np.arange(len(chosen))
    for axes, quantity in zip(panels, _BREAKDOWN, strict=True):
        left = np.zeros(len(chosen))
        for i, engine in enumerate(engines):
            values = chosen[f"{engine}_{quantity}"].to_numpy(dtype=float)
            look = engine_look(engine)
            axes.barh(rows, values, left=left, height=0.62, color=look.colour, edgecolor="white", linewidth=0.4,
                      hatch=_HATCHES[i % len(_HATCHES)], label=look.word)  # fmt: skip
            left += values
        axes.set_xlabel(_over(quantity))
        axes.set_yticks(rows, names)
        axes.grid(axis="y", visible=False)
        axes.locator_params(axis="x", nbins=3)
    panels[0].invert_yaxis()
    handles, words = panels[0].get_legend_handles_labels()
    short = [_short(word) for word in words]
    figure.legend(handles, short, loc="outside upper center", ncols=len(words), frameon=False, columnspacing=1.0)
    return figure


def _layers(view: RunView, width_in: float) -> "Figure | None":
    """Latency of each layer of the knee by engine, layers in order."""
    if view.knee is None or view.changes:
        return None
    from siam_dse.system.evaluate import Evaluation
    from siam_dse.workload.network_set import members_of

    design = view.space.designs_of(knee_rows(view.front))
    table = Evaluation(members_of(view.network)[0], design).by_layer(0)
    parts = [name for name in table if str(name).endswith("_latency_ms")]
    figure, axes = _blank(width_in, 0.5)
    rows = np.arange(len(table))
    base = np.zeros(len(table))
    for i, name in enumerate(parts):
        look = engine_look(str(name).removesuffix("_latency_ms"))
        values = table[name].to_numpy(dtype=float)
        axes.bar(rows, values, bottom=base, width=0.9, color=look.colour, hatch=_HATCHES[i % len(_HATCHES)],
                 edgecolor="white", linewidth=0.2, label=_short(look.word))  # fmt: skip
        base += values
    axes.set_xlabel(f"layer of {view.network.name}, in order")
    axes.set_ylabel(label("latency_ms"))
    axes.set_xlim(-0.7, len(table) - 0.3)
    axes.grid(axis="x", visible=False)
    figure.legend(loc="outside upper center", ncols=len(parts), frameon=False, columnspacing=1.0)
    return figure


_FIGURES: "Mapping[str, Callable[[RunView, float], Figure | None]]" = MappingProxyType(
    {"front": _front, "matrix": _matrix, "breakdown": _breakdown, "layers": _layers}
)


def _scatter(axes: "Axes", view: RunView, x: str, y: str, shade: str | None, *, is_small: bool = False) -> None:
    """Feasible designs as dots, the front as circles, what is best in these two alone as steps, the knee as a star."""
    size = 0.5 if is_small else 1.0
    feasible = thinned(view.points[view.points["feasible"].astype(bool)], _MOST_POINTS)
    front = view.front
    axes.scatter(feasible[x], feasible[y], s=8 * size, color=_GREY, marker=".", linewidths=0, label="feasible",
                 rasterized=len(feasible) > _MOST_POINTS)  # fmt: skip
    looks: dict[str, Any] = {"facecolors": "white", "edgecolors": _DARK, "linewidths": 0.7}
    if shade and not is_text(front[shade]):
        from matplotlib.colors import LogNorm, Normalize

        values = front[shade].astype(float)
        norm = LogNorm(values.min(), values.max()) if is_log(values) else Normalize(values.min(), values.max())
        looks = {"c": values, "cmap": "cividis", "norm": norm, "edgecolors": "black", "linewidths": 0.3}
    drawn = axes.scatter(front[x], front[y], s=14 * size, marker="o", label="front", zorder=3, **looks)
    if "c" in looks and axes.figure is not None:
        axes.figure.colorbar(drawn, ax=axes, label=label(str(shade)), pad=0.02)
    step = best_pairs(pd.concat([front, feasible], ignore_index=True), x, y, view.objectives)
    axes.step(step[x], step[y], where="post", color="black", linewidth=0.7, linestyle=(0, (4, 2)), zorder=2,
              label="best in both" if len(step) else None)  # fmt: skip
    knee = knee_rows(front)
    axes.scatter(knee[x], knee[y], s=70 * size, marker="*", color=_KNEE, edgecolors="black", linewidths=0.5, zorder=4,
                 label="knee")  # fmt: skip
    for name, way in ((x, "x"), (y, "y")):
        _frame(axes, front[name], way)
    axes.set_xlabel(_over(x) if is_small else label(x))
    axes.set_ylabel(_over(y) if is_small else label(y))
    if not is_small and axes.figure is not None:
        axes.figure.legend(loc="outside upper center", ncols=4, frameon=False, handletextpad=0.3, columnspacing=0.8)


def _frame(axes: "Axes", values: pd.Series, way: str) -> None:
    """Scale and limits of an axis around the front."""
    if is_text(values) or values.nunique() < 2:
        return
    low, high = float(values.min()), float(values.max())
    set_scale, set_limits = getattr(axes, f"set_{way}scale"), getattr(axes, f"set_{way}lim")
    if is_log(values):
        from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

        set_scale("log")
        around = (high / low) ** (_AROUND / 2)
        set_limits(low / around, high * around)
        axis = getattr(axes, f"{way}axis")
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < _FEW_DECADES else (1,)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())
        return
    around = _AROUND * (high - low)
    set_limits(max(low - around, min(low, 0.0)), high + around)


def _blank(width_in: float, shape: float) -> "tuple[Figure, Axes]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, shape * width_in), layout="constrained")
    return figure, figure.subplots()


def _over(name: str) -> str:
    """Label of a narrow panel: words over the unit."""
    return label(name).replace(" [", "\n[")


def _short(word: str) -> str:
    """An engine's word without what it holds, and networks by their abbreviations."""
    names = {"network on chip": "NoC", "network on package": "NoP"}
    plain = word.partition(" (")[0]
    return names.get(plain, words_of(plain))


def _look(font_pt: float) -> Any:
    """Settings of matplotlib for a figure; text stays text in SVG, fonts are embedded as TrueType in PDF."""
    import matplotlib as mpl

    return mpl.rc_context(
        {
            "font.family": "sans-serif",
            "font.size": font_pt,
            "axes.labelsize": font_pt,
            "xtick.labelsize": font_pt - 1,
            "ytick.labelsize": font_pt - 1,
            "legend.fontsize": font_pt - 1,
            "axes.linewidth": 0.6,
            "hatch.linewidth": 0.4,
            "hatch.color": "white",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.color": "#e4e7eb",
            "grid.linewidth": 0.4,
            "pdf.fonttype": 42,
            "svg.fonttype": "none",
            "svg.hashsalt": "siam_dse",
        }
    )
