"""SharedStudy: the Optuna study of a run as one of several workers on its database uses it."""

import json
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import RDBStorage
from optuna.trial import TrialState

from siam_dse.core.arrays import IntArray
from siam_dse.core.errors import InputError, RunError
from siam_dse.runs.passwords import without_password
from siam_dse.runs.storage_url import OPTION
from siam_dse.search import alive
from siam_dse.search.alive import WORKER_KEY, fail_dead
from siam_dse.search.away import AWAY, Insistent
from siam_dse.search.problem import Problem, Scores
from siam_dse.search.quiet import quiet
from siam_dse.search.storage import (
    FINGERPRINT_KEY,
    TARGET_KEY,
    let_go,
    may_hold_studies,
    open_storage,
    storage_errors,
    value_distribution,
)
from siam_dse.search.study_lock import has_workers, study_lock
from siam_dse.search.trials import (
    NOTES_KEY,
    constraint_keys,
    levels_of_trials,
    notes_of_trials,
    scores_of_trials,
)

_AGAIN = "start the server, then the workers again: no finished trial is lost, those under way become FAIL"


@dataclass(frozen=True)
class Seen:
    """Where a study is: its complete trials that were not seen before, and how many there are of all.

    ``numbers`` of the trials, their ``levels`` (n, A), ``scores`` and what samplers noted on them; ``complete`` and
    ``running`` trials in all, different ``designs`` among the complete, and the ``target``, how many complete ones are
    asked for.
    """

    numbers: list[int]
    levels: IntArray
    scores: Scores
    notes: list[dict[str, Any]]
    complete: int
    running: int
    designs: int
    target: int

    @property
    def room(self) -> int:
        """Trials that may begin."""
        return max(self.target - self.complete - self.running, 0)


@dataclass(frozen=True)
class Claim:
    """Trials that this worker began: their ids, and which rows of what was offered they are."""

    ids: list[int]
    rows: list[int]


class SharedStudy:
    """The study ``name`` at ``url``, for the worker that calls itself ``worker``.

    Raises
    ------
    InputError
        Several workers cannot share a study there.
    RunError
        There is no such study, or it is another run's.
    """

    def __init__(self, problem: Problem, url: str, name: str, fingerprint: str, worker: str) -> None:
        self.problem, self.url, self.worker = problem, url, worker
        self.taken: set[bytes] = set()  # levels of designs that are complete or being evaluated
        self._complete: set[bytes] = set()
        self._known: set[int] = set()  # complete trials that were seen
        self._distributions = {axis.name: value_distribution(axis) for axis in problem.space.axes}
        self._keys = constraint_keys(problem.constraint_names)
        with storage_errors(url), quiet():
            if not may_hold_studies(url):
                raise _no_study(url, name)
            self.storage = _storage(url)
            try:
                self.study = _study(self.storage, url, name, fingerprint)
            except BaseException:
                let_go(self.storage)
                raise
            self._study_id = self.storage.get_study_id_from_name(name)
        self._insist = Insistent(url, _AGAIN, self.storage)
        self._heart = _Heart(self.storage)

    def aim(self, target: int | None) -> None:
        """Ask for ``target`` complete trials, unless more are asked for already.

        Raises
        ------
        InputError
            The study has no target yet, and none is given.
        """
        with storage_errors(self.url):
            self._insist(self._aim, target)

    def _aim(self, target: int | None) -> None:
        with study_lock(self.storage, self.study.study_name):
            before = self.study.user_attrs.get(TARGET_KEY)
            if before is None and target is None:
                raise InputError("--trials", "the run was not asked for a number of trials; say how many further ones")
            if target is not None and target > (before or 0):
                self.study.set_user_attr(TARGET_KEY, target)

    def look(self) -> Seen:
        """Where the study is now."""
        with storage_errors(self.url):
            seen = self._insist(self._look)
        self._known.update(seen.numbers)
        return seen

    def begin(self, levels: IntArray, notes: Sequence[dict[str, Any]]) -> tuple[Seen, Claim]:
        """Begin trials of those designs (n, A) that no other worker has, as many as there is room for."""
        with storage_errors(self.url):
            seen, claim = self._insist(self._begin, levels, notes)
        self._known.update(seen.numbers)
        self._heart.start(*claim.ids)
        return seen, claim

    def bury(self) -> None:
        """Mark the trials failed whose worker died."""
        with storage_errors(self.url):
            self._insist(self._bury)

    def _bury(self) -> None:
        with study_lock(self.storage, self.study.study_name):
            fail_dead(self.study, self.storage)

    def tell(self, ids: Sequence[int], scores: Scores) -> int:
        """Finish trials; returns how many of them, since this worker was taken for dead, are others' by now."""
        values = (scores.objectives * self.problem.signs).tolist()
        lost = 0
        with storage_errors(self.url):
            for trial_id, objectives, slack in zip(ids, values, scores.slack.tolist(), strict=True):
                lost += not self._insist(self._finish, trial_id, objectives, slack)
                self._heart.stop(trial_id)
        return lost

    def give_up(self, ids: Sequence[int]) -> None:
        """Mark trials failed that will not be finished; those that are stay as they are."""
        self._heart.stop(*ids)
        with storage_errors(self.url):
            for trial_id in ids:
                with suppress(UpdateFinishedTrialError):
                    self.storage.set_trial_state_values(trial_id, TrialState.FAIL)

    def close(self) -> None:
        """Let go of the database."""
        self._heart.end()
        let_go(self.storage)

    def _look(self) -> Seen:
        trials = self.study.get_trials(deepcopy=False)
        complete = [trial for trial in trials if trial.state == TrialState.COMPLETE]
        running = [trial for trial in trials if trial.state == TrialState.RUNNING and trial.params]
        new = [trial for trial in complete if trial.number not in self._known]
        levels = levels_of_trials(self.problem.space, new)
        self._complete.update(row.tobytes() for row in levels)
        busy = {row.tobytes() for row in levels_of_trials(self.problem.space, running)}
        self.taken = self._complete | busy if busy else self._complete
        target = int(self.study.user_attrs.get(TARGET_KEY, 0))
        scores = scores_of_trials(self.problem, new)
        numbers = [trial.number for trial in new]
        counts = (len(complete), len(running), len(self._complete))
        return Seen(numbers, levels, scores, notes_of_trials(new), *counts, target)

    def _begin(self, levels: IntArray, notes: Sequence[dict[str, Any]]) -> tuple[Seen, Claim]:
        with study_lock(self.storage, self.study.study_name):
            fail_dead(self.study, self.storage)
            seen = self._look()
            rows = [i for i, row in enumerate(levels) if row.tobytes() not in self.taken][: seen.room]
            ids = [self._begun(levels[i].tolist(), notes[i]) for i in rows]
        return seen, Claim(ids, rows)

    def _begun(self, levels: list[int], notes: dict[str, Any]) -> int:
        """Id of a new trial of this worker's."""
        attributes = {WORKER_KEY: self.worker, **({NOTES_KEY: json.dumps(notes)} if notes else {})}
        axes = self.problem.space.axes
        template = optuna.create_trial(
            state=TrialState.WAITING,
            params={axis.name: axis.levels[level] for axis, level in zip(axes, levels, strict=True)},
            distributions=self._distributions,
            user_attrs=attributes,
        )
        trial_id = self.storage.create_new_trial(self._study_id, template)
        self.storage.record_heartbeat(trial_id)
        self.storage.set_trial_state_values(trial_id, TrialState.RUNNING)
        return trial_id

    def _finish(self, trial_id: int, objectives: list[float], slack: list[float]) -> bool:
        """Finish a trial; False where it was marked failed."""
        try:
            for key, value in zip(self._keys, slack, strict=True):
                if value > 0:
                    self.storage.set_trial_system_attr(trial_id, key, value)
            self.storage.set_trial_state_values(trial_id, TrialState.COMPLETE, objectives)
        except UpdateFinishedTrialError:  # complete where the answer to an earlier attempt was lost
            return self.storage.get_trial(trial_id).state == TrialState.COMPLETE
        return True


