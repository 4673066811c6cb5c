"""``evaluate``."""

from __future__ import annotations

from pathlib import Path

from siam_dse.cli.output import Format, emit, note, write_frame
from siam_dse.cli.settings import designs_from_options


def run_evaluate(
    network_name: str, profile: str, settings: list[str], designs_file: Path | None, out: Path | None, fmt: Format
) -> None:
    """Evaluate the designs of the options and print or write what was asked for."""
    from siam_dse.system.columns import OUTPUT_COLUMNS
    from siam_dse.system.evaluate import evaluate
    from siam_dse.workload.load import load_network

    network = load_network(network_name)
    designs = designs_from_options(profile, settings, designs_file)
    evaluation = evaluate(network, designs)
    frame = evaluation.to_frame()
    if out:
        write_frame(frame, out)
        note(f"wrote {len(frame)} designs x {frame.shape[1]} columns to {out}")
    elif fmt is not Format.table:
        emit(frame, fmt)
    else:
        changing = [name for name in frame if frame[name].nunique(dropna=False) > 1 and name not in OUTPUT_COLUMNS]
        shown = dict.fromkeys([*changing, "feasible", *OUTPUT_COLUMNS])
        emit(frame[list(shown)], fmt, f"{network.name}, {len(frame)} design(s), profile {profile}")
    for name, slack in evaluation.violations.items():
        if (slack > 0).any():
            note(f"{int((slack > 0).sum())} design(s) break the rule {name}: {evaluation.rule(name)}")
