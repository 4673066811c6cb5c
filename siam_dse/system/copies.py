"""Copies only where they help: of each design the copies that make it fastest, traffic included."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray, chunks
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.mapping.copy_bound import least_positions
from siam_dse.system.compose import Composition, Sums

_BLOCK = 16_384  # designs composed at a time


def copies_that_help(sums: Sums, sums_of: Callable[[Designs], Sums]) -> tuple[IntArray, Designs]:
    """Designs that are faster with fewer copies than their package has room for.

    Copies save time of crossbars and cost traffic: layers that shared a chiplet no longer do. Under ``copy_chiplets`` 0
    a design has the copies that fill its package, those that fit the chiplets it needs anyway, or none, whichever makes
    it fastest, and of equals the most. So it is never slower than without copies. A custom package with more dies than
    it needs has no choice: all of them are there to be filled.

    Parameters
    ----------
    sums : Sums
        Of D designs, copies in all chiplets where ``copy_chiplets`` is 0.
    sums_of : designs -> Sums
        Of other designs, at the same level.

    Returns
    -------
    rows : (n,)
        Those of the D designs for which other copies are better.
    designs : Designs
        They with those copies, none of them with ``copy_chiplets`` 0 and copies.

    Notes
    -----
    What is left out is what the crossbars alone would take longer for than the design does with all copies: most copies
    pay for their traffic many times over, and such designs cost no more to evaluate.
    """
    designs, none = sums.results.ranks.designs, code("duplication", "none")
    is_pipeline = designs.duplication == code("duplication", "pipeline")
    mapping, gather = sums.results.record("mapping"), sums.results.key("mapping").gather
    has_spares = (mapping.chiplets_given > mapping.chiplets_needed)[gather]
    is_set = has_spares & (designs.chiplet_style == code("chiplet_style", "custom"))
    rows = np.flatnonzero((designs.duplication != none) & (designs.copy_chiplets == 0) & ~is_set)
    if not len(rows):
        return rows, designs.take(rows)
    filled_s = _slowness_s(sums, rows, is_pipeline[rows])
    alone_s, needed_s = (least[rows] for least in _least_s(sums, is_pipeline))
    one, some = np.flatnonzero(alone_s < filled_s), np.flatnonzero(has_spares[rows] & (needed_s < filled_s))
    # no copies, and copies in the chiplets needed: copy_chiplets 1
    way = np.concatenate([one, some])
    if not len(way):
        return rows[way], designs.take(rows[way])
    rule = np.concatenate([np.full(len(one), none), designs.duplication[rows[some]]])
    limit = np.repeat([0, 1], [len(one), len(some)])
    ways = replace(designs.take(rows[way]), duplication=rule, copy_chiplets=limit).with_technology(designs.technology)
    found_s = _slowness_s(sums_of(ways), np.arange(len(way)), is_pipeline[rows[way]])
    tried_s, place = np.full((2, len(rows)), np.inf), np.zeros((2, len(rows)), dtype=np.int64)
    for kind, (which, first) in enumerate(((some, len(one)), (one, 0))):
        place[kind, which] = first + np.arange(len(which))
        tried_s[kind, which] = found_s[place[kind, which]]
    best = np.argmin(tried_s, axis=0)  # copies in the chiplets needed if as fast as none
    better = np.flatnonzero(tried_s.min(axis=0) < filled_s)
    return rows[better], ways.take(place[best[better], better])


def _slowness_s(sums: Sums, rows: IntArray, is_pipeline: BoolArray) -> FloatArray:
    """What copies are to shorten, of some designs, (n,) [s]: the latency, in a pipeline that of the slowest layer."""
    out = np.empty(len(rows))
    for wanted, figure in ((~is_pipeline, "total_latency_s"), (is_pipeline, "slowest_layer_s")):
        some = np.flatnonzero(wanted)
        for part in chunks(len(some), _BLOCK):
            out[some[part]] = getattr(Composition(sums, rows[some[part]]), figure)
    return out


def _least_s(sums: Sums, is_pipeline: BoolArray) -> tuple[FloatArray, FloatArray]:
    """What the crossbars take at least without copies, and with copies in the chiplets needed, (D,) each [s]."""
    results, key = sums.results, sums.results.key("mapping")
    designs, positions, mapping = results.ranks.designs, results.network.positions, results.record("mapping")
    room = mapping.chiplets_needed * key.designs.tiles_per_chiplet
    total, slowest = (least[key.gather] for least in least_positions(mapping.tiles, positions, room))
    # overlapping branches take as long as the slowest layer at least
    is_slowest = is_pipeline | (designs.schedule == code("schedule", "branches"))
    position_s = results.figure("crossbar.position_s").gathered(slice(None))
    alone = np.where(is_slowest, positions.max(), positions.sum())
    return alone * position_s, np.where(is_slowest, slowest, total) * position_s
