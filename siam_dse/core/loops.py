"""When a compiled loop is worth its import: numba takes half a second, NumPy evaluates thousands of designs in that."""

import sys
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np

from siam_dse.core.arrays import AnyArray, read_only

_IMPORT_S = 0.5  # CPU time that numba and its loops take to be imported


class _Waited:
    """CPU time that this process has spent for want of loops.

    It decides how figures are worked out, not which: loops and arrays give the same bytes.
    """

    seconds = 0.0
    asked: Callable[[], bool] | None = None  # whether loops are compiled


def ask_first(are_compiled: Callable[[], bool]) -> None:
    """Take no loop before ``are_compiled`` says so, but where numba is imported already."""
    _Waited.asked = are_compiled


def takes_loop(elements: int, saved_s: float) -> bool:
    """Whether to take a compiled loop instead of arrays.

    Where numba is imported already, it is taken; else once it would have paid for the import: so a long search takes
    loops, and one design does not wait for them.

    Parameters
    ----------
    elements : int
        Of the work.
    saved_s : float
        CPU time that the loop saves for each of them.
    """
    if "numba" in sys.modules:
        return sys.modules["numba"] is not None
    _Waited.seconds += elements * saved_s
    if _Waited.seconds <= _IMPORT_S or (_Waited.asked and not _Waited.asked()):
        return False
    return find_spec("numba") is not None


def for_loop(values: AnyArray) -> AnyArray:
    """Values that a loop reads, whoever made them: row by row in memory and read-only, so that it is compiled once."""
    return read_only(np.ascontiguousarray(values).view())
