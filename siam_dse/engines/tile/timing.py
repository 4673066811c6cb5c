"""Time of a tile's digital part: the interval between positions it can keep up with, and the fill of its pipeline."""

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.core.units import ROUNDING
from siam_dse.design.designs import Designs
from siam_dse.engines.tile.library import Library, design_library
from siam_dse.engines.tile.pooling import comparator
from siam_dse.engines.tile.shape import TileShape, tile_shape
from siam_dse.engines.tile.trees import AdderLaw, adder_law, tree_counts
from siam_dse.engines.tile.unit import tile_buffers, tile_wires
from siam_dse.engines.tile.work import RowSums
from siam_dse.technology.wires import bus_wire, htree_wire


def position_interval(designs: Designs, sums: RowSums) -> FloatArray:
    """Least time between two positions of a layer, (U, K) [s], a column a sort of layers.

    The slowest of the steps that run side by side at ``clock_hz``, each in whole cycles for a full tile: lines of the
    input buffer and transfers of the H-tree for every input bit, sums of a lane (those of other tiles too), bits of the
    sums over the output wires, lines of the output buffer (written and read), comparisons of a lane.

    Parameters
    ----------
    designs : Designs (U)
    sums : RowSums
        Of the same designs.

    Returns
    -------
    (U, K) float64 [s]
    """
    k, library, shape = designs.technology.constants("tile"), design_library(designs), tile_shape(designs)
    banks, clock = tile_buffers(designs), designs.clock_hz
    line_cycles = whole_cycles(banks.bank.line_time_s, clock)
    lines = np.ceil(np.ceil(shape.rows / k["tile_bank"]) / banks.banks(shape.input_bits))
    inputs = designs.activation_bits * np.maximum(lines * line_cycles, shape.transfers)
    output_lines = np.ceil(np.ceil(shape.output_bits / k["tile_bank"]) / banks.banks(shape.output_capacity))
    outputs = np.maximum(2 * output_lines * line_cycles, np.ceil(shape.output_bits / shape.output_wires))
    per_lane = np.ceil(shape.outputs / shape.lanes)
    addition = whole_cycles(_slowest_addition(library, shape), clock)
    compared = whole_cycles(comparator(library, designs.activation_bits).time_s, clock)
    every = np.maximum(np.maximum(inputs, outputs), per_lane * np.maximum(addition, compared))
    received = (per_lane * addition)[:, None] * np.maximum(sums.tiles - 1, 1)
    return np.asarray(np.maximum(every[:, None], received) / clock[:, None])


def pipeline_fill(designs: Designs, sums: RowSums, leaf_m: FloatArray) -> FloatArray:
    """Time from the first input to the last result through the digital steps, once a layer, (U, K) [s].

    Input buffer, H-tree in and out, adder tree, output buffer written and read, sums of other tiles, activation;
    every step in whole cycles, each buffer at its own distance.

    Parameters
    ----------
    designs : Designs (U)
    sums : RowSums
        Of the same designs.
    leaf_m : (U,) [m]
        Pitch of the crossbars.

    Returns
    -------
    (U, K) float64 [s], a column a sort of layers
    """
    library, shape = design_library(designs), tile_shape(designs)
    law, clock = adder_law(library), designs.clock_hz
    buffers = tile_buffers(designs)
    line_in, line_out = (whole_cycles(buffers.access_time(b), clock) for b in (shape.input_bits, shape.output_capacity))
    path, past = tile_wires(shape, leaf_m)
    wire_s = path * htree_wire(library.node).delay_s_per_m + past * bus_wire(library.node).delay_s_per_m
    fixed = line_in + 2 * line_out + 2 * whole_cycles(wire_s, clock) + whole_cycles(library.register.time_s, clock)
    summed = tree_counts(np.minimum(sums.crossbars, shape.side[:, None]), shape.crossbar_bits[:, None])
    tree = whole_cycles(law.delay(summed.stages, summed.path_bits), clock[:, None])
    addition = whole_cycles(_slowest_addition(library, shape), clock)[:, None]
    return np.asarray((fixed[:, None] + tree + (sums.tiles - 1) * addition) / clock[:, None])


def tile_latency(interval_s: FloatArray, fill_s: FloatArray, positions: IntArray, position_s: FloatArray) -> FloatArray:
    """Latency of the digital part of each layer that its crossbars do not hide, (U, L) [s].

    Parameters
    ----------
    interval_s, fill_s : (U, L) [s]
        Of ``TileEnergy``.
    positions : (U, L)
        Positions of one copy: ceil(positions / copies).
    position_s : (U,) or (U, L) [s]
        Time of the crossbars for one position: activation bits x time of a bit-vector.

    Returns
    -------
    (U, L) float64 [s]

    Notes
    -----
    positions x max(interval - position time, 0) + fill.
    """
    crossbar_s = position_s[:, None] if np.ndim(position_s) == 1 else position_s
    return np.asarray(positions * np.maximum(interval_s - crossbar_s, 0) + fill_s)


def whole_cycles(time_s: FloatArray, clock_hz: FloatArray) -> FloatArray:
    """Cycles that a step of ``time_s`` takes, rounded up."""
    return np.ceil(time_s * clock_hz - ROUNDING)


def _slowest_addition(library: Library, shape: TileShape) -> FloatArray:
    """Time of one addition of the accumulator, the widest adder, (U,) [s]."""
    law: AdderLaw = adder_law(library)
    return law.delay_fixed_s + shape.accumulator_bits * law.delay_per_bit_s
