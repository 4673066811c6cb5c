"""Time of a tile's digital part: the interval between positions it can keep up with, and the fill of its pipeline."""

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.design.designs import Designs
from siam_dse.engines.tile.library import Library, design_library, whole_cycles
from siam_dse.engines.tile.shape import TileShape, tile_shape
from siam_dse.engines.tile.trees import AdderLaw, adder_law, tree_counts
from siam_dse.engines.tile.unit import tile_buffers, tile_wires
from siam_dse.engines.tile.work import RowSums
from siam_dse.mapping.in_tile import copies_along
from siam_dse.mapping.reads import input_reads
from siam_dse.technology.wires import bus_wire, htree_wire
from siam_dse.workload.network import Network


def position_interval(designs: Designs, network: Network) -> FloatArray:
    """Least time between two positions of a layer, or as many as it has copies in its tiles, (U, L) [s].

    A tile keeps pace with a conversion a cycle (:func:`siam_dse.engines.tile.shape.tile_shape`), unless a line of a
    buffer takes longer than a cycle, or the input bit-vector more transfers of the H-tree than conversions. Sums of
    other tiles are added as the network brings them, whose time is counted there.

    Parameters
    ----------
    designs : Designs (U)
    network : Network

    Returns
    -------
    (U, L) float64 [s]

    Notes
    -----
    i max(v lines, c transfers) cycles, i bit-vectors, v conversions a bit-vector, a line in whole cycles, at least one,
    and c copies side by side in a tile, whose inputs follow one another.
    """
    shape, clock = tile_shape(designs), designs.clock_hz
    line_cycles = np.maximum(whole_cycles(tile_buffers(designs).bank.line_time_s, clock), 1)
    _, side_by_side = copies_along(designs, network)
    bit_vector = np.maximum((shape.bit_vector_cycles * line_cycles)[:, None], shape.transfers[:, None] * side_by_side)
    return np.asarray(input_reads(designs)[:, None] * bit_vector / clock[:, None])


def pipeline_fill(designs: Designs, sums: RowSums, leaf_m: FloatArray) -> FloatArray:
    """Time from the first input to the last result through the digital steps, once a layer, (U, K) [s].

    Input buffer, H-tree in and out, adder tree, output buffer written and read, sums of other tiles, the subtraction of
    ``bias_correction`` (its constants are read in advance), activation; every step in whole cycles, each buffer at its
    own distance.

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
    line_in, line_out = (
        whole_cycles(buffers.access_time(b), clock) for b in (shape.input_capacity, shape.output_capacity)
    )
    path, past = tile_wires(shape, leaf_m)
    wire_s = path * htree_wire(library.node).delay_s_per_m + past * bus_wire(library.node).delay_s_per_m
    fixed = line_in + 2 * line_out + 2 * whole_cycles(wire_s, clock) + whole_cycles(library.register.time_s, clock)
    summed = tree_counts(np.minimum(sums.crossbars, shape.side[:, None]), shape.crossbar_bits[:, None])
    tree = whole_cycles(law.delay(summed.stages, summed.path_bits), clock[:, None])
    addition = whole_cycles(_slowest_addition(library, shape), clock)[:, None]
    additions = sums.tiles - 1 + designs.bias_correction[:, None]
    return np.asarray((fixed[:, None] + tree + additions * addition) / clock[:, None])


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


def _slowest_addition(library: Library, shape: TileShape) -> FloatArray:
    """Time of one addition of the accumulator, the widest adder, (U,) [s]."""
    law: AdderLaw = adder_law(library)
    return law.delay_fixed_s + shape.accumulator_bits * law.delay_per_bit_s
