"""Weight duplication: how many copies of each layer the package's tiles are spent on.

Copies share the output positions and so divide compute latency, not energy. With tiles_l tiles a copy and positions_l
positions, the least sum of latencies sum(positions_l / r_l) for a given sum(r_l tiles_l) has r_l proportional to
sqrt(positions_l / tiles_l) (Lagrange); equal stages have r_l proportional to positions_l.
"""

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray, IntArray, chunks
from siam_dse.core.loops import takes_loop
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.mapping.copy_search import CopySearch, Weigh
from siam_dse.mapping.crossbars import ceil_div
from siam_dse.mapping.leftover import fill_chiplets

_CHUNK = 2048  # designs: keeps a bisection's arrays in the cache
_SAVED_S = 1e-7  # CPU time that loops save a design's layer, measured
# What the copies of each rule are proportional to, from positions (L, 1 or U) and tiles (L, U).
_WEIGHTS: dict[str, Weigh] = {
    "serial": lambda positions, tiles: np.sqrt(positions / tiles),
    "pipeline": lambda positions, tiles: np.broadcast_to(positions, tiles.shape),
}


def copies_per_layer(designs: Designs, tiles: IntArray, positions: IntArray, chiplets_allowed: IntArray) -> IntArray:
    """Copies of each layer under the design's ``duplication``, (U, L).

    Parameters
    ----------
    designs : Designs
        ``duplication``, ``tiles_per_chiplet``, each (U,).
    tiles : (U, L) int64
        Tiles of one copy.
    positions : (L,) or (U, L) int64
        Output positions; a layer never has more copies than positions.
    chiplets_allowed : (U,) int64
        Chiplets the copies may fill; one copy of everything must fit.

    Returns
    -------
    (U, L) int64, between 1 and ``positions``.

    Notes
    -----
    The largest lambda with r_l = clip(floor(lambda weight_l), 1, positions_l) whose partition fits is found by
    bisection; then single layers get one more copy each while chiplets are left over, those first that gain most a
    tile; then each chiplet's left-over tiles are spent the same way on the layers it holds, and last on whole copies in
    layer order.
    """
    copies, filled = np.ones_like(tiles), _looped if takes_loop(tiles.size, _SAVED_S) else _filled
    for rule in ("serial", "pipeline"):
        for part in chunks(len(of_rule := np.flatnonzero(designs.duplication == code("duplication", rule))), _CHUNK):
            rows = of_rule[part]
            most = np.atleast_2d(positions if positions.ndim == 1 else positions[rows])
            copies[rows] = filled(rule, tiles[rows], most, designs.tiles_per_chiplet[rows], chiplets_allowed[rows])
    return copies


def _filled(rule: str, tiles: IntArray, positions: IntArray, capacity: IntArray, allowed: IntArray) -> AnyArray:
    """Copies of designs of one rule, (U, L), whole numbers."""
    search = CopySearch(tiles, positions, _WEIGHTS[rule], capacity, allowed)
    return fill_chiplets(search, search.copies()).T


def _looped(rule: str, tiles: IntArray, positions: IntArray, capacity: IntArray, allowed: IntArray) -> IntArray:
    """The same by compiled loops."""
    from siam_dse.mapping.kernel import copies_of

    copies = np.empty_like(tiles)
    copies_of(tiles, positions, rule == "pipeline", capacity, allowed, copies)
    return copies


def copy_weights(designs: Designs, tiles: IntArray, positions: IntArray) -> FloatArray:
    """What the copies of each layer are proportional to under the design's ``duplication``, (U, L)."""
    is_stage = (designs.duplication == code("duplication", "pipeline"))[:, None]
    at_most, of_copy = positions.astype(np.float64), tiles.astype(np.float64)
    return np.where(is_stage, _WEIGHTS["pipeline"](at_most, of_copy), _WEIGHTS["serial"](at_most, of_copy))


def positions_per_copy(positions: IntArray, copies: IntArray) -> IntArray:
    """Positions that each copy works on, (U, L): ceil(positions / copies)."""
    return ceil_div(positions, copies)
