"""Copies that fill the chiplets of a package: as many as one scale allows, then single ones.

More copies of a layer never take fewer chiplets: with more tiles in any layer the sequential fill is never behind.
Arrays are (L, U), layers first, or (L, P, U) for P trials at once: whole numbers as floats, exact.
"""

from collections.abc import Callable
from math import ceil

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray
from siam_dse.mapping.partition import exact_type, filled_by_layers

_TOLERANCE = 1e-4  # of log(lambda): finer steps change no whole number of copies worth having
_COLUMNS = 800  # with few keys several trials are filled at once: as many columns cost little more than one

Weigh = Callable[[FloatArray, FloatArray], FloatArray]


class CopySearch:
    """Layers of U keys, and the chiplets that their copies may fill.

    Attributes
    ----------
    tiles : (L, U) float64
        Tiles of one copy.
    positions : (L, 1) or (L, U) float64
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
        self.positions = np.ascontiguousarray(np.atleast_2d(positions).T, dtype=np.float64)
        self.weight = weigh(self.positions, self.tiles)
        self.capacity = capacity.astype(np.float64)
        self.allowed = allowed.astype(np.float64)
        most_tiles = (self.allowed * self.capacity + self.tiles.max(axis=0)).max()  # of a layer in any trial
        self._exact = exact_type(most_tiles)

    def copies(self) -> FloatArray:
        """Copies of each layer, (L, U), at least one of each, that fill at most the chiplets allowed."""
        return self._grown(self._scaled())

    def _fits(self, tiles: FloatArray, layers: IntArray) -> BoolArray:
        """Whether layers of ``tiles`` (K, P, U), all copies together, fit, (P, U).

        A number of chiplets too large to be exact is still more than those allowed.
        """
        n_trials, n_keys = tiles.shape[1:]
        capacity = np.concatenate([self.capacity.astype(self._exact)] * n_trials)
        filled = filled_by_layers(tiles.reshape(len(tiles), -1), capacity, layers)
        return np.asarray(filled.reshape(n_trials, n_keys) <= self.allowed)

    def _distinct_layers(self) -> tuple[IntArray, IntArray]:
        """The first of the layers that have the same tiles in all keys and positions, (K,), and which each is, (L,)."""
        known: dict[tuple[bytes, bytes], int] = {}
        each = zip(*(map(np.ndarray.tobytes, values) for values in (self.positions, self.tiles)), strict=True)
        layers = np.array([known.setdefault(layer, len(known)) for layer in each], dtype=np.int64)
        return np.unique(layers, return_index=True)[1], layers

    def _scaled(self) -> FloatArray:
        """clip(floor(lambda weight), 1, positions) of the largest lambda that fits, by bisection of its logarithm.

        Trials are cut off where a layer alone no longer fits, which changes no answer.
        """
        first, layers = self._distinct_layers()
        tiles, weight, positions = self.tiles[first], self.weight[first], self.positions[first]
        most = np.minimum(positions, np.floor(self.allowed * self.capacity / tiles) + 1).astype(self._exact)
        tiles = tiles.astype(self._exact)

        def copies(log_scale: FloatArray) -> FloatArray:
            """Copies (K, P, U) at P scales, (P, U)."""
            scaled = np.exp(log_scale) * weight[:, None]
            out: FloatArray = np.floor(scaled, out=scaled).astype(self._exact)
            np.maximum(out, 1, out=out)
            np.minimum(out, most[:, None], out=out)
            return out

        low = np.log((1 / weight).min(axis=0))  # every layer at one copy
        high = np.log((positions / weight).max(axis=0))  # every layer at its most copies
        while (widest := (high - low).max()) >= _TOLERANCE:
            bounds = np.array([low, high])
            for _ in range(_steps(len(low), np.log2(widest / _TOLERANCE))):
                bounds = _with_middles(bounds)
            trial = copies(bounds[1:-1])
            trial *= tiles[:, None]
            low, high = _next_bounds(bounds, self._fits(trial, layers))
        return np.asarray(copies(low[None])[layers, 0], dtype=np.float64)

    def _grown(self, copies: FloatArray) -> FloatArray:
        """One more copy of as many layers as the chiplets left over allow, those that gain most a tile first.

        Layers alike reach a lambda together: where all of them do not fit, some still may.
        """
        gain = np.where(copies < self.positions, self.positions / (copies * (copies + 1)) / self.tiles, 0)
        rank = _ranks(gain)
        layers = np.arange(len(copies))
        tiles, taken = self.tiles.astype(self._exact), (self.tiles * copies).astype(self._exact)
        low, high = np.zeros(len(self.capacity), dtype=np.int64), (gain > 0).sum(axis=0) + 1
        while (widest := (high - low).max()) > 1:
            parts = 2 ** _steps(len(low), np.log2(widest))
            more = low + ((high - 1 - low) * np.arange(1, parts)[:, None] + parts - 1) // parts
            fits = self._fits(taken[:, None] + tiles[:, None] * (rank[:, None] < more), layers)
            low, high = _next_bounds(np.vstack([low, more, high]), fits)
        return copies + (rank < low)


def _ranks(gain: FloatArray) -> IntArray:
    """Place of each layer among those of its key, the largest gain first, layers of one gain in their order, (L, U)."""
    order = np.argsort(-gain.T, axis=1, kind="stable")
    rank = np.empty(order.shape, dtype=np.int32)
    np.put_along_axis(rank, order, np.arange(len(gain), dtype=np.int32)[None, :], axis=1)
    return np.ascontiguousarray(rank.T)


def _steps(n_keys: int, left: float) -> int:
    """Steps of a bisection to take at once, so that the ``left`` ones need few rounds: all their middles are tried."""
    at_once = max((_COLUMNS // n_keys + 1).bit_length() - 1, 1)
    rounds = ceil(left / at_once)
    return max(ceil(left / max(rounds, 1)), 1)


def _with_middles(bounds: FloatArray) -> FloatArray:
    """Bounds (B, U) in rising order and the middles between them, (2 B - 1, U).

    Where two bounds are close, each key on its own, the lower takes the middle's place: it stays the best.
    """
    low, high = bounds[:-1], bounds[1:]
    out = np.empty((2 * len(bounds) - 1, bounds.shape[1]))
    out[::2] = bounds
    out[1::2] = np.where(high - low >= _TOLERANCE, (low + high) / 2, low)
    return out


def _next_bounds(bounds: AnyArray, fits: BoolArray) -> tuple[AnyArray, AnyArray]:
    """The last of ``bounds`` (P + 2, U) that fits and the first that does not, from the answers at all inner ones."""
    n_fit, keys = fits.sum(axis=0), np.arange(bounds.shape[1])
    return bounds[n_fit, keys], bounds[n_fit + 1, keys]
