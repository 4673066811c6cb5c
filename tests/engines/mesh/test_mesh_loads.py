"""Loads against a slow twin that routes every packet, and the O(k) maxima against the full arrays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.engines.mesh.distance import nearest, nearest_other
from siam_dse.engines.mesh.footprint import (
    all_to_all_summary,
    block_footprint,
    block_loads_max,
    perimeter_footprint,
)
from siam_dse.engines.mesh.loads import all_to_all_loads, hops_range, perimeter, place_block


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
    return rows, cols, sets, draw(st.booleans()), draw(st.booleans()), draw(st.integers(1, 9)), draw(st.integers(0, 3))


def occupancy(block, rows, cols, side_max, snake):
    if block is None:
        return perimeter(np.array([rows]), np.array([cols]), side_max)
    return place_block(np.array([block[0]]), np.array([block[1]]), np.array([cols]), side_max, snake)


def footprint(block, rows, cols, side_max, snake):
    if block is None:
        return perimeter_footprint(np.array([rows]), np.array([cols]), side_max)
    return block_footprint(np.array([block[0]]), np.array([block[1]]), np.array([cols]), side_max, snake)


@settings(max_examples=200, deadline=None)
@given(meshes())
def test_loads_equal_routing_every_packet(case):
    rows, cols, (one, other), snake, exclude_self, per_pair, padding = case
    side_max = max(rows, cols) + padding
    source, destination = (occupancy(block, rows, cols, side_max, snake) for block in (one, other))
    loads = all_to_all_loads(source, destination, np.array([per_pair]), exclude_self)
    twin, hops = route(points(source[0]), points(destination[0]), per_pair, source.shape[1:], exclude_self)
    for name, expected in twin.items():
        assert_array_equal(getattr(loads, name)[0], expected, err_msg=name)
    # every packet that enters leaves; link crossings are packets x hops
    assert_allclose(loads.ejection.sum(), loads.injection.sum(), rtol=0, atol=0)
    assert_allclose(loads.total_link()[0], per_pair * sum(hops), rtol=0, atol=0)
    if hops:
        assert_allclose(loads.hops_mean()[0], np.mean(hops), rtol=1e-13, atol=0)
        fewest, most = hops_range(source, destination)
        assert most[0] == max(hops)
        if not exclude_self:
            assert fewest[0] == min(hops)


@settings(max_examples=200, deadline=None)
@given(meshes())
def test_footprint_maxima_equal_the_full_arrays(case):
    rows, cols, (one, other), snake, exclude_self, per_pair, padding = case
    side_max = max(rows, cols) + padding
    source, destination = (occupancy(block, rows, cols, side_max, snake) for block in (one, other))
    full = all_to_all_loads(source, destination, np.array([per_pair]), exclude_self)
    quick = all_to_all_summary(
        footprint(one, rows, cols, side_max, snake),
        footprint(other, rows, cols, side_max, snake),
        np.array([per_pair]),
        exclude_self,
    )
    assert_array_equal(quick.max_link, full.max_link())
    assert_array_equal(quick.max_injection, full.max_injection())
    assert_array_equal(quick.max_ejection, full.max_ejection())
    assert_array_equal(quick.total_link, full.total_link())
    assert_array_equal(quick.total, full.total())
    assert_array_equal(quick.hops_mean, full.hops_mean())
    if quick.total[0] > 0:
        fewest, most = hops_range(source, destination)
        assert_array_equal(quick.hops_max, most)
        if not exclude_self:
            assert_array_equal(quick.hops_min, fewest)


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


def test_nearest_is_the_manhattan_distance():
    occupied = np.zeros((1, 4, 5))
    occupied[0, 1, 1] = occupied[0, 3, 4] = 1
    y, x = np.mgrid[:4, :5]
    expected = np.minimum(abs(y - 1) + abs(x - 1), abs(y - 3) + abs(x - 4))
    assert_array_equal(nearest(occupied)[0], expected)
    assert np.isinf(nearest(np.zeros((1, 2, 2)))).all()
    others = np.where((y == 1) & (x == 1), 5, np.where((y == 3) & (x == 4), 5, expected))
    assert_array_equal(nearest_other(occupied)[0], others)


@pytest.mark.parametrize("count", [0, 1])
def test_empty_and_single_sets_send_nothing_to_themselves(count):
    n = np.array([count])
    summary = block_loads_max(n * 0, n, n * 0, n, np.array([3]), 3, np.array([4.0]), exclude_self=True)
    for name in ("max_link", "max_injection", "max_ejection", "total_link", "total", "hops_min", "hops_max"):
        assert getattr(summary, name)[0] == 0


def test_batch_equals_one_at_a_time():
    rng = np.random.default_rng(1)
    side = rng.integers(1, 9, 50)
    first, second = (rng.integers(0, side**2) for _ in range(2))
    count, other = (rng.integers(1, side**2 - start + 1) for start in (first, second))
    per_pair = rng.uniform(1, 100, 50)
    batch = block_loads_max(first, count, second, other, side, 10, per_pair)
    for i in (0, 17, 49):
        j = slice(i, i + 1)
        alone = block_loads_max(first[j], count[j], second[j], other[j], side[j], 8, per_pair[j])
        assert_allclose(alone.max_link, batch.max_link[j], rtol=1e-15, atol=0)
        assert_allclose(alone.total_link, batch.total_link[j], rtol=1e-13, atol=0)
