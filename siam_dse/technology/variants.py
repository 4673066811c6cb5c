"""Variants: several technologies that the designs of one batch are computed with, each by its name."""

from collections.abc import Sequence
from dataclasses import dataclass

from siam_dse.technology.technology import Technology

FIELD = "technology"  # column of tables, and axis of search spaces, that names the technology of a design
PACKAGED = "packaged"  # level of that axis with nothing laid over


@dataclass(frozen=True, eq=False)
class Variants:
    """Technologies by name, in the order of their codes; ``base`` is what all of them lie over."""

    names: tuple[str, ...]
    technologies: tuple[Technology, ...]
    base: Technology

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        return f"Variants({', '.join(self.names)})"

    def changed(self, technologies: Sequence[Technology]) -> "Variants":
        """The same names with other technologies in their places."""
        return Variants(self.names, tuple(technologies), self.base)
