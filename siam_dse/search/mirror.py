"""StudyMirror: the Optuna study on a database, written behind the search a generation at a time.

The search itself runs on an in-memory study, and a generation is safe once its points are on the disk; the database is
a copy for optuna-dashboard and Optuna's own tools. An SQLite file is written by :class:`SqliteRows`, a transaction a
generation, any other database with ``add_trials``. What a crash left out is added when the run is resumed.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import optuna
from optuna.storages.journal import JournalFileSymlinkLock
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import event

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.core.errors import RunError
from siam_dse.design.space import Axis
from siam_dse.runs.passwords import without_password
from siam_dse.runs.storage_url import JOURNAL_SUFFIX
from siam_dse.search.alive import WORKER_KEY, fail_left
from siam_dse.search.away import Insistent, missing, server_of
from siam_dse.search.patience import OneThread
from siam_dse.search.quiet import quiet
from siam_dse.search.sqlite_rows import SqliteRows
from siam_dse.search.storage import (
    FINGERPRINT_KEY,
    TARGET_KEY,
    let_go,
    open_storage,
    storage_errors,
    value_distribution,
)

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class StudyShape:
    """What an Optuna study knows of a problem: axes (A,), names and signs of objectives (M,), constraints (C,)."""

    axes: tuple[Axis, ...]
    objective_names: tuple[str, ...]
    signs: tuple[float, ...]  # 1 to be minimised, -1 to be maximised
    constraint_names: tuple[str, ...]


class StudyMirror:
    """The Optuna study ``name`` at a storage URL.

    Parameters
    ----------
    url : str
        An Optuna storage URL (sqlite:///..., postgresql://..., mysql://...), or a path that ends in .journal for a
        journal file, the fastest.
    name : str
    shape : StudyShape
    fingerprint : str
        Digest of the run's fingerprint: a study that carries another one is not this run's.
    notes : study attributes to set on a new study
    done : int
        Trials that the run has; a study with more is not a copy of it.
    remedy : str
        What to do where a server went away and stays away; see :class:`Insistent`.
    waits : bool
        Whether a server that is away is waited for from the start; once the study is open it always is.
    """

    def __init__(
        self, url: str, name: str, shape: StudyShape, fingerprint: str, notes: dict[str, Any], done: int, remedy: str,
        waits: bool = False,
    ) -> None:  # fmt: skip
        self.url = url
        self.shape = shape
        self.distributions = {axis.name: value_distribution(axis) for axis in shape.axes}
        with storage_errors(url), quiet():
            if url.endswith(JOURNAL_SUFFIX):
                _drop_half_line(Path(url))
            opened = partial(self._open, name, fingerprint, notes, done)
            if waits:
                Insistent(url, remedy)(opened)
            else:
                opened()
        self._insist = Insistent(url, remedy, self.storage)
        self._server = server_of(self.storage)
        self._in_doubt = False  # whether it went away while trials were added
        if self._server is not None:
            event.listen(self._server, "handle_error", self._doubt)

    def _doubt(self, _: Any) -> None:
        self._in_doubt = True

    def _open(self, name: str, fingerprint: str, notes: Mapping[str, Any], done: int) -> None:
        self.storage = open_storage(self.url)
        with ExitStack() as undone:  # the storage is no one else's to close
            undone.callback(let_go, self.storage)
            self._join(name, fingerprint, notes, done)
            undone.pop_all()

    def _join(self, name: str, fingerprint: str, notes: Mapping[str, Any], done: int) -> None:
        """Find or make the study, and check that it is this run's."""
        shown = without_password(self.url)
        self.study = _load_or_create(self.storage, name, self.shape)
        found = self.study.user_attrs.get(FINGERPRINT_KEY)
        if (found is None and self._stored()) or found not in (None, fingerprint):
            raise RunError(
                f"{shown}: has an Optuna study {name!r} that is not this run's; give another --storage or --name"
            )
        if found is None:  # the fingerprint comes last: a study that has it has everything
            self.study.set_metric_names(list(self.shape.objective_names))
            for key, value in {**notes, FINGERPRINT_KEY: fingerprint}.items():
                self.study.set_user_attr(key, value)
        fail_left(self.study, self.storage, shown)
        self._known = stored = self._stored()
        if stored > done and not all(WORKER_KEY in trial.user_attrs for trial in self._beyond(done)):
            raise RunError(
                f"{shown}: has {stored} complete trials of this run, points.parquet has {done}; trials were added "
                "by another program or points were removed: restore the file that was changed"
            )
        self._rows = SqliteRows.of(self.url, name)

    def stored(self) -> int:
        """How many complete trials the database has."""
        return self._asked(self._stored)

    def _stored(self) -> int:
        study_id = self.storage.get_study_id_from_name(self.study.study_name)
        total = _count(lambda number: self.storage.get_trial_id_from_study_id_trial_number(study_id, number))
        others = tuple(state for state in TrialState if state != TrialState.COMPLETE)
        return total - len(self.storage.get_all_trials(study_id, deepcopy=False, states=others))

    def beyond(self, done: int) -> list[FrozenTrial]:
        """The complete trials behind the first ``done``."""
        return self._asked(self._beyond, done)

    def _beyond(self, done: int) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))[done:]

    def target(self) -> int:
        """How many complete trials workers were asked for; 0 where none were."""
        return self._asked(lambda: int(self.study.user_attrs.get(TARGET_KEY, 0)))

    def write(
        self,
        levels: IntArray,
        objectives: FloatArray,
        slack: FloatArray,
        attributes: Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        """Add a trial a design: levels (n, A), objectives to be minimised (n, M), slack of the constraints (n, C).

        Of the constraints those that are violated are stored; ``attributes`` are a design's user attributes.
        """
        axes, constraints = self.shape.axes, self.shape.constraint_names
        trials = []
        notes = attributes if attributes is not None else [{}] * len(levels)
        for row, values, beyond, own in zip(levels, objectives * self.shape.signs, slack, notes, strict=True):
            excess = {name: float(value) for name, value in zip(constraints, beyond, strict=True) if value > 0}
            trials.append(
                optuna.create_trial(
                    params={axis.name: axis.levels[int(level)] for axis, level in zip(axes, row, strict=True)},
                    distributions=self.distributions,
                    values=[float(value) for value in values],
                    constraints=excess,
                    user_attrs=dict(own),
                )
            )
        self._asked(self._rows.add if self._rows else self._add, trials)
        self._known += len(trials)

    def _add(self, trials: Sequence[FrozenTrial]) -> None:
        """Add trials, each once, also where the server goes away and some are there when it is back."""
        self.study.add_trials(self._missing(trials))
        self._missing(trials)
        self._in_doubt = False

    def _missing(self, trials: Sequence[FrozenTrial]) -> Sequence[FrozenTrial]:
        """What is not there; all but where the server went away meanwhile."""
        if self._server is None or not self._in_doubt:
            return trials
        study_id = self.storage.get_study_id_from_name(self.study.study_name)
        stored = self.storage.get_all_trials(study_id, deepcopy=False, states=(TrialState.COMPLETE,))
        return missing(trials, sorted(stored, key=lambda trial: trial.number)[self._known :], self._server)

    def _asked(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What a call to the database returns; a server that is away is waited for."""
        with storage_errors(self.url), quiet():
            return self._insist(call, *args, **kwargs) if self._server is not None else call(*args, **kwargs)

    def close(self) -> None:
        """Let go of the database."""
        if self._rows:
            self._rows.close()
        let_go(self.storage)


class PatientMirror:
    """A :class:`StudyMirror` in a thread of its own, so that Ctrl-C is answered while its database hangs."""

    def __init__(
        self, url: str, name: str, shape: StudyShape, fingerprint: str, notes: dict[str, Any], done: int, remedy: str,
        waits: bool = False,
    ) -> None:  # fmt: skip
        self._thread = OneThread()
        self._mirror = self._thread.run(StudyMirror, url, name, shape, fingerprint, notes, done, remedy, waits)

    def stored(self) -> int:
        """How many complete trials the database has."""
        return self._thread.run(self._mirror.stored)

    def beyond(self, done: int) -> list[FrozenTrial]:
        """The complete trials behind the first ``done``."""
        return self._thread.run(self._mirror.beyond, done)

    def target(self) -> int:
        """How many complete trials workers were asked for; 0 where none were."""
        return self._thread.run(self._mirror.target)

    def write(
        self,
        levels: IntArray,
        objectives: FloatArray,
        slack: FloatArray,
        attributes: Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        """Add a trial a design: see :meth:`StudyMirror.write`."""
        self._thread.run(self._mirror.write, levels, objectives, slack, attributes)

    def close(self) -> None:
        """Let go of the database, unless it hangs."""
        if not self._thread.is_hung:
            self._thread.run(self._mirror.close)
        self._thread.end()


def removed_study(url: str, name: str, fingerprint: str, remedy: str | None = None) -> None:
    """Remove this run's study from a database, so that it can be written anew; another run's is left alone.

    A server that is away is waited for where there is a ``remedy`` to name if it stays away.
    """
    thread = OneThread()
    try:
        with storage_errors(url), quiet():
            if remedy is None:
                thread.run(_remove_study, url, name, fingerprint)
            else:
                thread.run(Insistent(url, remedy), _remove_study, url, name, fingerprint)
    finally:
        thread.end()


def _remove_study(url: str, name: str, fingerprint: str) -> None:
    storage = open_storage(url)
    try:
        if name in optuna.get_all_study_names(storage):
            study = optuna.load_study(study_name=name, storage=storage)
            if study.user_attrs.get(FINGERPRINT_KEY) == fingerprint:
                optuna.delete_study(study_name=name, storage=storage)
    finally:
        let_go(storage)


def _drop_half_line(journal: Path) -> None:
    """Cut a last line that a killed process or a full disk left half-written, so that nothing is added to it."""
    if not journal.exists() or _ends_whole(journal):
        return
    lock = JournalFileSymlinkLock(str(journal))
    lock.acquire()  # or the line is another process', being written
    try:
        if not _ends_whole(journal):
            content = journal.read_bytes()
            os.truncate(journal, content.rfind(b"\n") + 1)
    finally:
        lock.release()


def _ends_whole(journal: Path) -> bool:
    """Whether the last line has its end."""
    with journal.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 1, 0))
        return file.read(1) in (b"\n", b"")


def _load_or_create(storage: optuna.storages.BaseStorage, name: str, shape: StudyShape) -> optuna.Study:
    """The study of that name; made where there is none."""
    return optuna.create_study(
        study_name=name,
        storage=storage,
        directions=[StudyDirection.MINIMIZE if sign > 0 else StudyDirection.MAXIMIZE for sign in shape.signs],
        sampler=optuna.samplers.RandomSampler(seed=0),  # the mirror asks for nothing
        load_if_exists=True,
    )


def _count(look_up: Callable[[int], int]) -> int:
    """How many trials there are, numbered from 0 without a gap."""

    def exists(number: int) -> bool:
        try:
            look_up(number)
        except (KeyError, IndexError):
            return False
        return True

    high = 1
    while exists(high - 1):
        high *= 2
    low = high // 2  # low exist, high do not
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (middle, high) if exists(middle - 1) else (low, middle)
    return low
