"""``validate``: errors against packaged reference rows, or predictions appended to a file's rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from siam_dse.cli.output import Format, emit, note, write_frame
from siam_dse.core.errors import InputError, SiamDseError, unknown_name
from siam_dse.core.text import short

if TYPE_CHECKING:
    import pandas as pd

    from siam_dse.technology.technology import Technology
    from siam_dse.validation.kind import Kind

_WORST_SHOWN = 3  # rows a quantity, where one kind is looked at
_FAILURES = (ArithmeticError, LookupError, MemoryError, TypeError, ValueError)  # of a prediction on odd knobs
_LONGEST = 24  # letters of a cell
_ERRORS, _DECIMALS = ("median", "p95", "worst", "bias"), 3  # of a table for reading


def run_validate(
    kind: str | None,
    noc_model: str = "fast",
    data: Path | None = None,
    out: Path | None = None,
    worst: int | None = None,
    fmt: Format = Format.table,
    overlays: Sequence[Path] = (),
) -> None:
    """Print error tables beside their targets, or append predictions to a file's rows.

    Parameters
    ----------
    kind : str or None
        Kind of reference rows; None = all.
    noc_model : str
        Mesh model of the kinds that have one.
    data, out : Path, optional
        CSV with the knob columns of ``kind``, and where to write its rows with the predictions.
    worst : int, optional
        Rows with the largest errors, of each quantity. A table for reading shows them below the errors; JSON and CSV
        hold them in place of the errors.
    fmt : Format
    overlays : files
        What the model computes with, over the packaged technology.
    """
    import pandas as pd

    from siam_dse.design.fields import load_technology
    from siam_dse.engines.mesh.models import TRACE_MODELS
    from siam_dse.validation.kind import LOGARITHM
    from siam_dse.validation.tables import load_kind, ratio_table, worst_rows

    if noc_model not in TRACE_MODELS:
        raise InputError("--noc-model", unknown_name("mesh model", noc_model, TRACE_MODELS))
    technology = load_technology(*overlays)
    if data is not None or out is not None:
        _predict_file(kind, noc_model, data, out, technology)
        return
    if worst is not None and worst < 0:
        raise InputError("--worst", f"must be 0 or more, got {worst}")
    kinds = [load_kind(name) for name in _names(kind)]
    if fmt is not Format.table:
        if worst:
            emit(pd.concat([worst_rows(each, worst, noc_model, technology) for each in kinds], ignore_index=True), fmt)
        else:
            emit(_with_further(error_tables(kind, noc_model, technology), kinds if kind else [], technology), fmt)
        return
    table = error_tables(kind, noc_model, technology, brief=kind is None)
    emit(
        readable(table),
        fmt,
        "errors against the packaged reference rows" + (f" with {technology.name}" if overlays else ""),
    )
    for each in kinds if kind is not None else ():
        if each.error_unit == LOGARITHM:
            emit(
                ratio_table(each, technology=technology).round(_DECIMALS),
                fmt,
                f"{each.name}: ratios of model to reference",
            )
        for title, further in each.further(technology).items():
            emit(further.round(_DECIMALS), fmt, f"{each.name}: {title}")
    for each in kinds:
        if each.note:
            note(f"{each.name}: {each.note}")
    shown = worst if worst is not None else (_WORST_SHOWN if kind is not None else 0)
    for each in kinds if shown else ():
        rows = worst_rows(each, shown, noc_model, technology)
        rows = rows.drop(columns=[name for name in rows if rows[name].isna().all()])
        emit(rows.map(_cut), fmt, f"worst rows of {each.name}")


def error_tables(
    kind: str | None, noc_model: str, technology: Technology | None = None, *, brief: bool = False
) -> pd.DataFrame:
    """Error table of one kind or of all, with ``met``: whether median and 95th percentile are within the target.

    ``brief`` keeps the rows over all groups, and the groups with a target of their own.
    """
    import pandas as pd

    from siam_dse.technology.technology import packaged_technology
    from siam_dse.validation.tables import error_table, load_kind

    technology = technology or packaged_technology()
    tables = [error_table(load_kind(name), noc_model, technology) for name in _names(kind)]
    table = pd.concat(tables, ignore_index=True)
    has_target = table["target_median"].notna()
    within = (table["median"] <= table["target_median"]) & ~(table["p95"] > table["target_p95"])
    table["met"] = within.astype(object).where(has_target, None)
    if not brief:
        return table
    is_all = table["group"] == "all"
    ends = ["target_median", "target_p95"]
    keys = ["kind", "quantity"]
    common = table[keys].merge(table.loc[is_all, [*keys, *ends]], how="left", on=keys)[ends]
    differs = (table[ends].to_numpy() != common.to_numpy()).any(axis=1)
    kept: pd.DataFrame = table[is_all | (has_target & differs)].reset_index(drop=True)
    return kept


def _with_further(table: pd.DataFrame, kinds: Sequence[Kind], technology: Technology) -> pd.DataFrame:
    """An error table with the further tables of one kind below it, whose titles stand in a column ``table``."""
    import pandas as pd

    tables = {title: of for each in kinds for title, of in each.further(technology).items()}
    if not tables:
        return table
    parts = [of.assign(kind=kinds[0].name, table=title) for title, of in {"errors": table, **tables}.items()]
    return pd.concat(parts, ignore_index=True)


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """An error table for reading: errors to a thousandth of their unit."""
    return table.round(dict.fromkeys(_ERRORS, _DECIMALS))


def _cut(value: object) -> object:
    """A text short enough for a table."""
    return f"{value[:_LONGEST]}..." if isinstance(value, str) and len(value) > _LONGEST else value


def _names(kind: str | None) -> tuple[str, ...]:
    from siam_dse.validation.tables import KINDS

    return (kind,) if kind is not None else KINDS


def _predict_file(
    kind: str | None, noc_model: str, data: Path | None, out: Path | None, technology: Technology
) -> None:
    """Append predictions to the rows of a file."""
    from siam_dse.runs.tables import read_frame
    from siam_dse.validation.knobs import knob_faults
    from siam_dse.validation.tables import KINDS, load_kind

    if data is None or out is None:
        raise InputError("validate", "--data and --out go together: rows to predict for, and where to write them")
    if kind is None:
        raise InputError("validate", f"--data needs --kind; kinds: {', '.join(KINDS)}")
    found, given = load_kind(kind), read_frame(data)
    missing = [name for name in found.knobs if name not in given.columns]
    faults = [f"column {name!r} is missing; --kind {kind} needs it" for name in missing] or knob_faults(found, given)
    if faults:
        raise InputError(str(data), faults)
    try:
        rows = _predicted(found, given, noc_model, technology)
    except _FAILURES as error:
        if isinstance(error, SiamDseError):
            raise
        faults = _faults(found, given, noc_model, technology)
        if not faults:
            raise
        raise InputError(str(data), faults) from error
    write_frame(rows, out)
    note(f"wrote {len(rows)} rows to {out}")


def _predicted(kind: Kind, rows: pd.DataFrame, noc_model: str, technology: Technology) -> pd.DataFrame:
    """Rows with predictions; FloatingPointError where one is not finite."""
    import numpy as np

    from siam_dse.validation.tables import predict_rows

    with np.errstate(divide="raise", invalid="raise", over="raise", under="ignore"):
        out = predict_rows(kind, rows, noc_model, technology=technology)
    values = out[[f"pred_{name}" for name in kind.quantities]].to_numpy(dtype=np.float64)
    if np.isinf(values).any() or (np.isnan(values).any() and not kind.has_gaps):
        raise FloatingPointError("a prediction is not finite")
    return out


def _faults(kind: Kind, rows: pd.DataFrame, noc_model: str, technology: Technology) -> list[str]:
    """The first row that a prediction fails on."""
    first, last = 0, len(rows)  # the first row that fails is in here
    while last - first > 1:
        middle = (first + last) // 2
        try:
            _predicted(kind, rows.iloc[first:middle], noc_model, technology)
        except _FAILURES:
            last = middle
        else:
            first = middle
    if not len(rows):
        return []
    knobs = ", ".join(f"{name} = {short(str(rows[name].iloc[first]))}" for name in kind.knobs)
    return [f"row {first + 1}: the model cannot take these knobs: {knobs}; compare them with the packaged rows"]
