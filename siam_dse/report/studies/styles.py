"""Study ``styles``: equal dies against dies cut to their tiles, over the size of a chiplet and of a crossbar."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from siam_dse.core.units import PERCENT
from siam_dse.report.labels import label, number
from siam_dse.report.studies.curves import Panel, curves
from siam_dse.report.studies.study import Setting, StudyResult, evaluated, joined
from siam_dse.workload.network import Network

TILES = (4, 9, 16, 25, 36)
CROSSBARS = (64, 128, 256)
SHOWN = ("chiplets", "utilisation", "area_mm2", "latency_ms", "energy_mj", "cost_usd")
HOMOGENEOUS, CUSTOM = "homogeneous", "custom"
METHOD = (
    "One copy of every layer; as many chiplets as the layers need; all other fields at the setting's defaults.",
    "Homogeneous: every die has the same number of tiles, those no layer fills included. Custom: tiles a chiplet is a "
    "cap, and each die is cut to the tiles it holds. Both place layers alike, so that they need the same chiplets.",
    "Utilisation: cells that hold weights / all cells of the package. Area: sum of all dies. Cost: of a good "
    "package; that custom dies are different designs, each with its own masks, counts only where volume is set.",
)


def answer(
    networks: Sequence[Network],
    setting: Setting,
    *,
    tiles: Sequence[int] = TILES,
    crossbars: Sequence[int] = CROSSBARS,
) -> StudyResult:
    """Homogeneous and custom chiplets of each network."""
    designs = setting.designs(
        crossbar_size=list(crossbars),
        tiles_per_chiplet=list(tiles),
        chiplet_style=[HOMOGENEOUS, CUSTOM],
        duplication="none",
        n_chiplets=0,
    )
    table = joined([evaluated(network, designs) for network in networks])
    summary = summarise(table)
    return StudyResult(table, summary, findings(summary), figures(table, summary))


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """Both styles side by side: a row for each network, crossbar and chiplet size, with what custom dies save."""
    keys = ["network", "crossbar_size", "tiles_per_chiplet"]
    by_style = {style: table[table["chiplet_style"] == style].set_index(keys) for style in (HOMOGENEOUS, CUSTOM)}
    equal, custom = by_style[HOMOGENEOUS], by_style[CUSTOM].reindex(by_style[HOMOGENEOUS].index)
    out = pd.DataFrame({"chiplets": equal["chiplets"]})
    for column in ("utilisation", "area_mm2", "energy_mj"):
        out[f"{label(column)}, equal dies"] = equal[column]
        out[f"{label(column)}, custom"] = custom[column]
    out[label("latency_ms")] = equal["latency_ms"]
    for column, word in (("area_mm2", "silicon"), ("energy_mj", "energy"), ("cost_usd", "cost")):
        out[f"{word} saved [%]"] = PERCENT * (1 - custom[column] / equal[column])
    return out.reset_index()


def findings(summary: pd.DataFrame) -> list[str]:
    """Sentences: what custom dies save of each network, and where."""
    saved, area = "silicon saved [%]", f"{label('area_mm2')}, equal dies"
    lines = []
    for network, rows in summary.groupby("network", sort=False):
        most, least = rows.iloc[int(rows[saved].to_numpy().argmax())], rows.iloc[int(rows[saved].to_numpy().argmin())]
        best = rows.iloc[int(rows[area].to_numpy().argmin())]
        lines.append(
            f"{network}: custom dies save {number(least[saved])} % ({_where(least)}) to {number(most[saved])} % "
            f"({_where(most)}) of the silicon; equal dies take least of it at {_where(best)}: {number(best[area])} "
            f"mm2 in {number(best['chiplets'])} chiplets, utilisation {number(best['utilisation, equal dies'])}."
        )
    return lines


def figures(table: pd.DataFrame, summary: pd.DataFrame) -> dict[str, go.Figure]:
    """What custom dies save of all networks, then every quantity of each."""
    saved = "silicon saved [%]"
    shown = summary.assign(feasible=True)
    panels = [
        Panel(f"{number(size)} x {number(size)} crossbars", rows, saved, saved, is_share=True)
        for size, rows in shown.groupby("crossbar_size")
    ]
    out = {
        "saved": curves(panels, "tiles_per_chiplet", "network", title="What cutting dies to their tiles saves",
                        subtitle="equal dies carry spare tiles, and each the largest buffer that any die needs")
    }  # fmt: skip
    for network, rows in table.groupby("network", sort=False):
        panels = [
            Panel(label(column), rows, column, is_share=column == "utilisation") for column in SHOWN if column in rows
        ]
        out[str(network)] = curves(
            panels, "tiles_per_chiplet", "crossbar_size", "chiplet_style", title=str(network),
            subtitle="solid: equal dies; dashed: dies cut to their tiles; hollow: infeasible",
        )  # fmt: skip
    return out


def _where(row: pd.Series) -> str:
    return f"{number(row['crossbar_size'])} x {number(row['crossbar_size'])}, {number(row['tiles_per_chiplet'])} tiles"
