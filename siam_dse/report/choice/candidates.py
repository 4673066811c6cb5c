"""Which stored designs of a run may be chosen: those that meet the bounds and that no other of them beats."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siam_dse.core.arrays import FloatArray
from siam_dse.core.errors import InputError, NoFeasibleDesignError, unknown_name
from siam_dse.core.text import command
from siam_dse.core.units import PERCENT
from siam_dse.design.space import Constraint
from siam_dse.design.space_reader import read_constraints
from siam_dse.report.labels import number
from siam_dse.runs.folder import RunFolder
from siam_dse.runs.tables import ID
from siam_dse.search.front import nondominated
from siam_dse.search.problem import directed_objectives, excess
from siam_dse.system.columns import OUTPUT_COLUMNS

DISTANCE = "distance"  # column of the weighted distance to the best in everything
_DIFFERENCES = frozenset({"%", "dB"})  # units in which a difference means the same everywhere, a ratio does not

_LARGEST_WEIGHT = 1e9


@dataclass(frozen=True)
class Criteria:
    """What a choice is made by: column -> ``minimise`` or ``maximise``, and the weight of each."""

    directions: Mapping[str, str]
    weights: Mapping[str, float]

    @property
    def names(self) -> tuple[str, ...]:
        """Columns that count."""
        return tuple(self.directions)

    def costs(self, frame: pd.DataFrame) -> FloatArray:
        """Values (n, M), all to be minimised."""
        signs = np.asarray([-1.0 if way == "maximise" else 1.0 for way in self.directions.values()])
        return np.asarray(frame[list(self.directions)].to_numpy(dtype=np.float64) * signs)


def criteria_of(
    own: Mapping[str, str], objectives: Sequence[str] | None = None, weights: Mapping[str, float] | None = None
) -> Criteria:
    """Criteria: the run's objectives or those named, and further columns that have a weight; the weight is 1 elsewhere.

    Raises
    ------
    InputError
        An unknown column, a weight below 0, or none above.
    """
    given = dict(weights or {})

    directions = dict(own) if objectives is None else _directed(objectives, own, "--objective")
    others = [name for name in given if name not in directions]
    directions |= _directed(others, own, "--weights") if others else {}
    problems = [f"{name}: must be a number from 0 to {_LARGEST_WEIGHT:g}, got {value:g}"
                for name, value in given.items() if not 0 <= value <= _LARGEST_WEIGHT]  # fmt: skip
    kept = {name: way for name, way in directions.items() if given.get(name, 1.0) > 0}
    if not kept and not problems:
        problems.append(f"all weights are 0; give one of {', '.join(directions)} a weight")
    if problems:
        raise InputError("--weights", problems)
    return Criteria(kept, {name: float(given.get(name, 1.0)) for name in kept})


def _directed(names: Sequence[str], own: Mapping[str, str], where: str) -> dict[str, str]:
    """Columns with their directions; of the run's own objectives those of the run."""
    mine = {name: own[name] for name in names if name in own}
    others = [name for name in names if name not in own]
    return {**mine, **(directed_objectives(others, where) if others else {})}


@dataclass(frozen=True)
class Candidates:
    """Designs to choose from: those of ``met`` that no other of them beats in the criteria.

    ``met``: stored feasible designs that meet the bounds ``where``.
    """

    run: RunFolder
    frame: pd.DataFrame
    criteria: Criteria
    where: tuple[Constraint, ...]
    met: pd.DataFrame

    @property
    def said(self) -> str:
        """The bounds in words; empty where there are none."""
        return " and ".join(bound.text for bound in self.where)


def candidates_of(
    run: RunFolder,
    where: Iterable[str] = (),
    objectives: Sequence[str] | None = None,
    weights: Mapping[str, float] | None = None,
) -> Candidates:
    """Designs of a run to choose from, in the order of the first criterion.

    Parameters
    ----------
    run : RunFolder
    where : bounds on columns or fields, such as ``cost_usd <= 60``
        Of several networks a bound holds for each; ``latency_ms[vgg16] <= 5`` for one.
    objectives, weights : as for :func:`criteria_of`

    Raises
    ------
    InputError
        An unknown column, a bound that is none, weights that make no sense.
    NoFeasibleDesignError
        No stored design is feasible, or none meets the bounds: the nearest is named.
    """
    stored = feasible_designs(run)
    criteria = criteria_of(run.objectives, objectives, weights)
    bounds = read_constraints(where, "--where")
    _check_columns(stored, criteria, bounds)
    beyond = excesses(stored, bounds)
    met = np.asarray((beyond <= 0).all(axis=1), dtype=bool)
    if not met.any():
        raise NoFeasibleDesignError(_nearest(run, stored, bounds, beyond))
    frame = stored[met]
    best = frame[nondominated(criteria.costs(frame))]
    first, way = next(iter(criteria.directions.items()))
    ordered = best.sort_values(first, ascending=way == "minimise", kind="stable", ignore_index=True)
    return Candidates(run, ordered, criteria, bounds, frame.reset_index(drop=True))


