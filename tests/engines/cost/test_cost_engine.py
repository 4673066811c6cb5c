"""Cost engine: printed rows, a scalar twin, limits and properties of packages, monoliths and design cost."""

from math import pi, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.core.errors import InputError
from siam_dse.design.designs import Designs
from siam_dse.design.fields import fields
from siam_dse.engines.cost.dies import cost_node
from siam_dse.engines.cost.engine import (
    design_cost_node,
    monolith_cost,
    package_cost,
)
from siam_dse.engines.cost.nre import chip_nre_usd, module_nre_usd, package_nre_usd, phy_nre_usd
from siam_dse.engines.cost.package import Contents, assemble, source_bond_yield
from siam_dse.technology.technology import packaged_technology
from siam_dse.validation.cost import KIND
from siam_dse.validation.tables import reference_rows

COST = packaged_technology().constants("cost")

MM2 = 1e-6
PACKAGES = {"OS": "organic", "FO_last": "fan_out", "SI": "interposer"}


def as_printed(node, **more):
    return Designs.grid(cost_node_nm=node, bonding="chiplet_actuary", **more)


def twin(node_usd, density, area, n, package, bond):
    """Recurring cost of n equal dies of ``area`` mm2, step by step in mm2 and dollars."""

    def wafer_share(mm2):
        sawn = mm2 + 2 * 0.2 * sqrt(mm2) + 0.04
        return 1 / (pi * 145**2 / sawn - pi * 290 / sqrt(2 * sawn))

    good = (1 + density * area / 100 / 10) ** -10
    raw = node_usd * wafer_share(area)
    if package == "organic":
        chips = n * (raw + 0.005 * area)
        layers = 1 if n == 1 else 2 if 4 * n * area > 900 else 1.75 if 4 * n * area > 289 else 1.5
        substrate = 4 * n * area * 0.005 * layers
        return (substrate + chips + n * raw * (1 / good - 1)) / bond**n
    wafer, defects, level, factor = {"fan_out": (1200, 0.05, 3, 1.2), "interposer": (1937, 0.06, 6, 1.1)}[package]
    carrier_area = n * area * factor
    carrier = wafer * wafer_share(carrier_area) + 0.005 * carrier_area
    carrier_good = (1 + defects * carrier_area / 100 / level) ** -level
    chips = n * (raw + 0.01 * area + raw * (1 / good - 1))
    return (chips + carrier / carrier_good) / bond**n / 0.99 + 4 * carrier_area * 0.005 / 0.99


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([(7, 9346, 0.09), (28, 2891, 0.07), (3, 30000, 0.2)]),
    st.floats(0.5, 300),
    st.integers(1, 20),
    st.sampled_from(["organic", "fan_out", "interposer"]),
    st.floats(0.9, 1),
)
@pytest.mark.slow
def test_cost_is_that_of_the_twin(node, area, n, package, bond):
    designs = Designs.grid(cost_node_nm=node[0], package=package, bond_yield=bond)
    got = package_cost(designs, np.array([area * MM2]), np.array([n]))
    assert_allclose(got.cost_usd, twin(node[1], node[2], area, n, package, bond), rtol=1e-9, atol=0)


@pytest.mark.parametrize(
    ("node", "area", "n", "package", "parts", "total"),
    # Chiplet Actuary's printed rows: raw chips, defect chips, raw package, defect package, wasted chips
    [
        (7, 200, 1, "organic", (34.83836, 6.60871, 4.0, 0.0404, 0.41866), 45.90614),
        (7, 55, 16, "organic", (146.2593, 7.18053, 35.2, 6.14086, 26.76856), 221.54925),
        (28, 220, 4, "fan_out", (55.1589, 7.6549, 54.91496, 26.60977, 5.97466), 150.31318),
        (28, 55, 16, "interposer", (52.68137, 1.719, 65.59513, 138.68466, 70.44975), 329.12991),
    ],
)
def test_parts_are_the_sources(node, area, n, package, parts, total):
    got = package_cost(as_printed(node, package=package), np.array([area * MM2]), np.array([n]))
    assert_allclose(np.ravel(list(got.cost_by_part.values())), parts, rtol=2e-5, atol=6e-6)  # printed to 1e-5
    assert_allclose(got.cost_usd, total, rtol=1e-6, atol=0)


