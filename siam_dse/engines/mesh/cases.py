"""Cases of trace traffic on a mesh: who sends how much to whom, when, through which routers."""

from dataclasses import dataclass, replace

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, freeze
from siam_dse.technology.load import Constants

# How sources inject. rr_sync and rr_shift: one packet a cycle, round robin over the destinations, all sources in step
# or source i starting at destination i; asap_rr, asap_block: all packets ready at once, round robin or one destination
# after the other; spaced: round robin, one packet every ``gap`` cycles.
MODES = ("rr_sync", "rr_shift", "asap_rr", "asap_block", "spaced")
RR_SYNC, RR_SHIFT, ASAP_RR, ASAP_BLOCK, SPACED = range(len(MODES))


@dataclass(frozen=True)
class Cases:
    """n cases of all-to-all traffic; arrays are (n,) unless said otherwise.

    Each source sends ``packets`` packets of ``flits`` flits to each destination but itself. Nodes are numbered
    x + columns * y; the order of the destinations is the order in which they are served.
    """

    columns: IntArray
    rows: IntArray
    source: IntArray  # (n, S) node ids, -1 where there is none
    destination: IntArray  # (n, D) node ids, -1 where there is none
    packets: FloatArray  # per pair of source and destination; need not be whole
    flits: FloatArray  # per packet
    mode: IntArray  # index in MODES
    gap: FloatArray  # cycles between the packets of a source: 0 all at once, 1 one a cycle
    virtual_channels: FloatArray
    vc_flits: FloatArray  # depth of a virtual channel's buffer
    constants: Constants  # of the mesh

    def __post_init__(self) -> None:
        for name in ("columns", "rows", "source", "destination", "mode"):
            object.__setattr__(self, name, freeze(getattr(self, name), np.int64))
        for name in ("packets", "flits", "gap", "virtual_channels", "vc_flits"):
            object.__setattr__(self, name, freeze(getattr(self, name), np.float64))

    def __len__(self) -> int:
        return len(self.columns)

    def take(self, index: IntArray) -> "Cases":
        """The cases at ``index``, with the padding that these need."""
        source, destination = (_trimmed(nodes[index]) for nodes in (self.source, self.destination))
        return Cases(
            self.columns[index],
            self.rows[index],
            source,
            destination,
            self.packets[index],
            self.flits[index],
            self.mode[index],
            self.gap[index],
            self.virtual_channels[index],
            self.vc_flits[index],
            self.constants,
        )

    def side_max(self) -> int:
        """Rows and columns of arrays that hold every mesh."""
        return int(max(self.columns.max(), self.rows.max()))

    def in_corner(self) -> "Cases":
        """The same cases on the smallest meshes that hold them: packets routed XY never leave the box around both ends.

        The order of nodes and channels is kept, and so is every figure.
        """
        node = np.concatenate([self.source, self.destination], axis=1)
        y, x = np.divmod(node, self.columns[:, None])
        absent = node < 0
        left, top = (np.where(absent, self.side_max(), at).min(axis=1, keepdims=True) for at in (x, y))
        columns, rows = (np.where(absent, 0, at + 1).max(axis=1) for at in (x - left, y - top))
        moved = np.where(absent, node, x - left + columns[:, None] * (y - top))
        source, destination = np.split(moved, [self.source.shape[1]], axis=1)
        return replace(self, columns=columns, rows=rows, source=source, destination=destination)

    def moves(self) -> BoolArray:
        """Cases in which a packet leaves its node, (n,)."""
        several = (self.n_sources() > 1) | (self.n_destinations() > 1)
        return np.asarray((several | (self.source.max(axis=1) != self.destination.max(axis=1))) & (self.packets > 0))

    def distinct(self, *more: FloatArray) -> tuple[IntArray, IntArray]:
        """Representatives and gather index of the distinct cases, as of ``unique_rows``; ``more`` tells them apart too.

        Only ``columns`` of a mesh count: its rows have no part in the paths.
        """
        numbers = (self.packets, self.flits, self.mode, self.gap, self.virtual_channels, self.vc_flits, *more)
        of_case = np.stack([self.columns, *numbers], axis=1)
        first = first_alike([self.source, self.destination, of_case])
        once = np.flatnonzero(first == np.arange(len(first)))
        return once, np.searchsorted(once, first)

    def source_map(self) -> FloatArray:
        """Occupancy of the sources, (n, k, k)."""
        return occupancy(self.source, self.columns, self.side_max())

    def destination_map(self) -> FloatArray:
        """Occupancy of the destinations, (n, k, k)."""
        return occupancy(self.destination, self.columns, self.side_max())

    def sent(self) -> FloatArray:
        """Packets that each source sends, (n, S); 0 in the padding."""
        own = (self.source[:, :, None] == self.destination[:, None, :]).any(axis=2)
        present = self.source >= 0
        return np.asarray(np.where(present, self.packets[:, None] * (self.n_destinations()[:, None] - own), 0))

    def n_sources(self) -> IntArray:
        """Sources of each case, (n,)."""
        return np.asarray((self.source >= 0).sum(axis=1))

    def n_destinations(self) -> IntArray:
        """Destinations of each case, (n,)."""
        return np.asarray((self.destination >= 0).sum(axis=1))

    def last_injection(self) -> FloatArray:
        """Cycle at which the last packet is ready, (n,)."""
        return np.asarray(self.gap * np.maximum(np.ceil(self.sent().max(axis=1)) - 1, 0))


def _trimmed(nodes: IntArray) -> IntArray:
    """Padded node lists without columns that no case uses."""
    used = (nodes >= 0).any(axis=0)
    return nodes[:, : int(np.flatnonzero(used)[-1]) + 1] if used.any() else nodes[:, :1]


def first_alike(values: list[AnyArray]) -> IntArray:
    """The first case that has the same values as each, (n,), from arrays of which each has a row a case."""
    seen: dict[bytes, int] = {}
    rows = [b"".join(row.tobytes() for row in rows) for rows in zip(*values, strict=True)]
    return np.array([seen.setdefault(row, i) for i, row in enumerate(rows)])


def occupancy(nodes: IntArray, columns: IntArray, side_max: int) -> FloatArray:
    """Maps of the listed nodes.

    Parameters
    ----------
    nodes : (n, S)
        Node ids, -1 where there is none.
    columns : (n,)
    side_max : int

    Returns
    -------
    (n, side_max, side_max) float64, 1 where listed, indexed (case, y, x)
    """
    case, slot = np.nonzero(nodes >= 0)
    node = nodes[case, slot]
    out = np.zeros((len(nodes), side_max, side_max))
    out[case, node // columns[case], node % columns[case]] = 1
    return out


def node_lists(occupied: FloatArray, columns: IntArray) -> IntArray:
    """Padded node ids of maps, in the order of the ids: the inverse of ``occupancy``.

    Parameters
    ----------
    occupied : (n, ky, kx)
    columns : (n,)

    Returns
    -------
    (n, S) int64, -1 where there is none
    """
    case, y, x = np.nonzero(occupied)
    count = np.bincount(case, minlength=len(occupied))
    slot = np.arange(len(case)) - np.repeat(np.cumsum(count) - count, count)
    out = np.full((len(occupied), max(int(count.max(initial=0)), 1)), -1, dtype=np.int64)
    out[case, slot] = x + columns[case] * y
    return out
