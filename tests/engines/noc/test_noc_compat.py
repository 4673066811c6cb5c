import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.design.designs import Designs
from siam_dse.engines.noc.compat import (
    siam_driver_area_m2,
    siam_driver_energy_j,
    siam_noc_energy_j,
    siam_noc_packets,
    siam_noc_trace,
    siam_nop_packets,
    siam_nop_trace,
)
from siam_dse.mapping.place import map_network
from siam_dse.technology.technology import packaged_technology
from siam_dse.workload.load import load_network

SIAM = packaged_technology().constants("noc_siam")


def test_packets_count_bits_twice_and_drop_one():
    # 32 x 32 x 3 values of 8 bits: ceil(ceil(3072 x 64 / 32) / 100) = ceil(61.44) = 62
    eight, width = np.array([8]), np.array([32])
    assert_array_equal(siam_noc_packets(SIAM, np.array([3072]), eight, width), [[62]])
    # 16384 values: ceil(16384 x 8 / (1 x 2 x 10 x 32)) - 1 = ceil(204.8) - 1 = 204
    assert_array_equal(siam_nop_packets(SIAM, np.array([16384]), eight, np.array([[1]]), np.array([[2]])), [[204]])


def test_driver_area_and_energy_of_the_released_numbers():
    # 5304.5 x 32 + 10609 = 180353 um2 a chiplet; 43.2 pJ x 4.19e6 bits = 181 uJ
    assert_allclose(siam_driver_area_m2(SIAM, np.array([1, 25])) * 1e6, [0.180353, 4.508825], rtol=1e-9, atol=0)
    assert_allclose(siam_driver_energy_j(SIAM, np.array([4.19e6])), 181.008e-6, rtol=1e-9, atol=0)


def test_traces_of_resnet110():
    network = load_network("resnet110")
    designs = Designs.grid(profile="siam", n_chiplets=0)
    mapping = map_network(designs, network)
    noc, nop = siam_noc_trace(designs, network, mapping), siam_nop_trace(designs, network, mapping)
    assert ((noc.packets > 0) & (nop.packets > 0)).sum() == 0  # a pair of layers is on one chiplet or on two
    assert noc.packets[0, 0] == 0
    # no trace ends before its last injection: P x destinations, one a cycle
    ends = noc.packets[0] * mapping.tiles_on_chiplet[0]
    assert (noc.cycles[0] >= ends).all()
    assert_allclose(noc.latency_s, noc.cycles * 1e-9, rtol=1e-12, atol=0)
    assert_allclose(nop.latency_s, nop.cycles * 4e-9, rtol=1e-12, atol=0)
    sent = noc.packets[0, 1:] * mapping.tiles_on_chiplet[0, 1:] * mapping.tiles_on_chiplet[0, :-1]
    assert_allclose((noc.router_flits - noc.link_flits)[0, 1:], sent, rtol=1e-12, atol=0)
    energy = siam_noc_energy_j(noc, designs)
    assert_array_equal(energy > 0, noc.packets > 0)
    # a flit pays for one router, and two channels, at least
    assert (energy[0, 1:] >= sent * 32 * 1.9e-12).all()
