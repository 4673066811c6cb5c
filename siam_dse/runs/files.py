"""RunFiles: the files of a run, each with its SHA-256 in run.json, so that damage is told from what was found.

A file and its checksum cannot be replaced at one moment. So run.json first takes the new checksum beside the old one,
then the file is replaced, and the next change of run.json drops the old one: whenever the process dies, what is on the
disk is listed. An empty checksum stands for no file. run.json has a checksum of its own.

A run from before there were checksums has none and is read as it is; what is written to it since is checked.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from siam_dse.core.errors import RunError
from siam_dse.core.text import MOST_LETTERS
from siam_dse.runs.atomic import disk_errors, json_text, plain, replace_file
from siam_dse.runs.content import RunContent
from siam_dse.runs.damage import damaged
from siam_dse.runs.storage_url import RUN_JSON

_FILES = "files"
_CHECKSUM = "checksum"
_NONE = ""  # checksum of no file
_TRIES = 5  # to read a file that another process keeps replacing


class RunFiles:
    """Files of the run in ``folder``, by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._in_place: dict[str, str] = {}  # name -> checksum, of what was replaced here and is on the disk

    # --- run.json ----------------------------------------------------------------------------------------------------

    def info(self) -> dict[str, Any]:
        """Content of run.json as it is now.

        Raises
        ------
        RunError
            It cannot be read, or is not as it was written.
        """
        path = self.folder / RUN_JSON
        with disk_errors(path), path.open("rb") as file:
            text = file.read(MOST_LETTERS)
        try:
            content = json.loads(text.decode())
        except (ValueError, RecursionError) as error:
            raise damaged(path, f"is not valid JSON ({' '.join(str(error).split())})") from None
        if not isinstance(content, dict) or "status" not in content:
            raise damaged(path, "is not a run's description (no status)")
        checksum = content.pop(_CHECKSUM, None)
        if (checksum is not None or _FILES in content) and checksum != _checksum_of(content):
            raise damaged(path)
        return RunContent(path, content)

    def update(self, changes: Mapping[str, Any]) -> None:
        """Set entries of run.json; an entry that is a mapping on both sides is merged."""
        with self._locked():
            content = self._content()
            for key, value in changes.items():
                old = content.get(key)
                content[key] = {**old, **value} if isinstance(old, dict) and isinstance(value, Mapping) else value
            self._write(content)

    # --- other files -------------------------------------------------------------------------------------------------

    def replace(self, name: str, write: Callable[[Path], object]) -> None:
        """Let ``write`` fill a new file, and put it in the place of the file of that name, its checksum in run.json."""
        path, digest = self.folder / name, ""

        def announce(new: Path) -> None:
            nonlocal digest
            digest = digest_of(new)
            self._announce(name, digest)

        replace_file(path, write, announce=announce, is_private=True)
        self._in_place[name] = digest

    def replace_text(self, name: str, text: str) -> None:
        """Replace a text file."""
        self.replace(name, lambda new: new.write_text(text, encoding="utf-8", newline=""))

    def remove(self, name: str) -> None:
        """Remove a file, and its checksum."""
        self._announce(name, _NONE)
        with disk_errors(self.folder / name):
            (self.folder / name).unlink(missing_ok=True)
        self._in_place[name] = _NONE

    def exists(self, name: str) -> bool:
        """Whether there is a file of that name, or should be."""
        return (self.folder / name).exists() or _NONE not in self._listed(name, [_NONE])

    @contextlib.contextmanager
    def opened(self, name: str) -> Iterator[BinaryIO]:
        """The file of that name, checked, for reading.

        Raises
        ------
        RunError
            It is missing, or not as it was written; the message says what is lost, and what makes it anew.
        """
        path = self.folder / name
        for _ in range(_TRIES):
            listed = self._listed(name, [])
            if not path.exists() and listed and _NONE not in listed:
                if listed == self._listed(name, []):
                    raise damaged(path, "is missing")
                continue
            with disk_errors(path), path.open("rb") as file:
                if not listed or hashlib.file_digest(file, "sha256").hexdigest() in listed:
                    file.seek(0)
                    yield file
                    return
            if listed == self._listed(name, []):  # else another process has replaced it meanwhile
                break
        raise damaged(path)

    def text(self, name: str) -> str:
        """Content of a text file, checked."""
        with self.opened(name) as file:
            content = file.read()
        try:
            return content.decode()
        except UnicodeDecodeError:
            raise damaged(self.folder / name, "is not UTF-8 text") from None

    def faults(self) -> dict[str, str]:
        """Name -> what is wrong with it, for the listed files that are missing or not as they were written."""
        found = {}
        for name in self.info().get(_FILES) or {}:
            try:
                if self.exists(name):
                    with self.opened(name):
                        pass
            except RunError as error:
                found[name] = str(error)
        return found

    # --- the list ----------------------------------------------------------------------------------------------------

    def _listed(self, name: str, unlisted: list[str]) -> list[str]:
        """Checksums that a file may have."""
        if not (self.folder / RUN_JSON).exists():
            return unlisted
        return _several((self.info().get(_FILES) or {}).get(name, unlisted))

    def _announce(self, name: str, digest: str) -> None:
        """Let a file have another checksum beside the one that it has."""
        if not (self.folder / RUN_JSON).exists():
            return  # it comes after the files that it lists
        with self._locked():
            content = self._content()
            path = self.folder / name
            now = [digest_of(path) if path.is_file() else _NONE]
            before = _several(content.get(_FILES, {}).get(name, now))
            if before != [digest]:
                content.setdefault(_FILES, {})[name] = [digest, *(old for old in before if old != digest)]
                self._write(content)

    def _content(self) -> dict[str, Any]:
        """Content of run.json with one checksum for each file that was replaced here."""
        content = self.info() if (self.folder / RUN_JSON).exists() else {}
        files = content.setdefault(_FILES, {})
        for name, digest in self._in_place.items():
            if _several(files.get(name, digest))[0] == digest:
                files[name] = digest
        for name in [name for name, digest in files.items() if digest == _NONE]:
            del files[name]
        return content

    def _write(self, content: dict[str, Any]) -> None:
        content = plain(content)
        text = json_text({**content, _CHECKSUM: _checksum_of(content)})
        replace_file(
            self.folder / RUN_JSON, lambda new: new.write_text(text, encoding="utf-8", newline=""), is_private=True
        )
        self._in_place.clear()

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Only one process at a time reads run.json and writes it anew; where folders cannot be locked, no lock."""
        handle = None
        with contextlib.suppress(ImportError, OSError):
            import fcntl

            handle = os.open(self.folder, os.O_RDONLY)
            fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            if handle is not None:
                os.close(handle)


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _several(checksums: str | list[str]) -> list[str]:
    return [checksums] if isinstance(checksums, str) else list(checksums)


def _checksum_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of run.json's content, however it is laid out."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
