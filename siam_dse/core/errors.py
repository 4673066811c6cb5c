"""The errors a user can meet. Each says what was found, what is allowed and what to do."""

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher


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
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__(self.where, self.problems)

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return f"{self.where}: {self.problems[0]}"
        shown = self.problems[:20]
        lines = [f"{self.where}: {len(self.problems)} problems", *(f"  - {problem}" for problem in shown)]
        if len(self.problems) > len(shown):
            lines.append(f"  ... and {len(self.problems) - len(shown)} more")
        return "\n".join(lines)


class RunError(SiamDseError):
    """A run folder or its database cannot be used as asked."""


class MismatchError(RunError):
    """A run may not be resumed since what it was made with has changed."""


class NoFeasibleDesignError(SiamDseError):
    """The search ended, and nothing it saw meets the constraints."""

    exit_code = 3


def closest_first(name: str, known: Iterable[str]) -> list[str]:
    """Known names, the one most like ``name`` first."""
    return sorted(known, key=lambda other: -SequenceMatcher(None, name.lower(), other.lower()).ratio())


def unknown_name(kind: str, name: str, known: Iterable[str]) -> str:
    """The line for an unknown name: what was asked for and what there is, the closest first."""
    return f"unknown {kind} {name!r}; known: {', '.join(closest_first(name, known))}"
