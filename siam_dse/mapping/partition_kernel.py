"""The fill of chiplets as a plain loop: ``partition`` mapping by mapping."""

from siam_dse.core.arrays import IntArray
from siam_dse.core.compiled import compiled


@compiled
def place_layers(
    tiles: IntArray, capacity: IntArray, first_chiplet: IntArray, spanned: IntArray, first_tile: IntArray,
    filled: IntArray,
) -> None:  # fmt: skip
    """Place of every layer's run of tiles, into the last four; see ``partition.Partition``.

    Parameters
    ----------
    tiles : (U, L)
        Of each layer, all copies together.
    capacity : (U,)
        Tiles of a chiplet.
    first_chiplet, spanned, first_tile : (U, L)
    filled : (U,)
    """
    for u in range(len(tiles)):
        room, chiplets = 0, 0  # tiles left in the open chiplet; those opened so far
        for layer in range(tiles.shape[1]):
            needed, spans = tiles[u, layer], 1
            if needed > room:
                spans = 1 if needed <= capacity[u] else -(-needed // capacity[u])
                chiplets += spans
                room = capacity[u] if spans == 1 else needed  # a larger layer leaves no room in its last chiplet
            first_tile[u, layer] = capacity[u] - room if spans == 1 else 0
            first_chiplet[u, layer], spanned[u, layer] = chiplets - spans, spans
            room -= needed
        filled[u] = chiplets
