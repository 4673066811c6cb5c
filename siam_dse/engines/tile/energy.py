"""Energy of a tile's digital part in one inference, by component, of each layer or of all."""

from collections.abc import Mapping

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray
from siam_dse.design.designs import Designs
from siam_dse.engines.tile.buffers import BankArray
from siam_dse.engines.tile.interconnect import wire_energy
from siam_dse.engines.tile.library import Library, column_of, design_library, logic_supply
from siam_dse.engines.tile.pooling import comparator
from siam_dse.engines.tile.shape import tile_shape
from siam_dse.engines.tile.trees import AdderLaw, adder_law
from siam_dse.engines.tile.unit import tile_buffers, tile_wires
from siam_dse.engines.tile.work import Work
from siam_dse.technology.wires import bus_wire, htree_wire


def work_energies(designs: Designs, work: Work, leaf_m: FloatArray) -> Mapping[str, FloatArray]:
    """Energy of each component, (U, L) or (U,) as the work is [J].

    Parameters
    ----------
    designs : Designs (U)
    work : Work
        Of the same designs.
    leaf_m : (U,) [m]
        Pitch of the crossbars.

    Returns
    -------
    component -> float64 [J]

    Notes
    -----
    Every energy is a figure of the design times a count of the work, and the square of the supply that the clock needs.

    - input_buffer: inputs are written once a column of tiles; each position's row bits are read from it.
    - htree: row bits go from the port to the first crossbar of their row and on past the others that hold the layer; a
      sum of a tile comes back to the port. In between every addition moves a number past one crossbar.
    - adder_tree: additions inside tiles, one fewer than the crossbars of a tile's column.
    - output_buffer: every sum of a tile is written and read once, and so is every sum that another tile sends.
    - accumulator: sums of other tiles, and residuals, are added. Sums of all row blocks count here, wherever they meet.
    - correction: a constant is read and subtracted once for each finished sum. Mean errors of all its columns, row
      blocks and bits add up to it, since conversions are summed with fixed weights.
    - activation: one register as wide as the finished sum.
    - pooling: a comparison or an addition for every value of a window but one.
    """
    library, shape = design_library(designs), tile_shape(designs)
    law, banks = adder_law(library), tile_buffers(designs)
    of_activations = law.energy(np.ones(len(designs)), designs.activation_bits)
    energies = {
        "input_buffer": _times(banks.write_energy(shape.input_capacity), work.input_bits)
        + _times(banks.read_energy(shape.input_capacity), work.tile_read_bits),
        "htree": _htree(designs, library, work, leaf_m),
        "adder_tree": law.energy(work.additions, work.added_bits),
        "output_buffer": _times(banks.pass_energy(shape.output_capacity), work.sent_bits + work.received_bits),
        "accumulator": law.energy(work.received, work.accumulated_bits) + _times(of_activations, work.residuals),
        "correction": _correction(designs, law, banks, work),
        "activation": _times(library.register.energy_j, work.finished_bits),
        "pooling": _pooling(designs, library, law, work),
    }
    return {name: _times(logic_supply(designs) ** 2, energy_j) for name, energy_j in energies.items()}


def _htree(designs: Designs, library: Library, work: Work, leaf_m: FloatArray) -> FloatArray:
    path, _ = tile_wires(tile_shape(designs), leaf_m)
    to_port = wire_energy(htree_wire(library.node), path)
    past_one = wire_energy(bus_wire(library.node), leaf_m)
    past = work.crossbar_read_bits - work.tile_read_bits + work.added_bits
    return _times(to_port, work.tile_read_bits + work.sent_bits) + _times(past_one, past)


def _correction(designs: Designs, law: AdderLaw, banks: BankArray, work: Work) -> FloatArray:
    read_j = _times(banks.read_energy(tile_shape(designs).correction_capacity), work.finished_bits)
    subtracted_j = law.energy(work.finished, work.finished_bits)
    return _times(designs.bias_correction.astype(np.float64), read_j + subtracted_j)


def _pooling(designs: Designs, library: Library, law: AdderLaw, work: Work) -> FloatArray:
    one = comparator(library, designs.activation_bits).energy_j
    addition = law.energy(np.ones(len(designs)), designs.activation_bits)
    growth = _times(law.energy_per_bit_j, work.averaged_growth)
    return _times(one, work.comparisons) + _times(addition, work.averaged) + growth


def _times(figure: FloatArray, count: AnyArray) -> FloatArray:
    """Figure of each design, (U,), times a count (U, ...)."""
    return np.asarray(column_of(figure, count) * count)
