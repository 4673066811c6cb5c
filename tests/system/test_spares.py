"""Spare tiles and spare chiplets: yields by hand and by enumeration, what spares cost, and laws."""

from itertools import product
from math import comb, exp
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import siam_dse as sd
from siam_dse.system.columns import OUTPUT_COLUMNS
from siam_dse.technology import yields
from siam_dse.technology.yields import negative_binomial_yield, repairable_yield, working_share

MM2 = 1e-6


def columns(network="lenet5", **axes):
    evaluation = sd.evaluate(network, sd.Designs.grid(**axes))
    return {**evaluation.columns(OUTPUT_COLUMNS), **evaluation.violations}


def repaired(spares, *, area=100.0, density=1e-3, clusters=10.0, unit=5.0, units=16):
    """Areas in mm2, density a mm2."""
    one = [np.array([value]) for value in (area * MM2, density / MM2, unit * MM2, units, spares)]
    return float(repairable_yield(one[0], one[1], clusters, *one[2:])[0])


# --- yields ----------------------------------------------------------------------------------------------------------


def test_a_die_that_bears_one_bad_tile_of_two():
    # two tiles of 10 mm2 and 5 mm2 beside them, 0.02 defects a mm2 in clusters of shape 2: without a defect in 25 mm2
    # (1 + 0.25)^-2, in 15 mm2 (1 + 0.15)^-2, so one or none bad: 2 (1.15^-2 - 1.25^-2) + 1.25^-2 = 0.87229
    want = 2 * 1.15**-2 - 1.25**-2
    assert_allclose(repaired(1, area=25, density=0.02, clusters=2, unit=10, units=2), want, rtol=1e-12)
    assert_allclose(want, 0.8722873, rtol=1e-6)


def test_without_clusters_tiles_fail_apart_from_one_another():
    # Poisson is the limit of many clusters: 16 tiles of 0.05 defects, 20 mm2 beside them
    p = 1 - exp(-0.05)
    tail = sum(comb(16, k) * p**k * (1 - p) ** (16 - k) for k in range(3))
    got = repaired(2, density=0.01, clusters=100.0)
    assert_allclose(got, tail * exp(-0.2), rtol=0.02)  # 1 / clusters away
    assert got < tail * exp(-0.2)


@pytest.mark.parametrize("spares", [0, 1, 5, 16, 40])
def test_ends_of_the_law(spares):
    none = repaired(0)
    assert none == negative_binomial_yield(np.array([100 * MM2]), np.array([1e3]), 10.0)[0]
    if spares >= 16:  # every tile may be bad: only what is no tile must be good
        assert_allclose(repaired(spares), negative_binomial_yield(np.array([20 * MM2]), np.array([1e3]), 10.0)[0])
    assert none <= repaired(spares) <= repaired(spares + 1) <= 1
    assert repaired(spares, density=0.0) == 1


def test_few_chiplets_by_enumeration():
    # every outcome of five chiplets that each work with 0.9, at most two of which may fail
    each = [np.prod([0.9 if one else 0.1 for one in way]) for way in product((0, 1), repeat=5) if sum(way) >= 3]
    assert_allclose(working_share(np.array([0.9]), 5, 2), sum(each), rtol=1e-12)
    assert working_share(np.array([0.9]), 5, 0)[0] == 0.9**5
    assert_allclose(working_share(np.array([0.9]), 5, 5), 1, rtol=1e-12)


def test_many_dies_at_once_are_each_alone():
    # few and many spares together, terms lost in rounding among them: more dies than are summed up at once
    rng = np.random.default_rng(0)
    n, units, spares = 700, rng.integers(1, 400, 700), rng.integers(0, 60, 700)
    unit_m2, density = rng.uniform(0.1, 1, n) * MM2, rng.uniform(10, 1e5, n)
    area_m2 = units * unit_m2 + 5 * MM2
    got = repairable_yield(area_m2, density, 2.0, unit_m2, units, spares)
    for i in range(0, n, 7):
        one = [values[[i]] for values in (area_m2, density, unit_m2, units, spares)]
        assert got[i] == repairable_yield(one[0], one[1], 2.0, *one[2:])[0]
    assert np.ptp(got) > 0.9
    working = rng.uniform(0.2, 1, n)
    sums = [
        sum(comb(int(m), k) * (1 - w) ** k * w ** (int(m) - k) for k in range(min(int(s), int(m)) + 1))
        for w, m, s in zip(working, units, spares, strict=True)
    ]
    assert_allclose(working_share(working, units, spares), np.minimum(sums, 1), rtol=1e-11)


def test_loops_sum_the_same_terms(monkeypatch):
    pytest.importorskip("numba")
    rng, found = np.random.default_rng(1), []
    units, spares = rng.integers(0, 300, (300, 3)), rng.integers(0, 50, (300, 1))
    unit_m2, density = rng.uniform(0.1, 1, (300, 1)) * MM2, rng.uniform(10, 1e5, (300, 1))
    for by_loop in (True, False):
        monkeypatch.setattr(yields, "takes_loop", lambda *_, by_loop=by_loop: by_loop)
        found.append(repairable_yield(units * unit_m2 + MM2, density, 2.0, unit_m2, units, spares))
    assert_array_equal(*found)


# --- designs ---------------------------------------------------------------------------------------------------------


