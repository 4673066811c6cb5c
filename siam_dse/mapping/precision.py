"""Width of digital sums: how many bits a result has after shift-add and after adding crossbars."""

import numpy as np

from siam_dse.core.arrays import IntArray
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.mapping.crossbars import crossbar_blocks, tile_side_crossbars
from siam_dse.mapping.reads import (
    READ_FIELDS,
    bits_at_once,
    code_bits,
    codes_per_weight,
    columns_at_once,
    input_reads,
    is_row_by_row,
    row_reads,
)
from siam_dse.workload.network import Network

# Fields of a design that the width of a crossbar's result depends on, beside those of the mapping.
PRECISION_FIELDS = READ_FIELDS

# Fields that the crossbars added up in a tile depend on, beside those.
CROSSBAR_BLOCK_FIELDS = ("crossbar_rows", "crossbar_cols", "crossbars_per_tile")


def result_bits(designs: Designs, summed: IntArray, rows: IntArray | None = None) -> IntArray:
    """Bits of a sum over ``summed`` crossbars of one output, after shift-add over cells and input bits.

    An ADC code is at most 2^b - 1, and the codes of r reads of a bit-vector are added; read row by row, levels of the R
    rows of a crossbar are counted up to R (2^c - 1), whatever ``adc_bits``. Codes of a weight weigh 2^(c k), k = 0 ..
    n - 1, c the bits of the cells that one takes together, those of the i bit-vectors 2^(d j), j = 0 .. i - 1, d the
    bits of an input in one; the sum over crossbars is exact, so the width is that of the largest sum. Differential
    columns add a sign.

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
    bits = floor(log2[r (2^b - 1) (2^(d i) - 1) / (2^d - 1) (2^(c n) - 1) / (2^c - 1) summed]) + 1 (+ 1 if differential,
    where n counts the codes of a magnitude), row by row with R (2^c - 1) for r (2^b - 1). With one bit a cell and one a
    read: b + i + n + ceil(log2 summed), or one less.
    """
    one = np.int64(1)
    differential = designs.weight_mapping == code("weight_mapping", "differential")
    counted = designs.crossbar_rows * ((one << designs.cell_bits) - 1)
    codes = row_reads(designs) * ((one << code_bits(designs)) - 1)
    largest = np.where(is_row_by_row(designs), counted, codes).astype(np.float64)
    largest *= _growth(designs.cell_bits * columns_at_once(designs), codes_per_weight(designs))
    largest *= _growth(bits_at_once(designs), input_reads(designs))
    of = (slice(None), *([None] * (np.ndim(summed) - 1))) if rows is None else rows
    _, exponent = np.frexp(largest[of] * summed)
    return np.asarray(exponent.astype(np.int64) + differential[of])


def _growth(bits: IntArray, digits: IntArray) -> IntArray:
    """Sum of the weights of ``digits`` digits of some bits each, (U,): (2^(bits digits) - 1) / (2^bits - 1)."""
    one = np.int64(1)
    return np.asarray(((one << (bits * digits)) - 1) // ((one << bits) - 1))


def partial_sum_bits(designs: Designs, network: Network) -> IntArray:
    """Bits of the partial sum of one output that a tile sends, (U, L).

    The tile's own row crossbars are added in it: at most its side, fewer if the layer has fewer.
    """
    return result_bits(designs, np.minimum(crossbar_blocks(designs, network)[0], tile_side_crossbars(designs)[:, None]))
