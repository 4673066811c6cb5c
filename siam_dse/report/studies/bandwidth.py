"""Study ``bandwidth``: what NoP bandwidth buys, and from where on the network on package is not the bottleneck."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from siam_dse.report.labels import label, number
from siam_dse.report.studies.curves import Panel, curves
from siam_dse.report.studies.study import Setting, StudyResult, evaluated, joined
from siam_dse.report.style import ENGINE_COLOURS, ENGINE_WORDS, dress
from siam_dse.system.evaluate import evaluate
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
    "and shoreline grow with it. A design whose PHY is longer than its die's edge is infeasible and drawn hollow.",
)
_PERCENT = 100


def answer(
    networks: Sequence[Network],
    setting: Setting,
    *,
    bandwidths: Sequence[float] = BANDWIDTHS,
    links: Sequence[str] = (),
) -> StudyResult:
    """Latency and EDP over NoP bandwidth, with and without copies of layers, over the links of a package if named."""
    axes = {"nop_bandwidth_gbps": list(bandwidths), **({"nop_link": list(links)} if links else {})}
    frames = []
    for network in networks:
        plain = setting.designs(duplication="none", n_chiplets=0, **axes)
        needed = int(evaluate(network, plain.take([0])).column("chiplets_needed")[0])
        frames.append(evaluated(network, plain, package=NO_COPIES))
        frames.append(evaluated(network, setting.designs(duplication="serial", n_chiplets=0, **axes), package=SPARE))
        frames.append(
            evaluated(network, setting.designs(duplication="serial", n_chiplets=2 * needed, **axes), package=TWICE)
        )
    table = joined(frames)
    for engine in ENGINE_COLOURS:
        table[f"{engine}_share_pct"] = _PERCENT * table[f"{engine}_latency_ms"] / table["latency_ms"]
    summary = summarise(table)
    return StudyResult(table, summary, findings(summary), figures(table))


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each network, package and link: how far bandwidth matters, and where EDP is least."""
    rows = []
    for (network, package, link), group in table.groupby(["network", "package", "nop_link"], sort=False):
        line = group.sort_values("nop_bandwidth_gbps")
        best = line.iloc[int(line["edp_mj_ms"].to_numpy().argmin())]
        rows.append(
            {
                "network": network,
                "package": package,
                "link": link,
                "chiplets": line["chiplets"].iloc[0],
                "slowest [ms]": line["latency_ms"].iloc[0],
                "fastest [ms]": line["latency_ms"].iloc[-1],
                "NoP share at least bandwidth [%]": line["nop_share_pct"].iloc[0],
                "NoP share at most bandwidth [%]": line["nop_share_pct"].iloc[-1],
                "NoP is the bottleneck up to [Gb/s]": bottleneck_up_to(line),
                "enough from [Gb/s]": enough_from(line),
                "least EDP at [Gb/s]": best["nop_bandwidth_gbps"],
                "least EDP [mJ ms]": best["edp_mj_ms"],
            }
        )
    return pd.DataFrame(rows)


def bottleneck_up_to(line: pd.DataFrame) -> float:
    """Largest bandwidth [Gb/s] at which the NoP takes more time than each other engine; NaN where it never does.

    ``line`` is sorted by ``nop_bandwidth_gbps``.
    """
    others = line[[f"{engine}_latency_ms" for engine in ENGINE_COLOURS if engine != "nop"]].max(axis=1)
    slower = line["nop_latency_ms"] > others
    return float(line.loc[slower, "nop_bandwidth_gbps"].max()) if slower.any() else float("nan")


def enough_from(line: pd.DataFrame) -> float:
    """Least bandwidth [Gb/s] from which every further doubling saves under ``LITTLE`` of the latency; NaN if none.

    ``line`` is sorted by ``nop_bandwidth_gbps``. Steps other than doublings are scaled to one on a logarithmic axis.
    """
    bandwidth, latency = line["nop_bandwidth_gbps"].to_numpy(float), line["latency_ms"].to_numpy(float)
    saved = 1 - (latency[1:] / latency[:-1]) ** (1 / np.log2(bandwidth[1:] / bandwidth[:-1]))
    worth = np.flatnonzero(saved >= LITTLE)
    first = int(worth[-1]) + 1 if len(worth) else 0
    return float(bandwidth[first]) if first < len(bandwidth) - 1 else float("nan")


