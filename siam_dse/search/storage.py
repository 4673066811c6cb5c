"""StudyMirror: the Optuna study on a database, written behind the search a generation at a time.

The search itself runs on an in-memory study, and a generation is safe once its points are on the disk; the database is
a copy for optuna-dashboard and Optuna's own tools. An SQLite file is written by :class:`SqliteRows`, a transaction a
generation, any other database with ``add_trials``. What a crash left out is added when the run is resumed.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.core.errors import RunError, SiamDseError
from siam_dse.design.space import Axis
from siam_dse.runs.atomic import PRIVATE
from siam_dse.runs.passwords import without_password
from siam_dse.runs.storage_url import JOURNAL_SUFFIX, file_of
from siam_dse.search import alive
from siam_dse.search.alive import WORKER_KEY, fail_left
from siam_dse.search.patience import OneThread
from siam_dse.search.quiet import quiet
from siam_dse.search.sqlite_rows import LOCK_WAIT_S, SqliteRows, WriteAheadConnection

_MOVE_AWAY = (
    "move it away and resume with --storage and the same URL: the Optuna study is written anew from points.parquet"
)
_LOG_RANGE = 10  # high / low from which an axis is shown in logarithms
_DRIVERS = {
    "psycopg": "pip install 'siam-dse[postgres]'",
    "psycopg2": "pip install 'siam-dse[postgres]' and write postgresql+psycopg://",
    "MySQLdb": "pip install 'siam-dse[mysql]' and write mysql+pymysql://",
    "pymysql": "pip install 'siam-dse[mysql]'",
}
FINGERPRINT_KEY = "siam_dse:fingerprint"
TARGET_KEY = "siam_dse:target"  # complete trials that workers are asked for, all together


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
    """

    def __init__(
        self, url: str, name: str, shape: StudyShape, fingerprint: str, notes: dict[str, Any], done: int
    ) -> None:
        self.url = url
        self.shape = shape
        self.distributions = {axis.name: value_distribution(axis) for axis in shape.axes}
        with storage_errors(url), quiet():
            if url.endswith(JOURNAL_SUFFIX):
                _drop_half_line(Path(url))
            self.storage = open_storage(url)
            with ExitStack() as undone:  # the storage is no one else's to close
                undone.callback(let_go, self.storage)
                self._join(name, fingerprint, notes, done)
                undone.pop_all()

    def _join(self, name: str, fingerprint: str, notes: Mapping[str, Any], done: int) -> None:
        """Find or make the study, and check that it is this run's."""
        shown = without_password(self.url)
        self.study = _load_or_create(self.storage, name, self.shape)
        found = self.study.user_attrs.get(FINGERPRINT_KEY)
        if (found is None and self.stored()) or found not in (None, fingerprint):
            raise RunError(
                f"{shown}: has an Optuna study {name!r} that is not this run's; give another --storage or --name"
            )
        if found is None:  # the fingerprint comes last: a study that has it has everything
            self.study.set_metric_names(list(self.shape.objective_names))
            for key, value in {**notes, FINGERPRINT_KEY: fingerprint}.items():
                self.study.set_user_attr(key, value)
        fail_left(self.study, self.storage, shown)
        stored = self.stored()
        if stored > done and not all(WORKER_KEY in trial.user_attrs for trial in self.beyond(done)):
            raise RunError(
                f"{shown}: has {stored} complete trials of this run, points.parquet has {done}; trials were added "
                "by another program or points were removed: restore the file that was changed"
            )
        self._rows = SqliteRows.of(self.url, name)

    def stored(self) -> int:
        """How many complete trials the database has."""
        with storage_errors(self.url), quiet():
            study_id = self.storage.get_study_id_from_name(self.study.study_name)
            total = _count(lambda number: self.storage.get_trial_id_from_study_id_trial_number(study_id, number))
            others = tuple(state for state in TrialState if state != TrialState.COMPLETE)
            return total - len(self.storage.get_all_trials(study_id, deepcopy=False, states=others))

    def beyond(self, done: int) -> list[FrozenTrial]:
        """The complete trials behind the first ``done``."""
        with storage_errors(self.url), quiet():
            return self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))[done:]

    def target(self) -> int:
        """How many complete trials workers were asked for; 0 where none were."""
        with storage_errors(self.url), quiet():
            return int(self.study.user_attrs.get(TARGET_KEY, 0))

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
        with storage_errors(self.url), quiet():
            if self._rows:
                self._rows.add(trials)
            else:
                self.study.add_trials(trials)

    def close(self) -> None:
        """Let go of the database."""
        if self._rows:
            self._rows.close()
        let_go(self.storage)


class PatientMirror:
    """A :class:`StudyMirror` in a thread of its own, so that Ctrl-C is answered while its database hangs."""

    def __init__(
        self, url: str, name: str, shape: StudyShape, fingerprint: str, notes: dict[str, Any], done: int
    ) -> None:
        self._thread = OneThread()
        self._mirror = self._thread.run(StudyMirror, url, name, shape, fingerprint, notes, done)

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


