"""Study ``bandwidth``: what NoP bandwidth buys, and from where on the network on package is not the bottleneck."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from siam_dse.core.units import PERCENT
from siam_dse.design.fields import fields
from siam_dse.engines.nop.links import pitch_beyond_m
from siam_dse.report.breakdown import engines_of
from siam_dse.report.labels import label, number
from siam_dse.report.studies.curves import Panel, curves
from siam_dse.report.studies.study import Setting, StudyResult, evaluated, joined
from siam_dse.report.style import dress, engine_look
from siam_dse.system.evaluate import evaluate
from siam_dse.system.plan import plan
from siam_dse.workload.network import Network

BANDWIDTHS = (20, 40, 80, 160, 320, 640, 1280)
NO_COPIES, SPARE, TWICE = "one copy", "copies in spare tiles", "copies in twice the chiplets"
LITTLE = 0.05  # share of the latency that a doubling of bandwidth must save to be worth it
METHOD = (
    "Three packages: as many chiplets as one copy of every layer needs; the same package, its spare tiles filled by "
    "copies (duplication serial); twice as many chiplets, filled by copies.",
    "The NoP is the bottleneck where it takes more of the latency than each of crossbars, tiles and NoC. Bandwidth is "
    f"enough from where on one further doubling of it saves less than {100 * LITTLE:g} % of the latency.",
    "Bandwidth is per direction and mesh edge of a chiplet; lanes of the link carry it, and their area, standby power "
    "and shoreline grow with it. A design whose PHY is longer than its die's edge is infeasible: drawn hollow, and "
    "left out of the key figures.",
    "A link that is named stands on the first package that carries it, of organic, fan_out and interposer, unless a "
    "package is set.",
)
_PANEL_HEIGHT, _ROW_GAP, _HEAD, _FOOT = 210, 84, 134, 64  # pixels


def answer(
    networks: Sequence[Network],
    setting: Setting,
    *,
    bandwidths: Sequence[float] = BANDWIDTHS,
    links: Sequence[str] = (),
) -> StudyResult:
    """Latency and EDP over NoP bandwidth, with and without copies of layers, over the links of a package if named."""
    axes = [{"nop_bandwidth_gbps": list(bandwidths), **one} for one in ([_carried(setting, x) for x in links] or [{}])]
    frames = []
    for network in networks:
        plain = setting.designs(duplication="none", n_chiplets=0, **axes[0])
        needed = int(evaluate(network, plain.take([0])).column("chiplets_needed")[0])
        for filling, duplication, n_chiplets in (
            (NO_COPIES, "none", 0),
            (SPARE, "serial", 0),
            (TWICE, "serial", 2 * needed),
        ):
            for one in axes:
                designs = setting.designs(duplication=duplication, n_chiplets=n_chiplets, **one)
                frames.append(evaluated(network, designs, filling=filling))
    table = joined(frames)
    for engine in engines_of(table):
        table[f"{engine}_share_pct"] = PERCENT * table[f"{engine}_latency_ms"] / table["latency_ms"]
    summary = summarise(table)
    return StudyResult(table, summary, findings(summary), figures(table))


def _carried(setting: Setting, link: str) -> dict[str, str]:
    """A link, and the first package that carries it where none is set."""
    if "package" in setting.fixed:
        return {"nop_link": link}
    packages = fields(setting.technology)["package"].choices
    beyond_m = pitch_beyond_m(setting.designs(nop_link=link, package=list(packages)))
    return {"nop_link": link, "package": packages[int(np.argmin(beyond_m))]}


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each network, filling and link: how far bandwidth matters, and where EDP is least."""
    rows = []
    for (network, filling, link), group in table.groupby(["network", "filling", "nop_link"], sort=False):
        every = group.sort_values("nop_bandwidth_gbps")
        line = every[every["feasible"].astype(bool)]
        row: dict[str, Any] = {"network": network, "filling": filling, "link": link}
        row["chiplets"] = every["chiplets"].iloc[0]
        if len(line):
            best = line.iloc[int(line["edp_mj_ms"].to_numpy().argmin())]
            row |= {
                "feasible to [Gb/s]": line["nop_bandwidth_gbps"].iloc[-1],
                "slowest [ms]": line["latency_ms"].iloc[0],
                "fastest [ms]": line["latency_ms"].iloc[-1],
                "NoP at slowest [%]": line["nop_share_pct"].iloc[0],
                "NoP at fastest [%]": line["nop_share_pct"].iloc[-1],
                "bottleneck to [Gb/s]": bottleneck_up_to(line),
                "enough from [Gb/s]": enough_from(line),
                "least EDP at [Gb/s]": best["nop_bandwidth_gbps"],
                "least EDP [mJ ms]": best["edp_mj_ms"],
            }
        rows.append(row)
    return pd.DataFrame(rows)


def bottleneck_up_to(line: pd.DataFrame) -> float:
    """Largest bandwidth [Gb/s] at which the NoP takes more time than each other engine; NaN where it never does.

    ``line`` is sorted by ``nop_bandwidth_gbps``.
    """
    others = line[[f"{engine}_latency_ms" for engine in plan().on_package if engine != "nop"]].max(axis=1)
    slower = line["nop_latency_ms"] > others
    return float(line.loc[slower, "nop_bandwidth_gbps"].max()) if slower.any() else float("nan")


