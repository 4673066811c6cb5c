"""Study ``mixed``: what a second kind of chiplets in the package buys, in designs that no design of one kind beats."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from siam_dse.core.arrays import FloatArray
from siam_dse.core.units import PERCENT
from siam_dse.report.labels import label, number
from siam_dse.report.studies.study import Setting, StudyResult, evaluated, joined
from siam_dse.report.style import BLUE, VERMILLION, dress
from siam_dse.search.front import nondominated
from siam_dse.search.quality import scaled_volume
from siam_dse.search.scale import MARGIN, Scale
from siam_dse.workload.network import Network

CROSSBARS = (64, 128, 256)
ADC_BITS = (6, 8)
TILES = (4, 16, 36)
# One kind alone has finer levels, so that what two kinds gain is not what lies between coarse ones.
ALONE = {
    "crossbar_size": (64, 96, 128, 192, 256),
    "adc_bits": (5, 6, 7, 8, 9),
    "tiles_per_chiplet": (4, 9, 16, 25, 36),
}
SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)
OBJECTIVES = {"latency_ms": 1.0, "energy_mj": 1.0, "cost_usd": 1.0, "sqnr_db": -1.0}
ONE, TWO = "one kind", "two kinds"
METHOD = (
    "Two kinds: every pair of a kind A and a kind B out of the same few crossbar sizes, ADC resolutions and tiles a "
    "chiplet, parted at five shares of the work. One kind: every design of these levels and of those between them. As "
    "many chiplets as needed; all other fields at the setting's defaults.",
    "Objectives: latency, energy, cost and SQNR, each scaled to 0 at the best and 1 at the worst of the front of one "
    "kind, in logarithms where it spans a decade. Volume: what a front dominates, up to a tenth beyond those worst "
    "values; gained: how much more the front of both has than that of one kind alone.",
    "Little first: front designs of two kinds whose kind A has fewer tiles a chiplet than kind B, as SIAM's authors "
    "suggest for the small early layers; little last: the other way round.",
)


def answer(
    networks: Sequence[Network],
    setting: Setting,
    *,
    crossbars: Sequence[int] = CROSSBARS,
    adc_bits: Sequence[int] = ADC_BITS,
    tiles: Sequence[int] = TILES,
    shares: Sequence[float] = SHARES,
    alone: Mapping[str, Sequence[int]] = ALONE,
) -> StudyResult:
    """Fronts of one kind and of two of each network."""
    own = {"crossbar_size": list(crossbars), "adc_bits": list(adc_bits), "tiles_per_chiplet": list(tiles)}
    of_b = {f"kind_b_{name}": values for name, values in own.items()}
    one = setting.designs(kind_b=False, n_chiplets=0, **{name: list(levels) for name, levels in alone.items()})
    two = setting.designs(kind_b=True, n_chiplets=0, kind_b_n_chiplets=0, split_share=list(shares), **own, **of_b)
    fronts = []
    for network in networks:
        frame = joined([evaluated(network, one, kinds=ONE), evaluated(network, two, kinds=TWO)])
        fronts.append(on_fronts(frame[frame["feasible"]]))
    table = joined(fronts)
    summary = summarise(table)
    return StudyResult(table, summary, findings(summary), figures(table))


def on_fronts(frame: pd.DataFrame) -> pd.DataFrame:
    """Designs on the front of one kind or on that of all, and on which of the two."""
    objectives, is_one = _objectives(frame), (frame["kinds"] == ONE).to_numpy()
    on_one = np.zeros(len(frame), dtype=bool)
    on_one[is_one] = nondominated(objectives[is_one])
    out = frame.assign(front_of_one=on_one, front_of_all=nondominated(objectives))
    return out[out["front_of_one"] | out["front_of_all"]]


def _objectives(frame: pd.DataFrame) -> FloatArray:
    """Objectives, all to be minimised, (n, 4)."""
    return np.asarray(frame[list(OBJECTIVES)].to_numpy(dtype=np.float64) * list(OBJECTIVES.values()))


def volume(frame: pd.DataFrame, scale: Scale) -> float:
    """Share of the scale's box, with its margin, that the designs dominate."""
    return float(scaled_volume(scale(_objectives(frame))) / (1 + MARGIN) ** len(OBJECTIVES))


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each network: both fronts, the volume that the second kind adds, and what its designs are like."""
    rows = []
    for network, group in table.groupby("network", sort=False):
        one, both = group[group["front_of_one"]], group[group["front_of_all"]]
        two = both[both["kinds"] == TWO]
        scale = Scale.of(_objectives(one))
        alone = volume(one, scale)
        tiles_a, tiles_b = two["tiles_per_chiplet"], two["kind_b_tiles_per_chiplet"]
        rows.append(
            {
                "network": network,
                "front of one kind": len(one),
                "front of both": len(both),
                "of two kinds": len(two),
                "volume of one kind": alone,
                "volume gained [%]": PERCENT * (volume(both, scale) / alone - 1),
                "least EDP of one kind [mJ ms]": one["edp_mj_ms"].min(),
                "EDP saved [%]": PERCENT * (1 - both["edp_mj_ms"].min() / one["edp_mj_ms"].min()),
                "little first [%]": PERCENT * float((tiles_a < tiles_b).mean()) if len(two) else 0.0,
                "little last [%]": PERCENT * float((tiles_a > tiles_b).mean()) if len(two) else 0.0,
                "utilisation, one kind": one["utilisation"].median(),
                "utilisation, two kinds": two["utilisation"].median(),
            }
        )
    return pd.DataFrame(rows)


def findings(summary: pd.DataFrame) -> list[str]:
    """Sentences: what the second kind buys of each network."""
    return [
        f"{row['network']}: with a second kind the front dominates {number(row['volume gained [%]'])} % more; "
        f"{row['of two kinds']} of its {row['front of both']} designs have two kinds, "
        f"{number(row['little first [%]'])} % of these little chiplets first and {number(row['little last [%]'])} % "
        f"last; median utilisation {number(row['utilisation, two kinds'])} against "
        f"{number(row['utilisation, one kind'])} of one kind; least EDP {number(row['EDP saved [%]'])} % lower."
        for row in summary.to_dict("records")
    ]


def figures(table: pd.DataFrame) -> dict[str, go.Figure]:
    """Cost and EDP of the front of both of each network."""
    out = {}
    for network, group in table[table["front_of_all"]].groupby("network", sort=False):
        figure = go.Figure()
        for kinds, colour, symbol in ((TWO, VERMILLION, "circle"), (ONE, BLUE, "diamond")):
            rows = group[group["kinds"] == kinds]
            figure.add_scatter(
                x=rows["cost_usd"], y=rows["edp_mj_ms"], mode="markers", name=kinds,
                marker={"color": colour, "symbol": symbol, "size": 7},
                customdata=rows[["crossbar_size", "kind_b_crossbar_size", "sqnr_db"]],
                hovertemplate="%{x:.4g} USD, %{y:.4g} mJ ms, %{customdata[2]:.3g} dB<br>crossbars of A "
                "%{customdata[0]}, of B %{customdata[1]}<extra>" + kinds + "</extra>",
            )  # fmt: skip
        dress(figure, str(network), 460, "designs on the front of latency, energy, cost and SQNR")
        figure.update_xaxes(title=label("cost_usd"), type="log")
        figure.update_yaxes(title=label("edp_mj_ms"), type="log")
        out[str(network)] = figure
    return out
