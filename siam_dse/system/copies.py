"""Copies only where they help: of each design the copies that make it fastest, traffic included."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray, chunks
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.system.core import Core
from siam_dse.system.figures import Figures

_BLOCK = 16_384  # designs composed at a time

Seconds = Callable[[Designs, BoolArray], FloatArray]


def copies_that_help(core: Core, seconds: Seconds) -> tuple[IntArray, Designs]:
    """Designs that are faster with fewer copies than their package has room for.

    Copies save time of crossbars and cost traffic: layers that shared a chiplet no longer do. Under ``copy_chiplets`` 0
    a design has the copies that fill its package, those that fit the chiplets it needs anyway, or none, whichever makes
    it fastest, and of equals the most. So it is never slower than without copies. A custom package with more dies than
    it needs has no choice: all of them are there to be filled.

    Parameters
    ----------
    core : Core
        Of D designs, copies in all chiplets where ``copy_chiplets`` is 0.
    seconds : designs, (n,) bool -> (n,) [s]
        :func:`slowness_s` of other designs.

    Returns
    -------
    rows : (n,)
        Those of the D designs for which other copies are better.
    designs : Designs
        They with those copies, none of them with ``copy_chiplets`` 0 and copies.

    Notes
    -----
    Nothing else is tried where the crossbars alone would take as long without copies as the design does with all: most
    copies pay for their traffic many times over, and such designs cost no more to evaluate.
    """
    designs, none = core.batch.designs, code("duplication", "none")
    is_pipeline = designs.duplication == code("duplication", "pipeline")
    rows = np.flatnonzero((designs.duplication != none) & (designs.copy_chiplets == 0) & ~_is_set(core))
    filled_s = slowness_s(core, rows, is_pipeline[rows])
    is_open = _alone_s(core, is_pipeline)[rows] < filled_s
    rows, filled_s = rows[is_open], filled_s[is_open]
    if not len(rows):
        return rows, designs.take(rows)
    # without copies, and where there are spare chiplets with copies in those needed (copy_chiplets 1)
    spare = np.flatnonzero(_spares(core)[rows])
    rule = np.concatenate([np.full(len(rows), none), designs.duplication[rows[spare]]])
    limit = np.repeat([0, 1], [len(rows), len(spare)])
    every = np.concatenate([np.arange(len(rows)), spare])
    ways = replace(designs.take(rows[every]), duplication=rule, copy_chiplets=limit)
    found_s = seconds(ways, is_pipeline[rows[every]])
    none_s, needed_s = found_s[: len(rows)], np.full(len(rows), np.inf)
    needed_s[spare] = found_s[len(rows) :]
    place = np.arange(len(rows))
    place[spare] = np.where(needed_s[spare] <= none_s[spare], len(rows) + np.arange(len(spare)), spare)
    better = np.minimum(none_s, needed_s) < filled_s
    return rows[better], ways.take(place[better])


def slowness_s(core: Core, rows: IntArray, is_pipeline: BoolArray) -> FloatArray:
    """What copies are to shorten, of some designs, (n,) [s]: the latency, in a pipeline that of the slowest layer."""
    out = np.empty(len(rows))
    for wanted, figure in ((~is_pipeline, "total_latency_s"), (is_pipeline, "slowest_layer_s")):
        some = np.flatnonzero(wanted)
        for part in chunks(len(some), _BLOCK):
            out[some[part]] = getattr(Figures(core, rows[some[part]]), figure)
    return out


def _alone_s(core: Core, is_pipeline: BoolArray) -> FloatArray:
    """What the crossbars take without copies, (D,) [s]: no design without copies is faster."""
    batch, designs, positions = core.batch, core.batch.designs, core.batch.network.positions
    # overlapping branches take as long as the slowest layer at least
    is_slowest = is_pipeline | (designs.schedule == code("schedule", "branches"))
    position_s = batch.crossbar_unit.bit_vector_s[batch.crossbar_key.gather] * designs.activation_bits
    return np.asarray(np.where(is_slowest, positions.max(), positions.sum()) * position_s)


def _is_set(core: Core) -> BoolArray:
    """Custom packages with more dies than they need, (D,)."""
    return _spares(core) & (core.batch.designs.chiplet_style == code("chiplet_style", "custom"))


def _spares(core: Core) -> BoolArray:
    """Designs with more chiplets than they need, (D,)."""
    mapping = core.batch.mapping
    return np.asarray((mapping.chiplets_given > mapping.chiplets_needed)[core.batch.mapping_key.gather])
