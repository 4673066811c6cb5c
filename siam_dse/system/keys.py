"""Unique keys: the combinations of some fields that occur in a batch, and the way back to the batch."""

from collections.abc import Sequence

from siam_dse.core.arrays import AnyArray, IntArray, unique_rows
from siam_dse.design.designs import Designs


class Key:
    """U designs that differ in ``names``, out of a batch of D.

    ``designs`` are the representatives, ``representative`` (U,) their rows in the batch, ``gather`` (D,) the key of
    each row: ``values[key.gather]`` expands (U, ...) values to (D, ...).
    """

    def __init__(self, batch: Designs, names: Sequence[str]) -> None:
        self.names = tuple(dict.fromkeys(names))
        self.representative, self.gather = unique_rows([getattr(batch, name) for name in self.names])
        self.designs = batch.take(self.representative)

    def __len__(self) -> int:
        return len(self.representative)

    def rows_of(self, other: "Key") -> IntArray:
        """For each key of this one the key of ``other`` it belongs to, (U,); this one's names include ``other``'s."""
        return other.gather[self.representative]

    def from_key(self, other: "Key", values: AnyArray) -> AnyArray:
        """(U_other, ...) values of a coarser key on this key's rows, (U, ...)."""
        return values[self.rows_of(other)]