def test_a_spare_chiplet_is_there_and_holds_nothing():
    plain, spare = columns("resnet20"), columns("resnet20", spare_chiplets=1)
    n = plain["chiplets"][0]
    assert spare["chiplets"][0] == n + 1
    for name in ("chiplets_used", "tiles", "crossbar_latency_ms", "crossbar_energy_mj", "mono_area_mm2", "sqnr_db"):
        assert_allclose(spare[name], plain[name], rtol=1e-12, err_msg=name)
    assert_allclose(spare["crossbar_area_mm2"], plain["crossbar_area_mm2"] * (n + 1) / n, rtol=1e-12)
    # the default's 0.999 a chiplet: n of n, or at least n of n + 1
    assert_allclose(plain["package_yield_fraction"], 0.999**n, rtol=1e-12)
    assert_allclose(spare["package_yield_fraction"], 0.999 ** (n + 1) + (n + 1) * 0.999**n * 0.001, rtol=1e-12)


def test_spares_are_among_the_chiplets_given():
    some = columns("resnet20", n_chiplets=30, spare_chiplets=[0, 2])
    assert some["chiplets"].tolist() == [30, 30]
    # copies have the rooms of 28
    fewer = columns("resnet20", n_chiplets=28)
    assert some["tiles"][1] == fewer["tiles"][0]
    assert not some["spare_chiplets_fit"].any()
    needed = int(some["chiplets_needed"][0])
    assert columns("resnet20", n_chiplets=needed + 1, spare_chiplets=2)["fits"] == 1
    assert columns("lenet5", n_chiplets=1, spare_chiplets=2)["spare_chiplets_fit"] == 2
    assert columns("resnet20", chiplet_style="custom", spare_chiplets=2)["spare_chiplets_fit"] == 2
    streamed = columns("resnet20", n_chiplets=3, weights="streamed", spare_chiplets=1, tiles_per_chiplet=2)
    assert streamed["spare_chiplets_fit"] == 1


@pytest.mark.parametrize("style", ["homogeneous", "custom"])
def test_spare_tiles_are_made_and_mend_dies(style):
    usual = {"chiplet_style": style, "cost_node_nm": 7, "tiles_per_chiplet": 36}
    plain, spare = columns("vgg8", **usual), columns("vgg8", spare_tiles=2, **usual)
    f = sd.evaluate("vgg8", sd.Designs.grid(spare_tiles=2, **usual)).composed(0)
    assert spare["tiles"] == plain["tiles"]
    assert spare["area_mm2"] > plain["area_mm2"]
    assert spare["die_yield_fraction"] > plain["die_yield_fraction"]
    # each die is its tiles, each as large, and what is beside them
    area_m2, count = f.dies
    tile_m2, tiles = f.tiles_of_dies
    assert np.all(tile_m2 * tiles <= area_m2)
    made = float((tile_m2 * tiles * count).sum())
    crossbars_m2 = float(f.figure("crossbar.area_m2")[0]) * 16 * float(f.figure("mapping.package_tiles")[0])
    assert made > crossbars_m2
    assert_allclose(tiles[0] @ count[0], f.figure("mapping.package_tiles")[0])


def test_more_spares_never_lower_a_yield():
    few = columns("resnet50", spare_tiles=[0, 1, 2, 4], spare_chiplets=[0, 1, 2, 4], cost_node_nm=7, bond_yield=0.99)
    die = few["die_yield_fraction"].reshape(4, 4)
    assert np.all(np.diff(die[:, 0]) > 0)
    assert np.all(np.diff(few["package_yield_fraction"].reshape(4, 4), axis=1) > 0)
    assert np.all(die == die[:, :1])


def test_caches_of_spare_chiplets_hold_nothing():
    decoder = str(Path(__file__).parent / "decoder.yaml")
    usual = {"tiles_per_chiplet": 8, "crossbars_per_tile": 4, "cache_kib_per_chiplet": 1}
    both = [sd.evaluate(decoder, sd.Designs.grid(spare_chiplets=n, **usual)) for n in (0, 2)]
    beyond = [one.composed(0).figure("digital_cache.beyond_share")[0] for one in both]
    assert beyond[0] == beyond[1] > 0


def test_cost_has_a_best_number_of_spare_chiplets():
    cost = columns("resnet50", spare_chiplets=range(7), bond_yield=0.98)["cost_usd"]
    best = int(np.argmin(cost))
    assert 0 < best < 6


def test_explain_says_the_spares():
    said = sd.evaluate("lenet5", sd.Designs.grid(spare_tiles=2, spare_chiplets=1)).explain()
    assert "Up to 2 tiles of each chiplet and 1 of the chiplets may fail" in said
    assert "may fail" not in sd.evaluate("lenet5").explain()


def test_each_kind_has_spares_of_its_own():
    two = columns("resnet20", kind_b=True, kind_b_tiles_per_chiplet=9, kind_b_crossbar_size=64, spare_chiplets=[0, 1])
    assert two["chiplets"][1] == two["chiplets"][0] + 2
    assert two["kind_b_chiplets"][1] == two["kind_b_chiplets"][0] + 1
    a, b = two["chiplets"][0] - two["kind_b_chiplets"][0], two["kind_b_chiplets"][0]
    each = [0.999 ** (n + 1) + (n + 1) * 0.999**n * 0.001 for n in (a, b)]
    assert_allclose(two["package_yield_fraction"][1], each[0] * each[1], rtol=1e-12)