def removed_study(url: str, name: str, fingerprint: str) -> None:
    """Remove this run's study from a database, so that it can be written anew; another run's is left alone."""
    thread = OneThread()
    try:
        thread.run(_remove_study, url, name, fingerprint)
    finally:
        thread.end()


def _remove_study(url: str, name: str, fingerprint: str) -> None:
    with storage_errors(url), quiet():
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


def open_storage(url: str) -> optuna.storages.BaseStorage:
    """Optuna storage at a URL or a journal file's path."""
    file = file_of(url)
    if file is not None and not file.exists():
        file.touch(mode=PRIVATE)
    if url.endswith(JOURNAL_SUFFIX):
        return optuna.storages.JournalStorage(JournalFileBackend(url))
    connect_args: dict[str, Any] = {}
    if url.startswith("sqlite"):
        connect_args = {"timeout": LOCK_WAIT_S, "factory": WriteAheadConnection}
    engine_kwargs = {"connect_args": connect_args}
    return RDBStorage(url, engine_kwargs, heartbeat_interval=alive.HEARTBEAT_S, grace_period=alive.GRACE_S)


def may_hold_studies(url: str) -> bool:
    """Whether there is something to read at a URL: no for an SQLite file that is missing or has no studies.

    Optuna writes its tables into whatever file it opens, which one that is only read is to be spared.
    """
    file = file_of(url)
    if file is None or url.endswith(JOURNAL_SUFFIX):
        return True
    if not file.is_file():
        return False
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as database:
        return database.execute("SELECT 1 FROM sqlite_master WHERE name = 'studies'").fetchone() is not None
    return True  # damaged, or no database: who opens it says so


def let_go(storage: optuna.storages.BaseStorage) -> None:
    """Close the connections of a storage."""
    if isinstance(storage, RDBStorage):
        with suppress(SQLAlchemyError):
            storage.remove_session()
            storage.engine.dispose()


@contextmanager
def storage_errors(url: str) -> Iterator[None]:
    """Turn what a storage raises into one clear message."""
    try:
        yield
    except SiamDseError:
        raise
    except (SQLAlchemyError, sqlite3.Error, optuna.exceptions.OptunaError, OSError, ImportError) as error:
        raise RunError(f"{without_password(url)}: {without_password(_explain(error))}") from error
    except (RuntimeError, ValueError, KeyError) as error:  # a schema of another version, a URL that is none
        if url.endswith(JOURNAL_SUFFIX):
            raise RunError(f"{url}: has a damaged line; {_MOVE_AWAY}") from error
        cause = without_password(_first_line(error))
        raise RunError(f"{without_password(url)}: cannot be used as an Optuna storage ({cause})") from error


def _explain(error: BaseException) -> str:
    """What an error of the database means, and what to do about it."""
    causes: list[BaseException] = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) and cause not in causes:
        causes.append(cause)
    text = " ".join(str(cause) for cause in causes).lower()
    if "disk is full" in text or "no space left" in text:
        return "the disk is full; free some space, then resume: no finished generation is lost"
    if "not a database" in text or "malformed" in text:
        return f"is not an SQLite database, or is damaged; {_MOVE_AWAY}"
    if "readonly" in text or "read-only" in text or "unable to open" in text or "permission" in text:
        return "cannot be written; make the file and its folder writable, or give another --storage"
    if "locked" in text:
        return f"stayed locked by another program for {LOCK_WAIT_S} s; close it, then resume"
    if isinstance(error, ImportError):
        return _driver_wanted(error)
    return f"cannot be used as an Optuna storage ({_first_line(causes[-1])})"


def _driver_wanted(error: ImportError) -> str:
    """What to install for a URL's driver."""
    cause: BaseException | None = error
    while not isinstance(cause, ModuleNotFoundError) and cause is not None:
        cause = cause.__cause__ or cause.__context__
    module = (cause.name if cause else None) or "of this URL"
    remedy = _DRIVERS.get(module, f"pip install {module}")
    return f"needs the database driver {module}, which is not installed: {remedy}"


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


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


def value_distribution(axis: Axis) -> BaseDistribution:
    """Distribution that shows an axis' own values, numbers in their order."""
    levels = axis.levels
    if not axis.is_ordinal:
        return CategoricalDistribution(levels)
    low, high = levels[0], levels[-1]
    is_log = float(low) > 0 and float(high) >= _LOG_RANGE * float(low)
    if all(isinstance(level, int) for level in levels):
        steps = np.unique(np.diff(levels))
        step = int(steps[0]) if len(steps) == 1 else 1
        return IntDistribution(int(low), int(high), step=step, log=is_log and step == 1)
    return FloatDistribution(float(low), float(high), log=is_log)
