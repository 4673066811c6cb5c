"""The folder of a new run: its name, and what becomes of a folder that a dead process left half-made."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from siam_dse.core.errors import InputError, RunError
from siam_dse.core.text import command, name_fault, shown
from siam_dse.design.space import OVERLAYS
from siam_dse.runs.atomic import disk_errors
from siam_dse.runs.lock import is_held, run_lock
from siam_dse.runs.store import PointStore

_BEFORE_RUN_JSON = (OVERLAYS, "space.yaml", "network.yaml", "networks", "run.json", "run.lock")


def slug(name: str) -> str:
    """``name`` as part of a folder name."""
    return "".join(c if c.isalnum() or c in "_.+" else "_" for c in name).strip(".") or "run"


def check_name(option: str, name: str, *, given: str | None = None) -> None:
    """Refuse what is no plain name of a run's folder; ``given`` is the path that ends in it.

    Raises
    ------
    InputError
    """
    said = shown(name if given is None else given)
    if not name.strip() or Path(name).name != name or name.startswith((".", "-")):
        raise InputError(option, f"{said}: must {'be' if given is None else 'end in'} a plain folder name, such as "
                         "resnet50-a")  # fmt: skip
    if fault := name_fault(name if given is None else given):
        raise InputError(option, f"{said}: {fault}")


@contextmanager
def new_folder(results: Path, name: str | None, stem: str, option: str = "--name") -> Iterator[Path]:
    """Make the folder, and hold it while its run is made: ``name``, or the first free ``stem``, ``stem-2``, ...

    Raises
    ------
    RunError
        The folder of that ``name`` is taken; the message says by what, and names the ``option``.
    """
    number = 1
    while True:
        path = results / (name or (stem if number == 1 else f"{stem}-{number}"))
        with ExitStack() as held:
            if _is_ours(path, held):
                yield path
                return
        if name is not None:
            raise RunError(f"{path}: {_taken_by(path)}, or give another {option}")
        number += 1


def _is_ours(path: Path, held: ExitStack) -> bool:
    """Whether this process alone has the folder to make a run in; then it is ``held``."""
    with disk_errors(path), suppress(FileExistsError):
        path.mkdir()
    if not _was_never_finished(path):
        return False
    try:
        held.enter_context(run_lock(path))
    except RunError:
        if is_held(path):  # by another process, which makes a run of this name
            return False
        raise
    return _was_never_finished(path)  # another one may have finished it before the lock was ours


def _taken_by(path: Path) -> str:
    """What is where a folder of a run would be, and what to do with it."""
    if (path / "run.json").is_file():
        return f"this run exists; continue it with {command('resume', path)}"
    if not path.is_dir():
        return "is a file; move it away"
    return "another process makes this run; wait for it" if is_held(path) else "holds other files; move them away"


@contextmanager
def discarded_if_empty(path: Path) -> Iterator[None]:
    """Remove the folder of a run just made if an error comes before its first point: the name is free again."""
    try:
        yield
    except Exception:  # whatever it is, it goes on its way
        if not PointStore(path).has_rows() and not (path / "checkpoint.npz").exists():
            shutil.rmtree(path, ignore_errors=True)
        raise


def _was_never_finished(path: Path) -> bool:
    """Whether a process died while it made this folder: nothing in it but what comes before run.json."""
    if not path.is_dir() or (path / "run.json").exists():
        return False
    return all(
        child.name in _BEFORE_RUN_JSON or (child.suffix == ".part" and child.name.startswith(_BEFORE_RUN_JSON))
        for child in path.iterdir()
    )
