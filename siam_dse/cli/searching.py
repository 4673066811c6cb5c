"""``sweep``, ``resume``, ``enumerate``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from siam_dse.cli.found import finish, warn
from siam_dse.cli.output import Format, emit, note
from siam_dse.cli.progress import ProgressLine
from siam_dse.core.errors import InputError
from siam_dse.core.text import command

if TYPE_CHECKING:
    from siam_dse.cli.asked import AskedNetwork
    from siam_dse.cli.changes import Changes
    from siam_dse.design.space import SearchSpace
    from siam_dse.runs.folder import RunFolder
    from siam_dse.search.workers import Jobs
    from siam_dse.workload.network_set import Workload

_MOST_CHANGES = 5


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
    jobs: Jobs | None,
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
        note(
            f"one machine for {', '.join(names)}: first each alone, then all together, each time with the whole budget"
        )
    with ProgressLine() as line:
        if certify:
            _enumerable(given_workload(networks), space, jobs or 1, "--certify", force=force)
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
    finish(run, fmt, certify=certify, jobs=jobs or 1)


def run_resume(
    run_name: str,
    time_text: str | None,
    evaluations: int | None,
    trials: int | None,
    storage: str | None,
    results: Path,
    certify: bool,
    force: bool,
    jobs: Jobs | None,
    fmt: Format,
    *,
    re_evaluate: bool,
    technology: list[Path] | None = None,
) -> None:
    """Continue a sweep or an enumeration; print the front."""
    from siam_dse.runs.folder import RunFolder

    run = RunFolder.open(run_name, results)
    if re_evaluate:
        _re_evaluate(run, fmt, storage)
        if trials is None and time_text is None and evaluations is None and run.status == "complete":
            return
    with ProgressLine() as line:
        if run.kind == "enumerate":
            from siam_dse.search.enumeration import resume_enumeration

            given = (trials, time_text, evaluations, storage)
            if any(value is not None for value in given):
                options = "--trials, --time, --evaluations and --storage have no meaning for it"
                raise InputError("resume", f"{run.path} is an enumeration: {options}")
            resume_enumeration(
                run, jobs or 1, progress=line.update, on_interrupt=line.interrupted, technology=technology
            )
        else:
            from siam_dse.search.sweep import resume

            if certify:
                _enumerable(run.network(), run.space(), jobs or 1, "--certify", force=force)
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
    finish(run, fmt, certify=certify, jobs=jobs or 1)


def run_restore(
    run_name: str | None, storage: str | None, study: str | None, into: str | None, others: list[str]
) -> None:
    """Make a run anew from its Optuna study."""
    from siam_dse.search.restore import restore

    if run_name is None and into is None and study is None:
        raise InputError("RUN", "is missing; give the name or folder of a run, or --storage URL --into FOLDER")
    if run_name is not None or storage is None or into is None:
        raise InputError("resume", "a run is made anew with --storage URL and --into FOLDER, without RUN")
    if others:
        goes_on = command("resume", into)
        raise InputError("--into", f"{', '.join(others)} have no meaning for it; {goes_on} takes them, once it is made")
    run = restore(storage, into, study)
    done = f"{len(run.points(duplicates=True)):,} designs" if run.store.has_rows() else "no designs yet"
    note(f"{run.path}: made anew from its Optuna study, {done}; {command('resume', run.path)} goes on with it")


def run_worker(
    run_name: str | None, trials: int | None, storage: str | None, study: str | None, results: Path, others: list[str]
) -> None:
    """Search a run together with other workers."""
    from siam_dse.search.work import work

    if others:
        raise InputError("--worker", f"{', '.join(others)} have no meaning for it")
    with ProgressLine() as line:
        done = work(run_name, trials, storage, study, results, line.update, line.interrupted)
    lost = f" ({done.lost:,} more came too late and are others' now)" if done.lost else ""
    note(f"{done.own:,} trials by this worker{lost}; the study has {done.complete:,} of {done.target:,} asked for")
    note(f"{command('resume', run_name or 'RUN')} takes them into the run's folder once all workers have ended")


def _re_evaluate(run: RunFolder, fmt: Format, storage: str | None) -> None:
    """Bring a run to today's model, say what moved, and draw it anew."""
    from siam_dse.cli.results import draw
    from siam_dse.search.reevaluate import re_evaluate

    moves = re_evaluate(run, storage)
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
    if moves.taken_in:
        note(f"{moves.taken_in:,} trials that workers had left in the study were taken in")
    note(f"as it was before: {', '.join(path.name for path in moves.kept)} in {run.path}")
    for name in moves.own:
        note(f"{name} alone was evaluated again too: {run.own_runs()[name].path}")
    warn(run, run.front())
    draw(run)


def run_enumerate(
    words: list[str],
    asked: AskedNetwork,
    space_name: str,
    changes: Changes,
    jobs: Jobs,
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
    finish(run, fmt, certify=False, jobs=jobs)


def _enumerable(network: Workload, space: SearchSpace, jobs: Jobs, asked: str, *, force: bool) -> float:
    """Seconds that an enumeration would take; refused before any work where that is more than a day."""
    from siam_dse.search.estimate import check_time, enumerations_s
    from siam_dse.search.given import check_enumerable
    from siam_dse.search.workers import check_workers

    check_workers(jobs)
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
