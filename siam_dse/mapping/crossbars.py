"""How a layer's weights fill crossbars and tiles: rows, columns, blocks, counts."""

import numpy as np

from siam_dse.core.arrays import IntArray, unique_rows
from siam_dse.core.once import once
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.workload.network import Network


def ceil_div(a: IntArray, b: IntArray) -> IntArray:
    """Smallest whole number not below a / b, exact for a below 2^53."""
    return np.ceil(np.true_divide(a, b)).astype(np.int64)


@once
def columns_per_weight(designs: Designs) -> IntArray:
    """Columns that hold one weight, (U,).

    offset: ceil(weight_bits / cell_bits), an offset-binary weight cut into cells; differential:
    2 ceil((weight_bits - 1) / cell_bits), its magnitude on a positive and a negative column.
    """
    offset = ceil_div(designs.weight_bits, designs.cell_bits)
    differential = 2 * ceil_div(np.maximum(designs.weight_bits - 1, 1), designs.cell_bits)
    return np.where(designs.weight_mapping == code("weight_mapping", "differential"), differential, offset)


def layer_columns(designs: Designs, network: Network) -> IntArray:
    """Cells along the columns of a layer's weight matrix, (U, L): output channels x columns a weight."""
    return _channels(network)[None, :] * columns_per_weight(designs)[:, None]


def _channels(network: Network) -> IntArray:
    """Output channels of each layer's weights, (L,); a product has none."""
    return np.where(network.is_product, 0, network.channels_out)


@once
def tile_side_crossbars(designs: Designs) -> IntArray:
    """Crossbars along one side of a tile, (U,): the root of ``crossbars_per_tile``."""
    return np.round(np.sqrt(designs.crossbars_per_tile)).astype(np.int64)


def _blocks(designs: Designs, network: Network, unit_rows: IntArray, unit_cols: IntArray) -> tuple[IntArray, IntArray]:
    """Row and column blocks of units of ``unit_rows`` x ``unit_cols`` cells, (U, L) each.

    A grouped convolution is block diagonal. Groups that fit one unit several times are packed along its diagonal
    (row blocks = 1, column blocks = units needed); a group larger than a unit takes its own blocks, the groups side by
    side along the columns.
    """
    row_blocks, column_blocks, kind = _blocks_of_kinds(designs, network, unit_rows, unit_cols)
    return np.take(row_blocks, kind, axis=1), np.take(column_blocks, kind, axis=1)


def _blocks_of_kinds(
    designs: Designs, network: Network, unit_rows: IntArray, unit_cols: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Row and column blocks of layers of each kind, (U, K), and the kind of each layer, (L,)."""
    shapes = network.rows, _channels(network), network.groups
    first, kind = unique_rows(shapes)
    rows, channels, groups = (values[None, first] for values in shapes)
    row_blocks = ceil_div(rows, unit_rows[:, None])
    column_blocks = _column_blocks(rows, channels * columns_per_weight(designs)[:, None], groups, unit_rows, unit_cols)
    return row_blocks, column_blocks, kind


def _column_blocks(
    rows: IntArray, columns: IntArray, groups: IntArray, unit_rows: IntArray, unit_cols: IntArray
) -> IntArray:
    """Column blocks of layers of some ``rows``, ``columns`` and ``groups``, (U, K)."""
    group_cols = columns // groups
    column_blocks = ceil_div(group_cols, unit_cols[:, None])
    if np.all(groups == 1):
        return column_blocks
    packed = np.minimum(unit_rows[:, None] // np.maximum(rows, 1), unit_cols[:, None] // np.maximum(group_cols, 1))
    units = np.where(packed >= 1, ceil_div(groups, np.maximum(packed, 1)), column_blocks * groups)
    return np.where(groups > 1, units, column_blocks)


def tile_blocks(designs: Designs, network: Network) -> tuple[IntArray, IntArray]:
    """Tiles of one copy along the rows and the columns of the weight matrix, (U, L) each.

    References
    ----------
    SIAM: tile side = sqrt(crossbars a tile) x crossbar side; no two layers share a tile (facts: partition rule).
    """
    side = tile_side_crossbars(designs)
    return _blocks(designs, network, side * designs.crossbar_rows, side * designs.crossbar_cols)


def crossbar_blocks(designs: Designs, network: Network) -> tuple[IntArray, IntArray]:
    """Crossbars of one copy along the rows and the columns of the weight matrix, (U, L) each."""
    return _blocks(designs, network, designs.crossbar_rows, designs.crossbar_cols)


def crossbar_blocks_of_kinds(designs: Designs, network: Network) -> tuple[IntArray, IntArray, IntArray]:
    """The same of layers of one shape, (U, K) each, and the shape of each layer, (L,)."""
    return _blocks_of_kinds(designs, network, designs.crossbar_rows, designs.crossbar_cols)
