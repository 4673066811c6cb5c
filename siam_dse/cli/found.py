"""What a search found: how good it is, what is odd, and its front, printed and drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from siam_dse.cli.output import Format, emit, note, show
from siam_dse.cli.progress import ProgressLine
from siam_dse.core.errors import NoFeasibleDesignError
from siam_dse.core.text import command

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from siam_dse.design.space import SearchSpace
    from siam_dse.runs.folder import RunFolder
    from siam_dse.search.workers import Jobs

_SPREAD = 12  # designs of the printed front beside the named ones


def finish(run: RunFolder, fmt: Format, *, certify: bool, jobs: Jobs) -> None:
    """Say what was found and what is odd about the space; print the front."""
    from siam_dse.cli.results import draw

    info = run.info
    counts = info["counts"]
    note(f"{run.path}: {_what(run)}, {counts['feasible']:,} feasible designs, {info['timing']['seconds']:.1f} s")
    for line in _how_good(info):
        note(line)
    front = run.front()
    warn(run, front)
    if not counts["feasible"]:
        why = _binding(info)
        raise NoFeasibleDesignError(f"{run.path}: no feasible design was found among {counts['evaluated']:,}{why}")
    if certify:
        _certify(run, jobs)
    _print_front(run, run.space(), front, fmt)
    draw(run)


def warn(run: RunFolder, front: pd.DataFrame) -> None:
    """Say, and keep for the report, what is odd about the space and the front."""
    from siam_dse.search.audit import audit, front_findings, unwatched_accuracy
    from siam_dse.search.problem import Problem

    problem = Problem(run.network(), run.space())
    warnings = audit(problem, int(run.info.get("seed", 0)))
    if len(front):
        warnings += front_findings(problem, problem.space.levels_of(run.designs_of(front)))
        warnings += unwatched_accuracy(problem, front)
    run.update({"warnings": warnings})
    for line in warnings:
        note(f"note: {line}")


def _what(run: RunFolder) -> str:
    """What a run did."""
    counts = run.info["counts"]
    front = f"{counts['front']:,} on the front"
    if run.kind == "enumerate":
        return f"all {counts['trials']:,} designs, {front} (exact)"
    return f"{counts['evaluated']:,} designs evaluated, {counts['trials']:,} trials stored, {front}"


def _how_good(info: Mapping[str, Any]) -> list[str]:
    """How far a search got, beside random designs, and why it ended."""
    random, volume = info.get("random") or {}, info.get("hypervolume")
    lines = []
    if info.get("ended"):
        lines.append(f"ended: {info['ended']}")
    if random and volume:
        lines.append(
            f"volume dominated (in logarithms of what spans a decade): {100 * volume:.1f} % of a fixed box; by the "
            f"{random['evaluated']:,} random designs among them alone {100 * random['hypervolume']:.1f} %"
        )
    return lines


def _binding(info: Mapping[str, Any]) -> str:
    """Which constraints hold designs back."""
    binding = info.get("binding")
    if not binding:
        return ""
    nearest = ", ".join(f"{name!r} (by {show(by)})" for name, by in binding["nearest"].items())
    most = max(binding["broken"], key=binding["broken"].get)
    return f"; the nearest breaks {nearest}; {most!r} excludes {100 * binding['broken'][most]:.3g} % of them"


def _certify(run: RunFolder, jobs: Jobs) -> None:
    """Compare a run with the exact front."""
    from siam_dse.search.certify import certify

    if run.kind == "enumerate":
        note("certificate: every design was evaluated, so that the front is exact")
        return
    note(f"enumerating {run.space().size:,} designs for the exact front")
    with ProgressLine() as line:
        found = certify(run, jobs, line.update, line.interrupted, force=True)
    note(
        f"certificate: {100 * found.share_of_front:.1f} % of the exact front's {found.exact_front_size} points, "
        f"{100 * found.hypervolume_fraction:.3f} % of its volume; an exact design beats all found by at most "
        f"{found.worst_gap_pct:.3g} %"
    )


def _print_front(run: RunFolder, space: SearchSpace, front: pd.DataFrame, fmt: Format) -> None:
    """The front on stdout: all of it as csv or json; as a table its named designs and some spread over it."""
    from siam_dse.cli.views import readable
    from siam_dse.report.front import front_table, set_apart
    from siam_dse.report.view import shown_axes
    from siam_dse.runs.tables import ID

    if fmt is not Format.table:
        emit(front, fmt)
        return
    first, way = next(iter(space.objectives.items()))
    rows = shown_designs(front.sort_values(first, ascending=way == "minimise", kind="stable"), space.objectives)
    axes, same = set_apart(front, shown_axes(front, [axis.name for axis in space.axes if len(axis.levels) > 1]))
    title = f"{run.name}: {len(rows)} of the front's {len(front):,} designs, by {first}"
    emit(readable(front_table(rows, axes, list(space.objectives))), fmt, title)
    best = [f"{role}: {number}" for roles, number in zip(rows["design"], rows[ID], strict=True)
            for role in roles.split(", ") if role.startswith("best ")]  # fmt: skip
    note("; ".join(best))
    note(f"all designs with all columns: {run.path / 'pareto.csv'}")
    if same:
        note(f"the same in all {len(front)}: {', '.join(same)}")
    note(f"to choose one of them, with reasons: {command('pick', run.path)}")


def shown_designs(front: pd.DataFrame, objectives: Mapping[str, str]) -> pd.DataFrame:
    """Rows of a sorted front for reading: the knee, the best in each objective, and ``_SPREAD`` evenly spread ones.

    A column ``design`` says which is which; it is empty for those that are there for the spread.
    """
    last = len(front) - 1
    picked: dict[int, list[str]] = {round(i * last / (_SPREAD - 1)): [] for i in range(_SPREAD)}
    picked.setdefault(int(front["knee"].to_numpy().argmax()), []).append("knee")
    for name, way in objectives.items():
        values = front[name].to_numpy()
        row = int(values.argmin() if way == "minimise" else values.argmax())
        picked.setdefault(row, []).append(f"best {name}")
    rows = front.iloc[sorted(picked)].copy()
    rows.insert(0, "design", [", ".join(picked[row]) for row in sorted(picked)])
    return rows
