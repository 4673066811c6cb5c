"""pick: one design of a run, and why that one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from siam_dse.core.errors import NoFeasibleDesignError
from siam_dse.design.space import Constraint
from siam_dse.report.choice.candidates import Candidates, candidates_of, distances
from siam_dse.report.choice.command import evaluating, network_word
from siam_dse.report.choice.steps import Steps, best_steps
from siam_dse.report.labels import unit_of, words_of
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.tables import ID
from siam_dse.search.problem import Problem
from siam_dse.system.joint import RATIOS
from siam_dse.workload.network_set import members_of

COST, LOSS = "cost_usd", "accuracy_loss_pct"
_FAST = ("latency_ratio", "latency_ms")


@dataclass(frozen=True)
class Other:
    """Another design worth a look: what it is, and its row."""

    title: str
    row: pd.Series


@dataclass(frozen=True)
class Pick:
    """A design chosen from the candidates: ``position`` among them, or -1 for one that is not among them."""

    candidates: Candidates
    row: pd.Series
    position: int
    is_compromise: bool

    def __repr__(self) -> str:
        return f"<design {self.id} of {self.run.name}; .text says why, .row has its figures>"

    @property
    def run(self) -> RunFolder:
        """The run that it is of."""
        return self.candidates.run

    @property
    def id(self) -> int:
        """Id of the design in its run."""
        return int(self.row[ID])

    @cached_property
    def problem(self) -> Problem:
        """What the run searched."""
        return Problem(self.run.network(), self.run.space())

    @cached_property
    def network_word(self) -> str:
        """How a command names the run's network, of several the first."""
        return network_word(self.run, members_of(self.problem.network)[0])

    @property
    def command(self) -> list[str]:
        """Words of the command that evaluates it again, exactly."""
        return evaluating(self.network_word, self.row, self.problem.space, self.run.path)

    @cached_property
    def distance(self) -> float:
        """Distance to the best candidate in every criterion, 0 to 1; NaN for one that is not a candidate."""
        return float(distances(self.candidates)[self.position]) if self.position >= 0 else float("nan")

    @cached_property
    def steps(self) -> Steps:
        """The best change of a single field, by criterion; evaluated now."""
        return best_steps(self.run, self.problem, self.row, self.candidates.criteria, self.candidates.where)

    @cached_property
    def others(self) -> list[Other]:
        """The cheapest design under the bound on accuracy loss, and the fastest under the bound on cost."""
        return [other for other in self._bests if int(other.row[ID]) != self.id]

    @property
    def also(self) -> list[str]:
        """Which of these the pick is itself, in words."""
        titles = [other.title for other in self._bests if int(other.row[ID]) == self.id]
        return [title.removesuffix(f" than design {self.id}") for title in titles]

    @cached_property
    def _bests(self) -> list[Other]:
        return _bests(self)

    @cached_property
    def own_picks(self) -> dict[str, pd.Series]:
        """Of several networks the design that the same choice picks for each alone, from its own run."""
        return {name: _own_pick(run, self.candidates) for name, run in self.run.own_runs().items()}

    @property
    def text(self) -> str:
        """The choice explained."""
        from siam_dse.report.choice.words import pick_text

        return pick_text(self)


def pick(
    run: str | Path | RunFolder,
    where: Sequence[str] = (),
    weights: Mapping[str, float] | None = None,
    objectives: Sequence[str] | None = None,
    results: str | Path = "results",
) -> Pick:
    """One design of a run: the best compromise of those that meet the bounds.

    Parameters
    ----------
    run : name or path of the run, or a RunFolder
    where : bounds on columns or fields, such as ``cost_usd <= 60``
    weights : column -> weight, optional
        Weights of the objectives (1 where none is given, 0 leaves one out) and of further columns.
    objectives : columns, optional
        In place of the run's; of a single one the best design is picked.
    results : folder of runs

    Returns
    -------
    Pick
        ``id``, ``row`` with every column, ``text`` with the reasons, ``command``.

    Raises
    ------
    InputError, RunError
        An unknown run or column, a bound that is none.
    NoFeasibleDesignError
        No stored design meets the bounds; the nearest is named.

    Notes
    -----
    Each criterion is scaled to 0 at its best and 1 at its worst candidate, along logarithms where ratios count (times,
    energies, costs: positive throughout) and plainly where differences do (points of top-1, dB). The pick has the
    least sqrt(sum w s^2 / sum w); the first of equals.
    """
    candidates = candidates_of(RunFolder.open(run, results), where, objectives, weights)
    position = int(np.argmin(distances(candidates)))
    return Pick(candidates, candidates.frame.iloc[position], position, is_compromise=True)


def chosen(
    run: RunFolder,
    number: int,
    where: Sequence[str] = (),
    weights: Mapping[str, float] | None = None,
    objectives: Sequence[str] | None = None,
) -> Pick:
    """A design of a run that the user names by its id, beside the candidates."""
    row = run.design(number)
    candidates = candidates_of(run, where, objectives, weights)
    at = np.flatnonzero(candidates.frame[ID].to_numpy() == number)
    return Pick(candidates, row.iloc[0], int(at[0]) if len(at) else -1, is_compromise=False)


def _own_pick(run: RunFolder, of: Candidates) -> pd.Series:
    """The best compromise of a network's own run, by the same criteria, under those bounds that it can meet."""
    known = set(run.front().columns)
    bounds = [bound.text for bound in of.where if bound.name in known]
    weights = {RATIOS.get(name, name): weight for name, weight in of.criteria.weights.items()}
    names = [f"{RATIOS.get(name, name)}:{way}" for name, way in of.criteria.directions.items()]
    try:
        candidates = candidates_of(run, bounds, names, weights)
    except NoFeasibleDesignError:
        candidates = candidates_of(run, (), names, weights)
    return candidates.frame.iloc[int(np.argmin(distances(candidates)))]


def _bests(of: Pick) -> list[Other]:
    """Designs that are best in one thing under a bound on another."""
    met = of.candidates.met
    out = []
    fast = next((name for name in _FAST if name in met), None)
    has_loss = LOSS in met and bool(met[LOSS].notna().all())
    if COST in met:
        bound, said = _bound(of, LOSS) if has_loss else (np.inf, "")
        out.append(_best(of, COST, LOSS, bound, f"Cheapest{said}"))
    if fast and COST in met:
        bound, said = _bound(of, COST)
        out.append(_best(of, fast, COST, bound, f"Fastest{said}"))
    return [other for other in out if other]


def _best(of: Pick, name: str, bounded: str, bound: float, title: str) -> Other | None:
    """The stored design with the least ``name`` among those within the bound; of equals the least of the criteria."""
    met = of.candidates.met
    fine = met[met[bounded] <= bound] if np.isfinite(bound) else met
    if not len(fine):
        return None
    order = np.lexsort((of.candidates.criteria.costs(fine).sum(axis=1), fine[name].to_numpy()))
    return Other(title, fine.iloc[int(order[0])])


def _bound(of: Pick, name: str) -> tuple[float, str]:
    """The tightest bound on a column: of the choice, else of the space, else what the pick itself has."""
    for bounds, whose in ((of.candidates.where, ""), (of.problem.space.constraints, ", the space's bound")):
        limits = [bound.limit for bound in bounds if _is_upper(bound, name)]
        if limits:
            return min(limits), f" with {words_of(name)} up to {min(limits):g} {unit_of(name)}{whose}"
    value = float(of.row[name])
    return value, f" with no more {words_of(name)} than design {of.id}"


def _is_upper(bound: Constraint, name: str) -> bool:
    return bound.columns == (name,) and bound.op == "<="
