"""Loads of other topologies by compiled loops are those of the arrays bit for bit."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import siam_dse as sd
from siam_dse.engines.mesh.footprint import LoadSummary
from siam_dse.engines.mesh.geometry import Nodes
from siam_dse.engines.nop import engine, ring, topologies
from siam_dse.engines.nop.topologies import HUB, MESH, RING, ROW_MAJOR, SNAKE, TORUS, summary

pytest.importorskip("numba")


def random_runs(rng, chiplets):
    first = rng.integers(0, chiplets)
    return Nodes(first, rng.integers(1, chiplets - first + 1))


@pytest.mark.parametrize(
    ("topology", "placement"),
    [*((topology, order) for topology in (MESH, TORUS, RING) for order in (ROW_MAJOR, SNAKE)), (HUB, ROW_MAJOR)],
)
def test_loops_find_the_same_as_arrays(monkeypatch, topology, placement):
    rng, n, found = np.random.default_rng(topology), 2000, []
    side = np.where(rng.random(n) < 0.1, rng.integers(100, 1000, n), rng.integers(1, 13, n))
    side = side if topology == RING else np.minimum(side, 120)
    chiplets = rng.integers((side - 1) ** 2 + 1, side**2 + 1)
    ends, volume = (random_runs(rng, chiplets), random_runs(rng, chiplets)), rng.uniform(1, 1e6, n)
    ratio = rng.choice([0.25, 1.0, 3.0], n) if topology in (MESH, TORUS) else np.ones(n)
    for by_loop in (True, False):
        for module in (topologies, ring):
            monkeypatch.setattr(module, "takes_loop", lambda *_, by_loop=by_loop: by_loop)
        found.append(summary(np.full(n, topology), np.full(n, placement), side, chiplets, ends, volume, ratio))
    for name in LoadSummary.__dataclass_fields__:
        assert_array_equal(getattr(found[0], name), getattr(found[1], name), err_msg=name)


def test_runs_of_a_line_are_those_looked_at_node_by_node():
    from siam_dse.engines.nop.kernel import line_of_runs, of_line

    rng, met = np.random.default_rng(7), set()
    for _ in range(400):
        source, destination = (random_runs(rng, np.int64(rng.integers(1, 30))) for _ in range(2))
        nodes = np.zeros((2, 30), dtype=np.int64)
        for row, run in zip(nodes, (source, destination), strict=True):
            row[run.first : run.first + run.count] = 1
        found = line_of_runs(source.first, source.count, destination.first, destination.count)
        assert found == of_line(*nodes, False)
        met.add((bool(nodes.prod(axis=0).any()), source.first < destination.first))
    assert len(met) == 4  # apart or not, either one first


def test_a_hand_count_on_a_ring(monkeypatch):
    # 4 chiplets, 0 sends to 1, 2 and 3: one link to 1 and to 3, two to 2, onward; so the link from 0 to 1 carries two
    for module in (topologies, ring):
        monkeypatch.setattr(module, "takes_loop", lambda *_: True)
    one = np.ones(1, dtype=np.int64)
    ends = Nodes(0 * one, one), Nodes(one, 3 * one)
    load = summary(RING * one, ROW_MAJOR * one, 2 * one, 4 * one, ends, 3.0 * one)
    assert (load.max_link[0], load.total_link[0], load.hops_min[0], load.hops_max[0]) == (2, 4, 1, 2)


def test_meshes_beside_other_networks_are_those_alone():
    kinds = {"nop_topology": ["mesh", "torus", "hub", "ring"], "nop_placement": ["row_major", "snake"]}
    together = sd.evaluate("resnet20", sd.Designs.grid(tiles_per_chiplet=4, **kinds))
    names = ["nop_latency_ms", "nop_energy_mj"]
    for i in range(len(together)):
        alone = sd.evaluate("resnet20", together.designs.take([i])).columns(names)
        assert [alone[name][0] for name in names] == [together[name][i] for name in names]


def test_routes_by_loops_are_those_of_the_arrays(monkeypatch):
    designs = sd.Designs.grid(
        n_chiplets=[0, 16], tiles_per_chiplet=[4, 16], nop_topology=["mesh", "ring"], duplication="serial",
        nop_placement=["row_major", "snake"], chiplet_style=["homogeneous", "custom"],
    )  # fmt: skip
    found = []
    for by_loop in (True, False):
        monkeypatch.setattr(engine, "takes_loop", lambda *_, by_loop=by_loop: by_loop)
        found.append(sd.evaluate("resnet20", designs).columns(["nop_latency_ms", "nop_energy_mj"]))
    for name, values in found[1].items():
        assert values.any()
        assert_array_equal(found[0][name], values, err_msg=name)
