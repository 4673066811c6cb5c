"""Study ``noc``: how far the mesh's closed form lies from the fluid level, and whether the order of designs holds."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from siam_dse.core.arrays import FloatArray
from siam_dse.report.labels import label, number
from siam_dse.report.studies.study import Setting, StudyResult, evaluated, joined
from siam_dse.report.style import BLUE, ENGINE_COLOURS, VERMILLION, axis, dress
from siam_dse.workload.network import Network

# Ten designs far apart: each changes the default in what moves traffic.
DESIGNS: Mapping[str, Mapping[str, Any]] = {
    "default": {},
    "one copy": {"duplication": "none"},
    "64 x 64 crossbars": {"crossbar_size": 64},
    "256 x 256 crossbars": {"crossbar_size": 256},
    "4 tiles a chiplet": {"tiles_per_chiplet": 4},
    "36 tiles a chiplet": {"tiles_per_chiplet": 36},
    "100 tiles a chiplet": {"tiles_per_chiplet": 100},
    "20 Gb/s": {"nop_bandwidth_gbps": 20},
    "1280 Gb/s": {"nop_bandwidth_gbps": 1280},
    "128 bit NoC": {"noc_width_bits": 128},
}
PARTS = ("noc", "nop", "total")
METHOD = (
    "Each design is evaluated at both levels: fast (closed form of link loads, used by the search) and fluid (the same "
    "traffic replayed in phases of constant rates with port-fair sharing). Everything but NoC and NoP time is equal.",
    "Difference: fast / fluid - 1, of NoC latency, of NoP latency and of the total.",
    "Order: pairs of designs whose order by latency differs between the levels, and Kendall's tau (1: same order). "
    "Regret: how much slower the design that fast ranks first is than fluid's best, at the fluid level.",
)
_PERCENT = 100


def answer(
    networks: Sequence[Network], setting: Setting, *, designs: Mapping[str, Mapping[str, Any]] = DESIGNS
) -> StudyResult:
    """Both levels of the mesh on a few designs of each network."""
    frames = []
    for network in networks:
        for name, fields in designs.items():
            batch = setting.designs(**fields)
            pair = {level: evaluated(network, batch, level, design=name) for level in ("fast", "fluid")}
            row = pair["fluid"].rename(
                columns={f"{part}_latency_ms": f"{part}_latency_ms fluid" for part in ("noc", "nop")}
            )
            row = row.rename(columns={"latency_ms": "latency_ms fluid"})
            for column in ("noc_latency_ms", "nop_latency_ms", "latency_ms"):
                row[f"{column} fast"] = pair["fast"][column]
            frames.append(row)
    table = joined(frames)
    for part in PARTS:
        column = "latency_ms" if part == "total" else f"{part}_latency_ms"
        table[f"{part}_difference_pct"] = difference_pct(table[f"{column} fast"], table[f"{column} fluid"])
    summary = summarise(table)
    return StudyResult(table, summary, findings(summary), figures(table))


def difference_pct(fast: pd.Series, fluid: pd.Series) -> pd.Series:
    """Difference of the levels, fast / fluid - 1 [%]; 0 where neither takes time."""
    ratio: pd.Series = (fast / fluid.where(fluid > 0)).fillna(1)
    return _PERCENT * (ratio - 1)


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """A row a network: largest differences, and what they do to the order of designs."""
    rows = []
    for network, group in table.groupby("network", sort=False):
        fast, fluid = group["latency_ms fast"].to_numpy(float), group["latency_ms fluid"].to_numpy(float)
        row: dict[str, Any] = {"network": network, "designs": len(group)}
        for part in PARTS:
            values = group[f"{part}_difference_pct"]
            row[f"{part}: median [%]"] = values.abs().median()
            most = int(values.abs().to_numpy().argmax())
            row[f"{part}: largest [%]"] = values.iloc[most]
            row[f"{part}: at"] = group["design"].iloc[most]
        row["swapped pairs"] = swapped_pairs(fast, fluid)
        row["pairs"] = len(group) * (len(group) - 1) // 2
        row["Kendall's tau"] = 1 - 2 * row["swapped pairs"] / max(row["pairs"], 1)
        row["regret [%]"] = _PERCENT * (fluid[np.argmin(fast)] / fluid.min() - 1)
        rows.append(row)
    return pd.DataFrame(rows)


def swapped_pairs(a: FloatArray, b: FloatArray) -> int:
    """Pairs of values that two rankings order in opposite ways."""
    signs = [np.sign(values[:, None] - values[None, :]) for values in (a, b)]
    return int((signs[0] * signs[1] < 0).sum() // 2)


def findings(summary: pd.DataFrame) -> list[str]:
    """Sentences: largest differences and the order of designs."""
    return [
        f"{row['network']}: fast differs from fluid by at most {number(row['noc: largest [%]'])} % of the NoC latency "
        f"({row['noc: at']}), {number(row['nop: largest [%]'])} % of the NoP latency ({row['nop: at']}) and "
        f"{number(row['total: largest [%]'])} % of the total ({row['total: at']}); {row['swapped pairs']} of "
        f"{row['pairs']} pairs of designs swap their order; the design that fast ranks first is "
        f"{number(row['regret [%]'])} % slower than the best at the fluid level."
        for row in summary.to_dict("records")
    ]


def figures(table: pd.DataFrame) -> dict[str, go.Figure]:
    """Both totals of each design, and the difference of each part."""
    return {"levels": both_levels(table), "differences": differences(table)}


def both_levels(table: pd.DataFrame) -> go.Figure:
    """Total latency of each design at both levels, a panel a network, in the order of the fluid level."""
    networks = list(dict.fromkeys(table["network"]))
    figure = make_subplots(rows=1, cols=len(networks), horizontal_spacing=0.14,
                           subplot_titles=[f"<b>{network}</b>" for network in networks])  # fmt: skip
    for c, network in enumerate(networks, start=1):
        rows = table[table["network"] == network].sort_values("latency_ms fluid", ascending=False)
        for row in rows.to_dict("records"):
            figure.add_scatter(x=[row["latency_ms fast"], row["latency_ms fluid"]], y=[row["design"]] * 2, mode="lines",
                               line={"color": "#8d99a8", "width": 3}, showlegend=False, hoverinfo="skip", row=1,
                               col=c)  # fmt: skip
        for level, colour, symbol in (("fluid", BLUE, "circle"), ("fast", VERMILLION, "diamond")):
            figure.add_scatter(
                x=rows[f"latency_ms {level}"], y=rows["design"], mode="markers", name=level, legendgroup=level,
                showlegend=c == 1, row=1, col=c,
                marker={"size": 11, "color": colour, "symbol": symbol, "opacity": 0.85},
                hovertemplate=f"{level}: %{{x:.4g}} ms<extra>%{{y}}</extra>",
            )  # fmt: skip
        both = [*rows["latency_ms fast"], *rows["latency_ms fluid"]]
        figure.update_xaxes(title=label("latency_ms"), **axis(both), row=1, col=c)
    dress(figure, "Total latency at both levels of the mesh", 520, "in the order of the fluid level")
    figure.update_layout(margin={"t": 130}, legend={"y": 1.1})
    figure.update_annotations(font={"size": 13})
    return figure


def differences(table: pd.DataFrame) -> go.Figure:
    """Difference of each part at each design, a panel a network."""
    networks = list(dict.fromkeys(table["network"]))
    figure = make_subplots(rows=1, cols=len(networks), shared_yaxes=True, horizontal_spacing=0.04,
                           subplot_titles=[f"<b>{network}</b>" for network in networks])  # fmt: skip
    colours = {**{part: ENGINE_COLOURS[part] for part in ("noc", "nop")}, "total": "#5b6673"}
    words = {"noc": "NoC latency", "nop": "NoP latency", "total": "total latency"}
    for c, network in enumerate(networks, start=1):
        rows = table[table["network"] == network]
        for part in PARTS:
            figure.add_bar(
                x=rows[f"{part}_difference_pct"], y=rows["design"], orientation="h", name=words[part],
                legendgroup=part, showlegend=c == 1, marker={"color": colours[part]}, row=1, col=c,
                hovertemplate=f"{words[part]}: %{{x:.3g}} %<extra>%{{y}}</extra>",
            )  # fmt: skip
        figure.update_xaxes(title="fast / fluid - 1 [%]", zeroline=True, zerolinecolor="#5b6673", row=1, col=c)
    figure.update_yaxes(autorange="reversed", ticks="")
    dress(figure, "How far the closed form lies from the fluid level", 620, "negative: fast promises too much")
    figure.update_layout(barmode="group", bargap=0.25, margin={"t": 130}, legend={"y": 1.08})
    figure.update_annotations(font={"size": 13})
    return figure
