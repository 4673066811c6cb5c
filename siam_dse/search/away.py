"""A database server that is away for a while, as one is that starts anew: what it was asked is asked again."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from optuna.exceptions import StorageInternalError
from optuna.storages import BaseStorage, RDBStorage
from optuna.trial import FrozenTrial
from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError, InterfaceError, OperationalError

from siam_dse.core.errors import RunError
from siam_dse.runs.passwords import without_password
from siam_dse.search.alive import WORKER_KEY

P = ParamSpec("P")
T = TypeVar("T")
AWAY = (OperationalError, InterfaceError, StorageInternalError)
AWAY_S = 60.0  # a database that was stopped is waited for
_PAUSES_S = (0.5, 8.0)
_AS_FAILED = "UPDATE trials SET state = 'FAIL' WHERE trial_id = :trial_id"


@dataclass(frozen=True)
class Insistent:
    """Asks the database at ``url`` again where it is away; ``remedy`` says what to do if it stays away.

    ``storage`` is the one that the calls use, where it is open.
    """

    url: str
    remedy: str
    storage: BaseStorage | None = None

    def __call__(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What a call returns; tried again for a minute.

        Raises
        ------
        RunError
            The database stays away.
        """
        until, pause = time.monotonic() + AWAY_S, _PAUSES_S[0]
        while True:
            try:
                return call(*args, **kwargs)
            except AWAY as error:
                if isinstance(error.__cause__, DataError):  # it answered
                    raise
                if time.monotonic() > until:
                    cause = without_password(str(error.__cause__ or error).splitlines()[0])
                    shown = without_password(self.url)
                    raise RunError(f"{shown}: did not answer for {AWAY_S:.0f} s ({cause}); {self.remedy}") from error
            if isinstance(self.storage, RDBStorage):
                self.storage.remove_session()
            time.sleep(pause)
            pause = min(2 * pause, _PAUSES_S[1])


def server_of(storage: BaseStorage) -> Engine | None:
    """The database server that a storage is on; None where it is a file."""
    return storage.engine if isinstance(storage, RDBStorage) and storage.engine.dialect.name != "sqlite" else None


def missing(trials: Sequence[FrozenTrial], stored: Sequence[FrozenTrial], server: Engine) -> Sequence[FrozenTrial]:
    """Those of ``trials`` that a server has not ``stored`` yet: the end of them, as they are stored one after another.

    Optuna too tries again, also where a trial was stored and the answer was lost: what stands there twice for that is
    marked failed, so that each trial is complete once.
    """
    n = 0
    for found in (trial for trial in stored if WORKER_KEY not in trial.user_attrs):
        if n < len(trials) and found.params == trials[n].params:
            n += 1
            continue
        with server.begin() as connection:
            connection.execute(text(_AS_FAILED), {"trial_id": found._trial_id})
    return trials[n:]
