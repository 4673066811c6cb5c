"""Shape of a tile's digital part: rows, outputs, lanes, widths of sums, wires of the H-tree."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import IntArray
from siam_dse.core.once import once
from siam_dse.design.designs import Designs
from siam_dse.mapping.crossbars import ceil_div, columns_per_weight, tile_side_crossbars
from siam_dse.mapping.precision import PRECISION_FIELDS, result_bits

# Fields of a design that the shape depends on.
SHAPE_FIELDS = (*PRECISION_FIELDS, "crossbar_rows", "crossbar_cols", "columns_per_adc", "crossbars_per_tile")


@dataclass(frozen=True)
class TileShape:
    """Sizes of a tile's digital part; arrays (U,).

    A lane follows one ADC, or the ADCs that share a weight's columns: adder tree over the row crossbars, accumulator
    for the sums of other tiles, register of the activation unit.
    """

    side: IntArray  # crossbars along a side
    rows: IntArray  # input rows
    input_bits: IntArray  # inputs of one position
    outputs: IntArray  # sums a position
    lanes: IntArray
    crossbar_bits: IntArray  # a crossbar's result
    sum_bits: IntArray  # the tile's sum
    accumulator_bits: IntArray
    output_bits: IntArray  # sums of one position
    output_capacity: IntArray  # bits of the output buffer: its sums, and banks enough for the output wires
    transfers: IntArray  # of the H-tree for one input bit-vector
    input_wires: IntArray
    output_wires: IntArray


@once
def tile_shape(designs: Designs) -> TileShape:
    """Shape of each design's tile.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``SHAPE_FIELDS``.

    Returns
    -------
    TileShape

    Notes
    -----
    The H-tree has a wire a row for the input bit-vector and one an ADC for results, both halved until there are no
    more than ``widest_bus``.

    References
    ----------
    [neurosim13] Param.cpp, Chip.cpp: bus width = side x (1 + 1 / mux), halved until <= 2048.
    """
    k = designs.technology.constants("tile")
    side = tile_side_crossbars(designs)
    rows = side * designs.crossbar_rows
    weight_cols = columns_per_weight(designs)
    outputs = side * ceil_div(designs.crossbar_cols, weight_cols)
    lanes = side * ceil_div(designs.crossbar_cols, np.maximum(designs.columns_per_adc, weight_cols))
    one = np.ones_like(side)
    sum_bits = result_bits(designs, side)
    converters = side * ceil_div(designs.crossbar_cols, designs.columns_per_adc)
    over = (rows + converters) / k["widest_bus"]
    transfers = 2 ** np.ceil(np.log2(np.maximum(over, 1))).astype(np.int64)
    output_wires = ceil_div(converters, transfers)
    bank = int(k["tile_bank"])
    busy_banks = 2 * ceil_div(output_wires, np.full_like(side, bank))  # half of them written, half read
    return TileShape(
        side=side,
        rows=rows,
        input_bits=rows * designs.activation_bits,
        outputs=outputs,
        lanes=lanes,
        crossbar_bits=result_bits(designs, one),
        sum_bits=sum_bits,
        accumulator_bits=sum_bits + int(k["accumulator_guard"]),
        output_bits=outputs * sum_bits,
        output_capacity=np.maximum(outputs * sum_bits, busy_banks * bank**2),
        transfers=transfers,
        input_wires=ceil_div(rows, transfers),
        output_wires=output_wires,
    )
