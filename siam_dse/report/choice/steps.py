"""One step more: what changing a single field of a design by one level would do to each criterion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siam_dse.core.arrays import IntArray
from siam_dse.design.space import Constraint, SearchSpace, plain
from siam_dse.report.choice.candidates import Criteria, excesses
from siam_dse.runs.folder import RunFolder
from siam_dse.search.problem import Problem

NOTICED = 5e-4  # relative change below which a figure counts as the same


@dataclass(frozen=True)
class Step:
    """The single change that helps a criterion most: an axis from one level to another, and the figures after it."""

    objective: str
    axis: str
    before: str
    after: str
    base: Mapping[str, float]
    figures: Mapping[str, float]
    is_better_in_all: bool


@dataclass(frozen=True)
class Steps:
    """Of each criterion the best feasible step, None where none helps noticeably; and how many steps there are."""

    best: Mapping[str, Step | None]
    n: int
    n_feasible: int


def best_steps(
    run: RunFolder, problem: Problem, row: pd.Series, criteria: Criteria, where: Sequence[Constraint] = ()
) -> Steps:
    """Every design one level away along one axis of the space, in one evaluation, and the best of them by criterion.

    Parameters
    ----------
    run : RunFolder
    problem : Problem
        What the run searched.
    row : Series
        A stored design of the run.
    criteria : Criteria
    where : bounds that a step must meet, beside the space's constraints

    Returns
    -------
    Steps
        Numbers go one level up or down, choices to any other. All figures are of today's model, the design's too.
    """
    space = problem.space
    own = space.levels_of(run.designs_of(row.to_frame().T.infer_objects()))
    moved = one_step_away(space, own[0])
    evaluation = problem.evaluate(np.concatenate([own, moved]))
    frame = problem.table(evaluation)
    scores = problem.scores(evaluation)
    base, after = frame.iloc[0], frame.iloc[1:].reset_index(drop=True)
    fine = scores.feasible[1:] & (excesses(after, where) <= 0).all(axis=1)
    costs, own_costs = criteria.costs(after), criteria.costs(frame.iloc[:1])[0]
    best: dict[str, Step | None] = {}
    for m, name in enumerate(criteria.names):
        better = np.flatnonzero(fine & (costs[:, m] < own_costs[m] - NOTICED * abs(own_costs[m])))
        if not len(better):
            best[name] = None
            continue
        at = int(better[np.lexsort((costs[better].sum(axis=1), costs[better, m]))[0]])
        a = int(np.flatnonzero(moved[at] != own[0])[0])
        axis = space.axes[a]
        best[name] = Step(
            objective=name,
            axis=axis.name,
            before=plain(axis.levels[int(own[0, a])]),
            after=plain(axis.levels[int(moved[at, a])]),
            base={column: float(base[column]) for column in criteria.names},
            figures={column: float(after[column].iloc[at]) for column in criteria.names},
            is_better_in_all=bool((costs[at] <= own_costs).all()),
        )
    return Steps(best, len(moved), int(fine.sum()))


def one_step_away(space: SearchSpace, levels: IntArray) -> IntArray:
    """Designs (n, A) one step from one at ``levels`` (A,): a level up or down of a number, any other of a choice."""
    moved = []
    for a, axis in enumerate(space.axes):
        here = int(levels[a])
        to = (here - 1, here + 1) if axis.is_ordinal else range(len(axis.levels))
        for level in to:
            if 0 <= level < len(axis.levels) and level != here:
                moved.append([*levels[:a], level, *levels[a + 1 :]])
    return np.asarray(moved, dtype=np.int64).reshape(-1, len(levels))
