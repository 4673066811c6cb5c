"""``sweep``, ``resume``, ``enumerate``, ``spaces``."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from siam_dse.cli.output import Format, emit, note, show
from siam_dse.core.errors import InputError, NoFeasibleDesignError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from siam_dse.design.space import SearchSpace
    from siam_dse.runs.folder import RunFolder
    from siam_dse.search.progress import Progress
    from siam_dse.workload.network import Network

_MOST_WRITTEN_OUT = 10**12  # designs
_SPREAD = 12  # designs of the printed front beside the named ones
_PLAIN_LINE_S = 5.0  # where stderr is not a terminal, progress is a line this often


def run_sweep(
    network_name: str,
    space_name: str,
    profile: str | None,
    time_text: str | None,
    evaluations: int | None,
    trials: int | None,
    sampler: str,
    objectives: str | None,
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
) -> None:
    """Search; print the front."""
    from siam_dse.search.sweep import sweep
    from siam_dse.workload.load import load_network

    network, space = load_network(network_name), _space(space_name, profile)
    with ProgressLine() as line:
        if certify:
            _enumerable(network, space, objectives, jobs, "--certify", force=force)
        run = sweep(
            network,
            space,
            trials=trials,
            sampler=sampler,
            storage=storage,
            seed=seed,
            name=name,
            results=results,
            objectives=_listed(objectives),
            progress=line.update,
            population=population,
            on_interrupt=line.interrupted,
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
) -> None:
    """Continue a sweep or an enumeration; print the front."""
    from siam_dse.runs.folder import RunFolder

    run = RunFolder.open(run_name, results)
    with ProgressLine() as line:
        if run.kind == "enumerate":
            from siam_dse.search.enumeration import resume_enumeration

            given = (trials, time_text, evaluations, storage)
            if any(value is not None for value in given):
                options = "--trials, --time, --evaluations and --storage have no meaning for it"
                raise InputError("resume", f"{run.path} is an enumeration: {options}")
            resume_enumeration(run, jobs, progress=line.update, on_interrupt=line.interrupted)
        else:
            from siam_dse.search.sweep import resume

            if certify:
                _enumerable(run.network(), run.space(), None, jobs, "--certify", force=force)
            resume(
                run,
                trials,
                storage,
                progress=line.update,
                on_interrupt=line.interrupted,
                time_s=_seconds(time_text),
                evaluations=evaluations,
                jobs=jobs,
            )
    _finish(run, fmt, certify=certify, jobs=jobs)


def run_enumerate(
    network_name: str,
    space_name: str,
    profile: str | None,
    jobs: int,
    keep: str,
    objectives: str | None,
    seed: int,
    name: str | None,
    results: Path,
    force: bool,
    fmt: Format,
) -> None:
    """Evaluate a whole space; print its exact front."""
    from siam_dse.search.enumeration import enumerate_space
    from siam_dse.workload.load import load_network

    network, space = load_network(network_name), _space(space_name, profile)
    seconds = _enumerable(network, space, objectives, jobs, "enumerate", force=force)
    note(f"{space.name}: {space.size:,} designs, about {duration(seconds)}")
    with ProgressLine() as line:
        run = enumerate_space(
            network,
            space,
            jobs=jobs,
            name=name,
            results=results,
            keep=keep,
            seed=seed,
            objectives=_listed(objectives),
            progress=line.update,
            on_interrupt=line.interrupted,
            force=True,  # checked just now
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


def _space(name: str, profile: str | None) -> SearchSpace:
    """Search space of the options; --profile comes before the file's own."""
    from siam_dse.runs.spaces import load_space

    space = load_space(name)
    return space.with_profile(profile) if profile is not None else space


def _enumerable(
    network: Network, space: SearchSpace, objectives: str | None, jobs: int, asked: str, *, force: bool
) -> float:
    """Seconds that an enumeration would take; refused before any work where that is more than a day."""
    from siam_dse.core.checks import check_jobs
    from siam_dse.search.enumeration import check_time, enumeration_s
    from siam_dse.search.given import check_enumerable, with_given_objectives
    from siam_dse.search.problem import Problem

    check_jobs("--jobs", jobs)
    check_enumerable(space, asked)
    problem = Problem(network, with_given_objectives(space, _listed(objectives)))
    seconds = enumeration_s(problem, jobs)
    check_time(problem, seconds, asked, force=force)
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


def _listed(text: str | None) -> list[str] | None:
    """Parts of a comma-separated option."""
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


# --- after a search ----------------------------------------------------------------------------------------------


def _finish(run: RunFolder, fmt: Format, *, certify: bool, jobs: int) -> None:
    """Say what was found and what is odd about the space; print the front."""
    from siam_dse.cli.results import draw
    from siam_dse.search.audit import audit, front_findings, lost_accuracy
    from siam_dse.search.problem import Problem

    info = run.info
    counts = info["counts"]
    note(f"{run.path}: {_what(run)}, {counts['feasible']:,} feasible designs, {info['timing']['seconds']:.1f} s")
    for line in _how_good(info):
        note(line)
    problem = Problem(run.network(), run.space())
    warnings = audit(problem, int(info.get("seed", 0)))
    front = run.front()
    if len(front):
        warnings = lost_accuracy(problem, front) + warnings
        warnings += front_findings(problem, problem.space.levels_of(run.designs_of(front)))
    run.update({"warnings": warnings})
    for line in warnings:
        note(f"note: {line}")
    if not counts["feasible"]:
        why = _binding(info)
        raise NoFeasibleDesignError(f"{run.path}: no feasible design was found among {counts['evaluated']:,}{why}")
    if certify:
        _certify(run, jobs)
    _print_front(run, problem.space, front, fmt)
    draw(run)


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
    if fmt is not Format.table:
        emit(front, fmt)
        return
    first, way = next(iter(space.objectives.items()))
    rows = shown_designs(front.sort_values(first, ascending=way == "minimise", kind="stable"), space.objectives)
    more = len(front) - len(rows)
    path = run.path / "pareto.csv"
    rest = f"; {more:,} more in {path}" if more else f"; with all columns in {path}"
    title = f"{run.name}: {len(rows)} of the front's {len(front):,} designs, by {first}{rest}"
    emit(rows[["design", *space.axis_names, *space.objectives]], fmt, title)


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
