"""Layers that are alike: what holds for one of them is computed once."""

from collections.abc import Hashable, Iterable

import numpy as np

from siam_dse.core.arrays import IntArray


def alike(layers: Iterable[Hashable]) -> tuple[IntArray, IntArray]:
    """First of each kind of layers, (K,), and the kind of each layer, (L,); ``layers`` says what tells them apart."""
    kinds: dict[Hashable, int] = {}
    kind = np.array([kinds.setdefault(layer, len(kinds)) for layer in layers], dtype=np.int64)
    first = np.empty(len(kinds), dtype=np.int64)
    first[kind[::-1]] = np.arange(len(kind) - 1, -1, -1)
    return first, kind
