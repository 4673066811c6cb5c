"""Keyed: values that were computed once a unique key, and how they expand to the batch."""

from dataclasses import dataclass, replace

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.system.keys import Key


@dataclass(frozen=True)
class Keyed:
    """Values (U,) or (U, L) on a key's unique rows, times those of a ``scale`` (U',) on a key of its own.

    A quantity that is a product of two parts with keys of their own is never expanded to the combinations of both
    before its layers are summed up.
    """

    key: Key
    values: FloatArray
    scale: "Keyed | None" = None

    def gathered(self, rows: slice | IntArray = slice(None)) -> FloatArray:
        """Values of some of the designs, (n,) or (n, L)."""
        values = self.values[self.key.gather[rows]]
        return values if self.scale is None else _times(values, self.scale.gathered(rows))

    def on(self, key: Key) -> FloatArray:
        """Values on a key that includes this one's, (U,) or (U, L)."""
        values = key.from_key(self.key, self.values)
        return values if self.scale is None else _times(values, self.scale.on(key))

    def summed(self, weights: "Keyed | None" = None) -> "Keyed":
        """Sum over layers, (U,), optionally weighted by (U', L) on a key that this one's includes.

        Rows are laid out one after another first: NumPy then adds each in the same order whatever the batch, so that a
        design's figures do not depend on the designs beside it.
        """
        terms = self.values if weights is None else self.values * weights.on(self.key)
        return replace(self, values=np.asarray(np.ascontiguousarray(terms).sum(axis=1)))


def _times(values: FloatArray, scale: FloatArray) -> FloatArray:
    """(n,) or (n, L) values times (n,)."""
    return np.asarray(values * (scale if values.ndim == 1 else scale[:, None]))
