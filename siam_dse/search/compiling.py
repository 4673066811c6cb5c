"""Compiles loops in another process while a search goes on without them: the first one does not stand still.

    python -m siam_dse.search.compiling          compile all: after an installation, so that nobody waits
    python -m siam_dse.search.compiling search   those that searches take, or those of a replay

numba keeps what it compiles beside the modules; a stamp there says that it did, until a module or numba changes.
"""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from siam_dse.core.loops import ask_first
from siam_dse.design.designs import Designs
from siam_dse.runs.lock import file_lock
from siam_dse.runs.spaces import load_space
from siam_dse.search.parent import end_with
from siam_dse.system.evaluate import evaluate

_PACKAGE = Path(__file__).parents[1]
_COMMAND = (sys.executable, "-m", "siam_dse.search.compiling")
LOOPS = ("*kernel.py", "*_loop.py")  # modules with loops
_SEARCH_DESIGNS = 60
_LOOKS_S = 0.2
_WAIT_S = 600.0  # for another process that compiles the same


def _of_search() -> None:
    full, columns = load_space("full"), ["latency_ms", "energy_mj", "cost_usd", "sqnr_db"]
    some = full.designs_at(range(0, full.size, full.size // _SEARCH_DESIGNS))
    for designs in (Designs.grid(spare_tiles=1), some):
        evaluate("lenet5", designs).columns(columns)


def _of_replay() -> None:
    evaluate("lenet5", noc_model="fluid").column("latency_ms")


PARTS: dict[str, Callable[[], None]] = {"search": _of_search, "replay": _of_replay}


def compile_part(part: str) -> None:
    """Compile the loops of a part, if they are not, and leave a stamp where there is a place for it."""
    stamp = stamp_of(part)
    if not _has_place(stamp):
        _compile(part)
        return
    with file_lock(stamp.with_suffix(".lock"), "the cache of compiled loops", _WAIT_S):
        if not stamp.exists():
            _compile(part)
            for old in stamp.parent.glob(f"loops-{part}-*.done"):
                old.unlink()
            stamp.touch()


def _compile(part: str) -> None:
    import numba  # noqa: F401 (loops are taken where it is imported)

    PARTS[part]()


def _has_place(stamp: Path) -> bool:
    """Whether a stamp can be left; its folder is made."""
    try:
        stamp.parent.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(stamp.parent, os.W_OK)


def stamp_of(part: str) -> Path:
    """File that stands for a part's loops being compiled."""
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or _PACKAGE / "__pycache__")
    files = sorted(file for pattern in LOOPS for file in _PACKAGE.rglob(pattern))
    told = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    own = hashlib.sha256(repr((sys.version, version("numba"), told)).encode()).hexdigest()
    return folder / f"loops-{part}-{own[:16]}.done"


def _started(part: str) -> "subprocess.Popen[bytes]":
    """Another process that compiles a part, out of reach of Ctrl-C; it ends with this one."""
    nowhere, command = subprocess.DEVNULL, [*_COMMAND, part, str(os.getpid())]
    return subprocess.Popen(command, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True)


class Compiler:
    """Says whether the loops of a search are compiled; where they are not, another process compiles them.

    Where none can be started, or it fails, they are to be compiled here.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._is_done = False
        self._looked_s = -_LOOKS_S

    def __call__(self) -> bool:
        """Whether loops may be taken."""
        now_s = time.monotonic()
        if not self._is_done and now_s - self._looked_s >= _LOOKS_S:
            self._is_done, self._looked_s = self._look(), now_s
        return self._is_done

    def _look(self) -> bool:
        if self._process:
            return self._process.poll() is not None
        try:
            stamp = stamp_of("search")
            if stamp.exists() or not _has_place(stamp):
                return True
            self._process = _started("search")
        except (OSError, PackageNotFoundError):
            return True
        return False


@cache
def compile_beside() -> None:
    """From now on loops that are not compiled yet are not taken in this process until another one has compiled them."""
    ask_first(Compiler())


def main(arguments: list[str]) -> None:
    """Compile a part, with the process to end with where one is given, or all parts side by side."""
    if find_spec("numba") is None:
        sys.exit("numba is not installed: there are no loops to compile")
    if arguments:
        for parent in arguments[1:]:
            end_with(int(parent))
        compile_part(arguments[0])
        return
    others = [subprocess.Popen([*_COMMAND, part]) for part in PARTS]
    if any([other.wait() for other in others]):
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