def test_bonding_yields_by_name():
    names = packaged_technology().table("packages").names()
    assert tuple(fields()["package"].choices) == names
    assert_array_equal(source_bond_yield(packaged_technology(), np.arange(3)), [0.99, 0.98, 0.95])
    designs = Designs.grid(package=list(names), bonding="chiplet_actuary", bond_yield=0.6)
    got = package_cost(designs, np.full(3, 50 * MM2), np.full(3, 9))
    assert_allclose(got.package_yield_fraction, [0.99**9, 0.98**9 * 0.99, 0.95**9 * 0.99], rtol=1e-12, atol=0)


def test_several_sorts_of_equal_dies_cost_what_one_sort_does():
    designs = Designs.grid(package=["organic", "interposer"])
    one = package_cost(designs, np.full(2, 40 * MM2), np.full(2, 6))
    area, count = np.full((2, 4), 40 * MM2), np.array([[1, 2, 3, 0]] * 2)
    area[:, 3] = 5000 * MM2  # of this sort there is none
    several = package_cost(designs, area, count)
    for name in ("cost_usd", "die_yield_fraction", "package_area_m2", "over_wafer", "known_good_dies_usd"):
        assert_allclose(getattr(several, name), getattr(one, name), rtol=1e-12, atol=0)


def test_chip_first_spoils_dies_with_the_carrier_and_bonds_none():
    # four dies on a fan-out carrier of 1.2 x 400 mm2: good in (1 + 0.05 x 4.8 / 3)^-3 = 0.79383 of cases, attached in
    # 0.99; bumps 0.01 x 400, substrate 4 x 480 x 0.005 = 9.6. Chip-last: 0.9^4 x 0.99; chip-first: 0.79383 x 0.99
    dies = Contents(*(np.full(2, value) for value in (4.0, 400 * MM2, 40.0, 50.0)))
    fan_out = np.full(2, fields()["package"].choices.index("fan_out"))
    got = assemble(packaged_technology(), dies, fan_out, np.full(2, 0.9), np.array([False, True]))
    carrier, good = got.raw_package_usd - 9.6, 1.08**-3
    assert_allclose(got.yield_fraction, [0.9**4 * 0.99, good * 0.99], rtol=1e-9, atol=0)
    assert_allclose(got.wasted_chips_usd, (50 + 4) * (1 / got.yield_fraction - 1), rtol=1e-9, atol=0)
    lost = carrier * (1 / np.array([good * 0.9**4 * 0.99, good * 0.99]) - 1) + 9.6 * (1 / 0.99 - 1)
    assert_allclose(got.defect_package_usd, lost, rtol=1e-9, atol=0)


