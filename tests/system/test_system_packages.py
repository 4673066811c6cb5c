"""Which links a package carries, and what of a die's edge they take."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import siam_dse as sd

RESNET20 = sd.load_network("resnet20")


@pytest.mark.parametrize(
    ("link", "millimetres"),
    # 1280 Gb/s each way: 64 lanes of 20 Gb/s, 80 of 16 and 40 of 32; 16 UCIe lanes in 571.4 um, 64 advanced in 388.8 um
    [
        ("grs", 64 * 0.0515),
        ("bow", 80 * 0.032),
        ("ucie_standard", 80 / 16 * 0.5714),
        ("ucie_standard_32", 40 / 16 * 0.5714),
        ("ucie_advanced", 80 / 64 * 0.3888),
        ("ucie_advanced_32", 40 / 64 * 0.3888),
    ],
)
def test_shoreline_by_hand(link, millimetres):
    designs = sd.Designs.grid(
        nop_link=link, nop_bandwidth_gbps=1280, tiles_per_chiplet=[1, 4, 36], package="interposer"
    )
    evaluation = sd.evaluate(RESNET20, designs)
    edge_mm = np.sqrt(evaluation.column("die_area_mm2"))
    assert_allclose(evaluation.column("shoreline_used_pct"), 100 * millimetres / edge_mm, rtol=1e-4, atol=0)
    beyond = np.maximum(millimetres - edge_mm, 0)
    assert_allclose(evaluation.violations["phy_fits"], beyond, rtol=0, atol=2e-4 * millimetres)


def test_siams_link_takes_no_edge_and_any_package():
    evaluation = sd.evaluate(RESNET20, sd.Designs.grid(profile="siam", package=["organic", "fan_out", "interposer"]))
    assert_array_equal(evaluation.column("shoreline_used_pct"), np.zeros(3))
    assert_array_equal(evaluation.violations["package_carries_link"], np.zeros(3))


def test_a_phy_fits_the_smallest_custom_die():
    # The first layer alone has a die of one tile: less than the largest, and the PHY must fit it as well.
    designs = sd.Designs.grid(chiplet_style="custom", tiles_per_chiplet=36, crossbar_size=64, nop_bandwidth_gbps=640)
    evaluation = sd.evaluate(RESNET20, designs)
    of_largest = 100 * 32 * 0.0515 / np.sqrt(evaluation.column("die_area_mm2"))
    assert (evaluation.column("shoreline_used_pct") > 1.01 * of_largest).all()
    wanted = np.maximum(1 - 100 / evaluation.column("shoreline_used_pct"), 0) * 32 * 0.0515
    assert_allclose(evaluation.violations["phy_fits"], wanted, rtol=1e-9, atol=1e-12)


def test_an_advanced_link_on_the_default_package_is_told_which_packages_carry_it():
    evaluation = sd.evaluate(RESNET20, sd.Designs.grid(nop_link=["grs", "ucie_advanced"]))
    assert evaluation.feasible.tolist() == [True, False]
    assert_allclose(evaluation.violations["package_carries_link"], [0, 100 - 45], rtol=1e-9, atol=0)
    assert "package interposer" in evaluation.rule("package_carries_link")
    assert "fan_out" in evaluation.rule("package_carries_link")


def test_a_finer_package_changes_no_figure_of_a_coarser_link_but_its_cost():
    evaluation = sd.evaluate(RESNET20, sd.Designs.grid(nop_link="grs", package=["organic", "fan_out", "interposer"]))
    for name in ("latency_ms", "energy_mj", "area_mm2", "shoreline_used_pct"):
        assert len(set(evaluation.column(name).tolist())) == 1
    assert (np.diff(evaluation.column("cost_usd")) > 0).all()
