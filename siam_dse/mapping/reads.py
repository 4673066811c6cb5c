"""How a crossbar is read: rows driven at once, bits of an input in one read, columns that share a conversion.

A bit-vector is what all rows take at a time: one bit of every input, or as many as a read takes. Rows are read in
groups, one after another, and every read converts all columns, some of them summed before.
"""

import numpy as np

from siam_dse.core.arrays import BoolArray, IntArray
from siam_dse.core.once import once
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.mapping.crossbars import ceil_div, columns_per_weight

# Fields of a design that say how it is read.
READ_FIELDS = (
    "cell",
    "adc_bits",
    "adc_bits_first_last",
    "crossbar_rows",
    "read_mode",
    "rows_per_read",
    "input_bits_per_read",
    "columns_combined",
    "activation_bits",
    "weight_bits",
    "cell_bits",
    "weight_mapping",
)


@once
def is_row_by_row(designs: Designs) -> BoolArray:
    """Designs that read one row after another, (U,): one bit and one column at a time, whatever the other fields."""
    return np.asarray(designs.read_mode == code("read_mode", "row_by_row"))


@once
def is_digital(designs: Designs) -> BoolArray:
    """Designs whose columns are summed by adders, (U,): one bit and one column at a time, all rows of a read."""
    return np.asarray((designs.cell == code("cell", "digital_cim")) & ~is_row_by_row(designs))


@once
def code_bits(designs: Designs) -> IntArray:
    """Most bits of a code of a parallel read, (U,): what converters can do, or those of an exact sum of the rows read.

    Converters are made for ``adc_bits`` or ``adc_bits_first_last``, whichever is more.
    """
    exact = np.ceil(np.log2(rows_at_once(designs) + 1)).astype(np.int64)
    return np.where(is_digital(designs), exact, np.maximum(designs.adc_bits, designs.adc_bits_first_last))


def has_converters(designs: Designs) -> BoolArray:
    """Designs whose codes are those of converters of ``code_bits``, (U,): read in parallel, not summed by adders."""
    return ~(is_row_by_row(designs) | is_digital(designs))


@once
def rows_at_once(designs: Designs) -> IntArray:
    """Rows driven at once in a parallel read, (U,): ``rows_per_read``, all of them if that is 0 or more than there are.

    Reading row by row counts its reads apart, so all rows stand here.
    """
    asked = np.where(
        (designs.rows_per_read == 0) | is_row_by_row(designs), designs.crossbar_rows, designs.rows_per_read
    )
    return np.asarray(np.minimum(asked, designs.crossbar_rows))


@once
def row_reads(designs: Designs) -> IntArray:
    """Reads of a parallel bit-vector, (U,): groups of rows driven one after another, the last may be smaller."""
    return ceil_div(designs.crossbar_rows, rows_at_once(designs))


@once
def bits_at_once(designs: Designs) -> IntArray:
    """Bits of an input that one read takes, (U,); no more than it has, one row by row or by adders."""
    asked = np.where(is_row_by_row(designs) | is_digital(designs), 1, designs.input_bits_per_read)
    return np.asarray(np.minimum(asked, designs.activation_bits))


@once
def input_reads(designs: Designs) -> IntArray:
    """Bit-vectors of a position, (U,): ceil(activation_bits / bits a read takes)."""
    return ceil_div(designs.activation_bits, bits_at_once(designs))


@once
def cells_per_weight(designs: Designs) -> IntArray:
    """Cells that hold a weight, or the magnitude of one on either of two sets of columns, (U,)."""
    is_differential = designs.weight_mapping == code("weight_mapping", "differential")
    return np.asarray(columns_per_weight(designs) // np.where(is_differential, 2, 1))


@once
def columns_at_once(designs: Designs) -> IntArray:
    """Columns of a weight that one conversion takes together, (U,); no more than it has, one row by row."""
    asked = np.where(is_row_by_row(designs) | is_digital(designs), 1, designs.columns_combined)
    return np.asarray(np.minimum(asked, cells_per_weight(designs)))


@once
def codes_per_weight(designs: Designs) -> IntArray:
    """Conversions of a weight's cells in a read, (U,), of one polarity: ceil(cells / columns taken together)."""
    return ceil_div(cells_per_weight(designs), columns_at_once(designs))


def columns_of_an_adc(designs: Designs) -> IntArray:
    """Columns that share an ADC, (U,): ``columns_per_adc``, at least those of one conversion, at most all.

    An adder tree serves one.
    """
    asked = np.where(is_digital(designs), 1, np.maximum(designs.columns_per_adc, columns_at_once(designs)))
    return np.asarray(np.minimum(asked, designs.crossbar_cols))


def codes_of_an_adc(designs: Designs) -> IntArray:
    """Conversions that an ADC makes in a read, one after another, (U,): of its columns, some of them taken together."""
    return ceil_div(columns_of_an_adc(designs) * codes_per_weight(designs), cells_per_weight(designs))
