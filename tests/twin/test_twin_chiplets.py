"""Networks of chiplets against routing every packet and walking every link."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from twin.chiplets import all_to_all, neighbours, way

from siam_dse.engines.mesh.geometry import Nodes
from siam_dse.engines.nop.lines import ring_loads
from siam_dse.engines.nop.link_bits import link_bits
from siam_dse.engines.nop.links import phy_counts
from siam_dse.engines.nop.loads import route_loads
from siam_dse.engines.nop.network import Network
from siam_dse.engines.nop.placed import placed_summary
from siam_dse.engines.nop.ring import ring_of_runs
from siam_dse.engines.nop.routes import Route
from siam_dse.engines.nop.topologies import HUB, MESH, OPTIMISED, RING, ROW_MAJOR, SNAKE, TORUS, summary

TOPOLOGIES = (("mesh", MESH), ("torus", TORUS), ("ring", RING), ("hub", HUB))
PLACEMENTS = (("row_major", ROW_MAJOR), ("snake", SNAKE))


def random_runs(n, seed):
    """Sizes of packages, and two runs of chiplets of each: first, count, first, count."""
    draw = np.random.default_rng(seed)
    chiplets = draw.integers(1, 50, n)
    firsts = draw.integers(0, chiplets, (2, n))
    counts = draw.integers(1, chiplets - firsts + 1)
    return chiplets, (firsts[0], counts[0], firsts[1], counts[1])


@pytest.mark.parametrize(("topology", "code"), TOPOLOGIES)
@pytest.mark.parametrize(("placement", "order"), PLACEMENTS)
def test_loads_equal_those_of_every_packet(topology, code, placement, order):
    chiplets, (first, count, other_first, other_count) = random_runs(60, 4)
    side = np.ceil(np.sqrt(chiplets)).astype(np.int64)
    ends = Nodes(first, count), Nodes(other_first, other_count)
    each, volume = np.full(60, code), 3.0 * count * other_count
    found = summary(each, np.full(60, order), side, chiplets, ends, volume)
    for i in range(60):
        sources, destinations = (
            tuple(range(f, f + c)) for f, c in ((first[i], count[i]), (other_first[i], other_count[i]))
        )
        walked = all_to_all(topology, placement, int(side[i]), int(chiplets[i]), sources, destinations)
        assert found.max_link[i] == 3 * walked["busiest_link"]
        assert found.total_link[i] == 3 * walked["link_crossings"]
        assert found.hops_max[i] == walked["longest"]
        assert found.total[i] == 3 * walked["packets"]


@pytest.mark.parametrize(("topology", "code"), [one for one in TOPOLOGIES if one[0] != "hub"])
def test_loads_of_chiplets_anywhere_equal_those_of_every_packet(topology, code):
    chiplets, (first, count, other_first, other_count) = random_runs(60, 5)
    side = np.ceil(np.sqrt(chiplets)).astype(np.int64)
    route = routes_of(first, count, other_first, other_count, 3.0 * count * other_count)
    draw, position = np.random.default_rng(6), np.full((60, 49), -1)
    for i, n in enumerate(chiplets):
        places = n if topology == "ring" else side[i] ** 2
        position[i, :n] = draw.permutation(places)[:n]
    ratio = np.where(chiplets % 2, 3.0, 0.25) if topology in ("mesh", "torus") else np.ones(60)
    found = placed_summary(Network(np.full(60, code), np.full(60, OPTIMISED), side, chiplets, ratio), route, position)
    for i in range(60):
        sources, destinations = (
            tuple(range(f, f + c)) for f, c in ((first[i], count[i]), (other_first[i], other_count[i]))
        )
        places = tuple(position[i, : chiplets[i]].tolist())
        walked = all_to_all(topology, places, int(side[i]), int(chiplets[i]), sources, destinations, ratio[i])
        assert_allclose(found.max_link[i], 3 * walked["busiest_link"], rtol=1e-12)
        assert_allclose(found.total_link[i], 3 * walked["link_crossings"], rtol=1e-12)
        assert found.hops_max[i] == walked["longest"]
        assert found.total[i] == 3 * walked["packets"]


def routes_of(first, count, other_first, other_count, bits):
    n = len(first)
    whose = np.arange(n)
    return Route(whose, np.zeros(n, dtype=np.int64), first, count, other_first, other_count, bits, np.zeros(n) > 0)


@pytest.mark.parametrize("position", [None, np.array([[0, 5, 2, 7, 4, 1, 6, 3, 8]])])
@pytest.mark.parametrize(("topology", "code"), TOPOLOGIES)
def test_links_one_by_one_add_up_to_the_summary(topology, code, position):
    if topology == "hub" and position is not None:
        pytest.skip("all places around a hub are alike")
    first, count = np.array([0, 3, 2]), np.array([4, 5, 1])
    route = routes_of(first, count, count, first + 1, np.array([8.0, 5.0, 1.0]))
    one = Network(*(np.array([value]) for value in (code, SNAKE if position is None else OPTIMISED, 3, 9, 1.0)))
    three = one.take(np.zeros(3, dtype=np.int64))
    found, alone = link_bits(one, route, position), [link_bits(one, route.take([i]), position) for i in range(3)]
    if position is None:
        figures = route_loads(three, route)
    else:
        figures = placed_summary(three, route, np.repeat(position, 3, axis=0))
    assert_allclose(sum(link.onward + link.back for link in found), figures.total_link.sum(), rtol=1e-12)
    for i, own in enumerate(alone):
        assert_allclose(max(max(link.onward, link.back) for link in own), figures.max_link[i], rtol=1e-12)


def test_a_ring_of_four_is_counted_by_hand():
    """0 to all: 1 and, of two equal ways, 2 onward, 3 back: link 0-1 carries 2, link 1-2 one, link 0-3 one."""
    onward, back = ring_loads(np.array([1.0, 0, 0, 0]), np.ones(4))
    assert_array_equal(onward, [2, 1, 0, 0])
    assert_array_equal(back, [1, 0, 0, 0])


def test_rings_in_closed_form_equal_their_links():
    """Every pair of runs on rings of up to 9, and random ones on rings of up to 300."""
    runs = [(k, a, m, b, n) for k in range(1, 10) for a in range(k) for m in range(1, k - a + 1)
            for b in range(k) for n in range(1, k - b + 1)]  # fmt: skip
    draw = np.random.default_rng(6)
    size = draw.integers(10, 300, 300)
    a, b = draw.integers(0, size, (2, 300))
    m, n = draw.integers(1, size - a + 1), draw.integers(1, size - b + 1)
    k, a, m, b, n = np.concatenate([np.array(runs), np.stack([size, a, m, b, n], axis=1)]).T
    busiest, crossings = ring_of_runs(Nodes(a, m), Nodes(b, n), k)
    for i in range(len(k)):
        place = np.arange(k[i])
        source, destination = (
            (place >= first) & (place < first + count) for first, count in ((a[i], m[i]), (b[i], n[i]))
        )
        loads = np.array(ring_loads(source.astype(float), destination.astype(float)))
        assert (busiest[i], crossings[i]) == (loads.max(), loads.sum())


def test_the_shorter_way_round_is_taken():
    assert way("torus", "row_major", 4, 16, 0, 3) == [((0, 0), (3, 0))]
    assert way("ring", "row_major", 4, 10, 1, 8) == [(1, 0), (0, 9), (9, 8)]


@pytest.mark.parametrize(("name", "code"), TOPOLOGIES)
def test_phy_counts_equal_a_walk_over_neighbours(name, code):
    sizes = np.arange(1, 60)
    found = phy_counts(np.full(len(sizes), code), sizes)
    for n, in_use, on_dies, most in zip(sizes, found.in_use, found.on_dies, found.most, strict=True):
        degrees = [len(near) for near in neighbours(name, int(n), int(np.ceil(np.sqrt(n))))]
        degrees[0] += 1  # the host's port
        assert (on_dies, most) == (sum(degrees), max(degrees))
        assert in_use - on_dies == (n if name == "hub" and n > 1 else 0)
