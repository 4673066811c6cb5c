"""What uncertain constants do to a front, as tables and figures: bands, who stays, which constant to measure first.

Two tables hold it all, so that pictures are drawn from what a run keeps: one row a design (:func:`design_table`), one
row a constant (:func:`constant_table`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siam_dse.core.arrays import FloatArray
from siam_dse.core.errors import InputError, RunError
from siam_dse.core.units import PERCENT
from siam_dse.report.chart import Chart
from siam_dse.report.labels import axis_label, label
from siam_dse.report.style import BLUE, FEASIBLE_COLOUR, FRONT_COLOUR, VERMILLION, axis, dress, thinned
from siam_dse.report.view import RunView
from siam_dse.runs.fingerprint import digest
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.tables import ID, write_csv
from siam_dse.search.problem import Problem
from siam_dse.search.uncertainty import BAND, ROBUST, Uncertainty, uncertainty
from siam_dse.technology.changes import changes
from siam_dse.technology.ranges import Range, ranges
from siam_dse.technology.variants import Variants

DESIGNS_FILE, CONSTANTS_FILE = "uncertainty.csv", "uncertainty_constants.csv"
_KEPT = "uncertainty"  # entry of run.json
_ENDS = ("low", "median", "high")
_MOST_BARS = 10
_BAR_HEIGHT = 34
_LEAST_DRAWN_PCT = 0.1  # moves less than a line is wide
_MOST_BANDS = 40  # of each kind that have error bars: more hide the dots
_MOST_COLUMNS = 2  # of a tornado: names of constants are long
_BETWEEN = 0.3
_FAINT = "rgba(141, 153, 168, 0.45)"


@dataclass(frozen=True)
class Doubt:
    """How sure a run's front is: a row a design, a row a constant, and how it was found out."""

    designs: pd.DataFrame
    constants: pd.DataFrame
    objectives: tuple[str, ...]
    samples: int
    seed: int
    design: int  # whose objectives the constants move

    @property
    def robust(self) -> pd.DataFrame:
        """Designs that stay in nearly all draws."""
        return self.designs[self.designs["stays"] >= PERCENT * ROBUST].reset_index(drop=True)


def doubt_of(run: RunFolder, samples: int = 200, seed: int = 0, overlays: Sequence[str] = ()) -> Doubt:
    """Evaluate a run's front under constants drawn from their ranges, and keep what is found with the run.

    Parameters
    ----------
    run : RunFolder
    samples, seed : draws of all uncertain constants
    overlays : files whose ranges take the place of the packaged ones, optional
        Values of their constants must be those of the run: they say how sure they are.

    Raises
    ------
    InputError
        The run has no front, or was made with another model; an overlay that changes a value.
    """
    view = RunView.of(run)
    if not len(view.front):
        raise InputError(view.name, "has no front yet; wait for it, or see 'siam-dse front RUN'")
    if view.changes:
        raise InputError(view.name, [f"model or data changed since the run: {line}" for line in view.changes[:3]])
    front = view.front.reset_index(drop=True)
    designs = view.space.designs_of(front)
    over = None
    if overlays:
        over = _with_ranges(view, overlays)
    knee = int(np.flatnonzero(front["knee"].to_numpy(dtype=bool))[0])
    found = uncertainty(Problem(view.network, view.space), designs, samples=samples, seed=seed, chosen=knee, over=over)
    doubt = Doubt(
        design_table(found, front), constant_table(found), found.objective_names, samples, seed, int(front[ID][knee])
    )
    run.files.replace(DESIGNS_FILE, lambda new: write_csv(doubt.designs, new))
    run.files.replace(CONSTANTS_FILE, lambda new: write_csv(doubt.constants, new))
    run.update({_KEPT: {"samples": samples, "seed": seed, "design": doubt.design, "of": _front_digest(run)}})
    return doubt


def kept_doubt(run: RunFolder) -> Doubt | None:
    """What a run keeps of :func:`doubt_of`, if its front is still the same; else None."""
    about = run.info.get(_KEPT)
    if not about or about.get("of") != _front_digest(run):
        return None
    try:
        with run.files.opened(DESIGNS_FILE) as designs, run.files.opened(CONSTANTS_FILE) as constants:
            tables = pd.read_csv(designs), pd.read_csv(constants)
    except RunError:  # damaged, or taken away: it can be found out again
        return None
    return Doubt(*tables, tuple(run.objectives), int(about["samples"]), int(about["seed"]), int(about["design"]))


