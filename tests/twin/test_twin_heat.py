"""Temperatures of packages against the scalar twin, where few random designs go: odd rows, thin plates, strong fins."""

import numpy as np
import pytest
from twin import heat
from twin.agreement import relative
from twin.data import row
from twin.package import as_designs
from twin.random_designs import random_designs

from siam_dse.core.declare import ENERGY
from siam_dse.engines.thermal import parts


class Figures:
    """What the engine sees of one design of n equal dies, a layer each."""

    def __init__(self, plain, edge_m, power_w, site=()):
        n = len(power_w)
        self._site = np.array([site], dtype=int)
        self.designs, self._n = as_designs([plain]), n
        self.dies = np.array([[edge_m**2]]), np.array([[float(n)]])
        self.inferences_per_s, self.total_leakage_j = np.ones(1), np.zeros(1)
        self._power_w = np.array([power_w])

    def by_layer(self, quantity):
        assert quantity == ENERGY
        return self._power_w

    def figure(self, name):
        if name == "nop_loads.site":
            return self._site
        one = {"mapping.rounds": 1, "mapping.mesh_side": int(np.ceil(np.sqrt(self._site.shape[1] or self._n)))}
        each = {"mapping.first_chiplet": np.arange(self._n), "mapping.spanned_chiplets": np.ones(self._n, dtype=int)}
        return np.array([each[name]]) if name in each else np.array([one.get(name, self._n)])


def hottest_c(figures):
    figures.of = lambda _: parts.THERMAL.composed[0][1](figures)
    return float(parts.THERMAL.columns[0].compute(figures)[0])


ROW_BY_ROW = {"nop_topology": "mesh", "nop_placement": "row_major"}


@pytest.mark.parametrize("n", [1, 2, 3, 7, 30])
def test_temperatures_agree_with_the_twin(n):
    draw = np.random.default_rng(n)
    for plain in random_designs(6, seed=n, **ROW_BY_ROW):
        edge_m, power_w = draw.uniform(0.5e-3, 20e-3), draw.uniform(0, 3, n)
        mine = plain["ambient_c"] + max(heat.rises(plain, edge_m, power_w.tolist()))
        assert relative(mine, hottest_c(Figures(plain, edge_m, power_w))) < 1e-9, (n, plain, row)


@pytest.mark.parametrize(("n", "used"), [(4, 4), (7, 5), (30, 11)])
def test_heat_is_where_chiplets_are_placed(n, used):
    """The square of the chiplets with weights is a corner of the package's; others are where these leave room."""
    draw, side = np.random.default_rng(n), int(np.ceil(np.sqrt(used)))
    for plain in random_designs(3, seed=n, **ROW_BY_ROW):
        site, power_w = draw.permutation(used), draw.uniform(0, 3, n)
        order = heat.in_field(n, [(place % side, place // side) for place in site.tolist()])
        mine = plain["ambient_c"] + max(heat.rises(plain, 5e-3, power_w.tolist(), order))
        assert relative(mine, hottest_c(Figures(plain, 5e-3, power_w, site))) < 1e-9, (n, plain)


@pytest.mark.parametrize(("topology", "placement"), [("torus", "snake"), ("mesh", "snake"), ("ring", "row_major")])
def test_every_other_row_of_a_snake_and_of_a_ring_is_turned(topology, placement):
    """Seven chiplets in three columns: 3, 4 and 5 stand at 5, 4 and 3."""
    draw = np.random.default_rng(1)
    for plain in random_designs(2, seed=7, nop_topology=topology, nop_placement=placement):
        power_w = draw.uniform(0, 3, 7)
        mine = plain["ambient_c"] + max(heat.rises(plain, 5e-3, power_w.tolist(), [0, 1, 2, 5, 4, 3, 6]))
        assert relative(mine, hottest_c(Figures(plain, 5e-3, power_w))) < 1e-9
