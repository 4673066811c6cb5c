"""Energy of layers in the tiles: hand counts, an independent walk over tiles and crossbars, limits."""

from dataclasses import replace
from math import ceil, log2

import numpy as np
import pytest
from numpy.testing import assert_allclose

from siam_dse.design.designs import Designs
from siam_dse.engines.tile.engine import tile_energy, tile_unit
from siam_dse.engines.tile.interconnect import htree_lengths, htree_path
from siam_dse.engines.tile.library import design_library
from siam_dse.engines.tile.pooling import comparator
from siam_dse.engines.tile.shape import tile_shape
from siam_dse.engines.tile.trees import adder_law
from siam_dse.engines.tile.unit import tile_buffers
from siam_dse.engines.tile.work import network_work, of_all_layers, of_each_layer, row_sums
from siam_dse.mapping.precision import full_sum_bits, partial_sum_bits
from siam_dse.technology.supply import supply_ratio
from siam_dse.technology.wires import bus_wire, htree_wire
from siam_dse.workload.network import EDGE_KINDS, POOL_KINDS


def layer_work(designs, network):
    """Sums over crossbars, and the counts of each layer."""
    sums = row_sums(designs, network)
    return sums, network_work(designs, network, sums, of_each_layer)


def blocks(total, size):
    """Sizes of the blocks that ``total`` is cut into."""
    return [min(size, total - start) for start in range(0, total, size)]


class Walk:
    """One design on one layer: every tile column, tile row and crossbar in turn, in plain Python."""

    def __init__(self, designs, unit, network, layer):
        self.d = designs.describe(0)
        library = design_library(designs)
        self.n, self.layer = network, layer
        self.side = int(tile_shape(designs).side[0])
        self.law = adder_law(library)
        banks, shape = tile_buffers(designs), tile_shape(designs)
        self.input_write = float(banks.write_energy(shape.input_capacity)[0])
        self.input_read = float(banks.read_energy(shape.input_capacity)[0])
        self.output_both = float(
            (banks.write_energy(shape.output_capacity) + banks.read_energy(shape.output_capacity))[0]
        )
        self.constant_read = float(banks.read_energy(shape.correction_capacity)[0])
        self.compare = float(comparator(library, designs.activation_bits).energy_j[0])
        self.register = float(library.register.energy_j[0])
        self.leaf = float(unit.leaf_m[0])
        self.path_j = float(htree_wire(library.node).energy_j_per_m[0]) * float(
            htree_path(htree_lengths(np.array([self.side]), np.array([self.leaf])))[0]
        )
        self.pitch_j = float(bus_wire(library.node).energy_j_per_m[0]) * self.leaf
        self.first_bits = int(shape.crossbar_bits[0])
        self.sum_bits = int(partial_sum_bits(designs, network)[0, layer])
        self.full_bits = int(full_sum_bits(designs, network)[0, layer])
        roadmap = np.array([self.d["roadmap"]])
        nodes = designs.technology.table("nodes").rows(node_nm=designs.node_nm, roadmap=roadmap)
        self.supply = float(supply_ratio(designs.technology, nodes, designs.clock_hz)[0])  # all of a tile is clocked

    def add(self, bits):
        return float(self.law.energy_fixed_j[0] + bits * self.law.energy_per_bit_j[0])

    def columns_per_weight(self):
        d = self.d
        if d["weight_mapping"] == "differential":
            return 2 * ceil((d["weight_bits"] - 1) / d["cell_bits"])
        return ceil(d["weight_bits"] / d["cell_bits"])

    def energies(self):
        n, i, d = self.n, self.layer, self.d
        bits, positions, groups = d["activation_bits"], int(n.positions[i]), int(n.groups[i])
        rows, outs = int(n.rows[i]), int(n.channels_out[i]) // groups
        columns = outs * self.columns_per_weight()
        row_crossbars = [len(blocks(r, d["crossbar_rows"])) for r in blocks(rows, self.side * d["crossbar_rows"])]
        tile_columns = blocks(columns, self.side * d["crossbar_cols"])
        at_outputs = ("output_buffer", "accumulator", "correction", "activation", "pooling")
        out = dict.fromkeys(("input_buffer", "htree", "adder_tree", *at_outputs), 0.0)
        for _ in range(groups):
            inputs = int(n.input_values[i]) // groups
            for width in tile_columns:
                out["input_buffer"] += inputs * bits * self.input_write + positions * rows * bits * self.input_read
                crossbars = len(blocks(width, d["crossbar_cols"]))
                out["htree"] += positions * rows * bits * (self.path_j + (crossbars - 1) * self.pitch_j)
            finished = positions * outs
            for count in row_crossbars:
                widths = [self.first_bits] * count
                while len(widths) > 1:
                    pairs, odd = divmod(len(widths), 2)
                    out["adder_tree"] += finished * pairs * self.add(widths[0])
                    out["htree"] += finished * pairs * widths[0] * self.pitch_j
                    widths = [widths[0] + 1] * (pairs + odd)
                out["htree"] += finished * self.sum_bits * self.path_j
                out["output_buffer"] += finished * self.sum_bits * self.output_both
            for _ in row_crossbars[1:]:
                out["accumulator"] += finished * self.add(self.full_bits)
                out["output_buffer"] += finished * self.sum_bits * self.output_both
            if d["bias_correction"]:
                out["correction"] += finished * (self.full_bits * self.constant_read + self.add(self.full_bits))
            out["activation"] += finished * self.full_bits * self.register
        for consumer, kind, values in zip(n.edge_consumer, n.edge_kind, n.edge_values, strict=True):
            if consumer == i and kind == EDGE_KINDS.index("residual"):
                out["accumulator"] += int(values) * self.add(bits)
        out["pooling"] = self.pooling(bits)
        return {name: joules * self.supply**2 for name, joules in out.items()}

    def pooling(self, bits):
        n, i = self.n, self.layer
        if n.pool[i] == POOL_KINDS.index("none"):
            return 0.0
        kernel, stride, padding = int(n.pool_kernel[i]), int(n.pool_stride[i]), int(n.pool_padding[i])
        window, pooled = 1, int(n.channels_out[i])
        for side in (int(n.ofm_h[i]), int(n.ofm_w[i])):
            starts = len(range(0, side + 2 * padding - kernel + 1, stride))
            pooled *= max(starts, 1)
            window *= min(kernel, side + 2 * padding)
        if n.pool[i] == POOL_KINDS.index("max"):
            return pooled * (window - 1) * self.compare
        return pooled * (window - 1) * self.add(bits + ceil(log2(window)))


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2"])
@pytest.mark.slow
def test_against_a_walk_over_tiles(tile_designs, crossbar_area_m2, tile_networks, name):
    network = tile_networks[name]
    unit = tile_unit(tile_designs, crossbar_area_m2)
    energy = tile_energy(tile_designs, network, unit)
    for row in range(0, len(tile_designs), 5):
        here = tile_designs.take(slice(row, row + 1))
        own = tile_unit(here, crossbar_area_m2[row : row + 1])
        for layer in range(0, network.n_layers, 4):
            for component, joules in Walk(here, own, network, layer).energies().items():
                got = energy.by_component[component][row, layer]
                assert_allclose(got, joules, rtol=1e-9, atol=0, err_msg=f"{component} {row} {layer}")


