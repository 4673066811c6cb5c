"""Every output column: name, unit, meaning, which way is better, and how it follows from a batch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from siam_dse.core.arrays import AnyArray
from siam_dse.system.batch import Batch


@dataclass(frozen=True)
class Column:
    """An output column in the engineering unit its name ends in."""

    name: str
    unit: str
    meaning: str
    direction: str | None  # "minimise", "maximise", or None where neither is better
    compute: Callable[[Batch], AnyArray]


def _mapped(name: str) -> Callable[[Batch], AnyArray]:
    """A (U,) figure of the mapping, gathered."""
    return lambda batch: batch.mapped(getattr(batch.mapping, name))


OUTPUT_COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        column.name: column
        for column in (
            Column("utilisation", "1", "cells that hold weights / all cells", "maximise", _mapped("utilisation")),
            Column("tiles", "count", "tiles that hold weights, copies included", "minimise", _mapped("total_tiles")),
            Column("chiplets", "count", "chiplets in the package", None, _mapped("n_chiplets")),
            Column(
                "chiplets_needed", "count", "chiplets needed with one copy of every layer", None,
                _mapped("chiplets_needed"),
            ),
            Column("chiplets_used", "count", "chiplets that hold weights", None, _mapped("chiplets_used")),
        )
    }
)  # fmt: skip
