"""What uncertain constants do to a front: bands of its objectives, which designs stay on it, which constant decides."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.core.errors import InputError
from siam_dse.core.units import PERCENT
from siam_dse.design.designs import Designs
from siam_dse.search.front import nondominated
from siam_dse.search.problem import Problem
from siam_dse.system.evaluate import Evaluation, evaluate
from siam_dse.technology.ranges import Range, ranges, scaled
from siam_dse.technology.variants import Variants

ROBUST = 0.95  # share of the draws in which a robust design is on the front
BAND = (0.05, 0.5, 0.95)  # quantiles of a band


@dataclass(frozen=True)
class Uncertainty:
    """Designs under constants drawn from their ranges; S draws, D designs, M objectives, K ranges.

    Objectives are minimised: one that is maximised has its sign turned.
    """

    ranges: tuple[Range, ...]
    objective_names: tuple[str, ...]
    objectives: FloatArray  # (S, D, M)
    feasible: BoolArray  # (S, D)
    on_front: BoolArray  # (S, D): feasible, and beaten by no other of the D
    low: FloatArray  # (K, M) of one design, each range alone at its lowest factor
    high: FloatArray  # (K, M) at its highest
    nominal: FloatArray  # (M,) of that design

    @property
    def stays(self) -> FloatArray:
        """Share of the draws in which each design is on the front, (D,)."""
        return np.asarray(self.on_front.mean(axis=0))

    @property
    def robust(self) -> BoolArray:
        """Designs that are on the front in nearly all draws, (D,)."""
        return self.stays >= ROBUST

    @property
    def bands(self) -> FloatArray:
        """5 %, median and 95 % of each objective, (3, D, M)."""
        return np.asarray(np.quantile(self.objectives, BAND, axis=0))

    def influence(self, objective: int) -> FloatArray:
        """How far each range moves an objective from lowest to highest, relative to its value, (K,)."""
        swing = self.high[:, objective] - self.low[:, objective]
        return np.asarray(np.abs(swing) / max(abs(self.nominal[objective]), np.finfo(float).tiny))


def uncertainty(
    problem: Problem, designs: Designs, *, samples: int = 200, seed: int = 0, chosen: int = 0,
    over: Sequence[Range] | None = None,
) -> Uncertainty:  # fmt: skip
    """Evaluate designs under constants drawn from their ranges.

    Parameters
    ----------
    problem : Problem
        Objectives and constraints.
    designs : Designs
        D designs, such as a front.
    samples : int
        Draws S; Latin hypercube, log-uniform between the lowest and the highest factor of each range, all independent.
    seed : int
    chosen : int
        Design whose objectives each range moves alone.
    over : ranges, optional
        Default all of the designs' technology.

    Returns
    -------
    Uncertainty

    Raises
    ------
    InputError
        No draws, no designs, or no ranges.
    """
    over = uncertain(designs) if over is None else tuple(over)
    if samples < 1 or not len(designs) or not over:
        raise InputError("uncertainty", f"needs draws, designs and ranges, got {samples}, {len(designs)}, {len(over)}")
    scores = [
        problem.scores(problem.evaluation_of(scaled_designs(designs, factors)))
        for factors in draws(over, samples, seed)
    ]
    objectives, feasible = np.stack([s.objectives for s in scores]), np.stack([s.feasible for s in scores])
    one = designs.take([chosen])
    low, high = (np.array([_moved(problem, one, r.key, end) for r, end in _ends(over, e)]) for e in ("low", "high"))
    return Uncertainty(
        ranges=tuple(over),
        objective_names=problem.objective_names,
        objectives=objectives,
        feasible=feasible,
        on_front=_on_front(objectives, feasible),
        low=low,
        high=high,
        nominal=problem.scores(problem.evaluation_of(one)).objectives[0],
    )


def uncertain(designs: Designs) -> tuple[Range, ...]:
    """What is not known for sure of the designs' technology; of several, of what all of them lie over."""
    of = designs.technologies
    return ranges(of.base if isinstance(of, Variants) else of)


