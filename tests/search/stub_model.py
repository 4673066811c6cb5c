"""A stand-in for the model that takes a millisecond: tests of the search are about what is kept, not about physics."""

import numpy as np
import pandas as pd

from siam_dse.system.columns import VIOLATION_RULES


class StubEvaluation:
    """Tiles, chiplets and utilisation from formulas that trade off."""

    def __init__(self, network, designs):
        self.network = network
        self.designs = designs
        side = designs.crossbar_rows / 64.0
        weights = 400.0 / designs.cell_bits
        self._columns = {
            "tiles": np.ceil(weights / side**2) + designs.adc_bits,
            "chiplets": np.maximum(designs.n_chiplets, 1).astype(float),
            "utilisation": 1 / (1 + side * designs.tiles_per_chiplet**0.5 / 10),
            "tops_per_w": side + designs.cell_bits / designs.adc_bits,
        }
        room = self._columns["chiplets"] * designs.tiles_per_chiplet
        self.violations = {name: np.zeros(len(designs)) for name in VIOLATION_RULES}
        self.violations["fits"] = np.maximum(np.ceil(self._columns["tiles"] / designs.tiles_per_chiplet) - room, 0)

    def __len__(self):
        return len(self.designs)

    def columns(self, names):
        return {name: self._columns[name] for name in names}

    def column(self, name):
        return self._columns[name]

    def to_frame(self):
        feasible = np.all([slack <= 0 for slack in self.violations.values()], axis=0)
        return pd.concat([self.designs.to_frame(), pd.DataFrame({"feasible": feasible, **self._columns})], axis=1)


def evaluate(network, designs):
    """As siam_dse.system.evaluate.evaluate."""
    return StubEvaluation(network, designs)
