"""Study ``topology``: what other networks of chiplets than a mesh buy and cost."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from siam_dse.core.units import PERCENT
from siam_dse.report.labels import label, number
from siam_dse.report.studies.curves import Panel, curves
from siam_dse.report.studies.study import Setting, StudyResult, evaluated, joined
from siam_dse.workload.network import Network

BANDWIDTHS = (20, 40, 80, 160, 320)
# Topology and placement; a ring has no rows, and around a hub all places are alike.
WAYS = (("mesh", "row_major"), ("mesh", "snake"), ("mesh", "optimised"), ("torus", "row_major"), ("torus", "snake"),
        ("torus", "optimised"), ("ring", "row_major"), ("ring", "optimised"), ("hub", "row_major"))  # fmt: skip
SHOWN = ("nop_latency_ms", "nop_energy_mj", "nop_area_mm2", "cost_usd", "edp_mj_ms")
BASE = "mesh"
METHOD = (
    "As many chiplets as the layers need, connected by links of one kind (ucie_standard) on an interposer, which a hub "
    "needs; all other fields at the setting's defaults.",
    "Snake: every other row of a mesh or torus runs backwards, so that chiplets that follow one another are "
    "neighbours. Optimised: swaps of two chiplets' places have found least bits x hops.",
    "Against the mesh: the same bandwidth, chiplets row by row. An interposer with a switch in it costs here what a "
    "passive one does.",
)


def answer(networks: Sequence[Network], setting: Setting, *, bandwidths: Sequence[float] = BANDWIDTHS) -> StudyResult:
    """Every topology and placement of each network over the bandwidth of an edge."""
    fixed = {"package": "interposer", "nop_link": "ucie_standard", "n_chiplets": 0}
    table = joined(
        [
            evaluated(
                network,
                setting.designs(
                    nop_topology=topology, nop_placement=placement, nop_bandwidth_gbps=list(bandwidths), **fixed
                ),
                way=topology if placement == "row_major" else f"{topology}, {placement}",
            )
            for network in networks
            for topology, placement in WAYS
        ]
    )
    summary = summarise(table)
    return StudyResult(table, summary, findings(summary), figures(table))


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each network, bandwidth and way, with what it saves against the mesh."""
    keys = ["network", "nop_bandwidth_gbps"]
    base = table[table["way"] == BASE].set_index(keys)
    out = table[[*keys, "way", "feasible", "chiplets", *SHOWN]].copy()
    of_mesh = base.loc[pd.MultiIndex.from_frame(out[keys])].reset_index()
    for column, word in (("nop_latency_ms", "NoP latency"), ("latency_ms", "latency"), ("edp_mj_ms", "EDP"),
                         ("nop_area_mm2", "PHYs"), ("cost_usd", "cost")):  # fmt: skip
        out[f"{word} saved [%]"] = PERCENT * (1 - table[column].to_numpy() / of_mesh[column].to_numpy())
    return out.reset_index(drop=True)


def findings(summary: pd.DataFrame) -> list[str]:
    """Sentences: the way of least EDP and the cheapest of each network, at the least and the most bandwidth."""
    lines = []
    for network, group in summary[summary["feasible"]].groupby("network", sort=False):
        for bandwidth in (group["nop_bandwidth_gbps"].min(), group["nop_bandwidth_gbps"].max()):
            rows = group[group["nop_bandwidth_gbps"] == bandwidth]
            best = rows.loc[rows["edp_mj_ms"].idxmin()]
            cheap = rows.loc[rows["cost_usd"].idxmin()]
            cost = f"costs least, {number(cheap['cost saved [%]'])} % less"
            more = f"; {cheap['way']} {cost}, at {number(-cheap['EDP saved [%]'])} % more EDP than the mesh"
            lines.append(
                f"{network}, {number(bandwidth)} Gb/s: {best['way']} has least EDP, {number(best['EDP saved [%]'])} % "
                f"less than the mesh{f', and {cost}' if best['way'] == cheap['way'] else more}."
            )
    return lines


def figures(table: pd.DataFrame) -> dict[str, go.Figure]:
    """Every quantity over bandwidth, one figure a network."""
    return {
        str(network): curves(
            [Panel(label(column), rows, column) for column in SHOWN], "nop_bandwidth_gbps", "way", title=str(network),
            subtitle="hollow: infeasible",
        )
        for network, rows in table.groupby("network", sort=False)
    }  # fmt: skip
