"""Copies only where they help: of each design the copies that make it fastest, traffic included."""

from dataclasses import dataclass, replace

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray, chunks
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.mapping.copy_bound import least_positions
from siam_dse.system.compose import Composition, Sums
from siam_dse.system.results import Results

DESIGNS_PER_BLOCK = 16_384  # composed at a time: what they need fits the cache
_FILLED, _NEEDED = -2, -1  # copies in all chiplets given, or in those needed anyway; else a code of ``duplication``


@dataclass(frozen=True)
class FewerCopies:
    """Designs of a batch that are faster with fewer copies: their ``rows`` (n,), and what they are then."""

    rows: IntArray
    sums: Sums


def slowness_s(f: Composition, slowest_counts: BoolArray) -> FloatArray:
    """What copies are to shorten, (n,) [s]: the latency, or where it counts that of the slowest layer."""
    return np.where(slowest_counts, f.slowest_layer_s, f.total_latency_s) if slowest_counts.any() else f.total_latency_s


def fewer_copies(sums: Sums, filled_s: FloatArray) -> FewerCopies:
    """Designs that are faster with fewer copies than their package has room for.

    Copies save time of crossbars and cost traffic: layers that shared a chiplet no longer do. Under ``copy_chiplets`` 0
    a design has the copies that fill its package, those that fit the chiplets it needs anyway, or none, whichever makes
    it fastest, and of equals the most. So it is never slower than without copies. A custom package with more dies than
    it needs has no choice: all of them are there to be filled.

    Parameters
    ----------
    sums : Sums
        Of D designs, copies in all chiplets where ``copy_chiplets`` is 0, on the level "fast".
    filled_s : (D,) [s]
        Their :func:`slowness_s`.

    Returns
    -------
    FewerCopies
        Its designs have ``copy_chiplets`` 1, copies in the chiplets needed, or no copies.

    Notes
    -----
    What is left out is what the crossbars alone would take longer for than the design does with all copies: most copies
    pay for their traffic many times over, and such designs cost no more to evaluate.
    """
    results, none = sums.results, code("duplication", "none")
    designs = results.ranks.designs
    mapping, gather = results.record("mapping"), results.key("mapping").gather
    has_spares = (mapping.chiplets_given > mapping.chiplets_needed)[gather]
    is_set = has_spares & (designs.chiplet_style == code("chiplet_style", "custom"))
    has_choice = (designs.duplication != none) & (designs.copy_chiplets == 0) & ~is_set
    alone_s, needed_s = _least_s(sums)
    some = np.flatnonzero(has_choice & has_spares & (needed_s < filled_s))
    one = np.flatnonzero(has_choice & (alone_s < filled_s))
    rows, rule = np.concatenate([some, one]), np.repeat([_NEEDED, none], [len(some), len(one)])
    other, tried_s = _others(results, rows, rule), np.empty(len(rows))
    for part in chunks(len(rows), DESIGNS_PER_BLOCK):
        tried_s[part] = slowness_s(Composition(other, part), is_pipeline(designs)[rows[part]])
    best_s, best = filled_s.copy(), np.full(len(designs), _FILLED)
    for way in (slice(0, len(some)), slice(len(some), len(rows))):  # of equals, the copies in the chiplets needed
        is_better = tried_s[way] < best_s[rows[way]]
        better = rows[way][is_better]
        best_s[better], best[better] = tried_s[way][is_better], rule[way][is_better]
    found = np.flatnonzero(best != _FILLED)
    return FewerCopies(found, _others(results, found, best[found]))


def _others(results: Results, rows: IntArray, rule: IntArray) -> Sums:
    """Sums of the designs at ``rows`` under other rules of copies, (n,) each."""
    own = results.ranks.designs.take(rows)
    changed = {
        "copy_chiplets": np.where(rule == _NEEDED, 1, own.copy_chiplets),
        "duplication": np.where(rule == _NEEDED, own.duplication, rule),
    }
    others = replace(own, **changed).with_technology(own.technology)
    return Sums(results.of_others(others, rows, frozenset(changed)), "fast")


def _least_s(sums: Sums) -> tuple[FloatArray, FloatArray]:
    """What the crossbars take at least without copies, and with copies in the chiplets needed, (D,) each [s]."""
    results, key = sums.results, sums.results.key("mapping")
    designs, positions, mapping = results.ranks.designs, results.network.positions, results.record("mapping")
    room = mapping.chiplets_needed * key.designs.tiles_per_chiplet
    weighty = np.flatnonzero(~results.network.is_product)
    least = least_positions(mapping.tiles[:, weighty], positions[weighty], room)
    total, slowest = (bound[key.gather] for bound in least)
    # overlapping branches take as long as the slowest layer at least
    is_slowest = is_pipeline(designs) | (designs.schedule == code("schedule", "branches"))
    position_s = results.figure("crossbar.position_s").gathered(slice(None))
    alone = np.where(is_slowest, positions.max(), positions.sum())
    return alone * position_s, np.where(is_slowest, slowest, total) * position_s


def is_pipeline(designs: Designs) -> BoolArray:
    """Designs whose copies are for layers as a pipeline, (D,)."""
    return np.asarray(designs.duplication == code("duplication", "pipeline"))
