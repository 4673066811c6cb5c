"""Layers dealt out over the chiplets of a package, so that their links and ports work at once (``layer_placement``).

A layer is cut into units that stay whole: column blocks of tiles, so that no partial sum leaves a chiplet, and of them
as many as part a copy evenly and take no more tiles than a row of the chiplet's mesh, for every chiplet of a copy reads
its whole input; whole copies where groups take several row blocks. The units of all copies are dealt out evenly over a
run of chiplets, as long as the package where there are as many units. Runs stand side by side on shelves, bands of
tiles that are the same in every chiplet, each as high as the highest of its layers: next fit in layer order. Arrays are
(U, L) or (U,).
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.core.loops import for_loop, takes_loop
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.mapping.crossbars import ceil_div
from siam_dse.mapping.duplication import copy_weights
from siam_dse.mapping.partition import Partition

_SAVED_S = 1e-6  # CPU time that loops save a mapping's layer, measured
_HALVINGS = 32  # of a number of chiplets, or of the logarithm of a scale: below a chiplet, and a copy


@dataclass(frozen=True)
class Units:
    """What is dealt out of one copy of each layer, and the chiplets' room."""

    number: IntArray  # (U, L)
    tiles: IntArray  # (U, L) of each, on one chiplet
    capacity: IntArray  # (U,) tiles of a chiplet


@dataclass(frozen=True)
class Dealt:
    """Place of every layer, and what the shelves take."""

    placed: Partition
    on_chiplet: IntArray  # (U, L) tiles of the layer on each of its chiplets
    height: IntArray  # (U,) tiles of each chiplet, up to the top of the last shelf


def is_spread(designs: Designs) -> BoolArray:
    """Designs whose layers are dealt out, (U,): on equal dies, with weights that stay."""
    is_asked = designs.layer_placement == code("layer_placement", "spread")
    is_custom = designs.chiplet_style == code("chiplet_style", "custom")
    return np.asarray(is_asked & ~is_custom & (designs.weights == code("weights", "resident")))


def units_of(row_blocks: IntArray, tiles: IntArray, groups: IntArray, capacity: IntArray) -> Units:
    """Units of layers of so many ``row_blocks`` and ``tiles``, (U, L), in groups, (L,); none larger than a chiplet."""
    columns, side = tiles // row_blocks, np.ceil(np.sqrt(capacity)).astype(np.int64)
    together = np.ones_like(columns)
    for count in range(2, int(side.max(initial=1)) + 1):
        together[(columns % count == 0) & (count * row_blocks <= side[:, None])] = count
    whole_columns = (groups == 1) | (row_blocks == 1)
    size = np.minimum(np.where(whole_columns, row_blocks * together, tiles), capacity[:, None])
    return Units(ceil_div(tiles, size), size, capacity)


def deal(units: Units, copies: IntArray | int, chiplets: IntArray) -> Dealt:
    """Places of all layers, each over at most ``chiplets``, (U,).

    A layer of k units has ceil(k / n) of them on each of its chiplets, and as few chiplets as hold all so.
    """
    number = units.number * copies
    of_chiplet = ceil_div(number, chiplets[:, None])
    spanned, on_chiplet = ceil_div(number, of_chiplet), of_chiplet * units.tiles
    first, level = np.zeros_like(number), np.zeros_like(number)
    end, bottom, top = np.zeros((3, len(number)), dtype=np.int64)  # of the open shelf: chiplets, tiles
    for layer in range(number.shape[1]):
        opens = end + spanned[:, layer] > chiplets
        bottom, end = np.where(opens, top, bottom), np.where(opens, 0, end)
        first[:, layer], level[:, layer] = end, bottom
        end = end + spanned[:, layer]
        top = np.maximum(top, bottom + on_chiplet[:, layer])
    filled = (first + spanned).max(axis=1, initial=0)
    return Dealt(Partition(first, spanned, level, filled), on_chiplet, top)


