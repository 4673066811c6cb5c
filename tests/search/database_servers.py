"""Database servers of a test's own: started in a folder on a free port, stopped and started again, gone afterwards."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy

_WAIT_S = 60.0


class Server:
    """A server in ``folder``: how it is begun, and the URL of the database ``test`` on it."""

    def __init__(self, folder: Path, user: str, command: list[str], url: str) -> None:
        self.folder, self.url = folder, url
        self._command = [*_as(user), *command]
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, cwd=self.folder)
        until = time.monotonic() + _WAIT_S
        engine = sqlalchemy.create_engine(self.url, poolclass=sqlalchemy.NullPool)
        while time.monotonic() < until and self._process.poll() is None:
            with contextlib.suppress(sqlalchemy.exc.SQLAlchemyError), engine.connect():
                return
            time.sleep(0.1)
        pytest.skip(f"no server came up: {(self.folder / 'log').read_text()[-500:]}")

    def stop(self) -> None:
        """Stop it at once, as a machine that fails does."""
        if self._process is not None:
            subprocess.run(["pkill", "-KILL", "-P", str(self._process.pid)], check=False)
            self._process.kill()
            self._process.wait()
            self._process = None


@contextlib.contextmanager
def server_of(kind: str) -> Iterator[Server]:
    """A server of that kind, ``postgresql`` or ``mariadb``; skipped where its programs are not installed."""
    folder = Path(tempfile.mkdtemp(prefix="siam-dse-server-", dir="/tmp"))  # short: a socket lies in it
    server = None
    try:
        server = _SERVERS[kind](folder, _free_port())
        server.start()
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _postgresql(folder: Path, port: int) -> Server:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    program = found[-1] if found else Path(shutil.which("postgres") or "")
    if not program.with_name("initdb").exists():
        pytest.skip("PostgreSQL is not installed (apt: postgresql)")
    pytest.importorskip("psycopg")
    user, data = "postgres", folder / "data"
    _hand_over(folder, user)
    _run([*_as(user), str(program.with_name("initdb")), "-D", str(data), "-U", "postgres", "-A", "trust", "-N"], folder)
    command = [str(program), "-D", str(data), "-p", str(port), "-k", str(folder), "-h", "127.0.0.1"]
    return Server(folder, user, command, f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres")


def _mariadb(folder: Path, port: int) -> Server:
    program, install = (
        shutil.which("mariadbd", path=f"{os.environ['PATH']}:/usr/sbin"),
        shutil.which("mariadb-install-db"),
    )
    if not program or not install:
        pytest.skip("MariaDB is not installed (apt: mariadb-server)")
    pytest.importorskip("pymysql")
    user, data = "mysql", folder / "data"
    _hand_over(folder, user)
    places = ["--no-defaults", f"--datadir={data}"]
    _run([*_as(user), install, *places, "--auth-root-authentication-method=normal", "--skip-test-db"], folder)
    command = [program, *places, f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder / 'socket'}",
               f"--pid-file={folder / 'pid'}"]  # fmt: skip
    return Server(folder, user, command, f"mysql+pymysql://root@127.0.0.1:{port}/mysql")


_SERVERS = {"postgresql": _postgresql, "mariadb": _mariadb}


def _as(user: str) -> list[str]:
    """What runs a command as another user, for servers that refuse to be root's."""
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if os.geteuid() == 0 else []


def _hand_over(folder: Path, user: str) -> None:
    if os.geteuid() == 0:
        shutil.chown(folder, user, user)


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    if done.returncode:
        pytest.skip(f"no server could be made: {done.stderr[-500:]}")


def _free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
