"""sweep and resume: a search in generations, each asked from Optuna, evaluated in one call, stored and told."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from siam_dse.core.errors import InputError, MismatchError, RunError
from siam_dse.design.space import SearchSpace
from siam_dse.runs.fingerprint import differences, fingerprint
from siam_dse.runs.folder import RunFolder, discarded_if_empty
from siam_dse.runs.lock import run_lock
from siam_dse.runs.passwords import without_password
from siam_dse.runs.provenance import now, provenance
from siam_dse.search.given import changed_space, check_seed, check_trials, given_workload
from siam_dse.search.own import joint_space, own_designs, own_space, with_own_best
from siam_dse.search.problem import Problem
from siam_dse.search.progress import Callback
from siam_dse.search.samplers import check_sampler
from siam_dse.search.session import Session
from siam_dse.search.start import start_of
from siam_dse.workload.network import Network
from siam_dse.workload.network_set import SUM, NetworkSet

POPULATION = 50
_LOCK_WAIT_S = 5.0  # a process that was just killed may take a moment to let go


def sweep(
    network: Network | str | Path | Sequence[Network | str | Path],
    space: SearchSpace | str | Path,
    trials: int = 1000,
    sampler: str = "nsga2",
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
    start_from: str | Path | RunFolder | pd.DataFrame | None = None,
    weights: Sequence[float] | None = None,
    aggregate: str = SUM,
) -> RunFolder:
    """Search a space for the designs that trade the objectives off best, and keep everything in a run folder.

    A generation is asked from an Optuna sampler, its new designs are evaluated in one vectorised call, and it is on
    the disk before the next one starts: a killed run loses no completed generation. Every trial goes to an Optuna
    study too.

    Several networks are searched for one machine that runs them all: first each alone, ``trials`` designs each, into
    runs of their own within the folder, then all together, beginning with designs of their fronts.

    Parameters
    ----------
    network : Network, str or Path, or several
        A network, or the name or path of one as load_network takes it.
    space : SearchSpace, str or Path
        A search space, or the name or path of one as load_space takes it.
    trials : int
    sampler : str
        nsga2, nsga3, tpe, gp, random, qmc or ours.
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
        Designs a generation.
    on_interrupt : callable, optional
        Called when the first Ctrl-C arrives: the generation under way is finished, then KeyboardInterrupt is raised.
        A second Ctrl-C stops at once.
    constraints : such as ``area_mm2 <= 500``, beside those of the space
        A bound takes the place of the space's own on the same column and side.
    settings : field -> value, or list of values, in place of the space's axis or fixed value
    start_from : run, its name or path, path of a CSV file, or DataFrame, optional
        Designs that are tried first: a run's front, or every row of a table.
    weights : one a network, optional
        Inferences of each in a mix; default 1.
    aggregate : str
        ``sum``: times and energies of the networks add up; ``worst``: the largest ratio to the network's own best
        counts. Areas and costs are those of the machine that holds each network; of any other column the worse counts.

    Returns
    -------
    RunFolder

    Raises
    ------
    InputError, RunError
        Nothing is left behind where the first generation could not be made, so that the name is free again.
    """
    workload = given_workload(network, weights, aggregate)
    space = joint_space(changed_space(space, objectives, constraints, settings), workload)
    check_trials(trials)
    check_seed(seed)
    problem = Problem(workload, space)
    check_sampler(sampler, population)
    start = None if start_from is None else start_of(start_from, space, results)
    info = {
        "kind": "sweep",
        "sampler": sampler,
        "seed": int(seed),
        "population": population,
        "storage": without_password(storage) if storage else None,
        "target": trials,
        **({"start": start.said} if start else {}),
        "fingerprint": fingerprint(workload, space),
        "timing": {"started": now(), "seconds": 0.0},
        **provenance(),
    }
    run = RunFolder.create(results, name, workload, space, info)
    with run_lock(run.path), discarded_if_empty(run):
        if start:
            run.write_start(start.table(space))
        if isinstance(workload, NetworkSet):
            problem = _with_own_fronts(run, workload, progress, on_interrupt)
        Session(run, problem, progress, on_interrupt, storage).go_on(trials)
    return run


def resume(
    run: str | Path | RunFolder,
    trials: int | None = None,
    storage: str | None = None,
    results: str | Path = "results",
    progress: Callback | None = None,
    on_interrupt: Callable[[], None] | None = None,
) -> RunFolder:
    """Continue a sweep: N further trials, or what a stopped run still lacks of what was asked for.

    Parameters
    ----------
    run : name or path of the run, or a RunFolder
    trials : int, optional
    storage : str, optional
        Where the Optuna study is now, if it was moved; a new place gets all of it.
    results, progress, on_interrupt : as for :func:`sweep`

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
    if trials is not None:
        check_trials(trials)
    with run_lock(folder.path, wait_s=_LOCK_WAIT_S):
        problem = check_fingerprint(folder)
        if isinstance(problem.network, NetworkSet) and not folder.store.has_rows():
            problem = _with_own_fronts(folder, problem.network, progress, on_interrupt)
        session = Session(folder, problem, progress, on_interrupt, storage)
        info = folder.info
        target = session.done + trials if trials is not None else int(info.get("target", 0))
        if trials is None and session.done >= target and folder.status == "complete":
            raise InputError(
                "--trials", f"{folder.path} has all {target} trials that were asked for; say how many more"
            )
        url = storage or info.get("storage")
        kept = without_password(url) if url else None
        changes = {"status": "running", "target": target, "storage": kept, "error": None}
        session.go_on(target, {**changes, **provenance()})
    return folder


def _with_own_fronts(
    run: RunFolder, network: NetworkSet, progress: Callback | None, on_interrupt: Callable[[], None] | None
) -> Problem:
    """Search each network of a set alone, or go on with that; the problem of the set with what each reaches."""
    info, space = run.info, own_space(run.space())
    searched = run.own_runs()
    try:
        for member in network.members:
            own = searched.get(member.name)
            if own is None:
                sweep(
                    member, space, info["target"], info["sampler"], None, info["seed"], run.own_name(member.name),
                    run.own_path, None, progress, info["population"], on_interrupt, start_from=run.start(),
                )  # fmt: skip
            elif own.status != "complete":
                resume(own, progress=progress, on_interrupt=on_interrupt)
    except KeyboardInterrupt:
        run.update({"status": "interrupted"})
        raise
    network = with_own_best(run, network, space)
    space = run.space()
    run.set_best(network)
    run.update({"fingerprint": fingerprint(network, space)})
    if run.start() is None:
        begin = own_designs(run, space, info["population"])
        if begin is not None:
            run.write_start(begin)
    return Problem(network, space)


def check_fingerprint(run: RunFolder) -> Problem:
    """The run's problem, if everything is as it was."""
    network, space = run.network(), run.space()
    old: dict[str, Any] = run.info.get("fingerprint") or {}
    changed = differences(old, fingerprint(network, space))
    if changed:
        lines = "\n".join(f"  - {line}" for line in changed[:20])
        more = f"\n  ... and {len(changed) - 20} more" if len(changed) > 20 else ""
        raise MismatchError(
            f"{run.path}: cannot go on, since figures would not be comparable; this has changed:\n{lines}{more}\n"
            "restore it, start a new run, or bring this one to today's model with 'siam-dse resume RUN --re-evaluate'"
        )
    return Problem(network, space)
