"""evaluate: a network on a batch of designs, and the Evaluation it returns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, chunks, read_only
from siam_dse.core.checks import check_jobs, whole_number
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.design.designs import Designs
from siam_dse.system.bands import Bands, bands
from siam_dse.system.blocks import Blocks
from siam_dse.system.breakdown import engine_table, layer_table
from siam_dse.system.columns import NOTES, OUTPUT_COLUMNS, QUANTITIES, VIOLATION_RULES, computed
from siam_dse.system.compose import Composition
from siam_dse.system.explain import explanation
from siam_dse.system.overlaid import overlays_blamed
from siam_dse.system.plan import NOC_MODELS, plan
from siam_dse.technology.technology import Technology
from siam_dse.workload.load import given_network
from siam_dse.workload.network import Network

if TYPE_CHECKING:
    import pandas as pd

_MOST_SHOWN = 12  # designs that a notebook shows
_SHOWN = ("latency_ms", "energy_mj", "area_mm2", "tops_per_w", "accuracy_loss_pct", "cost_usd")
_TASKS_PER_PROCESS = 4  # so that none waits long for the last


class Evaluation:
    """Figures of a network on D designs, each computed when it is first asked for.

    ``designs`` and ``network`` are what was evaluated. Output columns are in the engineering unit their name ends in;
    ``siam_dse.system.columns.OUTPUT_COLUMNS`` says what each means. Designs are independent of one another: with
    several processes (``jobs``) each works on some of them, and the figures are the same, bit for bit.
    """

    def __init__(
        self, network: Network, designs: Designs, *, noc_model: str = "fast", include_dram: bool = False, jobs: int = 1
    ) -> None:
        check_jobs("jobs", jobs)
        if not isinstance(include_dram, bool | np.bool_):
            raise InputError("include_dram", f"must be True or False, got {include_dram!r}")
        if noc_model not in NOC_MODELS:
            raise InputError("noc_model", unknown_name("level of the network on chip", noc_model, NOC_MODELS))
        if network.is_product.all():
            rule = "holds products of two activations alone; crossbars need a layer with weights; add those around it"
            raise InputError(network.name, rule)
        self.network = network
        self.designs = designs
        self.noc_model = noc_model
        self.include_dram = include_dram
        self.jobs = jobs
        self._blocks = Blocks(network, designs, noc_model, include_dram)
        self._columns: dict[str, AnyArray] = {}

    def __len__(self) -> int:
        return len(self.designs)

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy, here or in another process, works its figures out anew."""
        again = partial(Evaluation, noc_model=self.noc_model, include_dram=self.include_dram, jobs=self.jobs)
        return again, (self.network, self.designs)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Each design as a mapping of its fields, ``feasible`` and every output column."""
        frame = self.to_frame()
        return (dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False, name=None))

    def __getitem__(self, name: str) -> AnyArray:
        """Output column, ``feasible`` or field of the designs by name, (D,); choices by name."""
        if not isinstance(name, str):
            raise TypeError(f"an evaluation is asked for a column by name, got {name!r}; .composed(i) is one design")
        if name == "feasible":
            return self.feasible
        if name in OUTPUT_COLUMNS:
            return self.column(name)
        frame = self.designs.to_frame()
        if name not in frame:
            raise InputError("column", unknown_name("column", name, [*OUTPUT_COLUMNS, *frame]))
        return np.asarray(frame[name])

    def __repr__(self) -> str:
        return f"Evaluation({self.network.name}, {self.designs!r})"

    def _repr_html_(self) -> str:
        """The first designs: what differs between them, and the main figures."""
        part = self.designs.take(slice(0, _MOST_SHOWN))
        shown = self._of(part)
        frame = shown.to_frame(_SHOWN)[[*self.designs._varied, "feasible", *_SHOWN]]
        return f"<p>{self.network.name}, {len(self)} designs</p>{frame.to_html()}"

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
        self._compute([name for name in VIOLATION_RULES if name not in self._columns])
        return MappingProxyType({name: self._columns[name] for name in VIOLATION_RULES})

    @cached_property
    def feasible(self) -> BoolArray:
        """Designs that break no rule, (D,)."""
        return np.asarray(np.all([values <= 0 for values in self.violations.values()], axis=0))

    @cached_property
    def notes(self) -> Mapping[str, BoolArray]:
        """What a user should know of the figures: the designs that each note applies to, (D,); those of none left out.

        ``siam_dse.system.columns.NOTES`` has their texts.
        """
        self._compute([name for name in NOTES if name not in self._columns])
        return MappingProxyType({name: self._columns[name] > 0 for name in NOTES if self._columns[name].any()})

    def rule(self, name: str) -> str:
        """What a rule in ``violations`` says, and what to do about it."""
        rule = VIOLATION_RULES[name]
        return f"{rule.meaning}; remedy: {rule.remedy}"

    def to_frame(self, columns: Sequence[str] | str | None = None) -> "pd.DataFrame":
        """Table with the fields, ``feasible``, and the output columns (all of them, or those named).

        Fields may be named among ``columns`` too; they are in the table anyway.
        """
        import pandas as pd

        frame = self.designs.to_frame()
        columns = [columns] if isinstance(columns, str) else columns
        wanted = OUTPUT_COLUMNS if columns is None else [name for name in columns if name not in frame]
        names = [name for name in wanted if name != "feasible"]
        unknown = [name for name in names if name not in OUTPUT_COLUMNS]
        if unknown:
            known = [*OUTPUT_COLUMNS, *frame.columns]
            raise InputError("columns", [unknown_name("column", name, known) for name in unknown])
        self._compute([name for name in (*names, *VIOLATION_RULES) if name not in self._columns])
        values = self.columns(names)
        frame["feasible"] = self.feasible
        whole = pd.DataFrame({name: _plain_numbers(name, column) for name, column in values.items()})
        return pd.concat([frame, whole], axis=1)

    def by_engine(self) -> "pd.DataFrame":
        """Energy, latency, area and leakage of each on-package engine of each design, one row each; they add up."""
        return engine_table(self.columns([f"{e}_{quantity}" for e in plan().on_package for quantity in QUANTITIES]))

    def by_layer(self, i: int = 0) -> "pd.DataFrame":
        """Every layer of design ``i``: where it lies, what it counts, energy and latency by engine."""
        return layer_table(self.composed(i))

    def bands(self, i: int = 0) -> Bands:
        """How far energy, latency and area of design ``i`` may be off, as fabricated macros say."""
        return bands(self.composed(i))

    def explain(self, i: int = 0) -> str:
        """In words: where energy, time and area of design ``i`` go, what limits it, and why it is infeasible."""
        composed = self.composed(i)
        return explanation(composed, {name: float(self.violations[name][i]) for name in VIOLATION_RULES})

    def composed(self, i: int = 0) -> Composition:
        """Design ``i`` alone: every figure that the engines declare, (1, ...), with the copies it is fastest with."""
        if not -len(self) <= whole_number("design", i) < len(self):
            raise InputError("design", f"{i}: there are {len(self)} designs, 0 to {len(self) - 1}")
        return list(self._blocks.of(self.designs.take([i])))[-1][1]

    def _of(self, designs: Designs, jobs: int = 1) -> "Evaluation":
        """The same network on other designs."""
        return Evaluation(self.network, designs, noc_model=self.noc_model, include_dram=self.include_dram, jobs=jobs)

    def _compute(self, names: Sequence[str]) -> None:
        """Fill ``_columns`` with the named columns and rules, block by block."""
        if not names:
            return
        of_each = list(self.designs.of_each_technology())
        if len(of_each) > 1:
            self._columns.update(self._by_technology(names, of_each))
            return
        if not self._blocks.whole:  # a second pass would repeat the engines
            others = [name for name in (*VIOLATION_RULES, *NOTES) if name not in self._columns]
            names = list(dict.fromkeys([*names, *others]))
        if self.jobs != 1 and not self._blocks.whole:
            self._columns.update(self._by_processes(names))
            return
        columns = {name: np.zeros(len(self)) for name in names}  # a page that no figure but 0 is on takes no memory
        other_than_0 = set[str]()
        errors = np.errstate(divide="raise", invalid="raise", over="raise")
        with overlays_blamed(self.designs.technology, columns), errors:
            for rows, composed in self._blocks:
                for name, values in columns.items():
                    found = computed(name, composed)
                    if name in other_than_0 or found.any():
                        values[rows] = found
                        other_than_0.add(name)
        for name, values in columns.items():
            self._columns[name] = read_only(values)

    def _computed(self, names: Sequence[str]) -> dict[str, AnyArray]:
        """The named columns and rules."""
        self._compute(names)
        return {name: self._columns[name] for name in names}

    def _by_technology(self, names: Sequence[str], of_each: Sequence[IntArray]) -> dict[str, AnyArray]:
        """The named columns and rules, the designs of one technology after those of another."""
        names = list(dict.fromkeys([*names, *VIOLATION_RULES, *NOTES]))  # a second pass would repeat the engines
        columns = {name: np.empty(len(self)) for name in names}
        for rows in of_each:
            for name, values in self._of(self.designs.take(rows), self.jobs)._computed(names).items():
                columns[name][rows] = values
        return {name: read_only(values) for name, values in columns.items()}

    def _by_processes(self, names: Sequence[str]) -> dict[str, AnyArray]:
        """The named columns and rules, some designs a process."""
        import joblib

        pool = joblib.Parallel(n_jobs=self.jobs)
        size = -(-len(self) // (_TASKS_PER_PROCESS * joblib.effective_n_jobs(self.jobs)))
        some = (self._of(self.designs.take(rows)) for rows in chunks(len(self), size))
        parts = pool(joblib.delayed(Evaluation._computed)(each, names) for each in some)
        return {name: read_only(np.concatenate([part[name] for part in parts])) for name in names}


def evaluate(
    network: Network | str | Path,
    designs: "Designs | pd.DataFrame | None" = None,
    *,
    noc_model: str = "fast",
    include_dram: bool = False,
    jobs: int = 1,
    technology: Technology | None = None,
) -> Evaluation:
    """Latency, energy, area, accuracy and cost of a network on a batch of designs.

    Parameters
    ----------
    network : Network, or a name of the zoo, or a file
    designs : Designs, or a table of them (:meth:`Designs.from_frame`)
        D designs; default one with every default. One that does not fit its package is evaluated as if it had the
        chiplets it needs, and violates ``fits``; every figure is finite.
    noc_model : {"fast", "fluid", "cycle"}
        Makespan of the networks on chip and on package: in closed form, or replayed in phases of constant rates.
    include_dram : bool
        Add the DRAM's energy and time to ``energy_mj`` and ``latency_ms``.
    jobs : int
        Processes, -1 for one a core; worth their start from some 100,000 designs on that share little. Ask for all
        columns together: each time that columns are asked for, all processes go through the designs again.
    technology : Technology, optional
        Constants and tables to compute with; default those that the designs carry.

    Returns
    -------
    Evaluation
        Columns are computed when they are asked for.

    Raises
    ------
    InputError
        An unknown ``noc_model``, a number of ``jobs`` that makes no sense, a network without weights, or a faulty
        network or table.

    Examples
    --------
    >>> evaluation = evaluate("lenet5", Designs.grid(adc_bits=[5, 6, 7]))
    >>> evaluation
    Evaluation(lenet5, Designs(3; adc_bits))
    >>> evaluation["latency_ms"].shape
    (3,)
    >>> len(Designs.from_frame(evaluation.to_frame()))
    3
    >>> from siam_dse.technology.technology import Technology
    >>> device = Technology.load("rram_wan2022")  # a device, link, converter of one's own: a file
    >>> float(evaluate("lenet5", technology=device).designs.r_on_ohm[0])
    25000.0
    """
    network = given_network(network)
    if designs is None:
        designs = Designs.grid(technology=technology)
    elif not isinstance(designs, Designs):
        designs = Designs.from_frame(designs, technology=technology)
    designs = designs if technology is None else designs.with_technology(technology)
    return Evaluation(network, designs, noc_model=noc_model, include_dram=include_dram, jobs=jobs)


def _plain_numbers(name: str, values: AnyArray) -> AnyArray:
    """Counts as whole numbers, for the table."""
    return values.astype(np.int64) if OUTPUT_COLUMNS[name].unit == "count" else values
