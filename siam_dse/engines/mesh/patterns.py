"""Traffic patterns of open-loop measurements: which nodes of a k x k mesh send to which."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import IntArray


@dataclass(frozen=True)
class Pairs:
    """Who sends to whom; arrays are (P,), pairs of a node follow one another."""

    case: IntArray
    origin: IntArray
    goal: IntArray
    destinations: IntArray  # of the origin, itself included where it is one


def _uniform(side: int) -> list[IntArray]:
    return [np.arange(side * side)] * (side * side)


def _transpose(side: int) -> list[IntArray]:
    node = np.arange(side * side)
    return [np.array([goal]) for goal in node // side + side * (node % side)]


def _shifted(side: int, step: int) -> list[IntArray]:
    node = np.arange(side * side)
    goal = (node % side + step) % side + side * ((node // side + step) % side)
    return [np.array([value]) for value in goal]


def _neighbor(side: int) -> list[IntArray]:
    return _shifted(side, 1)


def _tornado(side: int) -> list[IntArray]:
    return _shifted(side, (side + 1) // 2 - 1)


def _hotspot(side: int) -> list[IntArray]:
    low, high = side // 2 - 1, side // 2
    centre = [low + side * low, high + side * low, low + side * high, high + side * high]
    return [np.array(centre if low > 0 else [high + side * high])] * (side * side)


# Destinations of every node: all nodes and itself; x and y exchanged; one on in x and in y; almost half of the mesh on
# in x and in y; the four central nodes, or the last one of a 2 x 2 mesh.
PATTERNS: dict[str, Callable[[int], list[IntArray]]] = {
    "uniform": _uniform,
    "transpose": _transpose,
    "neighbor": _neighbor,
    "tornado": _tornado,
    "hotspot": _hotspot,
}


def pattern_pairs(side: IntArray, pattern: list[str]) -> Pairs:
    """Pairs of several cases.

    Parameters
    ----------
    side : (n,)
    pattern : n names in ``PATTERNS``

    Returns
    -------
    Pairs
    """
    goals = [PATTERNS[name](int(k)) for name, k in zip(pattern, side, strict=True)]
    flat = [nodes for case in goals for nodes in case]
    counts = np.array([len(nodes) for nodes in flat])
    case = np.repeat(np.arange(len(goals)), [len(nodes) for nodes in goals])
    origin = np.concatenate([np.arange(len(nodes)) for nodes in goals])
    return Pairs(
        np.repeat(case, counts),
        np.repeat(origin, counts),
        np.concatenate(flat),
        np.repeat(counts, counts),
    )
