"""The busiest channels of an all-to-all from the borders of its sets of nodes alone: equal work on meshes of any size.

Under XY routing a link's load is a number of sources times a number of destinations, one of the two counted along the
link's own row or column, the other over the whole mesh. The link that leaves column x to the east carries the sources
of its row up to x times all destinations beyond x. So the busiest one takes, place by place along the axis, the row
with most sources. Both numbers are straight lines between the borders of the few rectangles that make up a set: their
product is a parabola there, and the largest lies at a border or beside a parabola's top.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray

ROWS, COLUMNS = 0, 1  # axes of a rectangle
FIRST, LAST = 0, 1  # its ends along an axis
_OUTER = (0, 2)  # the rectangles that have, along either axis, every border of a set


@dataclass(frozen=True)
class Footprint:
    """Sets of nodes as rectangles, n of them; ``runs`` and ``perimeters`` make them.

    Arrays are (R, 2, 2, n), cases last: rectangle, axis, end. ``profile`` holds up to any column, in its fullest row,
    as many nodes as the set does in its fullest, and likewise along columns; its rectangles are the first row, the full
    rows and the last row. A run's profile is the run itself, the perimeter's the whole mesh.
    """

    boxes: FloatArray  # disjoint rectangles that make up the set; an empty one has its last before its first
    profile: FloatArray  # (3, 2, 2, n)

    @cached_property
    def sizes(self) -> FloatArray:
        """Height and width of the rectangles, (R, 2, n); both 0 where one is empty."""
        return _sizes(self.boxes)

    @cached_property
    def profile_sizes(self) -> FloatArray:
        """The same of the profile, (3, 2, n)."""
        return self.sizes if self.profile is self.boxes else _sizes(self.profile)

    @cached_property
    def nodes(self) -> FloatArray:
        """Nodes of each set, (n,)."""
        return np.asarray((self.sizes[:, ROWS] * self.sizes[:, COLUMNS]).sum(axis=0))


@dataclass(frozen=True)
class LoadSummary:
    """Busiest channels and hops of an all-to-all; arrays are (n,), loads in the unit of what a pair sends."""

    max_link: FloatArray
    max_injection: FloatArray
    max_ejection: FloatArray
    total_link: FloatArray  # sum over links: bit-hops if a pair sends bits
    total: FloatArray  # what the sources send in all
    hops_min: FloatArray
    hops_max: FloatArray
    n_sources: FloatArray
    n_destinations: FloatArray

    def take(self, index: IntArray) -> "LoadSummary":
        """The cases at ``index``."""
        return LoadSummary(**{name: getattr(self, name)[index] for name in self.__dataclass_fields__})


def runs(first: IntArray, count: IntArray, columns: IntArray) -> Footprint:
    """Nodes first .. first + count - 1, in row-major order, of meshes with ``columns`` columns.

    Parameters
    ----------
    first, count, columns : (n,)

    Returns
    -------
    Footprint
    """
    last = first + count - 1
    top, bottom = first // columns, last // columns
    start, end, right = first - top * columns, last - bottom * columns, columns - 1
    one_row = top == bottom
    profile = _rectangles(
        (top, top, start, np.where(one_row, end, right)),
        (top + 1, bottom - 1, 0, right),
        (bottom + one_row, bottom, 0, end),
    )
    return Footprint(profile, profile)


def perimeters(rows: IntArray, columns: IntArray) -> Footprint:
    """Boundary nodes of rows x columns meshes, (n,) each, at least 1."""
    whole = runs(np.zeros_like(rows), rows * columns, columns).profile
    right, bottom = columns - 1, rows - 1
    boxes = _rectangles(  # each side without its last corner, clockwise
        (0, 0, 0, right - 1), (0, bottom - 1, right, right), (bottom, bottom, 1, right), (1, bottom, 0, 0)
    )
    is_line = (rows == 1) | (columns == 1)  # a whole mesh
    boxes[:3, ..., is_line] = whole[..., is_line]
    boxes[3:, ..., is_line] = _rectangles((0, -1, 0, -1))
    return Footprint(boxes, whole)


def merged(is_ring: BoolArray, rings: Footprint, others: Footprint) -> Footprint:
    """``rings`` where ``is_ring``, ``others`` elsewhere; all with as many boxes."""
    nothing = np.broadcast_to(_rectangles((0, -1, 0, -1)), (len(rings.boxes) - len(others.boxes), 2, 2, len(is_ring)))
    boxes, profile = np.concatenate([others.boxes, nothing]), others.profile.copy()
    boxes[..., is_ring], profile[..., is_ring] = rings.boxes, rings.profile
    return Footprint(boxes, profile)


def all_to_all_summary(source: Footprint, destination: Footprint) -> LoadSummary:
    """Busiest channels of an all-to-all of one flit a pair between two sets of nodes, none of them empty.

    Parameters
    ----------
    source, destination : Footprint
        Of n cases each.

    Returns
    -------
    LoadSummary

    Notes
    -----
    Equal to the maxima of ``loads.all_to_all_loads``, to the last bit. A node that is source and destination sends
    itself a flit, over its own injection and ejection channels.
    """
    busiest = [_busiest(source, destination, COLUMNS, turned) for turned in (False, True)]  # east, west
    busiest += [_busiest(destination, source, ROWS, turned) for turned in (False, True)]  # north, south
    fewest, most = _distances(source, destination)
    return LoadSummary(
        max_link=np.max(busiest, axis=0),
        max_injection=destination.nodes,
        max_ejection=source.nodes,
        total_link=_crossings(source, destination, ROWS) + _crossings(source, destination, COLUMNS),
        total=source.nodes * destination.nodes,
        hops_min=fewest,
        hops_max=most,
        n_sources=source.nodes,
        n_destinations=destination.nodes,
    )


def _rectangles(*borders: tuple[IntArray | int, ...]) -> FloatArray:
    """Rectangles from first row, last row, first column and last column of each, (R, 2, 2, n)."""
    flat = np.broadcast_arrays(*(border for box in borders for border in box))
    return np.array(flat, dtype=np.float64).reshape(len(borders), 2, 2, -1)


def _sizes(boxes: FloatArray) -> FloatArray:
    """Height and width of rectangles, (R, 2, n); both 0 where one is empty."""
    sizes = np.maximum(boxes[:, :, LAST] - boxes[:, :, FIRST] + 1, 0)
    return sizes * (sizes[:, ::-1] > 0)


def _busiest(held: Footprint, beyond: Footprint, axis: int, turned: bool) -> FloatArray:
    """Most nodes of ``held`` in one line up to a place along an axis x all nodes of ``beyond`` further on, (n,).

    ``turned``: the axis runs the other way. Numbers up to a place change their slope before a rectangle's first place
    and at its last, and where one of two rows comes to hold more than the other, which starts earlier.
    """
    spans = [(_first(held.profile, axis, turned), held.profile_sizes[:, axis])]
    spans += [(_first(beyond.boxes, axis, turned), beyond.sizes[:, axis])]
    place = [border for first, length in spans for i in _OUTER for border in (first[i] - 1, first[i] + length[i] - 1)]
    (held_first, held_length), (first, length) = spans
    if axis == COLUMNS:
        early, late = (0, 2) if turned else (2, 0)
        place.append(held_first[late] + held_length[early] - 1)
    places = np.sort(place, axis=0)
    most = _most(held, _covered(held_first, held_length, places), axis)
    across = beyond.sizes[:, None, 1 - axis]
    further = beyond.nodes - (across * _covered(first, length, places)).sum(axis=0)
    return _largest_product(places, most, further)


def _first(boxes: FloatArray, axis: int, turned: bool) -> FloatArray:
    """First place of rectangles along an axis, (R, n); ``turned``, place x is at -x."""
    return -boxes[:, axis, LAST] if turned else boxes[:, axis, FIRST]


def _covered(first: FloatArray, length: FloatArray, place: FloatArray) -> FloatArray:
    """How many of the places up to ``place`` (P, n) lie in first .. first + length - 1 (R, n), (R, P, n)."""
    counted: FloatArray = place + (1 - first[:, None])
    np.maximum(counted, 0, out=counted)
    return np.minimum(counted, length[:, None], out=counted)


def _most(held: Footprint, covered: FloatArray, axis: int) -> FloatArray:
    """Most nodes in one line along an axis, (P, n), from those of the first, the full and the last rows, (3, P, n).

    A row is one of the three. A column has a node of each full row, and one of the first and the last if it is in them.
    """
    if axis == COLUMNS:
        return np.asarray(covered.max(axis=0))
    first, full, last = covered
    (start, end), _, (other_start, other_end) = held.profile[:, COLUMNS]
    meet = (start <= other_end) & (other_start <= end)
    return np.asarray(full + np.where(meet, first + last, np.maximum(first, last)))


def _largest_product(place: FloatArray, one: FloatArray, other: FloatArray) -> FloatArray:
    """Largest product at any whole place of two numbers that are straight lines between places, (P, n) each, (n,)."""
    largest = (one * other).max(axis=0)
    width = np.diff(place, axis=0)
    slope, other_slope = (np.diff(line, axis=0) / np.maximum(width, 1) for line in (one, other))
    one, other = one[:-1], other[:-1]
    fall = -2 * slope * other_slope
    top = (one * other_slope + slope * other) / np.where(fall > 0, fall, np.inf)
    for step in (np.floor(top), np.ceil(top)):
        np.clip(step, 0, width, out=step)
        product = (one + slope * step) * (other + other_slope * step)
        np.maximum(largest, product.max(axis=0), out=largest)
    return np.asarray(largest)


def _crossings(source: Footprint, destination: Footprint, axis: int) -> FloatArray:
    """Sum of |distance| along one axis over all pairs, (n,).

    Notes
    -----
    The double sum of |x - y| over two intervals is a second difference of |d| (d^2 - 1) / 6, whose second difference is
    |d|.
    """
    (first, last), (other_first, other_last) = _ends(source, destination, axis)
    terms = (
        (last - other_first + 1, 1),
        (last - other_last, -1),
        (first - other_first, -1),
        (first - other_last - 1, 1),
    )
    double = sum(sign * np.abs(d) * (d**2 - 1) for d, sign in terms)
    across = source.sizes[:, None, 1 - axis] * destination.sizes[None, :, 1 - axis]
    return np.asarray((across * double).sum(axis=(0, 1)) / 6)  # 6: of the second difference, Notes


def _distances(source: Footprint, destination: Footprint) -> tuple[FloatArray, FloatArray]:
    """Fewest and most links between two sets of rectangles, (n,) each."""
    near, far = np.zeros(()), np.zeros(())  # grow to (R, S, n): along rows, then along columns
    for axis in (ROWS, COLUMNS):
        (first, last), (other_first, other_last) = _ends(source, destination, axis)
        near = near + np.maximum(np.maximum(first - other_last, other_first - last), 0)
        far = far + np.maximum(last - other_first, other_last - first)
    both = (source.sizes[:, None, ROWS] > 0) & (destination.sizes[None, :, ROWS] > 0)
    return np.where(both, near, np.inf).min(axis=(0, 1)), np.where(both, far, 0).max(axis=(0, 1))


def _ends(source: Footprint, destination: Footprint, axis: int) -> tuple[list[FloatArray], list[FloatArray]]:
    """First and last place along an axis of the rectangles of two sets, to be set against one another, (R, S, n)."""
    ends = (FIRST, LAST)
    return [source.boxes[:, None, axis, end] for end in ends], [destination.boxes[None, :, axis, end] for end in ends]
