"""Scale, volumes and gaps: hand counts, and figures that never fall."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.search.front import nondominated
from siam_dse.search.quality import RunVolume, Volume, dominated, scaled_volume, volume_share, worst_gap_pct
from siam_dse.search.scale import Scale, relative, thinned, view


def test_what_spans_a_decade_is_measured_in_logarithms():
    """From 1 to 100 in logarithms, 10 is half way; 1 to 9 and 0 to 50 are plain; what is constant is 0."""
    scale = Scale.of(np.asarray([[1.0, 1.0, 0.0, 7.0], [100.0, 9.0, 50.0, 7.0]]))
    assert_array_equal(scale.is_log, [True, False, False, False])
    assert_allclose(scale(np.asarray([[10.0, 5.0, 25.0, 7.0]])), [[0.5, 0.5, 0.5, 0.0]], rtol=1e-12, atol=0)
    assert_allclose(scale.value_at(0.5), [10.0, 5.0, 25.0, 10.5], rtol=1e-12, atol=0)
    below = scale(np.asarray([[0.0, 1.0, 0.0, 7.0]]))  # 0 counts as 1e-4 of the worst
    assert_allclose(below[0, 0], -1, rtol=1e-12, atol=0)


def test_relative_values_differ_by_percentages_and_below_a_hundredth_of_the_largest_by_their_difference():
    """Of a largest value of 200 the floor is 2: 150 to 200 is ln(4/3), 0.5 to 1 a quarter of it; signs are kept."""
    among = np.asarray([[200.0], [-3.0]])
    values = relative(np.asarray([[150.0], [200.0], [0.5], [1.0], [-200.0]]), among)[:, 0]
    assert_allclose(values[1] - values[0], np.log(4 / 3), rtol=1e-12, atol=0)
    assert_allclose(values[3] - values[2], 0.25, rtol=1e-12, atol=0)
    assert_allclose(values[4], -values[1], rtol=1e-12, atol=0)


def test_a_front_is_looked_at_from_best_to_worst_and_in_percentages_by_turns():
    front = np.asarray([[100.0, 9.0], [200.0, 6.0]])
    assert_array_equal(view(front, 0), [[0.0, 1.0], [1.0, 0.0]])
    assert_allclose(view(front, 1), [[0.0, np.log(1.5)], [np.log(2), 0.0]], rtol=1e-12, atol=0)
    assert view(front[:0], 1).shape == (0, 2)


def test_the_volume_of_a_staircase():
    """(0, 1), (0.5, 0.5), (1, 0) up to (1.1, 1.1): strips 0.5 x 0.1 + 0.5 x 0.6 + 0.1 x 1.1 = 0.46."""
    front = np.asarray([[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]])
    assert_allclose(scaled_volume(front), 0.46, rtol=1e-12, atol=0)
    assert_allclose(scaled_volume(front[:, :1]), 1.1, rtol=1e-12, atol=0)
    assert scaled_volume(front + 2) == 0
    assert_allclose(volume_share(front[[0, 2]], front), (0.1 + 0.11) / 0.46, rtol=1e-12, atol=0)


@pytest.mark.parametrize("n_objectives", [2, 4, 6])
def test_dominated_points_equal_the_definition(n_objectives):
    rng = np.random.default_rng(n_objectives)
    front, points = rng.integers(0, 6, (150, n_objectives)) / 5, rng.integers(0, 6, (300, n_objectives)) / 5
    slow = [any((row <= point).all() for row in front) for point in points]
    assert_array_equal(dominated(points, front), slow)
    assert not dominated(points, front[:0]).any()


def sphere(n, n_objectives):
    drawn = np.abs(np.random.default_rng(3).normal(size=(n, n_objectives)))
    return 1 - drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def test_a_sampled_volume_is_near_the_exact_one():
    """2^14 points; the standard error of a share p is sqrt(p (1 - p) / 2^14), at most 0.4 %."""
    front = sphere(400, 4)
    exact = scaled_volume(Scale.of(front)(front)) / 1.6**4
    assert_allclose(Volume(Scale.of(front)).grown(front, front), exact, rtol=0, atol=3 * (exact / 2**14) ** 0.5)


@pytest.mark.parametrize("n_objectives", [2, 3, 5])
def test_a_volume_never_falls_and_does_not_depend_on_the_pieces(n_objectives):
    designs = np.random.default_rng(0).lognormal(sigma=2, size=(600, n_objectives))
    volume, front, values = RunVolume(n_objectives), designs[:0], []
    for start in range(0, 600, 20):
        part = designs[start : start + 20]
        keep = nondominated(np.concatenate([front, part]))
        joined = part[keep[len(front) :]]
        front = np.concatenate([front, part])[keep]
        values.append(volume.grown(part, front, joined))
        if start == 300:
            again = RunVolume(n_objectives)
            again.restore(volume.state())
            volume = again
    assert values[0] == 0 < values[1]  # 32 feasible designs fix the reference
    assert (np.diff(values) >= 0).all()
    once = Volume(volume.fixed.scale)
    assert_allclose(once.grown(front, front), values[-1], rtol=1e-12, atol=0)


def test_the_worst_gap_by_hand():
    """(2, 2) is beaten by (1, 1.9) twice over; a found (1, 2) falls short of it by 2 / 1.9."""
    exact = np.asarray([[1.0, 1.9]])
    assert_allclose(worst_gap_pct(np.asarray([[2.0, 2.0]]), exact), 100, rtol=1e-12, atol=0)
    assert_allclose(worst_gap_pct(np.asarray([[2.0, 2.0], [1.0, 2.0]]), exact), 100 * (2 / 1.9 - 1), rtol=1e-9, atol=0)
    assert worst_gap_pct(exact, exact) == 0
    assert worst_gap_pct(exact[:0], exact) == np.inf
    # -20 is worse than the maximised 25 by a quarter
    assert_allclose(worst_gap_pct(np.asarray([[-20.0]]), np.asarray([[-25.0]])), 25, rtol=1e-9, atol=0)
    # 0.001 in place of 0.0005, of a front whose largest value is 10, is 0.005 of a hundredth of it
    small = worst_gap_pct(np.asarray([[0.001, 1.0], [10.0, 0.5]]), np.asarray([[0.0005, 1.0], [10.0, 0.5]]))
    assert_allclose(small, 100 * np.expm1(0.005), rtol=1e-9, atol=0)


def test_a_thinned_front_keeps_its_extremes_and_is_spread():
    front = sphere(5000, 3)
    rows = thinned(front, 300)
    assert 150 < len(rows) <= 303
    assert set(front.argmin(axis=0)) <= set(rows)
    assert_array_equal(thinned(front, 5000), np.arange(5000))
    nearest = [np.abs(front[rows] - point).max(axis=1).min() for point in front[::50]]
    assert max(nearest) < 0.12
