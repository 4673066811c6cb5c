"""Files replaced as a whole: a reader, or the next session after a crash, sees the old content or the new one."""

import errno
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from siam_dse.core.errors import DiskFullError, RunError

_SUFFIX = ".part"
PRIVATE = 0o600
_CONTINUE = "'siam-dse resume' continues a search after its last finished generation; other commands can be given again"


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn an operating-system error on ``path`` into one clear message."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFullError(str(path), _CONTINUE) from error
        raise RunError(f"{path}: {explain(error)}") from error


def explain(error: OSError) -> str:
    """What an operating-system error other than a full disk means for a run, and what to do about it."""
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"cannot be written ({error.strerror}); make the folder writable, or give another results folder"
    if error.errno == errno.ENOENT:
        return f"is missing, or its folder is ({error.strerror}); was the run moved or deleted? can the folder be made?"
    return f"cannot be used ({error.strerror or error})"


def replace_file(
    path: Path,
    write: Callable[[Path], object],
    *,
    announce: Callable[[Path], object] | None = None,
    is_private: bool = False,
) -> None:
    """Let ``write`` fill a new file, flush it to the disk, then put it in the place of ``path``.

    ``announce`` is called with the new file between the two; a private file is its owner's alone to read.
    """
    new = path.with_name(path.name + _SUFFIX)
    with disk_errors(path):
        try:
            if is_private:
                new.unlink(missing_ok=True)
                new.touch(mode=PRIVATE)
            write(new)
            with new.open("rb+") as file:
                os.fsync(file.fileno())
            if announce:
                announce(new)
            new.replace(path)
        except BaseException:  # an interrupt too: nothing half-written stays
            new.unlink(missing_ok=True)
            raise


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