def test_components_add_up(tile_designs, crossbar_area_m2, tile_networks):
    energy = tile_energy(tile_designs, tile_networks["vgg8"], tile_unit(tile_designs, crossbar_area_m2))
    assert_allclose(energy.energy_j, sum(energy.by_component.values()), rtol=1e-12, atol=0)
    assert all(np.all(values >= 0) for values in energy.by_component.values())


def test_a_fully_connected_layer_by_hand(tile_networks):
    # vgg8 fc1: 8192 inputs, 1024 outputs, one position. Crossbars of 128 x 128, 16 a tile, 8 columns a weight: 64
    # crossbars along the rows, 64 along the columns; 16 x 16 tiles.
    sums, work = layer_work(Designs.grid(), tile_networks["vgg8"])
    fc1 = tile_networks["vgg8"].layer_names.index("fc1")
    assert sums.crossbars[0, sums.layers.sort[fc1]] == 64
    assert sums.tiles[0, sums.layers.sort[fc1]] == 16
    assert work.input_bits[0, fc1] == 8192 * 8 * 16
    assert work.tile_read_bits[0, fc1] == 8192 * 8 * 16
    assert work.crossbar_read_bits[0, fc1] == 8192 * 8 * 64
    assert work.received[0, fc1] == 1024 * 15


def test_a_corrected_sum_is_one_subtraction_of_one_constant(tile_networks):
    # vgg8 fc1: 1024 outputs of 64 row crossbars, one position: sums of 23 + 6 bits, whatever their row blocks.
    network, designs = tile_networks["vgg8"], Designs.grid(bias_correction=[False, True])
    energy = tile_energy(designs, network, tile_unit(designs, np.full(2, 1e-8)))
    one = designs.take([1])
    law, banks = adder_law(design_library(one)), tile_buffers(one)
    supply = supply_ratio(one.technology, one.technology.table("nodes").rows(node_nm=32.0, roadmap="lstp"), 1e9)
    a_bit = banks.read_energy(tile_shape(one).correction_capacity) + law.energy_per_bit_j
    wanted = 1024 * (29 * a_bit + law.energy_fixed_j) * supply**2
    found = energy.by_component["correction"][:, network.layer_names.index("fc1")]
    assert found[0] == 0
    assert_allclose(found[1], wanted[0], rtol=1e-12, atol=0)


def test_max_pooling_by_hand(tile_networks):
    # vgg8 conv1_2: 32 x 32 x 128, pooled 2 x 2: 16 x 16 x 128 windows of four values, three comparisons each.
    network = tile_networks["vgg8"]
    _, work = layer_work(Designs.grid(), network)
    layer = network.layer_names.index("conv1_2")
    assert work.comparisons[0, layer] == 16 * 16 * 128 * 3
    assert work.averaged[0, layer] == 0


