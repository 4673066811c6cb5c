"""Whole numbers that a user gives."""

import operator

from siam_dse.core.errors import InputError


def whole_number(option: str, value: object) -> int:
    """The value, refused where it is no whole number; ``option`` names it in the message."""
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise InputError(option, f"must be a whole number, got {value!r}") from None


def check_jobs(option: str, jobs: int) -> None:
    """Refuse a number of processes that is neither at least 1 nor -1; ``option`` names it in the message."""
    if whole_number(option, jobs) < 1 and jobs != -1:
        raise InputError(option, f"must be at least 1, or -1 for one a core, got {jobs}")
