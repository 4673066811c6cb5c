"""The front of a run as a table that a person can read, and the few designs of it worth a closer look."""

from collections.abc import Mapping, Sequence

import pandas as pd

from siam_dse.report.labels import as_flags, number, words_of
from siam_dse.report.scatter import knee_rows
from siam_dse.runs.tables import ID

KNEE_MARK = "knee"
MARK = "mark"


def front_table(
    front: pd.DataFrame, axes: Sequence[str], columns: Sequence[str], sort: str | None = None
) -> pd.DataFrame:
    """Front designs: their ids, a mark at the knee, the axes, the figures.

    Parameters
    ----------
    front : DataFrame
        With ``knee`` where it is known.
    axes : fields to show
    columns : output columns to show
    sort : str, optional
        Column to sort by, smallest first; otherwise the order is kept.
    """
    ordered = front.sort_values(sort, kind="stable") if sort else front
    shown = list(dict.fromkeys([name for name in (*axes, *columns) if name in ordered and name != ID]))
    table = ordered[shown].reset_index(drop=True).apply(as_flags)
    is_knee = ordered["knee"].to_numpy(dtype=bool) if "knee" in ordered else [False] * len(ordered)
    table.insert(0, MARK, [KNEE_MARK if knee else "" for knee in is_knee])
    if ID in ordered:
        table.insert(0, ID, ordered[ID].to_numpy())
    return table


def set_apart(front: pd.DataFrame, axes: Sequence[str]) -> tuple[list[str], list[str]]:
    """Axes that differ over a front, and ``axis = value`` of those that do not."""
    if len(front) < 2:
        return list(axes), []
    differ = [name for name in axes if front[name].nunique(dropna=False) > 1]
    return differ, [f"{name} = {number(front[name].iloc[0])}" for name in axes if name not in differ]


def shortened(table: pd.DataFrame, most: int) -> pd.DataFrame:
    """At most ``most`` rows of a front table, evenly spread, the first, the last and the knee among them."""
    n = len(table)
    if n <= most or most < 1:
        return table
    picked = {round(i * (n - 1) / max(most - 1, 1)) for i in range(most)}
    knees = {i for i, mark in enumerate(table[MARK]) if mark == KNEE_MARK}
    for knee in knees - picked:
        if len(picked) >= most and len(picked) > 1:
            inner = sorted(picked - {0, n - 1} - knees) or sorted(picked - knees)
            picked.discard(min(inner, key=lambda i: abs(i - knee)))
        picked.add(knee)
    return table.iloc[sorted(picked)]


def chosen_designs(front: pd.DataFrame, directions: Mapping[str, str]) -> pd.DataFrame:
    """The knee and the best design in each objective, with a column ``chosen`` that says which each is.

    A design that is best in several objectives, or the knee as well, stands once.
    """
    roles: dict[object, list[str]] = {index: ["knee"] for index in knee_rows(front).index}
    for name, direction in directions.items():
        if not len(front):
            continue
        best = front[name].idxmax() if direction == "maximise" else front[name].idxmin()
        roles.setdefault(best, []).append(f"{'most' if direction == 'maximise' else 'least'} {words_of(name)}")
    out = front.loc[list(roles)].apply(as_flags)
    out.insert(0, "chosen", [", ".join(texts) for texts in roles.values()])
    return out
