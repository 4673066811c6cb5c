"""``uncertainty`` of a run, and ``evaluate --uncertainty``: how sure figures are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from siam_dse.cli.output import PAGE_SUFFIXES, Format, emit, note, write_frame

if TYPE_CHECKING:
    from siam_dse.system.evaluate import Evaluation

_SHOWN = 12
_CHOSEN_CONSTANTS = 8
_FIGURES = ("latency_ms", "energy_mj", "area_mm2", "cost_usd", "accuracy_loss_pct")
_BAND = ("low", "median", "high")


def run_uncertainty(
    run_name: str, results: Path, samples: int, seed: int, overlays: list[Path], out: Path | None, fmt: Format
) -> None:
    """Evaluate a run's front under constants drawn from their ranges; print who stays, and which constant decides.

    What is found is kept with the run, and its report is written anew.

    Parameters
    ----------
    run_name, results : name or path of the run, and the folder of runs
    samples, seed : int
        Draws of all uncertain constants.
    overlays : files whose ranges take the place of the packaged ones
    out : Path, optional
        A page (.html) with the figures, or a table (.csv, .json, .parquet).
    fmt : Format
    """
    from siam_dse.cli.results import draw
    from siam_dse.report.doubt import doubt_of, influence_table, stays_table, summary
    from siam_dse.report.doubt_page import doubt_page
    from siam_dse.report.view import RunView, shown_axes
    from siam_dse.runs.atomic import replace_text
    from siam_dse.runs.folder import RunFolder

    run = RunFolder.open(run_name, results)
    doubt = doubt_of(run, samples, seed, [str(path) for path in overlays])
    view = RunView.of(run)
    table = stays_table(doubt, view.front, shown_axes(view.front, view.axes))
    if out is not None and out.suffix.lower() in PAGE_SUFFIXES:
        replace_text(out, doubt_page(view, doubt))
        note(f"wrote {out}")
    elif out is not None:
        write_frame(doubt.designs, out)
        note(f"wrote {len(doubt.designs)} designs to {out}")
    draw(run)
    if fmt is not Format.table:
        emit(doubt.designs, fmt)
        return
    shown = table.rename(columns={"trial": "design", "stays": "stays [%]"})
    emit(shown.head(_SHOWN), fmt, f"{view.name}: 5 % … median … 95 % of {samples} draws, and how often a design stays")
    moves = influence_table(doubt).drop(columns="why").head(_CHOSEN_CONSTANTS)
    emit(moves.rename(columns=lambda name: str(name).replace(" moves", " [%]")), fmt,
         f"constants that move design {doubt.design}, the knee, most, each alone")  # fmt: skip
    note(summary(doubt))


def print_bands(evaluation: Evaluation, samples: int, ids: tuple[int, ...], out: Path | None, fmt: Format) -> None:
    """Bands of the main columns, and of one design the constants that move them."""
    import numpy as np
    import pandas as pd

    from siam_dse.search.uncertainty import BAND, drawn, moved, uncertain

    designs = evaluation.designs
    names = [name for name in _FIGURES if np.isfinite(evaluation[name]).all()]
    over = uncertain(designs)
    values = drawn(evaluation, names, over, samples)
    rows = [
        {"design": ids[d] if ids else d, "figure": name, "nominal": values.nominal[d, m],
         **dict(zip(_BAND, values.bands[:, d, m], strict=True))}
        for d in range(len(designs)) for m, name in enumerate(names)
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    if out is not None:
        write_frame(table, out)
        note(f"wrote {len(table)} bands to {out}")
        return
    one = len(designs) == 1 and fmt is Format.table
    shares = ", ".join(f"{word} {100 * share:.0f} %" for word, share in zip(_BAND, BAND, strict=True))
    emit(table.drop(columns="design") if one else table, fmt, f"{samples} draws of {len(over)} constants: {shares}")
    if one:
        few = moved(evaluation, names, over).head(_CHOSEN_CONSTANTS)
        few = few.rename(columns=lambda name: str(name).replace("_", "\n"))
        emit(few, fmt, "constants that move them most, each alone over its range [% of the figure]")
