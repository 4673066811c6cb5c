"""Mapping: where each layer's weights sit, for a batch of unique mapping keys."""

from dataclasses import dataclass, fields
from typing import Any

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray

# Fields of a design that the mapping depends on: the key of every array here.
MAPPING_FIELDS = (
    "crossbar_rows",
    "crossbar_cols",
    "cell_bits",
    "weight_bits",
    "weight_mapping",
    "crossbars_per_tile",
    "tiles_per_chiplet",
    "n_chiplets",
    "spare_tiles",
    "spare_chiplets",
    "chiplet_style",
    "duplication",
    "copy_chiplets",
    "in_tile_copies",
    "weights",
    "tile_order",
    "layer_placement",
)


@dataclass(frozen=True)
class ChipMapping:
    """Partition, duplication and placement of a network on U unique mapping keys; arrays are (U,) or (U, L).

    A layer's weight matrix has ``rows`` x ``columns`` cells; its tiles form ``row_blocks`` x ``column_blocks`` of one
    copy, ordered row block by row block, or column block by column block where ``by_columns``. The tiles of all copies
    follow one another in one run. A layer either shares a chiplet with its neighbours (``spanned_chiplets`` = 1) or is
    split over chiplets of its own; then its tiles are spread evenly over them. Chiplets, and tiles within a chiplet,
    are numbered in layer order and placed row by row on square meshes of side ``package_side`` and ``chiplet_side``.
    Streamed weights lie on the chiplets of as large a package as they need, of which ``n_chiplets`` exist: each stands
    for one of every round. A product has no tiles: it takes place on the chiplets of the weight layer before it, at the
    routers of its tiles. A layer that uses the weights of another is said to lie where that one does; it starts no die.
    Of a package with two kinds of chiplets each kind has a mapping, the same but for ``package_tiles``, ``die_tiles``
    and ``mono_tiles``, which are the kind's own. Spare tiles and chiplets exist and hold nothing.

    Where layers are dealt out (``is_spread``, :mod:`siam_dse.mapping.spread`) their runs of chiplets overlap, and all
    dies are as one: they start with the first layer.
    """

    columns: IntArray  # (U, L) cells along the columns: output channels x columns a weight
    row_blocks: IntArray  # (U, L) tiles of one copy along the rows
    column_blocks: IntArray  # (U, L) tiles of one copy along the columns
    tiles: IntArray  # (U, L) tiles of one copy
    crossbars: IntArray  # (U, L) crossbars of one copy that hold weights
    copies: IntArray  # (U, L) >= 1, on tiles of their own
    in_tile_copies: IntArray  # (U, L) >= 1, in the tiles of each of those
    by_columns: BoolArray  # (U, L) tiles ordered column block by column block, where one copy exceeds a chiplet
    first_chiplet: IntArray  # (U, L) index of the (first) chiplet
    spanned_chiplets: IntArray  # (U, L) chiplets the layer's tiles lie on
    first_tile: IntArray  # (U, L) index of the layer's first tile within its (first) chiplet
    tiles_on_chiplet: IntArray  # (U, L) tiles the layer has on each of its chiplets: ceil(copies x tiles / spanned)
    group_tiles: IntArray  # (U, L) tiles of the die that starts with this layer, 0 where none starts
    chiplet_side: IntArray  # (U,) columns of the mesh of tiles in every chiplet: ceil(sqrt(die_tiles)); of kinds (U, L)
    chiplet_rows: IntArray  # (U,) its rows; of kinds (U, L)
    package_side: IntArray  # (U,) side of the square of chiplets: ceil(sqrt(n_chiplets))
    mesh_side: IntArray  # (U,) side of the mesh of those that hold weights: ceil(sqrt(chiplets_used))
    n_chiplets: IntArray  # (U,) chiplets in the package
    working_chiplets: IntArray  # (U,) without the spare ones
    rounds: IntArray  # (U,) in which weights are written into the package; 1 = they stay
    chiplets_needed: IntArray  # (U,) with one copy of every layer
    chiplets_used: IntArray  # (U,)
    chiplets_given: IntArray  # (U,) n_chiplets of the design less the spare ones, at least 1; 0 = as many as needed
    total_tiles: IntArray  # (U,) tiles with weights, copies included
    package_tiles: IntArray  # (U,) tiles that exist in the package
    die_tiles: IntArray  # (U,) tiles of the largest die
    mono_tiles: IntArray  # (U,) tiles of the package without spare ones
    utilisation: FloatArray  # (U,) used cells / all cells of the package
    is_custom: BoolArray  # (U,) dies as large as their tiles
    is_spread: BoolArray  # (U,) layers dealt out over the chiplets

    def take(self, rows: Any) -> "ChipMapping":
        """Mapping of the keys at ``rows``."""
        return ChipMapping(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})
