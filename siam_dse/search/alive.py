"""Which trials of a study are being evaluated, and which a dead process left: heart-beats of Optuna's tables.

A worker writes its trials down as WAITING, lets each beat, and only then sets it RUNNING, all while it holds the
study's lock. So a RUNNING trial of a worker always has a beat, which gets old when the worker dies; and a WAITING one
that another process sees under the lock is of a worker that died before it began.
"""

import time
from contextlib import suppress

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from siam_dse.core.errors import RunError
from siam_dse.search.quiet import quiet
from siam_dse.search.study_lock import study_lock

WORKER_KEY = "worker"  # user attribute of a trial: who evaluates it
HEARTBEAT_S = 5
GRACE_S = 20  # after its last beat a trial's worker is taken for dead
_LOOK_S = 0.5


class BusyError(RunError):
    """Workers are at work on a run."""


def fail_dead(study: optuna.Study, storage: BaseStorage) -> None:
    """Mark the trials failed whose worker died; to be called by who holds the study's lock."""
    with quiet():
        optuna.storages.fail_stale_trials(study)
    for trial in _in_state(study, storage, TrialState.WAITING):
        fail(study, storage, trial.number)


def fail_left(study: optuna.Study, storage: BaseStorage, shown: str) -> None:
    """Mark every trial failed that a dead process left, waiting until the workers' are seen to be dead.

    Raises
    ------
    BusyError
        A worker is alive; the message begins with ``shown``, the storage.
    """
    for trial in _all_in_state(study, storage, TrialState.RUNNING):
        if WORKER_KEY not in trial.user_attrs:
            fail(study, storage, trial.number)
    first = {trial.number for trial in _in_state(study, storage, TrialState.RUNNING)}
    until = time.monotonic() + GRACE_S + HEARTBEAT_S
    while _in_state(study, storage, TrialState.RUNNING, TrialState.WAITING):
        with study_lock(storage, study.study_name):
            fail_dead(study, storage)
        running = _in_state(study, storage, TrialState.RUNNING)
        if not first.issuperset(trial.number for trial in running) or time.monotonic() > until:
            who = sorted({str(trial.user_attrs[WORKER_KEY]) for trial in running})
            raise BusyError(
                f"{shown}: workers are evaluating trials of this run ({', '.join(who[:8])}); wait for them or stop "
                "them, then try again"
            )
        if running:
            time.sleep(_LOOK_S)


def fail(study: optuna.Study, storage: BaseStorage, number: int) -> None:
    """Mark a trial failed, unless it is finished."""
    study_id = storage.get_study_id_from_name(study.study_name)
    trial_id = storage.get_trial_id_from_study_id_trial_number(study_id, number)
    with suppress(optuna.exceptions.UpdateFinishedTrialError):
        storage.set_trial_state_values(trial_id, TrialState.FAIL)


def _in_state(study: optuna.Study, storage: BaseStorage, *states: TrialState) -> list[FrozenTrial]:
    """Trials of workers in one of some states."""
    return [trial for trial in _all_in_state(study, storage, *states) if WORKER_KEY in trial.user_attrs]


def _all_in_state(study: optuna.Study, storage: BaseStorage, *states: TrialState) -> list[FrozenTrial]:
    """Trials in one of some states, asked of the database: a study itself reads all trials first."""
    study_id = storage.get_study_id_from_name(study.study_name)
    return storage.get_all_trials(study_id, deepcopy=False, states=states)
