"""What a chiplet and the package have beside tiles: buffers for feature maps, and the global accumulator."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray, freeze, read_only
from siam_dse.core.once import pick
from siam_dse.design.designs import Designs
from siam_dse.design.fields import code
from siam_dse.design.process import logic_supply
from siam_dse.engines.tile.accumulator import Accumulator, at_supply, global_accumulator
from siam_dse.engines.tile.buffers import Buffer, bank_array
from siam_dse.engines.tile.dies import Dies, dies_of
from siam_dse.engines.tile.library import LIBRARY_FIELDS, design_library, whole_cycles
from siam_dse.engines.tile.unit import is_sram
from siam_dse.mapping.held import held_values, pooled_bits
from siam_dse.mapping.mapping import MAPPING_FIELDS, ChipMapping
from siam_dse.mapping.precision import PRECISION_FIELDS
from siam_dse.mapping.traffic import kept_values
from siam_dse.workload.lifetime import live_values
from siam_dse.workload.network import Network

# Fields of a design that buffers and accumulators of chiplets depend on.
CHIPLET_FIELDS = (
    *dict.fromkeys((*MAPPING_FIELDS, *PRECISION_FIELDS, *LIBRARY_FIELDS, "buffer_kind", "buffer_size", "clock_hz")),
)


@dataclass(frozen=True)
class ChipletCost:
    """Buffers of all chiplets and the global accumulator; arrays (U,) or (U, L), SI, read-only.

    Energies and areas by layer are computed when asked for.
    """

    die_area_m2: FloatArray  # (U,) buffer of the die that has most
    package_area_m2: FloatArray  # (U,) buffers of all dies, spare ones too, and the global accumulator
    accumulator_area_m2: FloatArray  # (U,) global accumulator with its buffer; 0 where no layer needs it
    leakage_w: FloatArray  # (U,) of all buffers
    accumulator_leakage_w: FloatArray  # (U,) of the global accumulator with its buffer
    total_energy_j: FloatArray  # (U,) of all layers together
    latency_s: FloatArray  # (U, L)
    monolith_area_m2: FloatArray  # (U,) buffer of one die with all layers
    buffer_bits: IntArray  # (U,) of the largest buffer
    spilled_bits: FloatArray  # (U,) of feature maps that find no room in the buffers
    input_values: IntArray  # (L,) of each layer
    kept_values: FloatArray  # (U, L) of them those that the chiplet's buffer has from an earlier layer
    activation_bits: IntArray  # (U,)
    is_start: BoolArray  # (U, L) layers that start a die
    dies: Dies
    buffers: Buffer  # of each sort of die
    accumulator: Accumulator

    @cached_property
    def buffer_energy_j(self) -> FloatArray:
        """Energy of the chiplets' buffers, (U, L) [J]."""
        bits = self.activation_bits[:, None]
        passed_j, written_j = (
            self.dies.of_each_layer(of_bit) for of_bit in (self.buffers.pass_energy_j, self.buffers.write_energy_j)
        )
        return freeze(self.input_values * bits * passed_j - self.kept_values * bits * written_j)

    @cached_property
    def accumulator_energy_j(self) -> FloatArray:
        """Energy of the global accumulator, (U, L) [J]."""
        energy = np.zeros(self.latency_s.shape)
        energy[self.accumulator.design, self.accumulator.layer] = self.accumulator.energy_j
        return freeze(energy)

    @cached_property
    def energy_j(self) -> FloatArray:
        """Energy of both, (U, L) [J]."""
        return freeze(self.buffer_energy_j + self.accumulator_energy_j)

    @cached_property
    def group_area_m2(self) -> FloatArray:
        """Buffer of each die that starts with the layer, 0 where none starts, (U, L) [m2]."""
        return read_only(np.where(self.is_start, self.dies.of_each_layer(self.buffers.area_m2), 0.0))


