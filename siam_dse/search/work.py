"""work: one of several processes that search a run together, through its Optuna study on a database."""

import os
import platform
import secrets
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from siam_dse.core.arrays import IntArray
from siam_dse.core.errors import InputError, RunError, SiamDseError
from siam_dse.runs.fingerprint import digest
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.lock import is_held
from siam_dse.search.budget import ARCHIVE
from siam_dse.search.front import Archive
from siam_dse.search.given import check_fingerprint
from siam_dse.search.interrupt import Interruptible
from siam_dse.search.patience import OneThread
from siam_dse.search.problem import Problem
from siam_dse.search.progress import Callback, Clock, Progress
from siam_dse.search.restore import read_study, remade
from siam_dse.search.samplers import SAMPLERS
from siam_dse.search.shared import Seen, SharedStudy
from siam_dse.search.start import start_levels
from siam_dse.search.study import make_study

_POLL_S = 0.5  # between looks at a study whose last trials others evaluate
_ATTEMPTS = 4  # questions to a sampler for designs that no worker has
_DRAWS = 4096  # random designs beside them
_MOST_LISTED = 2**18  # designs of a space that are gone through for those that are left


@dataclass(frozen=True)
class Worked:
    """What a worker did: ``own`` trials, ``lost`` came too late; the study has ``complete`` of ``target``."""

    own: int
    complete: int
    target: int
    lost: int


def work(
    run: str | Path | RunFolder | None = None,
    trials: int | None = None,
    storage: str | None = None,
    study: str | None = None,
    results: str | Path = "results",
    progress: Callback | None = None,
    on_interrupt: Callable[[], None] | None = None,
) -> Worked:
    """Search a run together with other workers, until its study has the complete trials that were asked for.

    Each worker asks a sampler of its own, which learns from every worker's trials, and evaluates designs that no other
    has. The run's folder is only read; :func:`resume` takes the trials in.

    Parameters
    ----------
    run : name or path of the run, or a RunFolder; not where its folder is elsewhere
    trials : int, optional
        Trials of all workers together beyond those in the run's folder; default: what the run was asked for.
    storage : Optuna storage URL, if it is not the one that the run keeps
    study : name of the study, where ``run`` is not given and the storage has several
    results, progress, on_interrupt : as for :func:`sweep`

    Raises
    ------
    InputError
        The run has no trials by a sampler, or its study is in a file that workers cannot share.
    RunError, MismatchError
        The run is in use, its study is not there, or it is of another model.
    """
    with tempfile.TemporaryDirectory(prefix="siam-dse-") as folder:
        if run is None:
            if storage is None or trials is not None:
                raise InputError("--worker", "without RUN it takes --storage, and --trials is said where the run is")
            description, _, name = read_study(storage, study)
            found = remade(description, Path(folder) / "run", name, storage)
        else:
            found = RunFolder.open(run, results)
            if is_held(found.path):
                raise RunError(f"{found.path}: a search is at work on this run; workers begin when it has ended")
        info = found.info
        if info.get("kind") != "sweep" or info["sampler"] == ARCHIVE or info["sampler"] not in SAMPLERS:
            raise InputError(
                "--worker",
                f"{found.path}: works on runs of the samplers {', '.join(SAMPLERS)}; an archive search or enumeration "
                "is spread with --scheduler",
            )
        problem = check_fingerprint(found)
        url = storage if run is None and storage else found.storage_url(storage)  # the study that it was made of
        worker = _Worker(found, problem, url, _target(info, trials), progress, on_interrupt)
    return worker.run()


def _target(info: Mapping[str, Any], trials: int | None) -> int | None:
    """Complete trials to aim at; None where the study knows."""
    if trials is None:
        target = (info.get("budget") or {}).get("trials")
        return None if target is None else int(target)
    return int((info.get("counts") or {}).get("trials", 0)) + trials


