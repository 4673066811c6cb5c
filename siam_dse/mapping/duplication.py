"""Weight duplication: how many copies of each layer the package's tiles are spent on.

Copies share the output positions and so divide compute latency, not energy. With tiles_l tiles a copy and positions_l
positions, the least sum of latencies sum(positions_l / r_l) for a given sum(r_l tiles_l) has r_l proportional to
sqrt(positions_l / tiles_l) (Lagrange); equal stages have r_l proportional to positions_l.
"""

from collections.abc import Callable

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray, chunks
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.mapping.crossbars import ceil_div
from siam_dse.mapping.partition import filled_by_layers, partition

_BISECTIONS = 40
_KEYS_PER_CHUNK = 2048  # keeps a bisection's arrays in the cache
_TOLERANCE = 1e-4  # of log(lambda): finer steps change no whole number of copies worth having


def copies_per_layer(designs: Designs, tiles: IntArray, positions: IntArray, chiplets_allowed: IntArray) -> IntArray:
    """Copies of each layer under the design's ``duplication``, (U, L).

    Parameters
    ----------
    designs : Designs
        ``duplication``, ``tiles_per_chiplet``, each (U,).
    tiles : (U, L) int64
        Tiles of one copy.
    positions : (L,) int64
        Output positions; a layer never has more copies than positions.
    chiplets_allowed : (U,) int64
        Chiplets the copies may fill; one copy of everything must fit.

    Returns
    -------
    (U, L) int64, between 1 and ``positions``.

    Notes
    -----
    The largest lambda with r_l = clip(floor(lambda weight_l), 1, positions_l) whose partition fits is found by
    bisection; then single layers get one more copy each while chiplets are left over, those first that gain most a
    tile; then each chiplet's left-over tiles are spent the same way on the layers it holds, and last on whole copies in
    layer order.
    """
    copies = np.ones_like(tiles)
    for is_rule, weigh in _rules(designs):
        for part in chunks(int(np.count_nonzero(is_rule)), _KEYS_PER_CHUNK):
            rows = np.flatnonzero(is_rule)[part]
            package = _Package(tiles[rows], weigh(positions, tiles[rows]), positions, designs.tiles_per_chiplet[rows])
            copies[rows] = package.filled(chiplets_allowed[rows]).T
    return copies


def _rules(designs: Designs) -> list[tuple[BoolArray, Callable[[IntArray, IntArray], FloatArray]]]:
    """Designs of each rule and the weight (U, L) that copies are proportional to, from positions and tiles."""
    return [
        (designs.duplication == code("duplication", "serial"), lambda positions, tiles: np.sqrt(positions / tiles)),
        (
            designs.duplication == code("duplication", "pipeline"),
            lambda positions, tiles: np.broadcast_to(positions * 1.0, tiles.shape),
        ),
    ]