def chiplet_cost(designs: Designs, network: Network, mapping: ChipMapping, rows: IntArray | None = None) -> ChipletCost:
    """Area, leakage, energy and latency of chiplet buffers and of the global accumulator.

    Equal dies together hold all feature maps that are alive at the step of the execution where these are most, each an
    equal share of them (:func:`siam_dse.mapping.held.pooled_bits`): what a layer reads beyond the room on its own
    chiplets lies on others (:mod:`siam_dse.engines.nop.overflow`). The buffer of a custom die holds whatever its own
    layers read or add at any one time (:func:`siam_dse.mapping.held.held_values`). So no map finds too little room.
    Under ``largest_map`` a buffer is as large as the largest share of an input among the layers of its die, equal dies
    have the largest of these, and what a die needs at the same time beyond it spills: it is written to the DRAM and
    read back once. Each layer reads its inputs once an image; a map is written once to a chiplet, by the traffic that
    brings it there (:func:`siam_dse.mapping.traffic.transfers`), however many layers there read it. Where one copy of a
    layer exceeds a chiplet, the chiplets' partial sums meet in the one global accumulator of the package, beside the
    port to the host.

    Parameters
    ----------
    designs : Designs
        U designs that differ in ``CHIPLET_FIELDS``.
    network : Network
    mapping : ChipMapping
    rows : (U,), optional
        Row of the mapping of each design; default one each.

    Returns
    -------
    ChipletCost

    Notes
    -----
    Reading and writing overlap with the network on chip, so the buffer adds one access a layer, rounded up to whole
    cycles. The accumulator sums ``global_accumulators`` outputs at once and nothing overlaps with it, as nothing does
    with the network on package.

    One more equal die makes every buffer smaller, but all of them together hold as much as before: whole banks apart,
    of which each die has less than one too many, the package's buffers take the same area however many dies there are.

    References
    ----------
    [siam2021] Chip.cpp, ChipInitialize (buffer bits = input bits x max(W H C)) and the chiplet accumulator (32 adder
    trees, fan-in = most chiplets of a layer). There the accumulator's buffer holds the layer's input and is laid out
    even where no layer needs it; here it holds the output, which the next layer takes from it.
    """
    rows = np.arange(len(designs)) if rows is None else rows
    dies, accumulator = dies_of(network, mapping, rows), global_accumulator(designs, network, mapping, rows)
    banks = bank_array(design_library(designs), designs.technology.constants("tile")["chiplet_bank"], is_sram(designs))
    bits = designs.activation_bits
    die_bits, spilled_bits = _buffer_bits(designs, network, mapping, rows, dies)
    largest = dies.largest_of_package(die_bits)
    buffers = at_supply(pick(banks, dies.design).buffer(die_bits), logic_supply(designs)[dies.design])
    moved_bits = dies.sum_of_layers(network.input_values) * bits[dies.design]
    kept = kept_values(network, mapping)[rows]
    kept_bits = dies.sum_by_layer(kept) * bits[dies.design]
    buffers_j = buffers.pass_energy_j * moved_bits - buffers.write_energy_j * kept_bits
    used_j = np.bincount(accumulator.design, weights=accumulator.energy_j, minlength=len(designs))
    return ChipletCost(
        die_area_m2=freeze(banks.area(largest)),
        package_area_m2=freeze(dies.sum_of_dies(buffers.area_m2) + accumulator.area_m2),
        accumulator_area_m2=freeze(accumulator.area_m2),
        leakage_w=freeze(dies.sum_of_dies(buffers.leakage_w)),
        accumulator_leakage_w=freeze(accumulator.leakage_w),
        total_energy_j=freeze(dies.sum_of_sorts(buffers_j) + used_j),
        latency_s=_latency(designs, dies, buffers, accumulator),
        monolith_area_m2=freeze(banks.area(_values_on_one_die(designs, network) * bits)),
        buffer_bits=freeze(largest.astype(np.int64)),
        spilled_bits=freeze(spilled_bits),
        input_values=network.input_values,
        kept_values=read_only(kept),
        activation_bits=bits,
        is_start=read_only((mapping.group_tiles > 0)[rows]),
        dies=dies,
        buffers=buffers,
        accumulator=accumulator,
    )


def _buffer_bits(
    designs: Designs, network: Network, mapping: ChipMapping, rows: IntArray, dies: Dies
) -> tuple[FloatArray, FloatArray]:
    """Bits of the buffer of each sort of die, (N,), and those that no buffer of a package has room for, (U,)."""
    by_map, spilled_bits = _is_largest_map(designs), np.zeros(len(designs))
    is_pooled = ~by_map & ~mapping.is_custom[rows]
    pooled = pooled_bits(network, designs.activation_bits, mapping.working_chiplets[rows])[dies.design]
    if is_pooled.all():
        return pooled, spilled_bits
    held, bits = held_values(network, mapping), designs.activation_bits[:, None]
    need = np.ceil(dies.largest(held[rows] * bits))
    die_bits = np.where(is_pooled[dies.design], pooled, need)
    if not by_map.any():
        return die_bits, spilled_bits
    largest = np.ceil(dies.largest(network.input_values * bits / mapping.spanned_chiplets[rows]))
    die_bits = np.where(by_map[dies.design], largest, die_bits)
    is_start, room = (mapping.group_tiles > 0)[:, network.by_place], dies.of_each_layer(die_bits)
    key, place = np.nonzero(is_start)
    of_chiplet = np.zeros(held.shape)  # where a chiplet's layers start
    fullest = held[:, network.by_place].ravel()
    of_chiplet[key, network.by_place[place]] = np.maximum.reduceat(fullest, np.flatnonzero(is_start)) if len(key) else 0
    number = np.where(mapping.is_spread[:, None], mapping.chiplets_used[:, None], mapping.spanned_chiplets)
    beyond = np.maximum(np.ceil(of_chiplet[rows] * bits) - room, 0) * number[rows]
    return die_bits, np.where(by_map, beyond.sum(axis=1), spilled_bits)


def _values_on_one_die(designs: Designs, network: Network) -> IntArray:
    """Values that the buffer of one die with all layers holds, (U,)."""
    return np.asarray(np.where(_is_largest_map(designs), network.input_values.max(), live_values(network).max()))


def _is_largest_map(designs: Designs) -> BoolArray:
    return np.asarray(designs.buffer_size == code("buffer_size", "largest_map"))


def _latency(designs: Designs, dies: Dies, buffers: Buffer, accumulator: Accumulator) -> FloatArray:
    """One access of the buffer, and the accumulator's additions, (U, L) [s]."""
    clock = designs.clock_hz[dies.design]
    latency = dies.of_each_layer(whole_cycles(buffers.access_s, clock) / clock)
    latency[accumulator.design, accumulator.layer] += accumulator.latency_s
    return read_only(latency)
