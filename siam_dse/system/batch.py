"""A batch of designs cut into parts, each with as few combinations of fields as may be held at once."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import IntArray, chunks
from siam_dse.design.designs import Designs
from siam_dse.design.keys import Ranks
from siam_dse.mapping.mapping import MAPPING_FIELDS

# Layer values (combinations x layers) of an array held at once, of mappings, which have more arrays than the others,
# and of all that differs but for links; and designs whose keys are held: bound memory to a few hundred MB beside the
# columns, whatever the number of designs.
_MAPPED_VALUES_PER_PART = 300_000
_LAYER_VALUES_PER_PART = 1_500_000
_DESIGNS_PER_PART = 2**18
_PARTS_HELD = 2  # as many designs are kept as one part where they need no more room, for a second pass is dearer


@dataclass(frozen=True)
class Batch:
    """D designs on a network of ``n_layers``, whose figures follow from combinations of the ``common`` fields."""

    designs: Designs
    n_layers: int
    common: frozenset[str]

    def whole(self) -> Ranks | None:
        """Ranks of all designs where one part holds them."""
        if len(self.designs) > _PARTS_HELD * _DESIGNS_PER_PART:
            return None
        ranks = Ranks(self.designs)
        return ranks if len(self.designs) == 1 or self._parts_needed(ranks) <= 1 else None

    def parts(self) -> Iterator[tuple[IntArray, Ranks]]:
        """Rows and ranks of each part.

        Designs of one mapping lie in one part, or in few: what follows from the mapping is most of the work.
        """
        for some in chunks(len(self.designs), _DESIGNS_PER_PART):
            mapping = Ranks(self.designs.take(some)).key(MAPPING_FIELDS).gather
            rows = some.start + np.argsort(mapping, kind="stable")
            start, size = 0, len(rows)
            while start < len(rows):
                ranks, size = self._part(rows[start : start + size])
                yield rows[start : start + len(ranks)], ranks
                start, size = start + len(ranks), 2 * size

    def _part(self, rows: IntArray) -> tuple[Ranks, int]:
        """Ranks of the first designs among ``rows``, as many as may be, and how many there may be."""
        size = len(rows)
        while True:
            ranks = Ranks(self.designs.take(rows[:size]))
            n_parts = self._parts_needed(ranks)
            if n_parts <= 1 or len(ranks) == 1:
                return ranks, size
            size = -(-len(ranks) // n_parts)

    def _parts_needed(self, ranks: Ranks) -> int:
        """Parts of equal size that designs must be cut into for each to have few enough combinations."""
        mapped = len(ranks.key(MAPPING_FIELDS)) * self.n_layers / _MAPPED_VALUES_PER_PART
        common = len(ranks.key(self.common)) * self.n_layers / _LAYER_VALUES_PER_PART
        return int(np.ceil(max(mapped, common)))
