"""``validate`` and ``check-accuracy``."""

from __future__ import annotations

from pathlib import Path

from siam_dse.cli.output import Format, emit, note, read_frame, write_frame
from siam_dse.cli.settings import designs_from_options
from siam_dse.core.errors import InputError


def run_validate(
    kind_name: str | None, noc_model: str, data: Path | None, out: Path | None, worst: int, fmt: Format
) -> None:
    """Print error tables, or append predictions to a file's rows."""
    import pandas as pd

    from siam_dse.core.errors import unknown_name
    from siam_dse.system.evaluate import NOC_MODELS
    from siam_dse.validation.tables import KINDS, error_table, load_kind, predict_rows, worst_rows

    if noc_model not in NOC_MODELS:
        raise InputError("--noc-model", unknown_name("NoC model", noc_model, NOC_MODELS))
    if (data is None) != (out is None):
        raise InputError("validate", "--data and --out go together: rows to predict for, and where to write them")
    if data is not None and out is not None:
        if kind_name is None:
            raise InputError("validate", f"--data needs --kind; kinds: {', '.join(KINDS)}")
        rows = predict_rows(load_kind(kind_name), read_frame(data), noc_model, str(data))
        write_frame(rows, out)
        note(f"wrote {len(rows)} rows to {out}")
        return
    kinds = [load_kind(name) for name in ([kind_name] if kind_name else KINDS)]
    table = pd.concat([error_table(kind, noc_model) for kind in kinds], ignore_index=True)
    if kind_name is None and fmt is Format.table:
        table = table[(table["group"] == "all") | table["target_median"].notna()]
    emit(table, fmt, "errors against the packaged reference rows")
    for kind in kinds:
        if kind.note:
            note(f"{kind.name}: {kind.note}")
        if worst:
            emit(worst_rows(kind, worst, noc_model), fmt, f"worst rows, {kind.name}")


def run_check_accuracy(settings: list[str], profile: str, images: int, fmt: Format) -> None:
    """Measured beside predicted accuracy of the digits network."""
    from siam_dse.validation.functional import check_accuracy

    table = check_accuracy(designs_from_options(profile, settings, None), n_images=images)
    emit(table, fmt, "digits network, functional simulation beside the model")