def chiplets_dealt(units: Units) -> IntArray:
    """Chiplets over which one copy of every layer can be dealt, (U,), the fewest that halving finds.

    Over as many as all layers have units every layer stands on the first shelf.
    """
    if takes_loop(units.number.size, _SAVED_S):
        from siam_dse.mapping.spread_kernel import chiplets_of

        needed = np.empty_like(units.capacity)
        chiplets_of(for_loop(units.number), for_loop(units.tiles), for_loop(units.capacity), needed)
        return needed
    low = np.maximum(ceil_div((units.number * units.tiles).sum(axis=1), units.capacity) - 1, 0)
    high = np.maximum(units.number.sum(axis=1), low + 1)
    for _ in range(_HALVINGS):
        middle = np.maximum((low + high) // 2, 1)
        fits = deal(units, 1, middle).height <= units.capacity
        low, high = np.where(fits, low, middle), np.where(fits, middle, high)
        if (high - low <= 1).all():
            break
    return np.asarray(high)


def copies_dealt(units: Units, weight: FloatArray, most: IntArray, chiplets: IntArray) -> IntArray:
    """Copies of each layer, (U, L), between 1 and ``most``.

    Those of the largest lambda that fits, clip(floor(lambda weight), 1, most), found by halving its logarithm; what a
    shelf then has left behind its last layer goes to copies of that one.
    """
    copies = _scaled_copies(units, weight, most, chiplets)
    dealt = deal(units, copies, chiplets)
    end, level = dealt.placed.first_chiplet + dealt.placed.spanned_chiplets, dealt.placed.first_tile
    is_last = np.ones(end.shape, dtype=bool)
    is_last[:, :-1] = level[:, 1:] != level[:, :-1]
    left = np.where(is_last, chiplets[:, None] - end, 0) * (dealt.on_chiplet // units.tiles)
    return np.asarray(copies + np.minimum(most - copies, left // units.number))


def _scaled_copies(units: Units, weight: FloatArray, most: IntArray, chiplets: IntArray) -> IntArray:
    """Copies of the largest lambda that fits, (U, L)."""
    if takes_loop(weight.size, _SAVED_S):
        from siam_dse.mapping.spread_kernel import copies_of

        copies = np.empty_like(units.number)
        number, tiles, capacity = map(for_loop, (units.number, units.tiles, units.capacity))
        copies_of(number, tiles, capacity, for_loop(weight), for_loop(most), for_loop(chiplets), copies)
        return copies

    def scaled(log_scale: FloatArray) -> IntArray:
        return np.clip(np.floor(np.exp(log_scale)[:, None] * weight), 1, most).astype(np.int64)

    low, high = np.log((1 / weight).min(axis=1)), np.log((most / weight).max(axis=1))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        fits = deal(units, scaled(middle), chiplets).height <= units.capacity
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return scaled(low)


class Spread:
    """The designs of a batch whose layers are dealt out.

    Attributes
    ----------
    rows : (u,)
        Which of U designs they are; what methods take is of all U, and what they give of these.
    needed : (u,)
        Chiplets over which one copy of every layer can be dealt.
    """

    def __init__(self, designs: Designs, row_blocks: IntArray, tiles: IntArray, groups: IntArray) -> None:
        self.rows = np.flatnonzero(is_spread(designs)) if tiles.shape[1] else np.zeros(0, dtype=np.int64)
        self._designs, self._tiles = designs.take(self.rows), tiles[self.rows]
        self._units = units_of(row_blocks[self.rows], self._tiles, groups, self._designs.tiles_per_chiplet)
        self.needed = chiplets_dealt(self._units) if len(self.rows) else self.rows

    def _over(self, limit: IntArray) -> IntArray:
        """Chiplets to deal layers over: the limit, or those needed where shelves that long do not fit."""
        fits = deal(self._units, 1, limit[self.rows]).height <= self._units.capacity
        return np.where(fits, limit[self.rows], self.needed)

    def copies(self, positions: IntArray, limit: IntArray) -> IntArray:
        """Copies of each layer, (u, L), that fill at most ``limit`` chiplets (U,), at most the positions.

        Parameters
        ----------
        positions : (L,) or (U, L)
        limit : (U,)
        """
        copies = np.ones_like(self._tiles)
        chosen = np.flatnonzero(self._designs.duplication != code("duplication", "none"))
        if len(chosen):
            most = np.broadcast_to(positions, (len(limit), self._tiles.shape[1]))[self.rows[chosen]]
            units = Units(*(values[chosen] for values in vars(self._units).values()))
            weight = copy_weights(self._designs.take(chosen), self._tiles[chosen], most)
            copies[chosen] = copies_dealt(units, weight, most, self._over(limit)[chosen])
        return copies

    def place(
        self, copies: IntArray, limit: IntArray, placed: Partition, on_chiplet: IntArray, own_tiles: IntArray
    ) -> None:
        """Put the places of ``copies`` (U, L) in those of layers one after another, the last three.

        Parameters
        ----------
        copies : (U, L)
        limit : (U,)
        placed : Partition (U, L)
        on_chiplet : (U, L)
            Tiles of a layer on each of its chiplets.
        own_tiles : (U, L)
            Tiles of the die that starts with each layer: all dies with the first.
        """
        if not len(self.rows):
            return
        dealt = deal(self._units, copies[self.rows], self._over(limit))
        for name, values in vars(dealt.placed).items():
            getattr(placed, name)[self.rows] = values
        on_chiplet[self.rows], own_tiles[self.rows] = dealt.on_chiplet, 0
        own_tiles[self.rows, 0] = dealt.height
