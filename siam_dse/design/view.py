"""View: designs as one part of an engine sees them, with the fields that it declares and no others."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from siam_dse.core.arrays import AnyArray, IntArray
from siam_dse.design.designs import Designs, DesignsOnDemand


class UndeclaredFieldError(LookupError):
    """A part reads a field that it does not declare: designs that differ in it would share one result."""


class View(DesignsOnDemand):
    """Designs at ``rows`` (IntArray) of a batch that have the ``declared`` fields only."""

    if TYPE_CHECKING:
        _batch: Designs
        _rows: IntArray
        _declared: frozenset[str]
        _part: str

    def __init__(self, batch: Designs, rows: IntArray, declared: Iterable[str], part: str) -> None:
        super().__init__(batch, rows)
        vars(self).update(_declared=frozenset(declared), _part=part)

    def __len__(self) -> int:
        return len(self._rows)

    def take(self, rows: Any) -> "View":
        """The designs at ``rows`` of these."""
        return View(self._batch, self._rows[rows], self._declared, self._part)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> AnyArray:
            if name in Designs.__dataclass_fields__ and name not in self._declared:
                message = f"part {self._part!r} reads field {name!r}, which it does not declare"
                raise UndeclaredFieldError(message)
            return super().__getattr__(name)
