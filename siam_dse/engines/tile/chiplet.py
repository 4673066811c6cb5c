"""What a chiplet and the package have beside tiles: buffers for feature maps, and the global accumulator."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray, freeze
from siam_dse.design.designs import Designs
from siam_dse.engines.tile.buffers import bank_array
from siam_dse.engines.tile.library import LIBRARY_FIELDS, design_library
from siam_dse.engines.tile.timing import whole_cycles
from siam_dse.engines.tile.trees import adder_law, tree_counts
from siam_dse.engines.tile.unit import is_sram
from siam_dse.mapping.crossbars import ceil_div
from siam_dse.mapping.mapping import MAPPING_FIELDS, Mapping
from siam_dse.mapping.precision import PRECISION_FIELDS, full_sum_bits, partial_sum_bits
from siam_dse.mapping.traffic import sums_leave_chiplets
from siam_dse.technology.load import load_constants
from siam_dse.workload.network import Network

# Fields of a design that buffers and accumulators of chiplets depend on.
CHIPLET_FIELDS = (*dict.fromkeys((*MAPPING_FIELDS, *PRECISION_FIELDS, *LIBRARY_FIELDS, "buffer_kind", "clock_hz")),)


@dataclass(frozen=True)
class ChipletCost:
    """Buffers of all chiplets and the global accumulator; arrays (U,) or (U, L), SI, read-only."""

    die_area_m2: FloatArray  # (U,) buffer of the die that has most
    package_area_m2: FloatArray  # (U,) buffers of all dies, spare ones too, and the global accumulator
    accumulator_area_m2: FloatArray  # (U,) global accumulator with its buffer; 0 where no layer needs it
    leakage_w: FloatArray  # (U,) of all of it
    buffer_energy_j: FloatArray  # (U, L)
    accumulator_energy_j: FloatArray  # (U, L)
    energy_j: FloatArray  # (U, L)
    latency_s: FloatArray  # (U, L)
    group_area_m2: FloatArray  # (U, L) buffer of each die that starts with the layer, 0 where none starts
    monolith_area_m2: FloatArray  # (U,) buffer of one die with all layers
    buffer_bits: IntArray  # (U,) of the largest buffer
    package_buffer_bits: FloatArray  # (U,) of the buffers of all dies


def chiplet_cost(designs: Designs, network: Network, mapping: Mapping) -> ChipletCost:
    """Area, leakage, energy and latency of chiplet buffers and of the global accumulator.

    A chiplet's buffer holds the largest share of an input feature map among its layers; equal dies all have the
    largest of any. Each layer's inputs are written and read once an image. Where one copy of a layer exceeds a chiplet,
    the chiplets' partial sums meet in the one global accumulator of the package, beside the port to the host.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``CHIPLET_FIELDS``.
    network : Network
    mapping : Mapping
        Of the same designs.

    Returns
    -------
    ChipletCost

    Notes
    -----
    Reading and writing overlap with the network on chip, so the buffer adds one access a layer, rounded up to whole
    cycles. The accumulator sums ``global_accumulators`` outputs at once and nothing overlaps with it, as nothing does
    with the network on package.

    References
    ----------
    [siam2021] Chip.cpp, ChipInitialize (buffer bits = input bits x max(W H C)) and the chiplet accumulator (32 adder
    trees, fan-in = most chiplets of a layer). There the accumulator's buffer holds the layer's input and is laid out
    even where no layer needs it; here it holds the output, which the next layer takes from it.
    """
    library = design_library(designs)
    banks = bank_array(library, load_constants("tile")["chiplet_bank"], is_sram(designs))
    die_bits = _die_bits(designs, network, mapping)
    largest = die_bits.max(axis=1)
    ifm_bits = network.input_values * designs.activation_bits[:, None]
    buffer_j = ifm_bits * (banks.write_energy(die_bits) + banks.read_energy(die_bits))
    clock = designs.clock_hz[:, None]
    access_s = whole_cycles(banks.access_time(die_bits), clock) / clock
    accumulator = _accumulator(designs, network, mapping)
    die_area = banks.area(largest)
    return ChipletCost(
        die_area_m2=freeze(die_area),
        package_area_m2=freeze(_over_dies(banks.area(die_bits), mapping) + accumulator.area_m2),
        accumulator_area_m2=freeze(accumulator.area_m2),
        leakage_w=freeze(_over_dies(banks.leakage(die_bits), mapping) + accumulator.leakage_w),
        buffer_energy_j=freeze(buffer_j),
        accumulator_energy_j=freeze(accumulator.energy_j),
        energy_j=freeze(buffer_j + accumulator.energy_j),
        latency_s=freeze(access_s + accumulator.latency_s),
        group_area_m2=freeze(np.where(mapping.group_tiles > 0, banks.area(die_bits), 0.0)),
        monolith_area_m2=freeze(banks.area(ifm_bits.max(axis=1))),
        buffer_bits=freeze(largest),
        package_buffer_bits=freeze(_over_dies(die_bits.astype(np.float64), mapping)),
    )


def _die_bits(designs: Designs, network: Network, mapping: Mapping) -> IntArray:
    """Bits of the buffer of the die that each layer sits on, (U, L); (U, 1) if all are equal."""
    share = ceil_div(network.input_values * designs.activation_bits[:, None], mapping.spanned_chiplets)
    if not mapping.is_custom.any():
        return np.asarray(share.max(axis=1, keepdims=True))
    starts = mapping.group_tiles > 0
    own = share.copy()
    for layer in range(1, network.n_layers):  # largest so far on the die
        own[:, layer] = np.where(starts[:, layer], own[:, layer], np.maximum(own[:, layer - 1], own[:, layer]))
    for layer in range(network.n_layers - 2, -1, -1):  # and of what follows on it
        own[:, layer] = np.where(starts[:, layer + 1], own[:, layer], own[:, layer + 1])
    return np.where(mapping.is_custom[:, None], own, share.max(axis=1)[:, None])


def _over_dies(values: FloatArray, mapping: Mapping) -> FloatArray:
    """Sum over the dies of the package of a value of each layer's die, (U,): equal dies x their number, spares too."""
    if not mapping.is_custom.any():
        return np.asarray(values[:, 0] * mapping.n_chiplets)
    starts = mapping.group_tiles > 0
    each = np.where(starts, values * mapping.spanned_chiplets, 0.0).sum(axis=1)
    return np.where(mapping.is_custom, each, values[:, 0] * mapping.n_chiplets)


