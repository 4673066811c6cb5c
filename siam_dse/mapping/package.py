"""Copies that fill the chiplets of a package: as many as one scale allows, then single ones.

More copies of a layer never take fewer chiplets: with more tiles in any layer the sequential fill is never behind.
Arrays are (L, U), layers first, or (L, P, U) for P trials at once: whole numbers as floats, exact.
"""

from collections.abc import Callable, Sequence

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.mapping.partition import filled_by_layers

_TOLERANCE = 1e-4  # of log(lambda): finer steps change no whole number of copies worth having
_COLUMNS = 512  # with few keys several trials are filled at once: as many columns cost little more than one
_SINGLE = 2**24  # whole numbers below are exact in single precision

Weigh = Callable[[FloatArray, FloatArray], FloatArray]


class Package:
    """Layers of U keys, and the chiplets that their copies may fill.

    Attributes
    ----------
    tiles : (L, U) float64
        Tiles of one copy.
    positions : (L, 1) float64
        Most copies of a layer.
    weight : (L, U) float64
        What the copies are proportional to.
    capacity, allowed : (U,) float64
        Tiles of a chiplet; chiplets.
    """

    def __init__(
        self, tiles: IntArray, positions: IntArray, weigh: Weigh, capacity: IntArray, allowed: IntArray
    ) -> None:
        self.tiles = np.ascontiguousarray(tiles.T, dtype=np.float64)
        self.positions = positions[:, None].astype(np.float64)
        self.weight = weigh(self.positions, self.tiles)
        self.capacity = capacity.astype(np.float64)
        self.allowed = allowed.astype(np.float64)
        most_tiles = (self.allowed * self.capacity + self.tiles.max(axis=0)).max()  # of a layer in any trial
        self._exact = np.float32 if most_tiles < _SINGLE else np.float64

    def copies(self) -> FloatArray:
        """Copies of each layer, (L, U), at least one of each, that fill at most the chiplets allowed."""
        return self._grown(self._scaled())

    def _fits(self, tiles: FloatArray, layers: Sequence[int]) -> BoolArray:
        """Whether layers of ``tiles`` (K, P, U), all copies together, fit, (P, U)."""
        filled = filled_by_layers(tiles, self.capacity.astype(self._exact), layers)
        return np.asarray(filled <= self.allowed)

    def _scaled(self) -> FloatArray:
        """clip(floor(lambda weight), 1, positions) of the largest lambda that fits, by bisection of its logarithm.

        Trials are cut off where a layer alone no longer fits, which changes no answer.
        """
        distinct, layers = self._distinct_layers()
        tiles, weight, positions = self.tiles[distinct], self.weight[distinct], self.positions[distinct]
        most = np.minimum(positions, np.floor(self.allowed * self.capacity / tiles) + 1).astype(self._exact)
        tiles = tiles.astype(self._exact)

        def copies(log_scale: FloatArray) -> FloatArray:
            """Copies (K, P, U) at P scales, (P, U)."""
            scaled = np.exp(log_scale) * weight[:, None]
            out = np.floor(scaled, out=scaled).astype(self._exact)
            np.maximum(out, 1, out=out)
            return np.minimum(out, most[:, None], out=out)

        low = np.log((1 / weight).min(axis=0))  # every layer at one copy
        high = np.log((positions / weight).max(axis=0))  # every layer at its most copies
        steps = (_trials(len(low)) + 1).bit_length() - 1
        while np.any(high - low >= _TOLERANCE):
            trial = copies(_bisection_tree(low, high, steps))
            trial *= tiles[:, None]
            low, high = _bisected(low, high, self._fits(trial, layers), steps)
        return copies(low[None])[layers, 0].astype(np.float64)

    def _distinct_layers(self) -> tuple[list[int], list[int]]:
        """Layers that differ from those before in tiles or positions, (K,), and which of them each layer is, (L,)."""
        number: dict[tuple[float, bytes], int] = {}
        layers = [
            number.setdefault((positions, tiles.tobytes()), len(number))
            for positions, tiles in zip(self.positions.ravel().tolist(), self.tiles, strict=True)
        ]
        return [layers.index(n) for n in range(len(number))], layers

    def _grown(self, copies: FloatArray) -> FloatArray:
        """One more copy of as many layers as the chiplets left over allow, those that gain most a tile first.

        Layers alike reach a lambda together: where all of them do not fit, some still may.
        """
        gain = np.where(copies < self.positions, self.positions / (copies * (copies + 1)) / self.tiles, 0)
        order = np.argsort(-gain.T, axis=1, kind="stable")
        rank = np.empty_like(order)
        np.put_along_axis(rank, order, np.arange(len(copies))[None, :], axis=1)
        rank = np.ascontiguousarray(rank.T, dtype=np.int32)
        tiles = self.tiles.astype(self._exact)
        taken = (self.tiles * copies).astype(self._exact)
        n_trials = _trials(len(self.capacity))
        step = np.arange(1, n_trials + 1)[:, None]
        low, high = np.zeros(len(self.capacity), dtype=np.int64), (gain > 0).sum(axis=0)
        while np.any(low < high):
            more = low + ((high - low) * step + n_trials) // (n_trials + 1)
            fits = self._fits(taken[:, None] + tiles[:, None] * (rank[:, None] < more), range(len(copies)))
            n_fit = fits.sum(axis=0)
            low, high = _between(np.concatenate([low[None], more, high[None] + 1]), n_fit)
        return copies + (rank < low)


def _trials(n_keys: int) -> int:
    """Trials at once for each key: one less than a power of two."""
    return max((1 << (_COLUMNS // max(n_keys, 1) + 1).bit_length() - 1) - 1, 1)


def _between(bounds: IntArray, n_fit: IntArray) -> tuple[IntArray, IntArray]:
    """Largest of ``bounds`` (P + 2, U) that fits and the last number before the next, (U,) each."""
    keys = np.arange(len(n_fit))
    return bounds[n_fit, keys], bounds[n_fit + 1, keys] - 1


def _bisection_tree(low: FloatArray, high: FloatArray, steps: int) -> FloatArray:
    """Every middle that ``steps`` of a bisection may come to, (2^steps - 1, U): the first, then the two after it, ..."""
    lows, highs, middles = low[None], high[None], []
    for _ in range(steps):
        middle = (lows + highs) / 2
        middles.append(middle)
        lows, highs = (np.stack(pair, axis=1).reshape(-1, len(low)) for pair in ((lows, middle), (middle, highs)))
    return np.concatenate(middles)


def _bisected(low: FloatArray, high: FloatArray, fits: BoolArray, steps: int) -> tuple[FloatArray, FloatArray]:
    """Bounds after ``steps`` of a bisection, from the answers at its tree, (2^steps - 1, U)."""
    keys, node = np.arange(len(low)), np.zeros(len(low), dtype=np.int64)
    for _ in range(steps):
        fit = fits[node, keys]
        is_wide = high - low >= _TOLERANCE  # each key on its own, whatever the keys beside it
        middle = (low + high) / 2
        low, high = np.where(is_wide & fit, middle, low), np.where(is_wide & ~fit, middle, high)
        node = 2 * node + 1 + fit
    return low, high
