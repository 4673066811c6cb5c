"""The busiest channels of an all-to-all from row and column profiles alone: O(k) work and memory a case.

A link's load is a product of a factor of the sources and one of the destinations, and one of the two depends on a
single coordinate. So the maximum over the mesh needs, of each set of nodes, only the totals of rows and columns and
the largest prefix count over rows or over columns. A row-major block has at most three distinct row profiles, which
gives these without the (k, k) occupancy.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray

# The longest profile of a chunk is at most so many times as long as the shortest.
_LONGER = 2
# Elements of a profile of all meshes, padded to the longest, below which several chunks cost more than padding.
_SMALL = 30_000


@dataclass(frozen=True)
class Footprint:
    """Profiles of a set of nodes; arrays are (n, k) unless said otherwise. ``block_footprint`` and others make them.

    ``boxes`` are disjoint rectangles that make up the set, (n, R, 4): first and last row, first and last column;
    an empty one has its last before its first.
    """

    nodes: FloatArray  # (n,) nodes in the set
    row_total: FloatArray  # nodes in row y
    column_total: FloatArray  # nodes in column x
    left_max: FloatArray  # largest number over rows of nodes at columns <= x
    right_max: FloatArray  # largest number over rows of nodes at columns >= x
    above_max: FloatArray  # largest number over columns of nodes in rows < y
    below_max: FloatArray  # largest number over columns of nodes in rows > y
    boxes: FloatArray

    def take(self, index: IntArray) -> "Footprint":
        """The sets at ``index``."""
        return Footprint(**{name: getattr(self, name)[index] for name in self.__dataclass_fields__})


@dataclass(frozen=True)
class LoadSummary:
    """Busiest channels and hops of an all-to-all; arrays are (n,), loads in the unit of ``per_pair``."""

    max_link: FloatArray
    max_injection: FloatArray
    max_ejection: FloatArray
    total_link: FloatArray  # sum over links: bit-hops if per_pair is bits
    total: FloatArray  # what the sources send in all
    hops_min: FloatArray
    hops_mean: FloatArray
    hops_max: FloatArray
    n_sources: FloatArray
    n_destinations: FloatArray

    def take(self, index: IntArray) -> "LoadSummary":
        """The cases at ``index``."""
        return LoadSummary(**{name: getattr(self, name)[index] for name in self.__dataclass_fields__})


def chunks_by_side(side: IntArray, elements: int) -> Iterator[IntArray]:
    """Indices of meshes of like size, in chunks whose profiles, padded to the longest, have ``elements`` at most."""
    if len(side) * side.max(initial=0) <= _SMALL:
        yield np.arange(len(side))
        return
    order = np.argsort(side, kind="stable")
    ordered = side[order]
    start = 0
    while start < len(order):
        padded = ordered[start:] * np.arange(1, len(order) - start + 1)
        stop = start + max(int(np.searchsorted(padded, elements, side="right")), 1)
        stop = min(stop, int(np.searchsorted(ordered, _LONGER * ordered[start], side="right")))
        yield order[start:stop]
        start = stop


def block_footprint(first: IntArray, count: IntArray, side: IntArray, side_max: int, snake: bool = False) -> Footprint:
    """Footprint of the nodes first .. first + count - 1 of meshes with ``side`` columns.

    Parameters
    ----------
    first, count, side : (n,)
    side_max : int
        Length of the padded profiles; at least the columns and the rows in use.
    snake : bool
        Odd rows run from right to left.

    Returns
    -------
    Footprint
    """
    first, count, side = (np.asarray(values, dtype=np.int64) for values in (first, count, side))
    last = first + count - 1
    top, bottom = first // side, last // side
    one_row = top == bottom
    zero = np.zeros_like(side)
    first_row = _mirrored(first % side, np.where(one_row, last % side, side - 1), side, snake & (top % 2 == 1))
    last_row = _mirrored(zero, last % side, side, snake & (bottom % 2 == 1))
    boxes = np.stack(
        [
            np.stack([top, top, *first_row], axis=1),
            np.stack([top + 1, bottom - 1, zero, side - 1], axis=1),
            np.stack([bottom, np.where(one_row, bottom - 1, bottom), *last_row], axis=1),
        ],
        axis=1,
    ).astype(np.float64)
    boxes[count <= 0] = (0, -1, 0, -1)
    position = np.arange(side_max)
    height, width = _size(boxes)
    rows_before = _covered(boxes[:, :, 0], height, position - 1)  # rows of the box above y, (n, R, k)
    rows_upto = _covered(boxes[:, :, 0], height, position)
    columns_upto = _covered(boxes[:, :, 2], width, position)
    columns_before = _covered(boxes[:, :, 2], width, position - 1)
    present = (height > 0)[:, :, None]
    ends_meet = (first_row[0] <= last_row[1]) & (last_row[0] <= first_row[1])
    below = height[:, :, None] - rows_upto
    return Footprint(
        nodes=(height * width).sum(axis=1),
        row_total=((rows_upto - rows_before) * width[:, :, None]).sum(axis=1),
        column_total=((columns_upto - columns_before) * height[:, :, None]).sum(axis=1),
        left_max=np.where(present, columns_upto, 0).max(axis=1),
        right_max=np.where(present, width[:, :, None] - columns_before, 0).max(axis=1),
        above_max=_tallest(rows_before, ends_meet),
        below_max=_tallest(below, ends_meet),
        boxes=boxes,
    )


def perimeter_footprint(rows: IntArray, cols: IntArray, side_max: int) -> Footprint:
    """Footprint of the boundary nodes of rows x cols meshes.

    Parameters
    ----------
    rows, cols : (n,)
        At least 1.
    side_max : int

    Returns
    -------
    Footprint
    """
    rows, cols = (np.asarray(values, dtype=np.int64) for values in (rows, cols))
    zero = np.zeros_like(rows)
    boxes = np.stack(
        [
            np.stack([zero, zero, zero, cols - 1], axis=1),
            np.stack([rows - 1, np.where(rows > 1, rows - 1, rows - 2), zero, cols - 1], axis=1),
            np.stack([zero + 1, rows - 2, zero, zero], axis=1),
            np.stack([zero + 1, rows - 2, cols - 1, np.where(cols > 1, cols - 1, cols - 2)], axis=1),
        ],
        axis=1,
    ).astype(np.float64)
    position = np.arange(side_max)
    height, width = _size(boxes)
    own_rows = _covered(boxes[:, :, 0], height, position) - _covered(boxes[:, :, 0], height, position - 1)
    own_columns = _covered(boxes[:, :, 2], width, position) - _covered(boxes[:, :, 2], width, position - 1)
    rows, cols = rows[:, None], cols[:, None]
    return Footprint(
        nodes=(height * width).sum(axis=1),
        row_total=(own_rows * width[:, :, None]).sum(axis=1),
        column_total=(own_columns * height[:, :, None]).sum(axis=1),
        left_max=np.minimum(position + 1, cols),
        right_max=np.maximum(cols - position, 0),
        above_max=np.minimum(position, rows),
        below_max=np.maximum(rows - 1 - position, 0),
        boxes=boxes,
    )


def all_to_all_summary(
    source: Footprint, destination: Footprint, per_pair: FloatArray, exclude_self: bool = False
) -> LoadSummary:
    """Busiest channels of an all-to-all between two sets of nodes, as ``all_to_all_loads`` has them.

    Parameters
    ----------
    source, destination : Footprint
        Of n cases each, padded to the same length.
    per_pair : (n,)
        What goes from one source to one destination.
    exclude_self : bool
        A node that is source and destination sends itself nothing.

    Returns
    -------
    LoadSummary

    Notes
    -----
    Equal to the maxima of the full arrays, to the last bit for integer-valued ``per_pair``.
    """
    volume = np.asarray(per_pair, dtype=np.float64)
    columns_upto = np.cumsum(destination.column_total, axis=1)
    rows_upto = np.cumsum(source.row_total, axis=1)
    n_sources, n_destinations = source.nodes, destination.nodes
    busiest = np.max(
        [
            (source.left_max * (n_destinations[:, None] - columns_upto)).max(axis=1),
            (source.right_max * (columns_upto - destination.column_total)).max(axis=1),
            (rows_upto * destination.below_max).max(axis=1),
            ((n_sources[:, None] - rows_upto + source.row_total) * destination.above_max).max(axis=1),
        ],
        axis=0,
    )
    pair_hops = _crossings(source.column_total, destination.column_total) + _crossings(
        source.row_total, destination.row_total
    )
    fewest, most, shared = _distances(source.boxes, destination.boxes)
    own = shared if exclude_self else np.zeros_like(shared)
    pairs = n_sources * n_destinations - own
    used = pairs > 0
    each_injects = np.where(n_sources > 0, n_destinations - (own >= n_sources), 0)
    each_ejects = np.where(n_destinations > 0, n_sources - (own >= n_destinations), 0)
    if exclude_self:
        fewest = np.where(shared > 0, 1, fewest)
    return LoadSummary(
        max_link=volume * busiest,
        max_injection=volume * np.where(used, each_injects, 0),
        max_ejection=volume * np.where(used, each_ejects, 0),
        total_link=volume * pair_hops,
        total=volume * pairs,
        hops_min=np.where(used, fewest, 0),
        hops_mean=np.divide(pair_hops, pairs, out=np.zeros_like(pair_hops), where=used),
        hops_max=np.where(used, most, 0),
        n_sources=n_sources,
        n_destinations=n_destinations,
    )


def merged(is_ring: BoolArray, rings: Footprint, blocks: Footprint) -> Footprint:
    """``rings`` where ``is_ring``, ``blocks`` elsewhere; both with as many boxes."""
    out = {}
    for name in Footprint.__dataclass_fields__:
        mine, theirs = getattr(blocks, name), getattr(rings, name)
        if name == "boxes":
            empty = np.broadcast_to(
                [0.0, -1.0, 0.0, -1.0], (len(mine), theirs.shape[1] - mine.shape[1], theirs.shape[2])
            )
            mine = np.concatenate([mine, empty], axis=1)
        mine[is_ring] = theirs
        out[name] = mine
    return Footprint(**out)


def block_loads_max(
    source_first: IntArray,
    source_count: IntArray,
    destination_first: IntArray,
    destination_count: IntArray,
    side: IntArray,
    side_max: int,
    per_pair: FloatArray,
    snake: bool = False,
    exclude_self: bool = False,
) -> LoadSummary:
    """Busiest channels of an all-to-all between two row-major blocks of nodes on the same mesh.

    Parameters
    ----------
    source_first, source_count, destination_first, destination_count, side, per_pair : (n,)
    side_max : int
    snake, exclude_self : bool

    Returns
    -------
    LoadSummary
    """
    return all_to_all_summary(
        block_footprint(source_first, source_count, side, side_max, snake),
        block_footprint(destination_first, destination_count, side, side_max, snake),
        per_pair,
        exclude_self,
    )


def _mirrored(left: IntArray, right: IntArray, side: IntArray, mirror: BoolArray) -> tuple[IntArray, IntArray]:
    """First and last column of a row's interval, reflected where asked, (n,) each."""
    return np.where(mirror, side - 1 - right, left), np.where(mirror, side - 1 - left, right)