def findings(summary: pd.DataFrame) -> list[str]:
    """Sentences: from where on the NoP does not matter."""
    lines = []
    for row in summary.to_dict("records"):
        limit, enough = row["NoP is the bottleneck up to [Gb/s]"], row["enough from [Gb/s]"]
        first = (
            "the NoP is never the bottleneck" if limit != limit else f"the NoP is the bottleneck up to {limit:g} Gb/s"
        )
        second = "every doubling still pays" if enough != enough else f"{enough:g} Gb/s are enough"
        lines.append(
            f"{row['network']}, {row['package']} ({number(row['chiplets'])} chiplets, {row['link']}): {first}, "
            f"{second}; latency {number(row['slowest [ms]'])} to {number(row['fastest [ms]'])} ms, least EDP at "
            f"{row['least EDP at [Gb/s]']:g} Gb/s."
        )
    return lines


def figures(table: pd.DataFrame) -> dict[str, go.Figure]:
    """Latency and EDP over bandwidth, and where the latency goes."""
    dash = "nop_link" if table["nop_link"].nunique() > 1 else None
    panels = [
        Panel(f"{network}: {label(column).partition(' [')[0]}", rows, column, label(column))
        for network, rows in table.groupby("network", sort=False)
        for column in ("latency_ms", "edp_mj_ms")
    ]
    lines = curves(panels, "nop_bandwidth_gbps", "package", dash, across=2, title="What NoP bandwidth buys",
                   subtitle="lower is better; hollow: infeasible")  # fmt: skip
    first = table[table["nop_link"] == table["nop_link"].iloc[0]]
    return {"bandwidth": lines, "shares": latency_by_engine(first)}


def latency_by_engine(table: pd.DataFrame) -> go.Figure:
    """Bars of the latency by engine at each bandwidth, a row a network, a column a package."""
    networks = list(dict.fromkeys(table["network"]))
    packages = list(dict.fromkeys(table["package"]))
    titles = [f"<b>{network}: {package}</b>" for network in networks for package in packages]
    figure = make_subplots(rows=len(networks), cols=len(packages), shared_yaxes="rows", horizontal_spacing=0.03,
                           vertical_spacing=0.3 / len(networks), subplot_titles=titles)  # fmt: skip
    for r, network in enumerate(networks, start=1):
        for c, package in enumerate(packages, start=1):
            rows = table[(table["network"] == network) & (table["package"] == package)].sort_values(
                "nop_bandwidth_gbps"
            )
            for engine, colour in ENGINE_COLOURS.items():
                word = ENGINE_WORDS[engine]
                figure.add_bar(
                    x=[number(value) for value in rows["nop_bandwidth_gbps"]], y=rows[f"{engine}_latency_ms"],
                    name=word, marker={"color": colour, "line": {"width": 0.5, "color": "white"}}, legendgroup=engine,
                    showlegend=(r, c) == (1, 1), row=r, col=c, customdata=rows[f"{engine}_share_pct"],
                    hovertemplate=f"{word}: %{{y:.4g}} ms (%{{customdata:.1f}} %)<extra>%{{x}} Gb/s</extra>",
                )  # fmt: skip
            figure.update_xaxes(
                title={"text": label("nop_bandwidth_gbps"), "standoff": 6}, type="category", row=r, col=c
            )
        figure.update_yaxes(title=label("latency_ms"), row=r, col=1)
    link = table["nop_link"].iloc[0]
    dress(figure, "Where the latency goes", 300 * len(networks) + 200, f"link {link}; engine after engine, no overlap")
    inner = 300 * len(networks) - 40
    figure.update_layout(barmode="stack", bargap=0.25, margin={"t": 170}, legend={"y": 1 + 34 / inner})
    figure.update_annotations(font={"size": 13})
    return figure
