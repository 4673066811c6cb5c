"""Copies only where they help: of each design the copies that make it fastest, traffic included."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray, chunks
from siam_dse.core.declare import LATENCY
from siam_dse.design.designs import Designs, DesignsOnDemand
from siam_dse.design.fields import code
from siam_dse.mapping.copy_bound import NO_COPIES, fewer_copy_ways
from siam_dse.mapping.duplication import positions_per_copy
from siam_dse.mapping.place import over_uses
from siam_dse.system.compose import Composition
from siam_dse.system.sums import Sums

DESIGNS_PER_BLOCK = 16_384  # composed at a time: what they need fits the cache
# Least share of their time that the networks on chip and on package keep with fewer copies, on package times the share
# of chiplets filled: of 23,000 ways of random designs 850 are faster, and none of those is ruled out. Less is kept
# without copies or in the chiplets needed anyway, for layers lie elsewhere then (ResNet-20 in three chiplets of four:
# half the time on package), and where copies inside tiles leave few others.
_KEPT = 0.95, 0.9
_KEPT_WITHOUT_COPIES = 0.7, 0.4


@dataclass(frozen=True)
class FewerCopies:
    """Designs of a batch that are faster with fewer copies: their ``rows`` (n,), and what they are then."""

    rows: IntArray
    sums: Sums


def slowness_s(f: Composition, is_pipeline: BoolArray) -> FloatArray:
    """What copies are to shorten, (n,) [s]: the latency, or where they are for a pipeline that of the slowest layer."""
    return np.where(is_pipeline, f.slowest_layer_s, f.total_latency_s) if is_pipeline.any() else f.total_latency_s


def fewer_copies(sums: Sums, filled_s: FloatArray) -> FewerCopies:
    """Designs that are faster with fewer copies than their package has room for.

    Copies save time of crossbars and cost traffic: layers that shared a chiplet no longer do. Under ``copy_chiplets`` 0
    a design has the copies that fill its package, or a square of fewer chiplets, or those it needs anyway, or none,
    whichever makes it fastest, and of equals the most (:func:`siam_dse.mapping.copy_bound.fewer_copy_ways`); layers
    that are dealt out are so over as many. A custom package with more dies than it needs has no choice: all of them are
    there to be filled.

    Parameters
    ----------
    sums : Sums
        Of D designs, copies in all chiplets where ``copy_chiplets`` is 0, on the level "fast".
    filled_s : (D,) [s]
        Their :func:`slowness_s`.

    Returns
    -------
    FewerCopies
        Its designs have the chiplets that copies fill as ``copy_chiplets``, or no copies.

    Notes
    -----
    What is left out is what would take longer than the design does with all copies if the networks kept no more of
    their time than the least share: most copies pay for their traffic many times over, and such designs cost no more to
    evaluate.
    """
    results = sums.results
    rows, chiplets = _worth_trying(sums, filled_s)
    if not len(rows):
        return FewerCopies(rows, sums)
    own = results.ranks.designs
    changed = {
        "copy_chiplets": np.maximum(chiplets, 1),  # without copies layers are dealt out over those needed
        "duplication": np.where(chiplets == NO_COPIES, code("duplication", "none"), own.duplication[rows]),
    }
    tried = results.of_others(DesignsOnDemand(own, rows, changed), rows, frozenset(changed))
    sums_tried, is_slowest = Sums(tried, "fast"), is_pipeline(own)[rows]
    parts = chunks(len(rows), DESIGNS_PER_BLOCK)
    tried_s = np.concatenate([slowness_s(Composition(sums_tried, part), is_slowest[part]) for part in parts])
    order = np.lexsort((-chiplets, tried_s, rows))
    best = order[np.diff(rows[order], prepend=-1) > 0]
    best = best[tried_s[best] < filled_s[rows[best]]]
    return FewerCopies(rows[best], Sums(tried.of_rows(best), "fast"))


def _worth_trying(sums: Sums, filled_s: FloatArray) -> tuple[IntArray, IntArray]:
    """Ways of fewer copies that may be faster: rows of designs and chiplets that copies fill, (n,) each."""
    results, key, mapping = sums.results, sums.results.key("mapping"), sums.results.record("mapping")
    is_set = mapping.is_custom & (mapping.chiplets_given > mapping.chiplets_needed)
    is_placed_otherwise = (mapping.copies > 1).any(axis=1) | mapping.is_spread
    has_choice = (key.designs.copy_chiplets == 0) & is_placed_otherwise & ~is_set
    rows, ways = np.flatnonzero(has_choice[key.gather]), [np.empty((2, 0), dtype=np.int64)]
    if not len(rows):
        return ways[0][0], ways[0][1]
    of, own = key.gather[rows], DesignsOnDemand(results.ranks.designs, rows)
    # overlapping branches take as long as the slowest layer at least; networks may hide behind a layer's work
    hides = own.overlap == code("overlap", "layer")
    is_slowest = is_pipeline(own) | (own.schedule == code("schedule", "branches"))
    position_s, all_s = results.figure("crossbar.position_s").gathered(rows), filled_s[rows]
    if position_s.ndim > 1:  # by layer: none is below the least
        position_s = position_s[:, np.flatnonzero(results.network.has_tiles)].min(axis=1)
    layers = np.flatnonzero(results.network.has_tiles)
    each = positions_per_copy(results.network.positions, mapping.in_tile_copies)
    tiles, positions = mapping.tiles, over_uses(results.network, each)[0]
    capacity = key.designs.tiles_per_chiplet
    for way in fewer_copy_ways(mapping, tiles[:, layers], positions[:, layers], capacity, has_choice):
        least_s = np.where(is_slowest, way.slowest[of], way.total[of]) * position_s
        some = np.flatnonzero(least_s < all_s)
        if not len(some):
            continue
        chiplets = way.chiplets[of[some]]
        is_unbound = is_slowest | hides | mapping.is_spread[of]  # layers dealt out all lie elsewhere
        networks_s = np.where(is_unbound[some], 0, _networks_s(sums, rows[some], chiplets))
        may_win = least_s[some] + networks_s < all_s[some]
        ways.append(np.stack([rows[some[may_win]], chiplets[may_win]]))
    tried = np.concatenate(ways, axis=1)
    return tried[0], tried[1]


def _networks_s(sums: Sums, rows: IntArray, chiplets: IntArray) -> FloatArray:
    """What the networks take at least of designs whose copies fill fewer chiplets, (n,) [s]."""
    f = Composition(sums, rows)
    needed = f.figure("mapping.chiplets_needed")
    filled = np.maximum(chiplets, needed) / f.figure("mapping.chiplets_used")
    without = (chiplets <= needed) | f.designs.in_tile_copies
    kept = zip(_KEPT_WITHOUT_COPIES, _KEPT, strict=True)
    of_noc, of_nop = (np.where(without, alone, some) for alone, some in kept)
    noc_s, nop_s = (f.of_engine(engine, LATENCY) for engine in ("noc", "nop"))
    return np.asarray(of_noc * noc_s + of_nop * np.minimum(filled, 1) * nop_s)


def is_pipeline(designs: Designs) -> BoolArray:
    """Designs whose copies are for layers as a pipeline, (D,)."""
    return np.asarray(designs.duplication == code("duplication", "pipeline"))
