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
from siam_dse.system.columns import OUTPUT_COLUMNS, Parts
from siam_dse.system.totals import Totals
from siam_dse.system.violations import VIOLATION_RULES
from siam_dse.workload.network import Network

NOC_MODELS = ("fast", "fluid")
# Layer values (designs x layers) held at once: bounds memory to a few hundred MB whatever the number of designs.
_LAYER_VALUES_PER_CHUNK = 400_000


class Evaluation:
    """Every figure of a network on D designs; engines run when a figure that needs them is first asked for.

    ``designs`` and ``network`` are what was evaluated. Output columns are in the engineering unit their name ends in;
    ``siam_dse.system.columns.OUTPUT_COLUMNS`` says what each means.
    """

    def __init__(self, network: Network, designs: Designs, *, include_dram: bool, noc_model: str) -> None:
        self.network = network
        self.designs = designs
        self.include_dram = include_dram
        self.noc_model = noc_model
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

    def to_frame(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Table with the fields, ``feasible``, and the output columns (all of them, or those named)."""
        values = self.columns(OUTPUT_COLUMNS if columns is None else columns)
        frame = self.designs.to_frame()
        frame["feasible"] = self.feasible
        whole = pd.DataFrame({name: _plain_numbers(name, column) for name, column in values.items()})
        return pd.concat([frame, whole], axis=1)

    def by_engine(self) -> pd.DataFrame:
        """Energy, latency and area by on-package engine: one row a design and engine; they add up to the totals."""
        from siam_dse.system.breakdown import engine_table

        return engine_table(self)

    def by_layer(self, i: int = 0) -> pd.DataFrame:
        """Layer table of design ``i``: place, work, energy and latency of each layer."""
        from siam_dse.system.breakdown import layer_table

        return layer_table(self, i)

    def explain(self, i: int = 0) -> str:
        """In words: where energy, time and area of design ``i`` go, what limits it, and why it is infeasible if so."""
        from siam_dse.system.explain import explain_design

        return explain_design(self, i)

    def batch_of(self, rows: AnyArray) -> Batch:
        """The engines' results for the designs at ``rows``."""
        return Batch(self.network, self.designs.take(rows), self.noc_model)

    @cached_property
    def _whole(self) -> Parts:
        """The engines' results for all designs, kept where one chunk holds them."""
        return self._parts(self.designs)

    def _parts(self, designs: Designs) -> Parts:
        return Parts(Totals(Batch(self.network, designs, self.noc_model)), include_dram=self.include_dram)

    def _compute(self, names: Sequence[str]) -> None:
        """Fill ``_columns`` with the named columns and rules, chunk by chunk."""
        if not names:
            return
        size = max(_LAYER_VALUES_PER_CHUNK // max(self.network.n_layers, 1), 1)
        pieces: dict[str, list[AnyArray]] = {name: [] for name in names}
        for part in chunks(len(self), size):
            parts = self._whole if len(self) <= size else self._parts(self.designs.take(part))
            with np.errstate(divide="raise", invalid="raise", over="raise"):
                for name in names:
                    rule = VIOLATION_RULES.get(name)
                    pieces[name].append(rule.slack(parts) if rule else OUTPUT_COLUMNS[name].compute(parts))
        for name, values in pieces.items():
            joined = np.concatenate(values) if values else np.zeros(0)
            self._columns[name] = freeze(joined.astype(np.float64))


def evaluate(network: Network, designs: Designs, *, include_dram: bool = False, noc_model: str = "fast") -> Evaluation:
    """Energy, latency, area, accuracy, yield and cost of a network on a batch of designs.

    Parameters
    ----------
    network : Network
    designs : Designs
        D designs. One that does not fit its package is evaluated as if it had the chiplets it needs, and violates
        ``fits``; every figure is finite.
    include_dram : bool
        Add DRAM energy and latency to the totals.
    noc_model : {"fast", "fluid"}
        Closed-form makespan of NoC and NoP transfers, or the phase model that comes within a percent or two of a
        cycle-level simulator at milliseconds a transfer.

    Returns
    -------
    Evaluation

    Raises
    ------
    InputError
        An unknown ``noc_model``, or a technology node that is not tabulated.
    """
    if noc_model not in NOC_MODELS:
        raise InputError("noc_model", unknown_name("NoC model", noc_model, NOC_MODELS))
    return Evaluation(network, designs, include_dram=include_dram, noc_model=noc_model)


def _plain_numbers(name: str, values: AnyArray) -> AnyArray:
    """Counts as whole numbers and truth values as such, for the table."""
    unit = OUTPUT_COLUMNS[name].unit
    if unit == "count":
        return values.astype(np.int64)
    return values.astype(bool) if name in {"mono_fits_reticle", "in_validated_range"} else values
