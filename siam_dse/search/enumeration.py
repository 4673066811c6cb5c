"""enumerate_space: the whole of a search space, chunk by chunk, with its exact Pareto front."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from siam_dse.core.arrays import IntArray
from siam_dse.core.errors import InputError, RunError, unknown_name
from siam_dse.design.space import SearchSpace
from siam_dse.runs.checkpoint import CHECKPOINT, read_checkpoint, write_checkpoint
from siam_dse.runs.fingerprint import fingerprint
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.lock import run_lock
from siam_dse.runs.new_folder import discarded_if_empty
from siam_dse.runs.provenance import now, provenance
from siam_dse.search.chunk import results_of_chunks, tabulate
from siam_dse.search.compiling import compile_beside
from siam_dse.search.estimate import check_time, enumerations_s
from siam_dse.search.failure import FailureNoted
from siam_dse.search.front import Archive
from siam_dse.search.given import (
    changed_space,
    check_enumerable,
    check_fingerprint,
    check_seed,
    given_workload,
)
from siam_dse.search.interrupt import Interruptible
from siam_dse.search.own import joint_space, with_own_runs
from siam_dse.search.problem import Problem
from siam_dse.search.progress import Callback, Clock, Progress
from siam_dse.search.publish import Numbered, check_storage, chosen, write_study
from siam_dse.search.quality import RunVolume
from siam_dse.search.stored import front_of, stored_front
from siam_dse.search.workers import Jobs, check_workers
from siam_dse.technology.technology import Technology
from siam_dse.workload.network import Network
from siam_dse.workload.network_set import SUM, NetworkSet

KEEP = ("front", "sample", "all")
SAMPLE = 100_000  # designs
_CHECKPOINT_S = 5.0
_LOCK_WAIT_S = 5.0


def enumerate_space(
    network: Network | str | Path | Sequence[Network | str | Path],
    space: SearchSpace | str | Path,
    jobs: Jobs = 1,
    name: str | None = None,
    results: str | Path = "results",
    keep: str = "sample",
    seed: int = 0,
    objectives: Mapping[str, str] | Sequence[str] | None = None,
    progress: Callback | None = None,
    on_interrupt: Callable[[], None] | None = None,
    force: bool = False,
    *,
    constraints: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
    technology: Technology | Sequence[str | Path] | None = None,
    weights: Sequence[float] | None = None,
    aggregate: str = SUM,
) -> RunFolder:
    """Evaluate every design of a space and keep the exact Pareto front.

    Of several networks each is enumerated alone, into a run of its own within the folder, then all together.

    Parameters
    ----------
    network : Network, str or Path, or several
        A network, or the name or path of one as load_network takes it.
    space : SearchSpace, str or Path
        A search space, or the name or path of one as load_space takes it.
    jobs : int or str
        Processes, -1 for one a core; the result does not depend on it.
    name, results, objectives, progress, on_interrupt, constraints, settings, technology, weights, aggregate : as for
        sweep
    keep : str
        What points.parquet holds beside the front: nothing (``front``), a random ``sample`` of 10^5 designs, or
        ``all``.
    seed : int
        Of the sample.
    force : bool
        Begin even if it is estimated to take more than a day.

    Returns
    -------
    RunFolder
        Of designs with equal objectives the front has the one with the lowest flat index.

    Raises
    ------
    InputError, RunError
    """
    workload = given_workload(network, weights, aggregate)
    space = joint_space(changed_space(space, objectives, constraints, settings, technology), workload)
    check_workers(jobs)
    check_seed(seed)
    if keep not in KEEP:
        raise InputError("--keep", unknown_name("choice", keep, KEEP))
    check_enumerable(space, "enumerate")
    if not force:
        check_time(space, enumerations_s(workload, space, jobs), "enumerate")
    info = {
        "kind": "enumerate",
        "points": keep,
        "seed": int(seed),
        "fingerprint": fingerprint(workload, space),
        "timing": {"started": now(), "seconds": 0.0},
        **provenance(),
    }
    return enumerate_problem(Problem(workload, space), info, jobs, name, results, progress, on_interrupt)


def enumerate_problem(
    problem: Problem,
    info: Mapping[str, Any],
    jobs: Jobs,
    name: str | None,
    results: str | Path,
    progress: Callback | None,
    on_interrupt: Callable[[], None] | None,
    storage: str | None = None,
) -> RunFolder:
    """Enumerate a problem into a new run folder with ``info`` in its run.json; ``budget`` in it asks for a study."""
    run = RunFolder.create(results, name, problem.network, problem.space, info)
    with run_lock(run.path), discarded_if_empty(run.path):
        if isinstance(problem.network, NetworkSet):
            problem = _with_own_fronts(run, problem.network, jobs, progress, on_interrupt)
        _Enumeration(run, problem, jobs, progress, on_interrupt, storage).go_on()
    return run


def _with_own_fronts(
    run: RunFolder,
    network: NetworkSet,
    jobs: Jobs,
    progress: Callback | None,
    on_interrupt: Callable[[], None] | None,
) -> Problem:
    """Enumerate each network of a set alone, or go on with that; the problem of the set with what each reaches."""
    info = run.info

    def begin(member: Network, space: SearchSpace) -> None:
        own: dict[str, Any] = {name: info[name] for name in ("kind", "points", "seed", "timing") if name in info}
        own |= {"fingerprint": fingerprint(member, space), **provenance()}
        name = run.own_name(member.name)
        enumerate_problem(Problem(member, space), own, jobs, name, run.own_path, progress, on_interrupt)

    def go_on(own: RunFolder) -> None:
        resume_enumeration(own, jobs, progress=progress, on_interrupt=on_interrupt)

    return Problem(with_own_runs(run, network, begin, go_on), run.space())


def resume_enumeration(
    run: str | Path | RunFolder,
    jobs: Jobs = 1,
    results: str | Path = "results",
    progress: Callback | None = None,
    on_interrupt: Callable[[], None] | None = None,
    technology: Technology | Sequence[str | Path] | None = None,
) -> RunFolder:
    """Continue an enumeration that was stopped, from its last checkpoint.

    Raises
    ------
    RunError
        Points are missing that the run had; nothing is changed.
    MismatchError
        What is evaluated has changed since.
    """
    check_workers(jobs)
    folder = RunFolder.open(run, results)
    if folder.kind != "enumerate":
        raise RunError(f"{folder.path}: is a sweep, not an enumeration")
    with run_lock(folder.path, wait_s=_LOCK_WAIT_S):
        problem = check_fingerprint(folder, technology)
        if isinstance(problem.network, NetworkSet) and not (folder.store.has_rows() or folder.files.exists(CHECKPOINT)):
            problem = _with_own_fronts(folder, problem.network, jobs, progress, on_interrupt)
        if folder.status == "complete":
            if not folder.can_be_mended():
                raise RunError(f"{folder.path}: is complete; there is nothing to continue")
            folder.write_front(stored_front(problem, folder.points()))
            folder.update({})
            return folder
        enumeration = _Enumeration(folder, problem, jobs, progress, on_interrupt)
        folder.update({"status": "running", "error": None, **provenance()})
        enumeration.go_on()
    return folder


def exact_front(
    problem: Problem, jobs: Jobs = 1, progress: Callback | None = None, on_interrupt: Callable[[], None] | None = None
) -> Archive:
    """Exact front of a space: flat indices and objectives (minimised), without a run folder."""
    archive, clock = Archive(1, len(problem.objective_names)), Clock()
    done = evaluated = feasible = 0
    with Interruptible(on_interrupt) as interrupt:
        for chunk in results_of_chunks(problem, jobs, 0, np.zeros(0, dtype=np.int64), seed=0):
            archive.add(chunk.keys[:, None], chunk.objectives)
            done, evaluated, feasible = done + chunk.n, evaluated + chunk.n_evaluated, feasible + chunk.n_feasible
            if progress:
                rate = done / max(clock.session, 1e-9)
                progress(
                    Progress(done, problem.space.size, evaluated, feasible, len(archive), 0.0, clock.seconds, rate)
                )
            if interrupt.asked:
                raise KeyboardInterrupt
    return archive


class _Enumeration:
    """An enumeration in this process: from the checkpoint on the disk to the end."""

    def __init__(
        self,
        run: RunFolder,
        problem: Problem,
        jobs: Jobs,
        progress: Callback | None,
        on_interrupt: Callable[[], None] | None,
        storage: str | None = None,
    ) -> None:
        self.run, self.problem, self.jobs = run, problem, jobs
        self.progress, self.on_interrupt = progress, on_interrupt
        self.info = run.info
        self.archive = Archive(1, len(problem.objective_names))
        self.counts = {"done": 0, "evaluated": 0, "feasible": 0}
        self.store = run.store
        seconds = 0.0
        if run.files.exists(CHECKPOINT):
            saved = read_checkpoint(run.files)
            self.archive.keys, self.archive.objectives = saved["keys"], saved["objectives"]
            self.counts = dict(zip(self.counts, saved["counts"].tolist(), strict=True))
            seconds = float(saved["seconds"])
        self.points = self.info.get("points", "sample")
        self.url = run.storage_url(storage) if "budget" in self.info else None
        if self.url:
            check_storage(run, problem, self.url)
        self.keep = _kept(problem.space.size, self.points, self.info["seed"])
        self._check_all_there()
        self.before = self.counts["done"]
        self.clock = Clock(seconds)
        self.saved_at = 0.0

    @property
    def _path(self) -> Path:
        return self.run.checkpoint_path

    def go_on(self) -> None:
        """Enumerate to the end; leave the run complete."""
        status = "failed"
        compile_beside()
        try:
            with Interruptible(self.on_interrupt) as interrupt, FailureNoted(self.run):
                self._loop(interrupt)
            status = "complete" if self.counts["done"] == self.problem.space.size else "interrupted"
        except KeyboardInterrupt:
            status = "interrupted"
            raise
        finally:
            self._finish(status)
        if status == "interrupted":
            raise KeyboardInterrupt

    def _loop(self, interrupt: Interruptible) -> None:
        for chunk in results_of_chunks(self.problem, self.jobs, self.counts["done"], self.keep, self.info["seed"]):
            self.archive.add(chunk.keys[:, None], chunk.objectives)
            self.store.append(chunk.kept, fold=False)
            for name, more in (("done", chunk.n), ("evaluated", chunk.n_evaluated), ("feasible", chunk.n_feasible)):
                self.counts[name] += more
            if self.clock.session - self.saved_at > _CHECKPOINT_S:
                self._checkpoint()
            if self.progress:
                self.progress(self._progress())
            if interrupt.asked:
                break

    def _check_all_there(self) -> None:
        """Refuse to go on from a checkpoint with fewer points than were kept up to it."""
        done = self.counts["done"]
        expected = done if self.keep is None else int(np.searchsorted(self.keep, done))
        found = len(self.store.read(["trial"])) if expected else 0
        if found < expected:
            raise RunError(
                f"{self.store.path}: has {found} of the {expected} designs kept up to {self._path.name}: points were "
                f"removed; restore it and {self.store.parts_path.name} from a copy, or start a new run (nothing was "
                "changed here)"
            )

    def _checkpoint(self) -> None:
        """Save where the enumeration is."""
        write_checkpoint(
            self.run.files,
            {
                "keys": self.archive.keys,
                "objectives": self.archive.objectives,
                "counts": list(self.counts.values()),
                "seconds": self.clock.seconds,
            },
        )
        self.saved_at = self.clock.session

    def _finish(self, status: str) -> None:
        """Write what the run folder holds; the checkpoint goes when all is done."""
        if status == "interrupted":
            self._checkpoint()
        changes: dict[str, Any] = {
            "status": status,
            "counts": {
                "trials": self.counts["done"],
                "evaluated": self.counts["evaluated"],
                "feasible": self.counts["feasible"],
                "front": len(self.archive),
                "space": self.problem.space.size,
            },
            "timing": {"updated": now(), "seconds": self.clock.seconds},
        }
        if status == "complete":
            self._write_points()
            if self.url:
                changes["counts"] |= self._write_study(self.url)
        if len(self.archive):
            volume = RunVolume(len(self.problem.objective_names))
            volume.grown(self.archive.objectives, self.archive.objectives, self.archive.objectives)
            volume.fix(self.archive.objectives)
            changes |= volume.content(self.problem.objective_names, self.problem.signs)
            front = self.archive.keys[:, 0]
            table = self.store.rows_of(front) if status == "complete" else tabulate(self.problem, front)
            self.run.write_front(front_of(table, self.problem, np.arange(len(front))))
        self.run.update(changes)
        if status == "complete":
            self.run.files.remove(CHECKPOINT)

    def _write_points(self) -> None:
        """points.parquet: the sample and the front."""
        stored = self.store.read(["trial"])["trial"].to_numpy() if self.points != "all" else self.archive.keys[:, 0]
        missing = np.setdiff1d(self.archive.keys[:, 0], stored)
        self.store.append(tabulate(self.problem, missing), fold=False)
        self.store.fold()

    def _write_study(self, url: str) -> dict[str, int]:
        """The study: part of the front and of the sample; returns how many of each."""
        space = self.problem.space
        pool = np.arange(space.size) if self.keep is None else self.keep
        sample = np.random.default_rng(self.info["seed"]).permutation(pool)[:SAMPLE]
        found = chosen(
            Numbered(space.levels_at(self.archive.keys[:, 0]), self.archive.keys[:, 0]),
            self.archive.objectives,
            Numbered(space.levels_at(sample), sample),
            self.info["keep"],
            self.info["budget"]["trials"],
        )
        write_study(self.run, self.problem, self.store.rows_of(found.numbers[: found.n_trials]), found, url)
        return {"stored": found.n_trials, "stored_front": found.n_front}

    def _progress(self) -> Progress:
        session = max(self.clock.session, 1e-9)
        return Progress(
            done=self.counts["done"],
            total=self.problem.space.size,
            evaluated=self.counts["evaluated"],
            feasible=self.counts["feasible"],
            front_size=len(self.archive),
            hypervolume=0.0,
            seconds=self.clock.seconds,
            rate=(self.counts["done"] - self.before) / session,
        )


def _kept(size: int, keep: str, seed: int) -> IntArray | None:
    """Flat indices to tabulate, ascending; None for all."""
    if keep == "front":
        return np.zeros(0, dtype=np.int64)
    if keep == "all" or size <= SAMPLE:
        return None
    rng = np.random.default_rng(seed)
    drawn = np.unique(rng.integers(0, size, 2 * SAMPLE))
    return np.sort(rng.permutation(drawn)[:SAMPLE])
