"""Chiplet buffers and the global accumulator: hand counts, an independent walk over dies, limits."""

from math import ceil

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.design.designs import Designs
from siam_dse.engines.tile.buffers import bank_array
from siam_dse.engines.tile.engine import CHIPLET_FIELDS, chiplet_cost
from siam_dse.engines.tile.library import design_library
from siam_dse.mapping.held import held_values
from siam_dse.mapping.place import map_network
from siam_dse.mapping.precision import partial_sum_bits
from siam_dse.mapping.split import input_share, sums_over_package
from siam_dse.technology.supply import supply_ratio
from siam_dse.workload.lifetime import live_values
from siam_dse.workload.network import EDGE_KINDS

RESIDUAL = EDGE_KINDS.index("residual")


def cost_of(designs, network):
    mapping = map_network(designs, network)
    return chiplet_cost(designs, network, mapping), mapping


def banks_of(designs):
    return bank_array(design_library(designs), 128.0, np.array([designs.describe(0)["buffer_kind"] == "sram"]))


def test_equal_dies_hold_the_largest_map(tile_networks):
    # vgg8: the largest input map is that of conv1_2, 32 x 32 x 128 bytes = 1 048 576 bits = 64 banks of 16 384.
    designs = Designs.grid(tiles_per_chiplet=64, buffer_size="largest_map")
    cost, mapping = cost_of(designs, tile_networks["vgg8"])
    bank = banks_of(designs).bank
    assert cost.buffer_bits == 1_048_576
    assert_allclose(cost.die_area_m2, 64 * bank.area_m2, rtol=1e-12, atol=0)
    own = cost.package_area_m2 - cost.accumulator_area_m2
    assert_allclose(own, mapping.n_chiplets * 64 * bank.area_m2, rtol=1e-12, atol=0)


def test_spare_chiplets_count(tile_networks):
    designs = Designs.grid(n_chiplets=[100, 400], tiles_per_chiplet=16, duplication="none")
    cost, mapping = cost_of(designs, tile_networks["vgg8"])
    own = cost.package_area_m2 - cost.accumulator_area_m2
    assert mapping.n_chiplets.tolist() == [100, 400]
    assert_allclose(own[1], 4 * own[0], rtol=1e-12, atol=0)
    assert cost.die_area_m2[0] == cost.die_area_m2[1]
    assert cost.leakage_w[1] > cost.leakage_w[0]


def largest_of(network, mapping, row, bits):
    """Largest share of an input among the layers of each chiplet [bit]."""
    held = {}
    for i, chiplet in enumerate(mapping.first_chiplet[row].tolist()):
        share = ceil(int(network.input_values[i]) * bits / int(mapping.spanned_chiplets[row, i]))
        held[chiplet] = max(held.get(chiplet, 0), share)
    return held


def need_of(network, mapping, row, bits):
    """What each chiplet holds at its fullest [bit]: step by step, map by map."""
    share, chiplet = input_share(mapping, network)[row], mapping.first_chiplet[row].tolist()
    need = dict.fromkeys(chiplet, 0.0)
    edges = list(zip(network.edge_producer, network.edge_consumer, network.edge_kind, network.edge_values, strict=True))
    for step in range(network.n_layers):
        alive = {}
        for producer, consumer, kind, values in edges:
            if producer <= step <= consumer:
                part = 1 / mapping.spanned_chiplets[row, consumer] if kind == RESIDUAL else share[consumer]
                place = chiplet[consumer], producer
                alive[place] = max(alive.get(place, 0), values * part)
        # a map counts as large as for any reader on the chiplet, also those that are done
        for (where, producer), _ in alive.items():
            readers = [e for e in edges if e[0] == producer and chiplet[e[1]] == where]
            parts = (
                e[3] / mapping.spanned_chiplets[row, e[1]] if e[2] == RESIDUAL else e[3] * share[e[1]] for e in readers
            )
            alive[where, producer] = max(parts)
        for here in need:
            need[here] = max(need[here], sum(size for (where, _), size in alive.items() if where == here))
    return {here: ceil(round(values * bits, 6)) for here, values in need.items()}