class _Heart:
    """Beats for the trials of this worker, in a thread of its own, until they are finished."""

    def __init__(self, storage: RDBStorage) -> None:
        self._storage = storage
        self._ids: set[int] = set()
        self._lock = threading.Lock()
        self._over = threading.Event()
        threading.Thread(target=self._beat, daemon=True, name="heart-beats").start()

    def start(self, *ids: int) -> None:
        """Beat for trials."""
        with self._lock:
            self._ids.update(ids)

    def stop(self, *ids: int) -> None:
        """Beat for them no longer."""
        with self._lock:
            self._ids.difference_update(ids)

    def end(self) -> None:
        """Beat for none."""
        self._over.set()

    def _beat(self) -> None:
        while not self._over.wait(alive.HEARTBEAT_S):
            with self._lock:
                ids = sorted(self._ids)
            with suppress(*AWAY):  # away: it may come back
                for trial_id in ids:
                    self._storage.record_heartbeat(trial_id)


def _storage(url: str) -> RDBStorage:
    storage = open_storage(url)
    if not isinstance(storage, RDBStorage) or not has_workers(storage):
        let_go(storage)
        raise InputError(
            OPTION,
            f"{without_password(url)}: workers share a study on PostgreSQL, MySQL, MariaDB or SQLite; bring the run's "
            "there with 'siam-dse resume RUN --storage URL'",
        )
    return storage


def _no_study(url: str, name: str) -> RunError:
    shown = without_password(url)
    return RunError(
        f"{shown}: has no study {name!r}; 'siam-dse resume RUN --storage URL' brings a run's study to a database"
    )


def _study(storage: RDBStorage, url: str, name: str, fingerprint: str) -> optuna.Study:
    """The run's study, which must be there."""
    shown = without_password(url)
    if name not in optuna.get_all_study_names(storage):
        raise _no_study(url, name)
    study = optuna.load_study(study_name=name, storage=storage, sampler=optuna.samplers.RandomSampler(seed=0))
    if study.user_attrs.get(FINGERPRINT_KEY) != fingerprint:
        raise RunError(f"{shown}: has an Optuna study {name!r} that is not this run's; give its --storage")
    return study
