"""How columns are named on axes and in tables: quantity, unit, and which way is better."""

import pandas as pd

from siam_dse.design.fields import ALIASES, fields
from siam_dse.system.columns import OUTPUT_COLUMNS

_WORDS = {
    "latency_ms": "latency",
    "energy_mj": "energy",
    "cost_usd": "package cost",
    "accuracy_loss_pct": "accuracy loss",
    "area_mm2": "silicon area",
    "die_area_mm2": "largest die",
    "tops_per_w": "energy efficiency",
}


def axis_label(name: str) -> str:
    """Label of a column with its unit and direction, as in ``latency [ms], lower is better``."""
    column = OUTPUT_COLUMNS.get(name)
    if column is None:
        return field_label(name)
    better = {"minimise": ", lower is better", "maximise": ", higher is better"}.get(column.direction or "", "")
    return f"{short_label(name)}{better}"


def short_label(name: str) -> str:
    """Label of a column with its unit."""
    column = OUTPUT_COLUMNS.get(name)
    if column is None:
        return field_label(name)
    words = _WORDS.get(name) or name.removesuffix("_" + name.rsplit("_", 1)[-1]).replace("_", " ")
    if column.unit in {"1", "count"}:
        return name.replace("_", " ")
    unit = {"%": "points"}.get(column.unit, column.unit)
    return f"{words} [{unit}]"


def field_label(name: str) -> str:
    """Label of a design field with its unit."""
    field = fields().get(ALIASES[name][0] if name in ALIASES else name)
    if field is None or field.unit in {"1", "count"}:
        return name.replace("_", " ")
    return f"{name.replace('_', ' ')} [{field.unit}]"


def varied_fields(points: pd.DataFrame) -> list[str]:
    """Design fields that differ between points, an alias in place of the fields it sets."""
    names = [name for name in (*ALIASES, *fields()) if name in points and points[name].nunique(dropna=False) > 1]
    for alias, members in ALIASES.items():
        if alias in names and points[alias].notna().all():
            names = [name for name in names if name not in members]
        elif alias in names:
            names.remove(alias)
    return names


def hover_text(points: pd.DataFrame, outputs: list[str]) -> list[str]:
    """The whole design of each point, for the pointer: what varies first, then the outputs, then what is fixed."""
    varied = varied_fields(points)
    fixed = [name for name in fields() if name in points and points[name].nunique(dropna=False) == 1]
    tail = [f"{name} = {points[name].iloc[0]}" for name in fixed] if len(points) else []
    lines = [", ".join(tail[i : i + 4]) for i in range(0, len(tail), 4)]
    fixed_text = "<br>".join(f"<span style='color:#888'>{line}</span>" for line in lines)
    shown = []
    for row in points.to_dict(orient="records"):
        design = "<br>".join(f"{name} = <b>{_number(row[name])}</b>" for name in varied)
        figures = "<br>".join(f"{short_label(name)}: {_number(row[name])}" for name in outputs if name in row)
        shown.append(f"{design}<br><br>{figures}<br><br>{fixed_text}")
    return shown


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
