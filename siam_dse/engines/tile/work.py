"""What a layer makes a tile's digital part do in one inference: counts of bits, sums and windows."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import IntArray
from siam_dse.design.designs import Designs
from siam_dse.mapping.crossbars import ceil_div, columns_per_weight, tile_side_crossbars
from siam_dse.mapping.precision import full_sum_bits, partial_sum_bits
from siam_dse.workload.network import EDGE_KINDS, POOL_KINDS, Network


@dataclass(frozen=True)
class LayerWork:
    """Counts of one inference, all copies together; arrays (U, L) or (L,)."""

    input_bits: IntArray  # (U, L) that enter tiles: an input once for each column of tiles that reads it
    tile_read_bits: IntArray  # (U, L) row bits of every position, once for each column of tiles
    crossbar_read_bits: IntArray  # (U, L) the same, once for each column of crossbars
    outputs: IntArray  # (L,) finished sums
    row_crossbars: IntArray  # (U, L) crossbars that an output is summed over
    row_tiles: IntArray  # (U, L) tiles that an output is summed over
    sum_bits: IntArray  # (U, L) of a tile's sum
    full_bits: IntArray  # (U, L) of a finished sum
    residuals: IntArray  # (L,) values added to the layer's output
    comparisons: IntArray  # (L,) of max-pooling
    averaged: IntArray  # (L,) additions of average pooling
    window_bits: IntArray  # (L,) bits by which a sum over the pooling window grows


def layer_work(designs: Designs, network: Network) -> LayerWork:
    """Counts of every layer.

    A position's row bits are read from the tile's buffer whole, although windows overlap; inputs enter a tile once, as
    the traffic between tiles has it.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``SHAPE_FIELDS``.
    network : Network

    Returns
    -------
    LayerWork
    """
    side = tile_side_crossbars(designs)[:, None]
    rows, cols = designs.crossbar_rows[:, None], designs.crossbar_cols[:, None]
    group_cols = network.channels_out // network.groups * columns_per_weight(designs)[:, None]
    row_bits = network.positions * network.rows * network.groups * designs.activation_bits[:, None]
    column_tiles = ceil_div(group_cols, side * cols)
    pooled, window = _pooled_outputs(network)
    is_max = network.pool == POOL_KINDS.index("max")
    is_average = network.pool == POOL_KINDS.index("avg")
    residual = network.edge_kind == EDGE_KINDS.index("residual")
    residuals = np.bincount(
        network.edge_consumer[residual], weights=network.edge_values[residual], minlength=network.n_layers
    )
    return LayerWork(
        input_bits=network.input_values * designs.activation_bits[:, None] * column_tiles,
        tile_read_bits=row_bits * column_tiles,
        crossbar_read_bits=row_bits * ceil_div(group_cols, cols),
        outputs=network.output_values,
        row_crossbars=ceil_div(network.rows[None, :], rows),
        row_tiles=ceil_div(network.rows[None, :], side * rows),
        sum_bits=partial_sum_bits(designs, network),
        full_bits=full_sum_bits(designs, network),
        residuals=residuals.astype(np.int64),
        comparisons=np.where(is_max, pooled * (window - 1), 0),
        averaged=np.where(is_average, pooled * (window - 1), 0),
        window_bits=np.ceil(np.log2(window)).astype(np.int64),
    )


def _pooled_outputs(network: Network) -> tuple[IntArray, IntArray]:
    """Outputs after pooling and values a window, (L,) each; a window larger than the map pools it whole."""
    pooled, window = network.channels_out, np.ones(network.n_layers, dtype=np.int64)
    for side in (network.ofm_h, network.ofm_w):
        padded = side + 2 * network.pool_padding
        step = np.maximum(network.pool_stride, 1)
        pooled = pooled * np.maximum((padded - network.pool_kernel) // step + 1, 1)
        window = window * np.clip(network.pool_kernel, 1, padded)
    return pooled, window
