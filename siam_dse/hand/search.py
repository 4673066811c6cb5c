"""Searches that take networks and spaces by name too, and give a :class:`siam_dse.hand.run.Run`."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec

from siam_dse.design.space import SearchSpace
from siam_dse.hand.run import Run
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.spaces import load_space
from siam_dse.search import enumeration
from siam_dse.search import sweep as sweeps
from siam_dse.workload.load import load_network
from siam_dse.workload.network import Network

P = ParamSpec("P")


def _by_name(
    search: Callable[Concatenate[Network, SearchSpace, P], RunFolder],
) -> Callable[Concatenate[Network | str | Path, SearchSpace | str | Path, P], Run]:
    @wraps(search)
    def wrapped(
        network: Network | str | Path, space: SearchSpace | str | Path, *args: P.args, **kwargs: P.kwargs
    ) -> Run:
        network = load_network(network) if isinstance(network, str | Path) else network
        space = load_space(space) if isinstance(space, str | Path) else space
        return Run(search(network, space, *args, **kwargs).path)

    return wrapped  # type: ignore[return-value]


def _as_run(search: Callable[P, RunFolder]) -> Callable[P, Run]:
    @wraps(search)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> Run:
        return Run(search(*args, **kwargs).path)

    return wrapped


sweep = _by_name(sweeps.sweep)
enumerate_space = _by_name(enumeration.enumerate_space)
resume = _as_run(sweeps.resume)