def test_global_average_pooling_by_hand(tile_networks):
    # The last convolution of ResNet-18 has a map of 7 x 7 x 512, averaged whole: 48 additions a channel.
    _, work = layer_work(Designs.grid(), tile_networks["resnet18"])
    assert work.averaged.max() == 512 * 48


def test_one_crossbar_that_holds_a_layer_moves_nothing_between_crossbars(tile_networks):
    designs = Designs.grid(crossbar_size=4096, crossbars_per_tile=1, columns_per_adc=8)
    network = tile_networks["vgg8"]
    energy = tile_energy(designs, network, tile_unit(designs, np.array([1e-5])))
    small = network.rows <= 4096
    assert np.all(energy.by_component["htree"] == 0)
    assert np.all(energy.by_component["adder_tree"] == 0)
    assert np.all(energy.by_component["accumulator"][:, small] == 0)


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "vgg8"])
def test_all_layers_are_the_sum_of_each(tile_designs, crossbar_area_m2, tile_networks, name):
    network = tile_networks[name]
    sums, work = layer_work(tile_designs, network)
    for count, values in vars(network_work(tile_designs, network, sums, of_all_layers)).items():
        assert np.array_equal(values, getattr(work, count).sum(axis=1)), count
    energy = tile_energy(tile_designs, network, tile_unit(tile_designs, crossbar_area_m2))
    assert_allclose(energy.total_j, energy.energy_j.sum(axis=1), rtol=1e-12, atol=0)
    alone = [
        tile_energy(
            tile_designs.take([i]), network, tile_unit(tile_designs.take([i]), crossbar_area_m2[i : i + 1])
        ).total_j[0]
        for i in range(0, 40, 7)
    ]
    assert np.array_equal(alone, energy.total_j[::7])


def test_a_permutation_of_designs_permutes_energies(tile_designs, crossbar_area_m2, tile_networks):
    network = tile_networks["resnet18"]
    order = np.random.default_rng(3).permutation(len(tile_designs))
    here = tile_energy(tile_designs, network, tile_unit(tile_designs, crossbar_area_m2))
    there = tile_energy(tile_designs.take(order), network, tile_unit(tile_designs.take(order), crossbar_area_m2[order]))
    assert_allclose(there.energy_j, here.energy_j[order], rtol=1e-12, atol=0)
    assert_allclose(there.fill_s, here.fill_s[order], rtol=1e-12, atol=0)


def test_twice_the_positions_take_twice_the_energy(tile_networks):
    network = tile_networks["vgg8"]
    double = replace(network, ofm_h=2 * network.ofm_h, ifm_h=2 * network.ifm_h, pool=0 * network.pool)
    single = replace(network, pool=0 * network.pool)
    designs = Designs.grid()
    unit = tile_unit(designs, np.array([1.8e-8]))
    assert_allclose(
        tile_energy(designs, double, unit).energy_j, 2 * tile_energy(designs, single, unit).energy_j, rtol=1e-12, atol=0
    )


def test_buffers_and_wires_beside_the_program_s_chip(tile_networks):
    # DNN+NeuroSim V1.3 runs VGG8 at 32 nm LSTP on 110 tiles of 64 crossbars with 5-bit ADCs and flip-flops, without
    # padding: 30 x 30 positions of the first layer. Printed energies of each layer in uJ. Its wires have the H-tree of
    # the chip in them, 11 x 10 tiles of 1.0947 mm, which here the network on chip stands for: 8-bit inputs and outputs
    # of every position on the way between root and leaf. Wires within 20 %, buffers of the large layers within 15 %.
    wires_uj = np.array([1.453344, 11.74957, 3.485425, 6.111189, 1.644693, 2.973695, 0.2159242, 0.01119940])
    buffers_uj = np.array([0.06188112, 0.5012827, 0.2013325, 0.3681639, 0.1289179, 0.2451941, 0.02114984, 0.00024946])
    positions = np.array([900, 900, 196, 196, 36, 36, 1, 1])
    network = tile_networks["vgg8"]
    designs = Designs.grid(crossbars_per_tile=64, adc_bits=5, buffer_kind="register")
    energy = tile_energy(designs, network, tile_unit(designs, np.array([17239e-12]))).by_component
    chip_m = htree_path(htree_lengths(np.array([11]), np.array([1.0947e-3])))
    chip_j = (
        8
        * positions
        * (network.rows + network.channels_out)
        * chip_m
        * htree_wire(design_library(designs).node).energy_j_per_m
    )
    share = positions / network.positions
    wires = (energy["htree"][0] * share + chip_j) * 1e6 / wires_uj
    assert np.all((wires > 0.8) & (wires < 1.05))
    buffers = (energy["input_buffer"] + energy["output_buffer"])[0] * share * 1e6 / buffers_uj
    assert np.all((buffers[1:6] > 0.85) & (buffers[1:6] < 1.15))
