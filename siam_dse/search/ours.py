"""OrdinalSampler: the evolution of :mod:`siam_dse.search.evolution` as an Optuna sampler."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from siam_dse.core.arrays import IntArray
from siam_dse.search.evolution import Seen, first_generation, next_generation


class OrdinalSampler(optuna.samplers.BaseSampler):
    """Multi-objective sampler for axes of ordered levels that never proposes a design twice.

    It proposes whole generations, so it can be asked for one trial after another (``study.optimize``) or for many at
    once (``study.ask``). A generation depends on the complete trials and the seed only.

    Parameters
    ----------
    distributions : name -> IntDistribution or CategoricalDistribution
        The whole search space; categories count as unordered.
    population_size : int
        Proposals a generation.
    seed : int
    """

    def __init__(self, distributions: Mapping[str, BaseDistribution], population_size: int = 50, seed: int = 0) -> None:
        for name, distribution in distributions.items():
            if not isinstance(distribution, IntDistribution | CategoricalDistribution):
                message = f"{name}: OrdinalSampler needs whole numbers or categories, got {distribution}"
                raise TypeError(message)
        self._distributions = dict(distributions)
        self._radices = np.asarray([_radix(distribution) for distribution in distributions.values()])
        self._is_ordered = np.asarray([isinstance(d, IntDistribution) for d in distributions.values()])
        self._population = population_size
        self._seed = seed
        self._queue: list[IntArray] = []
        self._rows: list[list[int]] = []
        self._values: list[list[float]] = []
        self._violations: list[float] = []
        self._known: set[int] = set()  # numbers of the trials taken over
        self._promised: set[bytes] = set()  # designs handed out
        self._independent = optuna.samplers.RandomSampler(seed=seed)

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """The whole search space."""
        return self._distributions

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """The next design of the generation."""
        if not self._queue:
            self._queue = list(self._generation(study))
        levels = self._queue.pop(0)
        self._promised.add(levels.tobytes())
        return {
            name: _value(distribution, int(level))
            for (name, distribution), level in zip(self._distributions.items(), levels, strict=True)
        }

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """A parameter outside the search space: drawn at random."""
        return self._independent.sample_independent(study, trial, param_name, param_distribution)

    def reseed_rng(self) -> None:
        """Give a copy for another worker a stream of its own."""
        self._seed = int(np.random.SeedSequence().generate_state(1)[0])

    def _generation(self, study: optuna.Study) -> IntArray:
        """Designs of the next generation, (population, A)."""
        self._take_over(study)
        n = len(self._rows)
        if not n:
            return first_generation(self._radices, self._population, self._seed)
        seen = Seen(np.asarray(self._rows), np.asarray(self._values), np.asarray(self._violations))
        rng = np.random.default_rng([self._seed, n])
        levels = next_generation(seen, self._radices, self._is_ordered, self._population, rng)
        fresh = [row for row in levels if row.tobytes() not in self._promised]
        if fresh:
            return np.stack(fresh)
        return rng.integers(0, self._radices, size=(1, len(self._radices)))  # exhausted: a design again

    def _take_over(self, study: optuna.Study) -> None:
        """Read the complete trials not read before."""
        signs = [1.0 if way == StudyDirection.MINIMIZE else -1.0 for way in study.directions]
        for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
            if trial.number in self._known or not all(name in trial.params for name in self._distributions):
                continue
            self._known.add(trial.number)
            self._rows.append([_level(d, trial.params[name]) for name, d in self._distributions.items()])
            self._values.append([sign * value for sign, value in zip(signs, trial.values, strict=True)])
            self._violations.append(sum(value for value in trial.constraints.values() if value > 0))


def _radix(distribution: BaseDistribution) -> int:
    """Number of levels."""
    if isinstance(distribution, IntDistribution):
        return (distribution.high - distribution.low) // distribution.step + 1
    assert isinstance(distribution, CategoricalDistribution)
    return len(distribution.choices)


def _value(distribution: BaseDistribution, level: int) -> Any:
    """Parameter value of a level."""
    if isinstance(distribution, IntDistribution):
        return distribution.low + level * distribution.step
    assert isinstance(distribution, CategoricalDistribution)
    return distribution.choices[level]


def _level(distribution: BaseDistribution, value: Any) -> int:
    """Level of a parameter value."""
    if isinstance(distribution, IntDistribution):
        return (int(value) - distribution.low) // distribution.step
    assert isinstance(distribution, CategoricalDistribution)
    return distribution.choices.index(value)
