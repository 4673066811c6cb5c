"""Study ``monolithic``: what a package of chiplets costs against one large die with the same tiles."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from siam_dse.report.labels import label, number
from siam_dse.report.studies.curves import Panel, curves
from siam_dse.report.studies.study import Setting, StudyResult, evaluated, joined
from siam_dse.report.style import BLUE, ORANGE, SERIES_SYMBOLS, axis, dress
from siam_dse.workload.network import Network

TILES = (9, 16, 25, 36, 64, 100, 144)
CROSSBARS = (64, 128, 256)
COST_NODES = (28.0, 7.0)
METHOD = (
    "One copy of every layer, dies cut to their tiles (custom), so that package and one die hold the same tiles; the "
    "number of chiplets follows from the tiles a chiplet may have. The one die has the host's port and no other link.",
    "Recurring cost of a good package: wafers at the node's price, known good dies, package, bonding losses; no design "
    "cost. cost_node_nm sets price and defect density alone: areas stay those of node_nm, so that the two columns of "
    "plots ask what the same silicon would cost at either node's prices.",
    "Ratio: cost of the one die / cost of the chiplets; above 1 chiplets win. A die beyond the reticle cannot be made: "
    "it is drawn hollow, and chiplets win there whatever it would cost.",
)


def answer(
    networks: Sequence[Network],
    setting: Setting,
    *,
    tiles: Sequence[int] = TILES,
    crossbars: Sequence[int] = CROSSBARS,
    cost_nodes: Sequence[float] = COST_NODES,
) -> StudyResult:
    """Cost of chiplets and of one die, over networks, sizes and cost nodes."""
    designs = setting.designs(
        cost_node_nm=list(cost_nodes),
        crossbar_size=list(crossbars),
        tiles_per_chiplet=list(tiles),
        chiplet_style="custom",
        duplication="none",
        n_chiplets=0,
    )
    table = joined([evaluated(network, designs) for network in networks])
    table["cost_ratio"] = table["mono_cost_usd"] / table["cost_usd"]
    summary = summarise(table)
    return StudyResult(table, summary, findings(table, summary), figures(table, summary))


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """The cheapest package of each network, crossbar and cost node beside its one die."""
    keys = ["network", "cost_node_nm", "crossbar_size"]
    cheapest = table.loc[table.groupby(keys, sort=False)["cost_usd"].idxmin()]
    columns = ["tiles_per_chiplet", "chiplets", "die_area_mm2", "area_mm2", "die_yield_fraction", "cost_usd",
               "mono_area_mm2", "mono_cost_usd", "mono_fits_reticle", "cost_ratio"]  # fmt: skip
    out = cheapest[[*keys, *columns]].sort_values(keys, ascending=[True, False, True], kind="stable")
    order = {name: i for i, name in enumerate(dict.fromkeys(table["network"]))}
    out = out.sort_values("network", key=lambda names: names.map(order), kind="stable").reset_index(drop=True)
    out["mono_fits_reticle"] = out["mono_fits_reticle"] > 0
    out["winner"] = ["chiplets" if wins else "one die" for wins in chiplets_win(out)]
    return out


def chiplets_win(table: pd.DataFrame) -> pd.Series:
    """Where chiplets are cheaper, or the one die cannot be made at all."""
    wins: pd.Series = (table["cost_ratio"] > 1) | ~(table["mono_fits_reticle"] > 0)
    return wins


def findings(table: pd.DataFrame, summary: pd.DataFrame) -> list[str]:
    """Sentences: who wins, and from which silicon area on."""
    lines = []
    for node, rows in summary.groupby("cost_node_nm", sort=False):
        cheaper = rows[rows["cost_ratio"] > 1]
        dearer = rows[rows["cost_ratio"] <= 1]
        text = f"{number(node)} nm: chiplets are cheaper for {len(cheaper)} of {len(rows)} networks and crossbars"
        if len(cheaper):
            text += f", the smallest of them {number(cheaper['mono_area_mm2'].min())} mm2 of silicon"
        if len(dearer):
            text += f"; one die is cheaper up to {number(dearer['mono_area_mm2'].max())} mm2"
        lines.append(text + ".")
    best = summary.iloc[int(summary["cost_ratio"].to_numpy().argmax())]
    lines.append(
        f"Most is saved for {best['network']} with {number(best['crossbar_size'])} x {number(best['crossbar_size'])} "
        f"crossbars at {number(best['cost_node_nm'])} nm: {number(best['chiplets'])} chiplets for "
        f"{number(best['cost_usd'])} USD in place of {number(best['mono_cost_usd'])} USD."
    )
    beyond = table[table["mono_fits_reticle"] == 0][["network", "crossbar_size"]].drop_duplicates()
    if len(beyond):
        names = [f"{row.network} ({number(row.crossbar_size)})" for row in beyond.itertuples()]
        lines.append(f"As one die beyond the reticle (crossbar in brackets): {', '.join(names)}.")
    return lines


def figures(table: pd.DataFrame, summary: pd.DataFrame) -> dict[str, go.Figure]:
    """The ratio over the size of a chiplet, and both costs over the silicon."""
    drawn = table.assign(feasible=table["feasible"] & (table["mono_fits_reticle"] > 0))
    middle = sorted(table["crossbar_size"].unique())[table["crossbar_size"].nunique() // 2]
    panels = [
        Panel(f"{number(node)} nm", rows[rows["crossbar_size"] == middle], "cost_ratio", "one die / chiplets")
        for node, rows in drawn.groupby("cost_node_nm", sort=False)
    ]
    note = f"{number(middle)} x {number(middle)} crossbars; hollow: the one die is beyond the reticle"
    ratio = curves(panels, "tiles_per_chiplet", "network", across=2, level_lines=[(1.0, "equal cost")],
                   title="Cost of one die over that of chiplets", subtitle=note)  # fmt: skip
    return {"ratio": ratio, "cost": cost_over_area(summary)}


def cost_over_area(summary: pd.DataFrame) -> go.Figure:
    """Cost of the cheapest package and of the one die over silicon area, a panel a cost node."""
    nodes = list(dict.fromkeys(summary["cost_node_nm"]))
    figure = make_subplots(rows=1, cols=len(nodes), shared_yaxes=True, horizontal_spacing=0.05,
                           subplot_titles=[f"<b>{number(node)} nm</b>" for node in nodes])  # fmt: skip
    networks = list(dict.fromkeys(summary["network"]))
    for c, node in enumerate(nodes, start=1):
        for n, network in enumerate(networks):
            rows = summary[(summary["cost_node_nm"] == node) & (summary["network"] == network)]
            symbol = SERIES_SYMBOLS[n % len(SERIES_SYMBOLS)]
            fits = rows["mono_fits_reticle"].astype(bool).tolist()
            texts = [f"{number(size)} x {number(size)} crossbars" for size in rows["crossbar_size"]]
            for word, column, colour, symbols in (
                ("chiplets", "cost_usd", BLUE, [symbol] * len(rows)),
                ("one die", "mono_cost_usd", ORANGE, [symbol if ok else f"{symbol}-open" for ok in fits]),
            ):
                figure.add_scatter(
                    x=rows["mono_area_mm2"], y=rows[column], mode="markers", name=f"{network}, {word}", row=1, col=c,
                    legendgroup=f"{network}{word}", showlegend=c == 1, customdata=texts,
                    marker={"size": 11, "color": colour, "symbol": symbols, "line": {"width": 1.5, "color": colour}},
                    hovertemplate=f"{network}, %{{customdata}}: %{{x:.4g}} mm², %{{y:.4g}} USD<extra>{word}</extra>",
                )  # fmt: skip
        figure.update_xaxes(title="silicon of the one die [mm²]", **axis(summary["mono_area_mm2"]), row=1, col=c)
    both = [*summary["cost_usd"], *summary["mono_cost_usd"]]
    figure.update_yaxes(**axis(both))
    figure.update_yaxes(title=f"{label('cost_usd')}, lower is better", row=1, col=1)
    dress(figure, "Chiplets against one die", 600, "the cheapest package of each network and crossbar; hollow: "
          "beyond the reticle")  # fmt: skip
    figure.update_layout(margin={"t": 190}, legend={"y": 1.09, "font": {"size": 12}})
    figure.update_annotations(font={"size": 13})
    return figure