def feasible_designs(run: RunFolder) -> pd.DataFrame:
    """Every stored feasible design of a run, each once, the front first."""
    front, points = run.front(), run.points()
    if not len(front) and (not len(points) or not points["feasible"].any()):
        raise NoFeasibleDesignError(f"{run.path}: has no feasible design; {command('report', run.path)} says why")
    points = points[points["feasible"].astype(bool)]
    if not len(front):
        return points.assign(knee=False).reset_index(drop=True)
    names = [name for name in front.columns if name == "knee" or name in points]
    rest = points[~points[ID].isin(front[ID])].assign(knee=False)
    joined: pd.DataFrame = pd.concat([front[names], rest[names]], ignore_index=True) if len(rest) else front[names]
    return joined


def excesses(frame: pd.DataFrame, bounds: Sequence[Constraint]) -> FloatArray:
    """How far designs are beyond each bound, (n, bounds), relative to it; of several networks the worst."""
    columns = [
        np.max([excess(bound, _of_network(frame, bound, name)) for name in _columns_of(frame, bound)], axis=0)
        for bound in bounds
    ]
    return np.stack(columns, axis=1) if columns else np.zeros((len(frame), 0))


def is_ratio_scale(name: str, values: FloatArray) -> bool:
    """Whether ratios of a column count (times, energies, costs) and not differences (points of top-1, dB)."""
    column = OUTPUT_COLUMNS.get(name.partition("[")[0])
    return bool((values > 0).all()) and (column is None or column.unit not in _DIFFERENCES)


def scaled(candidates: Candidates) -> FloatArray:
    """Criteria (n, M) from 0 at the best candidate to 1 at the worst, along logarithms where ratios count."""
    names, frame = candidates.criteria.names, candidates.frame
    out = candidates.criteria.costs(frame)
    for m, name in enumerate(names):
        values = frame[name].to_numpy(dtype=np.float64)
        if is_ratio_scale(name, values):
            out[:, m] = np.sign(out[:, m]) * np.log(values)
    extent = out.max(axis=0) - out.min(axis=0)
    return np.asarray((out - out.min(axis=0)) / np.where(extent > 0, extent, 1))


def distances(candidates: Candidates) -> FloatArray:
    """Weighted Euclidean distance of each candidate to the best value in every criterion, (n,); 1 = worst in all."""
    weights = np.asarray([candidates.criteria.weights[name] for name in candidates.criteria.names])
    return np.asarray(np.sqrt((weights * scaled(candidates) ** 2).sum(axis=1) / weights.sum()))


def _columns_of(frame: pd.DataFrame, bound: Constraint) -> list[str]:
    """Columns that a bound holds for: those of each network where a run has several."""
    each = [str(name) for name in frame if str(name).startswith(f"{bound.name}[")]
    return each or [bound.name]


def _of_network(frame: pd.DataFrame, bound: Constraint, name: str) -> dict[str, FloatArray]:
    """The columns of a bound, of a run of several networks those of one of them: that of the column ``name``."""
    network = name.removeprefix(bound.name)
    each = {column: f"{column}{network}" if f"{column}{network}" in frame else column for column in bound.columns}
    return {column: frame[own].to_numpy(dtype=np.float64) for column, own in each.items()}


def _check_columns(frame: pd.DataFrame, criteria: Criteria, bounds: Sequence[Constraint]) -> None:
    numeric = [str(name) for name in frame.select_dtypes("number").columns if name != ID]
    numeric = [name for name in numeric if not name.startswith("excess: ")]
    faults = dict[str, list[str]]()
    for bound in bounds:
        if bound.is_rule:
            lines = [f"{bound.text!r}: write 'column <= number' or 'column >= number'"]
        else:
            lines = [unknown_name("column", name, numeric) for name in bound.columns if name not in numeric]
        faults.setdefault("--where", []).extend(lines)
    unknown = [unknown_name("column", name, numeric) for name in criteria.names if name not in numeric]
    faults["--objective, --weights"] = unknown
    for option, lines in faults.items():
        if lines:
            raise InputError(option, lines)


def _nearest(run: RunFolder, stored: pd.DataFrame, bounds: Sequence[Constraint], beyond: FloatArray) -> str:
    """What to say where nothing meets the bounds: the design that is nearest, and what can be done."""
    row = int(np.argmin(np.maximum(beyond, 0).sum(axis=1)))
    parts = []
    for bound, by in zip(bounds, beyond[row], strict=True):
        if by > 0:
            values = [float(stored[name].iloc[row]) for name in _columns_of(stored, bound)]
            value = max(values) if bound.op == "<=" else min(values)
            amount = f"{PERCENT * by:.2g} %" if bound.limit else f"{by:.3g}"
            parts.append(f"{bound.name} {number(value)} ({amount} beyond {bound.text})")
    met = " and ".join(bound.text for bound in bounds)
    return (
        f"{run.path}: none of {len(stored):,} stored feasible designs meets {met}; the nearest is design "
        f"{int(stored[ID].iloc[row])} with {', '.join(parts)}; loosen a bound, or search under it with "
        "'siam-dse sweep ... --constraint'"
    )
