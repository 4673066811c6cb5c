"""Unique keys: the combinations of some fields that occur in a batch, and the way back to the batch."""

from collections.abc import Iterable

import numpy as np

from siam_dse.core.arrays import FEW, AnyArray, IntArray
from siam_dse.design.designs import Designs, DesignsOnDemand

# Codes are renumbered by a table instead of a hash where the table has at most this many entries a design.
_TABLE_ENTRIES_PER_DESIGN = 4


class Ranks:
    """Ranks of every field's values in a batch of D designs, each found once and shared by all keys."""

    def __init__(self, designs: Designs) -> None:
        self.designs = designs
        self._ranks: dict[str, tuple[IntArray | None, int]] = {}
        self._keys: dict[frozenset[str], Key] = {}
        self._asked: dict[tuple[str, ...], Key] = {}  # the same by what was asked for
        self._each = np.arange(len(designs))
        self._telling: list[frozenset[str]] = []  # fields that tell all designs apart

    def __len__(self) -> int:
        return len(self.designs)

    def of(self, name: str) -> tuple[IntArray | None, int]:
        """Rank of each design's value of field ``name``, (D,), and the number of ranks; None where all are alike."""
        if name not in self._ranks:
            self._ranks[name] = _ranked(getattr(self.designs, name))
        return self._ranks[name]

    def each(self) -> "Key":
        """The key of all fields with a row for each design, in the batch's order, alike or not."""
        differing = tuple(name for name in Designs.__dataclass_fields__ if self.of(name)[0] is not None)
        key = self._apart(differing)
        self._keys[frozenset(differing)] = key
        self._asked.clear()
        return key

    def key(self, names: Iterable[str]) -> "Key":
        """The key of some fields; the same for all names whose values differ in the same fields."""
        asked = tuple(names)
        if asked not in self._asked:
            self._asked[asked] = self._of_differing(asked)
        return self._asked[asked]

    def _of_differing(self, names: tuple[str, ...]) -> "Key":
        """The key of those of ``names`` whose values differ."""
        differing = () if len(self) == 1 else tuple(n for n in dict.fromkeys(names) if self.of(n)[0] is not None)
        known = frozenset(differing)
        if known not in self._keys:
            is_apart = any(telling <= known for telling in self._telling)
            key = self._apart(differing) if is_apart else self._unique(differing, [self.of(each) for each in differing])
            self._keys[known] = key
            if len(key) == len(self) and not is_apart:
                self._telling.append(known)
        return self._keys[known]

    def key_with(self, names: Iterable[str], others: Iterable[tuple["Key", AnyArray]]) -> "Key":
        """The key of some fields and of values (U,) on other keys."""
        own, others = self.key(names), list(others)
        if len(own) == len(self):
            return self.key((*own.names, *(name for other, _ in others for name in other.names)))
        ranked = [(other, *_ranked(values)) for other, values in others]
        differing = [(other, rank, n_ranks) for other, rank, n_ranks in ranked if rank is not None]
        if not differing:
            return own
        codes = [self.of(name) for name in own.names]
        codes += [(rank[other.gather], n_ranks) for other, rank, n_ranks in differing]
        return self._unique((*own.names, *(name for other, _, _ in differing for name in other.names)), codes)

    def _unique(self, names: tuple[str, ...], codes: Iterable[tuple[IntArray | None, int]]) -> "Key":
        """The key of ``names`` from ranks and their number."""
        code = np.zeros(len(self), dtype=np.int64)
        n_codes = 1
        for rank, n_ranks in codes:
            if rank is None:
                continue
            if n_codes > np.iinfo(np.int64).max // n_ranks:
                code, n_codes = _compact(code, n_codes)
            code = code * n_ranks + rank if n_codes > 1 else rank
            n_codes *= n_ranks
        gather, n_keys = _compact(code, n_codes)
        if n_keys == len(self):
            return self._apart(names)
        representative = np.empty(n_keys, dtype=np.int64)
        representative[gather[::-1]] = np.arange(len(code) - 1, -1, -1)
        return Key(names, gather, representative, DesignsOnDemand(self.designs, representative))

    def _apart(self, names: tuple[str, ...]) -> "Key":
        """The key that has a row for each design, in the batch's order; the rows of all such keys are the same."""
        return Key(names, self._each, self._each, DesignsOnDemand(self.designs, self._each))


class Key:
    """U designs that differ in ``names``, out of a batch of D.

    ``designs`` are the representatives, ``representative`` (U,) their rows in the batch, ``gather`` (D,) the key of
    each row: ``values[key.gather]`` expands (U, ...) values to (D, ...).
    """

    def __init__(self, names: tuple[str, ...], gather: IntArray, representative: IntArray, designs: Designs) -> None:
        self.names = names
        self.gather = gather
        self.representative = representative
        self.designs = designs

    def of_rows(self, rows: IntArray) -> "Key":
        """The same U keys, gathered to the rows (n,) of the batch alone."""
        return Key(self.names, self.gather[rows], self.representative, self.designs)

    def __len__(self) -> int:
        return len(self.representative)

    def is_like(self, other: "Key") -> bool:
        """Whether rows of both are those of the same designs, in the same order."""
        return self is other or self.gather is other.gather

    def rows_of(self, other: "Key") -> IntArray:
        """For each key of this one the key of ``other`` it belongs to, (U,); this one's names include ``other``'s."""
        return np.asarray(other.gather[self.representative])

    def from_key(self, other: "Key", values: AnyArray) -> AnyArray:
        """(U_other, ...) values of a coarser key on this key's rows, (U, ...)."""
        return values if self.is_like(other) else values[self.rows_of(other)]


def _ranked(column: AnyArray) -> tuple[IntArray | None, int]:
    """Rank of each value, None where all are alike, and the number of ranks."""
    if not len(column) or column.strides == (0,) or np.all(column == column[0]):
        return None, 1
    if column.dtype.kind in "ib":
        low = int(column.min())
        return _compact(column.astype(np.int64) - low, int(column.max()) - low + 1)
    return _codes(column)


def _compact(code: IntArray, n_codes: int) -> tuple[IntArray, int]:
    """Codes 0 .. n_codes - 1 renumbered without gaps, (D,), and how many occur."""
    if n_codes <= _TABLE_ENTRIES_PER_DESIGN * len(code):
        occurs = np.zeros(n_codes, dtype=np.int64)
        occurs[code] = 1
        number = np.cumsum(occurs) - 1
        return number[code], int(number[-1]) + 1
    return _codes(code)


def _codes(column: AnyArray) -> tuple[IntArray, int]:
    """Number of each value among the distinct ones, (D,), and how many there are."""
    if len(column) <= FEW:
        values, code = np.unique(column, return_inverse=True)
        return code.astype(np.int64), len(values)
    import pandas as pd

    code, values = pd.factorize(column)
    return code.astype(np.int64), len(values)
