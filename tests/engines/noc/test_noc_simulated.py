"""Phases of a chiplet simulated flit by flit."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.design.designs import Designs
from siam_dse.engines.mesh.geometry import Geometry, Nodes
from siam_dse.engines.mesh.unit_loads import loads
from siam_dse.engines.noc import simulated
from siam_dse.engines.noc.simulated import simulated_cycles
from siam_dse.system.evaluate import evaluate
from siam_dse.technology.technology import packaged_technology
from siam_dse.validation.cycles import compare_levels
from siam_dse.workload.load import load_network

MESH = packaged_technology().constants("mesh")


def phase(flits):
    """Tiles 0 and 1 to tiles 4 to 6 of a 4 x 4 mesh."""
    one = np.ones(1, dtype=np.int64)
    where = Geometry(4 * one, 4 * one, Nodes(0 * one, 2 * one), Nodes(4 * one, 3 * one))
    return where, np.array([float(flits)])


def test_one_flit_a_pair_is_counted_by_hand():
    """Tile 0 sends to 4, 5, 6 in turn, tile 1 to 5, 6, 4; the longest way is 3 links, sent at 2: 2 + 5 x 3 + 7."""
    where, flits = phase(6)
    assert simulated_cycles(MESH, where, flits, loads(where, flits))[0] == 24


def test_a_long_phase_goes_on_at_its_pace(monkeypatch):
    where, flits = phase(60_000)
    whole = simulated_cycles(MESH, where, flits, loads(where, flits))
    monkeypatch.setattr(simulated, "MOST_FLITS", 6_000)
    assert_allclose(simulated_cycles(MESH, where, flits, loads(where, flits)), whole, rtol=1e-3)


def test_only_the_time_on_chip_differs_from_the_replay():
    designs = Designs.grid(adc_bits=5)
    fluid, cycle = (evaluate("lenet5", designs, noc_model=level) for level in ("fluid", "cycle"))
    for engine in ("crossbar", "tile", "nop"):
        assert_array_equal(fluid.column(f"{engine}_latency_ms"), cycle.column(f"{engine}_latency_ms"))
    assert cycle.column("noc_latency_ms") != fluid.column("noc_latency_ms")


@pytest.mark.slow
def test_the_models_keep_near_the_simulation():
    """ResNet-20 on the default design: the closed form within 5 %, the replay within 2 % of the sum over layers."""
    table = compare_levels(load_network("resnet20"), Designs.grid(n_chiplets=0))
    total = table.set_index("layer").loc["all"]
    assert abs(total["fast_pct"]) < 5
    assert abs(total["fluid_pct"]) < 2
    assert_allclose(table["cycle_ms"].iloc[:-1].sum(), total["cycle_ms"], rtol=1e-12)
