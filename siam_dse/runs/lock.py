"""One process a run: a lock on a file in its folder that the operating system drops when the process ends."""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from siam_dse.core.errors import RunError
from siam_dse.runs.atomic import disk_errors, remove_left

_LOOK_S = 0.2


@contextlib.contextmanager
def run_lock(folder: Path, wait_s: float = 0.0) -> Iterator[None]:
    """Hold the run in ``folder``.

    Parameters
    ----------
    folder : Path
    wait_s : float
        How long to wait for another process to let go, beside the moment that looking at a lock takes.

    Raises
    ------
    RunError
        Another process holds it; the message names the process.
    """
    lock = folder / "run.lock"
    with file_lock(lock, f"{folder}: this run", wait_s):
        remove_left(folder, lock.stat().st_mtime)  # written just now
        yield


@contextlib.contextmanager
def file_lock(path: Path, what: str, wait_s: float) -> Iterator[None]:
    """Hold a file, made where there is none; ``what`` it stands for begins the message.

    Raises
    ------
    RunError
        Another process holds it for longer than ``wait_s``.
    """
    with disk_errors(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        started = time.monotonic()
        while not _try_lock(handle):
            if time.monotonic() - started >= wait_s + _LOOK_S:
                holder = os.pread(handle, 100, 0).decode(errors="replace").strip()
                raise RunError(
                    f"{what} is in use by {holder or 'another process'}; wait for it or stop it, then try again"
                )
            time.sleep(0.05)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"process {os.getpid()}".encode(), 0)
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def is_held(folder: Path) -> bool:
    """Whether a process holds the run in ``folder``."""
    try:
        handle = os.open(folder / "run.lock", os.O_RDWR)
    except OSError:
        return False
    try:
        return not _try_lock(handle)
    finally:
        os.close(handle)


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

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

    def _try_lock(handle: int) -> bool:
        """Whether the lock is ours now."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
