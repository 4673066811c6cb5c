"""A generation of designs in the making: none twice, none seen before."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, IntArray
from siam_dse.search.moves import Keys


@dataclass(frozen=True)
class Brood:
    """Designs to evaluate: levels (n, A), the kind of each (n,), and the climber that tries it (n,), or -1."""

    levels: IntArray
    kind: IntArray
    climber: IntArray

    def first(self, n: int) -> "Brood":
        """The first ``n``."""
        return Brood(self.levels[:n], self.kind[:n], self.climber[:n])


class Nest:
    """A generation in the making."""

    def __init__(self, keys: Keys, seen: np.ndarray) -> None:
        self._keys, self._seen = keys, seen
        self._own: list[np.ndarray] = []
        self._parts: list[Brood] = []

    def __len__(self) -> int:
        return sum(len(part.levels) for part in self._parts)

    def add(self, levels: IntArray, kind: int, most: int, climber: IntArray | None = None) -> bool:
        """Take up to ``most`` designs that are new; returns whether these are all."""
        if most <= 0 or not len(levels):
            return not len(levels)
        keys = self._keys.of(levels)
        once, first = np.unique(keys, return_index=True)  # in order, which makes them quick to look up
        fresh = np.ones(len(once), dtype=bool)
        for known in (self._seen, *self._own):
            fresh &= ~_among(once, known)
        new = np.zeros(len(keys), dtype=bool)
        new[first[fresh]] = True
        is_all = int(new.sum()) <= most
        rows = np.flatnonzero(new)[:most]
        self._own.append(np.sort(keys[rows]))
        of = np.full(len(rows), -1) if climber is None else climber[rows]
        self._parts.append(Brood(levels[rows], np.full(len(rows), kind), of))
        return is_all

    def brood(self) -> Brood:
        """All of it."""
        parts = self._parts or [
            Brood(np.zeros((0, 0), dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
        ]
        return Brood(
            *(np.concatenate([getattr(part, name) for part in parts]) for name in ("levels", "kind", "climber"))
        )


def _among(keys: np.ndarray, known: np.ndarray) -> BoolArray:
    """Which keys are among the sorted ``known``."""
    if not len(known):
        return np.zeros(len(keys), dtype=bool)
    return np.asarray(known[np.searchsorted(known, keys).clip(max=len(known) - 1)] == keys)
