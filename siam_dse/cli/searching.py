"""``sweep``, ``resume``, ``enumerate``, ``spaces``."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siam_dse.cli.output import Format, emit, note, show
from siam_dse.cli.settings import parse_settings, with_preset
from siam_dse.core.errors import InputError, NoFeasibleDesignError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from siam_dse.cli.asked import AskedNetwork
    from siam_dse.design.space import SearchSpace
    from siam_dse.runs.folder import RunFolder
    from siam_dse.search.progress import Progress
    from siam_dse.workload.network_set import Workload

_MOST_WRITTEN_OUT = 10**12  # designs
_SPREAD = 12  # designs of the printed front beside the named ones
_MOST_CHANGES = 5
_PLAIN_LINE_S = 5.0  # where stderr is not a terminal, progress is a line this often


@dataclass(frozen=True)
class Changes:
    """What the options say of a space: profile, fields, constraints, objectives."""

    profile: str | None
    settings: list[str]
    constraints: list[str]
    objectives: list[str]
    technology: list[Path]
    preset: str | None = None

    def split(self, words: list[str]) -> tuple[list[str], Changes]:
        """Networks among the command's plain words, and the objectives that follow ``--objectives`` A B."""
        from siam_dse.system.columns import OUTPUT_COLUMNS

        more = [word for word in words if self.objectives and word.partition(":")[0].strip(", ") in OUTPUT_COLUMNS]
        networks = [word for word in words if word not in more]
        if not networks:
            raise InputError("NETWORK", "is missing; give a zoo name (see 'siam-dse networks') or a file")
        return networks, replace(self, objectives=[*self.objectives, *more])

    def applied(self, name: str) -> SearchSpace:
        """The space of that name with all changes."""
        from siam_dse.runs.spaces import load_space
        from siam_dse.search.given import changed_space

        space = load_space(name, with_preset(self.preset, self.technology))
        if self.profile is not None:
            space = space.with_profile(self.profile)
        objectives = [part.strip() for text in self.objectives for part in text.split(",") if part.strip()]
        return changed_space(space, objectives or None, self.constraints, parse_settings(self.settings))


def run_sweep(
    words: list[str],
    asked: AskedNetwork,
    space_name: str,
    changes: Changes,
    time_text: str | None,
    evaluations: int | None,
    trials: int | None,
    sampler: str,
    storage: str | None,
    seed: int,
    name: str | None,
    results: Path,
    population: int,
    keep: int | None,
    certify: bool,
    force: bool,
    jobs: int,
    fmt: Format,
    *,
    weights: str | None,
    aggregate: str,
    start_from: str | None,
) -> None:
    """Search; print the front."""
    from siam_dse.search.given import given_workload
    from siam_dse.search.sweep import sweep

    names, changes = changes.split(words)
    networks, space = [replace(asked, name=each).load() for each in names], changes.applied(space_name)
    if len(networks) > 1:
        note(f"one machine for {', '.join(names)}: first each alone, then all together")
    with ProgressLine() as line:
        if certify:
            _enumerable(given_workload(networks), space, jobs, "--certify", force=force)
        run = sweep(
            networks,
            space,
            trials=trials,
            sampler=sampler,
            storage=storage,
            seed=seed,
            name=name,
            results=results,
            progress=line.update,
            population=population,
            on_interrupt=line.interrupted,
            start_from=start_from,
            weights=_numbers(weights),
            aggregate=aggregate,
            time_s=_seconds(time_text),
            evaluations=evaluations,
            keep=keep,
            jobs=jobs,
        )
    _finish(run, fmt, certify=certify, jobs=jobs)


def run_resume(
    run_name: str,
    time_text: str | None,
    evaluations: int | None,
    trials: int | None,
    storage: str | None,
    results: Path,
    certify: bool,
    force: bool,
    jobs: int,
    fmt: Format,
    *,
    re_evaluate: bool,
    technology: list[Path] | None = None,
) -> None:
    """Continue a sweep or an enumeration; print the front."""
    from siam_dse.runs.folder import RunFolder

    run = RunFolder.open(run_name, results)
    if re_evaluate:
        _re_evaluate(run, fmt)
        if trials is None and time_text is None and evaluations is None and run.status == "complete":
            return
    with ProgressLine() as line:
        if run.kind == "enumerate":
            from siam_dse.search.enumeration import resume_enumeration

            given = (trials, time_text, evaluations, storage)
            if any(value is not None for value in given):
                options = "--trials, --time, --evaluations and --storage have no meaning for it"
                raise InputError("resume", f"{run.path} is an enumeration: {options}")
            resume_enumeration(run, jobs, progress=line.update, on_interrupt=line.interrupted, technology=technology)
        else:
            from siam_dse.search.sweep import resume

            if certify:
                _enumerable(run.network(), run.space(), jobs, "--certify", force=force)
            resume(
                run,
                trials,
                storage,
                progress=line.update,
                on_interrupt=line.interrupted,
                time_s=_seconds(time_text),
                evaluations=evaluations,
                jobs=jobs,
                technology=technology,
            )
    _finish(run, fmt, certify=certify, jobs=jobs)


