"""The front of a run as a table a person can read: the knee first marked, the axes, the objectives, what else matters."""

import pandas as pd

from siam_dse.report.labels import varied_fields

# Shown beside a run's own objectives.
COMPANIONS = ("latency_ms", "energy_mj", "area_mm2", "die_area_mm2", "tops_per_w", "accuracy_loss_pct", "cost_usd")


def front_table(front: pd.DataFrame, objectives: list[str], knee: int | None) -> pd.DataFrame:
    """Front designs in order of the first objective: a mark at the knee, the fields that vary, the figures.

    Parameters
    ----------
    front : DataFrame
        One row a design, fields and output columns.
    objectives : list of str
    knee : int or None
        Index label of the knee.
    """
    ordered = front.sort_values(objectives[0])
    shown = [*varied_fields(front), *dict.fromkeys([*objectives, *(c for c in COMPANIONS if c in front)])]
    table = ordered[shown].copy()
    table.insert(0, "", ["knee" if index == knee else "" for index in ordered.index])
    return table.reset_index(drop=True)


def chosen_designs(front: pd.DataFrame, objectives: list[str], knee: int | None, most: int = 8) -> pd.DataFrame:
    """A few designs that show the span of a front: the best in each objective, the knee, and some in between."""
    chosen = {int(front[objective].idxmin()): f"best {objective}" for objective in reversed(objectives)}
    if knee is not None:
        chosen = {knee: "knee", **{i: label for i, label in chosen.items() if i != knee}}
    ordered = front.sort_values(objectives[0]).index
    step = max(len(ordered) // max(most - len(chosen), 1), 1)
    for index in ordered[step // 2 :: step]:
        if len(chosen) < most and int(index) not in chosen:
            chosen[int(index)] = "between"
    out = front.loc[list(chosen)].copy()
    out.insert(0, "chosen", list(chosen.values()))
    return out.sort_values(objectives[0])
