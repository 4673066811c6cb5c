"""An Optuna storage at a URL: opened, let go of, and what its errors mean."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import RDBStorage
from optuna.storages.journal import JournalFileBackend
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from siam_dse.core.errors import RunError, SiamDseError
from siam_dse.design.space import Axis
from siam_dse.runs.atomic import PRIVATE
from siam_dse.runs.passwords import without_password
from siam_dse.runs.storage_url import JOURNAL_SUFFIX, file_of
from siam_dse.search import alive
from siam_dse.search.sqlite_rows import LOCK_WAIT_S, WriteAheadConnection

_MOVE_AWAY = (
    "move it away and resume with --storage and the same URL: the Optuna study is written anew from points.parquet; "
    "or give another --storage, if it was never a study's"
)
_ROOM = 1 << 20  # bytes that a study needs at least, with the files that SQLite has beside it
_LOG_RANGE = 10  # high / low from which an axis is shown in logarithms
_DRIVERS = {
    "psycopg": "pip install 'siam-dse[postgres]'",
    "psycopg2": "pip install 'siam-dse[postgres]' and write postgresql+psycopg://",
    "MySQLdb": "pip install 'siam-dse[mysql]' and write mysql+pymysql://",
    "pymysql": "pip install 'siam-dse[mysql]'",
}
FINGERPRINT_KEY = "siam_dse:fingerprint"
TARGET_KEY = "siam_dse:target"  # complete trials that workers are asked for, all together


def open_storage(url: str) -> optuna.storages.BaseStorage:
    """Optuna storage at a URL or a journal file's path."""
    file = file_of(url)
    if file is not None and not file.exists():
        if not file.parent.is_dir():
            raise RunError(f"{url}: there is no folder {str(file.parent)!r}; make it, or give another --storage")
        file.touch(mode=PRIVATE)
    elif file is not None and not file.is_file():
        kind = "a folder" if file.is_dir() else "no plain file"
        raise RunError(f"{url}: is {kind}; give the path of a file as --storage")
    if url.endswith(JOURNAL_SUFFIX):
        return optuna.storages.JournalStorage(JournalFileBackend(url))
    try:
        make_url(url)
    except ValueError as error:
        shown = without_password(url)
        raise RunError(f"{shown}: is no URL ({error}); write postgresql://USER@HOST:PORT/DATABASE") from None
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
def storage_errors(url: str, damaged: str = _MOVE_AWAY) -> Iterator[None]:
    """Turn what a storage raises into one clear message; ``damaged`` is what to do with one that is."""
    try:
        yield
    except SiamDseError:
        raise
    except (SQLAlchemyError, sqlite3.Error, optuna.exceptions.OptunaError, OSError, ImportError) as error:
        raise RunError(f"{without_password(url)}: {without_password(_explain(error, url, damaged))}") from error
    except (RuntimeError, ValueError, KeyError) as error:  # a schema of another version, a URL that is none
        if url.endswith(JOURNAL_SUFFIX):
            raise RunError(f"{url}: has a damaged line; {damaged}") from error
        cause = without_password(_first_line(error))
        raise RunError(f"{without_password(url)}: cannot be used as an Optuna storage ({cause})") from error


def _explain(error: BaseException, url: str, damaged: str) -> str:
    """What an error of the database means, and what to do about it."""
    causes: list[BaseException] = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) and cause not in causes:
        causes.append(cause)
    text = " ".join(str(cause) for cause in causes).lower()
    file = file_of(url)
    is_io = "disk i/o error" in text  # what SQLite says too where its index finds no room
    if "disk is full" in text or "no space left" in text or (is_io and file is not None and not _has_room(file)):
        where = f" ({file.parent})" if file is not None else ""
        return (
            f"the disk is full{where}; free some space, then resume: no finished generation is lost. A run that had "
            "none is to be started again; --storage or --results may name another place"
        )
    if is_io:
        return "cannot be read or written (disk I/O error); check the disk, or give another --storage"
    if "not a database" in text or "malformed" in text:
        return f"is not an SQLite database, or is damaged; {damaged}"
    if "readonly" in text or "read-only" in text or "unable to open" in text or "permission" in text:
        return "cannot be written; make the file and its folder writable, or give another --storage"
    if "locked" in text:
        return f"stayed locked by another program for {LOCK_WAIT_S} s; close it, then resume"
    if isinstance(error, ImportError):
        return _driver_wanted(error)
    return f"cannot be used as an Optuna storage ({_first_line(causes[-1])})"


def _has_room(file: Path) -> bool:
    """Whether the disk of a file has room for a study."""
    try:
        return shutil.disk_usage(file.absolute().parent).free >= _ROOM
    except OSError:
        return True


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
