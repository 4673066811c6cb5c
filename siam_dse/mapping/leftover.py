"""Copies from the tiles that the partition leaves over in each chiplet.

Layers that share a chiplet are a group; a layer split over several chiplets is a group of its own. Arrays are (L, U),
layers first, of whole numbers as floats, exact below 2^53.
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray
from siam_dse.mapping.copy_search import CopySearch
from siam_dse.mapping.partition import placed_by_layers

_BISECTIONS = 20


def fill_chiplets(search: CopySearch, copies: FloatArray) -> FloatArray:
    """``copies`` and more, (L, U), within the chiplets that each layer has.

    The layers of a group get more copies in proportion to their weight as far as its chiplets have room; then whole
    copies are added in layer order, which alone is enough for a layer that is a group of its own.
    """
    taken = search.tiles * copies
    placed = placed_by_layers(taken, search.capacity)
    starts = np.ones(copies.shape, dtype=bool)  # layers that start a group
    np.not_equal(placed.first_chiplet[1:], placed.first_chiplet[:-1], out=starts[1:])
    room = placed.spanned_chiplets * search.capacity  # tiles of the group's chiplets
    spare = room - placed.first_tile - taken  # of the group, at its last layer
    for here, after, joined in zip(spare[-2::-1], spare[:0:-1], ~starts[:0:-1], strict=True):
        np.copyto(here, after, where=joined)
    can_grow = (search.tiles <= spare) & (copies < search.positions)
    groups = _groups(can_grow, starts, spare)
    copies = copies.copy()
    if len(groups.first):
        _rescale(search, copies, groups, room, spare)
    _top_up(search, copies, starts, spare)
    return copies


@dataclass(frozen=True)
class _Groups:
    """Groups of several layers, G of them, one after another: M layers of them in all."""

    layer: IntArray  # (M,)
    key: IntArray  # (M,)
    first: IntArray  # (G,) where each group starts

    @property
    def group(self) -> IntArray:
        """Group of each of the M layers."""
        return np.repeat(np.arange(len(self.first)), np.diff(self.first, append=len(self.key)))

    def of_layers(self, values: AnyArray) -> AnyArray:
        """(L, U) values of each of the M layers."""
        return np.asarray(values[self.layer, self.key])

    def select(self, which: BoolArray) -> "_Groups":
        """The groups in ``which``, (G,)."""
        kept = which[self.group]
        starts = np.zeros(len(kept), dtype=bool)
        starts[self.first] = True
        return _Groups(self.layer[kept], self.key[kept], np.flatnonzero(starts[kept]))


def _groups(can_grow: BoolArray, starts: BoolArray, spare: FloatArray) -> _Groups:
    """Groups of several layers of which one can grow."""
    may_grow = spare > 0
    may_grow[:-1] &= ~(starts[:-1] & starts[1:])  # no layer alone
    may_grow[-1] &= ~starts[-1]
    key, layer = np.nonzero(np.ascontiguousarray(may_grow.T))
    groups = _Groups(layer, key, np.flatnonzero(starts[layer, key]))
    if not len(key):
        return groups
    return groups.select(np.logical_or.reduceat(groups.of_layers(can_grow), groups.first))


def _rescale(search: CopySearch, copies: FloatArray, groups: _Groups, room: FloatArray, spare: FloatArray) -> None:
    """Set the groups' ``copies`` to those of the largest lambda that fits, and ``spare`` to what is left then.

    lambda is found by bisection of its logarithm, group by group, between that of the copies there are and that of all
    layers at their most.
    """
    tiles, weight, least = (groups.of_layers(values) for values in (search.tiles, search.weight, copies))
    most = groups.of_layers(np.broadcast_to(search.positions, search.tiles.shape))
    group, first = groups.group, groups.first
    at_start = groups.layer[first], groups.key[first]
    room = room[at_start]
    start = np.log(copies / search.weight).min(axis=0)[groups.key[first]]
    span = np.log((search.positions / search.weight).max(axis=0) / (1 / search.weight).min(axis=0))

    def scaled(log_scale: FloatArray) -> FloatArray:
        """Copies of the layers, none fewer than there are."""
        out: FloatArray = np.exp(start + log_scale)[group]
        out *= weight
        np.floor(out, out=out)
        np.minimum(out, most, out=out)
        np.maximum(out, least, out=out)
        return out

    low, high = np.zeros(len(first)), span[groups.key[first]]
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        fits = np.add.reduceat(scaled(middle) * tiles, first) <= room
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    best = scaled(low)
    copies[groups.layer, groups.key] = best
    spare[at_start] = room - np.add.reduceat(best * tiles, first)


def _top_up(search: CopySearch, copies: FloatArray, starts: BoolArray, spare: FloatArray) -> None:
    """Add whole copies, in layer order, from the tiles that are ``spare`` where a group starts."""
    more = search.positions - copies  # at most
    left, taken = np.zeros_like(search.capacity), np.empty_like(search.capacity)
    for extra, tiles, does_start, at_start in zip(more, search.tiles, starts, spare, strict=True):
        np.copyto(left, at_start, where=does_start)
        np.divide(left, tiles, out=taken)
        np.floor(taken, out=taken)
        np.minimum(extra, taken, out=extra)
        np.multiply(extra, tiles, out=taken)
        left -= taken
    copies += more
