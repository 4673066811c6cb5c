"""How far each objective moves when one axis of the knee changes, in numbers and in words."""

from collections.abc import Mapping, Sequence

import pandas as pd

from siam_dse.core.units import PERCENT
from siam_dse.report.labels import number, words_of

# An axis that moves no objective by more than this share trades nothing off.
_IDLE_PCT = 1.0
_NOTHING_PCT = 0.005


def influence_table(around: pd.DataFrame, axes: Sequence[str], objectives: Mapping[str, str]) -> pd.DataFrame:
    """Lowest and highest change of each objective over the feasible levels of each axis, the others held at the knee.

    Returns
    -------
    DataFrame
        ``axis``, ``feasible levels``, and by objective ``<objective>|low`` and ``<objective>|high`` [%], NaN where the
        knee's own value is 0.
    """
    rows = []
    around = around[["axis", "is_base", "feasible", *objectives]]  # of more than a hundred columns
    for axis in axes:
        levels = around[around["axis"] == axis]
        base = levels[levels["is_base"]]
        feasible = levels[levels["feasible"].astype(bool) | levels["is_base"]]
        row: dict[str, object] = {"axis": axis, "feasible levels": f"{len(feasible)} of {len(levels)}"}
        for objective in objectives:
            own = float(base[objective].iloc[0]) if len(base) else float("nan")
            change = PERCENT * (feasible[objective] / own - 1) if own else feasible[objective] * float("nan")
            row[f"{objective}|low"], row[f"{objective}|high"] = float(change.min()), float(change.max())
        rows.append(row)
    return pd.DataFrame(rows)


def influence_words(table: pd.DataFrame, objectives: Mapping[str, str]) -> pd.DataFrame:
    """The influence table for reading: a range a cell."""
    out = table[["axis", "feasible levels"]].copy()
    out["axis"] = [words_of(name) for name in out["axis"]]
    for objective in objectives:
        out[f"{words_of(objective)} [%]"] = [
            _range(low, high) for low, high in zip(table[f"{objective}|low"], table[f"{objective}|high"], strict=True)
        ]
    return out


def idle_axes(table: pd.DataFrame, objectives: Mapping[str, str]) -> list[str]:
    """Sentences on axes that move no objective at the knee by more than a percent."""
    lines = []
    for row in table.to_dict(orient="records"):
        changes = [row[f"{objective}|{end}"] for objective in objectives for end in ("low", "high")]
        moves = [abs(change) for change in changes if change == change]
        most = max(moves, default=0.0)
        if most <= _IDLE_PCT:
            by = f" by more than {number(most)} %" if most >= _NOTHING_PCT else ""
            lines.append(
                f"{words_of(str(row['axis']))} trades nothing off at the knee: over its feasible levels no objective "
                f"moves{by}."
            )
    return lines


def _range(low: float, high: float) -> str:
    if low != low:
        return "–"
    ends = [_signed(low), _signed(high)]
    return ends[0] if ends[0] == ends[1] else " .. ".join(ends)


def _signed(change: float) -> str:
    if abs(change) < _NOTHING_PCT:
        return "0"
    return f"{change:+.0f}" if abs(change) >= PERCENT else f"{change:+.3g}"
