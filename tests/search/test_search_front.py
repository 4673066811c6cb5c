"""Fronts, knee: hand counts, and slow twins on random points."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_array_equal

from siam_dse.search.front import Archive, knee, nondominated

POINTS = arrays(np.float64, st.tuples(st.integers(1, 25), st.integers(1, 4)), elements=st.integers(0, 5).map(float))


def slow_front(objectives):
    """A row stays if no other is at least as good everywhere and better somewhere, nor an equal one before it."""
    keep = []
    for i, row in enumerate(objectives):
        beaten = any((other <= row).all() and (other < row).any() for other in objectives)
        keep.append(not beaten and not any((other == row).all() for other in objectives[:i]))
    return np.asarray(keep)


@settings(max_examples=60)
@given(POINTS)
@pytest.mark.slow
def test_nondominated_equals_its_definition(objectives):
    assert_array_equal(nondominated(objectives), slow_front(objectives))


@settings(max_examples=60)
@given(POINTS, st.integers(1, 7))
@pytest.mark.slow
def test_an_archive_fed_in_pieces_has_the_front_of_all(objectives, size):
    archive = Archive(1, objectives.shape[1])
    keys = np.arange(len(objectives))[:, None]
    for start in range(0, len(objectives), size):
        archive.add(keys[start : start + size], objectives[start : start + size])
    assert_array_equal(archive.keys[:, 0], np.flatnonzero(slow_front(objectives)))
    assert_array_equal(archive.objectives, objectives[archive.keys[:, 0]])


def test_the_archive_says_how_many_joined():
    archive = Archive(1, 2)
    assert archive.add(np.asarray([[0], [1]]), np.asarray([[1.0, 3.0], [3.0, 1.0]])) == 2
    assert archive.add(np.asarray([[2], [3], [4]]), np.asarray([[2.0, 2.0], [4.0, 4.0], [2.0, 2.0]])) == 1
    assert archive.add(np.zeros((0, 1), dtype=int), np.zeros((0, 2))) == 0
    assert_array_equal(archive.keys[:, 0], [0, 1, 2])


def test_the_knee_is_nearest_to_the_ideal_when_each_objective_is_scaled():
    """Scaled by extents 10 and 1000: (0, 1), (0.2, 0.3), (1, 0); the middle one is nearest to (0, 0)."""
    assert knee(np.asarray([[0.0, 1000.0], [2.0, 300.0], [10.0, 0.0]])) == 1
    assert knee(np.asarray([[5.0, 5.0]])) == 0
    assert knee(np.asarray([[0.0, 7.0], [1.0, 7.0]])) == 0
