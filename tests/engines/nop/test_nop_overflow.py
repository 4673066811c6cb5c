"""Feature maps in other dies' buffers: by hand, at limits, and never more than what is held."""

from types import SimpleNamespace

import numpy as np
import pytest
from composing import composition, energy_j, latency_s
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.design.designs import Designs
from siam_dse.engines.nop.overflow import overflow
from siam_dse.mapping.held import Held, held_values, held_while_running
from siam_dse.mapping.place import map_network
from siam_dse.workload.lifetime import live_values
from siam_dse.workload.load import load_network


def chain(values):
    """As much of a network as overflow reads: each layer reads the map of the one before."""
    number = np.arange(len(values))
    return SimpleNamespace(
        n_layers=len(values),
        edge_producer=number - 1,
        edge_consumer=number,
        edge_values=np.array(values),
        is_product=np.zeros(len(values), dtype=bool),
    )


def package(first, spanned, n_chiplets):
    return SimpleNamespace(
        first_chiplet=np.array([first]),
        spanned_chiplets=np.array([spanned]),
        n_chiplets=np.array([n_chiplets]),
        working_chiplets=np.array([n_chiplets]),
        is_custom=np.array([False]),
        is_spread=np.array([False]),
    )


def test_two_layers_of_a_chain_by_hand():
    # A chain reads 1000, then 600 values of 8 bits: 1600 alive, 3200 bits a buffer of 4 dies. The first layer's chiplet
    # holds 8000 bits for it: 4800 lie elsewhere and fill two dies, with its own a square of three: 2/3 sqrt(3) hops. A
    # chiplet of 2 x 2 has two edges: 2400 bits over each
    # there, as many back. The second is split over two chiplets, which hold 2400 bits each: they have room.
    held = Held(own=np.array([[1000.0, 300.0]]), together=np.array([[1000.0, 300.0]]), chiplets=np.array([[3.0, 2.0]]))
    found = overflow(Designs.grid(), chain([1000, 600]), package([0, 1], [1, 2], 4), held)
    assert_array_equal(found.bits, [[4800, 0]])
    assert_allclose(found.busiest_bits, [[2 * 2400, 0]], rtol=1e-12, atol=0)
    assert_allclose(found.hops, [[4 / 3**0.5, 0]], rtol=1e-12, atol=0)
    assert_allclose(found.bit_hops, [[4800 * 4 / 3**0.5, 0]], rtol=1e-12, atol=0)


def test_many_chiplets_of_a_layer_share_the_links_of_the_package():
    # All four hold 1000 values more than their buffers have room for: 4 x 8000 bits, 4/3 hops each, over 8 links.
    held = Held(own=np.array([[1500.0]]), together=np.array([[1500.0]]), chiplets=np.array([[4.0]]))
    found = overflow(Designs.grid(), chain([2000]), package([0], [4], 4), held)
    assert_array_equal(found.bits, [[32_000]])
    assert_allclose(found.busiest_bits, [[2 * 32_000 * 4 / 3 / 8]], rtol=1e-12, atol=0)


def test_what_waits_for_other_layers_is_not_sent_on_for_this_one():
    held = Held(own=np.array([[100.0]]), together=np.array([[1500.0]]), chiplets=np.array([[1.0]]))
    assert_array_equal(overflow(Designs.grid(), chain([2000]), package([0], [1], 4), held).bits, [[800]])


@pytest.mark.parametrize("name", ["vgg8", "resnet20", "densenet40"])
def test_one_chiplet_custom_dies_and_largest_maps_have_none(name):
    network = load_network(name)
    alone = Designs.grid(tiles_per_chiplet=4096, n_chiplets=1)
    others = Designs.grid(tiles_per_chiplet=4, chiplet_style=["custom", "homogeneous"], buffer_size="largest_map")
    custom = Designs.grid(tiles_per_chiplet=4, chiplet_style="custom")
    for designs in (alone, others, custom):
        assert not composition(designs, network).figure("overflow.bits").any()
    assert composition(Designs.grid(tiles_per_chiplet=4), network).figure("overflow.bits").any()


@pytest.mark.parametrize("name", ["vgg8", "resnet20", "densenet40"])
def test_what_is_held_at_each_step(name):
    network, designs = load_network(name), Designs.grid(tiles_per_chiplet=[4, 16, 4096], n_chiplets=[0, 100])
    mapping = map_network(designs, network)
    held, live, most = held_while_running(network, mapping), live_values(network), held_values(network, mapping)
    last = np.maximum.accumulate(most[:, ::-1], axis=1)[:, ::-1]  # the fullest chiplet from each layer's on
    assert np.all(held.own <= held.together * (1 + 1e-12))
    assert np.all(held.together <= last * (1 + 1e-12))
    assert np.all((held.chiplets >= mapping.spanned_chiplets) & (held.chiplets <= mapping.chiplets_used[:, None]))
    alone = mapping.chiplets_used == 1
    assert alone.any()
    assert_array_equal(held.together[alone], np.broadcast_to(live, held.together[alone].shape))


def test_terms_are_bits_and_hops_over_the_links():
    # 160 Gb/s, 20 ns and 0.54 pJ/bit a hop
    network, designs = load_network("vgg8"), Designs.grid(tiles_per_chiplet=16, nop_bandwidth_gbps=160)
    with_overflow = composition(designs, network)
    without = composition(Designs.grid(tiles_per_chiplet=16, buffer_size="largest_map"), network)
    busiest, hops, bit_hops = (
        with_overflow.figure(f"overflow.{name}") for name in ("busiest_bits", "hops", "bit_hops")
    )
    added_s = latency_s(with_overflow, "nop") - latency_s(without, "nop")
    added_j = energy_j(with_overflow, "nop") - energy_j(without, "nop")
    assert_allclose(added_s.sum(), (busiest / 160e9 + hops * 20e-9).sum(), rtol=1e-9, atol=0)
    assert_allclose(added_j.sum(), bit_hops.sum() * 0.54e-12, rtol=1e-9, atol=0)
