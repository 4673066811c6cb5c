"""Energy of a tile's digital part in one inference, by component and layer."""

from collections.abc import Mapping

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.design.designs import Designs
from siam_dse.engines.tile.interconnect import wire_energy
from siam_dse.engines.tile.library import Library, column_of
from siam_dse.engines.tile.pooling import comparator
from siam_dse.engines.tile.shape import TileShape
from siam_dse.engines.tile.trees import AdderLaw, adder_law, tree_counts
from siam_dse.engines.tile.unit import tile_buffers, tile_wires
from siam_dse.engines.tile.work import LayerWork
from siam_dse.technology.wires import bus_wire, htree_wire


def layer_energies(
    designs: Designs, library: Library, shape: TileShape, work: LayerWork, leaf_m: FloatArray
) -> Mapping[str, FloatArray]:
    """Energy of each component in each layer, (U, L) [J].

    Parameters
    ----------
    designs, library, shape : of the same U designs
    work : LayerWork
        Of L layers.
    leaf_m : (U,) [m]
        Pitch of the crossbars.

    Returns
    -------
    component -> (U, L) float64 [J]

    Notes
    -----
    - input_buffer: inputs are written once a column of tiles; each position's row bits are read from it.
    - htree: row bits go from the port to the first crossbar of their row and on past the others that hold the layer; a
      sum of a tile comes back to the port. In between every addition moves a number past one crossbar.
    - adder_tree: additions inside tiles, one fewer than the crossbars of a tile's column.
    - output_buffer: every sum of a tile is written and read once, and so is every sum that another tile sends.
    - accumulator: sums of other tiles, and residuals, are added. Sums of all row blocks count here, wherever they meet.
    - activation: one register as wide as the finished sum.
    - pooling: a comparison or an addition for every value of a window but one.
    """
    law = adder_law(library)
    outputs = work.outputs[None, :]
    received = outputs * (work.row_tiles - 1)
    additions, added_bits = tree_additions(shape, work)
    return {
        "input_buffer": _input_buffer(designs, library, shape, work),
        "htree": _htree(library, shape, work, leaf_m, outputs * added_bits),
        "adder_tree": law.energy(outputs * additions, outputs * added_bits),
        "output_buffer": _output_buffer(designs, library, shape, (outputs * work.row_tiles + received) * work.sum_bits),
        "accumulator": law.energy(received, received * work.full_bits) + _residuals(designs, law, work),
        "activation": outputs * work.full_bits * library.register.energy_j[:, None],
        "pooling": _pooling(designs, library, law, work),
    }


def tree_additions(shape: TileShape, work: LayerWork) -> tuple[IntArray, IntArray]:
    """Additions of one output inside all its tiles, and their bits together, (U, L) each: full tiles and a last one."""
    full = tree_counts(shape.side, shape.crossbar_bits)
    last = tree_counts(work.row_crossbars - (work.row_tiles - 1) * shape.side[:, None], shape.crossbar_bits[:, None])
    whole = work.row_tiles - 1
    return whole * full.adders[:, None] + last.adders, whole * full.adder_bits[:, None] + last.adder_bits


def _input_buffer(designs: Designs, library: Library, shape: TileShape, work: LayerWork) -> FloatArray:
    banks = tile_buffers(designs)
    write, read = banks.write_energy(shape.input_bits), banks.read_energy(shape.input_bits)
    return np.asarray(work.input_bits * write[:, None] + work.tile_read_bits * read[:, None])


def _output_buffer(designs: Designs, library: Library, shape: TileShape, bits: FloatArray) -> FloatArray:
    banks = tile_buffers(designs)
    per_bit = banks.write_energy(shape.output_capacity) + banks.read_energy(shape.output_capacity)
    return np.asarray(bits * per_bit[:, None])


def _htree(library: Library, shape: TileShape, work: LayerWork, leaf_m: FloatArray, added_bits: IntArray) -> FloatArray:
    path, _ = tile_wires(shape, leaf_m)
    to_port = wire_energy(htree_wire(library.node), path)
    past_one = wire_energy(bus_wire(library.node), leaf_m)
    at_port = work.tile_read_bits + work.outputs * work.row_tiles * work.sum_bits
    past = work.crossbar_read_bits - work.tile_read_bits + added_bits
    return np.asarray(at_port * to_port[:, None] + past * past_one[:, None])


def _residuals(designs: Designs, law: AdderLaw, work: LayerWork) -> FloatArray:
    bits = designs.activation_bits[:, None]
    return np.asarray(work.residuals * law.energy(np.ones_like(bits), bits))


def _pooling(designs: Designs, library: Library, law: AdderLaw, work: LayerWork) -> FloatArray:
    one = comparator(library, designs.activation_bits).energy_j
    bits = designs.activation_bits[:, None] + work.window_bits
    averaged = work.averaged * column_of(law.energy_fixed_j, bits) + work.averaged * bits * column_of(
        law.energy_per_bit_j, bits
    )
    return np.asarray(work.comparisons * one[:, None] + averaged)
