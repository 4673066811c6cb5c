"""One kind of validation: packaged reference rows, the prediction for them, and how errors are scored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.technology.technology import Technology, packaged_technology

PACKAGED = packaged_technology()
LOGARITHM = "ln"  # unit of errors that are logarithms of ratios


@dataclass(frozen=True)
class Target:
    """The accuracy a quantity must reach: median and 95th percentile of |error| (a fraction, or ``unit``).

    NaN where nothing is asked of the percentile.
    """

    median: float
    p95: float


@dataclass(frozen=True)
class Kind:
    """A kind of reference rows.

    Parameters
    ----------
    name : str
        As in ``validate --kind``.
    reference : str
        File in ``validation/data``.
    quantities : quantity -> reference column
        ``pred_<quantity>`` is written; the reference column may be missing in a user's file.
    predict : (rows, noc_model, technology) -> quantity -> (n,) array
        Uses knob columns only, keeps the order and number of rows.
    knobs : columns that a file must have
    groups : columns by which the error table is broken down
    scored : (rows, quantity) -> (n,) bool
        Rows that count; the reason for leaving rows out stands in ``note``.
    errors : (predicted, reference) -> (n,) array
        Relative by default.
    yes_no : quantities that are 1 or 0
        Their error is the share of rows misjudged, in place of a median and a percentile.
    targets : group or "<quantity>|<group>" -> Target
    has_gaps : bool
        Whether the model has nothing to say of some rows: their predictions are NaN.
    empty_cells : bool
        Whether knob cells may be empty: the model says what it then does.
    texts : columns of words that ``predict`` gives beside its figures
    derived : rows -> columns that follow from the knobs, to group by
    level_targets : the same at a level of the mesh, where it differs
    further : technology -> title -> table with a column ``quantity``, of what else the rows say
    """

    name: str
    reference: str
    quantities: Mapping[str, str]
    predict: Callable[[pd.DataFrame, str, Technology], Mapping[str, FloatArray]]
    knobs: tuple[str, ...]
    groups: tuple[str, ...] = ()
    scored: Callable[[pd.DataFrame, str], BoolArray] = lambda rows, quantity: np.ones(len(rows), dtype=bool)
    errors: Callable[[FloatArray, FloatArray], FloatArray] = lambda predicted, reference: predicted / reference - 1
    error_unit: str = "%"
    yes_no: tuple[str, ...] = ()
    targets: Mapping[str, Target] = field(default_factory=dict)
    level_targets: Mapping[str, Mapping[str, Target]] = field(default_factory=dict)
    has_gaps: bool = False
    empty_cells: bool = False
    texts: tuple[str, ...] = ()
    derived: Callable[[pd.DataFrame], Mapping[str, Any]] = lambda rows: {}
    note: str = ""
    further: Callable[[Technology], Mapping[str, pd.DataFrame]] = lambda technology: {}
