"""What a search is given: network and space, as objects or by name or path, and options."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from siam_dse.core.checks import whole_number
from siam_dse.core.errors import InputError, MismatchError
from siam_dse.design.space import LARGEST_NUMBERED, SearchSpace
from siam_dse.design.space_changes import with_constraints, with_settings, with_technology
from siam_dse.runs.fingerprint import differences, fingerprint
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.spaces import load_space, overlays_of
from siam_dse.search.problem import Problem, directed_objectives
from siam_dse.system.columns import OUTPUT_COLUMNS, VIOLATION_RULES
from siam_dse.technology.changes import changes
from siam_dse.technology.overlay import Overlay
from siam_dse.technology.technology import Technology, packaged_technology
from siam_dse.technology.variants import Variants
from siam_dse.workload.load import given_network
from siam_dse.workload.network import Network
from siam_dse.workload.network_set import SUM, NetworkSet, Workload

_MOST_SEED = 2**32 - 1  # what every sampler takes


def given_workload(
    network: Network | str | Path | Sequence[Network | str | Path],
    weights: Sequence[float] | None = None,
    aggregate: str = SUM,
) -> Workload:
    """The network, or a set where several were given.

    Raises
    ------
    InputError
        A network that is none, weights or an aggregate that make no sense, or given for a single network.
    """
    if isinstance(network, str | Path | Network) or not isinstance(network, Sequence):
        if weights is not None or aggregate != SUM:
            raise InputError("--weights, --aggregate", "join several networks; give two or more, or leave them out")
        return given_network(network)
    if len(network) == 1:
        return given_workload(network[0], weights, aggregate)
    return NetworkSet.of([given_network(each) for each in network], weights, aggregate)


def given_space(
    space: SearchSpace | str | Path, technology: Technology | Sequence[str | Path] | None = None
) -> SearchSpace:
    """The search space, loaded where a name or path was given, with overlays laid over what it fixes.

    Raises
    ------
    InputError
        Unknown name, a fault in the file, or neither a search space nor a name.
    """
    if isinstance(space, str | Path):
        return load_space(space, overlays_of(technology))
    if not isinstance(space, SearchSpace):
        raise InputError("space", f"must be a search space, or the name or path of one, got {_kind(space)}")
    return with_technology(space, overlays_of(technology))


def changed_space(
    space: SearchSpace | str | Path,
    objectives: Mapping[str, str] | Sequence[str] | None = None,
    constraints: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
    technology: Technology | Sequence[str | Path] | None = None,
) -> SearchSpace:
    """The search space with what a call adds to it: overlays, objectives in place of its own, constraints, fields.

    Raises
    ------
    InputError
        As of :func:`given_space`, :func:`with_given_objectives`, :func:`with_settings` and :func:`with_constraints`.
    """
    changed = with_given_objectives(with_settings(given_space(space, technology), settings or {}), objectives)
    return with_constraints(changed, constraints, OUTPUT_COLUMNS, VIOLATION_RULES)


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


def check_fingerprint(run: RunFolder, technology: Technology | Sequence[str | Path] | None = None) -> Problem:
    """The run's problem, if everything is as it was.

    Raises
    ------
    MismatchError
        Shows each difference; of a ``technology`` that is given anew, each value that is not the run's.
    """
    network, space = run.network(), run.space()
    if technology is not None:
        _check_technology(run, space, overlays_of(technology))
    old: dict[str, Any] = run.info.get("fingerprint") or {}
    changed = differences(old, fingerprint(network, space))
    if changed:
        lines = "\n".join(f"  - {line}" for line in changed[:20])
        more = f"\n  ... and {len(changed) - 20} more" if len(changed) > 20 else ""
        raise MismatchError(
            f"{run.path}: cannot go on, since figures would not be comparable; this has changed:\n{lines}{more}\n"
            "restore it, start a new run, or bring this one to today's model with 'siam-dse resume RUN --re-evaluate'"
        )
    return Problem(network, space)


def _check_technology(run: RunFolder, space: SearchSpace, overlays: Sequence[str | Path | Overlay]) -> None:
    """Refuse to go on with other constants than a run has, showing what differs."""
    own = space.technology.base if isinstance(space.technology, Variants) else space.technology
    other = packaged_technology()
    for overlay in overlays:
        other = other.with_overlay(overlay)
    lines = [change.text for change in changes(own, other)]
    if lines:
        listed = "\n".join(f"  - {line}" for line in lines[:20])
        more = f"\n  ... and {len(lines) - 20} more" if len(lines) > 20 else ""
        raise MismatchError(
            f"{run.path}: cannot go on with another technology, since figures would not be comparable; its own is kept "
            f"in its folder, and this differs:\n{listed}{more}\nleave --technology out, or start a new run"
        )


def check_seed(seed: int) -> None:
    """Refuse a seed that a random generator does not take."""
    if not 0 <= whole_number("--seed", seed) <= _MOST_SEED:
        raise InputError("--seed", f"must lie in [0, 2^32 - 1], got {seed}")


def _kind(value: object) -> str:
    return f"{value!r} ({type(value).__name__})"