def _with_ranges(view: RunView, overlays: Sequence[str]) -> tuple[Range, ...]:
    """Ranges of a run's technology with those of further overlays."""
    of = view.space.technology
    own = of.base if isinstance(of, Variants) else of
    other = own
    for overlay in overlays:
        other = other.with_overlay(overlay)
    moved = changes(own, other)
    if moved:
        lines = [f"{change.text}; a run's ranges may differ, its values may not" for change in moved[:5]]
        raise InputError("--technology", lines)
    return ranges(other)


def _front_digest(run: RunFolder) -> str:
    front = run.front()
    return digest({"trials": front[ID].tolist() if ID in front else [], "fingerprint": run.info.get("fingerprint")})


def design_table(found: Uncertainty, front: pd.DataFrame) -> pd.DataFrame:
    """A row a front design: ``trial``, ``stays`` [% of the draws], and 5 %, median and 95 % of each objective."""
    out = {ID: front[ID].to_numpy(), "stays": PERCENT * found.stays}
    bands = np.sort(np.abs(found.bands), axis=0)
    for m, name in enumerate(found.objective_names):
        out |= {f"{name} {end}": bands[i, :, m] for i, end in enumerate(_ENDS)}
    return pd.DataFrame(out)


def constant_table(found: Uncertainty) -> pd.DataFrame:
    """A row a constant: factors of its range, why, and each objective of one design at either end and in between."""
    table = pd.DataFrame(
        {
            "constant": [each.key for each in found.ranges],
            "lowest": [each.low for each in found.ranges],
            "highest": [each.high for each in found.ranges],
            "why": [each.reason for each in found.ranges],
        }
    )
    for m, name in enumerate(found.objective_names):
        table[f"{name} at lowest"], table[f"{name} at highest"] = np.abs(found.low[:, m]), np.abs(found.high[:, m])
        table[name] = abs(found.nominal[m])
        table[f"{name} moves"] = PERCENT * found.influence(m)
    return table


def stays_table(doubt: Doubt, front: pd.DataFrame, shown: list[str]) -> pd.DataFrame:
    """Front designs, those that stay most often first: what they are, their bands, how often they stay [%]."""
    table = front[[ID, *shown]].reset_index(drop=True)
    found = doubt.designs.set_index(ID).loc[table[ID]]  # of a long front the page has some of the designs
    for name in doubt.objectives:
        ends = zip(*(found[f"{name} {end}"] for end in _ENDS), strict=True)
        table[name] = [" … ".join(f"{value:.3g}" for value in each) for each in ends]
    table["stays"] = found["stays"].to_numpy()
    return table.sort_values("stays", ascending=False, kind="stable").reset_index(drop=True)


def influence_table(doubt: Doubt) -> pd.DataFrame:
    """Constants by how far their range moves each objective of the design [% of its value], largest first."""
    names = [f"{name} moves" for name in doubt.objectives]
    table = doubt.constants[["constant", *names, "why"]].copy()
    ends = zip(doubt.constants["lowest"], doubt.constants["highest"], strict=True)
    table.insert(1, "range", [f"x{low:g} to x{high:g}" for low, high in ends])
    largest = table[names].max(axis=1)
    order = largest[largest > 0].sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def summary(doubt: Doubt) -> str:
    """In one sentence: how much of the front is sure."""
    stays = doubt.designs["stays"]
    return (
        f"{len(doubt.robust)} of {len(stays)} designs stay on the front in at least {PERCENT * ROBUST:.0f} % of "
        f"{doubt.samples} draws of {len(doubt.constants)} constants; in a draw {stays.mean():.0f} % of them do"
    )


def tornado(doubt: Doubt) -> Chart:
    """How far each constant's range moves each objective of one design, the farthest on top."""
    return tornado_of(doubt.constants, doubt.objectives, f"design {doubt.design}")


