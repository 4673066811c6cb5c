"""Leniency: a search looks beyond the bounds on objectives, less from generation to generation.

What lies just within such a bound is often apart: from cells of three bits to cells of four, loss of accuracy at its
bound, more than one field has to change at once, and each change alone goes beyond the bound. A search that keeps
designs a little beyond it passes there.

Only bounds on objectives are loosened. A design beyond one is worse in that objective than every design within, and so
dominates none: the front within the bounds is among the members whole, unless they are so many that they are thinned.
That spreads over members within and beyond alike: kept apart, those within leave too little room for the way across.

Notes
-----
The epsilon-constrained method (T. Takahama and S. Sakai, IEEE Congress on Evolutionary Computation 2006, 1), of bounds
on objectives alone.
"""

from collections.abc import Mapping

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray
from siam_dse.search.problem import Problem, Scores

_FIRST = 0.5  # of a bound, that designs may lie beyond it in the first generation
_KEPT = 0.96  # of that, from a generation to the next
_OVER = 0.01  # less than this is none


class Leniency:
    """By how much a generation's designs may be beyond the bounds on objectives."""

    def __init__(self, problem: Problem) -> None:
        self._bounds = list(problem.bounds_on_objectives)

    def __call__(self, generation: int) -> float:
        """Largest excess over a bound, relative to it."""
        at = _FIRST * _KEPT**generation
        return at if self._bounds and at > _OVER else 0.0

    def beyond(self, scores: Scores) -> FloatArray:
        """How far designs are beyond the bounds on objectives, (n,); 0 within."""
        return np.asarray(scores.slack[:, self._bounds].max(axis=1, initial=0.0))

    def loosened(self, scores: Scores, generation: int) -> Scores:
        """The scores with wider bounds."""
        slack = scores.slack.copy()
        slack[:, self._bounds] -= self(generation)
        return Scores(scores.objectives, slack)


def with_nothing_beyond(state: Mapping[str, AnyArray], name: str, of: str) -> Mapping[str, AnyArray]:
    """A search's state with the array ``name``: where there was none yet, all of ``of`` were within the bounds."""
    return state if name in state or of not in state else {**state, name: np.zeros(len(state[of]))}
