"""Searches that give a :class:`siam_dse.hand.run.Run`."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from siam_dse.hand.run import Run
from siam_dse.runs.folder import RunFolder
from siam_dse.search import enumeration
from siam_dse.search import sweep as sweeps

P = ParamSpec("P")


def _as_run(search: Callable[P, RunFolder]) -> Callable[P, Run]:
    """The same search, its run with all that a notebook asks of one."""

    @wraps(search)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Run:
        return Run(search(*args, **kwargs).path)

    return wrapped


sweep = _as_run(sweeps.sweep)
enumerate_space = _as_run(enumeration.enumerate_space)
resume = _as_run(sweeps.resume)
