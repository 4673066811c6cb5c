"""Loads of all-to-alls between runs of nodes, each geometry worked out once.

Many transfers of many designs are alike: the same runs of nodes on the same mesh, or moved by whole rows. Their loads
for one flit a pair are kept for the life of the process; any volume only scales them.
"""

from dataclasses import replace
from itertools import repeat
from threading import Lock

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, chunks, unique_rows
from siam_dse.engines.mesh.footprint import (
    Footprint,
    LoadSummary,
    all_to_all_summary,
    merged,
    perimeters,
    runs,
)
from siam_dse.engines.mesh.geometry import Geometry, Nodes

# Geometries worked out at once.
CHUNK = 2048
# Loads of a summary that grow with the volume; hops and numbers of nodes do not.
SCALED_LOADS = ("max_link", "max_injection", "max_ejection", "total_link", "total")
FIELDS = tuple(LoadSummary.__dataclass_fields__)
# Geometries kept, about 250 B each; when there are more, they are forgotten and collected anew.
KEPT = 200_000


def loads(where: Geometry, volume: FloatArray) -> LoadSummary:
    """Busiest channels and hops of all-to-alls.

    Parameters
    ----------
    where : Geometry
    volume : (n,)
        Sent in all, spread evenly over the pairs.

    Returns
    -------
    LoadSummary, (n,) in the unit of ``volume``
    """
    distinct, gather = unit_loads(where)
    unit = distinct.take(gather)
    per_pair = volume / unit.total
    return replace(unit, **{name: getattr(unit, name) * per_pair for name in SCALED_LOADS})


def unit_loads(where: Geometry) -> tuple[LoadSummary, IntArray]:
    """Loads of one flit a pair: of the distinct geometries, (U,), and which of them each of ``where`` is, (n,)."""
    where = where.canonical()
    once, gather = unique_rows(where.columns_of_key())
    return LoadSummary(*_kept.of(where.take(once))), gather


class _Kept:
    """Loads of the geometries met so far: (fields of LoadSummary, geometries), a column each."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._column: dict[bytes, int] = {}
        self._loads = np.empty((len(FIELDS), 0))

    def __len__(self) -> int:
        return len(self._column)

    def of(self, where: Geometry) -> FloatArray:
        """Loads of distinct geometries, (fields, U)."""
        keys = np.stack(where.columns_of_key(), axis=1).astype(np.int32)
        names = keys.view(f"V{keys.itemsize * keys.shape[1]}").ravel().tolist()
        with self._lock:
            column = np.fromiter(map(self._column.get, names, repeat(-1)), np.int64, len(names))
            new = np.flatnonzero(column < 0)
            out = self._loads[:, column] if len(new) < len(names) else np.empty((len(self._loads), len(names)))
            if len(new):
                out[:, new] = _worked_out(where.take(new))
                self._keep([names[i] for i in new], out[:, new])
        return out

    def _keep(self, names: list[bytes], columns: FloatArray) -> None:
        if len(self._column) + len(names) > KEPT:
            self._column.clear()
            names, columns = names[:KEPT], columns[:, :KEPT]
        start, stop = len(self._column), len(self._column) + len(names)
        if stop > self._loads.shape[1]:
            wider = np.empty((len(self._loads), 2 * stop))
            wider[:, :start] = self._loads[:, :start]
            self._loads = wider
        self._loads[:, start:stop] = columns
        self._column.update(zip(names, range(start, stop), strict=True))


_kept = _Kept()


def _worked_out(where: Geometry) -> FloatArray:
    """Loads of one flit a pair, (fields, n)."""
    parts = [_summary(where.take(part)) for part in chunks(len(where), CHUNK)]
    return np.array([np.concatenate([getattr(part, name) for part in parts]) for name in FIELDS])


def _summary(where: Geometry) -> LoadSummary:
    """Loads of one flit a pair."""
    source, destination = (_footprint(where, nodes) for nodes in (where.source, where.destination))
    return all_to_all_summary(source, destination)


def _footprint(where: Geometry, nodes: Nodes) -> Footprint:
    """Footprint of runs of nodes and perimeters."""
    is_ring = nodes.count == 0
    footprint = runs(nodes.first, nodes.count, where.columns)
    if not is_ring.any():
        return footprint
    return merged(is_ring, perimeters(where.rows[is_ring], where.columns[is_ring]), footprint)
