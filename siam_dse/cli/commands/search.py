"""Commands: search a space."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siam_dse.cli.asked import AskedNetwork
from siam_dse.cli.options import (
    AggregateOption,
    CertifyOption,
    ConstraintOption,
    DimOption,
    EvaluationsOption,
    ForceOption,
    FormatOption,
    InputShapeOption,
    JobsOption,
    NameOption,
    NetworksArgument,
    NetworkWeightsOption,
    ObjectivesOption,
    PhaseOption,
    PresetOption,
    ResultsOption,
    SchedulerOption,
    SearchJobsOption,
    SeedOption,
    SpaceOption,
    SpaceProfileOption,
    SpaceSetOption,
    StorageOption,
    TechnologyOption,
    TimeOption,
    TokensOption,
)
from siam_dse.cli.output import Format

_OF_A_WORKER = ("--worker", "--trials")


def sweep(
    networks: NetworksArgument,
    space: SpaceOption,
    tokens: TokensOption = None,
    phase: PhaseOption = None,
    dim: DimOption = None,
    input_shape: InputShapeOption = None,
    profile: SpaceProfileOption = None,
    set_: SpaceSetOption = None,
    constraint: ConstraintOption = None,
    objectives: ObjectivesOption = None,
    technology: TechnologyOption = None,
    preset: PresetOption = None,
    weights: NetworkWeightsOption = None,
    aggregate: AggregateOption = "sum",
    time_: TimeOption = None,
    evaluations: EvaluationsOption = None,
    trials: Annotated[
        int | None,
        typer.Option("--trials", min=1, help="Trials to store; 1,000 of Optuna's samplers"),
    ] = None,
    sampler: Annotated[
        str,
        typer.Option(
            "--sampler",
            help="auto (enumerate in time, else archive), archive, nsga2; Optuna's nsga3, tpe, gp, random, qmc",
        ),
    ] = "auto",
    start_from: Annotated[
        str | None,
        typer.Option("--start-from", metavar="RUN|FILE", help="Try these first: the front of a run, or a CSV's rows"),
    ] = None,
    storage: StorageOption = None,
    seed: SeedOption = 0,
    name: NameOption = None,
    results: ResultsOption = Path("results"),
    population: Annotated[int, typer.Option("--population", min=2, help="Designs a generation of Optuna's")] = 50,
    keep: Annotated[
        int | None, typer.Option("--keep", min=1, help="Front members stored as trials, at most; default 1,000")
    ] = None,
    certify: CertifyOption = False,
    force: ForceOption = False,
    jobs: SearchJobsOption = None,
    scheduler: SchedulerOption = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Search a space for the best trade-offs between the objectives, by default for 12 s; all goes to a run folder."""
    from siam_dse.cli.changes import Changes
    from siam_dse.cli.searching import run_sweep

    asked = AskedNetwork.of_options("", tokens, phase, dim, input_shape)
    run_sweep(
        networks,
        asked,
        space,
        Changes(profile, set_ or [], constraint or [], objectives or [], technology or [], preset),
        time_,
        evaluations,
        trials,
        sampler,
        storage,
        seed,
        name,
        results,
        population,
        keep,
        certify,
        force,
        scheduler or jobs,
        fmt,
        weights=weights,
        aggregate=aggregate,
        start_from=start_from,
    )


def resume(
    run: Annotated[str | None, typer.Argument(metavar="RUN", help="Name or folder of the run; not with --into")] = None,
    trials: Annotated[
        int | None, typer.Option("--trials", min=1, help="Further trials; default: what was asked for and is missing")
    ] = None,
    time_: TimeOption = None,
    evaluations: EvaluationsOption = None,
    storage: StorageOption = None,
    into: Annotated[
        str | None,
        typer.Option("--into", metavar="FOLDER", help="Make a lost run anew here, from its study in --storage"),
    ] = None,
    study: Annotated[
        str | None, typer.Option("--study", metavar="NAME", help="With --into: the study, where there are several")
    ] = None,
    worker: Annotated[
        bool,
        typer.Option(
            "--worker", help="Search together with other workers in the study's database; 'resume RUN' takes it in"
        ),
    ] = False,
    re_evaluate: Annotated[
        bool,
        typer.Option(
            "--re-evaluate", help="Bring the run to today's model first: say what moves, keep the old figures"
        ),
    ] = False,
    technology: TechnologyOption = None,
    results: ResultsOption = Path("results"),
    certify: CertifyOption = False,
    force: ForceOption = False,
    jobs: SearchJobsOption = None,
    scheduler: SchedulerOption = None,
    fmt: FormatOption = Format.table,
) -> None:
    """Continue a run that was stopped, or search further; refuses what does not match, showing the difference."""
    from siam_dse.cli.searching import run_restore, run_resume, run_worker

    given = {"--trials": trials, "--time": time_, "--evaluations": evaluations, "--into": into, "--worker": worker,
             "--re-evaluate": re_evaluate, "--technology": technology, "--certify": certify, "--force": force,
             "--jobs": jobs, "--scheduler": scheduler}  # fmt: skip
    others = [name for name, value in given.items() if value]
    if worker:
        run_worker(run, trials, storage, study, results, [each for each in others if each not in _OF_A_WORKER])
        return
    if into is not None or study is not None or run is None:
        run_restore(run, storage, study, into, [each for each in others if each != "--into"])
        return
    run_resume(
        run,
        time_,
        evaluations,
        trials,
        storage,
        results,
        certify,
        force,
        scheduler or jobs,
        fmt,
        re_evaluate=re_evaluate,
        technology=technology,
    )


def enumerate_(
    networks: NetworksArgument,
    space: SpaceOption,
    tokens: TokensOption = None,
    phase: PhaseOption = None,
    dim: DimOption = None,
    input_shape: InputShapeOption = None,
    profile: SpaceProfileOption = None,
    set_: SpaceSetOption = None,
    constraint: ConstraintOption = None,
    objectives: ObjectivesOption = None,
    technology: TechnologyOption = None,
    weights: NetworkWeightsOption = None,
    aggregate: AggregateOption = "sum",
    jobs: JobsOption = 1,
    scheduler: SchedulerOption = None,
    keep: Annotated[
        str, typer.Option("--keep", help="What points.parquet holds beside the front: front, sample (10^5) or all")
    ] = "sample",
    seed: SeedOption = 0,
    name: NameOption = None,
    results: ResultsOption = Path("results"),
    force: ForceOption = False,
    fmt: FormatOption = Format.table,
) -> None:
    """Evaluate every design of a space: the exact Pareto front."""
    from siam_dse.cli.changes import Changes
    from siam_dse.cli.searching import run_enumerate

    asked = AskedNetwork.of_options("", tokens, phase, dim, input_shape)
    changes = Changes(profile, set_ or [], constraint or [], objectives or [], technology or [])
    run_enumerate(
        networks,
        asked,
        space,
        changes,
        scheduler or jobs,
        keep,
        seed,
        name,
        results,
        force,
        fmt,
        weights=weights,
        aggregate=aggregate,
    )
