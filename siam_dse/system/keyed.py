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
        """Sum over layers for every design, (D,), optionally weighted by (U, L)."""
        if weights is None:
            return np.asarray(self.values.sum(axis=1)[self.key.gather])
        return np.asarray(np.einsum("ul,ul->u", self.values, weights)[self.key.gather])
