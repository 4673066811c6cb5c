"""What layers make a tile's digital part do in one inference: counts of bits, sums and windows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from siam_dse.core.arrays import IntArray, unique_rows
from siam_dse.design.designs import Designs
from siam_dse.engines.tile.shape import tile_shape
from siam_dse.engines.tile.trees import tree_counts
from siam_dse.mapping.crossbars import ceil_div, columns_per_weight, tile_side_crossbars
from siam_dse.mapping.precision import result_bits
from siam_dse.workload.network import EDGE_KINDS, POOL_KINDS, Network


@dataclass(frozen=True)
class Alike:
    """The L layers of a network in K sorts, each of layers with one value in common."""

    value: IntArray  # (K,)
    sort: IntArray  # (L,) of each layer


# Amounts of layers, from a count that is the same for all layers of a sort, (U, K), and its weight in each layer, (L,).
Tally: TypeAlias = Callable[[IntArray, Alike, IntArray], IntArray]


@dataclass(frozen=True)
class RowSums:
    """How one output is summed over the crossbars that its rows lie on; arrays (U, K), a column a sort of layers.

    The sorts are the numbers of rows that occur in the network. ``additions`` are those inside tiles, ``added_bits``
    the bits of all their operands of one side; other sums meet in accumulators.
    """

    layers: Alike
    crossbars: IntArray
    tiles: IntArray
    sum_bits: IntArray  # of a tile's sum
    full_bits: IntArray  # of a finished sum
    additions: IntArray
    added_bits: IntArray


@dataclass(frozen=True)
class Work:
    """Counts of one inference, all copies together: of each layer, arrays (U, L) or (1, L), or of all, (U,) or (1,)."""

    input_bits: IntArray  # that enter tiles: an input once for each column of tiles that reads it
    tile_read_bits: IntArray  # row bits of every position, once for each column of tiles
    crossbar_read_bits: IntArray  # the same, once for each column of crossbars
    sent_bits: IntArray  # sums of tiles
    received: IntArray  # sums of other tiles that are added
    received_bits: IntArray  # the same, as wide as they come
    accumulated_bits: IntArray  # the same, as wide as the finished sum
    additions: IntArray  # inside tiles
    added_bits: IntArray
    finished: IntArray  # finished sums
    finished_bits: IntArray
    residuals: IntArray  # values added to outputs
    comparisons: IntArray  # of max-pooling
    averaged: IntArray  # additions of average pooling
    averaged_growth: IntArray  # bits by which those are wider than activations, together


def row_sums(designs: Designs, network: Network) -> RowSums:
    """Sums over the crossbars of an output.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``SHAPE_FIELDS``.
    network : Network

    Returns
    -------
    RowSums
    """
    layers, shape = alike(np.maximum(network.rows, 1)), tile_shape(designs)
    side = shape.side[:, None]
    crossbars = ceil_div(layers.value, designs.crossbar_rows[:, None])
    tiles = ceil_div(layers.value, shape.rows[:, None])
    full = tree_counts(shape.side, shape.crossbar_bits)
    last = tree_counts(crossbars - (tiles - 1) * side, shape.crossbar_bits[:, None])
    return RowSums(
        layers=layers,
        crossbars=crossbars,
        tiles=tiles,
        sum_bits=result_bits(designs, np.minimum(crossbars, side)),
        full_bits=result_bits(designs, crossbars),
        additions=(tiles - 1) * full.adders[:, None] + last.adders,
        added_bits=(tiles - 1) * full.adder_bits[:, None] + last.adder_bits,
    )


def of_each_layer(count: IntArray, layers: Alike, weight: IntArray) -> IntArray:
    """Amounts layer by layer, (U, L)."""
    return np.asarray(np.take(count, layers.sort, axis=1) * weight)


def of_all_layers(count: IntArray, layers: Alike, weight: IntArray) -> IntArray:
    """Amounts of all layers together, (U,); whole numbers, so their order does not matter."""
    together = np.zeros(len(layers.value), dtype=np.int64)
    np.add.at(together, layers.sort, weight)
    return np.asarray(count @ together)


def network_work(designs: Designs, network: Network, sums: RowSums, tally: Tally) -> Work:
    """Counts of a network.

    A position's row bits are read from the tile's buffer whole, although windows overlap; inputs enter a tile once, as
    the traffic between tiles has it.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``SHAPE_FIELDS``.
    network : Network
    sums : RowSums
        Of the same designs.
    tally : Tally
        :func:`of_each_layer` or :func:`of_all_layers`.

    Returns
    -------
    Work
    """
    columns, rows = alike(network.channels_out // network.groups), sums.layers
    group_cols = columns.value * columns_per_weight(designs)[:, None]
    bits = designs.activation_bits[:, None]
    crossbar_bits = bits * ceil_div(group_cols, designs.crossbar_cols[:, None])
    tile_bits = bits * ceil_div(group_cols, (tile_side_crossbars(designs) * designs.crossbar_cols)[:, None])
    has_weights = ~network.is_product
    read_values = network.of_routed(network.positions * network.rows * network.groups)
    inputs, outputs = network.input_values * has_weights, network.output_values * has_weights
    received = sums.tiles - 1
    one, every = np.ones((1, 1), dtype=np.int64), alike(np.zeros_like(outputs))  # whatever the design
    pooled, window = _pooled_outputs(network)
    is_max, is_average = (network.pool == POOL_KINDS.index(kind) for kind in ("max", "avg"))
    averaged = np.where(is_average, pooled * (window - 1), 0)
    return Work(
        input_bits=tally(tile_bits, columns, inputs),
        tile_read_bits=tally(tile_bits, columns, read_values),
        crossbar_read_bits=tally(crossbar_bits, columns, read_values),
        sent_bits=tally(sums.tiles * sums.sum_bits, rows, outputs),
        received=tally(received, rows, outputs),
        received_bits=tally(received * sums.sum_bits, rows, outputs),
        accumulated_bits=tally(received * sums.full_bits, rows, outputs),
        additions=tally(sums.additions, rows, outputs),
        added_bits=tally(sums.added_bits, rows, outputs),
        finished=tally(one, every, outputs),
        finished_bits=tally(sums.full_bits, rows, outputs),
        residuals=tally(one, every, _residuals(network)),
        comparisons=tally(one, every, np.where(is_max, pooled * (window - 1), 0)),
        averaged=tally(one, every, averaged),
        averaged_growth=tally(one, every, averaged * np.ceil(np.log2(window)).astype(np.int64)),
    )


def alike(value: IntArray) -> Alike:
    """Layers sorted by a value of theirs, (L,)."""
    first, sort = unique_rows([value])
    return Alike(value[first], sort)


def _residuals(network: Network) -> IntArray:
    """Values of residual edges that are added to the outputs of each layer, (L,)."""
    is_residual = network.edge_kind == EDGE_KINDS.index("residual")
    consumer, values = network.edge_consumer[is_residual], network.edge_values[is_residual]
    return np.bincount(consumer, weights=values, minlength=network.n_layers).astype(np.int64)


def _pooled_outputs(network: Network) -> tuple[IntArray, IntArray]:
    """Outputs after pooling and values a window, (L,) each; a window larger than the map pools it whole."""
    window = np.ones(network.n_layers, dtype=np.int64)
    for side in (network.ofm_h, network.ofm_w):
        window = window * np.clip(network.pool_kernel, 1, side + 2 * network.pool_padding)
    return network.pool_outputs, window
