"""Width of digital sums: how many bits a result has after shift-add and after adding crossbars."""

import numpy as np

from siam_dse.core.arrays import IntArray
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.mapping.crossbars import columns_per_weight, crossbar_blocks, tile_side_crossbars
from siam_dse.workload.network import Network

# Fields of a design that the width of a crossbar's result depends on, beside those of the mapping.
PRECISION_FIELDS = (
    "adc_bits",
    "activation_bits",
    "weight_bits",
    "cell_bits",
    "weight_mapping",
    "read_mode",
    "crossbar_rows",
)

# Fields that the crossbars added up in a tile depend on, beside those.
CROSSBAR_BLOCK_FIELDS = ("crossbar_rows", "crossbar_cols", "crossbars_per_tile")


def result_bits(designs: Designs, summed: IntArray, rows: IntArray | None = None) -> IntArray:
    """Bits of a sum over ``summed`` crossbars of one output, after shift-add over cells and input bits.

    An ADC code is at most 2^b - 1; read row by row, levels of the R rows of a crossbar are counted up to R (2^c - 1),
    whatever ``adc_bits``. Its cells weigh 2^(c k), k = 0 .. n - 1, its input bits 2^j, j = 0 .. i - 1; the sum over
    crossbars is exact, so the width is that of the largest sum. Differential columns add a sign.

    Parameters
    ----------
    designs : Designs
        ``PRECISION_FIELDS``, (U,).
    summed : (U,) or (U, L) int64
        Crossbars added, >= 1.
    rows : (N,), optional
        Design of each of ``summed``, then (N,).

    Returns
    -------
    int64 array shaped like ``summed`` [bit]

    Notes
    -----
    bits = floor(log2[(2^b - 1) (2^i - 1) (2^(c n) - 1) / (2^c - 1) summed]) + 1 (+ 1 if differential, where n counts
    the cells of a magnitude), row by row with R (2^c - 1) for 2^b - 1. With one bit a cell: b + i + n + ceil(log2
    summed), or one less.
    """
    one = np.int64(1)
    differential = designs.weight_mapping == code("weight_mapping", "differential")
    cells = np.where(differential, columns_per_weight(designs) // 2, columns_per_weight(designs))
    cell_levels = one << designs.cell_bits
    cell_growth = ((one << (designs.cell_bits * cells)) - 1) // (cell_levels - 1)
    by_row = designs.read_mode == code("read_mode", "row_by_row")
    largest_code = np.where(by_row, designs.crossbar_rows * (cell_levels - 1), (one << designs.adc_bits) - 1)
    largest = largest_code * ((one << designs.activation_bits) - 1) * cell_growth
    of = (slice(None), *([None] * (np.ndim(summed) - 1))) if rows is None else rows
    _, exponent = np.frexp((largest[of] * summed).astype(np.float64))
    return np.asarray(exponent.astype(np.int64) + differential[of])


def partial_sum_bits(designs: Designs, network: Network) -> IntArray:
    """Bits of the partial sum of one output that a tile sends, (U, L).

    The tile's own row crossbars are added in it: at most its side, fewer if the layer has fewer.
    """
    return result_bits(designs, np.minimum(crossbar_blocks(designs, network)[0], tile_side_crossbars(designs)[:, None]))
