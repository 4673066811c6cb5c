"""Keyed: values that were computed once a unique key, and how they expand to the batch."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.system.keys import Key


@dataclass(frozen=True)
class Keyed:
    """Values (U,) or (U, L) on a key's unique rows."""

    key: Key
    values: FloatArray

    def gathered(self) -> FloatArray:
        """Values of every design, (D,) or (D, L)."""
        return np.asarray(self.values[self.key.gather])

    def summed(self, weights: FloatArray | None = None) -> FloatArray:
        """Sum over layers for every design, (D,), optionally weighted by (U, L).

        Rows are laid out one after another first: NumPy then adds each in the same order whatever the batch, so that a
        design's figures do not depend on the designs beside it.
        """
        terms = self.values if weights is None else self.values * weights
        return np.asarray(np.ascontiguousarray(terms).sum(axis=1)[self.key.gather])
