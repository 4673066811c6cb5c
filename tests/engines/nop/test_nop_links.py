import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.design.designs import Designs
from siam_dse.engines.nop.links import lanes, link_rows, nop_links, phy_counts, pitch_beyond_m
from siam_dse.engines.nop.topologies import MESH
from siam_dse.system.evaluate import evaluate
from siam_dse.technology.load import STATUSES
from siam_dse.technology.technology import packaged_technology
from siam_dse.workload.load import load_network


def links(n_chiplets, **fields):
    n = np.atleast_1d(n_chiplets)
    return nop_links(Designs.grid(**fields), n, np.zeros(len(n), dtype=bool))


@pytest.mark.parametrize(
    ("bandwidth", "rate", "expected"),
    [(160e9, 20e9, 8), (161e9, 20e9, 9), (8e9, 0.25e9, 32), (19.2e9, 6.4e9, 3), (0.25e9, 20e9, 1), (0.3e9, 0.1e9, 3)],
)
def test_lanes(bandwidth, rate, expected):
    assert lanes(np.array([bandwidth]), np.array([rate]))[0] == expected


@pytest.mark.parametrize(
    ("n_chiplets", "total", "most"),
    # links between neighbours x 2 + 1: 2 chiplets 1 link; 3 on 2 x 2: 2; 4: 4; 5 on 3 x 3: 2 + 1 + 2 = 5; 9: 12; 25: 40
    [(1, 1, 1), (2, 3, 2), (3, 5, 3), (4, 9, 3), (5, 11, 3), (9, 25, 4), (25, 81, 4)],
)
def test_phy_counts(n_chiplets, total, most):
    found = phy_counts(np.array([MESH]), np.array([n_chiplets]))
    assert (found.in_use[0], found.on_dies[0], found.most[0]) == (total, total, most)


def test_siam_package_of_25_chiplets():
    # 32 lanes of 5304.5 um2 and 10609 um2 of clocking, once a chiplet: 0.180353 mm2, 4.508825 mm2 in all
    found = links(25, profile="siam")
    assert found.nop_lanes[0] == 32
    assert_allclose(found.die_phy_area_m2, 0.180353e-6, rtol=1e-9, atol=0)
    assert_allclose(found.phy_area_m2, 4.508825e-6, rtol=1e-9, atol=0)
    assert found.static_power_w[0] == 0


def test_grs_at_160_gbps():
    # 8 lanes: 8 x 5304.5 + 10609 = 53045 um2 a PHY, four on an inner die; 0.108 mW a lane; 8 x 51.5 um of edge
    found = links(9, nop_link="grs", nop_bandwidth_gbps=160)
    assert found.nop_lanes[0] == 8
    assert_allclose(found.die_phy_area_m2, 4 * 53045e-12, rtol=1e-9, atol=0)
    assert_allclose(found.phy_area_m2, 25 * 53045e-12, rtol=1e-9, atol=0)
    assert_allclose(found.static_power_w, 25 * 8 * 0.108e-3, rtol=1e-9, atol=0)
    assert_allclose(found.shoreline_m, 412e-6, rtol=1e-9, atol=0)


def test_one_chiplet_has_the_host_port():
    # 8 lanes and a clocking block, once: 53045 um2, 0.864 mW in standby, 412 um of edge; SIAM's link too has one
    found = links(1, nop_link="grs", nop_bandwidth_gbps=160)
    assert (found.phys[0], found.phys_per_die[0], found.nop_lanes[0]) == (1, 1, 8)
    for name in ("phy_area_m2", "die_phy_area_m2", "port_area_m2", "package_area_m2"):
        assert_allclose(getattr(found, name), 53045e-12, rtol=1e-9, atol=0)
    assert_allclose(found.static_power_w, 0.864e-3, rtol=1e-9, atol=0)
    assert_allclose(found.shoreline_m, 412e-6, rtol=1e-9, atol=0)
    assert_allclose(links(1, profile="siam").phy_area_m2, 0.180353e-6, rtol=1e-9, atol=0)


