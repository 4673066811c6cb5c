"""Problem: a network, or several, and a search space turned into arrays of objectives and constraints."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.core.errors import InputError, unknown_name
from siam_dse.design.designs import Designs
from siam_dse.design.space import Constraint, SearchSpace
from siam_dse.design.space_reader import DIRECTIONS
from siam_dse.system.columns import OF_SEQUENCES, OUTPUT_COLUMNS, VIOLATION_RULES
from siam_dse.system.evaluate import Evaluation, evaluate
from siam_dse.system.joint import RATIOS, JointEvaluation, members_evaluated
from siam_dse.workload.network import Network
from siam_dse.workload.network_set import WORST, NetworkSet, Workload, members_of

OTHER_RULES = "rules"
BY_NETWORK = ("latency_ms", "energy_mj", "accuracy_loss_pct", "cost_usd", "area_mm2", "utilisation")  # where several
TOP1_COLUMNS = ("accuracy_loss_pct",)  # output columns without a value for a network without a top-1


@dataclass(frozen=True)
class Scores:
    """What a search needs to know of n designs.

    ``objectives`` (n, M) are all to be minimised (a column to be maximised is negated) and finite; ``slack`` (n, C) is
    > 0 where a constraint is violated: the count a rule states, or the excess over a bound relative to it.
    """

    objectives: FloatArray
    slack: FloatArray

    @property
    def violation(self) -> FloatArray:
        """Sum of the excesses, (n,); 0 where feasible."""
        return np.asarray(np.maximum(self.slack, 0).sum(axis=1))

    @property
    def feasible(self) -> BoolArray:
        """Designs that meet every constraint, (n,)."""
        return np.asarray((self.slack <= 0).all(axis=1))

    def take(self, rows: IntArray | BoolArray | slice) -> "Scores":
        """Scores of some of the designs."""
        return Scores(self.objectives[rows], self.slack[rows])

    def joined(self, others: "Scores") -> "Scores":
        """Scores of these designs and others after them."""
        return Scores(np.concatenate([self.objectives, others.objectives]), np.concatenate([self.slack, others.slack]))


class Problem:
    """A network evaluated over a search space, or several: a constraint then holds for each of them.

    Constraints are those of the space; the rules of the model that it does not name hold too, summed up under the
    name ``rules``.
    """

    def __init__(self, network: Workload, space: SearchSpace) -> None:
        _check_names(space, known_objectives(network))
        for member in members_of(network):
            _check_tokens(member, space)
            _check_top1(member, space)
        self.network = network
        self.space = space
        self.objective_names = tuple(space.objectives)
        self.signs = np.asarray([1.0 if way == "minimise" else -1.0 for way in space.objectives.values()])
        self.constraints = space.constraints
        named = {constraint.name for constraint in space.constraints if constraint.is_rule}
        self.other_rules = tuple(name for name in VIOLATION_RULES if name not in named)
        self.constraint_names = (*(constraint.text for constraint in space.constraints), OTHER_RULES)

    def evaluate(self, levels: IntArray) -> Evaluation:
        """Evaluation of designs at rows of levels (n, A)."""
        return self.evaluation_of(self.space.designs(levels))

    def evaluation_of(self, designs: Designs) -> Evaluation:
        """Evaluation of designs, of the space or not; of several networks with columns for each."""
        if not isinstance(self.network, NetworkSet):
            return evaluate(self.network, designs)
        shown = [RATIOS.get(name, name) for name in self.objective_names]
        bounds = [name for constraint in self.constraints for name in constraint.columns]
        return JointEvaluation(self.network, designs, [*shown, *bounds, *BY_NETWORK])

    def scores(self, evaluation: Evaluation) -> Scores:
        """Objectives and constraints of an evaluation."""
        bounds = [name for constraint in self.constraints for name in constraint.columns]
        columns = evaluation.columns(dict.fromkeys([*self.objective_names, *bounds]))
        objectives = np.stack([columns[name] for name in self.objective_names], axis=1) * self.signs
        slack = self.slacks(evaluation, self.constraints)
        others = [np.maximum(evaluation.violations[name], 0) for name in self.other_rules]
        slack.append(np.sum(others, axis=0) if others else np.zeros(len(evaluation)))
        scores = Scores(objectives, np.stack(slack, axis=1))
        self._check_finite(scores)
        return scores

    def slacks(self, evaluation: Evaluation, constraints: Sequence[Constraint]) -> list[FloatArray]:
        """Excess over each constraint, (n,): a bound holds for each network alone."""
        bounds = list(dict.fromkeys(name for rule in constraints for name in rule.columns))
        of_each = [each.columns(bounds) for each in members_evaluated(evaluation)]
        return [
            evaluation.violations[rule.name]
            if rule.is_rule
            else np.asarray(np.max([excess(rule, columns) for columns in of_each], axis=0))
            for rule in constraints
        ]

    def table(self, evaluation: Evaluation) -> pd.DataFrame:
        """Fields, ``feasible`` with the space's constraints, every output column, and each constraint's excess."""
        frame = evaluation.to_frame()  # first: in one pass over the designs it computes what the scores are made of
        scores = self.scores(evaluation)
        frame["feasible"] = scores.feasible
        excesses = pd.DataFrame(
            {"violation": scores.violation, **dict(zip(self.excess_columns, scores.slack.T, strict=True))}
        )
        return pd.concat([frame, excesses], axis=1)

    def scores_of_table(self, frame: pd.DataFrame) -> Scores:
        """Scores of stored points, bit for bit those they were stored with."""
        objectives = frame[list(self.objective_names)].to_numpy(dtype=np.float64) * self.signs
        return Scores(objectives, frame[list(self.excess_columns)].to_numpy(dtype=np.float64))

    @property
    def excess_columns(self) -> tuple[str, ...]:
        """Columns of :meth:`table` with the excess over each constraint."""
        return tuple(f"excess: {name}" for name in self.constraint_names)

    @property
    def bounds_on_objectives(self) -> tuple[int, ...]:
        """Positions of the constraints that bound an objective from its worse side; of several networks there are none.

        There a bound holds for each network alone, and an objective is of all of them.
        """
        if isinstance(self.network, NetworkSet):
            return ()
        worse = dict(zip(self.objective_names, np.where(self.signs > 0, "<=", ">=").tolist(), strict=True))
        return tuple(
            at for at, rule in enumerate(self.constraints) if not rule.against and worse.get(rule.name, "?") == rule.op
        )

    def _check_finite(self, scores: Scores) -> None:
        """Refuse objectives and constraints without a value: a search cannot rank them."""
        names = (*self.objective_names, *self.constraint_names)
        bad = ~np.isfinite(np.concatenate([scores.objectives, scores.slack], axis=1))
        if bad.any():
            found = [f"{names[i]}: has no finite value for {int(bad[:, i].sum())} of {len(bad)} designs"
                     for i in np.flatnonzero(bad.any(axis=0))]  # fmt: skip
            raise InputError(f"{self.network.name} on {self.space.name}", [f"{line}; leave it out" for line in found])


def known_objectives(network: Workload) -> tuple[str, ...]:
    """Columns that may be objectives: those of the model and, of several networks, the worst ratios of some."""
    is_worst = isinstance(network, NetworkSet) and network.aggregate == WORST
    return (*OUTPUT_COLUMNS, *(RATIOS if is_worst else ()))


def excess(constraint: Constraint, columns: Mapping[str, FloatArray]) -> FloatArray:
    """How far a column is beyond its bound, (n,), relative to it (absolute where the bound is 0); > 0 = violated."""
    values = columns[constraint.name]
    limit = columns[constraint.against] if constraint.against else np.full(len(values), constraint.limit)
    beyond = values - limit if constraint.op == "<=" else limit - values
    return np.asarray(beyond / np.where(limit == 0, 1, np.abs(limit)))


def directed_objectives(names: Iterable[str], where: str = "objectives") -> dict[str, str]:
    """Objectives given as ``column`` (its usual direction) or ``column:minimise`` / ``column:maximise``.

    Raises
    ------
    InputError
        Says ``where`` they were given. Names every unknown column, and every column without a usual direction.
    """
    out: dict[str, str] = {}
    problems = []
    for text in names:
        name, _, way = (part.strip() for part in text.partition(":"))
        if name not in OUTPUT_COLUMNS:
            problems.append(unknown_name("output column", name, OUTPUT_COLUMNS))
            continue
        direction = DIRECTIONS.get(way or OUTPUT_COLUMNS[name].direction or "", "")
        if way and not direction:
            problems.append(f"{text.strip()}: {way!r} is no direction; write {name}:minimise or {name}:maximise")
        elif not direction:
            problems.append(f"{name}: neither way is better by itself; write {name}:minimise or {name}:maximise")
        elif name in out:
            problems.append(f"{name}: given twice")
        out[name] = direction
    if not out and not problems:
        problems.append("give at least one output column, such as latency_ms,energy_mj")
    if problems:
        raise InputError(where, problems)
    return out


def _check_top1(network: Network, space: SearchSpace) -> None:
    """Objectives and constraints on top-1 for a network that has none."""
    if network.has_top1:
        return
    why = f"{network.name} states no int8_top1, so it has none to lose"
    state = "or, if it is a classifier, state int8_top1 in its YAML file"
    problems = [f"objectives.{name}: {why}; put sqnr_db: maximise or the bound 'sqnr_db >= 20' in its place, {state}"
                for name in space.objectives if name in TOP1_COLUMNS]  # fmt: skip
    problems += [f"constraints: {rule.text!r}: {why}; bound 'sqnr_db >= 20' in its place, {state}"
                 for rule in space.constraints if set(rule.columns) & set(TOP1_COLUMNS)]  # fmt: skip
    if problems:
        raise InputError(f"search space {space.name}", problems)


def _check_tokens(network: Network, space: SearchSpace) -> None:
    """Objectives and constraints on tokens for a network that is no sequence, or that does not prefill."""
    asked = [*space.objectives, *(name for rule in space.constraints for name in rule.columns)]
    none = [name for name in asked if name in OF_SEQUENCES and not network.tokens]
    late = [
        name for name in asked if name == "time_to_first_token_ms" and network.tokens and network.phase != "prefill"
    ]
    problems = [f"{name}: {network.name} is no sequence of tokens; use latency_ms or energy_mj" for name in none]
    problems += [f"{name}: {network.name} does not prefill here; use tokens_per_s, or --phase prefill" for name in late]
    if problems:
        raise InputError(f"search space {space.name}", problems)


def _check_names(space: SearchSpace, objectives: Sequence[str]) -> None:
    """Objectives and constraints that the model does not put out."""
    problems = [unknown_name("output column", name, objectives) for name in space.objectives if name not in objectives]
    for constraint in space.constraints:
        known = VIOLATION_RULES if constraint.is_rule else OUTPUT_COLUMNS
        for name in constraint.columns or (constraint.name,):
            if name not in known:
                problems.append(unknown_name("rule" if constraint.is_rule else "output column", name, known))
    if not space.objectives:
        problems.append("has no objective")
    if problems:
        raise InputError(f"search space {space.name}", problems)
