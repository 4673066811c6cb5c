"""Weight duplication: how many copies of each layer the package's tiles are spent on.

Copies share the output positions and so divide compute latency, not energy. With tiles_l tiles a copy and positions_l
positions, the least sum of latencies sum(positions_l / r_l) for a given sum(r_l tiles_l) has r_l proportional to
sqrt(positions_l / tiles_l) (Lagrange); equal stages have r_l proportional to positions_l.
"""

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.mapping.crossbars import ceil_div
from siam_dse.mapping.partition import chiplets_filled, partition

_BISECTIONS = 40
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
    for row_mask, weight in _rules(designs, tiles, positions):
        rows = np.flatnonzero(row_mask)
        if len(rows):
            copies[rows] = _fill_package(
                tiles[rows], weight[rows], positions, designs.tiles_per_chiplet[rows], chiplets_allowed[rows]
            )
    return copies


def _rules(designs: Designs, tiles: IntArray, positions: IntArray) -> list[tuple[BoolArray, FloatArray]]:
    """Rows of each rule and the weight that copies are proportional to, (U, L)."""
    return [
        (designs.duplication == code("duplication", "serial"), np.sqrt(positions / tiles)),
        (designs.duplication == code("duplication", "pipeline"), np.broadcast_to(positions * 1.0, tiles.shape)),
    ]


def _clipped(scale: FloatArray, weight: FloatArray, positions: IntArray) -> IntArray:
    """clip(floor(scale x weight), 1, positions), (U, L)."""
    return np.clip(np.floor(scale * weight), 1, positions).astype(np.int64)


def _fill_package(
    tiles: IntArray, weight: FloatArray, positions: IntArray, capacity: IntArray, allowed: IntArray
) -> IntArray:
    """Copies that fill at most ``allowed`` chiplets, (U, L)."""
    high = np.log((positions / weight).max(axis=1))  # every layer at its most copies
    start = np.log((1 / weight).min(axis=1))  # every layer at one copy
    low, best = start, np.ones_like(tiles)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        trial = _clipped(np.exp(middle)[:, None], weight, positions)
        fits = chiplets_filled(tiles * trial, capacity) <= allowed
        best = np.where(fits[:, None], trial, best)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
        if np.all(high - low < _TOLERANCE):
            break
    grown = _grow(tiles, positions, capacity, allowed, best)
    return _fill_chiplets(tiles, weight, positions, capacity, grown)


def _grow(tiles: IntArray, positions: IntArray, capacity: IntArray, allowed: IntArray, copies: IntArray) -> IntArray:
    """One more copy of as many layers as the chiplets left over allow, those that gain most a tile first, (U, L).

    Layers alike reach a lambda together: where all of them do not fit, some still may. How many is found by bisection.
    """
    gain = np.where(copies < positions, positions / (copies * (copies + 1)) / tiles, 0)
    order = np.argsort(-gain, axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(tiles.shape[1])[None, :], axis=1)
    low, high = np.zeros(len(tiles), dtype=np.int64), (gain > 0).sum(axis=1)
    best = copies
    for _ in range(int(tiles.shape[1]).bit_length()):
        middle = (low + high + 1) // 2
        trial = copies + (rank < middle[:, None])
        fits = chiplets_filled(tiles * trial, capacity) <= allowed
        best = np.where((fits & (middle > low))[:, None], trial, best)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle - 1)
    return best


def _fill_chiplets(
    tiles: IntArray, weight: FloatArray, positions: IntArray, capacity: IntArray, copies: IntArray
) -> IntArray:
    """More copies from the tiles that the partition leaves over in each chiplet, (U, L)."""
    placed = partition(tiles * copies, capacity)
    group = placed.first_chiplet
    room = placed.spanned_chiplets * capacity[:, None]  # (U, L) tiles of the layer's chiplets
    keys = np.arange(len(tiles))[:, None]
    n_groups = int(placed.chiplets.max()) + 1
    flat = (keys * n_groups + group).ravel()

    def used_by_group(trial: IntArray) -> IntArray:
        total = np.bincount(flat, weights=(tiles * trial).ravel(), minlength=len(tiles) * n_groups)
        return total.reshape(len(tiles), n_groups)[keys, group].astype(np.int64)

    low = np.zeros(tiles.shape)
    high = np.full(tiles.shape, np.log((positions / weight).max() / (1 / weight).min()))
    start = np.log(np.where(copies > 1, copies / weight, 1 / weight)).min(axis=1)[:, None]
    best = copies
    for _ in range(_BISECTIONS // 2):
        middle = (low + high) / 2
        trial = np.maximum(_clipped(np.exp(start + middle), weight, positions), copies)
        fits = used_by_group(trial) <= room
        best = np.where(fits, trial, best)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return _top_up(tiles, positions, best, room - used_by_group(best), group)


def _top_up(tiles: IntArray, positions: IntArray, copies: IntArray, spare: IntArray, group: IntArray) -> IntArray:
    """Whole copies, in layer order, from what is still spare in each chiplet, (U, L)."""
    out = copies.copy()
    taken = np.zeros(len(tiles), dtype=np.int64)
    previous = group[:, 0]
    for layer in range(tiles.shape[1]):
        taken = np.where(group[:, layer] == previous, taken, 0)
        previous = group[:, layer]
        extra = np.minimum((spare[:, layer] - taken) // tiles[:, layer], positions[layer] - out[:, layer])
        extra = np.maximum(extra, 0)
        out[:, layer] += extra
        taken = taken + extra * tiles[:, layer]
    return out


def positions_per_copy(positions: IntArray, copies: IntArray) -> IntArray:
    """Positions that each copy works on, (U, L): ceil(positions / copies)."""
    return ceil_div(positions, copies)