def test_more_bandwidth_takes_more_of_everything():
    bandwidth = [20, 40, 80, 160, 320, 640, 1280]
    for link in packaged_technology().table("nop_links").names():
        found = links(np.full(7, 16), nop_link=link, nop_bandwidth_gbps=bandwidth)
        for name in ("nop_lanes", "phy_area_m2", "die_phy_area_m2", "static_power_w", "shoreline_m"):
            assert (np.diff(getattr(found, name)) >= 0).all()


def test_choices_are_rows_of_the_table():
    names = packaged_technology().table("nop_links").names()
    assert_array_equal(link_rows(Designs.grid(nop_link=list(names))), np.arange(len(names)))


def test_rows_name_source_and_status():
    table = packaged_technology().table("nop_links")
    assert set(table["source"]) <= set(packaged_technology().sources())
    assert set(table["status"]) <= set(STATUSES)
    assert all(len(note) > 40 for note in table["note"])


@pytest.mark.parametrize(
    ("link", "gbps_per_mm", "gbps_per_mm2"),
    # both directions together: UCIe 224 and 1317 GB/s a mm at 32 GT/s, half at 16; 1.35 TB/s a mm2; BoW 1 Tb/s a mm and
    # 690 Gb/s a mm2; AIB 2.0 40 lanes of 6.4 Gb/s in 312.48 um
    [
        ("ucie_standard", 224 * 8 / 2, 125 * 8 / 2),
        ("ucie_advanced", 1317 * 8 / 2, 1350 * 8 / 2),
        ("ucie_standard_32", 224 * 8, 125 * 8),
        ("ucie_advanced_32", 1317 * 8, 1350 * 8),
        ("bow", 1000, 690),
        ("aib2", 2 * 40 * 6.4 / 0.31248, None),
    ],
)
def test_densities_are_the_published_ones(link, gbps_per_mm, gbps_per_mm2):
    table = packaged_technology().table("nop_links")
    row = table.rows(name=link)
    both = 2 * table["rate_per_lane"][row]
    assert_allclose(both / table["shoreline_per_lane"][row] * 1e-12, gbps_per_mm, rtol=1e-3, atol=0)
    if gbps_per_mm2:
        assert_allclose(both / table["lane_area"][row] * 1e-15, gbps_per_mm2, rtol=1e-3, atol=0)


def test_links_on_packages():
    # Bumps of 100 um organic, 45 um fan-out, 25 um interposer; AIB needs 55 um, AIB 2.0 36 um, UCIe advanced 45 um,
    # UCIe-3D 9 um.
    fine = {"aib": 55, "aib2": 36, "ucie_advanced": 45, "ucie_advanced_32": 45, "ucie_3d": 9}
    for link in packaged_technology().table("nop_links").names():
        designs = Designs.grid(nop_link=link, package=["organic", "fan_out", "interposer"])
        wanted = [max(pitch - fine.get(link, 100), 0) for pitch in (100, 45, 25)]
        assert_allclose(pitch_beyond_m(designs) * 1e6, wanted, rtol=1e-12, atol=0, err_msg=link)


def test_some_package_carries_every_link_but_that_of_stacked_dies():
    packages, table = packaged_technology().table("packages"), packaged_technology().table("nop_links")
    refused = table["bump_pitch"] < packages["bump_pitch"].min()
    assert [name for name, is_refused in zip(table.names(), refused, strict=True) if is_refused] == ["ucie_3d"]
    designs = Designs.grid(nop_link="ucie_3d", package=["organic", "fan_out", "interposer"])
    evaluation = evaluate("lenet5", designs)
    assert (evaluation.violations["package_carries_link"] > 0).all()
    assert "stacked face to face" in evaluation.explain(2)


def test_a_lane_of_stacked_dies_is_two_bumps_and_no_edge():
    # 2 x 9 um x 9 um; 0.05 pJ a bit at that pitch
    table = packaged_technology().table("nop_links")
    row = table.rows(name="ucie_3d")
    assert_allclose(table["lane_area"][row] * 1e12, 2 * 9**2, rtol=1e-12)
    assert table["shoreline_per_lane"][row] == 0
    assert_allclose(table["energy_per_bit"][row] * 1e12, 0.05, rtol=1e-12)
    assert_allclose(table["static_power_per_lane"][row], 0.01 * 4e9 * 0.05e-12, rtol=1e-12)


