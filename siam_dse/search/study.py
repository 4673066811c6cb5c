"""MemoryStudy: an in-memory Optuna study that is asked for, and told, whole generations."""

from typing import Any

import numpy as np
import optuna
from optuna.trial import TrialState

from siam_dse.core.arrays import IntArray
from siam_dse.design.space import Axis
from siam_dse.search.genetic import GeneticStudy
from siam_dse.search.problem import Problem, Scores
from siam_dse.search.quiet import quiet
from siam_dse.search.samplers import NSGA2, make_sampler

_NAME = "search"


class MemoryStudy:
    """Study over the index of each axis' level, in memory.

    Axes of numbers are ordered integers to the sampler, choices are categories. Every generation is asked from a
    sampler seeded from (seed, trials done) and from nothing else: the trials told so far and :meth:`state` are all
    that a resumed run needs to go on exactly as an unbroken one. A sampler object draws as it is made to. The first
    trials are the designs ``given``, levels (n, A); the sampler learns from them as from its own.
    """

    def __init__(
        self,
        problem: Problem,
        sampler: str | optuna.samplers.BaseSampler,
        seed: int,
        population: int,
        given: IntArray | None = None,
    ) -> None:
        self.problem = problem
        self.given: IntArray = np.zeros((0, len(problem.space.axes)), dtype=np.int64) if given is None else given
        self.sampler = sampler
        self.seed = seed
        self.population = population
        self.distributions = {axis.name: _index_distribution(axis) for axis in problem.space.axes}
        self.storage = optuna.storages.InMemoryStorage()
        with quiet():
            self.study = optuna.create_study(
                study_name=_NAME,
                storage=self.storage,
                sampler=optuna.samplers.RandomSampler(seed=0),  # replaced before the first question
                directions=["minimize"] * len(problem.objective_names),
            )
        # Where Optuna itself keeps constraints, beside what the sampler notes.
        nothing = dict.fromkeys(problem.constraint_names, 0.0)
        self._constraint_keys = set(optuna.create_trial(value=0.0, constraints=nothing).system_attrs)
        self._asked: list[optuna.Trial] = []
        self.done = 0

    def ask(self, n: int) -> IntArray:
        """Levels (n, A) of the next n designs."""
        with quiet():
            if isinstance(self.sampler, str):
                self.study.sampler = make_sampler(self.sampler, self.seed, self.done, self.population)
            else:
                self.study.sampler = self.sampler
            for row in self.given[self.done : self.done + n]:
                self.study.enqueue_trial(dict(zip(self.distributions, row.tolist(), strict=True)))
            self._asked = [self.study.ask(self.distributions) for _ in range(n)]
        names = self.problem.space.axis_names
        return np.asarray([[trial.params[name] for name in names] for trial in self._asked], dtype=np.int64)

    def tell(self, scores: Scores) -> None:
        """Scores of the designs last asked for."""
        with quiet():
            for trial, objectives, slack in zip(self._asked, scores.objectives, scores.slack, strict=True):
                for name, value in zip(self.problem.constraint_names, slack, strict=True):
                    trial.set_constraint(name, float(value))
                self.study.tell(trial, [float(value) for value in objectives])
        self.done += len(self._asked)

    def attributes(self) -> list[dict[str, Any]]:
        """What the sampler noted on each trial last asked for."""
        return [
            {key: value for key, value in self.storage.get_trial_system_attrs(self._id(trial)).items()
             if key not in self._constraint_keys}
            for trial in self._asked
        ]  # fmt: skip

    def state(self) -> dict[str, Any]:
        """What the sampler noted on the study."""
        return dict(self.storage.get_study_system_attrs(self._study_id))

    def forget(self) -> None:
        """Leave the designs last asked for untold."""
        with quiet():
            for trial in self._asked:
                self.study.tell(trial, state=TrialState.FAIL)
        self._asked = []

    def restore(
        self, levels: IntArray, scores: Scores, attributes: list[dict[str, Any]], state: dict[str, Any]
    ) -> None:
        """Rebuild from stored trials, in their order, and the state stored with the last."""
        self.learn(levels, scores, attributes)
        for key, value in state.items():
            self.storage.set_study_system_attr(self._study_id, key, value)

    def learn(self, levels: IntArray, scores: Scores, attributes: list[dict[str, Any]]) -> None:
        """Take over further trials, whoever asked for them, with what their sampler noted on them."""
        names, constraints = self.problem.space.axis_names, self.problem.constraint_names
        with quiet():
            self.study.add_trials(
                [
                    optuna.create_trial(
                        params=dict(zip(names, (int(level) for level in row), strict=True)),
                        distributions=self.distributions,
                        values=[float(value) for value in objectives],
                        constraints=dict(zip(constraints, (float(value) for value in slack), strict=True)),
                        system_attrs=notes,
                    )
                    for row, objectives, slack, notes in zip(
                        levels, scores.objectives, scores.slack, attributes, strict=True
                    )
                ]
            )
        self.done += len(levels)

    @property
    def _study_id(self) -> int:
        return self.storage.get_study_id_from_name(_NAME)

    def _id(self, trial: optuna.Trial) -> int:
        return self.storage.get_trial_id_from_study_id_trial_number(self._study_id, trial.number)


def make_study(
    problem: Problem,
    sampler: str | optuna.samplers.BaseSampler,
    seed: int,
    population: int,
    given: IntArray | None = None,
) -> MemoryStudy | GeneticStudy:
    """What is asked for the generations of a sampler: NSGA-II is our own, the others are Optuna's."""
    if sampler == NSGA2:
        return GeneticStudy(problem, seed, population, given)
    return MemoryStudy(problem, sampler, seed, population, given)


def _index_distribution(axis: Axis) -> optuna.distributions.BaseDistribution:
    """Distribution of an axis' level index."""
    n = len(axis.levels)
    if axis.is_ordinal:
        return optuna.distributions.IntDistribution(0, n - 1)
    return optuna.distributions.CategoricalDistribution(range(n))
