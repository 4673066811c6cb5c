"""Links of multicast: a flit from each source to each group of nodes, along a tree whose every link carries it once.

A flit goes along its source's row as far as the group reaches, and from there along each column in which the group has
nodes: the union of the XY paths. So the link that leaves column x to the east in some row carries the sources of the
row up to x times the groups that have a node beyond x; the one in column x that leaves row y to the south carries the
sources of all rows up to y times the groups that have a node in the column beyond y. With every node a group of its own
that is an all-to-all (``loads``).
"""

from dataclasses import dataclass, replace

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, chunks, unique_rows
from siam_dse.core.loops import takes_loop
from siam_dse.engines.mesh.footprint import LoadSummary
from siam_dse.engines.mesh.geometry import Geometry
from siam_dse.engines.mesh.loads import perimeter, place_block

_SAVED_S = 5e-5  # CPU time that a loop saves a geometry, measured
_ELEMENTS = 1_000_000  # of the largest temporary array


@dataclass(frozen=True)
class Groups:
    """Groups of the destinations of n geometries, (n,) each: neighbours, ``size`` of them, the last may be smaller.

    Where ``stride`` is not 0, nodes lie in blocks of ``size`` x ``stride``, and a group is every ``stride``-th of one.
    """

    size: IntArray
    stride: IntArray

    def take(self, rows: IntArray | slice) -> "Groups":
        """The groups at ``rows``."""
        return Groups(self.size[rows], self.stride[rows])

    def number(self, count: IntArray) -> IntArray:
        """How many there are of ``count`` nodes, (n,)."""
        block = self.size * np.maximum(self.stride, 1)
        left = count % block
        in_blocks = np.minimum(left, self.stride)
        return np.where(self.stride > 0, count // block * self.stride + in_blocks, -(-count // self.size))

    def of(self, place: IntArray) -> IntArray:
        """Group of the node at a place of the destinations, (n,)."""
        stride = np.maximum(self.stride, 1)
        in_blocks = place // (self.size * stride) * stride + place % stride
        return np.where(self.stride > 0, in_blocks, place // self.size)


def tree_summary(load: LoadSummary, where: Geometry, groups: Groups) -> LoadSummary:
    """Busiest channels of multicast, of the all-to-alls of the same geometries.

    Parameters
    ----------
    load : LoadSummary (n)
        Of one flit a pair; hops and numbers of nodes stay.
    where : Geometry
        Whose destinations are no perimeters.
    groups : Groups

    Returns
    -------
    LoadSummary
        Of one flit from each source to each group; ``total`` counts what is sent, once a group.
    """
    once, gather = unique_rows([*where.columns_of_key(), groups.size, groups.stride])
    links = _links if not takes_loop(len(once), _SAVED_S) else _looped
    busiest, crossed = links(where.take(once), groups.take(once))
    n_groups = groups.number(where.destination.count).astype(np.float64)
    return replace(
        load,
        max_link=busiest[gather],
        max_injection=n_groups,
        total_link=crossed[gather],
        total=load.n_sources * n_groups,
    )


def _links(where: Geometry, groups: Groups) -> tuple[FloatArray, FloatArray]:
    """Flits over the busiest link, and over all links, (n,) each, by prefix counts."""
    side = int(max(where.columns.max(initial=1), where.rows.max(initial=1)))
    parts = [_counted(where.take(part), groups.take(part), side) for part in chunks(len(where), _ELEMENTS // side**2)]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _counted(where: Geometry, groups: Groups, side: int) -> tuple[FloatArray, FloatArray]:
    """``_links`` on meshes of ``side`` x ``side`` at most."""
    source = _occupied(where, side)
    case, x, y, group = _nodes(where, groups)
    n, keys = len(where), case * (side**2 + 1) + group  # a group has a node at least
    of_row = source.sum(axis=2)  # (n, y)
    south_of = np.cumsum(of_row, axis=1)[:, :, None]
    north_of = of_row.sum(axis=1)[:, None, None] - south_of
    east_of = np.cumsum(source, axis=2)
    west_of = source.sum(axis=2, keepdims=True) - east_of
    far, near = _ends(keys, x)
    east, west = (_beyond(case[at], (x[at],), (n, side), turned) for at, turned in ((far, False), (near, True)))
    far, near = _ends(keys * side + x, y)
    south, north = (
        _beyond(case[at], (x[at], y[at]), (n, side, side), turned) for at, turned in ((far, False), (near, True))
    )
    loads = (
        east_of * east[:, None, :],
        west_of * west[:, None, :],
        south_of * south.swapaxes(1, 2),
        north_of * north.swapaxes(1, 2),
    )
    busiest = np.max([of.max(axis=(1, 2)) for of in loads], axis=0)
    return busiest, np.sum([of.sum(axis=(1, 2)) for of in loads], axis=0)


def _occupied(where: Geometry, side: int) -> FloatArray:
    """Sources of each mesh, (n, y, x)."""
    block = place_block(where.source.first, where.source.count, where.columns, side)
    is_ring = (where.source.count == 0)[:, None, None]
    return np.where(is_ring, perimeter(where.rows, where.columns, side), block)


def _nodes(where: Geometry, groups: Groups) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Case, column, row and group of every destination."""
    count = where.destination.count
    case = np.repeat(np.arange(len(where)), count)
    place = np.arange(len(case)) - np.repeat(np.cumsum(count) - count, count)
    node, columns = where.destination.first[case] + place, where.columns[case]
    return case, node % columns, node // columns, groups.take(case).of(place)


def _ends(key: IntArray, place: IntArray) -> tuple[IntArray, IntArray]:
    """Of the nodes of each key the one farthest along, and the one least far."""
    order = np.lexsort((place, key))
    ordered = key[order]
    is_first = np.concatenate([[True], ordered[1:] != ordered[:-1]]) if len(key) else np.zeros(0, dtype=bool)
    is_last = np.concatenate([is_first[1:], [True]]) if len(key) else is_first
    return order[is_last], order[is_first]


def _beyond(case: IntArray, place: tuple[IntArray, ...], shape: tuple[int, ...], turned: bool) -> FloatArray:
    """Ends of groups beyond each place along the last axis; ``turned``, up to it."""
    counted = np.zeros(shape)
    np.add.at(counted, (case, *place), 1)
    up_to = np.cumsum(counted, axis=-1)
    return up_to if turned else up_to[..., -1:] - up_to


def _looped(where: Geometry, groups: Groups) -> tuple[FloatArray, FloatArray]:
    """``_links`` by compiled loops."""
    from siam_dse.engines.mesh.tree_kernel import tree_links

    numbers = np.stack([*where.columns_of_key(), groups.size, groups.stride], axis=1)
    out = np.empty((2, len(where)))
    tree_links(numbers, out)
    return out[0], out[1]
