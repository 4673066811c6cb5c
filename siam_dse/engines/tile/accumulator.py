"""The global accumulator of a package: adds partial sums of layers one copy of which exceeds a chiplet."""

from dataclasses import dataclass, replace

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray, IntArray
from siam_dse.design.designs import Designs
from siam_dse.design.process import logic_supply
from siam_dse.engines.tile.buffers import Buffer, bank_array
from siam_dse.engines.tile.library import design_library, whole_cycles
from siam_dse.engines.tile.trees import adder_law, tree_counts
from siam_dse.engines.tile.unit import is_sram
from siam_dse.engines.tile.work import alike
from siam_dse.mapping.crossbars import ceil_div
from siam_dse.mapping.mapping import ChipMapping
from siam_dse.mapping.precision import result_bits
from siam_dse.mapping.split import chiplet_sum_bits, sums_over_package
from siam_dse.workload.network import Network


@dataclass(frozen=True)
class Accumulator:
    """Global accumulator with its buffer, of U designs: area and leakage, 0 where no layer needs one.

    Energy and latency are those of the N layers of all designs that need it, given by ``design`` and ``layer``.
    """

    area_m2: FloatArray  # (U,)
    leakage_w: FloatArray  # (U,)
    design: IntArray  # (N,)
    layer: IntArray  # (N,)
    energy_j: FloatArray  # (N,)
    latency_s: FloatArray  # (N,)


def global_accumulator(designs: Designs, network: Network, mapping: ChipMapping, rows: IntArray) -> Accumulator:
    """Global accumulator of each design.

    Every partial sum that a chiplet sends is written and read, and so is every finished output. The additions
    themselves are among those of the tiles, which count all row blocks (and charge a tile's buffer, some 5 % of this
    one, for sums that meet here).

    Parameters
    ----------
    designs : Designs (U)
    network : Network
    mapping : ChipMapping
    rows : (U,)
        Row of the mapping of each design.

    Returns
    -------
    Accumulator
    """
    sums = sums_over_package(mapping)
    design, layer = np.divmod(np.flatnonzero(sums.sent[rows] > 0), network.n_layers)
    area_m2, leakage_w = np.zeros((2, len(designs)))
    energy_j, latency_s = np.zeros((2, len(design)))
    if len(design):
        needed, place = np.unique(design, return_inverse=True)
        here, at = designs.take(needed), (rows[design], layer)
        sum_bits = chiplet_sum_bits(here, network, mapping, place, *at)
        split = _split_layers(here, network, place, layer, sums.share[at], sums.sent[at], sum_bits)
        banks = bank_array(design_library(here), designs.technology.constants("tile")["chiplet_bank"], is_sram(here))
        buffer = banks.buffer(split.largest(split.outputs * here.activation_bits[place]))
        buffer = at_supply(buffer, logic_supply(here))
        area_m2[needed], leakage_w[needed] = _area_and_leakage(here, buffer, split)
        energy_j, latency_s = _energy(here, buffer, split), _latency(here, buffer, split)
    return Accumulator(area_m2, leakage_w, design, layer, energy_j, latency_s)


def at_supply(buffer: Buffer, supply: FloatArray) -> Buffer:
    """A buffer at another supply, (U,) as a multiple of the nominal one."""
    passed_j, written_j = supply**2 * buffer.pass_energy_j, supply**2 * buffer.write_energy_j
    return replace(buffer, pass_energy_j=passed_j, write_energy_j=written_j, leakage_w=supply * buffer.leakage_w)


@dataclass(frozen=True)
class _SplitLayers:
    """The N layers that need an accumulator, of n designs one after another; arrays (N,)."""

    design: IntArray
    outputs: FloatArray  # that are added up here
    sent: FloatArray  # sums that come for them, in all
    fan_in: IntArray  # sums of an output at most
    sum_bits: IntArray  # of a chiplet's sum
    full_bits: IntArray  # of a finished sum

    def largest(self, values: AnyArray) -> AnyArray:
        """Largest value among the layers of each design, (n,)."""
        return np.asarray(np.maximum.reduceat(values, np.flatnonzero(np.diff(self.design, prepend=-1))))


def _split_layers(
    designs: Designs,
    network: Network,
    design: IntArray,
    layer: IntArray,
    share: FloatArray,
    sent: FloatArray,
    sum_bits: IntArray,
) -> _SplitLayers:
    rows = alike(network.rows)
    crossbars = ceil_div(rows.value, designs.crossbar_rows[:, None])
    at = (design, rows.sort[layer])
    return _SplitLayers(
        design=design,
        outputs=network.output_values[layer] * share,
        sent=network.output_values[layer] * sent,
        fan_in=np.ceil(sent / share).astype(np.int64),
        sum_bits=sum_bits,
        full_bits=result_bits(designs, crossbars)[at],
    )


def _area_and_leakage(designs: Designs, buffer: Buffer, split: _SplitLayers) -> tuple[FloatArray, FloatArray]:
    """Area [m2] and leakage [W] of buffer, adders and registers, (n,) each; the buffer holds the largest output."""
    library, lanes = design_library(designs), designs.technology.constants("tile")["global_accumulators"]
    law, register, registers = adder_law(library), library.register, split.largest(split.full_bits)
    adders = tree_counts(split.largest(split.fan_in), split.largest(split.sum_bits)).adder_bits
    area = lanes * (adders * law.area_per_bit_m2 + registers * register.area_m2)
    leakage = lanes * (adders * law.leakage_per_bit_w + registers * register.leakage_w)
    return buffer.area_m2 + area, buffer.leakage_w + logic_supply(designs) * leakage


def _energy(designs: Designs, buffer: Buffer, split: _SplitLayers) -> FloatArray:
    """Energy of each layer's sums and finished outputs, written and read [J], (N,)."""
    moved = split.sent * split.sum_bits + split.outputs * designs.activation_bits[split.design]
    return np.asarray(moved * buffer.pass_energy_j[split.design])


def _latency(designs: Designs, buffer: Buffer, split: _SplitLayers) -> FloatArray:
    """Time that each layer waits for the accumulator [s], (N,): nothing overlaps with it.

    The additions of a lane's outputs one after another, the stages that one output's sums pass, and an access of the
    buffer to write and one to read.
    """
    law, clock = adder_law(design_library(designs)), designs.clock_hz
    access = whole_cycles(buffer.access_s, clock)
    one_s = law.delay_fixed_s[split.design] + split.full_bits * law.delay_per_bit_s[split.design]
    addition = whole_cycles(one_s, clock[split.design])
    passes = np.ceil(split.outputs / designs.technology.constants("tile")["global_accumulators"])
    stages = np.ceil(np.log2(split.fan_in))
    return np.asarray(((passes + stages) * addition + 2 * access[split.design]) / clock[split.design])