def test_custom_package_lies_between_its_dies():
    designs = Designs.grid()
    got = [package_cost(designs, np.array([[a * MM2, b * MM2]]), np.array([[3, 3]])) for a, b in
           ((20, 20), (20, 90), (90, 90))]  # fmt: skip
    assert np.diff([float(r.cost_usd[0]) for r in got]).min() > 0
    assert got[1].die_yield_fraction == got[2].die_yield_fraction


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31))
@pytest.mark.slow
def test_parts_add_up_everything_is_finite_and_designs_are_independent(seed):
    rng = np.random.default_rng(seed)
    n = 10
    designs = Designs.from_columns({
        "package": rng.choice(list(PACKAGES.values()), n), "bond_yield": rng.uniform(0.5, 1, n),
        "cost_node_nm": rng.choice([0, 3, 7, 32, 130], n), "volume": rng.choice([0, 10, 10**6], n),
    })  # fmt: skip
    area, count = 10 ** rng.uniform(-10, -1, n), rng.integers(1, 4097, n)
    got = package_cost(designs, area, count)
    assert_allclose(np.sum(list(got.cost_by_part.values()), axis=0), got.recurring_usd, rtol=1e-12, atol=0)
    for values in vars(got).values():
        assert np.isfinite(values.astype(float)).all()
    assert ((got.package_yield_fraction > 0) & (got.package_yield_fraction <= 1)).all()
    assert (got.cost_usd >= got.recurring_usd).all()
    order = rng.permutation(n)
    moved = package_cost(designs.take(order), area[order], count[order])
    for name, values in vars(got).items():
        assert_array_equal(getattr(moved, name), values[order])
    assert not got.cost_usd.flags.writeable


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(list(PACKAGES.values())), st.integers(1, 200), st.floats(0.01, 5000))
@pytest.mark.slow
def test_larger_dies_and_worse_bonding_cost_more(package, n, mm2):
    designs = Designs.grid(package=package, bond_yield=[0.999, 0.99])
    small = package_cost(designs, np.full(2, mm2 * MM2), np.full(2, n))
    large = package_cost(designs, np.full(2, 1.1 * mm2 * MM2), np.full(2, n))
    assert (large.cost_usd > small.cost_usd).all()
    assert small.cost_usd[1] > small.cost_usd[0]


def test_tiny_dies_and_perfect_bonding_waste_nothing():
    got = package_cost(Designs.grid(bond_yield=1.0), np.array([1e-12]), np.array([1]))
    assert_allclose([got.die_yield_fraction, got.package_yield_fraction], 1, rtol=1e-7, atol=0)
    assert_allclose(got.cost_usd, got.raw_chips_usd + got.raw_package_usd, rtol=1e-7, atol=0)


def test_over_a_wafer_is_finite_and_said_so():
    # 100 dies of 100 mm2: an interposer of 11,000 mm2 is larger than what a wafer holds; on a substrate nothing is
    designs = Designs.grid(package=["organic", "interposer"])
    got = package_cost(designs, np.full(2, 100 * MM2), np.full(2, 100))
    assert got.over_wafer[0] == 0
    assert 0.3 < got.over_wafer[1] < 0.4
    assert np.isfinite(got.cost_usd).all()


# --- the monolithic twin ---------------------------------------------------------------------------------------------


def test_reticle_limit():
    got = monolith_cost(Designs.grid(bond_yield=[0.999] * 4), np.array([1, 858, 858.001, 2e4]) * MM2)
    assert_array_equal(got.mono_fits_reticle, [True, True, False, False])
    assert np.isfinite(got.mono_cost_usd).all()
    assert got.mono_over_wafer[3] > 1


def test_one_chiplet_is_its_monolith():
    designs, area = Designs.grid(volume=[0, 1000]), np.full(2, 300 * MM2)
    package, mono = package_cost(designs, area, np.ones(2)), monolith_cost(designs, area)
    assert_allclose(package.cost_usd, mono.mono_cost_usd, rtol=1e-12, atol=0)
    assert_allclose(package.die_yield_fraction, mono.mono_die_yield_fraction, rtol=1e-12, atol=0)


def test_monolith_sits_on_a_substrate_whatever_the_package():
    designs = Designs.grid(package=list(PACKAGES.values()), bonding=["bond_yield", "chiplet_actuary"])
    got = monolith_cost(designs, np.full(6, 500 * MM2)).mono_cost_usd.reshape(3, 2)
    assert (got == got[0]).all()


def eight_chiplets_and_monolith(node, silicon_m2):
    """Cost of silicon as eight dies, each a tenth larger for its interfaces as in the source's examples, and as one."""
    designs = as_printed(node)
    package = package_cost(designs, np.array([1.1 * silicon_m2 / 8]), np.array([8]))
    return package, monolith_cost(designs, np.array([silicon_m2]))


