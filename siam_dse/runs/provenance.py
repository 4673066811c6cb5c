"""Where a run comes from: versions, git commit, machine, command line."""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from siam_dse.runs.passwords import without_password

_PACKAGES = ("siam-dse", "optuna", "numpy", "pandas", "pyarrow", "moocore")


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def provenance() -> dict[str, Any]:
    """Entries of run.json about the session: versions, git, command, machine."""
    command = [Path(sys.argv[0]).name, *(without_password(word) for word in sys.argv[1:])]
    return {"versions": versions(), "git": git_commit(), "command": command,
            "machine": {"system": platform.platform(), "cores": os.cpu_count()}}  # fmt: skip


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that a result depends on."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def git_commit() -> dict[str, Any] | None:
    """Commit of the checkout that this package is run from, and whether it was changed since; None elsewhere."""
    folder = Path(__file__).resolve().parent.parent
    tracked = _git(folder, "ls-files", "--error-unmatch", "__init__.py")
    commit = _git(folder, "rev-parse", "HEAD") if tracked else None
    if not commit:
        return None
    return {"commit": commit, "changed": bool(_git(folder, "status", "--porcelain", "--untracked-files=no"))}


def _git(folder: Path, *words: str) -> str | None:
    """Output of a git command; None where it fails."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
