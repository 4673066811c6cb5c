"""Plain loops compiled by numba where it is installed, and run by Python where it is not."""

from collections.abc import Callable
from typing import Any, TypeVar

Loop = TypeVar("Loop", bound=Callable[..., Any])

try:
    import numba
except ImportError:  # the same figures, a hundred times slower
    numba = None


def compiled(loop: Loop) -> Loop:
    """A function of numbers and arrays as machine code, kept on disk beside its module where that can be written.

    Division by zero is NumPy's. Without numba the function itself. Modules with compiled loops are imported where they
    are used: numba takes half a second to import.
    """
    if numba is None:
        return loop
    try:
        fast: Loop = numba.njit(cache=True, nogil=True, error_model="numpy")(loop)
    except RuntimeError:  # no folder that a cache can be kept in
        fast = numba.njit(nogil=True, error_model="numpy")(loop)
    return fast
