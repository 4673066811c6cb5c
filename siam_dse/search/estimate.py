"""How long the enumeration of a space is going to take, from one chunk of it."""

import math

import numpy as np

from siam_dse.core.errors import InputError
from siam_dse.design.space import LARGEST_NUMBERED, SearchSpace
from siam_dse.search.chunk import CHUNK, cheap_constraints, run_chunk
from siam_dse.search.own import own_space
from siam_dse.search.problem import Problem
from siam_dse.search.progress import Clock
from siam_dse.search.workers import Jobs, n_workers
from siam_dse.workload.network_set import Workload, members_of

_FASTEST = 5_000_000  # designs a second that no process exceeds
_FEW = 2_048  # designs that may already tell that an enumeration takes no longer than it may
_DAY_S = 86_400.0


def enumeration_s(problem: Problem, jobs: Jobs = 1, at_most: float = math.inf) -> float:
    """Seconds that an enumeration is estimated to take, from one chunk; infinite where it is plainly more than at most.

    The chunk lies in the middle of the space, and takes as long as any other does on average.
    """
    size = problem.space.size
    if size > LARGEST_NUMBERED or size / (_FASTEST * n_workers(jobs)) > at_most:
        return math.inf
    problem.scores(problem.evaluate(problem.space.levels_at([0])))  # reads tables
    few_s = _seconds(problem, min(size, _FEW), ()) / n_workers(jobs)
    if few_s <= at_most < math.inf:  # a chunk shares more
        return few_s
    n = min(size, CHUNK)
    cheap = cheap_constraints(problem, 0) if size > CHUNK else ()
    return _seconds(problem, n, cheap) / min(n_workers(jobs), max(size // n, 1))


def _seconds(problem: Problem, n: int, cheap: tuple[int, ...]) -> float:
    """Seconds that all designs take one process, from n in the middle of the space."""
    size, clock = problem.space.size, Clock()
    start = (size - n) // 2
    run_chunk(problem, cheap, start, start + n, np.zeros(0, dtype=np.int64))
    return float(clock.session * size / n)


def enumerations_s(network: Workload, space: SearchSpace, jobs: Jobs = 1, at_most: float = math.inf) -> float:
    """Seconds that an enumeration is estimated to take; of several networks each alone, then all together."""
    members, own = members_of(network), own_space(space)
    seconds = sum(enumeration_s(Problem(member, own), jobs, at_most) for member in members)
    return seconds if len(members) == 1 else 2 * seconds


def check_time(space: SearchSpace, seconds: float, asked: str, *, force: bool = False) -> None:
    """Refuse an enumeration that is estimated to take more than a day, unless it is forced.

    Raises
    ------
    InputError
        Says how long it would take.
    """
    if seconds > _DAY_S and not force:
        raise InputError(
            asked,
            f"{space.size:,} designs of {space.name} would take about {seconds / _DAY_S:,.0f} days; "
            "search it with 'sweep' alone, fix axes, or say --force",
        )