class _Package:
    """Tiles and weights of U keys, layers first: arrays are (L, U) of whole numbers as floats, exact below 2^53."""

    def __init__(self, tiles: IntArray, weight: FloatArray, positions: IntArray, capacity: IntArray) -> None:
        self.tiles = np.ascontiguousarray(tiles.T, dtype=np.float64)
        self.weight = np.ascontiguousarray(weight.T)
        self.positions = positions[:, None].astype(np.float64)
        self.capacity = capacity.astype(np.float64)

    def filled(self, allowed: IntArray) -> FloatArray:
        """Copies that fill at most ``allowed`` chiplets."""
        return self._fill_chiplets(self._grow(allowed, self._largest_scale(allowed)))

    def _scaled(self, scale: FloatArray) -> FloatArray:
        """clip(floor(scale x weight), 1, positions)."""
        copies = np.floor(scale * self.weight)
        np.maximum(copies, 1, out=copies)
        return np.minimum(copies, self.positions, out=copies)

    def _fits(self, copies: FloatArray, allowed: IntArray) -> BoolArray:
        return np.asarray(filled_by_layers(self.tiles * copies, self.capacity) <= allowed)

    def _largest_scale(self, allowed: IntArray) -> FloatArray:
        """Copies of the largest lambda that fits."""
        high = np.log((self.positions / self.weight).max(axis=0))  # every layer at its most copies
        low = np.log((1 / self.weight).min(axis=0))  # every layer at one copy
        best = np.ones_like(self.tiles)
        for _ in range(_BISECTIONS):
            is_wide = high - low >= _TOLERANCE  # each key on its own, whatever the keys beside it
            if not is_wide.any():
                break
            middle = (low + high) / 2
            trial = self._scaled(np.exp(middle))
            fits = self._fits(trial, allowed)
            np.copyto(best, trial, where=fits & is_wide)
            low, high = np.where(fits & is_wide, middle, low), np.where(~fits & is_wide, middle, high)
        return best

    def _grow(self, allowed: IntArray, copies: FloatArray) -> FloatArray:
        """One more copy of as many layers as the chiplets left over allow, those that gain most a tile first.

        Layers alike reach a lambda together: where all of them do not fit, some still may; bisection finds how many.
        """
        gain = np.where(copies < self.positions, self.positions / (copies * (copies + 1)) / self.tiles, 0)
        order = np.argsort(-gain.T, axis=1, kind="stable")
        rank = np.empty_like(order)
        np.put_along_axis(rank, order, np.arange(len(copies))[None, :], axis=1)
        rank = np.ascontiguousarray(rank.T)
        low, high = np.zeros(len(self.capacity), dtype=np.int64), (gain > 0).sum(axis=0)
        best = copies
        for _ in range(len(copies).bit_length()):
            middle = (low + high + 1) // 2
            trial = copies + (rank < middle)
            fits = self._fits(trial, allowed)
            best = np.where(fits & (middle > low), trial, best)
            low, high = np.where(fits, middle, low), np.where(fits, high, middle - 1)
        return best

    def _fill_chiplets(self, copies: FloatArray) -> FloatArray:
        """More copies from the tiles that the partition leaves over in each chiplet."""
        taken = (self.tiles * copies).T.astype(np.int64)
        placed = partition(taken, self.capacity.astype(np.int64))
        group = _groups(placed.first_chiplet.T)  # layers that share chiplets
        slot = group * len(self.capacity) + np.arange(len(self.capacity))
        room = (placed.spanned_chiplets * self.capacity[:, None]).T  # tiles of the layer's chiplets

        def used_by_group(trial: FloatArray) -> FloatArray:
            total = np.bincount(slot.ravel(), weights=(self.tiles * trial).ravel(), minlength=slot.size)
            return np.asarray(total[slot])

        spare = room - used_by_group(copies)
        can_grow = (self.tiles <= spare) & (copies < self.positions)
        grows = (np.bincount(slot.ravel(), weights=can_grow.ravel(), minlength=slot.size) > 0)[slot]
        if not grows.any():
            return copies
        best = copies.copy()
        best[grows] = self._rescaled(copies, room, slot, grows)
        return self._top_up(best, room - used_by_group(best), group)

    def _rescaled(self, copies: FloatArray, room: FloatArray, slot: IntArray, grows: BoolArray) -> FloatArray:
        """Copies of the layers in ``grows``, (n,), of the largest lambda that fits each group of chiplets."""
        key = np.nonzero(grows)[1]
        start = np.log(np.where(copies > 1, copies / self.weight, 1 / self.weight)).min(axis=0)[key]
        limit = np.broadcast_to(self.positions, grows.shape)[grows]
        tiles, weight, least, room = self.tiles[grows], self.weight[grows], copies[grows], room[grows]
        slot = np.unique(slot[grows], return_inverse=True)[1]
        low = np.zeros_like(tiles)
        high = np.log((self.positions / self.weight).max(axis=0) / (1 / self.weight).min(axis=0))[key]
        best = least
        for _ in range(_BISECTIONS // 2):
            middle = (low + high) / 2
            trial = np.maximum(np.minimum(np.floor(np.exp(start + middle) * weight), limit), least)
            fits = np.bincount(slot, weights=tiles * trial)[slot] <= room
            best = np.where(fits, trial, best)
            low, high = np.where(fits, middle, low), np.where(fits, high, middle)
        return best

    def _top_up(self, copies: FloatArray, spare: FloatArray, group: IntArray) -> FloatArray:
        """Whole copies, in layer order, from what is still spare in each chiplet."""
        out = copies.copy()
        taken = np.zeros_like(self.capacity)
        for layer in range(len(copies)):
            if layer:
                taken[group[layer] != group[layer - 1]] = 0
            extra = np.floor((spare[layer] - taken) / self.tiles[layer])
            extra = np.clip(extra, 0, np.maximum(self.positions[layer] - out[layer], 0))
            out[layer] += extra
            taken += extra * self.tiles[layer]
        return out


def _groups(first_chiplet: IntArray) -> IntArray:
    """Number of each layer's run of layers with one first chiplet, from 0 on, (L, U)."""
    group = np.zeros_like(first_chiplet)
    np.cumsum(first_chiplet[1:] != first_chiplet[:-1], axis=0, out=group[1:])
    return group


def positions_per_copy(positions: IntArray, copies: IntArray) -> IntArray:
    """Positions that each copy works on, (U, L): ceil(positions / copies)."""
    return ceil_div(positions, copies)
