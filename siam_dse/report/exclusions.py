"""What the constraints of a run excluded: how many designs each rules out, and how many it alone does."""

import numpy as np
import pandas as pd

from siam_dse.core.units import PERCENT
from siam_dse.report.view import RunView
from siam_dse.search.problem import OTHER_RULES
from siam_dse.system.columns import VIOLATION_RULES


def exclusion_table(view: RunView) -> pd.DataFrame:
    """One row a constraint.

    Returns
    -------
    DataFrame
        ``constraint``; ``violated``, designs that break it; ``violated_pct`` of the evaluated ones; ``alone``, designs
        that break nothing else: relaxing this constraint alone would admit them; ``remedy``,
        empty where nothing was excluded.
    """
    names = view.constraint_names
    if not names or not len(view.judged):
        return pd.DataFrame(columns=["constraint", "violated", "violated_pct", "alone", "remedy"])
    broken = np.stack([view.excess(name).to_numpy(dtype=float) > 0 for name in names], axis=1)
    only = broken & (broken.sum(axis=1, keepdims=True) == 1)
    return pd.DataFrame(
        {
            "constraint": [_written(name) for name in names],
            "violated": broken.sum(axis=0),
            "violated_pct": PERCENT * broken.mean(axis=0),
            "alone": only.sum(axis=0),
            "remedy": [_remedy(name) if n else "" for name, n in zip(names, broken.sum(axis=0), strict=True)],
        }
    )


def tightest(view: RunView) -> str:
    """One sentence on the constraint that excludes most, for a run without a feasible design."""
    table = exclusion_table(view)
    if not len(table) or not table["violated"].any():
        return "no design was evaluated yet"
    worst = table.iloc[int(table["violated"].argmax())]
    return f"{worst['constraint']} excludes {int(worst['violated'])} of {len(view.judged)} evaluated designs" + (
        f" ({worst['remedy']})" if worst["remedy"] else ""
    )


def _written(name: str) -> str:
    if name == OTHER_RULES:
        return "other rules of the model"
    return f"{name}: {VIOLATION_RULES[name].meaning}" if name in VIOLATION_RULES else name


def _remedy(name: str) -> str:
    if name in VIOLATION_RULES:
        return VIOLATION_RULES[name].remedy
    if name == OTHER_RULES:
        return ""
    return (
        "raise the bound, or search designs below it" if "<=" in name else "lower the bound, or search designs above it"
    )
