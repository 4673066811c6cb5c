"""``require``: what a device, a converter or a constant must be for a design to meet targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siam_dse.cli.output import Format, emit, note
from siam_dse.cli.settings import designs_from_options
from siam_dse.core.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from siam_dse.cli.asked import AskedNetwork

_PAIR = 2


def run_require(
    asked: AskedNetwork,
    targets: list[str],
    free: str,
    profile: str,
    settings: list[str],
    overlays: list[Path],
    out: Path | None,
    fmt: Format,
) -> None:
    """Print the loosest value of each free field or constant; of two, draw their trade-off.

    Parameters
    ----------
    asked : AskedNetwork
    targets : such as ``energy_mj <= 2``, or names of rules
    free : comma-separated fields of numbers, or constants as ``file.name``
    profile, settings, overlays : the one design
    out : Path, optional
        HTML page of the trade-off of two.
    fmt : Format
    """
    import pandas as pd

    from siam_dse.design.space_reader import read_constraints
    from siam_dse.search.require import requirements
    from siam_dse.system.columns import OUTPUT_COLUMNS, VIOLATION_RULES

    network = asked.load()
    design = designs_from_options(profile, settings, None, overlays=overlays).designs
    wanted = read_constraints(targets, "--target", OUTPUT_COLUMNS, VIOLATION_RULES)
    names = [name.strip() for name in free.split(",") if name.strip()]
    if out is not None and len(names) != _PAIR:
        raise InputError("--out", f"draws the trade-off of two free fields or constants, got {len(names)}")
    found = requirements(network, design, wanted, names)
    rows = [
        {
            "field or constant": each.name,
            "has": each.own,
            "at least": each.low,
            "at most": each.high,
            "unit": each.unit,
            "says": _said(each.meets, each.low, each.high, each.is_interval),
        }
        for each in found
    ]
    emit(pd.DataFrame(rows), fmt, f"{network.name}: what each must be alone for {', '.join(t.text for t in wanted)}")
    if out is not None:
        from siam_dse.report.doubt import border_figure
        from siam_dse.report.html import write_figure
        from siam_dse.search.require import border

        figure = border_figure(border(network, design, wanted, *names), (names[0], names[1]), [t.text for t in wanted])
        write_figure(figure, out, f"{network.name}: {names[1]} against {names[0]}")
        note(f"wrote {out}")


def _said(meets: bool, low: float | None, high: float | None, is_interval: bool) -> str:
    if not meets:
        return "no value of it alone meets the targets"
    if low is None and high is None:
        return "any value meets the targets"
    return "" if is_interval else "further values beyond a gap meet them too"
