"""audit: does every axis of a space move an objective, can its constraints be met, and does every axis trade off?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.design.space import plain
from siam_dse.search.problem import OTHER_RULES, Problem
from siam_dse.system.columns import VIOLATION_RULES
from siam_dse.system.evaluate import Evaluation

_PILOT = 1024  # designs that constraints are judged on
_BASES = 24  # designs that each axis is moved from
_MOST_LEVELS = 9  # levels of an axis that are tried
_LOSS_WORTH_SAYING_PCT = 0.5  # points of top-1
_SQNR_ENOUGH_DB = 20.0
_STILL = 1e-9  # a smaller relative change counts as none


def audit(problem: Problem, seed: int = 0) -> list[str]:
    """What is odd about a search space, in words; empty where nothing is.

    Axes are moved one at a time from random designs that fit (one that does not is evaluated as if it did), constraints
    judged on random designs (all of a small space): a finding says how many designs it rests on.
    """
    rng = np.random.default_rng(seed)
    return [*still_axes(problem, rng), *hopeless_constraints(problem, rng)]


def still_axes(problem: Problem, rng: np.random.Generator) -> list[str]:
    """Axes that move no objective beyond rounding, as far as designs that fit can tell.

    A design that needs more chiplets than it is given is evaluated with those it needs, so that the number given moves
    nothing: only designs that fit are compared.
    """
    space = problem.space
    pilot = _random_levels(problem, _PILOT, rng)
    fitting = np.flatnonzero(_fits(problem.evaluate(pilot)))
    bases = pilot[rng.choice(fitting, _BASES)] if len(fitting) else pilot[:0]
    lines = []
    blocks, names = [], []
    for a, axis in enumerate(space.axes):
        radix = len(axis.levels)
        if radix == 1:
            lines.append(f"axis {axis.name} has one level only; put it in fixed")
            continue
        tried = np.unique(np.linspace(0, radix - 1, min(radix, _MOST_LEVELS)).round().astype(np.int64))
        block = np.repeat(bases[:, None], len(tried), axis=1)
        block[:, :, a] = tried
        blocks.append(block)
        names.append(axis.name)
    if not blocks:
        return lines
    if not len(bases):
        lines.append(
            f"none of {len(np.unique(pilot, axis=0))} designs looked at fits, so which axes move an objective cannot "
            "be told: more or larger chiplets, or larger crossbars"
        )
        return lines
    levels = np.concatenate([block.reshape(-1, len(space.axes)) for block in blocks])
    evaluation = problem.evaluate(levels)
    objectives, fits = problem.scores(evaluation).objectives, _fits(evaluation)
    start = 0
    for name, block in zip(names, blocks, strict=True):
        count = block.shape[0] * block.shape[1]
        values = objectives[start : start + count].reshape(*block.shape[:2], -1)
        fit = fits[start : start + count].reshape(block.shape[:2])
        start += count
        compared = fit.sum(axis=1) > 1
        if not compared.any():
            lines.append(
                f"axis {name}: at most one of its levels fits in each of {_BASES} designs looked at, so whether it "
                "moves an objective cannot be told"
            )
        elif _relative_range(values[compared], fit[compared]).max() < _STILL:
            lines.append(
                f"axis {name} moves no objective ({', '.join(problem.objective_names)}) in {compared.sum()} designs "
                "looked at: its levels cannot be told apart; put it in fixed"
            )
    return lines


def hopeless_constraints(problem: Problem, rng: np.random.Generator) -> list[str]:
    """Constraints that exclude every design looked at, alone or together."""
    space = problem.space
    whole = space.size <= _PILOT
    levels = space.levels_at(np.arange(space.size)) if whole else _random_levels(problem, _PILOT, rng)
    evaluation = problem.evaluate(levels)
    scores = problem.scores(evaluation)
    n = len(levels)
    looked = f"all {n} designs of the space" if whole else f"all of {n} random designs"
    lines = []
    for i, name in enumerate(problem.constraint_names):
        if (scores.slack[:, i] > 0).all():
            if i < len(problem.constraints) and not problem.constraints[i].is_rule:
                values = evaluation.column(problem.constraints[i].name)
                closest = f" (closest: {values[np.argmin(scores.slack[:, i])]:.4g})"
                lines.append(f"constraint {name!r} excludes {looked}{closest}; loosen it, or change the axes")
            else:
                lines += _hopeless_rules(problem, evaluation, name, looked)
    if not lines and not scores.feasible.any():
        nearest = int(np.argmin(scores.violation))
        broken = [problem.constraint_names[i] for i in np.flatnonzero(scores.slack[nearest] > 0)]
        lines.append(
            f"the constraints together exclude {looked}; the one nearest to feasible breaks {' and '.join(broken)}; "
            "loosen one, or change the axes"
        )
    return lines


def _hopeless_rules(problem: Problem, evaluation: Evaluation, name: str, looked: str) -> list[str]:
    """Rules that exclude every design: the one of that name, or those among the rules that the space does not name."""
    rules = problem.other_rules if name == OTHER_RULES else (name,)
    alone = [rule for rule in rules if (evaluation.violations[rule] > 0).all()]
    if not alone:
        return [f"the rules of the model together exclude {looked}; change the axes"]
    return [f"constraint {rule!r} excludes {looked}; what helps: {VIOLATION_RULES[rule].remedy}" for rule in alone]


def unwatched_accuracy(problem: Problem, front: pd.DataFrame) -> list[str]:
    """That a front loses accuracy which neither an objective nor a constraint watches; empty where it does not."""
    watched = {*problem.objective_names, *(name for rule in problem.constraints for name in (rule.name, *rule.columns))}
    if not len(front) or watched & {"accuracy_loss_pct", "sqnr_db"}:
        return []
    if problem.network.has_top1:
        loss = front["accuracy_loss_pct"]
        if float(loss.max()) < _LOSS_WORTH_SAYING_PCT:
            return []
        return [
            "nothing watches accuracy: accuracy_loss_pct is neither an objective nor bounded, and the front's designs "
            f"lose {loss.min():.2g} to {loss.max():.2g} points of top-1 (median {loss.median():.2g}); search with "
            "--constraint 'accuracy_loss_pct <= 1', or with accuracy_loss_pct among --objectives"
        ]
    sqnr = front["sqnr_db"]
    if float(sqnr.min()) >= _SQNR_ENOUGH_DB:
        return []
    return [
        "nothing watches accuracy: sqnr_db is neither an objective nor bounded, and the front's designs have "
        f"{sqnr.min():.3g} to {sqnr.max():.3g} dB; search with --constraint 'sqnr_db >= 20'"
    ]


def front_findings(problem: Problem, levels: IntArray) -> list[str]:
    """Axes that do not trade off on a front, rows of levels (n, A): stuck at one level, or set by another axis."""
    space = problem.space
    if len(levels) < 2:
        return []
    lines = []
    stuck = set()
    for a, axis in enumerate(space.axes):
        if len(axis.levels) > 1 and len(np.unique(levels[:, a])) == 1:
            stuck.add(a)
            value = plain(axis.levels[int(levels[0, a])])
            lines.append(f"on the front {axis.name} is always {value}: it does not trade off here")
    free = [a for a in range(len(space.axes)) if a not in stuck and len(space.axes[a].levels) > 1]
    for i, a in enumerate(free):
        for b in free[i + 1 :]:
            for led, leads in ((b, a), (a, b)):
                rule = _follows(levels, led, leads)
                if rule:
                    here, there = space.axes[led], space.axes[leads]
                    pairs = [f"{plain(there.levels[high])}: {plain(here.levels[low])}" for high, low in rule.items()]
                    lines.append(f"on the front {here.name} follows from {there.name} ({', '.join(pairs)})")
                    break
    return lines


def _follows(levels: IntArray, led: int, leads: int) -> dict[int, int]:
    """Level of the axis ``led`` for each of the axis ``leads``, where one always goes with the other; else empty.

    Counted only where it is seen often enough, and where most levels of one have a level of the other to themselves.
    """
    n_led, n_leads = levels[:, led].max() + 1, levels[:, leads].max() + 1
    pairs = np.bincount(levels[:, leads] * n_led + levels[:, led], minlength=n_leads * n_led).reshape(n_leads, n_led)
    if ((pairs > 0).sum(axis=1) > 1).any():
        return {}
    rule: dict[int, int] = {int(high): int(low) for high, low in np.argwhere(pairs > 0)}
    is_telling = len(levels) >= 3 * len(rule) and 2 * len(set(rule.values())) > len(rule) > 1
    return rule if is_telling else {}


def _random_levels(problem: Problem, n: int, rng: np.random.Generator) -> IntArray:
    radices: Sequence[int] = problem.space.radices
    return rng.integers(0, radices, size=(n, len(radices)), dtype=np.int64)


def _fits(evaluation: Evaluation) -> BoolArray:
    """Designs whose network fits on the chiplets given, (n,)."""
    return np.asarray(evaluation.violations["fits"] <= 0)


def _relative_range(values: FloatArray, counted: BoolArray) -> FloatArray:
    """Largest less smallest of the counted values (n, levels, M) along axis 1, relative to the largest magnitude."""
    mask = counted[:, :, None]
    extent = values.max(axis=1, where=mask, initial=-np.inf) - values.min(axis=1, where=mask, initial=np.inf)
    magnitude = np.abs(values).max(axis=1, where=mask, initial=0)
    return np.asarray(extent / np.where(magnitude > 0, magnitude, 1))
