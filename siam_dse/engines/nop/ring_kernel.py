"""Loads of a ring between two runs of its nodes as plain loops: ``ring`` geometry by geometry, in the same order."""

import math

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.core.compiled import compiled
from siam_dse.engines.nop.kernel import is_straight, most_onward, of_line

_ROUNDS = (-1, 0, 1, 2)  # of the ring unrolled, as in ``ring``
_BENDS = 8  # of the load along the ring: both ends of two runs, and of their ways
_FEW = 512  # nodes of a ring that are looked at one by one sooner than the bends
_BEHIND = 5  # places behind a bend, from the one before it on, that are looked at


@compiled
def passed_up_to(place: float, b: float, n: float, k: float) -> float:
    """``ring._passed_up_to`` of one place."""
    out = 0.0
    for turn in _ROUNDS:
        behind = max(place - b - turn * k + 1, 0.0)
        within = min(behind, n)
        out += within * (within + 1) / 2 + (behind - within) * n
    return out


@compiled
def load_of(link: float, a: float, m: float, b: float, n: float, k: float, longest: float) -> float:
    """Flits over the link from ``link`` onward; see ``ring._load``."""
    found, behind = 0.0, 0.0
    for turn in _ROUNDS:
        behind += min(max(link - b - turn * k + 1, 0.0), n)
    for turn in _ROUNDS[:2]:
        low = max(a + turn * k, link - longest + 1)
        high = min(a + turn * k + m - 1, link)
        if high >= low:
            reached = passed_up_to(high + longest, b, n, k) - passed_up_to(low + longest - 1, b, n, k)
            found += reached - (high - low + 1) * behind
    return found


@compiled
def busiest(a: float, m: float, b: float, n: float, k: float, longest: float) -> float:
    """Largest load of a link onward; see ``ring._busiest``."""
    bends, near, most = np.empty(_BENDS), np.empty(_BEHIND), 0.0
    for i, place in enumerate((a, a + m, a + longest, a + m + longest, b, b + n, b - longest, b + n - longest)):
        bends[i] = place % k
    bends.sort()
    for i in range(_BENDS):
        after = bends[i + 1] if i + 1 < _BENDS else bends[0] + k
        if after == bends[i]:
            continue
        for step in range(_BEHIND):
            near[step] = load_of((bends[i] + step - 1) % k, a, m, b, n, k, longest)
            most = max(most, near[step])
        slope, bend = near[-2] - near[-3], near[-1] - 2 * near[-2] + near[-3]  # the last three of them
        vertex = bends[i] + 1 + math.floor(1 / 2 - slope / (bend if bend < 0 else -1.0))
        for step in range(2):
            place = min(max(vertex + step, bends[i]), after)
            most = max(most, load_of(place % k, a, m, b, n, k, longest))
    return most


@compiled
def tetrahedral(x: float) -> float:
    """Sum of the sums of 1 .. x; 0 below 1."""
    return x * (x + 1) * (x + 2) / 6 if x > 0 else 0.0  # 6: the third binomial coefficient


@compiled
def all_distances(a: float, m: float, b: float, n: float, k: float) -> float:
    """Sum of the links between all sources and destinations; see ``ring._all_distances``."""
    low, high, out = k // 2, (k + 1) // 2, 0.0
    for weight, bend in ((1.0, k), (-1.0, high), (-1.0, low), (2.0, 0.0), (-1.0, -low), (-1.0, -high)):
        step = b - a + bend
        corners = tetrahedral(step + n - 1) - tetrahedral(step - 1)
        out += weight * (corners - tetrahedral(step + n - m - 1) + tetrahedral(step - m - 1))
    return out


@compiled
def rings_of_runs(runs: FloatArray, out: FloatArray) -> None:
    """Busiest link and sum over links of rings, into ``out`` (2, n).

    Parameters
    ----------
    runs : (n, 5)
        First node and number of nodes of the sources, of the destinations; nodes of the ring.
    out : (2, n) [flit]
    """
    sources, destinations = np.zeros((2, _FEW), dtype=np.int64)
    for i in range(len(runs)):
        a, m, b, n, k = runs[i, 0], runs[i, 1], runs[i, 2], runs[i, -2], runs[i, -1]
        if is_straight(int(a), int(m), int(b), int(n), int(k)):
            out[0, i] = max(most_onward(int(a), int(m), int(b), int(n)), most_onward(int(b), int(n), int(a), int(m)))
            out[1, i] = all_distances(a, m, b, n, k)
            continue
        if k <= _FEW:
            size = int(k)
            sources[:size], destinations[:size] = 0, 0
            sources[int(a) : int(a + m)], destinations[int(b) : int(b + n)] = 1, 1
            out[0, i], out[1, i] = of_line(sources[:size], destinations[:size], True)
            continue
        there = busiest(a, m, b, n, k, k // 2)
        back = busiest(k - a - m, m, k - b - n, n, k, (k - 1) // 2)
        out[0, i], out[1, i] = max(there, back), all_distances(a, m, b, n, k)
