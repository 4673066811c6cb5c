"""WriterProcess: a StudyMirror in a process of its own, so that the database is written while the search goes on.

Optuna spends milliseconds of Python on each trial that it writes to a database: more than the search itself takes. A
thread would share one interpreter with the search; a process does not.

The two talk through a pipe. The process ends when the pipe does, so it outlives a killed parent only until it has
written what is in the pipe, which are completed generations; meanwhile it keeps the run's lock, which it inherits.
"""

import os
import subprocess
import sys
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.core.errors import RunError
from siam_dse.runs.passwords import without_password
from siam_dse.search.storage import StudyMirror, StudyShape

_MOST_WAITING = 8  # generations that may wait to be written
_LAST_WAIT_S = 60.0


class WriterProcess:
    """As :class:`siam_dse.search.storage.StudyMirror`, elsewhere; ``lock`` is the run's lock, to be kept there too."""

    def __init__(
        self, url: str, name: str, shape: StudyShape, fingerprint: str, notes: dict[str, Any], done: int, lock: int
    ) -> None:
        self.url = url
        self._waiting = 0
        self._pipe, theirs = Pipe()
        os.set_inheritable(theirs.fileno(), True)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "siam_dse.search.writer", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), lock),
                start_new_session=True,  # Ctrl-C is this process' to answer
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            )
        self._send((url, name, shape, fingerprint, notes, done))

    def stored(self) -> int:
        """How many complete trials the database has."""
        self._send("stored")
        while self._waiting > 1:
            self._receive()
        return int(self._receive())

    def write(self, levels: IntArray, objectives: FloatArray, slack: FloatArray) -> None:
        """Have a generation written; waits only while too many are waiting."""
        self._send((levels, objectives, slack))
        while self._waiting and (self._waiting > _MOST_WAITING or self._pipe.poll()):
            self._receive()

    def close(self) -> None:
        """Wait until everything is written."""
        with suppress(BrokenPipeError):
            self._send("close")
        while self._waiting:
            self._receive()
        self._pipe.close()
        self._process.wait(_LAST_WAIT_S)

    def abandon(self) -> None:
        """Stop at once; what was not written is when the run is resumed."""
        self._pipe.close()
        self._process.terminate()
        self._process.wait(_LAST_WAIT_S)

    def _send(self, message: Any) -> None:
        self._waiting += 1
        try:
            self._pipe.send(message)
        except BrokenPipeError:
            while True:  # an answer may say why
                self._receive()

    def _receive(self) -> Any:
        """Next answer; an error of the process is raised here."""
        try:
            answer = self._pipe.recv()
        except (EOFError, OSError):
            code = self._process.wait(_LAST_WAIT_S)
            raise RunError(
                f"{without_password(self.url)}: the process that writes the study ended (exit code {code}); resume: no "
                "finished generation is lost"
            ) from None
        self._waiting -= 1
        if isinstance(answer, RunError):
            raise answer
        return answer


def main(handle: int) -> None:
    """What the process does: answer each message, until the pipe ends."""
    pipe = Connection(handle)
    mirror = None
    try:
        with suppress(EOFError, BrokenPipeError, ConnectionResetError):
            while True:
                match pipe.recv():
                    case "close":
                        if mirror:
                            mirror.close()
                        pipe.send(None)
                        return
                    case "stored":
                        pipe.send(mirror.stored() if mirror else 0)
                    case (url, name, shape, fingerprint, notes, done):
                        mirror = StudyMirror(url, name, shape, fingerprint, notes, done)
                        pipe.send(None)
                    case (levels, objectives, slack) if mirror:
                        mirror.write(levels, objectives, slack)
                        pipe.send(None)
    except Exception as error:
        with suppress(OSError):
            pipe.send(error if isinstance(error, RunError) else RunError(f"the study cannot be written: {error!r}"))
    finally:
        if mirror:
            mirror.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
