"""One row of a YAML network file: typed access that notes every fault with place, field, value, rule and remedy."""

from collections.abc import Sequence
from typing import Any

from siam_dse.core.errors import closest_first, unknown_name
from siam_dse.core.text import shown
from siam_dse.workload.graph import Shape

_MOST = 10**7  # no side, kernel or channel count of a real network is larger
MOST_VALUES = 2**50  # of one layer


class Row:
    """A mapping of the file with the place it stands at; faults go to a shared list and a default is returned."""

    def __init__(self, place: str, content: dict[str, Any], problems: list[str]) -> None:
        self.place = place
        self.content = content
        self.problems = problems

    def __contains__(self, key: str) -> bool:
        return key in self.content

    def fault(self, field: str, got: Any, rule: str) -> None:
        """Note a fault of a field's value."""
        start = f"{self.place}: " if self.place else ""
        self.problems.append(f"{start}{field}: got {shown(got)}; {rule}")

    def check_keys(self, known: Sequence[str], required: Sequence[str] = ()) -> None:
        """Note unknown and missing keys."""
        start = f"{self.place}: " if self.place else ""
        for key in self.content:
            if key not in known:
                self.problems.append(start + unknown_name("key", str(key), known))
        for key in required:
            if key not in self.content:
                self.problems.append(f"{start}{key}: is missing; add it")

    def sub_row(self, key: str) -> "Row | None":
        """A mapping inside the row."""
        content = self.content[key]
        if isinstance(content, dict):
            return Row(f"{self.place}: {key}" if self.place else key, content, self.problems)
        self.fault(key, content, "must be a mapping {...}")
        return None

    def text(self, key: str, default: str) -> str:
        """A non-empty string; a number is taken as its spelling."""
        value = self.content.get(key, default)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            return str(value)
        if key in self.content and not (value == default == ""):
            self.fault(key, value, "must be text; put it in quotes")
        return default

    def choice(self, key: str, known: Sequence[str], default: str) -> str:
        """One of some words."""
        value = self.content.get(key, default)
        if value in known:
            return str(value)
        self.fault(key, value, f"must be one of {', '.join(closest_first(str(value), known))}")
        return default

    def whole(self, key: str, default: int, *, low: int, most: int = _MOST) -> int:
        """A whole number of at least ``low``."""
        return self._whole(key, self.content[key], low, default, most) if key in self.content else default

    def whole_of(self, field: str, value: Any, *, low: int, default: int) -> int:
        """A whole number of at least ``low`` that stands in a list of the row."""
        return self._whole(field, value, low, default)

    def _whole(self, field: str, value: Any, low: int, default: int, most: int = _MOST) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= most:
            return value
        hint = "; remove the quotes" if isinstance(value, str) and value.strip().isdigit() else ""
        self.fault(field, value, f"must be a whole number of at least {low} and at most {most}{hint}")
        return default

    def fraction(self, key: str, default: float, *, nan_allowed: bool = False, below_one: bool = False) -> float:
        """A number in [0, 1], or in [0, 1)."""
        value = self.content.get(key, default)
        if key not in self.content or (nan_allowed and isinstance(value, float) and value != value):
            return default
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and 0 <= value <= 1 and not (below_one and value == 1):
            return float(value)
        hint = "; write a percentage as a fraction" if is_number and value > 1 else ""
        self.fault(key, value, f"must be a number in [0, 1{')' if below_one else ']'}{hint}")
        return default

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self.content.get(key, False)
        if isinstance(value, bool):
            return value
        self.fault(key, value, "must be true or false")
        return False

    def at_least_one(self, key: str) -> float:
        """A number of at least 1."""
        value = self.content.get(key, 1.0)
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= 1:
            return float(value)
        self.fault(key, value, "must be a number of at least 1")
        return 1.0

    def positive(self, key: str) -> None:
        """Note a number that is not above 0."""
        value = self.content.get(key, 1)
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            self.fault(key, value, "must be a number above 0")

    def sides(self, key: str, count: int, meaning: str, most: int = _MOST) -> tuple[int, ...] | None:
        """A list of ``count`` whole numbers of at least 1; None if it is not one."""
        value = self.content[key]
        if not isinstance(value, list) or len(value) != count:
            self.fault(key, value, f"must be a list of {count} whole numbers: {meaning}")
            return None
        before = len(self.problems)
        out = tuple(
            self._whole(f"{key} {part.strip()}", v, 1, 1, most)
            for v, part in zip(value, meaning.split(","), strict=True)
        )
        return out if len(self.problems) == before else None

    def producers(self, key: str) -> list[tuple[str, Shape | None]]:
        """Producers of an edge row: a name, {layer: NAME, read_as: [...]}, or a list of those."""
        if key not in self.content:
            return []
        value = self.content[key]
        if isinstance(value, list) and not value:
            self.fault(key, value, "must name at least one layer, or be left out")
        out: list[tuple[str, Shape | None]] = []
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                inner = Row(f"{self.place}: {key}", item, self.problems)
                inner.check_keys(("layer", "read_as"), required=("layer",))
                shape = (
                    inner.sides("read_as", 3, "height, width, channels", MOST_VALUES) if "read_as" in inner else None
                )
                out += [(inner.text("layer", ""), as_shape(shape))] if "layer" in inner else []
            elif isinstance(item, str | int) and not isinstance(item, bool):
                out.append((str(item), None))
            else:
                self.fault(key, item, "must be the name of a layer, or {layer: NAME, read_as: [h, w, channels]}")
        return out


def as_shape(sides: tuple[int, ...] | None) -> Shape | None:
    """A shape, for the type checker."""
    return None if sides is None else (sides[0], sides[1], sides[2])
