from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from composing import composition, energy_j
from numpy.testing import assert_allclose

from siam_dse.design.designs import Designs
from siam_dse.engines.noc.energy import noc_physics
from siam_dse.engines.noc.parts import Crossed

TILE_M2 = 0.36e-6


def physics(**fields):
    designs = Designs.grid(**fields)
    return noc_physics(designs, np.full(len(designs), TILE_M2))


def noc_energy_j(link_bits, router_bits, p):
    """Energy of bits x links and bits x routers as an evaluation composes it, (U, L) [J]."""
    n, layers = np.atleast_2d(link_bits).shape
    given = {"noc_crossed": Crossed(*map(np.atleast_2d, (router_bits, link_bits, router_bits - link_bits)))}
    network = SimpleNamespace(n_layers=layers)
    return energy_j(composition(Designs.grid(batch=[1] * n), network, **given, router=p), "noc")


# BookSim2, SIAM's settings, 32 bits: mesh side, flits a node and cycle, then power [W] by component at 9.712 GHz
BOOKSIM_ROWS = [
    (4, 0.196109, 3.87615 + 0.048159, 0.107469 + 0.107513 + 0.0943477 + 0.0409661 + 0.0187093 + 0.00965553),
    (8, 0.0496406, 6.32612 + 0.0785986, 0.19438 + 0.194497 + 0.161427 + 0.0740987 + 0.0338409 + 0.0174647),
]


@pytest.mark.parametrize(("side", "rate", "channels_w", "routers_w"), BOOKSIM_ROWS)
def test_booksim_dynamic_energy(side, rate, channels_w, routers_w):
    # Uniform traffic, a node to itself included: the mean distance along an axis of k nodes is (k^2 - 1) / (3 k). The
    # tolerance is the scatter of 10^4 random packets.
    p = physics(noc_energy="booksim")
    flits_per_s = rate * side**2 * 9.712e9
    hops = 2 * (side**2 - 1) / (3 * side)
    link_bits, router_bits = np.array([32 * hops]), np.array([32 * (hops + 1)])
    energy = noc_energy_j(link_bits, router_bits, p)[0, 0]
    assert_allclose(energy * flits_per_s, channels_w + routers_w, rtol=0.02, atol=0)
    routers = router_bits[0] * p.router_energy_j_per_bit[0]
    assert_allclose(routers * flits_per_s, routers_w, rtol=0.03, atol=0)


def test_booksim_energy_a_router_and_hop():
    # 40.4 pJ a flit and router on 4 x 4 (2.5 links, 3.5 routers a packet), 36.7 on 8 x 8 (5.25, 6.25)
    p = physics(noc_energy="booksim")
    for hops, expected in ((2.5, 40.4e-12), (5.25, 36.7e-12)):
        energy = noc_energy_j(np.array([32 * hops]), np.array([32 * (hops + 1)]), p)[0, 0]
        assert_allclose(energy / (hops + 1), expected, rtol=0.003, atol=0)


@pytest.mark.parametrize(("side", "area_mm2"), [(2, 0.0124492), (4, 0.0497969), (8, 0.199187), (10, 0.31123)])
def test_booksim_area_is_exact_and_in_square_millimetres(side, area_mm2):
    assert_allclose(side**2 * physics(noc_energy="booksim").router_area_m2 * 1e6, area_mm2, rtol=1e-4, atol=0)


def test_booksim_static_power():
    # 16 routers at 9.712 GHz: clocks 0.181781 + 0.0757423 W, leakage 0.0685283 + 0.0221184 + 0.0292826 W
    p = physics(noc_energy="booksim", noc_clock_hz=9.712e9)
    total = 0.181781 + 0.0757423 + 0.0685283 + 0.0221184 + 0.0292826
    assert_allclose(16 * p.router_leakage_w, total, rtol=1e-3, atol=0)


def test_booksim_does_not_depend_on_tile_or_node():
    designs = Designs.grid(noc_energy="booksim", node_nm=[22, 45])
    p = noc_physics(designs, np.array([1e-8, 1e-6]))
    for name in p.__dataclass_fields__:
        values = getattr(p, name)
        assert values[0] == values[1]


def test_router_and_wire_at_32_nm():
    # Events of a flit: 1.01 + 1.01 + 0.865 + 0.385 + 0.176 + 0.091 = 3.537 pJ; clocks of its registers 1.1698 / 6 +
    # 0.48745 / 5 = 0.29246 pJ; both over 32 bits. Wire: 0.2 pF/mm and 96 minimum inverters of 0.2706 + 0.1196 fF every
    # 222.2 um make 0.3686 pF/mm; half of the bits toggle, C V^2 / 2 each at 0.9 V: 0.0746 pJ/bit/mm over 0.6026 mm;
    # registers of the channel 0.35 / 32 pJ
    p = physics(node_nm=32)
    assert_allclose(p.router_energy_j_per_bit, (3.537 + 0.29246) / 32 * 1e-12, rtol=1e-6, atol=0)
    assert_allclose(p.wire_length_m, np.sqrt(0.36e-6 + 0.003112e-6), rtol=1e-4, atol=0)
    assert_allclose(p.link_energy_j_per_bit, (0.0746 * 0.6026 + 0.35 / 32) * 1e-12, rtol=2e-3, atol=0)
    assert_allclose(p.router_area_m2, 0.0031123e-6, rtol=1e-4, atol=0)


def test_router_lies_between_published_points():
    # DSENT: 0.05 to 0.15 pJ/bit a router at 32 and 22 nm
    energy = physics(node_nm=[22, 32]).router_energy_j_per_bit * 1e12
    assert ((energy > 0.05) & (energy < 0.15)).all()


def test_scaling_with_node_and_width():
    p = physics(node_nm=[22, 32, 45])
    assert (np.diff(p.router_energy_j_per_bit) > 0).all()
    assert_allclose(p.router_area_m2[0] / p.router_area_m2[1], (22 / 32) ** 2, rtol=1e-9, atol=0)
    w = physics(noc_width_bits=[16, 32, 64, 128])
    assert (np.diff(w.router_energy_j_per_bit) > 0).all()
    assert (np.diff(w.router_area_m2) > 0).all()


def test_gating_moves_the_clock_from_power_to_the_bits():
    gated, on = physics(idle_power="gated"), physics(idle_power="always_on")
    assert gated.router_energy_j_per_bit[0] > on.router_energy_j_per_bit[0]
    # 1.1698 + 0.48745 pJ a cycle at 1 GHz
    assert_allclose(on.router_leakage_w - gated.router_leakage_w, 1.65725e-3, rtol=1e-6, atol=0)


def test_leakage_of_low_power_transistors_is_a_thousandth():
    lstp, hp = physics(roadmap="lstp"), physics(roadmap="hp")
    assert_allclose(hp.router_leakage_w / lstp.router_leakage_w, 0.1003 / 0.0001001, rtol=1e-3, atol=0)


def test_longer_wires_cost_more_and_ends_count_what_is_injected():
    designs = Designs.grid(node_nm=[32, 32])
    p = noc_physics(designs, np.array([0.1e-6, 1e-6]))
    assert p.link_energy_j_per_bit[1] > p.link_energy_j_per_bit[0]
    bits = np.ones((2, 3))
    by_layer = noc_energy_j(bits, 2 * bits, p)
    heavier = replace(p, terminal_energy_j_per_bit=p.terminal_energy_j_per_bit + 1e-12)
    assert_allclose(noc_energy_j(bits, 2 * bits, heavier) - by_layer, 1e-12, rtol=1e-9, atol=0)