class _Worker:
    """A worker of the run ``run``."""

    def __init__(
        self,
        run: RunFolder,
        problem: Problem,
        url: str,
        target: int | None,
        progress: Callback | None,
        on_interrupt: Callable[[], None] | None,
    ) -> None:
        info = run.info
        self.problem, self.progress, self.on_interrupt = problem, progress, on_interrupt
        self.rng = np.random.default_rng(np.random.SeedSequence([info["seed"], secrets.randbits(64)]))
        self.sampler = SAMPLERS[info["sampler"]]
        self.batch = self.sampler.batch or info["population"]
        seed = int(self.rng.integers(2**32))
        self.study = make_study(problem, info["sampler"], seed, info["population"])
        given = start_levels(run, problem)
        self.given: IntArray = np.zeros((0, len(problem.space.axes)), dtype=np.int64) if given is None else given
        self.archive = Archive(1, len(problem.objective_names))
        self.clock = Clock()
        self.n_feasible = self.own = self.lost = 0
        self._thread = OneThread()
        self._call = self._thread.run
        name = f"{platform.node()}:{os.getpid()}"
        self.shared = self._call(SharedStudy, problem, url, run.study_name, digest(info["fingerprint"]), name)
        try:
            self._call(self.shared.aim, target)
        except BaseException:
            self._close()
            raise

    def run(self) -> Worked:
        """Ask, evaluate and tell until the study has what was asked for, or every design of the space."""
        try:
            with Interruptible(self.on_interrupt) as interrupt:
                while not self._is_over(seen := self._look()) and not interrupt.asked:
                    if not (seen.room and self._generation(seen.room)):
                        self._call(self.shared.bury)
                        time.sleep(_POLL_S)
        finally:
            self._close()
        if not self._is_over(seen):
            raise KeyboardInterrupt
        return Worked(self.own, seen.complete, seen.target, self.lost)

    def _look(self) -> Seen:
        """Where the study is; the sampler learns what is new."""
        seen: Seen = self._call(self.shared.look)
        self._learn(seen)
        return seen

    def _is_over(self, seen: Seen) -> bool:
        """Whether there is nothing left to find, and nothing that others are to finish."""
        return seen.complete >= seen.target or seen.designs >= self.problem.space.size

    def _generation(self, most: int) -> bool:
        """Begin, evaluate and finish some trials; False where there were none to begin."""
        levels, notes = self._asked(min(self.batch, most))
        seen, claim = self._call(self.shared.begin, levels, notes)
        self._learn(seen)
        if not claim.ids:
            return False
        try:
            scores = self.problem.scores(self.problem.evaluate(levels[claim.rows]))
            lost = self._call(self.shared.tell, claim.ids, scores)
        except BaseException:
            with suppress(SiamDseError):
                if not self._thread.is_hung:
                    self._call(self.shared.give_up, claim.ids)
            raise
        self.own, self.lost = self.own + len(claim.ids) - lost, self.lost + lost
        if self.progress:
            self.progress(self._progress(seen))
        return True

    def _asked(self, n: int) -> tuple[IntArray, list[dict[str, Any]]]:
        """Up to n designs (n, A) that no worker has, and what the sampler noted on them."""
        notes: dict[bytes, dict[str, Any]] = {}
        self._offer(notes, self.given, [{}] * len(self.given))
        for _ in range(_ATTEMPTS):
            if len(notes) >= n:
                break
            if not self.sampler.is_sequence:  # or it asks for the same designs where no trial came in between
                self.study.seed = int(self.rng.integers(2**32))
            asked = self.study.ask(n)
            self._offer(notes, asked, self.study.attributes())
            self.study.forget()
        if not notes:
            left = self._left()
            self._offer(notes, left, [{}] * len(left))
        keys = list(notes)[:n]
        levels = np.asarray([np.frombuffer(key, dtype=np.int64) for key in keys])
        return levels.reshape(len(keys), len(self.problem.space.axes)), [notes[key] for key in keys]

    def _offer(self, found: dict[bytes, dict[str, Any]], levels: IntArray, notes: list[dict[str, Any]]) -> None:
        """Add the designs (n, A) that no worker has."""
        for row, note in zip(levels, notes, strict=True):
            key = np.asarray(row, dtype=np.int64).tobytes()
            if key not in self.shared.taken:
                found.setdefault(key, note)

    def _left(self) -> IntArray:
        """Designs to choose from where the sampler asks for none that is new: random ones, or all of a small space."""
        space = self.problem.space
        if space.size > _MOST_LISTED:
            return self.rng.integers(0, np.asarray(space.radices), size=(_DRAWS, len(space.axes)))
        return space.levels_at(self.rng.permutation(space.size))

    def _learn(self, seen: Seen) -> None:
        """Tell the sampler, and the front, of trials that are new."""
        if not len(seen.levels):
            return
        self.study.learn(seen.levels, seen.scores, seen.notes)
        feasible = np.flatnonzero(seen.scores.feasible)
        self.n_feasible += len(feasible)
        self.archive.add(feasible[:, None], seen.scores.objectives[feasible])

    def _progress(self, seen: Seen) -> Progress:
        session = self.clock.session
        return Progress(
            done=seen.complete,
            total=seen.target,
            evaluated=self.own,
            feasible=self.n_feasible,
            front_size=len(self.archive),
            hypervolume=0.0,
            seconds=session,
            rate=self.own / session if session > 0 else 0.0,
            unit="trials",
        )

    def _close(self) -> None:
        if not self._thread.is_hung:
            self._call(self.shared.close)
        self._thread.end()
