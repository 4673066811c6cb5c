"""The package's constants and tables, read plainly and turned to SI: what every part of the twin is fed with."""

import csv
import math
from functools import cache
from pathlib import Path

from siam_dse.core.units import SI_PER_UNIT
from siam_dse.core.yaml_text import read_yaml

FOLDER = Path(__file__).parents[2] / "siam_dse" / "technology" / "data"


@cache
def constant(file, name):
    """A constant of ``technology/data/<file>.yaml`` in SI: a float, or a list of floats for a series."""
    row = _yaml(f"{file}.yaml")["constants"][name]
    factor = SI_PER_UNIT[row["unit"]]
    value = row["value"]
    return [float(one) * factor for one in value] if isinstance(value, list) else float(value) * factor


@cache
def row(file, **keys):
    """The one row of ``technology/data/<file>.csv`` whose key columns have these values, as a dict in SI."""
    found = [r for r in table(file) if all(r[name] == value for name, value in keys.items())]
    if not found and "node_nm" in keys:
        return between(file, **keys)
    if len(found) != 1:
        raise LookupError(f"{file}.csv has {len(found)} rows for {keys}")
    return found[0]


def between(file, node_nm, **keys):
    """A row between those of two nodes: straight lines of logarithms.

    The nearer node's where a column is not positive at both, where it counts, and where one node has fins, of all that
    is a transistor's.
    """
    rows = [r for r in table(file) if all(r[name] == value for name, value in keys.items())]
    low = max((r for r in rows if r["node_nm"] < node_nm), key=lambda r: r["node_nm"])
    high = min((r for r in rows if r["node_nm"] > node_nm), key=lambda r: r["node_nm"])
    share = math.log(node_nm / low["node_nm"]) / math.log(high["node_nm"] / low["node_nm"])
    near = low if share < 1 / 2 else high
    fins_begin = (low.get("fins_per_type", 0) > 0) != (high.get("fins_per_type", 0) > 0)
    smooth = {"vdd_v", "vth_v", "wire_width", "wire_resistance", "wire_capacitance"} if fins_begin else set(low)
    smooth -= {"fins_per_type", "fins_single_type"}
    out = {"node_nm": node_nm}
    for name, value in near.items():
        ends = (low[name], high[name])
        is_smooth = name in smooth and not isinstance(value, str) and min(ends) > 0
        if name != "node_nm":
            out[name] = math.exp((1 - share) * math.log(ends[0]) + share * math.log(ends[1])) if is_smooth else value
    return out


@cache
def table(file):
    """Rows of a table as dicts, numbers in SI and text as it stands; an empty number is NaN."""
    columns = _yaml(f"{file}.csv.yaml")["columns"]
    lines = (FOLDER / f"{file}.csv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if line and not line.startswith("#")))
    numbers = {name for name in rows[0] if all(_is_number(r[name]) for r in rows)}
    return [
        {
            name: float(text or "nan") * SI_PER_UNIT[columns[name]["unit"]] if name in numbers else text
            for name, text in r.items()
        }
        for r in rows
    ]


def _is_number(text):
    try:
        float(text or "nan")
    except ValueError:
        return False
    return True


@cache
def _yaml(name):
    return read_yaml(FOLDER / name)
