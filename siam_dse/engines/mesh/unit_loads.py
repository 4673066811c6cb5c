"""Loads of all-to-alls between runs of nodes, each geometry worked out once.

Many transfers of many designs are alike: the same runs of nodes on the same mesh, or moved by whole rows. Their loads
for one flit a pair are kept for the life of the process; any volume only scales them. What is kept changes no figure:
loads are whole numbers, the same bytes whether read or worked out anew.
"""

from collections.abc import Callable
from dataclasses import replace
from threading import Lock

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray, IntArray, chunks, unique_rows
from siam_dse.core.loops import takes_loop
from siam_dse.engines.mesh.footprint import (
    Footprint,
    LoadSummary,
    all_to_all_summary,
    merged,
    perimeters,
    runs,
)
from siam_dse.engines.mesh.geometry import N_KEY, Geometry, Nodes

# Geometries worked out at once.
CHUNK = 2048
# Loads of a summary that grow with the volume; hops and numbers of nodes do not.
SCALED_LOADS = ("max_link", "max_injection", "max_ejection", "total_link", "total")
FIELDS = tuple(LoadSummary.__dataclass_fields__)
PLACES = 2**19  # of geometries kept, about 100 B each
_TABLE = 2**17  # places for the distinct geometries of one call, most: half a megabyte
_SAVED_S = 1e-7  # CPU time that a loop saves a geometry, measured
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio


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
    return scaled(distinct.take(gather), volume)


def scaled(unit: LoadSummary, volume: FloatArray) -> LoadSummary:
    """Loads of volumes that destinations take in all, (n,), from those of one flit a pair."""
    per_pair = volume / (unit.n_sources * unit.n_destinations)
    return replace(unit, **{name: getattr(unit, name) * per_pair for name in SCALED_LOADS})


def unit_loads(where: Geometry) -> tuple[LoadSummary, IntArray]:
    """Loads of one flit a pair: of the distinct geometries, (U,), and which of them each of ``where`` is, (n,)."""
    if takes_loop(len(where), _SAVED_S):
        return loop_unit_loads(np.stack(where.columns_of_key(), axis=1))
    where = where.canonical()
    once, gather = unique_rows(where.columns_of_key())
    return LoadSummary(*_kept.of(where.take(once)).T), gather


def loop_unit_loads(numbers: IntArray) -> tuple[LoadSummary, IntArray]:
    """``unit_loads`` by a compiled loop, of geometries (n, 6 or more) whose first numbers are ``columns_of_key``."""
    keys = np.empty((len(numbers), N_KEY), dtype=np.int32)
    return _looped(numbers, _empty_table(len(numbers)), keys, 0)


def _empty_table(most: int) -> AnyArray:
    """A table for the distinct ones of so many geometries."""
    return np.full(min(2 ** (2 * most).bit_length(), _TABLE), -1, dtype=np.int32)


def _looped(numbers: IntArray, table: AnyArray, keys: AnyArray, n_known: int) -> tuple[LoadSummary, IntArray]:
    """Loads of the geometries that are new to a table, and the number of each, (n,)."""
    from siam_dse.engines.mesh.kernel import distinct_loads

    loads, which = np.empty((len(numbers), len(FIELDS))), np.empty(len(numbers), dtype=np.int64)
    n_new = distinct_loads(numbers, table, keys, loads, which, n_known) - n_known
    return LoadSummary(*np.ascontiguousarray(loads[:n_new].T)), which


class Met:
    """Figures of geometries met in one pass over many, each worked out once by compiled loops.

    ``most`` are the geometries that it may come to; ``figures`` gives (n, ``n_figures``) of loads of one flit a pair.
    """

    def __init__(self, most: int, figures: Callable[[LoadSummary], FloatArray], n_figures: int) -> None:
        self._table, self._figures = _empty_table(most), figures
        self._keys: AnyArray = np.empty((0, N_KEY), dtype=np.int32)
        self._known = np.empty((0, n_figures))
        self._n_known = 0

    def of(self, numbers: IntArray) -> tuple[FloatArray, IntArray]:
        """Figures (k, F) of all geometries known, and which of them each of ``numbers`` has, (n,).

        ``numbers`` are as those of :func:`loop_unit_loads`.
        """
        if 2 * self._n_known >= len(self._table):  # no more would find a place: begin anew
            self._table[:], self._n_known = -1, 0
        known = self._n_known
        if len(self._keys) < known + len(numbers):
            self._keys, self._known = (
                np.concatenate([kept[:known], np.empty((max(2 * known, len(numbers)), kept.shape[1]), kept.dtype)])
                for kept in (self._keys, self._known)
            )
        unit, which = _looped(numbers, self._table, self._keys, known)
        self._n_known = known + len(unit.total)
        self._known[known : self._n_known] = self._figures(unit)
        return self._known[: self._n_known], which


class _Kept:
    """Loads of geometries met before, one at most for each value of a hash: a new one takes the place of an old one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._keys = np.zeros((PLACES, N_KEY), dtype=np.int32)  # no geometry has 0 columns
        self._loads = np.zeros((PLACES, len(FIELDS)))

    def of(self, where: Geometry) -> FloatArray:
        """Loads of geometries, (n, fields)."""
        keys = np.stack(where.columns_of_key(), axis=1)
        place = _place(keys)
        with self._lock:
            out = self._loads[place]
            new = np.flatnonzero((self._keys[place] != keys).any(axis=1))
            if len(new):
                out[new] = _worked_out(where.take(new))
                self._keys[place[new]] = 0  # nothing is found there, should what follows be interrupted
                self._loads[place[new]] = out[new]
                self._keys[place[new]] = keys[new]
        return out


_kept = _Kept()


def _place(keys: IntArray) -> IntArray:
    """Place of each key (n, columns), (n,), by multiplicative hashing."""
    mixed = np.zeros(len(keys), dtype=np.uint64)
    for column in keys.T:
        mixed ^= column.astype(np.uint64)
        mixed *= _GOLDEN
    # 64 bits, of which the highest that number the places
    return (mixed >> np.uint64(64 - PLACES.bit_length() + 1)).astype(np.int64)


def _worked_out(where: Geometry) -> FloatArray:
    """Loads of one flit a pair, (n, fields)."""
    parts = [_summary(where.take(part)) for part in chunks(len(where), CHUNK)]
    return np.concatenate([np.stack([getattr(part, name) for name in FIELDS], axis=1) for part in parts])


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
