"""One process a run: a lock on a file in its folder that the operating system drops when the process ends."""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from siam_dse.core.errors import RunError
from siam_dse.runs.atomic import disk_errors

_HOLDER = "process "
_LEFTOVER_WAIT_S = 120.0  # a busy machine may take long to write what a killed process left


@contextlib.contextmanager
def run_lock(folder: Path, wait_s: float = 0.0) -> Iterator[int]:
    """Hold the run in ``folder``; gives the lock's file descriptor, which a child process may inherit.

    Parameters
    ----------
    folder : Path
    wait_s : float
        How long to wait for another process to let go. Where that process has ended and one that it started still
        writes, what is left is waited for (at most ``_LEFTOVER_WAIT_S``).

    Raises
    ------
    RunError
        Another process holds it; the message names the process.
    """
    path = folder / "run.lock"
    with disk_errors(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        started = time.monotonic()
        while not _try_lock(handle):
            holder = os.pread(handle, 100, 0).decode(errors="replace").strip()
            waited = time.monotonic() - started
            if waited >= (_LEFTOVER_WAIT_S if wait_s and _has_ended(holder) else wait_s):
                raise RunError(
                    f"{folder}: this run is in use by {holder or 'another process'}; wait for it or stop it, then try "
                    "again"
                )
            time.sleep(0.05)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{_HOLDER}{os.getpid()}".encode(), 0)
        yield handle
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _has_ended(holder: str) -> bool:
        """Whether the process in a lock file has ended; not known here."""
        return False

    def _try_lock(handle: int) -> bool:
        """Whether the lock is ours now."""
        os.lseek(handle, 1 << 20, os.SEEK_SET)  # beyond the text, which others may read
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _has_ended(holder: str) -> bool:
        """Whether the process in a lock file has ended."""
        number = holder.removeprefix(_HOLDER)
        if not number.isdigit():
            return False
        try:
            os.kill(int(number), 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False
        return False

    def _try_lock(handle: int) -> bool:
        """Whether the lock is ours now."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
