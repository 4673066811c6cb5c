"""Cost of random packages against the scalar twin, to 1e-9."""

import random

import pytest
from twin import cost, package_engines
from twin.agreement import assert_agree
from twin.random_designs import random_designs

PARTS = ("raw_chips_usd", "defect_chips_usd", "raw_package_usd", "defect_package_usd", "wasted_chips_usd")
FIGURES = (
    *PARTS,
    *("cost_usd", "recurring_usd", "nre_usd", "known_good_dies_usd", "die_yield_fraction", "package_yield_fraction"),
    *("package_area_m2", "carrier_area_m2"),
)


@pytest.mark.parametrize(("n", "seed"), [(100, 1), pytest.param(1000, 2, marks=pytest.mark.slow)])
def test_packages_agree_with_the_twin(n, seed):
    plain, draw = random_designs(n, seed), random.Random(seed)
    dies = [[(10 ** draw.uniform(-7.5, -1.7), draw.choice([0, 1, 1, 2, 9, 100])) for _ in range(3)] for _ in plain]
    for sorts in dies:
        sorts[0] = (sorts[0][0], sorts[0][1] or 1)
    found = package_engines.cost(plain, dies)
    for i, d in enumerate(plain):
        wanted = {name: found[name][i] for name in FIGURES}
        assert_agree(cost.package_cost(d, dies[i]), wanted, f"design {i}: {dies[i]}, {d}")


@pytest.mark.parametrize(("n", "seed"), [(100, 3), pytest.param(1000, 4, marks=pytest.mark.slow)])
def test_monolithic_twins_agree_with_the_twin(n, seed):
    plain, draw = random_designs(n, seed), random.Random(seed)
    areas = [10 ** draw.uniform(-6, -1.7) for _ in plain]
    found = package_engines.monolith(plain, areas)
    for i, d in enumerate(plain):
        mine = cost.monolith_cost(d, areas[i])
        assert_agree(mine, {name: found[name][i] for name in mine}, f"design {i}: {areas[i]} m2, {d}")
