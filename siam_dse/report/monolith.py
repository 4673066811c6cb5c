"""Chiplets against one large die: what each design costs, and what its monolithic twin would."""

import numpy as np
import pandas as pd

from siam_dse.report.chart import Chart
from siam_dse.report.labels import hover, label, varied_fields
from siam_dse.report.scatter import split_feasible
from siam_dse.report.style import BLUE, KNEE_COLOUR, ORANGE, axis, dress, thinned

MONOLITH_COLUMNS = ("area_mm2", "cost_usd", "mono_area_mm2", "mono_cost_usd", "mono_fits_reticle")
_MOST = 400  # designs of the front, and others
_MOST_AXES = 8  # under the pointer: the design's id leads to the rest


def chiplets_against_monolith(points: pd.DataFrame, front: pd.DataFrame) -> Chart:
    """Cost of feasible designs as chiplets and as one die, over their silicon area.

    Each design is drawn twice: as a package of chiplets, and as its monolithic twin, hollow where that die does not fit
    the reticle. Where the clouds cross, chiplets begin to pay.
    """
    figure = Chart()
    feasible, _ = split_feasible(points)
    chosen = pd.concat([thinned(front, _MOST), thinned(feasible, _MOST)]).drop_duplicates(subset=list(MONOLITH_COLUMNS))
    axes = varied_fields(points)
    data, template = hover(chosen, axes[:_MOST_AXES], ["trial", *MONOLITH_COLUMNS, "die_area_mm2", "chiplets"])
    fits = chosen["mono_fits_reticle"].to_numpy(dtype=bool)
    for word, keep, symbol in (("one die", fits, "diamond"), ("one die, beyond the reticle", ~fits, "diamond-open")):
        rows = np.flatnonzero(keep)
        figure.add_scatter(
            x=chosen["area_mm2"].iloc[rows], y=chosen["mono_cost_usd"].iloc[rows], mode="markers",
            name=f"{word} ({len(rows)})", customdata=[data[i] for i in rows],
            marker={"size": 8, "color": ORANGE, "symbol": symbol, "opacity": 0.75},
            hovertemplate=template + f"<extra>{word}</extra>",
        )  # fmt: skip
    figure.add_scatter(
        x=chosen["area_mm2"], y=chosen["cost_usd"], mode="markers", name=f"chiplets ({len(chosen)})", customdata=data,
        marker={"size": 7, "color": BLUE, "opacity": 0.7}, hovertemplate=template + "<extra>chiplets</extra>",
    )  # fmt: skip
    knee = front[front["knee"].to_numpy(dtype=bool)] if "knee" in front else front.iloc[:0]
    for i in range(len(knee)):
        row = knee.iloc[i]
        figure.add_scatter(
            x=[row["area_mm2"]] * 2, y=[row["cost_usd"], row["mono_cost_usd"]], mode="lines+markers", name="knee",
            line={"color": KNEE_COLOUR, "width": 2}, hoverinfo="skip",
            marker={"size": [18, 9], "symbol": ["star", "diamond"], "color": KNEE_COLOUR,
                    "line": {"width": 1, "color": "white"}},
        )  # fmt: skip
    figure.update_xaxes(title=f"{label('area_mm2')} of all chiplets", **axis(chosen["area_mm2"]))
    figure.update_yaxes(title="cost of a good package [USD], lower is better",
                        **axis([*chosen["cost_usd"], *chosen["mono_cost_usd"]]))  # fmt: skip
    note = "each design twice: as chiplets, and as its monolithic twin"
    return dress(figure, "Chiplets against one large die", 560, note)
