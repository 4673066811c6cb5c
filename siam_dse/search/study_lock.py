"""The lock of a study: of all workers on its database one at a time decides which designs come next."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from optuna.storages import BaseStorage, RDBStorage
from sqlalchemy import text

from siam_dse.core.errors import RunError
from siam_dse.runs.lock import file_lock

_WAIT_S = 120.0  # for the others; each holds it for some trials' writing
_NAME_BYTES = 8  # of the key of a lock


@contextmanager
def study_lock(storage: BaseStorage, study_name: str) -> Iterator[None]:
    """Hold a study; the database lets go of it when this process dies.

    Of PostgreSQL an advisory lock of a transaction, of MySQL and MariaDB a named lock, of SQLite a file beside it. A
    journal has none: what is within is done all the same.

    Raises
    ------
    RunError
        The others keep it for minutes.
    """
    if not isinstance(storage, RDBStorage):
        yield
        return
    dialect = storage.engine.dialect.name
    if dialect == "sqlite":
        path = Path(f"{storage.engine.url.database}.lock")
        with file_lock(path, f"{storage.engine.url.database}: the study", _WAIT_S):
            yield
        return
    digest = hashlib.sha256(f"siam_dse {storage.engine.url.database} {study_name}".encode()).digest()[:_NAME_BYTES]
    if dialect == "postgresql":
        with storage.engine.begin() as connection:
            key = int.from_bytes(digest, "big", signed=True)
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
            yield
        return
    name = f"siam_dse {digest.hex()}"
    with storage.engine.connect() as connection:
        if connection.execute(text("SELECT GET_LOCK(:name, :wait)"), {"name": name, "wait": _WAIT_S}).scalar() != 1:
            raise RunError(f"{study_name}: other workers hold the study for {_WAIT_S:.0f} s; are they stopped?")
        try:
            yield
        finally:
            connection.execute(text("DO RELEASE_LOCK(:name)"), {"name": name})


def has_workers(storage: BaseStorage) -> bool:
    """Whether several workers can share a study there."""
    return isinstance(storage, RDBStorage) and storage.engine.dialect.name in (
        "postgresql", "mysql", "mariadb", "sqlite"
    )  # fmt: skip
