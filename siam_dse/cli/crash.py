"""What an unexpected exception becomes: one line for the user, and a crash report in a file."""

import errno
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

from siam_dse.core.text import ascii_marks, cut
from siam_dse.runs.passwords import without_password

_LONGEST = 300  # letters of the exception's own text


def explained(error: Exception) -> tuple[str, bool]:
    """The line to print, and whether the program is at fault (the machine is where memory or the disk is full)."""
    if isinstance(error, MemoryError):
        return "the machine has too little memory for this; evaluate fewer designs at once, or a smaller network", False
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full ({error.filename or 'a temporary file'}); free some space, then try again", False
    what = cut(without_password(" ".join(f"{type(error).__name__}: {error}".split())), _LONGEST)
    path = _written(error)
    where = f"the report is in {path}" if path else "no crash report could be written"
    return (
        f"a fault of siam-dse, not of your input: {ascii_marks(what)}; {where}; please send it to the maintainers",
        True,
    )


def report(error: Exception) -> str:
    """Versions, command and traceback as text, without passwords."""
    from siam_dse.runs.provenance import git_commit, versions

    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
    lines = [
        f"siam-dse crash report, {datetime.now(UTC).isoformat(timespec='seconds')}",
        f"command: {command}",
        f"versions: {', '.join(f'{name} {number}' for name, number in versions().items())}",
        f"system: {sys.platform}, git: {git_commit()}",
        "",
        *traceback.format_exception(error),
    ]
    return "\n".join(without_password(line) for line in lines) + "\n"


def _written(error: Exception) -> Path | None:
    """File of the report: in the working folder, else among temporary files; None where neither can be written."""
    for folder in (Path.cwd, lambda: Path(tempfile.gettempdir())):
        try:
            with tempfile.NamedTemporaryFile(
                "w", dir=folder(), prefix="siam-dse-crash-", suffix=".txt", delete=False, encoding="utf-8"
            ) as file:
                file.write(report(error).encode("utf-8", "backslashreplace").decode())
                return Path(file.name)
        except OSError:
            continue
    return None