def kept_of(network, chiplet, layer):
    """Values of the maps that a layer reads whole after an earlier layer of its chiplet has."""
    inputs = [
        (int(network.edge_producer[e]), int(network.edge_consumer[e]), int(network.edge_values[e]))
        for e in np.flatnonzero(network.edge_kind != RESIDUAL)
    ]
    earlier = {producer for producer, reader, _ in inputs if reader < layer and chiplet[reader] == chiplet[layer]}
    return sum(values for producer, reader, values in inputs if reader == layer and producer in earlier)


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2"])
def test_against_a_walk_over_dies(tile_designs, tile_networks, name):
    network = tile_networks[name]
    cost, mapping = cost_of(tile_designs, network)
    leave = sums_over_package(mapping).sent > 0
    for row in range(0, len(tile_designs), 3):
        here = tile_designs.take(slice(row, row + 1))
        d, banks = here.describe(0), banks_of(here)
        nodes = here.technology.table("nodes").rows(node_nm=here.node_nm, roadmap=np.array([d["roadmap"]]))
        supply = supply_ratio(here.technology, nodes, here.clock_hz)
        bits = [int(v) * d["activation_bits"] for v in network.input_values]
        need = need_of(network, mapping, row, d["activation_bits"])
        held = need if d["buffer_size"] == "lifetimes" else largest_of(network, mapping, row, d["activation_bits"])
        if d["buffer_size"] == "lifetimes" and d["chiplet_style"] == "homogeneous":
            all_together = int(live_values(network).max()) * d["activation_bits"]
            held = dict.fromkeys(held, ceil(all_together / int(mapping.n_chiplets[row])))
        copies = dict(zip(mapping.first_chiplet[row].tolist(), mapping.spanned_chiplets[row].tolist(), strict=True))
        if d["chiplet_style"] == "homogeneous":
            area = int(mapping.n_chiplets[row]) * float(banks.area(np.array([max(held.values())]))[0])
            held = dict.fromkeys(held, max(held.values()))
        else:
            area = sum(copies[c] * float(banks.area(np.array([b]))[0]) for c, b in held.items())
        spilled = 0 if d["buffer_size"] == "lifetimes" else sum(max(need[c] - held[c], 0) * copies[c] for c in held)
        assert_allclose(cost.spilled_bits[row], spilled, rtol=1e-12, atol=0)
        own = cost.package_area_m2[row] - cost.accumulator_area_m2[row]
        assert_allclose(own, area, rtol=1e-9, atol=0)
        assert cost.buffer_bits[row] == max(held.values())
        for i in range(0, network.n_layers, 3):
            here_bits = np.array([held[int(mapping.first_chiplet[row, i])]])
            written = bits[i] - kept_of(network, mapping.first_chiplet[row], i) * d["activation_bits"]
            energy_j = written * banks.write_energy(here_bits) + bits[i] * banks.read_energy(here_bits)
            assert_allclose(cost.buffer_energy_j[row, i], (supply**2 * energy_j)[0], rtol=1e-9, atol=0)
    assert np.all((cost.accumulator_energy_j > 0) == leave)
    assert np.all((cost.accumulator_area_m2 > 0) == leave.any(axis=1))


def test_a_die_holds_what_its_layers_need_at_one_time_by_hand(tile_networks):
    # vgg8 on one die: conv1_2 reads 32 x 32 x 128 values and makes, pooled, 16 x 16 x 128. Later steps need less.
    designs = Designs.grid(tiles_per_chiplet=4096, activation_bits=[8, 4])
    cost, _ = cost_of(designs, tile_networks["vgg8"])
    both = 32 * 32 * 128 + 16 * 16 * 128
    assert_array_equal(cost.buffer_bits, [both * 8, both * 4])
    assert_allclose(cost.monolith_area_m2, cost.die_area_m2, rtol=1e-12, atol=0)
    assert not cost.spilled_bits.any()


def test_what_the_largest_map_leaves_out_spills(tile_networks):
    # The same die with room for the input of conv1_2 alone: the map that it makes is written to the DRAM and read back.
    cost, _ = cost_of(Designs.grid(tiles_per_chiplet=4096, buffer_size="largest_map"), tile_networks["vgg8"])
    assert_array_equal(cost.spilled_bits, [16 * 16 * 128 * 8])


@pytest.mark.parametrize("name", ["vgg8", "resnet18"])
def test_buffers_hold_all_maps_that_are_alive(tile_designs, tile_networks, name):
    network = tile_networks[name]
    _, mapping = cost_of(tile_designs, network)
    held = held_values(network, mapping)
    of_chiplet = [
        {c: (held[row][mapping.first_chiplet[row] == c].max(), mapping.spanned_chiplets[row][layer])
         for layer, c in enumerate(mapping.first_chiplet[row].tolist())}
        for row in range(0, len(held), 7)
    ]  # fmt: skip
    room = np.array([sum(values * count for values, count in dies.values()) for dies in of_chiplet])
    assert np.all(room >= live_values(network).max() * (1 - 1e-12))