def enough_from(line: pd.DataFrame) -> float:
    """Least bandwidth [Gb/s] from which every further doubling saves under ``LITTLE`` of the latency; NaN if none.

    ``line`` is sorted by ``nop_bandwidth_gbps``; its last value cannot be judged. Steps other than doublings are scaled
    to one on a logarithmic axis.
    """
    bandwidth, latency = line["nop_bandwidth_gbps"].to_numpy(float), line["latency_ms"].to_numpy(float)
    saved = 1 - (latency[1:] / latency[:-1]) ** (1 / np.log2(bandwidth[1:] / bandwidth[:-1]))
    worth = np.flatnonzero(saved >= LITTLE)
    first = int(worth[-1]) + 1 if len(worth) else 0
    return float(bandwidth[first]) if first < len(bandwidth) - 1 else float("nan")


def findings(summary: pd.DataFrame) -> list[str]:
    """Sentences: from where on the NoP does not matter, and which link has the least EDP."""
    lines = []
    for (network, filling), links in summary.groupby(["network", "filling"], sort=False):
        able = links.dropna(subset=["slowest [ms]"]) if "slowest [ms]" in links else links.iloc[:0]
        if not len(able):
            lines.append(f"{network}, {filling}: no bandwidth is feasible.")
            continue
        row = able.iloc[0]
        limit, enough = row["bottleneck to [Gb/s]"], row["enough from [Gb/s]"]
        first = "the NoP is never the bottleneck"
        if limit == limit:
            first = f"the NoP is the bottleneck up to {limit:g} Gb/s"
        second = "every doubling still pays" if enough != enough else f"{enough:g} Gb/s are enough"
        lines.append(
            f"{network}, {filling} ({number(row['chiplets'])} chiplets, {row['link']}): {first}, {second}; latency "
            f"{number(row['slowest [ms]'])} to {number(row['fastest [ms]'])} ms, least EDP at "
            f"{row['least EDP at [Gb/s]']:g} Gb/s."
        )
        if len(able) > 1:
            best = able.sort_values("least EDP [mJ ms]")
            parts = [f"{link} {number(edp)}" for link, edp in zip(best["link"], best["least EDP [mJ ms]"], strict=True)]
            lines.append(f"{network}, {filling}: least EDP [mJ ms] by link: {', '.join(parts)}.")
    return lines


def figures(table: pd.DataFrame) -> dict[str, go.Figure]:
    """Latency and EDP over bandwidth, and where the latency goes."""
    first = table[table["nop_link"] == table["nop_link"].iloc[0]]
    panels = [
        Panel(f"{network}: {label(column)}", rows, column)
        for network, rows in first.groupby("network", sort=False)
        for column in ("latency_ms", "edp_mj_ms")
    ]
    note = f"link {first['nop_link'].iloc[0]}; lower is better; hollow: infeasible"
    out = {"bandwidth": curves(panels, "nop_bandwidth_gbps", "filling", across=2, title="What NoP bandwidth buys",
                               subtitle=note)}  # fmt: skip
    if table["nop_link"].nunique() > 1:
        panels = [
            Panel(f"{network}: {filling}", rows, "edp_mj_ms", label("edp_mj_ms"))
            for (network, filling), rows in table.groupby(["network", "filling"], sort=False)
        ]
        out["links"] = curves(panels, "nop_bandwidth_gbps", "nop_link", title="EDP by the link of the package",
                              subtitle="lower is better; hollow: infeasible")  # fmt: skip
    return out | {"shares": latency_by_engine(first)}


def latency_by_engine(table: pd.DataFrame) -> go.Figure:
    """Share of each engine in the latency at each bandwidth, a row a network, a column a filling."""
    networks = list(dict.fromkeys(table["network"]))
    fillings = list(dict.fromkeys(table["filling"]))
    inner = len(networks) * (_PANEL_HEIGHT + _ROW_GAP) - _ROW_GAP
    titles = [f"<b>{network}: {filling}</b>" for network in networks for filling in fillings]
    figure = make_subplots(rows=len(networks), cols=len(fillings), shared_yaxes="rows", horizontal_spacing=0.03,
                           vertical_spacing=_ROW_GAP / inner, subplot_titles=titles)  # fmt: skip
    axis_title = {"standoff": 6, "font": {"size": 13}}
    for r, network in enumerate(networks, start=1):
        for c, filling in enumerate(fillings, start=1):
            mine = table[(table["network"] == network) & (table["filling"] == filling)]
            rows = mine.sort_values("nop_bandwidth_gbps")
            for engine in engines_of(rows):
                look = engine_look(engine)
                figure.add_bar(
                    x=[number(value) for value in rows["nop_bandwidth_gbps"]], y=rows[f"{engine}_share_pct"],
                    name=look.word, marker={"color": look.colour, "line": {"width": 0.5, "color": "white"}},
                    legendgroup=engine, showlegend=(r, c) == (1, 1), row=r, col=c,
                    customdata=rows[f"{engine}_latency_ms"],
                    hovertemplate=f"{look.word}: %{{y:.1f}} % (%{{customdata:.4g}} ms)<extra>%{{x}} Gb/s</extra>",
                )  # fmt: skip
            x_title = {"text": label("nop_bandwidth_gbps"), **axis_title}
            figure.update_xaxes(title=x_title, type="category", row=r, col=c)
        figure.update_yaxes(title={"text": "share of the latency [%]", **axis_title}, range=[0, 100], row=r, col=1)
    note = f"link {table['nop_link'].iloc[0]}; engine after engine, no overlap; milliseconds under the pointer"
    dress(figure, "Where the latency goes", inner + _HEAD + _FOOT, note)
    figure.update_layout(barmode="stack", bargap=0.25, margin={"t": _HEAD, "b": _FOOT}, legend={"y": 1 + 30 / inner})
    figure.update_annotations(font={"size": 13})
    return figure
