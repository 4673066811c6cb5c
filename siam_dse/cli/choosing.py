"""``pick`` and ``explain RUN --design ID``: one design of a run, in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from siam_dse.cli.options import names_in
from siam_dse.cli.output import Format, emit, note
from siam_dse.core.errors import InputError

if TYPE_CHECKING:
    from siam_dse.report.choice.pick import Pick


def run_pick(
    run: str, results: Path, where: list[str], weights: str | None, objectives: list[str] | None, fmt: Format
) -> None:
    """Print the pick with its reasons; as JSON or CSV its row with every column."""
    from siam_dse.report.choice.pick import pick

    names = names_in("--objective", objectives or []) or None
    found = pick(run, where, parse_weights(weights), names, results)
    if fmt is Format.table:
        print(found.text)
    else:
        emit(found.row.to_frame().T.infer_objects(), fmt)
    _say_accuracy(found)


def run_explain_design(
    run_name: str, results: Path, number: int, profile: str, settings: list[str], noc_model: str
) -> None:
    """Print where a stored design stands, then where its energy, time and area go."""
    from siam_dse.report.choice.pick import chosen
    from siam_dse.report.choice.words import paragraphs
    from siam_dse.runs.folder import RunFolder
    from siam_dse.system.joint import evaluate_workload

    if settings or profile != "default":
        raise InputError("--set, --profile", "a design of a run is what it is; leave them out, or name a network")
    run = RunFolder.open(run_name, results)
    found = chosen(run, number)
    print(found.text)
    evaluation = evaluate_workload(found.problem.network, run.designs_of(run.design(number)), noc_model=noc_model)
    print("\nWhere energy, time and area go:\n")
    print(paragraphs(evaluation.explain()))


def parse_weights(text: str | None) -> dict[str, float]:
    """Column -> weight of ``latency_ms=2,energy_mj=1``."""
    out: dict[str, float] = {}
    problems = []
    for part in (text or "").split(","):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not name and not equals:
            continue
        try:
            if name in out:
                problems.append(f"{name}: given twice")
            out[name] = float(value)
        except ValueError:
            problems.append(f"{part.strip()!r}: must be column=weight, such as latency_ms=2")
    if text is not None and not out and not problems:
        problems.append(f"{text!r}: names no column; write latency_ms=2,energy_mj=1, or leave it out")
    if problems:
        raise InputError("--weights", problems)
    return out


def _say_accuracy(found: Pick) -> None:
    """Where the run watches no accuracy and its front loses some."""
    from siam_dse.search.audit import unwatched_accuracy

    for line in unwatched_accuracy(found.problem, found.run.front()):
        note(f"note: {line}")
