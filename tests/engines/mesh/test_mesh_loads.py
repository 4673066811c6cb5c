"""Loads against a slow twin that routes every packet, and the O(k) maxima against the full arrays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.engines.mesh.distance import nearest_other
from siam_dse.engines.mesh.footprint import all_to_all_summary, perimeters, runs
from siam_dse.engines.mesh.loads import all_to_all_loads, perimeter, place_block


def route(sources, destinations, per_pair, shape, exclude_self):
    """Every packet walked link by link; sources and destinations as (x, y) -> weight."""
    loads = {name: np.zeros(shape) for name in ("east", "west", "south", "north", "injection", "ejection")}
    hops = []
    for (sx, sy), weight in sources.items():
        for (dx, dy), share in destinations.items():
            if exclude_self and (sx, sy) == (dx, dy):
                continue
            volume = per_pair * weight * share
            x, y = sx, sy
            loads["injection"][y, x] += volume
            n = 0
            while x != dx:
                loads["east" if dx > x else "west"][y, x] += volume
                x += 1 if dx > x else -1
                n += 1
            while y != dy:
                loads["south" if dy > y else "north"][y, x] += volume
                y += 1 if dy > y else -1
                n += 1
            loads["ejection"][y, x] += volume
            hops.append(n)
    return loads, hops


def points(occupancy):
    return {(int(x), int(y)): occupancy[y, x] for y, x in zip(*np.nonzero(occupancy), strict=True)}


@st.composite
def meshes(draw):
    rows, cols = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    sets = []
    for _ in range(2):
        if draw(st.booleans()) and rows * cols > 1:
            first = draw(st.integers(0, rows * cols - 1))
            sets.append((first, draw(st.integers(1, rows * cols - first))))
        else:
            sets.append(None)  # the perimeter
    return rows, cols, sets, draw(st.booleans()), draw(st.integers(1, 9)), draw(st.integers(0, 3))


def occupancy(block, rows, cols, side_max):
    if block is None:
        return perimeter(np.array([rows]), np.array([cols]), side_max)
    return place_block(np.array([block[0]]), np.array([block[1]]), np.array([cols]), side_max)


def footprint(block, rows, cols):
    if block is None:
        return perimeters(np.array([rows]), np.array([cols]))
    return runs(np.array([block[0]]), np.array([block[1]]), np.array([cols]))


@settings(max_examples=200, deadline=None)
@given(meshes())
def test_loads_equal_routing_every_packet(case):
    rows, cols, (one, other), exclude_self, per_pair, padding = case
    side_max = max(rows, cols) + padding
    source, destination = (occupancy(block, rows, cols, side_max) for block in (one, other))
    loads = all_to_all_loads(source, destination, np.array([per_pair]), exclude_self)
    twin, hops = route(points(source[0]), points(destination[0]), per_pair, source.shape[1:], exclude_self)
    for name, expected in twin.items():
        assert_array_equal(getattr(loads, name)[0], expected, err_msg=name)
    # every packet that enters leaves; link crossings are packets x hops
    assert_allclose(loads.ejection.sum(), loads.injection.sum(), rtol=0, atol=0)
    assert_allclose(loads.total_link()[0], per_pair * sum(hops), rtol=0, atol=0)


@settings(max_examples=300, deadline=None)
@given(meshes())
@pytest.mark.slow
def test_footprint_maxima_equal_the_full_arrays(case):
    rows, cols, (one, other), *_ = case
    source, destination = (occupancy(block, rows, cols, max(rows, cols)) for block in (one, other))
    full = all_to_all_loads(source, destination, np.ones(1))
    quick = all_to_all_summary(footprint(one, rows, cols), footprint(other, rows, cols))
    for name in ("max_link", "max_injection", "max_ejection", "total_link", "total"):
        assert_array_equal(getattr(quick, name), getattr(full, name)(), err_msg=name)
    assert (quick.n_sources[0], quick.n_destinations[0]) == (source.sum(), destination.sum())
    _, hops = route(points(source[0]), points(destination[0]), 1, source.shape[1:], exclude_self=False)
    assert (quick.hops_min[0], quick.hops_max[0]) == (min(hops), max(hops))


def test_footprint_maxima_of_wide_meshes_equal_the_full_arrays():
    rng = np.random.default_rng(5)
    n, side = 300, 40
    columns, rows = rng.integers(15, side + 1, (2, n))
    ends, full = [], []
    for _ in range(2):
        first = rng.integers(0, columns * rows)
        count = rng.integers(1, columns * rows - first + 1)
        ends.append(runs(first, count, columns))
        full.append(place_block(first, count, columns, side))
    quick, loads = all_to_all_summary(*ends), all_to_all_loads(*full, np.ones(n))
    for name in ("max_link", "total_link", "total"):
        assert_array_equal(getattr(quick, name), getattr(loads, name)(), err_msg=name)


def test_hand_count_two_rows():
    # 3 columns; sources are nodes 0, 1, 2 (row 0), destinations 3, 4, 5 (row 1), 10 bits a pair.
    # East 0->1: 1 source behind x 2 destinations ahead = 2 pairs; 1->2: 2 x 1 = 2. West alike.
    # South of each column: 3 sources x 1 destination = 3 pairs.
    loads = all_to_all_loads(
        place_block(np.array([0]), np.array([3]), np.array([3]), 3),
        place_block(np.array([3]), np.array([3]), np.array([3]), 3),
        np.array([10.0]),
    )
    assert_array_equal(loads.east[0, 0], [20, 20, 0])
    assert_array_equal(loads.west[0, 0], [0, 20, 20])
    assert_array_equal(loads.south[0, 0], [30, 30, 30])
    assert loads.north.sum() == 0
    # hops: 3 pairs straight down (1), 4 pairs one column off (2), 2 pairs two columns off (3): 17
    assert loads.total_link()[0] == 170


def test_flows_add():
    source = place_block(np.array([0, 2]), np.array([2, 3]), np.array([3, 3]), 4)
    destination = place_block(np.array([4, 6]), np.array([3, 2]), np.array([3, 3]), 4)
    one = all_to_all_loads(source, destination, np.array([1.0, 2.0]))
    other = all_to_all_loads(destination, source, np.array([5.0, 3.0]))
    both = one + other
    assert_array_equal(both.east, one.east + other.east)
    assert_array_equal(both.total_link(), one.total_link() + other.total_link())
    assert both.links().shape == (2, 4, 4, 4)


def test_weights_scale_as_packets():
    # a source of weight 3 equals three sources at the same place
    source = np.array([[[3.0, 0, 0]]])
    destination = np.array([[[0, 0, 2.0]]])
    loads = all_to_all_loads(source, destination, np.array([7.0]))
    assert_array_equal(loads.east[0, 0], [42, 42, 0])


def test_the_nearest_other_node_by_manhattan_distance():
    occupied = np.zeros((1, 4, 5))
    occupied[0, 1, 1] = occupied[0, 3, 4] = 1
    y, x = np.mgrid[:4, :5]
    expected = np.minimum(abs(y - 1) + abs(x - 1), abs(y - 3) + abs(x - 4))
    others = np.where((y == 1) & (x == 1), 5, np.where((y == 3) & (x == 4), 5, expected))
    assert_array_equal(nearest_other(occupied)[0], others)
    assert np.isinf(nearest_other(np.zeros((1, 2, 2)))).all()


def test_batch_equals_one_at_a_time():
    rng = np.random.default_rng(1)
    side = rng.integers(1, 9, 50)
    first, second = (rng.integers(0, side**2) for _ in range(2))
    count, other = (rng.integers(1, side**2 - start + 1) for start in (first, second))
    batch = all_to_all_summary(runs(first, count, side), runs(second, other, side))
    for i in (0, 17, 49):
        j = slice(i, i + 1)
        alone = all_to_all_summary(runs(first[j], count[j], side[j]), runs(second[j], other[j], side[j]))
        for name in ("max_link", "total_link", "hops_max"):
            assert_array_equal(getattr(alone, name), getattr(batch, name)[j])
