"""Proposals of the sampler ``ours``: where to look next, given everything seen, on axes of ordered levels.

The first generation is a quasirandom sequence. Later ones mix, without ever proposing a design twice:

- *extremes*: neighbours of the designs that are best in one objective;
- *local search*: neighbours of front members, those with the largest exclusive hypervolume first;
- *crossover and mutation*: children of two front members, moved a few levels along an axis;
- *exploration*: designs anywhere.

A neighbour differs by one level along one ordered axis, or in the value of one unordered axis. Before a feasible design
is known, the least infeasible ones take the place of the front.
"""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import BoolArray, FloatArray, IntArray
from siam_dse.search.front import exclusive_hypervolume, nondominated

# Shares of a generation.
EXTREMES = 0.1
LOCAL = 0.5
EXPLORATION = 0.05
_PARENTS = 50  # least infeasible designs that stand in for a front


@dataclass(frozen=True)
class Seen:
    """Everything evaluated: levels (N, A), objectives to be minimised (N, M), violation (N,)."""

    levels: IntArray
    objectives: FloatArray
    violation: FloatArray


def first_generation(radices: IntArray, n: int, seed: int) -> IntArray:
    """Evenly spread designs (n, A); fewer where the space is nearly exhausted.

    Notes
    -----
    A Kronecker sequence from a random start: steps of g^-1, g^-2, ... where g^(A + 1) = g + 1, the generalised golden
    ratio (M. Roberts, The unreasonable effectiveness of quasirandom sequences, 2018).
    """
    n_axes = len(radices)
    golden = 2.0
    for _ in range(60):  # the fixed point of a contraction
        golden = (1.0 + golden) ** (1.0 / (n_axes + 1))
    steps = golden ** -np.arange(1.0, n_axes + 1.0)
    start = np.random.default_rng(seed).random(n_axes)
    draws = (start + np.arange(1, 8 * n + 1)[:, None] * steps) % 1.0
    levels: IntArray = np.minimum((draws * radices).astype(np.int64), radices - 1)
    _, first = np.unique(levels, axis=0, return_index=True)
    return levels[np.sort(first)][:n]


def next_generation(seen: Seen, radices: IntArray, is_ordered: BoolArray, n: int, rng: np.random.Generator) -> IntArray:
    """Designs (n, A) to evaluate next, none seen before; fewer only where the space is nearly exhausted.

    Parameters
    ----------
    seen : Seen
    radices : (A,) levels of each axis
    is_ordered : (A,) whether neighbours along the axis are alike
    n : int
    rng : numpy.random.Generator
    """
    pool = _Pool(seen.levels)
    parents, weight = _parents(seen)
    axes = np.flatnonzero(radices > 1)
    best = _extremes(seen)
    for row in best:
        steps = np.concatenate([neighbours(row[None], radices, is_ordered), exchanges(row[None], radices, is_ordered)])
        pool.offer(_shuffled(steps, rng), int(np.ceil(EXTREMES * n / len(best))))
    local = int((EXTREMES + LOCAL) * n)
    for row in parents[np.argsort(-weight * rng.random(len(weight)), kind="stable")]:
        if len(pool) >= local:
            break
        pool.offer(_shuffled(neighbours(row[None], radices, is_ordered), rng), 1)
        pool.offer(_shuffled(exchanges(row[None], radices, is_ordered), rng), 1)
    tries = 0
    while len(pool) < n - int(EXPLORATION * n) and tries < 20:
        tries += 1
        pool.offer(_children(parents, weight, radices, is_ordered, axes, n, rng), n - int(EXPLORATION * n) - len(pool))
    while len(pool) < n and tries < 40:
        tries += 1
        pool.offer(rng.integers(0, radices, size=(4 * n, len(radices))), n - len(pool))
    if len(pool) < n:
        pool.offer(_unseen(seen.levels, radices), n - len(pool))
    return pool.chosen()[:n]


def neighbours(levels: IntArray, radices: IntArray, is_ordered: BoolArray) -> IntArray:
    """Designs one step from rows (K, A): one level along an ordered axis, any other value of an unordered one."""
    out = []
    for a, radix in enumerate(radices):
        shifts = [-1, 1] if is_ordered[a] else list(range(1, radix))
        for shift in shifts:
            moved = levels.copy()
            moved[:, a] += shift
            if is_ordered[a]:
                moved = moved[(moved[:, a] >= 0) & (moved[:, a] < radix)]
            else:
                moved[:, a] %= radix
            out.append(moved)
    return np.concatenate(out)


