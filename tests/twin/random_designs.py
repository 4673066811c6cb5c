"""Random designs over every legal value of every field, the same for the same seed on every machine."""

import math
import random

from twin.data import table
from twin.package import fields

OF_KINDS = ("kind_b", "split")  # fields of a second kind of chiplets, which the twin has none of
LATEST = ("layer_placement",)  # drawn apart: a field that is new shifts no draw of the others


def random_designs(n, seed=1, **fixed):
    """``n`` plain dicts field -> value, choices by name.

    A range that spans a decade or more is drawn log-uniformly, a number that may be 0 is 0 in one case of eight.
    ``fixed`` gives some fields a value, or a list or a pair ``(low, high)`` to draw it from.
    """
    draw, later = random.Random(seed), random.Random(-1 - seed)
    return [_design(draw, later, fixed) for _ in range(n)]


def _design(draw, later, fixed):
    d = {
        name: _value(later if name in LATEST else draw, field)
        for name, field in fields().items()
        if not name.startswith(OF_KINDS)
    }
    d |= {name: field.default for name, field in fields().items() if name.startswith(OF_KINDS)}
    d["node_nm"] = draw.choice(sorted({row["node_nm"] for row in table("nodes")}))
    if draw.random() < 1 / 4:
        d["node_nm"] = float(draw.randint(7, 130))
    if draw.random() < 1 / 2:
        d["supply_v"] = 0.0
    d["crossbars_per_tile"] = _number(draw, 1, math.isqrt(d["crossbars_per_tile"]), True) ** 2
    if d["nop_placement"] == "optimised" and "nop_placement" not in fixed and d["crossbars_per_tile"] % 4:
        d["nop_placement"] = "snake"  # of half of them: swaps one by one take most of the time of the twin
    for name, given in fixed.items():
        if isinstance(given, list):
            d[name] = draw.choice(given)
        elif isinstance(given, tuple):
            d[name] = _number(draw, *given, fields()[name].kind == "int")
        else:
            d[name] = given
    if "r_off_ohm" not in fixed:
        d["r_off_ohm"] = d["r_on_ohm"] * _number(draw, 1.5, 1e4, False)
    return d


def _value(draw, field):
    if field.kind == "choice":
        return draw.choice(field.choices)
    if field.kind == "bool":
        return draw.random() < 1 / 2
    if field.low == 0:
        if draw.random() < 1 / 8:
            return 0 if field.kind == "int" else 0.0
        low = 1 if field.kind == "int" else field.high / 100
        return _number(draw, low, field.high, field.kind == "int")
    return _number(draw, field.low, field.high, field.kind == "int")


def _number(draw, low, high, whole):
    spans_a_decade = high >= 10 * low > 0
    value = math.exp(draw.uniform(math.log(low), math.log(high))) if spans_a_decade else draw.uniform(low, high)
    value = min(max(value, low), high)
    return round(value) if whole else value