@pytest.mark.parametrize("rate", [16, 32])
def test_ucie_energy_is_that_of_its_rate(rate):
    # 0.5 pJ a bit on organic and 0.25 on advanced packages up to 16 GT/s, 0.6 and 0.3 above.
    table, suffix = packaged_technology().table("nop_links"), "" if rate == 16 else f"_{rate}"
    rows = table.rows(name=[f"ucie_standard{suffix}", f"ucie_advanced{suffix}"])
    assert_allclose(table["rate_per_lane"][rows], rate * 1e9, rtol=1e-12, atol=0)
    assert_allclose(table["energy_per_bit"][rows] * 1e12, [0.5, 0.25] if rate == 16 else [0.6, 0.3], rtol=1e-12, atol=0)


# --- links that differ in the two directions -------------------------------------------------------------------------


def test_phys_of_a_square_of_four_with_wider_rows_by_hand():
    """160 Gb/s along rows are 8 lanes of 20 Gb/s, 80 along columns 4: 5 PHYs of 8 with the port, 4 of 4."""
    table = packaged_technology().table("nop_links")
    row = table.rows(name=np.array(["grs"]))
    lane, clocking, standby_w, edge_m = (
        float(table[name][row][0])
        for name in ("lane_area", "clocking_area", "static_power_per_lane", "shoreline_per_lane")
    )
    for is_custom in (False, True):
        designs = Designs.grid(nop_bandwidth_ratio_xy=2)
        found = nop_links(designs, np.array([4]), np.array([is_custom]))
        of_row, of_column = 8 * lane + clocking, 4 * lane + clocking
        assert_allclose(found.phy_area_m2, 5 * of_row + 4 * of_column, rtol=1e-12)
        assert_allclose(found.die_phy_area_m2, 2 * of_row + of_column, rtol=1e-12)  # of the chiplet with the port
        in_dies = 5 * of_row + 4 * of_column if is_custom else 4 * (2 * of_row + of_column)
        assert_allclose(found.package_area_m2, in_dies, rtol=1e-12)
        assert_allclose(found.static_power_w, (5 * 8 + 4 * 4) * standby_w, rtol=1e-12)
        assert_allclose(found.shoreline_m, 8 * edge_m, rtol=1e-12)
        assert_allclose(found.port_area_m2, of_row, rtol=1e-12)
        assert found.phys[0] == 9


def test_the_wider_phy_must_fit_where_there_is_one():
    """Half as wide along rows: 16 lanes towards the rows above and below, of which one chiplet and two have none."""
    designs = Designs.grid(nop_bandwidth_ratio_xy=0.5)
    lanes = [int(nop_links(designs, np.array([n]), np.array([False])).nop_lanes[0]) for n in (1, 2, 3, 9)]
    assert lanes == [8, 8, 16, 16]


@pytest.mark.parametrize("topology", ["ring", "hub"])
def test_rings_and_hubs_have_links_of_one_kind(topology):
    designs = Designs.grid(
        nop_topology=topology, nop_bandwidth_ratio_xy=[1, 0.25, 4], tiles_per_chiplet=4, package="interposer"
    )
    found = evaluate(load_network("resnet20"), designs).to_frame()
    for column in found.columns.drop("nop_bandwidth_ratio_xy"):
        assert found[column].nunique(dropna=False) == 1, column


@pytest.mark.parametrize("topology", ["mesh", "torus"])
@pytest.mark.parametrize("placement", ["row_major", "snake", "optimised"])
def test_slower_columns_take_longer_and_bits_cost_the_same(topology, placement):
    designs = Designs.grid(
        nop_topology=topology, nop_placement=placement, nop_bandwidth_ratio_xy=[0.25, 0.5, 1, 2, 4, 16],
        tiles_per_chiplet=4, crossbar_size=64,
    )  # fmt: skip
    evaluation = evaluate(load_network("resnet20"), designs)
    latency, area, energy, leaked = (
        evaluation.column(f"nop_{name}") for name in ("latency_ms", "area_mm2", "energy_mj", "leakage_energy_mj")
    )
    assert (np.diff(latency) >= 0).all()
    assert latency[-1] > 2 * latency[2] > latency[2] >= latency[0]
    assert (np.diff(area) < 0).all()
    assert_allclose(energy - leaked, (energy - leaked)[0], rtol=1e-9)
