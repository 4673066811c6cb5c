"""Files replaced as a whole: a reader, or the next session after a crash, sees the old content or the new one."""

import errno
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Any, NamedTuple

from siam_dse.core.errors import DiskFullError, RunError

_SUFFIX = ".part"
PRIVATE = 0o600
_LONGEST_STEM = 200  # letters of a file's name in that of the new one, which a disk has room for
_LEFT_S = 3600.0  # a file half-written for longer is one that a killed process left


class Place(NamedTuple):
    """What may be done where files of a kind cannot be written: the disk is full, not to be written to, not there."""

    full: str
    forbidden: str
    missing: str


OF_A_RUN = Place(
    "'siam-dse resume' continues a search after its last finished generation; other commands can be given again",
    "make the folder writable, or give another results folder",
    "was the run moved or deleted? can the folder be made?",
)
OF_A_FILE = Place(
    "give the command again, or give it another place to write to",
    "make it and its folder writable, or give another place",
    "make the folder, or give another place",
)


@contextmanager
def disk_errors(path: Path, place: Place = OF_A_RUN) -> Iterator[None]:
    """Turn an operating-system error on ``path`` into one clear message."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(str(path), place.full) from error
        raise RunError(f"{path}: {explain(error, place)}") from error


def explain(error: OSError, place: Place = OF_A_RUN) -> str:
    """What an operating-system error other than a full disk means, and what to do about it."""
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"cannot be written ({error.strerror}); {place.forbidden}"
    if error.errno == errno.ENOENT:
        return f"is missing, or its folder is ({error.strerror}); {place.missing}"
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return f"a file is where a folder would be ({error.strerror}); move it away, or give another place"
    return f"cannot be used ({error.strerror or error})"


def replace_file(
    path: Path,
    write: Callable[[Path], object],
    *,
    announce: Callable[[Path], object] | None = None,
    is_private: bool = False,
) -> None:
    """Let ``write`` fill a new file, flush it to the disk, then put it in the place of ``path``.

    The new file's name is this call's alone: of several processes that write the same file, the last one's stands,
    whole. ``announce`` is called with the new file between the two. A private file is a run's, and its owner's alone
    to read.
    """
    new = path.with_name(f"{path.name[:_LONGEST_STEM]}.{os.getpid()}-{token_hex(4)}{_SUFFIX}")
    with disk_errors(path, OF_A_RUN if is_private else OF_A_FILE):
        try:
            if is_private:
                new.touch(mode=PRIVATE, exist_ok=False)
            write(new)
            with new.open("rb+") as file:
                os.fsync(file.fileno())
            if announce:
                announce(new)
            new.replace(path)
        except BaseException:  # an interrupt too: nothing half-written stays
            new.unlink(missing_ok=True)
            raise


def remove_left(folder: Path, now: float) -> None:
    """Remove what killed processes left half-written in a folder; ``now`` is by the clock that its files have."""
    for path in folder.glob(f"*{_SUFFIX}"):
        with suppress(OSError):  # another process may be at it too
            if now - path.stat().st_mtime > _LEFT_S:
                path.unlink()


def replace_text(path: Path, text: str) -> None:
    """Replace a text file."""
    replace_file(path, lambda new: new.write_text(text, encoding="utf-8"))


def replace_json(path: Path, content: Any) -> None:
    """Replace a JSON file; NaN has no place in one and becomes null."""
    replace_text(path, json_text(content))


def json_text(content: Any) -> str:
    """JSON of plain and NumPy values, for reading."""
    return json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def plain(value: Any) -> Any:
    """Plain JSON values of ``value``."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "item") and not isinstance(value, str):
        value = value.item()
    return None if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))) else value
