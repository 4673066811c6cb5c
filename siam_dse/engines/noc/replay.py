"""Loads of phases on meshes of tiles, and their makespan in closed form.

Many phases of many designs are alike: the same blocks on the same mesh. Each geometry is worked out once, for one flit
a pair, and scaled.
"""

from dataclasses import dataclass, replace

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray, unique_rows
from siam_dse.engines.mesh.fast import summary_makespan_cycles, transfer_busy_cycles
from siam_dse.engines.mesh.footprint import (
    Footprint,
    LoadSummary,
    all_to_all_summary,
    block_footprint,
    chunks_by_side,
    joined_summary,
    perimeter_footprint,
)
from siam_dse.engines.noc.phases import Phases, Tiles
from siam_dse.mapping.crossbars import ceil_div
from siam_dse.mapping.mapping import Mapping

# Elements of the largest temporary array of a chunk of geometries.
CHUNK_ELEMENTS = 500_000
# Loads of a summary that grow with the volume; hops and numbers of nodes do not.
SCALED_LOADS = ("max_link", "max_injection", "max_ejection", "total_link", "total")


@dataclass(frozen=True)
class Geometry:
    """Meshes of ``columns`` x ``rows`` routers and two sets of them; arrays are (n,). A count of 0 is the perimeter."""

    columns: IntArray
    rows: IntArray
    source: Tiles
    destination: Tiles

    def __len__(self) -> int:
        return len(self.columns)

    def columns_of_key(self) -> list[IntArray]:
        """What tells two geometries apart."""
        ends = (self.source, self.destination)
        return [self.columns, self.rows, *(part for end in ends for part in (end.first, end.count))]

    def take(self, index: IntArray | slice) -> "Geometry":
        """Geometries at ``index``."""
        return Geometry(self.columns[index], self.rows[index], self.source.take(index), self.destination.take(index))


def geometry(mapping: Mapping, phases: Phases) -> Geometry:
    """Geometry of every phase; mesh rows partly filled have all routers."""
    columns = mapping.chiplet_side[phases.key]
    return Geometry(columns, ceil_div(mapping.die_tiles[phases.key], columns), phases.source, phases.destination)


def loads(where: Geometry, flits: FloatArray) -> LoadSummary:
    """Busiest channels and hops of an all-to-all.

    Parameters
    ----------
    where : Geometry
    flits : (n,)
        Sent in all, spread evenly over the pairs.

    Returns
    -------
    LoadSummary, (n,) [flit]
    """
    once, gather = unique_rows(where.columns_of_key())
    distinct = where.take(once)
    order = list(chunks_by_side(np.maximum(distinct.columns, distinct.rows), CHUNK_ELEMENTS))
    unit = joined_summary([_unit_loads(distinct.take(part)) for part in order], order, gather)
    per_pair = flits / unit.total
    return replace(unit, **{name: getattr(unit, name) * per_pair for name in SCALED_LOADS})


def _unit_loads(where: Geometry) -> LoadSummary:
    """Loads of one flit a pair; each set of tiles is worked out once."""
    n, ends = len(where), (where.source, where.destination)
    side_max = int(max(where.columns.max(), where.rows.max()))
    columns, rows = (np.concatenate([values, values]) for values in (where.columns, where.rows))
    tiles = Tiles(*(np.concatenate([getattr(end, name) for end in ends]) for name in ("first", "count")))
    once, gather = unique_rows([columns, rows, tiles.first, tiles.count])
    distinct = _footprint(columns[once], rows[once], tiles.take(once), side_max)
    return all_to_all_summary(distinct.take(gather[:n]), distinct.take(gather[n:]), np.ones(n))


def _footprint(columns: IntArray, rows: IntArray, nodes: Tiles, side_max: int) -> Footprint:
    """Footprint of blocks and perimeters."""
    is_ring = nodes.count == 0
    blocks = block_footprint(nodes.first, nodes.count, columns, side_max)
    if not is_ring.any():
        return blocks
    rings = perimeter_footprint(rows[is_ring], columns[is_ring], side_max)
    return merged(is_ring, rings, blocks)


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


def busy_cycles(load: LoadSummary) -> FloatArray:
    """Cycles that the busiest channel needs for an all-to-all, (n,): proportional to the volume."""
    return transfer_busy_cycles(load.max_link, load.max_injection, load.max_ejection, load.total, load.n_sources)


def fast_cycles(where: Geometry, flits: FloatArray, load: LoadSummary) -> FloatArray:
    """Makespan of an all-to-all in closed form from its loads, (n,) [cycle]; parameters as ``loads``."""
    return summary_makespan_cycles(load)
