"""Copies from the tiles that the partition leaves over in each chiplet.

Layers that share a chiplet are a group; a layer split over several chiplets is a group of its own. Arrays are (L, U),
layers first, of whole numbers as floats, exact below 2^53.
"""

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray
from siam_dse.mapping.package import Package
from siam_dse.mapping.partition import placed_by_layers

_BISECTIONS = 20


def fill_chiplets(package: Package, copies: FloatArray) -> FloatArray:
    """``copies`` and more, (L, U), within the chiplets that each layer has.

    The layers of a group get more copies in proportion to their weight as far as its chiplets have room; then whole
    copies are added in layer order.
    """
    taken = package.tiles * copies
    placed = placed_by_layers(taken, package.capacity)
    starts = np.ones(copies.shape, dtype=bool)  # layers that start a group
    np.not_equal(placed.first_chiplet[1:], placed.first_chiplet[:-1], out=starts[1:])
    room = placed.spanned_chiplets * package.capacity
    spare = room - placed.first_tile - taken  # of the group, at its last layer
    for here, after, ends in zip(spare[-2::-1], spare[:0:-1], starts[:0:-1], strict=True):
        np.copyto(here, after, where=~ends)
    can_grow = (package.tiles <= spare) & (copies < package.positions)
    if not can_grow.any():
        return copies
    shares = _with_group(can_grow, starts) & ~_is_alone(starts)  # alone, a layer takes what it can in the end
    copies = copies.copy()
    if shares.any():
        _rescale(package, copies, shares, starts, room, spare)
    _top_up(package, copies, starts, spare)
    return copies


def _is_alone(starts: BoolArray) -> BoolArray:
    """Layers that are the only one of their group."""
    alone = starts.copy()
    alone[:-1] &= starts[1:]
    return alone


def _with_group(which: BoolArray, starts: BoolArray) -> BoolArray:
    """Layers whose group has a layer in ``which``."""
    out, joins = which.copy(), ~starts
    for before, here, joined in zip(out[:-1], out[1:], joins[1:], strict=True):
        here |= before & joined
    for here, after, joined in zip(out[-2::-1], out[:0:-1], joins[:0:-1], strict=True):
        here |= after & joined
    return out


def _rescale(
    package: Package, copies: FloatArray, which: BoolArray, starts: BoolArray, room: FloatArray, spare: FloatArray
) -> None:
    """Set copies of the groups in ``which`` to those of the largest lambda that fits, and the tiles then spare.

    lambda is found by bisection of its logarithm, group by group, between that of the copies there are and that of all
    layers at their most.
    """
    key, layer = np.nonzero(np.ascontiguousarray(which.T))  # members of groups, one group after another
    member = layer * which.shape[1] + key
    first = np.flatnonzero(starts.ravel()[member])  # of each group
    tiles, weight, least, room = (
        values.ravel()[at]
        for values, at in (
            (package.tiles, member),
            (package.weight, member),
            (copies, member),
            (room, member[first]),
        )
    )
    most = package.positions.ravel()[layer]
    group = np.repeat(np.arange(len(first)), np.diff(first, append=len(member)))
    start = np.log(copies / package.weight).min(axis=0)
    span = np.log((package.positions / package.weight).max(axis=0) / (1 / package.weight).min(axis=0))

    def scaled(log_scale: FloatArray) -> FloatArray:
        """Copies of the members, none fewer than now."""
        out = np.exp(log_scale)[group]
        out *= weight
        np.floor(out, out=out)
        np.minimum(out, most, out=out)
        return np.maximum(out, least, out=out)

    start, high = start[key[first]], span[key[first]]
    low = np.zeros_like(high)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        fits = np.add.reduceat(scaled(start + middle) * tiles, first) <= room
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    best = scaled(start + low)
    copies.ravel()[member] = best
    spare.ravel()[member[first]] = room - np.add.reduceat(best * tiles, first)


def _top_up(package: Package, copies: FloatArray, starts: BoolArray, spare: FloatArray) -> None:
    """Add whole copies, in layer order, from the tiles that are ``spare`` where a group starts."""
    lacks = package.positions - copies
    left = np.zeros_like(package.capacity)
    extra = np.empty_like(left)
    for layer, tiles in enumerate(package.tiles):
        np.copyto(left, spare[layer], where=starts[layer])
        np.divide(left, tiles, out=extra)
        np.floor(extra, out=extra)
        np.minimum(extra, lacks[layer], out=extra)
        copies[layer] += extra
        extra *= tiles
        left -= extra