@dataclass(frozen=True)
class _Accumulator:
    """Global accumulator: area and leakage (U,), energy and latency (U, L)."""

    area_m2: FloatArray
    leakage_w: FloatArray
    energy_j: FloatArray
    latency_s: FloatArray


def _accumulator(designs: Designs, network: Network, mapping: Mapping) -> _Accumulator:
    """Global accumulator with its buffer; nothing for the designs of which no layer needs one."""
    out = _Accumulator(*np.zeros((2, len(designs))), *np.zeros((2, *mapping.tiles.shape)))
    rows = np.flatnonzero(sums_leave_chiplets(mapping).any(axis=1))
    if len(rows):
        needed = _needed_accumulator(designs.take(rows), network, mapping.take(rows))
        for name, values in vars(needed).items():
            getattr(out, name)[rows] = values
    return out


def _needed_accumulator(designs: Designs, network: Network, mapping: Mapping) -> _Accumulator:
    """Global accumulator with its buffer.

    Every partial sum that a chiplet sends is written and read, and so is every finished output. The additions
    themselves are among those of the tiles, which count all row blocks (and charge a tile's buffer, some 5 % of this
    one, for sums that meet here).
    """
    library = design_library(designs)
    banks = bank_array(library, load_constants("tile")["chiplet_bank"], is_sram(designs))
    lanes = load_constants("tile")["global_accumulators"]
    leave = sums_leave_chiplets(mapping)
    fan_in = np.where(leave, ceil_div(mapping.tiles, mapping.tiles_on_chiplet), 1)
    sum_bits, full_bits = partial_sum_bits(designs, network), full_sum_bits(designs, network)
    held_bits = _largest(leave, network.output_values * designs.activation_bits[:, None])
    law = adder_law(library)
    tree = tree_counts(fan_in.max(axis=1), _largest(leave, sum_bits))
    registers = _largest(leave, full_bits)
    register, clock = library.register, designs.clock_hz[:, None]
    addition = whole_cycles(law.delay(np.ones_like(full_bits), full_bits), clock)
    passes = np.ceil(network.output_values / lanes) * addition
    depth = (
        np.ceil(np.log2(fan_in)) * addition + 2 * whole_cycles(banks.access_time(held_bits), designs.clock_hz)[:, None]
    )
    moved = network.output_values * (fan_in * sum_bits + designs.activation_bits[:, None])
    per_bit = banks.write_energy(held_bits) + banks.read_energy(held_bits)
    return _Accumulator(
        area_m2=banks.area(held_bits) + lanes * (tree.adder_bits * law.area_per_bit_m2 + registers * register.area_m2),
        leakage_w=banks.leakage(held_bits)
        + lanes * (tree.adder_bits * law.leakage_per_bit_w + registers * register.leakage_w),
        energy_j=np.where(leave, moved * per_bit[:, None], 0.0),
        latency_s=np.where(leave, (passes + depth) / clock, 0.0),
    )


def _largest(leave: BoolArray, values: IntArray) -> IntArray:
    """Largest value among the layers that need the accumulator, (U,): 0 where none does."""
    return np.asarray(np.where(leave, values, 0).max(axis=1))