@pytest.mark.parametrize("name", ["vgg8", "resnet18"])
def test_equal_dies_hold_as_much_together_however_many_there_are(tile_networks, name):
    network, n_chiplets = tile_networks[name], np.arange(20, 120)
    designs = Designs.from_columns({"n_chiplets": n_chiplets, "tiles_per_chiplet": 36})
    cost, mapping = cost_of(designs, network)
    alive, room = int(live_values(network).max()) * 8, mapping.n_chiplets * cost.buffer_bits
    assert np.all((alive <= room) & (room < alive + mapping.n_chiplets))
    own, bank_m2 = cost.package_area_m2 - cost.accumulator_area_m2, float(banks_of(designs).bank.area_m2[0])
    in_whole_banks = alive / 128**2 * bank_m2
    assert np.all(own >= in_whole_banks * (1 - 1e-12))
    assert np.all(own <= in_whole_banks + mapping.n_chiplets * bank_m2)


def test_custom_dies_are_never_larger_than_equal_ones(tile_networks):
    for tiles in (4, 16, 64):
        styles = {"chiplet_style": ["homogeneous", "custom"], "buffer_size": "largest_map"}
        designs = Designs.grid(**styles, tiles_per_chiplet=tiles, duplication="none")
        cost, _ = cost_of(designs, tile_networks["resnet18"])
        assert cost.package_area_m2[1] <= cost.package_area_m2[0]
        assert cost.die_area_m2[1] <= cost.die_area_m2[0] * (1 + 1e-12)
        assert np.all(cost.buffer_energy_j[1] <= cost.buffer_energy_j[0] * (1 + 1e-12))


def test_no_accumulator_without_a_split_copy(tile_networks):
    cost, mapping = cost_of(Designs.grid(tiles_per_chiplet=400), tile_networks["vgg8"])
    assert not (sums_over_package(mapping).sent > 0).any()
    assert cost.accumulator_area_m2 == 0
    assert np.all(cost.accumulator_energy_j == 0)
    assert np.all(cost.latency_s < 1e-8)  # one access of the buffer a layer


def test_accumulator_of_a_split_layer_by_hand(tile_networks):
    # vgg8 fc1 has 16 x 16 tiles: with 128 a chiplet one copy spans two. 1024 outputs: two sums each are written and
    # read, and the finished byte; 32 outputs at once make 32 passes. A sum of 8 tiles has 3 bits more than one.
    network = tile_networks["vgg8"]
    designs = Designs.grid(tiles_per_chiplet=128, duplication="none")
    cost, mapping = cost_of(designs, network)
    fc1 = network.layer_names.index("fc1")
    leave = sums_over_package(mapping).sent > 0
    assert np.flatnonzero(leave[0]).tolist() == [fc1]
    banks = banks_of(designs)
    held = np.array([1024 * 8])
    per_bit = banks.write_energy(held) + banks.read_energy(held)
    moved = 1024 * (2 * (partial_sum_bits(designs, network)[0, fc1] + 3) + 8)
    assert_allclose(cost.accumulator_energy_j[0, fc1], moved * per_bit[0], rtol=1e-12, atol=0)
    assert 32e-9 < cost.latency_s[0, fc1] < 32 * 10e-9
    assert np.count_nonzero(cost.accumulator_energy_j) == 1


def test_a_batch_equals_one_at_a_time(tile_designs, tile_networks):
    network = tile_networks["vgg8"]
    whole, _ = cost_of(tile_designs, network)
    for i in range(0, len(tile_designs), 9):
        one, _ = cost_of(tile_designs.take(slice(i, i + 1)), network)
        assert one.total_energy_j[0] == whole.total_energy_j[i]
        for name in ("package_area_m2", "leakage_w", "energy_j", "latency_s"):
            assert_allclose(getattr(one, name)[0], getattr(whole, name)[i], rtol=1e-12, atol=0)
    assert_allclose(whole.total_energy_j, whole.energy_j.sum(axis=1), rtol=1e-12, atol=0)
    assert_allclose(whole.energy_j, whole.buffer_energy_j + whole.accumulator_energy_j, rtol=1e-12, atol=0)


def test_nothing_but_its_fields_matters(tile_networks):
    base = Designs.grid()
    other = Designs.grid(
        columns_per_adc=4, noc_width_bits=64, input_activity=0.5, r_on_ohm=5e4, nop_link="siam", batch=7
    )
    assert all(np.array_equal(getattr(base, name), getattr(other, name)) for name in CHIPLET_FIELDS)
    a, b = (cost_of(designs, tile_networks["vgg8"])[0] for designs in (base, other))
    assert a.package_area_m2 == b.package_area_m2
    assert np.array_equal(a.energy_j, b.energy_j)
