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

    def __init__(self, plain, edge_m, power_w):
        n = len(power_w)
        self.designs, self._n = as_designs([plain]), n
        self.dies = np.array([[edge_m**2]]), np.array([[float(n)]])
        self.inferences_per_s, self.total_leakage_j = np.ones(1), np.zeros(1)
        self._power_w = np.array([power_w])

    def by_layer(self, quantity):
        assert quantity == ENERGY
        return self._power_w

    def figure(self, name):
        each = {"mapping.first_chiplet": np.arange(self._n), "mapping.spanned_chiplets": np.ones(self._n, dtype=int)}
        return np.array([each[name]]) if name in each else np.array([self._n])


@pytest.mark.parametrize("n", [1, 2, 3, 7, 30])
def test_temperatures_agree_with_the_twin(n):
    draw = np.random.default_rng(n)
    for plain in random_designs(6, seed=n):
        edge_m, power_w = draw.uniform(0.5e-3, 20e-3), draw.uniform(0, 3, n)
        engine = parts.THERMAL.columns[0].compute
        figures = Figures(plain, edge_m, power_w)
        figures.of = lambda _, figures=figures: parts.THERMAL.composed[0][1](figures)
        mine = plain["ambient_c"] + max(heat.rises(plain, edge_m, power_w.tolist()))
        assert relative(mine, float(engine(figures)[0])) < 1e-9, (n, plain, row)
