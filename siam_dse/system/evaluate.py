"""evaluate: a network on a batch of designs, and the Evaluation it returns."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType

import numpy as np
import pandas as pd

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, chunks, freeze
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.design.designs import Designs
from siam_dse.system.batch import Batch
from siam_dse.system.columns import OUTPUT_COLUMNS
from siam_dse.system.violations import VIOLATION_RULES
from siam_dse.workload.network import Network

# Layer values (designs x layers) held at once: bounds memory to a few hundred MB whatever the number of designs.
_LAYER_VALUES_PER_CHUNK = 400_000


class Evaluation:
    """Figures of a network on D designs, each computed when it is first asked for.

    ``designs`` and ``network`` are what was evaluated. Output columns are in the engineering unit their name ends in;
    ``siam_dse.system.columns.OUTPUT_COLUMNS`` says what each means.
    """

    def __init__(self, network: Network, designs: Designs) -> None:
        self.network = network
        self.designs = designs
        self._columns: dict[str, AnyArray] = {}

    def __len__(self) -> int:
        return len(self.designs)

    def column(self, name: str) -> FloatArray:
        """Output column ``name``, (D,), in the unit the name ends in."""
        return self.columns([name])[name]

    def columns(self, names: Iterable[str]) -> dict[str, FloatArray]:
        """Several output columns, (D,) each, from one pass over the designs."""
        wanted = list(names)
        unknown = [name for name in wanted if name not in OUTPUT_COLUMNS]
        if unknown:
            raise InputError("columns", [unknown_name("output column", name, OUTPUT_COLUMNS) for name in unknown])
        self._compute([name for name in wanted if name not in self._columns])
        return {name: self._columns[name] for name in wanted}

    @cached_property
    def violations(self) -> Mapping[str, FloatArray]:
        """One named array a rule, (D,) each: > 0 where a design breaks it, and by how much."""
        self._compute(list(VIOLATION_RULES))
        return MappingProxyType({name: self._columns[name] for name in VIOLATION_RULES})

    @cached_property
    def feasible(self) -> BoolArray:
        """Designs that break no rule, (D,)."""
        return np.asarray(np.all([values <= 0 for values in self.violations.values()], axis=0))

    def rule(self, name: str) -> str:
        """What a rule in ``violations`` says, and what to do about it."""
        rule = VIOLATION_RULES[name]
        return f"{rule.meaning}; remedy: {rule.remedy}"

    def to_frame(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Table with the fields, ``feasible``, and the output columns (all of them, or those named)."""
        values = self.columns(OUTPUT_COLUMNS if columns is None else columns)
        frame = self.designs.to_frame()
        frame["feasible"] = self.feasible
        whole = pd.DataFrame({name: _plain_numbers(name, column) for name, column in values.items()})
        return pd.concat([frame, whole], axis=1)

    @cached_property
    def _whole(self) -> Batch:
        """The batch of all designs, kept where one chunk holds them."""
        return Batch(self.network, self.designs)

    def _compute(self, names: Sequence[str]) -> None:
        """Fill ``_columns`` with the named columns and rules, chunk by chunk."""
        if not names:
            return
        size = max(_LAYER_VALUES_PER_CHUNK // max(self.network.n_layers, 1), 1)
        pieces: dict[str, list[AnyArray]] = {name: [] for name in names}
        for part in chunks(len(self), size):
            batch = self._whole if len(self) <= size else Batch(self.network, self.designs.take(part))
            with np.errstate(divide="raise", invalid="raise", over="raise"):
                for name in names:
                    rule = VIOLATION_RULES.get(name)
                    pieces[name].append(rule.slack(batch) if rule else OUTPUT_COLUMNS[name].compute(batch))
        for name, values in pieces.items():
            joined = np.concatenate(values) if values else np.zeros(0)
            self._columns[name] = freeze(joined.astype(np.float64))


def evaluate(network: Network, designs: Designs) -> Evaluation:
    """Partition and mapping of a network on a batch of designs.

    Parameters
    ----------
    network : Network
    designs : Designs
        D designs. One that does not fit its package is evaluated as if it had the chiplets it needs, and violates
        ``fits``; every figure is finite.

    Returns
    -------
    Evaluation
    """
    return Evaluation(network, designs)


def _plain_numbers(name: str, values: AnyArray) -> AnyArray:
    """Counts as whole numbers, for the table."""
    return values.astype(np.int64) if OUTPUT_COLUMNS[name].unit == "count" else values
