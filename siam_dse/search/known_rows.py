"""known_rows: trials are added to a database with half of Optuna's questions to it.

For each parameter of a trial Optuna asks its database twice: for the trial's row, which it wrote a moment ago, and for
a row of that parameter which an earlier trial has. Both answers are known, and a question costs a fifth of a
millisecond of Python. Here the first is answered from SQLAlchemy's identity map, the second as it was before; whatever
else is asked goes to the database. What is written is the same. Of Optuna's tables nothing is known here: this is
SQLAlchemy's public ``query_cls``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from operator import eq
from typing import Any, Self

from optuna.storages import BaseStorage, RDBStorage
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Query, Session


@contextmanager
def known_rows(storage: BaseStorage) -> Iterator[None]:
    """Within, this thread adds trials to ``storage`` and does nothing else with it; of use to a database only."""
    if not isinstance(storage, RDBStorage):
        yield
        return
    storage.remove_session()
    storage.scoped_session.configure(query_cls=partial(_KnownFirst, {}), expire_on_commit=False)
    try:
        yield
    finally:
        storage.remove_session()
        storage.scoped_session.configure(query_cls=Query, expire_on_commit=True)


class _KnownFirst:
    """A query that is made only where its answer is not known; ``firsts`` are the rows that ``first()`` gave so far."""

    def __init__(self, firsts: dict[Any, Any], entities: Any, session: Session) -> None:
        self._firsts = firsts
        self._entities = entities if isinstance(entities, tuple) else (entities,)
        self._session = session
        self._joined: tuple[Any, ...] = ()
        self._criteria: tuple[ColumnElement[bool], ...] = ()

    def join(self, target: Any) -> Self:
        self._joined += (target,)
        return self

    def filter(self, *criteria: ColumnElement[bool]) -> Self:
        self._criteria += criteria
        return self

    def one_or_none(self) -> Any:
        """The row, from the identity map where it is asked for by its primary key alone."""
        if len(self._entities) == len(self._criteria) == 1 and not self._joined:
            column, value = _equality(self._criteria[0])
            if column is not None and column.primary_key:
                return self._session.get(self._entities[0], value)
        return self._made().one_or_none()

    def first(self) -> Any:
        """A row that meets the criteria; any will do, so the one found before does."""
        equalities = [_equality(criterion) for criterion in self._criteria]
        if any(column is None for column, _ in equalities):
            return self._made().first()
        key = (self._entities, self._joined, *((str(column), value) for column, value in equalities))
        row = self._firsts.get(key)
        if row is None:
            row = self._firsts[key] = self._made().first()
        return row

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made(), name)

    def _made(self) -> Query[Any]:
        """The query itself."""
        query: Query[Any] = Query(self._entities, self._session)
        for target in self._joined:
            query = query.join(target)
        return query.filter(*self._criteria)


def _equality(criterion: Any) -> tuple[Any, Any]:
    """Column and value of ``column == value``; (None, None) of any other criterion."""
    value = getattr(getattr(criterion, "right", None), "value", None)
    return (None, None) if value is None or criterion.operator is not eq else (criterion.left, value)
