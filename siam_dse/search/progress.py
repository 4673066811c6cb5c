"""Progress of a search, as a value that is handed to a callback; nothing here prints."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Where a search is.

    ``done`` of ``total`` trials (sweep) or designs (enumeration); ``evaluated`` designs were computed since this
    process began, the rest were known or dropped by a cheap constraint. ``hypervolume`` is the share of a box, fixed
    for the run, that the front dominates.
    """

    done: int
    total: int
    evaluated: int
    feasible: int
    front_size: int
    hypervolume: float
    seconds: float
    rate: float  # trials or designs a second since this process began
    unit: str = "designs"  # of ``done``

    @property
    def eta_s(self) -> float:
        """Seconds left at the present rate; infinite before the first step."""
        return (self.total - self.done) / self.rate if self.rate > 0 else float("inf")


Callback = Callable[[Progress], None]


class Clock:
    """Seconds of work of a run, over all its sessions."""

    def __init__(self, before: float = 0.0) -> None:
        self.before = before
        self.start = time.monotonic()

    @property
    def session(self) -> float:
        """Seconds since this process began."""
        return time.monotonic() - self.start

    @property
    def seconds(self) -> float:
        """Seconds of the run."""
        return self.before + self.session
