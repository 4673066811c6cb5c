"""sweep and resume: choose how to search, and keep what is found in a run folder."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from optuna.samplers import BaseSampler

from siam_dse.core.checks import whole_number
from siam_dse.core.errors import InputError, RunError
from siam_dse.design.space import SearchSpace
from siam_dse.runs.fingerprint import fingerprint
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.lock import run_lock
from siam_dse.runs.new_folder import discarded_if_empty
from siam_dse.runs.provenance import now, provenance
from siam_dse.runs.storage_url import check_no_other_runs, check_storage_url
from siam_dse.search.archive_session import ArchiveSession
from siam_dse.search.budget import ARCHIVE, AUTO, TIME_S, TRIALS, Budget
from siam_dse.search.enumeration import enumerate_problem
from siam_dse.search.estimate import enumerations_s
from siam_dse.search.given import (
    changed_space,
    check_fingerprint,
    check_population,
    check_seed,
    given_workload,
)
from siam_dse.search.own import joint_space, own_designs, with_own_runs
from siam_dse.search.problem import Problem
from siam_dse.search.progress import Callback
from siam_dse.search.publish import KEEP
from siam_dse.search.samplers import check_sampler, sampler_name
from siam_dse.search.session import Session
from siam_dse.search.start import start_of
from siam_dse.search.workers import Jobs, check_workers
from siam_dse.technology.technology import Technology
from siam_dse.workload.network import Network
from siam_dse.workload.network_set import SUM, NetworkSet, Workload, members_of

POPULATION = 50
_LOCK_WAIT_S = 5.0  # a process that was just killed may take a moment to let go


def sweep(
    network: Network | str | Path | Sequence[Network | str | Path],
    space: SearchSpace | str | Path,
    trials: int | None = None,
    sampler: str | BaseSampler = AUTO,
    storage: str | None = None,
    seed: int = 0,
    name: str | None = None,
    results: str | Path = "results",
    objectives: Mapping[str, str] | Sequence[str] | None = None,
    progress: Callback | None = None,
    population: int = POPULATION,
    on_interrupt: Callable[[], None] | None = None,
    *,
    constraints: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
    technology: Technology | Sequence[str | Path] | None = None,
    start_from: str | Path | RunFolder | pd.DataFrame | None = None,
    weights: Sequence[float] | None = None,
    aggregate: str = SUM,
    time_s: float | None = None,
    evaluations: int | None = None,
    keep: int | None = None,
    jobs: Jobs | None = None,
) -> RunFolder:
    """Search a space for the designs that trade the objectives off best, and keep everything in a run folder.

    By default a space that can be enumerated within the budget is, so that the front is exact, and another one is
    searched from an archive in generations of some thousand designs; front and a random sample are stored as trials of
    an Optuna study with all columns. With a sampler of Optuna's every trial is stored, and a generation is on the disk
    before the next one starts. A killed run goes on from its last generation or checkpoint.

    Several networks are searched, or enumerated, for one machine that runs them all: first each alone, with the budget
    of one search each, into runs of their own within the folder, then all together; a search begins with designs of
    their fronts.

    Parameters
    ----------
    network : Network, str or Path, or several
        A network, or the name or path of one as load_network takes it.
    space : SearchSpace, str or Path
        A search space, or the name or path of one as load_space takes it.
    trials : int, optional
        Trials to store. An Optuna sampler makes 1,000 if no budget is given; an archive search or enumeration stores up
        to ``keep`` front members and 1,000 random designs.
    sampler : str or optuna.samplers.BaseSampler
        auto, archive, nsga2; Optuna's nsga3, tpe, gp, random or qmc; or a sampler object.
    storage : str, optional
        Optuna storage URL, or a path ending in .journal; default: SQLite, ``study.db`` in the run folder. A password
        in it is not kept: give the URL again to resume, or leave the password to the database client's own file.
    seed : int
    name : str, optional
        Name of the run's folder; default: made of the network's and the space's names.
    results : folder of all runs
    objectives : mapping column -> minimise | maximise, or columns, optional
        In place of the space's.
    progress : callable, optional
        Called with a Progress after each generation.
    population : int
        Designs a generation of an Optuna sampler.
    on_interrupt : callable, optional
        Called when the first Ctrl-C arrives: the generation under way is finished, then KeyboardInterrupt is raised.
        A second Ctrl-C stops at once.
    constraints : such as ``area_mm2 <= 500``, beside those of the space
        A bound takes the place of the space's own on the same column and side.
    settings : field -> value, or list of values, in place of the space's axis or fixed value
    technology : Technology, or overlay files, optional
        Laid over what the space fixes; kept in the run's folder.
    start_from : run, its name or path, path of a CSV file, or DataFrame, optional
        Designs that are tried first: a run's front, or every row of a table.
    weights : one a network, optional
        Inferences of each in a mix; default 1.
    aggregate : str
        ``sum``: times and energies of the networks add up; ``worst``: the largest ratio to the network's own best
        counts. Areas and costs are those of the machine that holds each network; of any other column the worse counts.
    time_s : float, optional
        Seconds to search; an archive search or enumeration takes 12 if no budget is given.
    evaluations : int, optional
        Different designs to evaluate.
    keep : int, optional
        Front members stored as trials by an archive search or enumeration, at most; default 1,000, or half the trials.
    jobs : int or str
        Processes of an enumeration or an archive search, -1 for one a core; or where its workers are: ``local:N``, or
        the address of a dask scheduler. By default an archive search for ten seconds or more takes one a core, four at
        most, all else one. What a generation finds does not depend on it.

    Returns
    -------
    RunFolder

    Raises
    ------
    InputError, RunError
        Nothing is left behind where the first generation could not be made, so that the name is free again.
    """
    workload = given_workload(network, weights, aggregate)
    space = joint_space(changed_space(space, objectives, constraints, settings, technology), workload)
    check_seed(seed)
    check_workers(1 if jobs is None else jobs)
    if storage is not None:
        check_no_other_runs(check_storage_url(storage))
    asked = Budget(time_s, evaluations, trials)
    problem = Problem(workload, space)
    check_sampler(sampler)
    check_population(population)
    start = None if start_from is None else start_of(start_from, space, results)
    info: dict[str, Any] = {
        "kind": "sweep",
        "sampler": sampler_name(sampler),
        "seed": int(seed),
        "storage": storage,
        **({"start": start.said} if start else {}),
        "fingerprint": fingerprint(workload, space),
        "timing": {"started": now(), "seconds": 0.0},
        **provenance(),
    }
    if sampler in (AUTO, ARCHIVE):
        budget = asked if asked.time_s or asked.evaluations else Budget(TIME_S, None, trials)
        info |= {"keep": _keep(keep, trials), "budget": budget.content, "population": population}
        if sampler == AUTO and _can_be_enumerated(workload, space, budget, jobs or 1):
            own = {**info, "kind": "enumerate"}
            return enumerate_problem(problem, own, jobs or 1, name, results, progress, on_interrupt, storage)
        info["sampler"] = ARCHIVE
    else:
        budget = asked if asked != Budget() else Budget(trials=TRIALS)
        info |= {"population": population, "target": budget.trials, "budget": budget.content}
    run = RunFolder.create(results, name, workload, space, info)
    with run_lock(run.path), discarded_if_empty(run.path):
        if start:
            run.write_start(start.table(space))
        if isinstance(workload, NetworkSet):
            problem = _with_own_fronts(run, workload, jobs, progress, on_interrupt)
        if info["sampler"] == ARCHIVE:
            ArchiveSession(run, problem, progress, on_interrupt, storage, jobs).go_on(budget)
        else:
            Session(run, problem, progress, on_interrupt, storage, sampler).go_on(budget)
    return run


def resume(
    run: str | Path | RunFolder,
    trials: int | None = None,
    storage: str | None = None,
    results: str | Path = "results",
    progress: Callback | None = None,
    on_interrupt: Callable[[], None] | None = None,
    *,
    time_s: float | None = None,
    evaluations: int | None = None,
    sampler: BaseSampler | None = None,
    jobs: Jobs | None = None,
    technology: Technology | Sequence[str | Path] | None = None,
) -> RunFolder:
    """Continue a sweep: by a further budget, or by what a stopped run still lacks of what was asked for.

    However often a run is broken off and resumed, it finds what an unbroken one finds.

    Parameters
    ----------
    run : name or path of the run, or a RunFolder
    trials : int, optional
        Further trials; of an archive search, further trials to store.
    storage : str, optional
        Where the Optuna study is now, if it was moved; a new place gets all of it.
    results, progress, on_interrupt : as for :func:`sweep`
    time_s : float, optional
        Seconds to go on.
    evaluations : int, optional
        Further designs to evaluate.
    sampler : optuna.samplers.BaseSampler, optional
        Of a run that was started with a sampler object: that object, or one like it.
    jobs : as for :func:`sweep`
    technology : Technology, or overlay files, optional
        A run goes on with its own; another one is refused, and each difference shown.

    Raises
    ------
    RunError
        Points are missing that the run had; nothing is changed.
    MismatchError
        Space, network, profile, technology data, objectives or model are not those of the run; each difference is
        shown. Start a new run, or restore them.
    """
    folder = RunFolder.open(run, results)
    if folder.kind != "sweep":
        raise RunError(f"{folder.path}: is an enumeration, not a sweep")
    further = Budget(time_s, evaluations, trials)
    check_workers(1 if jobs is None else jobs)
    with run_lock(folder.path, wait_s=_LOCK_WAIT_S):
        problem = check_fingerprint(folder, technology)
        if isinstance(problem.network, NetworkSet) and not (folder.store.has_rows() or folder.checkpoint_path.exists()):
            problem = _with_own_fronts(folder, problem.network, jobs, progress, on_interrupt)
        if folder.info["sampler"] == ARCHIVE:
            archive = ArchiveSession(folder, problem, progress, on_interrupt, storage, jobs)
            _resume_archive(archive, further, storage)
        else:
            session = Session(folder, problem, progress, on_interrupt, storage, sampler)
            _resume_session(session, further, storage)
    return folder


def _resume_archive(session: ArchiveSession, further: Budget, storage: str | None) -> None:
    """Continue an archive search."""
    info = session.run.info
    budget = Budget(**info["budget"])
    if further != Budget():
        stored = int((info.get("counts") or {}).get("trials", 0))
        if not session.evaluated_in_all and further.time_s is None and further.evaluations is None:
            raise InputError("--trials", f"{session.run.path} has evaluated nothing yet that more could be stored of; "
                             "say how much to search with --time or --evaluations, or resume it without")  # fmt: skip
        budget = further.more(session.evaluated_in_all, stored)
        if budget.time_s is None and budget.evaluations is None:  # more trials of what is known
            budget = Budget(None, session.evaluated_in_all, budget.trials)
        session.trials = budget.trials or session.trials
    elif session.run.status == "complete":
        if not session.run.can_be_mended():
            more = "say how much more with --time or --evaluations"
            raise InputError("resume", f"{session.run.path} is complete; {more}")
        budget = Budget(None, session.evaluated_in_all, budget.trials)
    elif budget.time_s is not None:
        budget = Budget(max(budget.time_s - session.clock.before, 1.0), budget.evaluations, budget.trials)
    kept = {**info["budget"], "trials": session.trials, "evaluations": budget.evaluations}
    session.go_on(budget, {**_going_on(session.run, storage), "budget": kept})


def _resume_session(session: Session, further: Budget, storage: str | None) -> None:
    """Continue a sweep of one of Optuna's samplers, beginning with what workers left in its study."""

    def plan(target: int) -> tuple[Budget, dict[str, Any]]:
        info, status = session.run.info, session.run.status
        budget = Budget(**(info.get("budget") or {"trials": info.get("target")}))
        if further != Budget():
            budget = further.more(session.history.evaluated, session.done)
        elif max(target, session.done) > (budget.trials or 0) and target:  # workers were asked for more
            budget = Budget(trials=max(target, session.done))
        elif status == "complete" and session.run.can_be_mended():
            budget = Budget(trials=session.done)
        elif status == "complete":
            asked = f"all {budget.trials} trials that were" if budget.trials else "all that was"
            more = "how many more" if budget.trials else "how much more, with --trials, --time or --evaluations"
            raise InputError("--trials", f"{session.run.path} has {asked} asked for; say {more}")
        return budget, {**_going_on(session.run, storage), "target": budget.trials, "budget": budget.content}

    session.resume(plan)