@dataclass(frozen=True)
class Drawn:
    """Columns under drawn constants: (S, D, M), and as they are without, (D, M)."""

    values: FloatArray
    nominal: FloatArray

    @property
    def bands(self) -> FloatArray:
        """5 %, median and 95 %, (3, D, M)."""
        return np.asarray(np.quantile(self.values, BAND, axis=0))


def drawn(
    evaluation: Evaluation, names: Sequence[str], over: Sequence[Range], samples: int = 200, seed: int = 0
) -> Drawn:
    """Output columns of evaluated designs under constants drawn as :func:`uncertainty` does.

    Raises
    ------
    InputError
        No draws, no ranges, or an unknown column.
    """
    if samples < 1 or not over:
        raise InputError("uncertainty", f"needs draws and ranges, got {samples}, {len(over)}")
    values = [_columns(evaluation, names, factors) for factors in draws(over, samples, seed)]
    return Drawn(np.stack(values), _columns(evaluation, names))


def moved(evaluation: Evaluation, names: Sequence[str], over: Sequence[Range]) -> pd.DataFrame:
    """How far each range alone moves columns of the first design, from lowest to highest [%]; the farthest first."""
    nominal = _columns(evaluation, names)[0]
    low, high = (np.stack([_columns(evaluation, names, {r.key: getattr(r, end)})[0] for r in over])
                 for end in ("low", "high"))  # fmt: skip
    swing = PERCENT * np.abs(high - low) / np.maximum(np.abs(nominal), np.finfo(float).tiny)
    table = pd.DataFrame(swing, columns=list(names))
    table.insert(0, "range", [f"x{r.low:g} to x{r.high:g}" for r in over])
    table.insert(0, "constant", [r.key for r in over])
    order = np.argsort(-swing.max(axis=1), kind="stable")
    return table.take(order[swing.max(axis=1)[order] > 0]).reset_index(drop=True)


def _columns(evaluation: Evaluation, names: Sequence[str], factors: Mapping[str, float] | None = None) -> FloatArray:
    """Columns (D, M) of an evaluation, with constants of its designs times factors."""
    if factors is not None:
        designs = scaled_designs(evaluation.designs, factors)
        evaluation = evaluate(
            evaluation.network, designs, noc_model=evaluation.noc_model, include_dram=evaluation.include_dram
        )
    columns = evaluation.columns(names)
    return np.stack([columns[name] for name in names], axis=1)


def draws(over: Sequence[Range], samples: int, seed: int) -> Iterator[dict[str, float]]:
    """Factors within the ranges, by the ranges' keys, a draw each."""
    from scipy.stats import qmc  # half a second, and reports read what was drawn long before

    shares = qmc.LatinHypercube(len(over), rng=seed).random(samples)
    low, high = (np.log([getattr(r, end) for r in over]) for end in ("low", "high"))
    for factors in np.exp(low + shares * (high - low)):
        yield {r.key: float(factor) for r, factor in zip(over, factors, strict=True)}


def scaled_designs(designs: Designs, factors: Mapping[str, float]) -> Designs:
    """The designs with constants of their technology, or of each one's own, times factors."""
    of = designs.technologies
    if not isinstance(of, Variants):
        return designs.with_technology(scaled(of, factors))
    return designs.with_technology(of.changed([scaled(each, factors) for each in of.technologies]))


def _ends(over: Sequence[Range], end: str) -> list[tuple[Range, float]]:
    return [(each, getattr(each, end)) for each in over]


def _moved(problem: Problem, design: Designs, key: str, factor: float) -> FloatArray:
    moved = scaled_designs(design, {key: factor})
    return np.asarray(problem.scores(problem.evaluation_of(moved)).objectives[0])


def _on_front(objectives: FloatArray, feasible: BoolArray) -> BoolArray:
    """Feasible designs that no other feasible one beats in the same draw, (S, D); equals stay together."""
    out = np.zeros(feasible.shape, dtype=bool)
    for s, rows in enumerate(feasible):
        found: IntArray = np.flatnonzero(rows)
        if len(found):
            distinct, inverse = np.unique(objectives[s, found], axis=0, return_inverse=True)
            out[s, found] = nondominated(distinct)[inverse.reshape(-1)]
    return out