def tornado_of(constants: pd.DataFrame, names: Sequence[str], of: str) -> Chart:
    """How far the ranges of constants (:func:`constant_table`) move columns of a design, the farthest on top."""
    columns = min(len(names), _MOST_COLUMNS)
    rows = -(-len(names) // columns)
    heads = [f"<b>{label(name)}</b>" for name in names]
    figure = Chart(rows, columns, gap_x=_BETWEEN, gap_y=0.16 / rows, heads=heads)
    for m, name in enumerate(names):
        row, col = m // columns + 1, m % columns + 1
        moving = constants[constants[f"{name} moves"] >= _LEAST_DRAWN_PCT]
        most = moving.sort_values(f"{name} moves", kind="stable").tail(_MOST_BARS)
        base = float(constants[name].iloc[0])
        for word, end, colour in (("lowest", "lowest", BLUE), ("highest", "highest", VERMILLION)):
            figure.add_bar(
                y=most["constant"], x=most[f"{name} at {end}"] - base, base=base,
                orientation="h", name=f"constant at its {word}", legendgroup=word, showlegend=m == 0,
                marker={"color": colour}, row=row, col=col, customdata=[f"x{value:g}" for value in most[end]],
                hovertemplate="%{y} %{customdata}: %{x:.4g}<extra></extra>",
            )  # fmt: skip
        figure.add_vline(base, row, col, line={"color": "#1f2933", "width": 1})
    dress(figure, "Which constant to measure first", (_BAR_HEIGHT * _MOST_BARS + 90) * rows + 130,
          f"{of}: each constant alone at the ends of its range")  # fmt: skip
    figure.update_layout(barmode="overlay", margin={"l": 190, "t": 140}, legend={"y": 1 + 0.08 / rows})
    figure.update_yaxes(tickfont={"size": 11})
    return figure


def bands_figure(doubt: Doubt, x: int = 0, y: int = 1) -> Chart:
    """The front in two objectives, some designs with bands of 5 to 95 %; designs that seldom stay are grey."""
    table, names = doubt.designs, (doubt.objectives[x], doubt.objectives[y])
    robust = (table["stays"] >= PERCENT * ROBUST).to_numpy()
    figure = Chart()
    for word, rows, colour, line in (
        ("stays in fewer draws", ~robust, FEASIBLE_COLOUR, _FAINT),
        (f"stays in {PERCENT * ROBUST:.0f} % of the draws", robust, FRONT_COLOUR, "rgba(0, 114, 178, 0.55)"),
    ):
        part = table[rows]
        few = thinned(part.sort_values(f"{names[0]} median"), _MOST_BANDS)
        ends = [{"type": "data", "symmetric": False, "array": few[f"{name} high"] - few[f"{name} median"],
                 "arrayminus": few[f"{name} median"] - few[f"{name} low"], "width": 0, "thickness": 1.2,
                 "color": line} for name in names]  # fmt: skip
        medians = [f"{name} median" for name in names]
        figure.add_scatter(
            x=few[medians[0]], y=few[medians[1]], error_x=ends[0], error_y=ends[1], mode="markers", showlegend=False,
            legendgroup=word, marker={"size": 1, "color": line}, hoverinfo="skip",
        )  # fmt: skip
        figure.add_scatter(
            x=part[medians[0]], y=part[medians[1]], legendgroup=word,
            mode="markers", name=f"{word} ({int(rows.sum())})", marker={"size": 6, "color": colour},
            customdata=part[[ID, "stays"]].to_numpy(),
            hovertemplate="design %{customdata[0]:.0f} stays in %{customdata[1]:.0f} % of the draws<extra></extra>",
        )  # fmt: skip
    spans = [table[[f"{name} {end}" for end in _ENDS]].to_numpy().reshape(-1) for name in names]
    figure.update_xaxes(title=axis_label(names[0]), **axis(spans[0]))
    figure.update_yaxes(title=axis_label(names[1]), **axis(spans[1]))
    share = f"{PERCENT * BAND[0]:.0f} to {PERCENT * BAND[-1]:.0f} %"
    return dress(figure, "How sure the front is", 560, f"medians with bands of {share} of the draws")


def border_figure(
    border: tuple[FloatArray, FloatArray, FloatArray], names: tuple[str, str], targets: Sequence[str]
) -> Chart:
    """The trade-off of two fields or constants: between the lines the targets are met.

    Parameters
    ----------
    border : values of the first, lowest and highest of the second, (n,) each
    names : of the two
    targets : in words
    """
    along, low, high = (values[np.isfinite(border[1])] for values in border)
    x, y = names
    figure = Chart()
    figure.add_scatter(x=along, y=low, mode="lines+markers", name="lowest", line={"color": BLUE, "width": 2})
    figure.add_scatter(
        x=along, y=high, mode="lines+markers", name="highest", line={"color": VERMILLION, "width": 2},
        fill="tonexty", fillcolor="rgba(0, 158, 115, 0.14)",
    )  # fmt: skip
    figure.update_xaxes(title=label(x), **axis(along))
    figure.update_yaxes(title=label(y), **axis(np.concatenate([low, high])))
    title, met = f"What {label(y)} must be for each {label(x)}", "between the lines: " + ", ".join(targets)
    return dress(figure, title, 520, met)
