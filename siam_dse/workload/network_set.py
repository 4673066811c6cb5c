"""NetworkSet: several networks that one machine is to run, and how their figures become one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from siam_dse.core.arrays import IntArray
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.workload.network import Network

SUM, WORST = "sum", "worst"
AGGREGATES = (SUM, WORST)


@dataclass(frozen=True)
class NetworkSet:
    """K networks for one machine.

    ``aggregate`` says how times and energies of the networks become one objective: ``sum``, each times its weight (the
    inferences of each in a mix), or ``worst``, the largest ratio, times its weight, to ``best``: what the network
    reaches on a machine of its own (column -> K values).
    """

    members: tuple[Network, ...]
    weights_of: tuple[float, ...]
    aggregate: str = SUM
    best: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, networks: Sequence[Network], weights: Sequence[float] | None = None, aggregate: str = SUM
    ) -> "NetworkSet":
        """Set of two or more networks of different names; weights are 1 where none are given.

        Raises
        ------
        InputError
            Fewer than two networks, one given twice, an unknown aggregate, or weights that are not one a network, or
            not positive.
        """
        names = [network.name for network in networks]
        problems = []
        if len(names) < 2:
            problems.append(f"several networks are two or more, got {len(names)}")
        problems += [f"{name}: given twice; give it once, with --weights" for name in names if names.count(name) > 1]
        if aggregate not in AGGREGATES:
            problems.append(f"--aggregate: {unknown_name('aggregate', aggregate, AGGREGATES)}")
        given = [1.0] * len(names) if weights is None else [float(weight) for weight in weights]
        if len(given) != len(names):
            problems.append(f"--weights: one a network, got {len(given)} for {len(names)} ({', '.join(names)})")
        if not all(0 < weight < np.inf for weight in given):
            problems.append(f"--weights: must be positive, got {', '.join(f'{weight:g}' for weight in given)}")
        if problems:
            raise InputError("networks", list(dict.fromkeys(problems)))
        return cls(tuple(networks), tuple(given), aggregate)

    def with_best(self, best: Mapping[str, Sequence[float]]) -> "NetworkSet":
        """The set with what each network reaches on its own, column -> K values."""
        return replace(self, best={name: tuple(float(value) for value in values) for name, values in best.items()})

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the networks, (K,)."""
        return tuple(network.name for network in self.members)

    @property
    def name(self) -> str:
        """The names, joined."""
        return "+".join(self.names)

    @property
    def has_top1(self) -> bool:
        """Whether every network states an int8 top-1."""
        return all(network.has_top1 for network in self.members)

    @property
    def dataset(self) -> str:
        """Data sets of the networks."""
        return ", ".join(dict.fromkeys(network.dataset for network in self.members))

    @property
    def n_layers(self) -> int:
        """Weight layers of all networks together."""
        return sum(network.n_layers for network in self.members)

    @cached_property
    def weights(self) -> IntArray:
        """Weights of all layers of all networks."""
        return np.concatenate([network.weights for network in self.members])

    @cached_property
    def macs(self) -> IntArray:
        """Multiply-accumulates of all layers of all networks, an image each."""
        return np.concatenate([network.macs for network in self.members])

    def said(self) -> str:
        """How the networks are weighed, in words."""
        parts = [
            name if weight == 1 else f"{weight:g} x {name}"
            for name, weight in zip(self.names, self.weights_of, strict=True)
        ]
        if self.aggregate == SUM:
            return f"times and energies are sums over {', '.join(parts)}"
        return f"times and energies are the worst ratio to each network's own best, of {', '.join(parts)}"


Workload = Network | NetworkSet


def members_of(workload: Workload) -> tuple[Network, ...]:
    """The networks: one, or those of a set."""
    return workload.members if isinstance(workload, NetworkSet) else (workload,)
