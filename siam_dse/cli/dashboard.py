"""``dashboard``: optuna-dashboard on a copy of a run's Optuna study."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from siam_dse.cli.output import note
from siam_dse.core.errors import InputError, RunError

_LOCAL = "127.0.0.1"
_SQLITE = "sqlite:///"


def run_dashboard(run: str, results: Path, port: int, storage: str | None = None) -> None:
    """Serve optuna-dashboard on this machine until interrupted.

    A study in SQLite is copied first, so that the dashboard can neither block nor change a running search.
    """
    from siam_dse.runs.folder import RunFolder
    from siam_dse.search.storage import open_storage, storage_errors

    folder = RunFolder.open(run, results)
    try:
        from optuna_dashboard import run_server
    except ImportError:
        remedy = "needs optuna-dashboard; install it with: pip install 'siam-dse[dashboard]'"
        raise InputError("dashboard", remedy) from None
    url = folder.storage_url(storage)
    with tempfile.TemporaryDirectory(prefix="siam-dse-") as temporary:
        if url.startswith(_SQLITE):
            copy = Path(temporary) / "study.db"
            copy_database(Path(url.removeprefix(_SQLITE)), copy)
            url = f"{_SQLITE}{copy}"
        with storage_errors(url):
            study = open_storage(url)
        note(f"optuna-dashboard on http://{_LOCAL}:{port}/ shows {folder.name} as it is now; Ctrl-C stops it")
        try:
            run_server(study, host=_LOCAL, port=port)
        except OSError as error:
            raise RunError(f"port {port}: cannot be used ({error.strerror or error}); give another --port") from error


def copy_database(source: Path, copy: Path) -> None:
    """Consistent copy of a SQLite database, also while it is written."""
    if not source.is_file():
        raise RunError(f"{source}: there is no Optuna study; was it moved? 'siam-dse resume' makes one anew")
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as old, closing(sqlite3.connect(copy)) as new:
            old.backup(new)
    except sqlite3.Error as error:
        raise RunError(f"{source}: cannot be copied ({error})") from error
