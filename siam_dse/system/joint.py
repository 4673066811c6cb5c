"""Several networks on one machine: each evaluated, and their figures joined column by column."""

from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from siam_dse.core.arrays import AnyArray, FloatArray, read_only
from siam_dse.design.designs import Designs
from siam_dse.system.columns import OUTPUT_COLUMNS
from siam_dse.system.evaluate import Evaluation, evaluate
from siam_dse.workload.network_set import NetworkSet, Workload

if TYPE_CHECKING:
    import pandas as pd

# Columns that hold one inference's time or energy add up over a mix; those of the machine are of the largest, which
# must hold every network; of any other the worse network counts.
_ADDED_UNITS = frozenset({"ms", "mJ"})
_MACHINE_UNITS = frozenset({"mm2", "USD"})
_RATIO = "_ratio"


def is_added(name: str) -> bool:
    """Whether a column is a time or an energy of one inference."""
    return OUTPUT_COLUMNS[name].unit in _ADDED_UNITS


def ratio_name(name: str) -> str:
    """Column with the worst ratio of an added column: ``latency_ratio`` of ``latency_ms``."""
    return name.rpartition("_")[0] + _RATIO


# Worst ratio -> the column that it is of.
RATIOS = MappingProxyType({ratio_name(name): name for name in OUTPUT_COLUMNS if is_added(name)})


def of_network(name: str, network: str) -> str:
    """Column of one network of a set: ``latency_ms[vgg16]``."""
    return f"{name}[{network}]"


class JointEvaluation(Evaluation):
    """Figures of a set of networks on D designs; columns, rules and notes are those of one network, joined.

    A time or an energy is the sum over the networks, each times its weight; areas and costs are the largest, since one
    machine holds every network; of any other column the worse network counts (the largest where neither way is
    better). A rule is broken by as much as the network that breaks it most. A column of ``RATIOS`` is the largest ratio
    to the networks' own best values.
    """

    def __init__(self, networks: NetworkSet, designs: Designs, by_network: Iterable[str] = (), **options: Any) -> None:
        super().__init__(networks.members[0], designs, **options)
        self.networks = networks
        self.by_network = tuple(dict.fromkeys(by_network))
        self.members = tuple(evaluate(network, designs, **options) for network in networks.members)

    def to_frame(self, columns: Sequence[str] | None = None) -> "pd.DataFrame":
        """As of one network, then the worst ratios, then ``by_network``, a column a network."""
        import pandas as pd

        frame = super().to_frame(columns)
        more: dict[str, AnyArray] = {}
        if columns is None:
            more |= {name: self.ratio(name) for name in RATIOS if RATIOS[name] in self.networks.best}
        for name in self.by_network:
            for member in self.members:
                more[of_network(name, member.network.name)] = member.column(name)
        return pd.concat([frame, pd.DataFrame(more)], axis=1)

    def columns(self, names: Iterable[str]) -> dict[str, FloatArray]:
        """As of one network; worst ratios too."""
        wanted = list(names)
        plain = super().columns(dict.fromkeys(RATIOS.get(name, name) for name in wanted))
        return {name: self.ratio(name) if name in RATIOS else plain[name] for name in wanted}

    def ratio(self, name: str) -> FloatArray:
        """Worst ratio of the column that ``name`` is of to the networks' own best, each times its weight, (D,)."""
        column = RATIOS[name]
        best = self.networks.best[column]
        ratios = [
            weight * member.column(column) / own
            for weight, member, own in zip(self.networks.weights_of, self.members, best, strict=True)
        ]
        return np.asarray(np.max(ratios, axis=0))

    def by_layer(self, i: int = 0) -> "pd.DataFrame":
        """Layers of every network, one after the other, with a column ``network``."""
        import pandas as pd

        tables = [member.by_layer(i).assign(network=member.network.name) for member in self.members]
        return pd.concat(tables, ignore_index=True)

    def explain(self, i: int = 0) -> str:
        """Each network in words."""
        return "\n\n".join(f"{member.network.name}:\n{member.explain(i)}" for member in self.members)

    def _compute(self, names: Sequence[str]) -> None:
        """Fill ``_columns`` with the named columns, rules and notes of all networks joined."""
        for member in self.members:
            member._compute([name for name in names if name not in member._columns])
        for name in names:
            self._columns[name] = read_only(self._joined(name))

    def _joined(self, name: str) -> AnyArray:
        """One column, rule or note of all networks."""
        values = [np.asarray(member._columns[name]) for member in self.members]
        column = OUTPUT_COLUMNS.get(name)
        if column and column.unit in _ADDED_UNITS:
            return np.asarray(np.tensordot(self.networks.weights_of, np.stack(values), axes=1))
        falls = column is not None and column.direction == "maximise" and column.unit not in _MACHINE_UNITS
        if falls or name == "in_validated_range":
            return np.asarray(np.min(values, axis=0))
        return np.asarray(np.max(values, axis=0))


def evaluate_workload(
    workload: Workload, designs: Designs, by_network: Iterable[str] = (), **options: Any
) -> Evaluation:
    """Evaluation of a network, or of a set of networks."""
    if isinstance(workload, NetworkSet):
        return JointEvaluation(workload, designs, by_network, **options)
    return evaluate(workload, designs, **options)


def members_evaluated(evaluation: Evaluation) -> tuple[Evaluation, ...]:
    """The evaluation of each network."""
    return evaluation.members if isinstance(evaluation, JointEvaluation) else (evaluation,)
