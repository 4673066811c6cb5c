"""Knob columns of a user's rows: numbers within the ranges in which a prediction means something."""

import math

import numpy as np
import pandas as pd

from siam_dse.core.text import shown
from siam_dse.design.fields import fields
from siam_dse.validation.kind import Kind
from siam_dse.validation.tables import reference_rows

_BEYOND = 100.0  # times the packaged rows' largest (and 1/100 of their smallest) where no field states a range
_MOST_NAMED = 50  # faults
_SIDE_OF_MESH = (2.0, 32.0)  # of k: memory grows as its fourth power
# Knob columns that are fields of a design under another name.
_FIELDS = {
    **{name: "crossbar_rows" for name in ("rows", "NS_ROWS")},
    **{name: "crossbar_cols" for name in ("cols", "NS_COLS")},
    **{name: "columns_per_adc" for name in ("mux", "NS_MUX")},
    **{name: "weight_bits" for name in ("wbits", "w_bits")},
    **{name: "activation_bits" for name in ("ibits", "x_bits")},
    **{name: "r_on_ohm" for name in ("ron", "NS_RON")},
    **{name: "r_off_ohm" for name in ("roff", "NS_ROFF")},
    **{"NS_CELLBIT": "cell_bits", "sigma": "cell_sigma", "n_chiplets": "n_chiplets"},
    **{"adc_bits": "adc_bits", "cell_bits": "cell_bits"},
}


def knob_faults(kind: Kind, rows: pd.DataFrame) -> list[str]:
    """A line for each knob's first value that is no number or out of its range.

    A knob that is a field of a design has the field's range, widened to the packaged rows'; any other a range of a
    hundred times beyond the packaged rows', flags (0 and 1) none beyond.

    Parameters
    ----------
    kind : Kind
    rows : DataFrame
        With the knob columns of ``kind``.
    """
    known, faults = reference_rows(kind), list[str]()
    for name in kind.knobs:
        if pd.api.types.is_numeric_dtype(known[name]):
            faults += _column_faults(name, rows[name], known[name], may_be_empty=kind.empty_cells)
    return faults[:_MOST_NAMED]


def _column_faults(name: str, given: "pd.Series[float]", known: "pd.Series[float]", *, may_be_empty: bool) -> list[str]:
    """Faults of one numeric knob."""
    values = np.asarray(pd.to_numeric(given.map(_number), errors="coerce"), dtype=np.float64)
    low, high = _range(name, known)
    empty = np.asarray(given.isna())
    text = np.isnan(values) & ~empty
    lacking = empty & (not (may_be_empty or known.isna().any()))
    outside = (values < low) | (values > high)
    outside &= ~(np.isposinf(values) & bool(np.isinf(known).any()))
    broken = np.isfinite(values) & (values != np.round(values)) & (known.dtype.kind == "i")
    rules = [(text, "must be a number"), (lacking, "must be a number"), (outside, f"must lie in [{low:g}, {high:g}]"),
             (broken & ~outside, "must be a whole number")]  # fmt: skip
    return [
        f"row {i + 1}, column {name!r}: {rule}, got {shown(given.iloc[i])}"
        for wrong, rule in rules
        for i in np.flatnonzero(wrong)[:3].tolist()
    ]


def _number(value: object) -> object:
    """A value as a float; text that is no number as it is, that of Python's 1_000 and of other scripts' digits too."""
    if isinstance(value, str) and ("_" in value or not value.isascii()):
        return value
    try:
        return float(value)  # type: ignore[arg-type]
    except OverflowError:
        return math.inf
    except (TypeError, ValueError):
        return value


def _range(name: str, known: "pd.Series[float]") -> tuple[float, float]:
    """Lowest and highest value of a knob."""
    if name == "k":
        return _SIDE_OF_MESH
    finite = known[np.isfinite(known)]
    low, high = float(finite.min()), float(finite.max())
    field = fields().get(_FIELDS.get(name, ""))
    if field is not None:
        ends = (-math.inf if field.low is None else field.low, math.inf if field.high is None else field.high)
        return min(low, ends[0]), max(high, ends[1])
    if {low, high} <= {0.0, 1.0} and known.dtype.kind == "i":
        return low, high
    low = low / _BEYOND if low > 0 else low * _BEYOND
    return (max(low, 1.0) if known.dtype.kind == "i" and low > 0 else low), high * _BEYOND if high > 0 else 0.0
