"""Some transfers of some designs: what a mask over all of them chooses, and the figures of their layers."""

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, IntArray
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.mapping.traffic import Transfers


class ChosenTransfers:
    """Transfers chosen by a (U, T) mask, key by key, those in ``twice`` two times; what is asked of them is (n,)."""

    def __init__(
        self, mapping: ChipMapping, transfers: Transfers, which: BoolArray, twice: BoolArray | None = None
    ) -> None:
        self._mapping, self._transfers = mapping, transfers
        self._cell = np.flatnonzero(which)  # several times as fast as np.nonzero, as are the flat indices below
        if twice is not None and twice.any():
            self._cell = np.repeat(self._cell, 1 + np.take(twice, self._cell))
        self.key = self._cell // which.shape[1]
        self.transfer = self._cell - self.key * which.shape[1]

    def __len__(self) -> int:
        return len(self.key)

    @property
    def is_second(self) -> BoolArray:
        """Which are a transfer's second."""
        return np.asarray(np.diff(self._cell, prepend=-1) == 0)

    def of_transfer(self, name: str) -> AnyArray:
        """A (U, T) figure of the transfers."""
        return np.take(getattr(self._transfers, name), self._cell)

    def of_layer(self, layer: IntArray, *names: str) -> list[IntArray]:
        """(U, L) figures of the mapping at one layer a transfer, given (T,); the host's are those of layer 0."""
        cell = self.key * self._mapping.first_chiplet.shape[1] + np.maximum(layer, 0)[self.transfer]
        return [np.take(getattr(self._mapping, name), cell) for name in names]
