"""The errors a user can meet. Each says what was found, what is allowed and what to do."""

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import accumulate

_LONGEST_LINE = 2000  # letters of a problem
_LONGEST, _MOST_LINES = 5000, 20  # letters and problems of a message; the others are counted
_MOST_LISTED = 15  # known names that a message lists in full
_COMPARED = 100  # letters of a name that are compared
_CLOSEST = 6  # names listed of more
_LISTED_BY = {
    "field": "siam-dse fields",
    "output column": "siam-dse fields",
    "column": "siam-dse fields",
    "network": "siam-dse networks",
}


class SiamDseError(Exception):
    """Base class of every error this package raises on purpose; ``exit_code`` is the command line's answer."""

    exit_code = 2


class InputError(SiamDseError, ValueError):
    """One or several faults in what the user gave, gathered before raising.

    Parameters
    ----------
    where : str
        File, command or object the faults are in.
    problems : sequence of str
        One line a fault: field (and row), value, rule, remedy.
    """

    def __init__(self, where: str, problems: str | Sequence[str]) -> None:
        self.where = where
        lines = [problems] if isinstance(problems, str) else list(problems)
        self.problems = [line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}..." for line in lines]
        super().__init__(self.where, self.problems)

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return f"{self.where}: {self.problems[0]}"
        fit = [total <= _LONGEST for total in accumulate(map(len, self.problems))]
        shown = self.problems[: max(min(sum(fit), _MOST_LINES), 1)]
        lines = [f"{self.where}: {len(self.problems)} problems", *(f"  - {problem}" for problem in shown)]
        if len(self.problems) > len(shown):
            lines.append(f"  ... and {len(self.problems) - len(shown)} more")
        return "\n".join(lines)


class RunError(SiamDseError):
    """A run folder or its database cannot be used as asked."""


class DiskFullError(RunError):
    """A file of a run could not be written for want of space; ``where`` is the file.

    Parameters
    ----------
    where : str
    remedy : str
        What to do once there is space.
    """

    def __init__(self, where: str, remedy: str) -> None:
        self.where = where
        super().__init__(f"{where}: the disk is full; free some space, then {remedy}")


class DamageError(RunError):
    """A file of a run is missing, or not as it was written; the message says what is lost, and what makes it anew."""


class MismatchError(RunError):
    """A run may not be resumed since what it was made with has changed."""


class NoFeasibleDesignError(SiamDseError):
    """The search ended, and nothing it saw meets the constraints."""

    exit_code = 3


def closest_first(name: str, known: Iterable[str]) -> list[str]:
    """Known names, the one most like ``name`` first."""
    start = name[:_COMPARED].lower()
    return sorted(known, key=lambda other: -SequenceMatcher(None, start, other.lower()).ratio())


def unknown_name(kind: str, name: str, known: Iterable[str]) -> str:
    """The line for an unknown name: what was asked for and what there is, the closest first; of many the closest."""
    name = str(name)  # of Python it may be anything
    names = closest_first(name, known)
    line = f"unknown {kind} {name[:_COMPARED]!r}; known: "
    if len(names) <= _MOST_LISTED:
        return line + ", ".join(names)
    command = f", all listed by '{_LISTED_BY[kind]}'" if kind in _LISTED_BY else ""
    return f"{line}{', '.join(names[:_CLOSEST])} (the {_CLOSEST} closest of {len(names)}{command})"