def _going_on(run: RunFolder, storage: str | None) -> dict[str, Any]:
    """What changes in run.json when a run goes on."""
    url = run.storage_url(storage) if storage else ""
    moved = {"storage": None if url == run.own_storage_url else run.kept_storage(url)} if url else {}
    return {"status": "running", "error": None, **moved, **provenance()}


def _can_be_enumerated(workload: Workload, space: SearchSpace, budget: Budget, jobs: Jobs) -> bool:
    """Whether every design can be evaluated within the budget: one for each of several networks, one for all."""
    if budget.evaluations is not None and space.size > budget.evaluations:
        return False
    if budget.time_s is None:
        return True
    n_budgets = 1 + len(members_of(workload)) if isinstance(workload, NetworkSet) else 1
    return enumerations_s(workload, space, jobs, budget.time_s) <= n_budgets * budget.time_s


def _keep(keep: int | None, trials: int | None) -> int:
    """Front members to store as trials at most."""
    if keep is None:
        return max(KEEP, (trials or 0) // 2)
    if whole_number("--keep", keep) < 1:
        raise InputError("--keep", f"must be at least 1, got {keep}")
    return int(keep)


def _with_own_fronts(
    run: RunFolder,
    network: NetworkSet,
    jobs: Jobs | None,
    progress: Callback | None,
    on_interrupt: Callable[[], None] | None,
) -> Problem:
    """Search each network of a set alone, or go on with that; the problem of the set with what each reaches."""
    info, space = run.info, run.space()

    def begin(member: Network, own: SearchSpace) -> None:
        sweep(
            member, own, info["budget"].get("trials"), info["sampler"], None, info["seed"],
            run.own_name(member.name), run.own_path, None, progress, info["population"], on_interrupt,
            start_from=run.start(), time_s=info["budget"].get("time_s"),
            evaluations=info["budget"].get("evaluations"), keep=info.get("keep"), jobs=jobs,
        )  # fmt: skip

    go_on = partial(resume, progress=progress, on_interrupt=on_interrupt, jobs=jobs)
    network = with_own_runs(run, network, begin, go_on)
    if run.start() is None:
        designs = own_designs(run, space, info["population"])
        if designs is not None:
            run.write_start(designs)
    return Problem(network, space)
