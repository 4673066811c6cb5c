"""The folder of a new run: its name, and what becomes of a folder that a dead process left half-made."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from siam_dse.core.errors import RunError
from siam_dse.core.text import command
from siam_dse.design.space import OVERLAYS
from siam_dse.runs.atomic import disk_errors
from siam_dse.runs.store import PointStore

_BEFORE_RUN_JSON = (
    OVERLAYS, "space.yaml", "space.yaml.part", "network.yaml", "network.yaml.part", "networks", "run.json.part"
)  # fmt: skip


def slug(name: str) -> str:
    """``name`` as part of a folder name."""
    return "".join(c if c.isalnum() or c in "_.+" else "_" for c in name).strip(".") or "run"


def new_folder(results: Path, name: str | None, stem: str) -> Path:
    """Make the folder: ``name``, or the first free ``stem``, ``stem-2``, ..."""
    number = 1
    while True:
        path = results / (name or (stem if number == 1 else f"{stem}-{number}"))
        with disk_errors(path):
            try:
                path.mkdir()
            except FileExistsError:
                if _was_never_finished(path):
                    return path
                if name is not None:
                    raise RunError(
                        f"{path}: this run exists; continue it with {command('resume', path)}, or give another --name"
                    ) from None
                number += 1
            else:
                return path


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
    return path.is_dir() and all(child.name in _BEFORE_RUN_JSON for child in path.iterdir())