def run_restore(run_name: str | None, storage: str | None, study: str | None, into: str | None) -> None:
    """Make a run anew from its Optuna study."""
    from siam_dse.search.restore import restore

    if run_name is None and into is None and study is None:
        raise InputError("RUN", "is missing; give the name or folder of a run, or --storage URL --into FOLDER")
    if run_name is not None or storage is None or into is None:
        raise InputError("resume", "a run is made anew with --storage URL and --into FOLDER, without RUN")
    run = restore(storage, into, study)
    done = f"{len(run.points(duplicates=True)):,} designs" if run.store.has_rows() else "no designs yet"
    note(f"{run.path}: made anew from its Optuna study, {done}; 'siam-dse resume {run.path}' goes on with it")


def _re_evaluate(run: RunFolder, fmt: Format) -> None:
    """Bring a run to today's model, say what moved, and draw it anew."""
    from siam_dse.cli.results import draw
    from siam_dse.search.reevaluate import re_evaluate

    moves = re_evaluate(run)
    for line in moves.changes[:_MOST_CHANGES]:
        note(f"changed since the run: {line}")
    if len(moves.changes) > _MOST_CHANGES:
        note(f"... and {len(moves.changes) - _MOST_CHANGES} more changes")
    heads = {"moved": "designs\nmoved", "least_pct": "least\n[%]", "median_pct": "median\n[%]",
             "largest_pct": "largest\n[%]"}  # fmt: skip
    title = f"{run.name}: what moved in its {run.info['counts']['evaluated']:,} designs"
    emit(moves.table.rename(columns=heads) if fmt is Format.table else moves.table, fmt, title)
    note(f"feasible designs: {moves.feasible[0]:,} before, {moves.feasible[1]:,} now")
    note(
        f"front: {moves.front[0]:,} designs before, {moves.front[1]:,} now; {len(moves.left):,} left it, "
        f"{len(moves.joined):,} joined it"
    )
    note(f"as it was before: {', '.join(path.name for path in moves.kept)} in {run.path}")
    for name in moves.own:
        note(f"{name} alone was evaluated again too: {run.own_runs()[name].path}")
    _warn(run, run.front())
    draw(run)


def run_enumerate(
    words: list[str],
    asked: AskedNetwork,
    space_name: str,
    changes: Changes,
    jobs: int,
    keep: str,
    seed: int,
    name: str | None,
    results: Path,
    force: bool,
    fmt: Format,
    *,
    weights: str | None,
    aggregate: str,
) -> None:
    """Evaluate a whole space; print its exact front."""
    from siam_dse.search.enumeration import enumerate_space
    from siam_dse.search.given import given_workload

    names, changes = changes.split(words)
    networks, space = [replace(asked, name=each).load() for each in names], changes.applied(space_name)
    seconds = _enumerable(given_workload(networks), space, jobs, "enumerate", force=force)
    if len(networks) > 1:
        note(f"one machine for {', '.join(names)}: first each alone, then all together")
    note(f"{space.name}: {space.size:,} designs, about {duration(seconds)}")
    with ProgressLine() as line:
        run = enumerate_space(
            networks,
            space,
            jobs=jobs,
            name=name,
            results=results,
            keep=keep,
            seed=seed,
            progress=line.update,
            on_interrupt=line.interrupted,
            force=True,  # checked just now
            weights=_numbers(weights),
            aggregate=aggregate,
        )
    _finish(run, fmt, certify=False, jobs=jobs)


