"""``calibrate`` and ``presets``."""

from __future__ import annotations

import shlex
from pathlib import Path

from siam_dse.cli.output import Format, emit, note
from siam_dse.core.errors import RunError

_DECIMALS = 4


def run_calibrate(measured: Path, out: Path | None, replace: bool, fmt: Format) -> None:
    """Print points and pairs, and write the overlay.

    Parameters
    ----------
    measured : Path
        As :mod:`siam_dse.validation.calibration` describes it.
    out : Path, optional
        Default the name of the macro, in the folder of the command.
    replace : bool
        Write over a file that is there.
    fmt : Format
    """
    from siam_dse.runs.atomic import replace_text
    from siam_dse.validation.calibration import calibrate, overlay_text

    found = calibrate(measured)
    emit(found.points.round(_DECIMALS), fmt, f"{found.name}: measured points, the model's figures, their ratio, and "
         "model / measured of each point by the other points' factor")  # fmt: skip
    if len(found.pairs) and fmt is Format.table:
        emit(found.pairs.round(1), fmt, "one point foretold by another: ordered pairs")
    target = out or Path(f"{found.name}_calibrated.yaml")
    if target.exists() and not replace:
        raise RunError(f"{target}: is there already; --replace writes it anew, --out FILE keeps both")
    replace_text(target, overlay_text(found, found.source))
    factors = ", ".join(f"{name} x {value:.3g}" for name, value in found.factor.items())
    note(f"{factors}; wrote {target}: use it with --technology {shlex.quote(str(target))}, under fields of your own")


def run_presets(fmt: Format) -> None:
    """Print the packaged presets of macros and of systems."""
    import pandas as pd

    from siam_dse.technology.presets import preset_names, system_names
    from siam_dse.technology.technology import Technology

    rows = []
    for name in (*preset_names(), *system_names()):
        technology = Technology.load(name)
        (overlay,), k = technology.overlays, technology.constants("calibration")
        if overlay.measured:
            factors = {f"{each}_factor": k[each] for each in ("energy", "time", "area")}
            rows.append({"preset": name, "points": len(overlay.measured), **factors, "about": overlay.note})
        else:
            rows.append({"preset": name, "about": overlay.note})
    emit(pd.DataFrame(rows).round(_DECIMALS), fmt, "presets: measured over model of the crossbar's figures")
