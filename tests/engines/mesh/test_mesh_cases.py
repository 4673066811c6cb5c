"""Cases moved to a corner, told apart, and those that need a mesh."""

import numpy as np
import pytest
from mesh_cases import cases_of, random_cases
from numpy.testing import assert_array_equal

from siam_dse.engines.mesh.cases import RR_SHIFT
from siam_dse.engines.mesh.fluid import fluid_busy_cycles, fluid_makespan


def test_the_corner_by_hand():
    """Nodes 6, 9 and 10 of 4 columns are at (2, 1), (1, 2) and (2, 2): a box of 2 x 2 from (1, 1) on."""
    moved = cases_of([([9, 6], [10]), ([3], [3])], side=4).in_corner()
    assert moved.columns.tolist() == [2, 1]
    assert moved.rows.tolist() == [2, 1]
    assert moved.source.tolist() == [[2, 1], [0, -1]]
    assert moved.destination.tolist() == [[3], [0]]


@pytest.mark.parametrize("seed", range(3))
def test_figures_do_not_depend_on_where_on_the_mesh_a_case_is(seed):
    cases = random_cases(seed, 20, modes=(RR_SHIFT,))
    moved = cases.in_corner()
    assert moved.side_max() <= cases.side_max()
    assert_array_equal(fluid_makespan(moved)[0], fluid_makespan(cases)[0])
    ends, ratio = np.full(20, 4.0), np.linspace(0.5, 2, 20)
    assert_array_equal(fluid_busy_cycles(moved, ends, ratio), fluid_busy_cycles(cases, ends, ratio))


def test_cases_are_told_apart_by_all_that_counts():
    flows, ratio = [([0], [1]), ([2], [3]), ([0], [1]), ([0], [2])], np.array([1.0, 1, 2, 1])
    cases = cases_of(flows, packets=5, side=4).in_corner()
    once, gather = cases.distinct()
    assert (once.tolist(), gather.tolist()) == ([0, 3], [0, 0, 0, 1])
    once, gather = cases.distinct(ratio)
    assert (once.tolist(), gather.tolist()) == ([0, 2, 3], [0, 0, 1, 2])
    assert len(cases_of(flows[:2], packets=[5, 6], side=4).in_corner().distinct()[0]) == 2


def test_a_node_that_sends_to_itself_alone_needs_no_mesh():
    cases = cases_of([([5], [5]), ([5], [5, 6]), ([5, 6], [5]), ([5], [6]), ([5], [6])], packets=[1, 1, 1, 1, 0])
    assert cases.moves().tolist() == [False, True, True, True, False]
    assert_array_equal(cases.moves(), cases.sent().sum(axis=1) > 0)
