"""Shape of a tile's digital part: rows, outputs, lanes, widths of sums, wires of the H-tree."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import IntArray
from siam_dse.core.once import once
from siam_dse.design.cells import is_sram
from siam_dse.design.designs import Designs
from siam_dse.engines.tile.library import LIBRARY_FIELDS, design_library, whole_cycles
from siam_dse.engines.tile.pooling import comparator
from siam_dse.engines.tile.trees import adder_law
from siam_dse.mapping.crossbars import ceil_div, columns_per_weight, tile_side_crossbars
from siam_dse.mapping.in_tile import most_copies
from siam_dse.mapping.precision import PRECISION_FIELDS, result_bits
from siam_dse.mapping.reads import (
    bits_at_once,
    cells_per_weight,
    codes_of_an_adc,
    columns_of_an_adc,
    input_reads,
    is_row_by_row,
    row_reads,
)

# Fields of a design that the shape depends on.
SHAPE_FIELDS = (
    *PRECISION_FIELDS,
    *LIBRARY_FIELDS,
    "crossbar_cols",
    "cell",
    "columns_per_adc",
    "input_activity",
    "crossbars_per_tile",
    "in_tile_copies",
    "clock_hz",
    "bias_correction",
)


@dataclass(frozen=True)
class TileShape:
    """Sizes of a tile's digital part; arrays (U,).

    A lane follows one ADC, or the ADCs that share a weight's columns: adder tree over the row crossbars, accumulator
    for the sums of other tiles, register of the activation unit; several side by side where one is too slow.
    """

    side: IntArray  # crossbars along a side
    rows: IntArray  # input rows
    bit_vector_cycles: IntArray  # conversions of a bit-vector, one after another
    most_copies: IntArray  # along a side: sets of inputs, and of sums, that the tile holds at once
    input_bits: IntArray  # inputs of as many positions
    input_capacity: IntArray  # bits of the input buffer: its inputs, and banks enough to keep pace
    outputs: IntArray  # sums a position
    lanes: IntArray
    crossbar_bits: IntArray  # a crossbar's result
    sum_bits: IntArray  # the tile's sum
    accumulator_bits: IntArray
    output_bits: IntArray  # sums of as many positions
    output_capacity: IntArray  # bits of the output buffer: its sums twice, and banks enough for the output wires
    correction_capacity: IntArray  # bits of the constants that correct its sums, banks enough to keep pace; 0 without
    transfers: IntArray  # of the H-tree for one input bit-vector of one copy
    input_wires: IntArray
    output_wires: IntArray


@once
def tile_shape(designs: Designs) -> TileShape:
    """Shape of each design's tile: sized to keep pace with converters that take a conversion a cycle.

    What a position brings grows with the bits of its operands, and so does the number of its conversions; everything
    behind the converters is as wide as lets a position pass in so many cycles, and no wider. Sizes by capacity alone
    would make wider operands faster wherever they fill one bank or one column more.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``SHAPE_FIELDS``.

    Returns
    -------
    TileShape

    Notes
    -----
    A bit-vector takes v conversions: those of an ADC's m columns in each group of rows, row by row for each active row
    (at least one). Behind the sense amplifiers of SRAM read row by row, which deliver to an accumulator a weight, it
    takes the active rows, at least the m cells of a weight. With i bit-vectors a position takes i v cycles; a row of
    one brings as many bits as a read takes.

    - Input buffer: banks that read a bit-vector in v lines each, at least those that hold a position.
    - H-tree in: a wire a bit of each row, halved until there are no more than ``widest_bus``.
    - H-tree out: B / (i v) wires for the B bits of a position's sums.
    - Output buffer: holds 2 B, as one position's sums are written while those before are read; at least the banks that
      write and read as many bits as the wires bring.
    - Constants of ``bias_correction``: one as wide as the accumulator for each output, in banks that bring those of a
      position in i v lines each.
    - A lane has a result every i v min(1, n / m) cycles, n columns a weight; it has an adder and a comparator for each
      time that the slower of them takes as long.
    - With copies in the tiles of a layer (``in_tile_copies``) as many positions pass at once as there are copies. Those
      side by side read inputs of their own, those above one another give sums of their own: up to s sets of each with
      s crossbars along a side. Both buffers hold s sets; banks, wires out and lanes keep pace with them; the wires in
      carry one set after another, in the cycles of the conversions.

    References
    ----------
    [neurosim13] Param.cpp, Chip.cpp: bus width = side x (1 + 1 / mux), halved until <= 2048: a wire a row here, while
    the wires out follow the results.
    """
    k = designs.technology.constants("tile")
    side, weight_cols = tile_side_crossbars(designs), columns_per_weight(designs)
    rows, activation_bits = side * designs.crossbar_rows, designs.activation_bits
    digits, digit_bits = input_reads(designs), bits_at_once(designs)
    served, cycles = _columns_and_cycles(designs)
    outputs = side * ceil_div(designs.crossbar_cols, weight_cols)
    sum_bits = result_bits(designs, side)
    accumulator_bits = sum_bits + int(k["accumulator_guard"])
    # A lane has max(m, n) / n results in the i v cycles of a position.
    busy = _slowest_step(designs, accumulator_bits) * np.maximum(served, weight_cols)
    sets = most_copies(designs)
    adders = np.maximum(ceil_div(sets * busy, digits * cycles * weight_cols), 1)
    transfers = 2 ** np.ceil(np.log2(np.maximum(rows * digit_bits / k["widest_bus"], 1))).astype(np.int64)
    bank = np.full_like(side, int(k["tile_bank"]))
    input_banks = ceil_div(sets * rows * digit_bits, bank * cycles)
    output_bits = sets * outputs * sum_bits
    output_wires = ceil_div(output_bits, digits * cycles)
    output_banks = 2 * ceil_div(output_wires, bank)  # half of them written, half read
    constants = outputs * accumulator_bits
    constant_banks = ceil_div(constants, digits * cycles * bank)
    return TileShape(
        side=side,
        rows=rows,
        bit_vector_cycles=cycles,
        most_copies=sets,
        input_bits=sets * rows * activation_bits,
        input_capacity=np.maximum(sets * rows * activation_bits, input_banks * bank**2),
        outputs=outputs,
        lanes=side * ceil_div(designs.crossbar_cols, np.maximum(served, weight_cols)) * adders,
        crossbar_bits=result_bits(designs, np.ones_like(side)),
        sum_bits=sum_bits,
        accumulator_bits=accumulator_bits,
        output_bits=output_bits,
        output_capacity=np.maximum(2 * output_bits, output_banks * bank**2),
        correction_capacity=np.where(designs.bias_correction, np.maximum(constants, constant_banks * bank**2), 0),
        transfers=transfers,
        input_wires=ceil_div(rows * digit_bits, transfers),
        output_wires=output_wires,
    )


def _columns_and_cycles(designs: Designs) -> tuple[IntArray, IntArray]:
    """Columns that an ADC, or an accumulator behind sense amplifiers, serves, and conversions of a bit-vector, (U,)."""
    by_row = is_row_by_row(designs)
    amplified = by_row & is_sram(designs)
    served = np.where(amplified, cells_per_weight(designs), columns_of_an_adc(designs))
    active = np.maximum(designs.input_activity * designs.crossbar_rows, 1).astype(np.int64)
    reads = np.where(by_row, active, row_reads(designs))
    return served, np.where(amplified, np.maximum(served, reads), reads * codes_of_an_adc(designs))


def _slowest_step(designs: Designs, accumulator_bits: IntArray) -> IntArray:
    """Cycles of an addition of the accumulator, or of a comparison if that is slower, (U,)."""
    library = design_library(designs)
    law = adder_law(library)
    addition_s = law.delay_fixed_s + accumulator_bits * law.delay_per_bit_s
    slower = np.maximum(addition_s, comparator(library, designs.activation_bits).time_s)
    return whole_cycles(slower, designs.clock_hz).astype(np.int64)