def _size(boxes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Height and width of boxes, (n, R) each; both 0 where a box is empty."""
    height = np.maximum(boxes[:, :, 1] - boxes[:, :, 0] + 1, 0)
    width = np.maximum(boxes[:, :, -1] - boxes[:, :, 2] + 1, 0)
    empty = (height == 0) | (width == 0)
    return np.where(empty, 0, height), np.where(empty, 0, width)


def _covered(start: FloatArray, length: FloatArray, position: IntArray) -> FloatArray:
    """How many of the positions 0 .. position lie in start .. start + length - 1, (n, R, k)."""
    counted: FloatArray = position + 1.0 - start[:, :, None]
    np.maximum(counted, 0, out=counted)
    np.minimum(counted, length[:, :, None], out=counted)
    return counted


def _tallest(rows: FloatArray, ends_meet: BoolArray) -> FloatArray:
    """Most nodes in one column, (n, k): full rows, and the two end rows where a column is in both."""
    first, full, last = rows[:, 0], rows[:, 1], rows[:, 2]
    return full + np.where(ends_meet[:, None], first + last, np.maximum(first, last))


def _crossings(source: FloatArray, destination: FloatArray) -> FloatArray:
    """Sum of |distance| along one axis over all pairs, (n,), from the totals at each position, (n, k)."""
    source_upto, destination_upto = np.cumsum(source, axis=1), np.cumsum(destination, axis=1)
    forward = source_upto * (destination_upto[:, -1:] - destination_upto)
    backward = destination_upto * (source_upto[:, -1:] - source_upto)
    return np.asarray((forward + backward).sum(axis=1))


def _distances(source: FloatArray, destination: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Fewest and most links between two sets of boxes, and the number of nodes they share, (n,) each."""
    near, far, common = np.zeros(()), np.zeros(()), np.ones(())  # grow to (n, R, S): rows, then columns
    for low, high in ((0, 1), (2, 3)):
        first, last = source[:, :, None, low], source[:, :, None, high]
        other_first, other_last = destination[:, None, :, low], destination[:, None, :, high]
        near = near + np.maximum(np.maximum(first - other_last, other_first - last), 0)
        far = far + np.maximum(last - other_first, other_last - first)
        common = common * np.maximum(np.minimum(last, other_last) - np.maximum(first, other_first) + 1, 0)
    both = (_size(source)[0] > 0)[:, :, None] & (_size(destination)[0] > 0)[:, None, :]
    pairs = (1, 2)
    fewest, most = np.where(both, near, np.inf).min(axis=pairs), np.where(both, far, 0).max(axis=pairs)
    return fewest, most, np.where(both, common, 0).sum(axis=pairs)
