"""Budget: how long a search may go on."""

import math
from dataclasses import asdict, dataclass
from typing import Any

from siam_dse.core.checks import whole_number
from siam_dse.core.errors import InputError

AUTO = "auto"  # enumerate where the budget allows it, else archive
ARCHIVE = "archive"
TIME_S = 12.0  # of a search that is given no budget
TRIALS = 1000  # of a sampler that is given no budget


@dataclass(frozen=True)
class Budget:
    """What ends a search, whichever comes first; None = no such bound.

    ``time_s`` seconds since it was started or resumed, ``evaluations`` different designs and ``trials`` stored ones of
    the whole run.
    """

    time_s: float | None = None
    evaluations: int | None = None
    trials: int | None = None

    def __post_init__(self) -> None:
        if self.time_s is not None and not (math.isfinite(self.time_s) and self.time_s > 0):
            raise InputError("--time", f"must be a positive number of seconds, got {self.time_s}")
        for name in ("evaluations", "trials"):
            value = getattr(self, name)
            if value is not None and whole_number(f"--{name}", value) < 1:
                raise InputError(f"--{name}", f"must be at least 1, got {value}")

    @property
    def content(self) -> dict[str, Any]:
        """For run.json."""
        return asdict(self)

    def more(self, evaluated: int, stored: int) -> "Budget":
        """The same beyond what a run has."""
        return Budget(
            self.time_s,
            None if self.evaluations is None else self.evaluations + evaluated,
            None if self.trials is None else self.trials + stored,
        )


def seconds_of(text: str) -> float:
    """Seconds that a text such as ``30s``, ``5m``, ``2h`` or ``45`` stands for.

    Raises
    ------
    InputError
        It is no such text.
    """
    units = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
    number = text.strip().rstrip("abcdefghijklmnopqrstuvwxyz").strip()
    unit = text.strip()[len(number) :].strip() or "s"
    try:
        return float(number) * units[unit]
    except (KeyError, ValueError):
        raise InputError("--time", f"{text!r}: write a time such as 30s, 5m or 2h") from None
