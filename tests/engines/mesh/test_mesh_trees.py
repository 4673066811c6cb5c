"""Multicast trees: every packet routed along the union of its paths, by arrays and by loops."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from siam_dse.engines.mesh import trees
from siam_dse.engines.mesh.geometry import Geometry, Nodes
from siam_dse.engines.mesh.trees import Groups, tree_summary
from siam_dse.engines.mesh.unit_loads import unit_loads


def random_runs(rng, nodes):
    first = (rng.random(len(nodes)) * nodes).astype(np.int64)
    return Nodes(first, 1 + (rng.random(len(nodes)) * (nodes - first)).astype(np.int64))


def random_trees(n, seed):
    rng = np.random.default_rng(seed)
    columns, rows = rng.integers(1, 9, n), rng.integers(1, 9, n)
    source, destination = random_runs(rng, columns * rows), random_runs(rng, columns * rows)
    is_ring = rng.random(n) < 0.3
    source = Nodes(np.where(is_ring, 0, source.first), np.where(is_ring, 0, source.count))
    stride = np.where(rng.random(n) < 0.5, 0, rng.integers(1, 5, n))
    return Geometry(columns, rows, source, destination), Groups(rng.integers(1, 6, n), stride)


def way(source, destination, columns):
    """Links from one node to another: along the row, then along the column."""
    x, y, goal_x, goal_y = source % columns, source // columns, destination % columns, destination // columns
    nodes = [(at, y) for at in range(x, goal_x, 1 if goal_x > x else -1)]
    nodes += [(goal_x, at) for at in range(y, goal_y, 1 if goal_y > y else -1)]
    nodes.append((goal_x, goal_y))
    return set(pairwise(nodes))


def routed(where, groups, i):
    """Flits of each link, and groups."""
    columns, rows = int(where.columns[i]), int(where.rows[i])
    sources = range(where.source.first[i], where.source.first[i] + where.source.count[i])
    if where.source.count[i] == 0:
        nodes = range(columns * rows)
        sources = [k for k in nodes if k % columns in (0, columns - 1) or k // columns in (0, rows - 1)]
    members = {}
    size, stride = int(groups.size[i]), int(groups.stride[i])
    for place in range(where.destination.count[i]):
        name = (place // (size * stride), place % stride) if stride else place // size
        members.setdefault(name, []).append(where.destination.first[i] + place)
    links = Counter()
    for source in sources:
        for nodes in members.values():
            links.update(set().union(*(way(source, node, columns) for node in nodes)))
    return links, len(members), len(sources)


def test_loads_are_those_of_every_packet_routed_along_its_tree():
    where, groups = random_trees(300, seed=1)
    unit, row = unit_loads(where)
    load = tree_summary(unit.take(row), where, groups)
    for i in range(len(where)):
        links, n_groups, n_sources = routed(where, groups, i)
        assert load.max_link[i] == max(links.values(), default=0)
        assert load.total_link[i] == sum(links.values())
        assert (load.max_injection[i], load.total[i]) == (n_groups, n_groups * n_sources)
        assert load.max_ejection[i] == n_sources  # each node takes a flit of each source, as before


def test_a_node_a_group_is_an_all_to_all():
    where, _ = random_trees(300, seed=2)
    one = np.ones(len(where), dtype=np.int64)
    unit, row = unit_loads(where)
    alone = unit.take(row)
    trees_of_one = tree_summary(alone, where, Groups(one, 0 * one))
    for name, values in vars(alone).items():
        assert_array_equal(getattr(trees_of_one, name), values, err_msg=name)


def test_a_row_is_driven_once():
    # 0 - 1 - 2 - 3: node 0 sends to the other three: 3 + 2 + 1 packets cross links, three of them the first; a tree 1
    source, destination = Nodes(np.array([0]), np.array([1])), Nodes(np.array([1]), np.array([3]))
    where = Geometry(np.array([4]), np.array([1]), source, destination)
    unit, row = unit_loads(where)
    assert (unit.max_link[row[0]], unit.total_link[row[0]]) == (3, 6)
    tree = tree_summary(unit.take(row), where, Groups(np.array([3]), np.array([0])))
    assert (tree.max_link[0], tree.total_link[0], tree.max_injection[0]) == (1, 3, 1)


def test_loops_find_the_same_as_arrays():
    pytest.importorskip("numba")
    where, groups = random_trees(1000, seed=3)
    for by_arrays, by_loops in zip(trees._links(where, groups), trees._looped(where, groups), strict=True):
        assert_array_equal(by_arrays, by_loops)