def test_chiplets_pay_where_the_source_says():
    # 28 nm: one die is cheapest at 200 mm2, eight chiplets on a substrate at 800 ($95 against $106); 5 nm: $364 to $699
    for node, eight, one in ((28, 95, 106), (5, 364, 699)):
        package, mono = eight_chiplets_and_monolith(node, 800 * MM2)
        assert_allclose([package.cost_usd[0], mono.mono_cost_usd[0]], [eight, one], rtol=0.01, atol=0)
    package, mono = eight_chiplets_and_monolith(28, 200 * MM2)
    assert package.cost_usd > mono.mono_cost_usd


# --- design cost -----------------------------------------------------------------------------------------------------


def test_design_cost_only_counts_over_a_volume():
    designs = Designs.grid(volume=[0, 1, 1000])
    got = package_cost(designs, np.full(3, 50 * MM2), np.full(3, 4))
    assert_allclose(got.cost_usd - got.recurring_usd, got.nre_usd * [0, 1, 1e-3], rtol=1e-9, atol=0)
    assert (got.nre_usd == got.nre_usd[0]).all()


def test_design_cost_is_the_sources():
    # rows of the source: modules without, chips with their interfaces; several sorts of package
    rows = reference_rows(KIND)
    rows = rows[(rows["valid"] == 1) & rows["packaging"].isin(list(PACKAGES))].iloc[::7]
    node = cost_node(packaged_technology(), rows["node_nm"].to_numpy(dtype=float))
    count = rows["n_chiplets"].to_numpy(dtype=float)
    modules = rows["total_module_area_mm2"].to_numpy(dtype=float) / count * MM2
    chip = modules * (1 + rows["d2d_frac"].to_numpy(dtype=float))
    names = packaged_technology().table("packages").names()
    package = np.array([names.index(PACKAGES[p]) for p in rows["packaging"]])
    zero = np.zeros(len(rows))
    technology = packaged_technology()
    bond = source_bond_yield(technology, package)
    built = assemble(technology, Contents(count, count * chip, zero, zero), package, bond)
    for got, column in (
        (module_nre_usd(COST, modules, node), "NRE_module_usd"),
        (chip_nre_usd(COST, chip, node), "NRE_chip_usd"),
        (np.where(count > 1, phy_nre_usd(COST, node), 0), "NRE_d2d_usd"),
        (package_nre_usd(packaged_technology(), built, package, count), "NRE_package_usd"),
    ):
        assert_allclose(got, rows[column].to_numpy(dtype=float), rtol=2e-6, atol=1e-9)


def test_each_sort_of_die_is_designed():
    designs = Designs.grid()
    equal = package_cost(designs, np.array([50 * MM2]), np.array([2])).nre_usd
    custom = package_cost(designs, np.array([[50 * MM2, 50 * MM2]]), np.array([[1, 1]])).nre_usd
    assert_allclose(
        custom - equal, chip_nre_usd(COST, np.array([50 * MM2]), design_cost_node(designs)), rtol=1e-9, atol=0
    )


# --- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("area", [-1e-6, np.nan, np.inf])
def test_impossible_areas_are_named(area):
    with pytest.raises(InputError, match="row 2: die_area_m2: must be a finite number >= 0"):
        package_cost(Designs.grid(bond_yield=[0.9, 0.9]), np.array([1e-6, area]), np.array([1, 1]))


def test_a_package_needs_a_die():
    with pytest.raises(InputError, match="row 1: n_chiplets: a package needs at least one die"):
        package_cost(Designs.grid(), np.array([1e-6]), np.array([0]))
    with pytest.raises(InputError, match="n_chiplets: must be a finite number >= 0, got -2"):
        package_cost(Designs.grid(), np.array([1e-6]), np.array([-2]))


def test_packages_are_those_of_the_field():
    with pytest.raises(InputError, match="interposer"):
        Designs.grid(package="interposers")
