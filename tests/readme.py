"""The transcripts of README.md: indented blocks that start with ``$ siam-dse``. Written anew by ``make readme``.

What a command says of its own speed differs from machine to machine and is left out; everything else must not.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
_BLOCK = re.compile(r"^    \$ (siam-dse .*)\n((?:    .*\n)*)", re.MULTILINE)
_PROGRESS = re.compile(r"^.* (?:trials|designs), [\d,]+/s, .*\n", re.MULTILINE)
_SECONDS = re.compile(r", [\d.]+ s$", re.MULTILINE)


def transcripts(text: str) -> dict[str, str]:
    """What each command of a text is said to print, by command."""
    return {match[1]: match[2] for match in _BLOCK.finditer(text)}


def printed(command: str) -> str:
    """What a command prints, indented, in an empty folder."""
    words = [sys.executable, "-m", "siam_dse", *shlex.split(command)[1:]]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in (str(README.parent), os.environ.get("PYTHONPATH")) if path),
        "PYTHONUNBUFFERED": "1",  # what is said on both streams stays in its order
    }
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            words, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
        )
    lines = _SECONDS.sub("", _PROGRESS.sub("", done.stdout)).splitlines()
    return "".join(f"    {line.rstrip()}".rstrip() + "\n" for line in lines)


def rewritten(text: str) -> str:
    """The text with every transcript as it is now."""
    return _BLOCK.sub(lambda match: f"    $ {match[1]}\n{printed(match[1])}", text)


if __name__ == "__main__":
    README.write_text(rewritten(README.read_text()))
