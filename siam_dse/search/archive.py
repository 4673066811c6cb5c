"""ArchiveSearch: big generations bred from everything good that is known, for a model that costs next to nothing.

A generation of some thousand designs, the more the more are known, none of them seen before, mixes

- *steps* and *pairs*: all neighbours of front members, one and two steps away, each member's once, first those that
  moved the front furthest (``leaders.py``);
- *crossings*: children of two sets of front members, part of the axes from one and the rest from the other, often the
  axes that a part of the model depends on, which is then computed once a parent; many are of members that lie near
  each other or near a leader, some of the best in a direction with members from anywhere (``breeding.py``);
- *walks* and *scatterings*: a few random steps from front members, or a few of their axes drawn anew;
- *climbers*: independent local searches from random designs, first towards fewer broken rules and less excess, then
  towards an objective mix of their own; one that is stuck starts again elsewhere, so that feasible designs that lie in
  islands are found one island after the other;
- *niches*: designs bred among the best that share a choice, most of them of choices that few of the front have, and
  neighbours of those that are best in an objective;
- *anywhere*: random designs.

The share of each follows the members it brought for its designs. Members are the front and, in the first generations,
what would be on it if bounds on objectives were a little wider (``leniency.py``). The front is exact, of everything
seen; parents are a part of the members, spread over them by boxes in scaled objectives.
"""

from collections.abc import Mapping
from functools import reduce
from typing import Any

import numpy as np

from siam_dse.core.arrays import AnyArray, BoolArray, FloatArray, IntArray, chunks
from siam_dse.search.breeding import Breeding, Ways
from siam_dse.search.brood import Brood, Nest
from siam_dse.search.climbers import Climbers
from siam_dse.search.front import nondominated
from siam_dse.search.leaders import FADING, gains
from siam_dse.search.leniency import Leniency, with_nothing_beyond
from siam_dse.search.moves import Keys
from siam_dse.search.niches import Niches
from siam_dse.search.problem import Problem, Scores
from siam_dse.search.scale import Scale, relative, thinned, view

GENERATION = 4096  # designs of the first
_GROWTH = 0.08  # of the designs evaluated, that a later one has
_LARGEST, _LARGEST_OF_MANY = 8, 2  # times the first, that a generation has at most; and with more than four objectives
_FEW = 4  # objectives
CLIMBERS = 128
_CLIMBING = 0.1  # share of a generation that climbers try
_CLIMBING_STILL = 0.5  # the same while the front stands still: there may be others elsewhere
_CLIMBING_ALONE = 0.75  # the same before a feasible design is known
_OF_NICHES = 0.2  # share of a generation bred in niches
_OF_EXTREMES = 0.03  # share of a generation that are neighbours of the best in an objective of some niche
_AROUND = 16  # of these best designs looked round at once
_STILL = 3  # generations without a new front member until it counts as standing still
_SETTLED = 20  # the same until it counts as settled
_LEAST = 0.04  # share of a generation that every kind but random designs has
_RANDOM = 0.005  # share of random designs, which are a dear kind: no two have a part in common
_MEMORY = 0.8  # of past success in a kind's share
KINDS = ("steps", "pairs", "crossings", "walks", "scatterings", "climbers", "niches", "anywhere")
MOST = 20_000  # members; more are thinned: tables have the whole front, and large ones make a generation slow
_COUNTS = ("evaluated", "generation", "n_feasible", "still", "n_random", "is_thinned")
_OF_MEMBERS = ("levels", "objectives", "beyond", "expanded", "numbers", "gains")
_ARRAYS = (
    *("seen", *_OF_MEMBERS),
    *("success", "excess_scale", "random_front", "broken", "nearest"),
)
_FILLING = ("crossings", "walks") * 3
_CLIMBERS, _NICHES, _ANYWHERE = (KINDS.index(kind) for kind in ("climbers", "niches", "anywhere"))


