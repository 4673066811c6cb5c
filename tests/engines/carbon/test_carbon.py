"""Carbon: hand counts of floor plans, dies, packages and use."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import siam_dse as sd
from siam_dse.engines.carbon.engine import carbon, carbon_node, design_kg, manufacturing_kg, package_kg, router_kg
from siam_dse.engines.carbon.floorplan import box_m2, bridges
from siam_dse.technology.technology import packaged_technology

TECHNOLOGY = packaged_technology()
CARBON = TECHNOLOGY.constants("carbon")
NAMES = TECHNOLOGY.table("carbon_packages").names()


def node(*node_nm):
    return carbon_node(TECHNOLOGY, np.array(node_nm, dtype=float))


@pytest.mark.parametrize(
    ("n", "wide", "high"),
    # dies of 2 mm2 are 1 x 2 mm: pairs 2.5 x 2; three, a pair and one across it, 2.5 x 3.5; five, a pair and three
    [(1, 1, 2), (2, 2.5, 2), (3, 2.5, 3.5), (4, 2.5, 4.5), (5, 3.5, 5), (9, 6.5, 5)],
)
def test_the_box_around_dies_by_hand(n, wide, high):
    assert_allclose(box_m2(np.array([n]), np.array([2e-6]), 0.5e-3), wide * high * 1e-6, rtol=1e-12, atol=0)


def test_bridges_by_hand():
    # dies of 1 x 2 cm: two share 2 cm, two bridges; two pairs share 2.05 cm, three more than the pairs' two each
    n = np.array([1, 2, 4])
    assert_array_equal(bridges(n, np.full(3, 2e-4), 0.5e-3, 1e-2), [0, 2, 7])


def test_a_die_by_hand():
    # 100 mm2 at 7 nm: 26.13 g/mm2 over (1 + 0.02)^-10; 82.86e8 transistors / 8 gates of 0.98743 s at 10 W and 475 g/kWh
    assert_allclose(manufacturing_kg(CARBON, np.array([1e-4]), node(7)), 2.613 * 1.02**10, rtol=1e-12, atol=0)
    kwh = 82.86e8 / 8 / 3645.8333 * 10 / 1000
    assert_allclose(design_kg(CARBON, np.array([1e-4]), node(7), 0.475 / 3.6e6), kwh * 0.475, rtol=1e-7, atol=0)


def test_nodes_between_and_beyond():
    between = node(10, np.sqrt(140), 14, 65, 130)
    assert_allclose(between.footprint_kg_per_m2[1], np.sqrt(19490 * 16840), rtol=1e-12, atol=0)
    assert_array_equal(between.is_interpolated, [False, True, False, False, False])
    assert_array_equal(between.is_beyond, [False, False, False, False, True])
    assert between.footprint_kg_per_m2[4] == between.footprint_kg_per_m2[3]


def test_packages_by_hand():
    # 2.5 x 2 mm of 65 nm metal: 8 x 0.5675 g/mm2, yield (1 + 0.05 x 0.05 / 10)^-10, bonding 0.99
    passive = 8 * 0.5675 * 5e-3 * (1 + 0.05 * 0.05 / 10) ** 10 / 0.99
    bridge = 16.74 * 0.4855 * 25e-3 * (1 + 0.02 * 0.25 / 10) ** 10 / 0.99
    packages = np.array([NAMES.index(name) for name in ("interposer", "fan_out", "organic", "bridge", "interposer")])
    found = package_kg(TECHNOLOGY, packages, np.array([2, 2, 2, 2, 1]), np.full(5, 2e-6))
    assert_allclose(found, [passive, 0.75 * passive, 0.75 * passive, bridge, 0], rtol=1e-12, atol=0)


def test_routers_by_hand():
    # 14 nm: 0.33 mm2 each, one yield for all; none on one die
    two = 2 * 0.33 * 16.84e-3 * (1 + 0.09 * 0.0066 / 10) ** 10 / 0.99
    assert_allclose(router_kg(CARBON, np.array([1, 2]), node(14, 14)), [0, two], rtol=1e-12, atol=0)


def test_use_and_design_are_spread():
    designs = sd.Designs.grid(node_nm=14, volume=[0, 1000], inferences_per_day=[100, 1e9], grid_g_per_kwh=360)
    one = np.ones((4, 1))
    result = carbon(designs, 50e-6 * one, one, np.full(4, 2e-3), np.full(4, 10.0), np.ones(4))
    # ten a second are 864,000 a day: fewer than are asked for
    assert_allclose(result.inferences, np.array([100, 864_000, 100, 864_000]) * 730.5, rtol=1e-12, atol=0)
    # 2 mJ at 1e-7 kg/J
    assert_allclose(result.use_kg, result.inferences * 2e-10, rtol=1e-12, atol=0)
    once_kg = design_kg(CARBON, np.array([50e-6]), node(14), 1e-7)[0]
    assert_allclose(result.design_kg, [0, 0, once_kg / 1000, once_kg / 1000], rtol=1e-12, atol=0)
    assert_allclose(result.embodied_kg, result.dies_kg + result.design_kg, rtol=1e-12, atol=0)
    assert_allclose(
        result.per_inference_kg, (result.embodied_kg + result.use_kg) / result.inferences, rtol=1e-12, atol=0
    )


def test_a_package_that_is_bonded_badly_is_lost_with_its_dies():
    # 14 nm, three dies of 50 mm2 and their carrier, without the source's 0.99: four packages make three good ones
    designs = sd.Designs.grid(node_nm=14, package="interposer")
    one = np.ones((1, 1))
    result = carbon(designs, 50e-6 * one, 3 * one, np.ones(1), np.ones(1), np.array([0.75]))
    die = 16.84e-3 * 50 * (1 + 0.09 * 0.5 / 10) ** 10
    assert_allclose(result.dies_kg, 3 * die / 0.75, rtol=1e-12, atol=0)
    source = package_kg(TECHNOLOGY, np.array([NAMES.index("interposer")]), np.array([3]), np.array([50e-6]))
    assert_allclose(result.package_kg, source * 0.99 / 0.75, rtol=1e-12, atol=0)


def test_carbon_goes_with_the_packages_that_cost_counts_as_good():
    designs = sd.Designs.grid(bond_yield=[1, 0.9], spare_chiplets=[0, 1], package=["organic", "interposer"])
    found = sd.evaluate("resnet20", designs).columns(["carbon_embodied_kg", "package_yield_fraction"])
    made = (found["carbon_embodied_kg"] * found["package_yield_fraction"]).reshape(2, -1)
    assert_allclose(made[1], made[0], rtol=1e-12, atol=0)
    assert (found["package_yield_fraction"].reshape(2, -1)[1] < 0.9).any()


def test_an_inference_with_the_dram_has_its_energy():
    network, designs = sd.load_network("lenet5"), sd.Designs.grid(grid_g_per_kwh=3.6)  # 1e-9 kg a joule
    alone, both = (
        sd.evaluate(network, designs, include_dram=dram).columns(["energy_mj", "carbon_per_inference_ug"])
        for dram in (False, True)
    )
    more_ug = both["carbon_per_inference_ug"] - alone["carbon_per_inference_ug"]
    assert_allclose(more_ug, (both["energy_mj"] - alone["energy_mj"]) * 1e-3, rtol=1e-6, atol=0)
