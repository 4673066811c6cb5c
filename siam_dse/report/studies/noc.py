"""Study ``noc``: how far the mesh's closed form lies from the fluid level, and whether the order of designs holds."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from siam_dse.core.arrays import FloatArray
from siam_dse.core.units import PERCENT
from siam_dse.design.designs import Designs
from siam_dse.report.labels import label, number
from siam_dse.report.studies.study import Setting, StudyResult, evaluated, joined
from siam_dse.report.style import BLUE, VERMILLION, axis, dress, engine_look
from siam_dse.system.evaluate import evaluate
from siam_dse.workload.network import Network

TWICE = "twice"  # n_chiplets: twice those that one copy of every layer needs, filled by copies
# Ten designs far apart in what moves traffic; in a package filled by copies NoC and NoP take most of the time.
DESIGNS: Mapping[str, Mapping[str, Any]] = {
    "default": {},
    "one copy": {"duplication": "none"},
    "64 x 64 crossbars": {"crossbar_size": 64},
    "256 x 256 crossbars": {"crossbar_size": 256},
    "4 tiles a chiplet": {"tiles_per_chiplet": 4},
    "twice the chiplets": {"n_chiplets": TWICE},
    "twice, 36 tiles a chiplet": {"n_chiplets": TWICE, "tiles_per_chiplet": 36},
    "twice, 100 tiles a chiplet": {"n_chiplets": TWICE, "tiles_per_chiplet": 100},
    "twice, 20 Gb/s": {"n_chiplets": TWICE, "nop_bandwidth_gbps": 20},
    "twice, 128 bit NoC": {"n_chiplets": TWICE, "noc_width_bits": 128},
}
PARTS = ("noc", "nop", "total")
_SHORT = {"noc": "NoC", "nop": "NoP", "total": "total"}
_WORDS = {"noc": "NoC latency", "nop": "NoP latency", "total": "total latency"}
METHOD = (
    "Each design is evaluated at both levels: fast (closed form of link loads, used by the search) and fluid (the same "
    "traffic replayed in phases of constant rates with port-fair sharing). Everything but NoC and NoP time is equal.",
    "Difference: fast / fluid - 1, of NoC latency, of NoP latency and of the total.",
    "Order: pairs of designs whose order by latency differs between the levels, and how far the furthest of them are "
    "apart at the fluid level. Regret: how much slower the design that fast ranks first is than fluid's best.",
)


def answer(
    networks: Sequence[Network], setting: Setting, *, designs: Mapping[str, Mapping[str, Any]] = DESIGNS
) -> StudyResult:
    """Both levels of the mesh on a few designs of each network."""
    frames = []
    for network in networks:
        for name, fields in designs.items():
            batch = _batch(network, setting, fields)
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


def _batch(network: Network, setting: Setting, fields: Mapping[str, Any]) -> Designs:
    """One design; twice the chiplets needed where it asks for them."""
    if fields.get("n_chiplets") != TWICE:
        return setting.designs(**fields)
    one = setting.designs(**{**fields, "n_chiplets": 0})
    needed = int(evaluate(network, one).column("chiplets_needed")[0])
    return setting.designs(**{**fields, "n_chiplets": 2 * needed})


def difference_pct(fast: pd.Series, fluid: pd.Series) -> pd.Series:
    """Difference of the levels, fast / fluid - 1 [%]; 0 where neither takes time."""
    ratio: pd.Series = (fast / fluid.where(fluid > 0)).fillna(1)
    return PERCENT * (ratio - 1)


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """A row a network: largest differences, and what they do to the order of designs."""
    rows = []
    for network, group in table.groupby("network", sort=False):
        fast, fluid = group["latency_ms fast"].to_numpy(float), group["latency_ms fluid"].to_numpy(float)
        row: dict[str, Any] = {"network": network}
        for part in PARTS:
            values = group[f"{part}_difference_pct"]
            row[f"{_SHORT[part]}: median [%]"] = values.abs().median()
            most = int(values.abs().to_numpy().argmax())
            row[f"{_SHORT[part]}: largest [%]"] = values.iloc[most]
            row[f"{_SHORT[part]}: at"] = group["design"].iloc[most]
        swapped, apart_pct = swapped_pairs(fast, fluid)
        row["swapped pairs"] = f"{swapped} of {len(group) * (len(group) - 1) // 2}"
        row["apart by [%]"] = apart_pct
        row["regret [%]"] = PERCENT * (fluid[np.argmin(fast)] / fluid.min() - 1)
        rows.append(row)
    return pd.DataFrame(rows)


def swapped_pairs(fast: FloatArray, fluid: FloatArray) -> tuple[int, float]:
    """Pairs of designs that the levels order in opposite ways, and how far the furthest are apart at fluid [%]."""
    signs = [np.sign(values[:, None] - values[None, :]) for values in (fast, fluid)]
    apart = fluid[:, None] / fluid[None, :] - 1
    swapped = np.triu(signs[0] * signs[1] < 0)
    return int(swapped.sum()), float(PERCENT * np.abs(apart[swapped]).max(initial=0.0))


def findings(summary: pd.DataFrame) -> list[str]:
    """Sentences: largest differences and the order of designs."""
    lines = []
    for row in summary.to_dict("records"):
        most = ", ".join(
            f"{_WORDS[part]} {row[f'{word}: largest [%]']:+.3g} % ({row[f'{word}: at']})"
            for part, word in _SHORT.items()
        )
        order = "all pairs of designs keep their order"
        if not row["swapped pairs"].startswith("0 "):
            apart = number(row["apart by [%]"])
            order = f"{row['swapped pairs']} pairs of designs swap their order, at most {apart} % apart"
        lines.append(f"{row['network']}: fast lies furthest from fluid in {most}; {order}.")
    return lines


def figures(table: pd.DataFrame) -> dict[str, go.Figure]:
    """Both totals of each design, and the difference of each part."""
    return {"levels": both_levels(table), "differences": differences(table)}


def both_levels(table: pd.DataFrame) -> go.Figure:
    """Total latency of each design at both levels, a panel a network, in the order of the fluid level."""
    networks = list(dict.fromkeys(table["network"]))
    figure = make_subplots(rows=1, cols=len(networks), horizontal_spacing=0.17,
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
        figure.update_xaxes(title={"text": label("latency_ms"), "font": {"size": 13}}, **axis(both), row=1, col=c)
        figure.update_yaxes(tickfont={"size": 12}, row=1, col=c)
    dress(figure, "Total latency at both levels of the mesh", 520, "in the order of the fluid level")
    figure.update_layout(margin={"t": 130}, legend={"y": 1.1})
    figure.update_annotations(font={"size": 13})
    return figure


def differences(table: pd.DataFrame) -> go.Figure:
    """Difference of each part at each design, a panel a network."""
    networks = list(dict.fromkeys(table["network"]))
    figure = make_subplots(rows=1, cols=len(networks), shared_yaxes=True, horizontal_spacing=0.04,
                           subplot_titles=[f"<b>{network}</b>" for network in networks])  # fmt: skip
    colours = {**{part: engine_look(part).colour for part in ("noc", "nop")}, "total": "#5b6673"}
    for c, network in enumerate(networks, start=1):
        rows = table[table["network"] == network]
        for part in PARTS:
            figure.add_bar(
                x=rows[f"{part}_difference_pct"], y=rows["design"], orientation="h", name=_WORDS[part],
                legendgroup=part, showlegend=c == 1, marker={"color": colours[part]}, row=1, col=c,
                hovertemplate=f"{_WORDS[part]}: %{{x:.3g}} %<extra>%{{y}}</extra>",
            )  # fmt: skip
        figure.update_xaxes(title={"text": "fast / fluid - 1 [%]", "font": {"size": 13}}, row=1, col=c)
        figure.add_vline(x=0, line={"width": 1, "color": "#5b6673"}, row=1, col=c)
    figure.update_yaxes(autorange="reversed", ticks="")
    dress(figure, "How far the closed form lies from the fluid level", 620, "negative: fast promises too much")
    figure.update_layout(barmode="group", bargap=0.25, margin={"t": 130}, legend={"y": 1.08})
    figure.update_annotations(font={"size": 13})
    return figure