class ArchiveSearch:
    """A search and all it knows. A generation depends on the seed and the generations before, and on nothing else."""

    def __init__(self, problem: Problem, seed: int, given: IntArray | None = None) -> None:
        space = problem.space
        self.problem, self.seed = problem, seed
        self.given = np.zeros((0, len(space.axes)), dtype=np.int64) if given is None else given  # to begin with
        self.ways = Ways(problem)
        self.moves = self.ways.moves
        self.keys = Keys(space.radices)
        self.leniency = Leniency(problem)
        n_axes, n_objectives = len(space.axes), len(problem.objective_names)
        self.seen = np.zeros(0, dtype=np.uint64)
        self.levels = np.zeros((0, n_axes), dtype=np.int64)  # of the members, as the five that follow
        self.objectives = np.zeros((0, n_objectives))
        self.beyond = np.zeros(0)  # how far a member is beyond the bounds on objectives; 0 on the front
        self.expanded = np.zeros(0, dtype=np.int64)  # 0; 1 = neighbours tried; 2 = those two steps away too
        self.numbers = np.zeros(0, dtype=np.int64)  # designs evaluated before: a design's id in the run
        self.gains = np.zeros(0)  # how far a member moved the others, less from generation to generation
        self.success = np.ones(len(KINDS))
        self.generation = 0
        self.evaluated = 0
        self.n_feasible = 0
        self.still = 0  # generations since the front last moved
        self.excess_scale = np.ones(len(problem.constraint_names))
        self.climbers = Climbers(n_axes, n_objectives)
        self.niches = Niches(self.moves, self.ways.is_ordered, n_objectives)
        self.random_front = self.objectives  # of the designs drawn anywhere alone
        self.n_random = 0
        # Designs that break each constraint, and that break it alone.
        self.broken = np.zeros((2, len(problem.constraint_names)), dtype=np.int64)
        self.nearest = np.full(len(problem.constraint_names), np.inf)  # excesses of the design nearest to feasible
        self.is_thinned = False  # whether front members were dropped for their number

    # --- a generation ------------------------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """Designs of the next generation, about: more, the more are known, as a large one costs less a design."""
        largest = _LARGEST if self.objectives.shape[1] <= _FEW else _LARGEST_OF_MANY
        return min(max(GENERATION, int(_GROWTH * self.evaluated)), largest * GENERATION)

    def brood(self) -> Brood:
        """The next generation, about ``size`` designs, none seen before; empty where nothing is left."""
        if self.generation == 0:
            return self._first()
        size = self.size
        rng = np.random.default_rng([self.seed, self.generation])
        nest = Nest(self.keys, self.seen)
        self._tries(nest, rng)
        if len(self.levels):
            self._breed(nest, rng)
        nest.add(self.moves.anywhere(size, rng), _ANYWHERE, int(_RANDOM * size))
        if len(nest) < size // 2:
            nest.add(self.moves.anywhere(size, rng), _ANYWHERE, size - len(nest))
            nest.add(self._unseen(), _ANYWHERE, size - len(nest))
        return nest.brood()

    def _first(self) -> Brood:
        """The designs that it was given, and random ones."""
        nest = Nest(self.keys, self.seen[:0])
        nest.add(self.given, KINDS.index("walks"), GENERATION)
        rng = np.random.default_rng([self.seed, 0])
        nest.add(self.moves.anywhere(GENERATION, rng), _ANYWHERE, GENERATION - len(nest))
        return nest.brood()

    def take(self, brood: Brood, scores: Scores) -> IntArray:
        """Take over an evaluated brood; returns its rows that joined the front."""
        keys = self.keys.of(brood.levels)
        self.seen = np.sort(np.concatenate([self.seen, keys]), kind="stable")
        self.evaluated += len(keys)
        self.n_feasible += int(scores.feasible.sum())
        if self.generation == 0:
            self.excess_scale = _excess_scale(scores.slack)
        loosened, beyond = self.leniency.loosened(scores, self.generation), self.leniency.beyond(scores)
        rows = np.flatnonzero(loosened.feasible)
        joined = self._join(brood, scores.objectives, beyond, rows)
        offered = brood.levels[rows], scores.objectives[rows], beyond[rows]
        self.niches.take(*offered, self.leniency(self.generation), np.isin(rows, joined), self.levels)
        self._climb(brood, scores)
        self._note(brood, scores)
        bred = np.bincount(brood.kind, minlength=len(KINDS))
        rate = np.bincount(brood.kind[joined], minlength=len(KINDS)) / np.maximum(bred, 1)
        self.success = np.where(bred > 0, _MEMORY * self.success + (1 - _MEMORY) * rate, self.success)
        self.generation += 1
        within = joined[beyond[joined] <= 0]
        self.still = 0 if len(within) else self.still + 1
        return within

    @property
    def front(self) -> IntArray:
        """The members that break nothing."""
        return np.flatnonzero(self.beyond <= 0)

    @property
    def is_settled(self) -> bool:
        """Whether all within two steps of the front is known, and no kind of design has joined it for a while."""
        return bool(len(self.front) and self.still >= _SETTLED and (self.expanded == 2).all())

    # --- breeding ----------------------------------------------------------------------------------------------------

    def _breed(self, nest: Nest, rng: np.random.Generator) -> None:
        """Fill a generation from front members, each kind with its share, and what is left with crossings and walks."""
        size = self.size
        breeding = Breeding(self.ways, self.levels, view(self.objectives, self.generation), self.gains, rng)
        breeders = {"crossings": breeding.crossings, "walks": breeding.walks, "scatterings": breeding.scatterings}
        self._around(self.niches.extremes(), nest, rng)
        n_niches = int(_OF_NICHES * size)
        nest.add(self.niches.bred(n_niches, self.levels[breeding.parents], rng), _NICHES, n_niches)
        wanted = dict(zip(KINDS, (self._shares() * size).astype(int).tolist(), strict=True))
        for depth, kind in enumerate(("steps", "pairs")):
            found, members = self._neighbours(wanted[kind], rng, depth)
            if nest.add(found, KINDS.index(kind), wanted[kind]):
                self.expanded[members] = depth + 1
        for kind, breed in breeders.items():
            nest.add(breed(wanted[kind]), KINDS.index(kind), wanted[kind])
        for kind in _FILLING:
            missing = size - len(nest)
            if missing > 0:
                nest.add(breeders[kind](missing), KINDS.index(kind), missing)

    def _shares(self) -> FloatArray:
        """Share of a generation of each kind, (kinds,)."""
        success = np.where(np.arange(len(KINDS)) >= _CLIMBERS, 0, self.success + 1e-6)
        return np.asarray(_LEAST + (1 - _LEAST * len(KINDS)) * success / success.sum())

    def _neighbours(self, n: int, rng: np.random.Generator, depth: int) -> tuple[IntArray, IntArray]:
        """Neighbours (n, A) of members whose own were not all tried yet (depth 0), or those two steps away (depth 1).

        Of those that moved the front furthest, in random order, with the members.
        """
        waiting = rng.permutation(np.flatnonzero(self.expanded == depth))
        each = len(self.moves) if depth == 0 else max(len(self.moves) ** 2 // 2, 1)
        chosen = waiting[np.argsort(-self.gains[waiting], kind="stable")[: max(n // each, 1)]]
        found, _ = self.moves.steps(self.levels[chosen]) if depth == 0 else self.moves.pairs(self.levels[chosen])
        return found[rng.permutation(len(found))], chosen

    def _around(self, levels: IntArray, nest: Nest, rng: np.random.Generator) -> None:
        """Neighbours of designs (K, A), in random order, a few designs' at a time until they are enough."""
        enough = len(nest) + int(_OF_EXTREMES * self.size)
        levels = rng.permutation(levels)
        for some in chunks(len(levels), _AROUND):
            if len(nest) < enough:
                nest.add(self.moves.steps(levels[some])[0], _NICHES, enough - len(nest))

    def _unseen(self) -> IntArray:
        """Every design not seen, of a space small enough to list."""
        space = self.problem.space
        if space.size > 2**20:
            return self.levels[:0]
        return space.levels_at(np.setdiff1d(np.arange(space.size, dtype=np.uint64), self.seen).astype(np.int64))

    # --- climbers ----------------------------------------------------------------------------------------------------

    def _tries(self, nest: Nest, rng: np.random.Generator) -> None:
        """What the climbers try next."""
        is_known = len(self.front) > 0
        is_moving = is_known and self.still < _STILL
        share = _CLIMBING if is_moving else _CLIMBING_STILL if is_known else _CLIMBING_ALONE
        n, known = int(share * self.size), self.niches.levels
        levels, climber = self.climbers.tries(self.moves, n, rng, known, all_of_them=not is_moving)
        nest.add(levels, _CLIMBERS, len(levels), climber)

    def _climb(self, brood: Brood, scores: Scores) -> None:
        """Let the climbers take what is better; in the first generation they begin."""
        if self.generation == 0:
            self.climbers.start(brood.levels[:CLIMBERS], np.random.default_rng([self.seed, 0, 1]))
            return
        rows = np.flatnonzero(brood.climber >= 0)
        climber = brood.climber[rows]
        self.climbers.move(brood.levels[rows], self._rank(scores.take(rows), climber), climber)

    def _rank(self, scores: Scores, climber: IntArray) -> FloatArray:
        """How far a climber's design is from what it seeks, (n,): below 0 where feasible."""
        rank = self._shortfall(scores.slack)
        if len(self.objectives):
            scaled = np.clip(Scale.of(self.objectives)(scores.objectives), -1, 99)
            mixed = (self.climbers.weights[climber] * (scaled + 1)).max(axis=1)
            rank = np.where(rank > 0, rank, mixed / 100 - 1)
        return np.asarray(rank)

    # --- the front ---------------------------------------------------------------------------------------------------

    def _join(self, brood: Brood, objectives: FloatArray, beyond: FloatArray, rows: IntArray) -> IntArray:
        """Those of some rows of a brood, with its objectives (n, M) and excesses (n,), that join the members."""
        self._stay(self.beyond <= self.leniency(self.generation))
        rows = rows[nondominated(objectives[rows])]
        before = len(self.levels)
        every = np.concatenate([self.objectives, objectives[rows]])
        keep = nondominated(every)
        joined = rows[keep[before:]]
        n_before = self.evaluated - len(brood.levels)
        rng = np.random.default_rng([self.seed, self.generation, 2])
        moved = gains(self.objectives, objectives[joined], rng)
        self._stay(keep[:before])
        self.gains = np.concatenate([FADING * self.gains, moved])
        self.levels = np.concatenate([self.levels, brood.levels[joined]])
        self.objectives = np.concatenate([self.objectives, objectives[joined]])
        self.beyond = np.concatenate([self.beyond, beyond[joined]])
        self.expanded = np.concatenate([self.expanded, np.zeros(len(joined), dtype=np.int64)])
        self.numbers = np.concatenate([self.numbers, n_before + joined])
        if len(self.levels) > MOST:
            self.is_thinned = True
            self._stay(thinned(relative(self.objectives, self.objectives), int(0.9 * MOST)))
        return joined

    def _stay(self, rows: IntArray | BoolArray) -> None:
        """Keep some of the members."""
        for name in _OF_MEMBERS:
            setattr(self, name, getattr(self, name)[rows])

    # --- what it has seen --------------------------------------------------------------------------------------------

    def _note(self, brood: Brood, scores: Scores) -> None:
        """Keep count of random designs and of the constraints that are broken."""
        drawn = brood.kind == _ANYWHERE
        self.n_random += int(drawn.sum())
        objectives = np.concatenate([self.random_front, scores.objectives[drawn & scores.feasible]])
        self.random_front = objectives[nondominated(objectives)]
        broken = scores.slack > 0
        count = broken.sum(axis=1)
        self.broken += np.stack([broken.sum(axis=0), broken[count == 1].sum(axis=0)])
        best = scores.slack[np.argmin(self._shortfall(scores.slack))]
        if self._shortfall(best[None])[0] < self._shortfall(self.nearest[None])[0]:
            self.nearest = best

    def _shortfall(self, slack: FloatArray) -> FloatArray:
        """Rules broken and, as a fraction, how far (n,): 0 where feasible."""
        beyond = np.maximum(slack, 0)
        share = np.where(np.isinf(beyond), 1, beyond / np.where(np.isinf(beyond), 1, beyond + self.excess_scale))
        return np.asarray((beyond > 0).sum(axis=1) + share.mean(axis=1))

    def sample(self) -> tuple[IntArray, IntArray]:
        """The random designs that the search began with, as far as they are evaluated: levels (n, A), numbers (n,)."""
        brood = self._first()
        drawn = self.keys.of(self.moves.anywhere(GENERATION, np.random.default_rng([self.seed, 0])))
        numbers = np.flatnonzero(np.isin(self.keys.of(brood.levels[: self.evaluated]), drawn))
        return brood.levels[numbers], numbers

    def binding(self) -> dict[str, Any]:
        """Which constraints hold designs back: shares of the designs seen, and what the nearest one breaks."""
        names = self.problem.constraint_names
        n = max(len(self.seen), 1)
        return {
            "broken": {name: float(count) / n for name, count in zip(names, self.broken[0], strict=True)},
            "broken_alone": {name: float(count) / n for name, count in zip(names, self.broken[1], strict=True)},
            "nearest": {name: float(by) for name, by in zip(names, self.nearest, strict=True) if 0 < by < np.inf},
        }

    def under(self, problem: Problem, levels: IntArray, numbers: IntArray, evaluated: int) -> "ArchiveSearch":
        """The search as it goes on under another model of the same designs, of which ``evaluated`` have a number.

        Its members, the random designs it began with, and ``levels`` (n, A) with ``numbers`` (n,) are evaluated anew
        and keep their numbers; all others may be tried again, since one that was no good may be good now.
        """
        new = ArchiveSearch(problem, self.seed, self.given)
        drawn, drawn_numbers = self.sample()
        numbers, first = np.unique(np.concatenate([drawn_numbers, self.numbers, numbers]), return_index=True)
        levels = np.concatenate([drawn, self.levels, levels])[first]
        kind = np.where(np.isin(numbers, drawn_numbers), _ANYWHERE, KINDS.index("walks"))
        scores = [problem.scores(problem.evaluate(levels[part])) for part in chunks(len(levels), GENERATION)]
        new.take(Brood(levels, kind, np.full(len(levels), -1)), reduce(Scores.joined, scores))
        new.numbers = numbers[new.numbers]
        new.evaluated = evaluated
        return new

    # --- to the disk and back ----------------------------------------------------------------------------------------

    def state(self) -> dict[str, AnyArray]:
        """All it knows, as arrays that the search does not change any more."""
        counts = [getattr(self, name) for name in _COUNTS]
        return {
            "counts": np.asarray(counts, dtype=np.int64),
            **{name: np.array(getattr(self, name)) for name in _ARRAYS},
            **self.climbers.state(),
            **self.niches.state(),
        }

    def restore(self, state: Mapping[str, AnyArray]) -> None:
        """Become what :meth:`state` was taken of."""
        for name, value in zip(_COUNTS, state["counts"].tolist(), strict=True):
            setattr(self, name, value)
        state = with_nothing_beyond(state, "beyond", "levels")
        for name in _ARRAYS:
            setattr(self, name, np.array(state[name]))
        self.climbers.restore(state)
        self.niches.restore(state)


def _excess_scale(slack: FloatArray) -> FloatArray:
    """Median excess over each constraint where it is broken, (C,); 1 where none is."""
    return np.asarray([np.median(column[column > 0]) if (column > 0).any() else 1.0 for column in slack.T])
