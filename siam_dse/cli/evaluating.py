"""``evaluate`` and ``explain``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from siam_dse.cli.output import Format, emit, note, write_frame
from siam_dse.cli.settings import designs_from_options
from siam_dse.core.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

# What ``evaluate`` prints of many designs; a file holds every column.
MAIN_COLUMNS = (
    "latency_ms",
    "energy_mj",
    "area_mm2",
    "die_area_mm2",
    "tops_per_w",
    "utilisation",
    "tiles",
    "chiplets",
    "accuracy_loss_pct",
    "cost_usd",
)


def run_evaluate(
    network_name: str,
    profile: str,
    settings: list[str],
    designs_file: Path | None,
    layers: bool,
    noc_model: str,
    include_dram: bool,
    out: Path | None,
    fmt: Format,
) -> None:
    """Evaluate the designs of the options and print or write what was asked for."""
    from siam_dse.api import evaluate, load_network

    network = load_network(network_name)
    designs = designs_from_options(profile, settings, designs_file)
    evaluation = evaluate(network, designs, include_dram=include_dram, noc_model=noc_model)
    if layers:
        if len(designs) != 1:
            raise InputError("--layers", f"prints one design, got {len(designs)}")
        table = evaluation.by_layer(0)
        if out:
            write_frame(table, out)
            note(f"wrote {len(table)} layers to {out}")
        else:
            emit(table, fmt, f"{network.name}, layer by layer")
        return
    if out:
        frame = evaluation.to_frame()
        write_frame(frame, out)
        note(f"wrote {len(frame)} designs x {frame.shape[1]} columns to {out}")
        return
    if len(designs) > 1:
        from siam_dse.cli.settings import parse_settings

        shown = evaluation.to_frame() if fmt is not Format.table else evaluation.to_frame(MAIN_COLUMNS)
        if fmt is Format.table:
            varied = [name for name in parse_settings(settings) if name in shown]
            changing = [name for name in designs.to_frame() if designs.to_frame()[name].nunique(dropna=False) > 1]
            shown = shown[list(dict.fromkeys([*varied, *changing, "feasible", *MAIN_COLUMNS]))]
        emit(shown, fmt, f"{network.name}, {len(designs)} designs")
        return
    if fmt is not Format.table:
        emit(evaluation.to_frame(), fmt)
        return
    emit(_totals(evaluation.to_frame()), fmt, f"{network.name}, profile {profile}")
    emit(evaluation.by_engine().drop(columns="design"), fmt, "by engine")
    broken = [f"{name} = {values[0]:.4g}" for name, values in evaluation.violations.items() if values[0] > 0]
    if broken:
        note(f"infeasible: {', '.join(broken)} (siam-dse explain says what would help)")


def _totals(frame: pd.DataFrame) -> pd.DataFrame:
    """Output columns of one design as rows: quantity, value, unit, meaning."""
    import pandas as pd

    from siam_dse.system.columns import OUTPUT_COLUMNS

    row = frame.iloc[0]
    whole = [c for c in OUTPUT_COLUMNS.values() if not c.name.startswith(("crossbar_", "tile_", "noc_", "nop_"))]
    whole += [OUTPUT_COLUMNS["nop_lanes"]]
    return pd.DataFrame(
        {
            "quantity": ["feasible", *(c.name for c in whole)],
            "value": pd.Series([bool(row["feasible"]), *(row[c.name] for c in whole)], dtype=object),
            "unit": ["", *("" if c.unit in {"1", "count"} else c.unit for c in whole)],
            "meaning": ["no rule is broken", *(c.meaning for c in whole)],
        }
    )


def run_explain(network_name: str, profile: str, settings: list[str], noc_model: str) -> None:
    """Explain one design in words."""
    from siam_dse.api import evaluate, load_network

    designs = designs_from_options(profile, settings, None)
    if len(designs) != 1:
        raise InputError("explain", f"explains one design, got {len(designs)}; give one value a field")
    print(evaluate(load_network(network_name), designs, noc_model=noc_model).explain(0))
