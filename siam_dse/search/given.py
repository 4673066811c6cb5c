"""What a search is given: network and space, as objects or by name or path, and options."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from siam_dse.core.checks import whole_number
from siam_dse.core.errors import InputError, MismatchError
from siam_dse.design.space import LARGEST_NUMBERED, SearchSpace
from siam_dse.runs.fingerprint import differences, fingerprint
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.spaces import load_space
from siam_dse.search.problem import Problem, directed_objectives
from siam_dse.workload.load import load_network
from siam_dse.workload.network import Network

_MOST_SEED = 2**32 - 1  # what every sampler takes


def given_network(network: Network | str | Path) -> Network:
    """The network, loaded where a name or path was given.

    Raises
    ------
    InputError
        Unknown name, a fault in the file, or neither a network nor a name.
    """
    if isinstance(network, str | Path):
        return load_network(network)
    if not isinstance(network, Network):
        raise InputError("network", f"must be a network, or the name or path of one, got {_kind(network)}")
    return network


def given_space(space: SearchSpace | str | Path) -> SearchSpace:
    """The search space, loaded where a name or path was given.

    Raises
    ------
    InputError
        Unknown name, a fault in the file, or neither a search space nor a name.
    """
    if isinstance(space, str | Path):
        return load_space(space)
    if not isinstance(space, SearchSpace):
        raise InputError("space", f"must be a search space, or the name or path of one, got {_kind(space)}")
    return space


def with_given_objectives(space: SearchSpace, objectives: Mapping[str, str] | Sequence[str] | None) -> SearchSpace:
    """The space with other objectives: column -> direction, or columns (``column:maximise`` to say which way).

    Raises
    ------
    InputError
        Unknown column or direction.
    """
    if objectives is None:
        return space
    given = objectives if isinstance(objectives, Mapping) else directed_objectives(objectives)
    return space.with_objectives(directed_objectives(f"{column}:{way}" for column, way in given.items()))


def check_enumerable(space: SearchSpace, asked: str) -> None:
    """Refuse to enumerate a space whose designs cannot be numbered; ``asked`` names what was asked for."""
    if space.size > LARGEST_NUMBERED:
        raise InputError(
            asked,
            f"space {space.name} has {space.size:.3g} designs, which would never end; search it with 'sweep' alone, or "
            "fix axes",
        )


def check_population(population: int) -> None:
    """Refuse a population too small to breed."""
    if whole_number("--population", population) < 2:
        raise InputError("--population", f"must be at least 2, got {population}")


def check_fingerprint(run: RunFolder) -> Problem:
    """The run's problem, if everything is as it was.

    Raises
    ------
    MismatchError
        Shows each difference.
    """
    network, space = run.network(), run.space()
    old: dict[str, Any] = run.info.get("fingerprint") or {}
    changed = differences(old, fingerprint(network, space))
    if changed:
        lines = "\n".join(f"  - {line}" for line in changed[:20])
        more = f"\n  ... and {len(changed) - 20} more" if len(changed) > 20 else ""
        raise MismatchError(
            f"{run.path}: cannot go on, since figures would not be comparable; this has changed:\n{lines}{more}\n"
            "restore it, or start a new run"
        )
    return Problem(network, space)


def check_seed(seed: int) -> None:
    """Refuse a seed that a random generator does not take."""
    if not 0 <= whole_number("--seed", seed) <= _MOST_SEED:
        raise InputError("--seed", f"must lie in [0, 2^32 - 1], got {seed}")


def _kind(value: object) -> str:
    return f"{value!r} ({type(value).__name__})"
