"""A run's designs as an Optuna study in memory that optuna-dashboard reads right."""

from collections.abc import Mapping, Sequence
from typing import Any

import optuna
import pandas as pd
from optuna.storages import InMemoryStorage
from optuna.study import StudyDirection

from siam_dse.design.space import SearchSpace
from siam_dse.search.quiet import quiet
from siam_dse.search.storage import value_distribution

EXCESS = "excess: "  # before the name of a constraint, in the columns of a run's points
# What optuna-dashboard 0.21 takes a trial's constraints from: one list, feasible where none is above 0. Optuna 5 keeps
# an attribute a constraint.
_CONSTRAINTS = "constraints"


def served_study(
    name: str, space: SearchSpace, points: pd.DataFrame, columns: Sequence[str], notes: Mapping[str, str]
) -> tuple[optuna.Study, InMemoryStorage]:
    """Designs of a run as trials in memory, in the order of the table.

    Parameters
    ----------
    name : str
        Of the study.
    space : SearchSpace
        Its axes are the parameters, numbers with their order; its objectives the values.
    points : DataFrame
        Rows of a run's table.
    columns : names of columns of ``points`` that become user attributes
    notes : user attributes of the study
    """
    storage = InMemoryStorage()
    directions = [
        StudyDirection.MAXIMIZE if way == "maximise" else StudyDirection.MINIMIZE for way in space.objectives.values()
    ]
    with quiet():
        study = optuna.create_study(study_name=name, storage=storage, directions=directions)
        study.set_metric_names(list(space.objectives))
        for key, value in notes.items():
            study.set_user_attr(key, value)
        study.add_trials(_trials(space, points, columns))
    return study, storage


def _trials(space: SearchSpace, points: pd.DataFrame, columns: Sequence[str]) -> list[optuna.trial.FrozenTrial]:
    distributions = {axis.name: value_distribution(axis) for axis in space.axes}
    params = {axis.name: points[axis.members[0]].tolist() for axis in space.axes}
    values = points[list(space.objectives)].astype(float).to_numpy().tolist()
    rules = [str(column) for column in points if str(column).startswith(EXCESS)]
    excesses = points[rules].astype(float).to_numpy().tolist()
    attributes: dict[str, list[Any]] = {column: points[column].tolist() for column in columns}
    return [
        optuna.create_trial(
            params={axis: column[i] for axis, column in params.items()},
            distributions=distributions,
            values=values[i],
            user_attrs={key: column[i] for key, column in attributes.items() if column[i] == column[i]},
            system_attrs={_CONSTRAINTS: excesses[i]},
        )
        for i in range(len(points))
    ]
