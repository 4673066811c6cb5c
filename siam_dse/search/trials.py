"""Trials of an Optuna study read back as designs: levels, what the sampler noted, and figures that must be today's."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import optuna
from optuna.trial import FrozenTrial

from siam_dse.core.arrays import FloatArray, IntArray, chunks
from siam_dse.core.errors import RunError
from siam_dse.design.space import SearchSpace
from siam_dse.search.problem import Problem, Scores

NOTES_KEY = "sampler_notes"  # user attribute of a trial: what its sampler noted on it, in JSON
_RTOL = 1e-9  # figures of a trial evaluated anew
_BATCH = 8192


def levels_of_trials(space: SearchSpace, trials: Sequence[FrozenTrial]) -> IntArray:
    """Levels (n, A) of trials.

    Raises
    ------
    RunError
        A parameter is missing, or has a value that its axis does not offer.
    """
    number: list[dict[Any, int]] = [{value: i for i, value in enumerate(axis.levels)} for axis in space.axes]
    try:
        rows = [[of[trial.params[axis.name]] for of, axis in zip(number, space.axes, strict=True)] for trial in trials]
    except KeyError as error:
        raise RunError(f"the study has trials with {error}, which its space does not offer") from None
    return np.asarray(rows, dtype=np.int64).reshape(len(trials), len(space.axes))


def scores_of_trials(problem: Problem, trials: Sequence[FrozenTrial]) -> Scores:
    """Scores of complete trials, which store of their constraints those that are violated."""
    n, names = len(trials), problem.constraint_names
    keys = constraint_keys(names)
    values = [trial.values for trial in trials]
    slack = [[trial.system_attrs.get(key, 0.0) for key in keys] for trial in trials]
    return Scores(
        np.asarray(values, dtype=np.float64).reshape(n, len(problem.signs)) * problem.signs,
        np.asarray(slack, dtype=np.float64).reshape(n, len(names)),
    )


def constraint_keys(names: Sequence[str]) -> list[str]:
    """Where Optuna keeps constraints among the attributes of a trial."""
    return [next(iter(optuna.create_trial(value=0.0, constraints={name: 0.0}).system_attrs)) for name in names]


def notes_of_trials(trials: Sequence[FrozenTrial]) -> list[dict[str, Any]]:
    """What the samplers of workers noted on trials; nothing where they are of others."""
    return [json.loads(trial.user_attrs.get(NOTES_KEY, "{}")) for trial in trials]


def check_figures(problem: Problem, levels: IntArray, stored: FloatArray) -> None:
    """Refuse trials (n, A) whose objectives (n, M) are not today's.

    Raises
    ------
    RunError
        Names the first.
    """
    for part in chunks(len(levels), _BATCH):
        now = problem.scores(problem.evaluate(levels[part])).objectives * problem.signs
        wrong = np.flatnonzero((np.abs(now - stored[part]) > _RTOL * np.abs(now)).any(axis=1))
        if len(wrong):
            raise RunError(
                f"trial {part.start + wrong[0]} has other figures in the study than today's model gives it: the study "
                "was changed, or is of another version"
            )
