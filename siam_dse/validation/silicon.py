"""Validation against fabricated in-memory-computing macros (UIUC's benchmarking database), one operating point a row.

Each macro is a design of the model, with the fields that its row describes: cell, rows driven at once, columns summed
before a conversion, input bits of a read, supply, node. What the rows do not say is the same for all of them
(``technology/data/silicon.yaml``). Energy and time have no fitted factor; the area has one for each class.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from siam_dse.core.arrays import BoolArray
from siam_dse.core.units import FJ_PER_J, NS_PER_S
from siam_dse.technology.technology import Technology
from siam_dse.validation.adc import log_ratio
from siam_dse.validation.kind import LOGARITHM, PACKAGED, Kind
from siam_dse.validation.silicon_macro import CLASSES, Macros, figures_of

_MM2_PER_M2, _TERA = 1e6, 1e12
_KNOBS = (
    *("node_nm", "architecture", "cell", "compute", "n_rows", "n_cols", "supply_v", "input_bits", "weight_bits"),
    *("adc_bits", "rows_per_read", "rows", "columns_combined", "columns_per_adc", "n_adc", "dot_product_length"),
    "n_cores",
)
QUANTITIES = ("energy_per_column_fj", "energy_per_1b_op_fj", "time_per_read_ns", "tops_per_mm2_1b")


def macros_of(rows: pd.DataFrame) -> Macros:
    """The macro of each row."""
    numbers = {
        name: pd.to_numeric(rows[name], errors="coerce").to_numpy(dtype=np.float64)
        for name in _KNOBS
        if name not in ("architecture", "cell", "compute")
    }
    texts = {name: [str(x).strip() for x in rows[name]] for name in ("architecture", "cell", "compute")}
    kind = np.array([_class_of(*each) for each in zip(*texts.values(), strict=True)], dtype=str)
    is_magnetic = np.array([text.startswith("MRAM") for text in texts["cell"]], dtype=bool) & (kind == "resistive")
    return Macros(**numbers, kind=kind, is_magnetic=is_magnetic)


def _class_of(architecture: str, cell: str, compute: str) -> str:
    """Class of a macro; "" where it computes in no array."""
    if architecture == "Digital":
        return ""
    if compute == "DIMC":
        return "digital"
    if architecture == "eNVM":
        return "resistive"
    return "current" if compute == "IS" else "charge"


def predict(rows: pd.DataFrame, noc_model: str = "fast", technology: Technology = PACKAGED) -> Mapping[str, Any]:
    """Energy of a column and of an operation of 1 bit x 1 bit, time of a read and density of each row, (n,).

    NaN where the settings do not describe a macro; ``reason`` says which is missing.
    """
    del noc_model
    macros = macros_of(rows)
    reason = reasons(macros)
    shown = np.array([not text for text in reason], dtype=bool)
    out = {name: np.full(len(rows), np.nan) for name in QUANTITIES}
    if shown.any():
        of = figures_of(technology, macros.take(shown))
        found = {
            "energy_per_column_fj": of.energy_j * of.operations * FJ_PER_J,
            "energy_per_1b_op_fj": of.energy_j * FJ_PER_J,
            "time_per_read_ns": of.time_s * NS_PER_S,
            "tops_per_mm2_1b": of.density / _TERA / _MM2_PER_M2,
        }
        for name, values in found.items():
            out[name][shown] = values
    return {**out, "reason": reason}


def reasons(macros: Macros) -> list[str]:
    """Why a row is not predicted, "" where it is."""
    needed = ("node_nm", "n_rows", "n_cols", "input_bits", "weight_bits", "dot_product_length")
    out = []
    for i, kind in enumerate(macros.kind):
        missing = [name for name in needed if not getattr(macros, name)[i] > 0]
        if not kind:
            out.append("a processor without arrays that compute")
        elif missing:
            out.append(f"not said: {', '.join(missing)}")
        else:
            out.append("")
    return out


def _scored(rows: pd.DataFrame, quantity: str) -> BoolArray:
    return np.asarray(rows[f"pred_{quantity}"].notna() & (rows[quantity] > 0))


def _further(technology: Technology) -> Mapping[str, pd.DataFrame]:
    from siam_dse.validation.silicon_scores import left_out_table, paced_table, pairs_table

    return {
        "macros left out one by one, before and after their class's factor": left_out_table(technology),
        "energy where converters take as long as the published read (no prediction)": paced_table(technology),
        "operating points of a preset, each foretold by another: ordered pairs": pairs_table(),
    }


KIND = Kind(
    name="silicon",
    reference="silicon_macros.csv",
    quantities={name: name for name in QUANTITIES},
    predict=predict,
    knobs=_KNOBS,
    errors=log_ratio,
    error_unit=LOGARITHM,
    groups=("class",),
    scored=_scored,
    has_gaps=True,
    empty_cells=True,
    texts=("reason",),
    derived=lambda rows: {"class": macros_of(rows).kind},
    further=_further,
    note="errors are ln(model / silicon); bias is that of the median ratio. Each macro is a design "
    "of the model; energy and time have no fitted factor, the area has one a class. One geometric standard deviation "
    "is a factor of 4: chips of the same settings differ by as much. "
    f"Classes: {', '.join(CLASSES)}. Free choices, the same for all rows: 'siam-dse technologies --search silicon'.",
)
