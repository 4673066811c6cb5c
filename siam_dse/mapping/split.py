"""Layers split over chiplets: the order of their tiles, the input each chiplet reads, the sums that leave it.

Only a layer of which one copy exceeds a chiplet has the choice: its row blocks and column blocks lie on chiplets apart.
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray, summed_at
from siam_dse.core.once import once
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code, fields
from siam_dse.mapping.crossbars import ceil_div, columns_per_weight, tile_side_crossbars
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.mapping.precision import result_bits
from siam_dse.workload.network import EDGE_KINDS, Network


@dataclass(frozen=True)
class PackageSums:
    """Partial sums that cross the package to the global accumulator; arrays (U, L), 0 where none do."""

    share: FloatArray  # of the layer's outputs, those whose sums meet there
    sent: FloatArray  # sums that chiplets send for an output, on average over all outputs


def exceeds_chiplet(mapping: ChipMapping) -> BoolArray:
    """Layers one copy of which exceeds a chiplet and has several row blocks, (U, L)."""
    return np.asarray(
        (mapping.tiles > mapping.tiles_on_chiplet) & (mapping.row_blocks > 1) & (mapping.spanned_chiplets > 1)
    )


@once
def sums_over_package(mapping: ChipMapping) -> PackageSums:
    """Sums that leave chiplets, of the order that each layer has.

    Parameters
    ----------
    mapping : ChipMapping

    Returns
    -------
    PackageSums

    Notes
    -----
    Row block by row block, each of the ceil(tiles / n) chiplets of a copy, n tiles on each, sends a sum of the
    min(n, C) of C column blocks it has: every output is added up in the accumulator. Column block by column block, only
    those column blocks do that a border between two chiplets cuts: of the K = copies x C of all copies, R tiles each,
    min(b, K) are cut by the b = s - 1 - floor((s - 1) gcd(n, R) / R) of s - 1 borders that do not fall between two, and
    send a sum more than there are cuts.
    """
    exceeds = exceeds_chiplet(mapping)
    share, sent = exceeds.astype(np.float64), np.zeros(exceeds.shape)
    rows, layers = np.nonzero(exceeds)
    if len(rows):
        some = _Layers(mapping, rows, layers)
        share[rows, layers], sent[rows, layers] = some.of_order(mapping.by_columns[rows, layers])
    return PackageSums(share, sent)


def chiplet_sum_bits(
    designs: Designs, network: Network, mapping: ChipMapping, design: IntArray, key: IntArray, layer: IntArray
) -> IntArray:
    """Bits of a sum that a chiplet sends: of all row blocks that it adds up, where it has most of them.

    Parameters
    ----------
    designs : Designs
        ``PRECISION_FIELDS`` and ``CROSSBAR_BLOCK_FIELDS``.
    network : Network
    mapping : ChipMapping
    design, key, layer : (N,)
        Layers one copy of which exceeds a chiplet, of which design, in which row of the mapping.

    Returns
    -------
    (N,) int64 [bit]
    """
    row_blocks = _Layers(mapping, key, layer).row_blocks_added(mapping.by_columns[key, layer])
    crossbars = ceil_div(network.rows[layer], designs.crossbar_rows[design])
    return result_bits(designs, np.minimum(crossbars, row_blocks * tile_side_crossbars(designs)[design]), design)


def readers(network: Network, mapping: ChipMapping) -> IntArray:
    """Column blocks of tiles that read each input value, (U, L): of a grouped layer those of one group.

    Groups that share a tile have one, others their part of all column blocks.
    """
    blocks = mapping.column_blocks if np.all(network.groups == 1) else mapping.column_blocks // network.groups
    return np.asarray(np.maximum(blocks, 1))


@once
def input_share(mapping: ChipMapping, network: Network) -> FloatArray:
    """Share of a layer's input that each of its chiplets reads, (U, L).

    Notes
    -----
    Row block by row block, n tiles read max(n, C) / (copies tiles) of it, with C the column blocks that read a value,
    :func:`readers`; column block by column block min(n, R) / R of the input of each copy that they are of: s chiplets
    read s + c - 1 parts of 1 / c if c copies do not end with one.
    """
    all_tiles = np.maximum(mapping.copies * mapping.tiles, 1)
    share = np.maximum(mapping.tiles_on_chiplet, readers(network, mapping)) / all_tiles
    products = np.flatnonzero(network.is_product)  # heads are spread over the chiplets
    share[:, products] = 1 / mapping.spanned_chiplets[:, products]
    rows, layers = np.nonzero(mapping.by_columns)
    if len(rows):
        share[rows, layers] = _Layers(mapping, rows, layers).input_by_columns()
    return np.asarray(np.minimum(share, 1, out=share))


def column_order(designs: Designs, network: Network, mapping: ChipMapping) -> BoolArray:
    """Layers whose tiles are ordered column block by column block, (U, L), instead of row block by row block.

    A layer's tiles are, under ``least_traffic``, if fewer bits cross the package so: the row blocks of a column block
    then lie together, and their sums are added where they are made, but every chiplet reads all rows. Layers that do
    not exceed a chiplet or have one column block, and grouped ones, have no choice. Layers that are dealt out are cut
    into column blocks.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``MAPPING_FIELDS``.
    network : Network
    mapping : ChipMapping
        Of the same designs, in any order.

    Returns
    -------
    (U, L) bool

    Notes
    -----
    Bits of inputs into the layer's chiplets and of sums out of them. How wide both are depends on ADC and activations,
    the mapping does not: a sum counts as wide as with the default b and i bits of them, i + b + c (n - 1) with n cells
    of c bits a weight, and column block by column block ceil(log2(r / q)) more if chiplets add up r row blocks there
    and q < r row block by row block. So with ADCs of at least b bits and activations of at most i, no more bits cross
    than in the other order.

    References
    ----------
    [siam2021] splits a layer without saying which of its tiles lie together; its chiplets all send sums to the global
    accumulator, as row blocks do: profile siam has ``row_blocks``.
    """
    is_free = (designs.tile_order == code("tile_order", "least_traffic"))[:, None] & (network.groups == 1)[None, :]
    is_free |= mapping.is_spread[:, None] & (network.groups == 1)[None, :]
    by_columns = exceeds_chiplet(mapping) & is_free & (mapping.column_blocks > 1)
    rows, layers = np.nonzero(by_columns & ~mapping.is_spread[:, None])
    if len(rows):
        some = _Layers(mapping, rows, layers)
        reads, width = _values_read(network)[layers] * some.chiplets * _activation_bits(), _sum_width(designs)[rows]
        outputs = network.output_values[layers]
        every = np.ones(len(rows), dtype=bool)
        _, in_columns = some.of_order(every)
        _, in_rows = some.of_order(~every)
        columns_bits = reads * some.input_by_columns() + (width + some.wider_by_columns()) * outputs * in_columns
        rows_bits = reads * some.input_by_rows() + width * outputs * in_rows
        by_columns[rows, layers] = columns_bits < rows_bits
    return np.asarray(by_columns)


class _Layers:
    """Some layers of some keys, one copy of which exceeds a chiplet; what is asked of them comes as (n,)."""

    def __init__(self, mapping: ChipMapping, rows: IntArray, layers: IntArray) -> None:
        names = ("tiles", "tiles_on_chiplet", "row_blocks", "column_blocks", "copies", "spanned_chiplets")
        place = np.ravel_multi_index((rows, layers), mapping.tiles.shape)  # read so in half the time
        values = (np.take(getattr(mapping, name), place) for name in names)
        self.tiles, self.here, self.row_blocks, self.column_blocks, self.copies, self.chiplets = values

    def of_order(self, by_columns: BoolArray) -> tuple[FloatArray, FloatArray]:
        """Share of the outputs that are added up in the accumulator, and sums sent for an output."""
        all_columns = self.copies * self.column_blocks
        cuts = _unaligned(self.chiplets - 1, self.here, self.row_blocks)
        cut_columns = np.minimum(cuts, all_columns)
        per_copy = ceil_div(self.tiles, self.here)
        in_rows = per_copy * np.minimum(self.here, self.column_blocks) / self.column_blocks  # exact where whole
        return (
            np.where(by_columns, cut_columns / all_columns, 1.0),
            np.where(by_columns, (cut_columns + cuts) / all_columns, in_rows),
        )

    def row_blocks_added(self, by_columns: BoolArray) -> IntArray:
        """Row blocks that a chiplet adds up before it sends a sum, at most.

        Row block by row block, those that its tiles reach over; column block by column block, borders between chiplets
        cut multiples of gcd(n, R) of R tiles off.
        """
        cut = np.minimum(self.row_blocks - np.gcd(self.here, self.row_blocks), self.here)
        full = np.minimum(ceil_div(self.here, self.column_blocks), self.row_blocks)
        return np.asarray(np.where(by_columns, np.maximum(cut, 1), full))

    def wider_by_columns(self) -> FloatArray:
        """Bits by which sums are wider column block by column block than row block by row block."""
        every = np.ones(len(self.here), dtype=bool)
        times = self.row_blocks_added(every) / self.row_blocks_added(~every)
        return np.asarray(np.ceil(np.log2(np.maximum(times, 1))))

    def input_by_rows(self) -> FloatArray:
        """Share of the input that each chiplet reads, row block by row block."""
        return np.asarray(np.maximum(self.here, self.column_blocks) / (self.copies * self.tiles))

    def input_by_columns(self) -> FloatArray:
        """The same, column block by column block."""
        parts = self.chiplets + _unaligned(self.copies - 1, self.tiles, self.here)
        of_a_copy = np.minimum(self.here, self.row_blocks) / self.row_blocks
        return np.asarray(of_a_copy * parts / (self.chiplets * self.copies))


def _unaligned(borders: IntArray, step: IntArray, block: IntArray) -> IntArray:
    """Of ``borders`` after each ``step`` tiles those that do not end a block of ``block`` tiles, (n,)."""
    return np.asarray(borders - borders // (block // np.gcd(step, block)))


def _values_read(network: Network) -> FloatArray:
    """Values that enter each layer along its input edges, (L,)."""
    is_input = network.edge_kind == EDGE_KINDS.index("input")
    (values,) = summed_at((network.edge_consumer[is_input],), (network.n_layers,), network.edge_values[is_input])
    return np.asarray(values, dtype=np.float64)


def _sum_width(designs: Designs) -> FloatArray:
    """Bits of a partial sum, of the default ADC and activation, (U,)."""
    is_differential = designs.weight_mapping == code("weight_mapping", "differential")
    cells = np.where(is_differential, columns_per_weight(designs) // 2, columns_per_weight(designs))
    adc_bits = float(fields()["adc_bits"].default)
    return np.asarray(_activation_bits() + adc_bits + designs.cell_bits * (cells - 1))


def _activation_bits() -> float:
    """Default bits of an activation."""
    return float(fields()["activation_bits"].default)
