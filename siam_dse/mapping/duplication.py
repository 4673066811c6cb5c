"""Weight duplication: how many copies of each layer the package's tiles are spent on.

Copies share the output positions and so divide compute latency, not energy. With tiles_l tiles a copy and positions_l
positions, the least sum of latencies sum(positions_l / r_l) for a given sum(r_l tiles_l) has r_l proportional to
sqrt(positions_l / tiles_l) (Lagrange); equal stages have r_l proportional to positions_l.
"""

import numpy as np

from siam_dse.core.arrays import BoolArray, IntArray, chunks
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.mapping.copy_search import CopySearch, Weigh
from siam_dse.mapping.crossbars import ceil_div
from siam_dse.mapping.leftover import fill_chiplets

_KEYS_PER_CHUNK = 2048  # keeps a bisection's arrays in the cache


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
    copies = np.ones_like(tiles)
    for is_rule, weigh in _rules(designs):
        for part in chunks(int(np.count_nonzero(is_rule)), _KEYS_PER_CHUNK):
            rows = np.flatnonzero(is_rule)[part]
            capacity = designs.tiles_per_chiplet[rows]
            shared = positions if positions.ndim == 1 else positions[rows]
            search = CopySearch(tiles[rows], shared, weigh, capacity, chiplets_allowed[rows])
            copies[rows] = fill_chiplets(search, search.copies()).T
    return copies


def _rules(designs: Designs) -> list[tuple[BoolArray, Weigh]]:
    """Designs of each rule and the weight that copies are proportional to, from positions (L, 1 or U), tiles (L, U)."""
    return [
        (designs.duplication == code("duplication", "serial"), lambda positions, tiles: np.sqrt(positions / tiles)),
        (
            designs.duplication == code("duplication", "pipeline"),
            lambda positions, tiles: np.broadcast_to(positions, tiles.shape),
        ),
    ]


def positions_per_copy(positions: IntArray, copies: IntArray) -> IntArray:
    """Positions that each copy works on, (U, L): ceil(positions / copies)."""
    return ceil_div(positions, copies)