def exchanges(levels: IntArray, radices: IntArray, is_ordered: BoolArray) -> IntArray:
    """Designs that differ from rows (K, A) by one level along each of two ordered axes.

    A constraint that joins two axes, as more chiplets of fewer tiles, leaves no way along one of them alone.
    """
    axes = np.flatnonzero(is_ordered & (radices > 1))
    out = [levels[:0]]
    for i, a in enumerate(axes):
        for b in axes[i + 1 :]:
            for shift_a, shift_b in ((-1, 1), (1, -1), (1, 1), (-1, -1)):
                moved = levels.copy()
                moved[:, a] += shift_a
                moved[:, b] += shift_b
                inside = ((moved >= 0) & (moved < radices)).all(axis=1)
                out.append(moved[inside])
    return np.concatenate(out)


def _parents(seen: Seen) -> tuple[IntArray, FloatArray]:
    """Designs to start from and how much each is worth: the front by exclusive hypervolume, or the least infeasible."""
    feasible = seen.violation <= 0
    if not feasible.any():
        order = np.argsort(seen.violation, kind="stable")[:_PARENTS]
        return seen.levels[order], np.asarray(1.0 / (1.0 + np.arange(len(order))), dtype=np.float64)
    levels, objectives = seen.levels[feasible], seen.objectives[feasible]
    on_front = nondominated(objectives)
    levels, front = levels[on_front], objectives[on_front]
    worth = exclusive_hypervolume(front)
    return levels, np.asarray(worth + worth.mean() / 10 + 1e-12, dtype=np.float64)


def _extremes(seen: Seen) -> IntArray:
    """The feasible design that is best in each objective, (M, A); none before a feasible one is known."""
    feasible = np.flatnonzero(seen.violation <= 0)
    if not len(feasible):
        return seen.levels[:0]
    best: IntArray = feasible[np.argmin(seen.objectives[feasible], axis=0)]
    return np.asarray(seen.levels[best])


def _children(
    parents: IntArray,
    weight: FloatArray,
    radices: IntArray,
    is_ordered: BoolArray,
    axes: IntArray,
    n: int,
    rng: np.random.Generator,
) -> IntArray:
    """Children (n, A): each axis from one of two parents, then one or two axes moved by a few levels."""
    share = weight / weight.sum()
    first = parents[rng.choice(len(parents), n, p=share)]
    second = parents[rng.integers(len(parents), size=n)]
    child = np.where(rng.random(first.shape) < 0.5, first, second)
    for _ in range(2):
        axis = rng.choice(axes, n)
        step = rng.geometric(0.5, n) * rng.choice([-1, 1], n)
        rows = np.flatnonzero(rng.random(n) < 0.7)
        at = child[rows, axis[rows]]
        moved = np.clip(at + step[rows], 0, radices[axis[rows]] - 1)
        drawn = rng.integers(0, radices[axis[rows]])
        child[rows, axis[rows]] = np.where(is_ordered[axis[rows]], moved, drawn)
    return child


def _shuffled(levels: IntArray, rng: np.random.Generator) -> IntArray:
    return levels[rng.permutation(len(levels))]


def _unseen(seen: IntArray, radices: IntArray) -> IntArray:
    """Every design not seen, for a space small enough to have been nearly exhausted by chance."""
    size = int(np.prod(radices.astype(object)))
    if size > 1_000_000:
        return seen[:0]
    left = np.setdiff1d(np.arange(size), np.ravel_multi_index(tuple(seen.T), tuple(radices)))
    return np.stack(np.unravel_index(left, tuple(radices)), axis=-1).astype(np.int64)


class _Pool:
    """Proposals without a repeat."""

    def __init__(self, seen: IntArray) -> None:
        self._taken = {row.tobytes() for row in np.ascontiguousarray(seen)}
        self._rows: list[IntArray] = []

    def __len__(self) -> int:
        return len(self._rows)

    def offer(self, levels: IntArray, at_most: int) -> None:
        """Take up to ``at_most`` rows that are new."""
        for row in np.ascontiguousarray(levels):
            if at_most <= 0:
                break
            key = row.tobytes()
            if key not in self._taken:
                self._taken.add(key)
                self._rows.append(row)
                at_most -= 1

    def chosen(self) -> IntArray:
        """The proposals, (n, A)."""
        return np.stack(self._rows) if self._rows else np.zeros((0, 0), dtype=np.int64)
