"""The placement by swaps: counted by hand, against all placements there are, and never beyond those in order."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import siam_dse as sd
from siam_dse.engines.mesh.footprint import LoadSummary
from siam_dse.engines.nop import placed, placement
from siam_dse.engines.nop.network import Network
from siam_dse.engines.nop.placement import positions
from siam_dse.engines.nop.routes import Route, hops_between
from siam_dse.engines.nop.topologies import MESH, OPTIMISED, RING, TORUS
from siam_dse.mapping.field import places_in_field
from siam_dse.system.plan import plan

RESNET20 = sd.load_network("resnet20")
DIES = {"tiles_per_chiplet": 4, "crossbar_size": 64, "package": "interposer"}
IN_ORDER = ["row_major", "snake", "optimised"]


def package(topology, chiplets):
    side = int(np.ceil(np.sqrt(chiplets)))
    return Network(*(np.array([value]) for value in (topology, OPTIMISED, side, chiplets, 1.0)))


def flows(*each):
    """Routes of one package: source, destination and bits of each."""
    source, destination, bits = (np.array(values) for values in zip(*each, strict=True))
    one, none = np.ones(len(bits), dtype=np.int64), np.zeros(len(bits), dtype=np.int64)
    return Route(none, none, source, one, destination, one, bits.astype(float), none > 0)


def random_flows(draw, chiplets, n):
    first, other = draw.integers(0, chiplets, (2, n))
    return flows(*zip(first.tolist(), other.tolist(), draw.exponential(1, n).tolist(), strict=True))


def cost(topology, size, route, position):
    here, there = position[route.source_first], position[route.destination_first]
    return float((route.bits * hops_between(topology != MESH, size, here, there)).sum())


def test_a_square_of_four_is_counted_by_hand():
    """0-3, 3-1, 1-2 of 1 bit each: row by row 2 + 1 + 2 hops, as a snake (2 and 3 change) 1 + 2 + 1; 0 2 / 3 1 is 3."""
    route = flows((0, 3, 1), (3, 1, 1), (1, 2, 1))
    found = positions(package(MESH, 4), route, np.array([False]))[0]
    assert found.tolist() == [0, 3, 1, 2]
    assert cost(MESH, 2, route, found) == 3


def test_a_ring_of_five_is_counted_by_hand():
    """0 - 2 - 4 - 1 - 3 - 0 of 1 bit each are two links apart in order; round the ring one each."""
    route = flows(*((a, (a + 2) % 5, 1) for a in range(5)))
    assert cost(RING, 5, route, np.arange(5)) == 10
    found = positions(package(RING, 5), route, np.array([False]))[0]
    assert cost(RING, 5, route, found) == 5
    assert found[0] == 0


@pytest.mark.parametrize("topology", [MESH, TORUS, RING])
def test_no_swap_saves_more_and_no_placement_much(topology):
    """Of six chiplets all 120 placements with chiplet 0 where it is: swaps find the best one or nearly so."""
    draw, ratios = np.random.default_rng(topology), []
    size = 6 if topology == RING else 3
    for _ in range(20):
        route = random_flows(draw, 6, 12)
        found = positions(package(topology, 6), route, np.array([False]))[0]
        least = cost(topology, size, route, found)
        places = np.sort(found)
        every = [cost(topology, size, route, np.array([0, *order])) for order in itertools.permutations(places[1:])]
        for a, b in itertools.combinations(range(1, 6), 2):
            other = found.copy()
            other[[a, b]] = found[[b, a]]
            assert cost(topology, size, route, other) >= least * (1 - 1e-9)
        ratios.append(least / min(every))
    assert np.mean(ratios) < 1.03
    assert max(ratios) < 1.3


@pytest.mark.parametrize("topology", [MESH, TORUS, RING])
def test_loops_find_the_same_as_arrays(monkeypatch, topology):
    pytest.importorskip("numba")
    draw, found = np.random.default_rng(3), []
    sizes = [2, 3, 7, 16, 30, 30, 49]
    some = [random_flows(draw, n, 5 * n) for n in sizes]
    rows = np.repeat(np.arange(len(sizes)), [len(one) for one in some])
    names = Route.__dataclass_fields__
    route = Route(**{name: np.concatenate([getattr(one, name) for one in some]) for name in names})
    route = Route(**{**vars(route), "rows": rows})
    networks = [package(topology, n) for n in sizes]
    names = Network.__dataclass_fields__
    network = Network(**{name: np.concatenate([getattr(one, name) for one in networks]) for name in names})
    for by_loop in (True, False):
        monkeypatch.setattr(placement, "takes_loop", lambda *_, by_loop=by_loop: by_loop)
        found.append(positions(network, route, np.zeros(len(sizes), dtype=bool)))
    assert_array_equal(*found)
    for i, n in enumerate(sizes):
        alone = positions(networks[i], some[i], np.array([False]))[0]
        assert_array_equal(found[0][i, :n], alone)
        assert (found[0][i, n:] == -1).all()
        assert len(set(alone.tolist())) == n


@pytest.mark.parametrize("topology", [MESH, TORUS, RING])
def test_loops_find_the_same_of_runs_of_chiplets_and_their_loads(monkeypatch, topology):
    """Layers lie on several chiplets each, and some on the same: positions, and loads of what stands there."""
    pytest.importorskip("numba")
    draw, chiplets, found = np.random.default_rng(topology), np.array([3, 12, 25, 40, 64, 200]), []
    rows = np.repeat(np.arange(len(chiplets)), 20)
    first, count = np.empty((2, 2, len(rows)), dtype=np.int64)
    for end in range(2):
        first[end] = draw.integers(0, chiplets[rows])
        longest = np.maximum(chiplets[rows] // 4, 9)
        count[end] = draw.integers(1, np.minimum(chiplets[rows] - first[end], longest) + 1)
    ends = (first[0], count[0], first[1], count[1])
    route = Route(rows, rows, *ends, draw.exponential(1e6, len(rows)), rows < 0)
    side = np.ceil(np.sqrt(chiplets)).astype(np.int64)
    kind = np.full(len(chiplets), topology)
    network = Network(kind, np.full(len(chiplets), OPTIMISED), side, chiplets, np.full(len(chiplets), 1.5))
    for by_loop in (True, False):
        for module in (placement, placed):
            monkeypatch.setattr(module, "takes_loop", lambda *_, by_loop=by_loop: by_loop)
        position = positions(network, route, chiplets == 25)
        load = placed.placed_summary(network.take(rows), route, position)
        found.append((position, *(getattr(load, name) for name in LoadSummary.__dataclass_fields__)))
    for by_loop, by_array in zip(*found, strict=True):
        assert_array_equal(by_loop, by_array)


def test_effort_is_bounded(monkeypatch):
    """Beyond the bound a package has the better of the orders there are, as streamed weights have."""
    route = flows((0, 3, 1), (3, 1, 1), (1, 2, 1))
    assert positions(package(MESH, 4), route, np.array([True]))[0].tolist() == [0, 1, 3, 2]
    monkeypatch.setattr(placement, "MOST_LOOKS", 4 * 4 * 6 - 1)  # a pass of each search, 4 chiplets, 6 partners
    assert positions(package(MESH, 4), route, np.array([False]))[0].tolist() == [0, 1, 3, 2]
    monkeypatch.setattr(placement, "MOST_LOOKS", 4 * 4 * 6)
    assert positions(package(MESH, 4), route, np.array([False]))[0].tolist() == [0, 3, 1, 2]


@pytest.mark.parametrize("name", ["resnet20", "vgg8", "densenet40", "deit_t"])
def test_never_more_bits_times_hops_than_in_order(name):
    axes = {"nop_topology": ["mesh", "torus", "ring", "hub"], "adc_bits": [4, 8], "duplication": ["serial", "pipeline"],
            "spare_chiplets": [0, 3]}  # fmt: skip
    rows = [sd.evaluate(name, sd.Designs.grid(nop_placement=p, **axes, **DIES))["nop_energy_mj"] for p in IN_ORDER]
    assert (rows[2] <= np.minimum(rows[0], rows[1]) * (1 + 1e-7)).all()
    assert (rows[2] < 0.99 * np.minimum(rows[0], rows[1])).any()


def test_two_kinds_streamed_and_custom_chiplets_are_never_beyond_those_in_order():
    for other in ({"kind_b": True, "kind_b_crossbar_size": 32, "kind_b_adc_bits": 4, "kind_b_tiles_per_chiplet": 2},
                  {"n_chiplets": 5, "weights": "streamed"}, {"chiplet_style": "custom"}):  # fmt: skip
        rows = [sd.evaluate(RESNET20, sd.Designs.grid(nop_placement=p, **{**DIES, **other})) for p in IN_ORDER]
        energy = [row.column("nop_energy_mj")[0] for row in rows]
        assert energy[2] <= min(energy[:2]) * (1 + 1e-7)


def test_a_hub_has_one_placement():
    found = sd.evaluate(RESNET20, sd.Designs.grid(nop_topology="hub", nop_placement=IN_ORDER, **DIES)).to_frame()
    for column in found.columns.drop("nop_placement"):
        assert found[column].nunique(dropna=False) == 1, column


def test_designs_of_all_placements_together_are_those_alone():
    designs = sd.Designs.grid(nop_placement=IN_ORDER, adc_bits_first_last=[0, 8], adc_bits=[5, 7], **DIES)
    together = sd.evaluate(RESNET20, designs).columns(["latency_ms", "energy_mj", "temperature_max_c"])
    for i in range(len(designs)):
        alone = sd.evaluate(RESNET20, designs.take([i]))
        for name, values in together.items():
            assert alone.column(name)[0] == values[i]


def test_other_designs_share_loads_as_before():
    """Loads of chiplets in order do not depend on what widens values, so that fewer are worked out."""
    assert "activation_bits" not in plan().fields("nop_loads")
    assert "activation_bits" in plan(placed=True).fields("nop_loads")


def test_the_explanation_draws_the_chiplets():
    evaluation = sd.evaluate(RESNET20, sd.Designs.grid(nop_placement=["row_major", "optimised"], **DIES))
    assert "Chiplets as swaps" not in evaluation.explain(0)
    said = evaluation.explain(1)
    drawn = said[said.index("Chiplets as swaps") :].partition("\n")[0].rpartition(": ")[2].rstrip(".")
    n = int(evaluation.column("chiplets_used")[1])
    chiplets = [int(word) for word in drawn.replace("/", " ").replace("-", " ").split()]
    assert sorted(chiplets) == list(range(n))
    assert chiplets[0] == 0


def test_the_square_of_chiplets_with_weights_is_a_corner_of_the_field():
    """Seven dies in three columns; three of them on a square of two: 0, 2 and 1 at its places 0, 3 and 1."""
    found = places_in_field(np.array([[0, 1, 3], [0, 3, -1]]), np.array([2, 2]), 7)
    assert found.tolist() == [[0, 1, 4, 2, 3, 5, 6], [0, 4, 1, 2, 3, 5, 6]]


def test_the_replay_of_swapped_chiplets_is_near_the_closed_form():
    axes = {"tiles_per_chiplet": [2, 4, 9], "crossbar_size": [64, 128], "duplication": ["none", "serial"]}
    designs = sd.Designs.grid(nop_placement="optimised", **axes)
    fast, fluid = (sd.evaluate(RESNET20, designs, noc_model=m).column("nop_latency_ms") for m in ("fast", "fluid"))
    assert (fluid >= fast * (1 - 1e-12)).all()
    assert np.median(fluid / fast) < 1.05
    assert_allclose(fluid, fast, rtol=0.2)


def test_packages_too_large_for_swaps_stand_row_by_row():
    """Of 101,376 chiplets of a crossbar each, or 6,400 of 16, none is swapped; of 396 in the same batch some are."""
    designs = sd.Designs.grid(
        crossbar_rows=32, crossbar_cols=32, crossbars_per_tile=[1, 16], tiles_per_chiplet=[1, 16],
        nop_placement=["row_major", "optimised"],
    )  # fmt: skip
    found = sd.evaluate("vgg8", designs)
    rows, swapped = found["nop_energy_mj"].reshape(4, 2).T
    assert found["chiplets"].reshape(4, 2)[0].tolist() == [101_376, 101_376]
    assert_allclose(swapped[:3], rows[:3], rtol=1e-13)
    assert swapped[3] < 0.99 * rows[3]