def run_spaces(action: str | None, name: str | None, fmt: Format) -> None:
    """List the packaged search spaces, or print one."""
    import pandas as pd

    from siam_dse.design.space_reader import space_names
    from siam_dse.runs.spaces import load_space

    if action is not None:
        if action != "show" or name is None:
            raise InputError("spaces", f"{action!r}: write 'spaces' or 'spaces show NAME'")
        print(load_space(name).text, end="")
        return
    spaces = [load_space(found) for found in space_names()]
    shown = [_size(space.size) for space in spaces]
    width = max(map(len, shown), default=0)
    rows = [
        {
            "name": name,
            "designs": size.rjust(width) if fmt is Format.table else space.size,
            "axes": ", ".join(space.axis_names),
            "objectives": ", ".join(space.objectives),
            "constraints": ", ".join(constraint.text for constraint in space.constraints),
        }
        for name, space, size in zip(space_names(), spaces, shown, strict=True)
    ]
    emit(pd.DataFrame(rows), fmt)


def _size(n: int) -> str:
    """A number of designs for reading."""
    return f"{n:,}" if n <= _MOST_WRITTEN_OUT else f"{n:.1e}".replace("e+", "e")


def _enumerable(network: Workload, space: SearchSpace, jobs: int, asked: str, *, force: bool) -> float:
    """Seconds that an enumeration would take; refused before any work where that is more than a day."""
    from siam_dse.core.checks import check_jobs
    from siam_dse.search.enumeration import check_time, enumerations_s
    from siam_dse.search.given import check_enumerable

    check_jobs("--jobs", jobs)
    check_enumerable(space, asked)
    seconds = enumerations_s(network, space, jobs)
    check_time(space, seconds, asked, force=force)
    return seconds


def _seconds(text: str | None) -> float | None:
    """Seconds that --time says."""
    from siam_dse.search.budget import seconds_of

    return None if text is None else seconds_of(text)


def duration(seconds: float) -> str:
    """A time for reading."""
    for unit, size in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 1 else "a second"


def _numbers(text: str | None) -> list[float] | None:
    """Numbers of ``2,1,1``."""
    try:
        return None if text is None else [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError("--weights", f"{text!r}: must be numbers, one a network, such as 2,1,1") from None


# --- after a search ----------------------------------------------------------------------------------------------


def _finish(run: RunFolder, fmt: Format, *, certify: bool, jobs: int) -> None:
    """Say what was found and what is odd about the space; print the front."""
    from siam_dse.cli.results import draw

    info = run.info
    counts = info["counts"]
    note(f"{run.path}: {_what(run)}, {counts['feasible']:,} feasible designs, {info['timing']['seconds']:.1f} s")
    for line in _how_good(info):
        note(line)
    front = run.front()
    _warn(run, front)
    if not counts["feasible"]:
        why = _binding(info)
        raise NoFeasibleDesignError(f"{run.path}: no feasible design was found among {counts['evaluated']:,}{why}")
    if certify:
        _certify(run, jobs)
    _print_front(run, run.space(), front, fmt)
    draw(run)


def _warn(run: RunFolder, front: pd.DataFrame) -> None:
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


def _certify(run: RunFolder, jobs: int) -> None:
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
    note(f"to choose one of them, with reasons: 'siam-dse pick {run.path}'")


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


class ProgressLine:
    """Progress on stderr: a line that rewrites itself on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None
        self._printed = time.monotonic()

    def __enter__(self) -> ProgressLine:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            self._bar = Progress(
                BarColumn(bar_width=24),
                TextColumn("{task.description}", markup=False),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def update(self, progress: Progress) -> None:
        """Show where the search is."""
        text = _described(progress)
        if self._bar:
            if self._task is None:
                self._task = self._bar.add_task(text, total=progress.total)
            self._bar.update(self._task, completed=progress.done, description=text)
        elif time.monotonic() - self._printed > _PLAIN_LINE_S:
            self._printed = time.monotonic()
            left = f", {progress.eta_s:.0f} s left" if progress.eta_s < float("inf") else ""
            note(text + left)

    def interrupted(self) -> None:
        """Say what the first Ctrl-C does."""
        notify: Callable[[str], None] = self._bar.console.print if self._bar else note
        notify("stopping after this step; Ctrl-C again stops at once (what is finished is kept either way)")


def _described(progress: Progress) -> str:
    volume = f", volume {100 * progress.hypervolume:.1f} %" if progress.hypervolume else ""
    of = f" of {progress.total:,}" if progress.total > progress.done else ""
    return (
        f"{progress.done:,}{of} {progress.unit}, {progress.rate:,.0f}/s, {progress.feasible:,} feasible, "
        f"front {progress.front_size:,}{volume}"
    )
