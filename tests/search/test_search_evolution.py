"""The sampler ours: never a design twice, whatever the space; alone under Optuna; better than chance."""

import numpy as np
import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from siam_dse.search.evolution import Seen, exchanges, first_generation, neighbours, next_generation
from siam_dse.search.front import hypervolume, nondominated, reference_point
from siam_dse.search.ours import OrdinalSampler
from siam_dse.search.quiet import quiet


@settings(max_examples=12)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=5), st.integers(1, 20), st.integers(0, 5))
@pytest.mark.slow
def test_every_design_comes_once_until_the_space_is_exhausted(radices, n, seed):
    radices = np.asarray(radices)
    ordered = np.arange(len(radices)) % 2 == 0
    size = int(np.prod(radices))
    rng = np.random.default_rng(seed)
    levels = first_generation(radices, min(n, size), seed)
    for _ in range(size):
        if len(levels) >= size:
            break
        objectives = np.stack([levels.sum(1), -levels[:, 0]], axis=1).astype(float)
        seen = Seen(levels, objectives, (levels[:, 0] > 1).astype(float))
        fresh = next_generation(seen, radices, ordered, n, rng)
        assert len(fresh) == min(n, size - len(levels))
        levels = np.concatenate([levels, fresh])
        assert len(np.unique(levels, axis=0)) == len(levels)
    assert len(levels) == size
    assert (levels >= 0).all()
    assert (levels < radices).all()


def test_neighbours_by_hand():
    """Ordered axis 0 of 3 levels at its end, unordered axis 1 of 3: one step back, or either other choice."""
    found = neighbours(np.asarray([[2, 1]]), np.asarray([3, 3]), np.asarray([True, False]))
    assert_array_equal(found, [[1, 1], [2, 2], [2, 0]])


def test_exchanges_by_hand():
    """Two ordered axes of 3 and 2 levels in a corner, an unordered one left alone: both up is the only way."""
    found = exchanges(np.asarray([[0, 0, 1]]), np.asarray([3, 2, 3]), np.asarray([True, True, False]))
    assert_array_equal(found, [[1, 1, 1]])
    assert len(exchanges(np.asarray([[1, 1, 1]]), np.asarray([3, 3, 3]), np.asarray([True, True, True]))) == 3 * 4


def concave(levels):
    """Two objectives whose front is a line through the middle of a 4-D grid of 12 levels an axis."""
    x = levels / 11
    spread = ((x[:, 1:] - x[:, :1]) ** 2).sum(1)
    return np.stack([x[:, 0] + spread, 1 - x[:, 0] ** 2 + spread], axis=1)


def test_finds_the_exact_front_with_a_fraction_of_the_evaluations():
    radices = np.full(4, 12)
    whole = concave(np.stack(np.unravel_index(np.arange(12**4), radices), axis=-1))
    exact = whole[nondominated(whole)]
    reference = reference_point(exact)
    levels = first_generation(radices, 50, 1)
    while len(levels) < 600:  # 3 % of 20,736
        seen = Seen(levels, concave(levels), np.zeros(len(levels)))
        rng = np.random.default_rng([1, len(levels)])
        levels = np.concatenate([levels, next_generation(seen, radices, np.ones(4, bool), 50, rng)])
    assert hypervolume(concave(levels), reference) > 0.99 * hypervolume(exact, reference)


def test_runs_under_optuna_alone_and_learns():
    space = {"a": IntDistribution(2, 20, step=2), "b": CategoricalDistribution(["p", "q", "r"])}
    with quiet():
        study = optuna.create_study(directions=["minimize", "maximize"], sampler=OrdinalSampler(space, 8, seed=4))

        def objective(trial):
            a, b = trial.suggest_int("a", 2, 20, step=2), trial.suggest_categorical("b", ["p", "q", "r"])
            trial.set_constraint("c", 1.0 if b == "r" else 0.0)
            return a, a * (2 if b == "q" else 1)

        study.optimize(objective, n_trials=30)
    seen = {(trial.params["a"], trial.params["b"]) for trial in study.trials}
    assert len(seen) == 30  # the whole space, each design once
    assert {trial.params["b"] for trial in study.best_trials} == {"q"}


def test_only_discrete_axes():
    with pytest.raises(TypeError, match="needs whole numbers or categories"):
        OrdinalSampler({"a": FloatDistribution(0, 1)})
