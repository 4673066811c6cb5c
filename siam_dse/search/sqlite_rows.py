"""SqliteRows: finished trials written into the SQLite tables that Optuna made, a whole generation in one transaction.

``study.add_trials`` asks and answers some forty statements a trial through SQLAlchemy, tens of milliseconds of Python.
The rows of a finished trial are known beforehand: here they go to the tables as they are, with the standard library
alone. That is right for the tables of one version only, so their version is read first and others are left to Optuna.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import Any, Self

from optuna.distributions import BaseDistribution, check_distribution_compatibility, distribution_to_json
from optuna.distributions import json_to_distribution as distribution_of_json
from optuna.trial import FrozenTrial
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

# Versions of Optuna's tables that are written here: table version_info, and table alembic_version, which tells apart
# what has changed since version_info was frozen at 12.
KNOWN_TABLES = frozenset({(12, "v3.2.0.a")})
LOCK_WAIT_S = 30  # for a program that writes, such as a dashboard

_VALUE_TYPES = {float("inf"): "INF_POS", float("-inf"): "INF_NEG"}
_TRIAL = (
    "INSERT INTO trials (trial_id, number, study_id, state, datetime_start, datetime_complete) VALUES (?,?,?,?,?,?)"
)
_VALUE = "INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (?,?,?,?)"
_PARAM = "INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) VALUES (?,?,?,?)"
_USER = "INSERT INTO trial_user_attributes (trial_id, key, value_json) VALUES (?,?,?)"
_SYSTEM = "INSERT INTO trial_system_attributes (trial_id, key, value_json) VALUES (?,?,?)"
_EARLIER = """
SELECT distribution_json FROM trial_params JOIN trials USING (trial_id) WHERE study_id = ? AND param_name = ? LIMIT 1
"""


class WriteAheadConnection(sqlite3.Connection):
    """SQLite connection in write-ahead mode: a commit does not wait for the disk, and readers do not wait for it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute("PRAGMA journal_mode = WAL")
        self.execute("PRAGMA synchronous = NORMAL")


def sqlite_path(url: str) -> Path | None:
    """File of an SQLite URL; None where it is no file, or no SQLite."""
    try:
        made = make_url(url)
    except ArgumentError:
        return None
    is_file = made.get_backend_name() == "sqlite" and made.database not in (None, "", ":memory:") and not made.query
    return Path(str(made.database)) if is_file else None


class SqliteRows:
    """The rows of one Optuna study in an SQLite file."""

    def __init__(self, path: Path, study_name: str) -> None:
        self._database = _connect(path)
        (self._study_id,) = self._database.execute(
            "SELECT study_id FROM studies WHERE study_name = ?", (study_name,)
        ).fetchone()
        self._checked: set[tuple[str, BaseDistribution]] = set()

    @classmethod
    def of(cls, url: str, study_name: str) -> Self | None:
        """Rows of the study at a storage URL; None where the tables are not ours to write."""
        path = sqlite_path(url)
        return cls(path, study_name) if path and tables_version(path) in KNOWN_TABLES else None

    def add(self, trials: Sequence[FrozenTrial]) -> None:
        """Add finished trials without intermediate values, as ``study.add_trials`` does, all of them or none.

        Their numbers are taken while no one else can write.

        Raises
        ------
        ValueError
            A parameter has another kind of distribution, or other categories, than in earlier trials.
        """
        for trial in trials:
            if not trial.state.is_finished() or trial.intermediate_values:
                message = (
                    f"a trial in state {trial.state.name} with {len(trial.intermediate_values)} intermediate values"
                )
                raise ValueError(message)
        with self._transaction():
            self._check_distributions(trials)
            (last_id,) = self._database.execute("SELECT COALESCE(MAX(trial_id), 0) FROM trials").fetchone()
            (number,) = self._database.execute(
                "SELECT COUNT(*) FROM trials WHERE study_id = ?", (self._study_id,)
            ).fetchone()
            numbered = list(enumerate(trials, last_id + 1))
            shift = number - last_id - 1
            self._database.executemany(
                _TRIAL,
                (
                    (i, i + shift, self._study_id, t.state.name, _utc(t.datetime_start), _utc(t.datetime_complete))
                    for i, t in numbered
                ),
            )
            self._database.executemany(_VALUE, (row for i, t in numbered for row in _value_rows(i, t)))
            self._database.executemany(_PARAM, _param_rows(numbered))
            for statement, which in ((_USER, "user_attrs"), (_SYSTEM, "system_attrs")):
                self._database.executemany(
                    statement,
                    ((i, key, _json(value)) for i, t in numbered for key, value in getattr(t, which).items()),
                )

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All of what is within or nothing, with the right to write from the start."""
        self._database.execute("BEGIN IMMEDIATE")
        with self._database:
            yield

    def _check_distributions(self, trials: Iterable[FrozenTrial]) -> None:
        """Refuse a parameter that does not go with earlier trials', as Optuna does."""
        objects = {(name, id(each)): each for trial in trials for name, each in trial.distributions.items()}
        for name, distribution in {(name, each) for (name, _), each in objects.items()} - self._checked:
            earlier = self._database.execute(_EARLIER, (self._study_id, name)).fetchone()
            if earlier:
                check_distribution_compatibility(distribution_of_json(earlier[0]), distribution)
            self._checked.add((name, distribution))


def tables_version(path: Path) -> tuple[int, str] | None:
    """Version of Optuna's tables in a file; None where it has none."""
    with closing(_connect(path)) as database:
        try:
            (schema,) = database.execute("SELECT schema_version FROM version_info").fetchone()
            (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
        except (sqlite3.OperationalError, TypeError):  # a table is not there, or empty
            return None
    return int(schema), str(revision)


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=LOCK_WAIT_S, isolation_level=None, factory=WriteAheadConnection)


def _value_rows(trial_id: int, trial: FrozenTrial) -> Iterator[tuple[int, int, float | None, str]]:
    for objective, value in enumerate(trial.values or ()):
        kind = _VALUE_TYPES.get(value)
        yield trial_id, objective, None if kind else value, kind or "FINITE"


def _param_rows(numbered: Iterable[tuple[int, FrozenTrial]]) -> Iterator[tuple[int, str, float, str]]:
    """Rows of parameters of trials with their ids; trials share their distributions, and each becomes text once."""
    texts: dict[int, str] = {}
    for trial_id, trial in numbered:
        for name, value in trial.params.items():
            distribution = trial.distributions[name]
            text = texts.get(id(distribution))
            if text is None:
                text = texts[id(distribution)] = distribution_to_json(distribution)
            yield trial_id, name, distribution.to_internal_repr(value), text


def _json(value: Any) -> str:
    """A value as JSON; most are numbers, which need none of the encoder's work."""
    return repr(value) if type(value) is float and isfinite(value) else json.dumps(value)


def _utc(local: datetime | None) -> str | None:
    """A time as Optuna's tables have it."""
    return None if local is None else local.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
