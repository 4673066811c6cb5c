"""Study ``heat``: how hot a package gets, and how much cooling its cells need."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from siam_dse.core.units import MJ_PER_J, PERCENT
from siam_dse.report.labels import label, number
from siam_dse.report.studies.curves import Panel, curves
from siam_dse.report.studies.study import Setting, StudyResult, evaluated, joined
from siam_dse.system.evaluate import evaluate
from siam_dse.workload.network import Network

RESISTANCES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # K/W, from a large sink with a fan to one without
TIMS = ("grease", "pad", "indium")
SERIAL, PIPELINE = "serial", "pipeline"
LIMIT_C = 85.0  # of resistive cells' retention
_UNSETTLED_C = 150.0  # up to which leakage is followed: a hotter chiplet has no temperature that it settles at
METHOD = (
    "Twice the chiplets that the layers need, filled by copies: for least latency, one inference after another, or for "
    "equal stages, a pipeline of them. A package works all the time.",
    "Cooling: the resistance from the sink to the air, and the thermal interface between dies and spreader. All other "
    "fields at the setting's defaults.",
    f"Least cooling: the largest resistance to the air at which the hottest chiplet stays below {LIMIT_C:g} C, where "
    "resistive cells begin to lose what they hold; between two of those tried along a straight line, which understates "
    "it where nothing settles at the second.",
    "Two temperatures: with the leakage of the technology's tables, at 27 C, and settled. Leakage grows with the heat "
    "that it makes, to a fixed point; where it grows faster than heat leaves there is none below 150 C, and none is "
    "shown: such a package burns out. Power and energy are those of the tables' leakage.",
)


def answer(
    networks: Sequence[Network],
    setting: Setting,
    *,
    resistances: Sequence[float] = RESISTANCES,
    tims: Sequence[str] = TIMS,
) -> StudyResult:
    """Temperature of each network's package over its cooling."""
    frames = []
    for network in networks:
        needed = int(evaluate(network, setting.designs(n_chiplets=0)).column("chiplets_needed")[0])
        designs = setting.designs(
            duplication=[SERIAL, PIPELINE], tim=list(tims), r_convec_k_per_w=list(resistances), n_chiplets=2 * needed
        )
        frames.append(evaluated(network, designs))
    table = joined(frames)
    summary = summarise(table)
    return StudyResult(table, summary, findings(summary), figures(table))


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each network, way and interface: power, temperature at most and least cooling, the least that does.

    "settled" are temperatures once leakage has grown with the heat.
    """
    rows = []
    for (network, way, tim), group in table.groupby(["network", "duplication", "tim"], sort=False):
        cold, hot = group.iloc[0], group.iloc[-1]
        rate = cold["pipelined_throughput_ips" if way == PIPELINE else "throughput_ips"]
        power_w = cold["energy_mj"] * rate / MJ_PER_J
        of_air_k = power_w * cold["r_convec_k_per_w"]
        rows.append(
            {
                "network": network,
                "duplication": way,
                "tim": tim,
                "power [W]": power_w,
                "W/cm2": PERCENT * power_w / cold["area_mm2"],  # 100 mm2 a cm2
                "above the sink [K]": cold["temperature_nominal_c"] - cold["ambient_c"] - of_air_k,
                "at most cooling [C]": cold["temperature_nominal_c"],
                "settled [C]": _settled(cold["temperature_max_c"]),
                "at least cooling [C]": hot["temperature_nominal_c"],
                "at least cooling, settled [C]": _settled(hot["temperature_max_c"]),
                "least cooling [K/W]": least_cooling(group["r_convec_k_per_w"], group["temperature_nominal_c"]),
                "least cooling, settled [K/W]": least_cooling(group["r_convec_k_per_w"], group["temperature_max_c"]),
            }
        )
    return pd.DataFrame(rows)


def least_cooling(resistance: pd.Series, temperature_c: pd.Series) -> float:
    """Resistance to the air at which the limit is met, along a straight line through the two nearest temperatures."""
    r, t = resistance.to_numpy(dtype=np.float64), temperature_c.to_numpy(dtype=np.float64)
    above = int(np.clip(np.searchsorted(t, LIMIT_C), 1, len(t) - 1))
    slope = (r[above] - r[above - 1]) / (t[above] - t[above - 1])
    return float(r[above - 1] + (LIMIT_C - t[above - 1]) * slope)


def _settled(temperature_c: float) -> float:
    """A temperature that a chiplet settles at; NaN where it settles at none."""
    return temperature_c if temperature_c <= _UNSETTLED_C else np.nan


def findings(summary: pd.DataFrame) -> list[str]:
    """Sentences: power and least cooling of each network and way, and what the interface matters."""
    lines = []
    for (network, way), rows in summary.groupby(["network", "duplication"], sort=False):
        least, most = rows["above the sink [K]"].min(), rows["above the sink [K]"].max()
        first = rows.iloc[0]
        lines.append(
            f"{network}, {way}: {number(first['power [W]'])} W, {number(first['W/cm2'])} W/cm2; below {LIMIT_C:g} C up "
            f"to {number(first['least cooling [K/W]'])} K/W, once leakage has settled up to "
            f"{number(first['least cooling, settled [K/W]'])}; the hottest chiplet is {number(least)} to "
            f"{number(most)} K above the sink's mean, by the interface."
        )
    return lines


def figures(table: pd.DataFrame) -> dict[str, go.Figure]:
    """Temperature over the resistance to the air: for each network a panel as the tables leak, and one settled."""
    shown = table.assign(temperature_max_c=table["temperature_max_c"].map(_settled))
    panels = [
        Panel(f"{network}{of}", rows, column, label(column))
        for network, rows in shown.groupby("network", sort=False)
        for column, of in (("temperature_nominal_c", ""), ("temperature_max_c", ", settled"))
    ]
    return {
        "temperature": curves(
            panels, "r_convec_k_per_w", "tim", "duplication", across=2, title="Hottest chiplet",
            subtitle="solid: one inference after another; dashed: a pipeline of them",
            level_lines=((LIMIT_C, f"{LIMIT_C:g} C"),),
        )
    }  # fmt: skip
