"""Each network of a set on a machine of its own: the runs, in the run's folder, that the set is held against."""

from collections.abc import Callable

import pandas as pd

from siam_dse.core.errors import NoFeasibleDesignError
from siam_dse.design.space import SearchSpace
from siam_dse.runs.fingerprint import fingerprint
from siam_dse.runs.folder import RunFolder
from siam_dse.search.start import spread
from siam_dse.system.joint import RATIOS, is_added, ratio_name
from siam_dse.workload.network import Network
from siam_dse.workload.network_set import WORST, NetworkSet, Workload


def joint_space(space: SearchSpace, network: Workload) -> SearchSpace:
    """The space with objectives of several networks: times and energies as worst ratios where the set says so."""
    if not isinstance(network, NetworkSet) or network.aggregate != WORST:
        return space
    return space.with_objectives({_joint_name(name): way for name, way in space.objectives.items()})


def own_space(space: SearchSpace) -> SearchSpace:
    """The space of one network alone: objectives are the columns that ratios are of."""
    return space.with_objectives({RATIOS.get(name, name): way for name, way in space.objectives.items()})


def with_own_best(run: RunFolder, network: NetworkSet, space: SearchSpace) -> NetworkSet:
    """The set with the best time and energy of each network's own front.

    Raises
    ------
    NoFeasibleDesignError
        A network has no feasible design of its own, so that nothing can be a ratio to it.
    """
    fronts = {name: own.front() for name, own in run.own_runs().items()}
    without = [name for name, front in fronts.items() if not len(front)]
    if without and network.aggregate == WORST:
        raise NoFeasibleDesignError(
            f"{run.path}: no feasible design was found for {', '.join(without)} alone, so there is no own best to take "
            "the worst ratio to; loosen the constraints, or give more --trials"
        )
    names = [name for name in own_space(space).objectives if is_added(name)]
    if without:
        return network
    return network.with_best({name: [float(front[name].min()) for front in fronts.values()] for name in names})


def with_own_runs(
    run: RunFolder,
    network: NetworkSet,
    begin: Callable[[Network, SearchSpace], object],
    go_on: Callable[[RunFolder], object],
) -> NetworkSet:
    """The set with what each network reaches alone, in runs that are begun in ``run``'s folder or gone on with.

    Raises
    ------
    NoFeasibleDesignError
        As for :func:`with_own_best`.
    """
    space = own_space(run.space())
    found = run.own_runs()
    try:
        for member in network.members:
            own = found.get(member.name)
            if own is None:
                begin(member, space)
            elif own.status != "complete":
                go_on(own)
    except KeyboardInterrupt:
        run.update({"status": "interrupted"})
        raise
    network = with_own_best(run, network, space)
    run.set_best(network)
    run.update({"fingerprint": fingerprint(network, run.space())})
    return network


def own_designs(run: RunFolder, space: SearchSpace, n: int) -> pd.DataFrame | None:
    """At most ``n`` designs spread over the networks' own fronts, for the joint search to begin with."""
    fronts = [own.front() for own in run.own_runs().values()]
    levels = [space.levels_of(run.designs_of(front)) for front in fronts if len(front)]
    return space.designs(spread(levels, n)).to_frame().drop(columns="crossbar_size") if levels else None


def _joint_name(name: str) -> str:
    return ratio_name(name) if is_added(name) else name
