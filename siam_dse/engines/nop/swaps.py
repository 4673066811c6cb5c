"""Search of chiplets' positions by arrays, one package after another."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class Partners:
    """Chiplets that each chiplet of U packages of C places exchanges data with, package by package.

    Those of chiplet c of package u are ``first[u C + c]`` .. ``first[u C + c + 1]``.
    """

    first: IntArray  # (U C + 1,)
    other: IntArray  # (N,) chiplet
    traffic: FloatArray  # (N,) whole numbers

    def matrix(self, package: int, n_chiplets: int, n_places: int) -> FloatArray:
        """Traffic between all chiplets of a package, (n_chiplets, n_chiplets)."""
        own = self.first[package * n_places : package * n_places + n_chiplets + 1]
        out = np.zeros((n_chiplets, n_chiplets))
        here = np.repeat(np.arange(n_chiplets), np.diff(own))
        out[here, self.other[own[0] : own[-1]]] = self.traffic[own[0] : own[-1]]
        return out


def searched(traffic: FloatArray, hops: FloatArray, start: IntArray, passes: int) -> IntArray:
    """Positions of less traffic times hops: after swaps from ``start``, or from the package grown anew.

    Parameters
    ----------
    traffic : (C, C)
        Between two chiplets, either way; whole numbers, so that sums are the same in any order.
    hops : (P, P)
        Between two positions.
    start : (C,)
    passes : int

    Returns
    -------
    (C,) int64
    """
    found = [swapped(traffic, hops, some, passes) for some in (start, grown(traffic, hops, start))]
    weighed = [float((traffic * hops[some[:, None], some]).sum()) for some in found]
    return found[int(weighed[1] < weighed[0])]


def grown(traffic: FloatArray, hops: FloatArray, start: IntArray) -> IntArray:
    """The positions of ``start``, (C,), dealt out anew from chiplet 0 on.

    One after another the chiplet that exchanges most with those that have a position takes the free one that is
    nearest to them, the first of equals.
    """
    position, free = start.copy(), np.sort(start[1:])
    is_left, linked = np.ones(len(start), dtype=bool), traffic[0].copy()
    is_left[0] = False
    while len(free):
        chiplet = int(np.where(is_left, linked, -1).argmax())
        there = np.flatnonzero(~is_left)
        nearest = int((hops[free[:, None], position[there]] @ traffic[chiplet, there]).argmin())
        position[chiplet], is_left[chiplet] = free[nearest], False
        free, linked = np.delete(free, nearest), linked + traffic[chiplet]
    return position


def swapped(traffic: FloatArray, hops: FloatArray, position: IntArray, passes: int) -> IntArray:
    """Positions after each chiplet in turn but 0 has taken the swap that saves most, in at most ``passes`` passes.

    Parameters and returns as of :func:`searched`.

    Notes
    -----
    With t the traffic and d the hops between chiplets where they are, a swap of a and b changes the sum over all pairs
    by sum over k of (t_ak - t_bk) (d_bk - d_ak), and (t_ab + t_ba) d_ab more, for the two stay as far apart.
    """
    position = position.copy()
    apart = hops[position[:, None], position]
    for _ in range(passes):
        before = position.copy()
        for a in range(1, len(position)):
            there = apart @ traffic[a]
            own = (traffic * apart).sum(axis=1)
            change = there - there[a] - own + traffic @ apart[a] + (traffic[a] + traffic[:, a]) * apart[a]
            change[[0, a]] = 0
            b = int(change.argmin())
            if change[b] < 0:
                both, turned = [a, b], [b, a]
                position[both] = position[turned]
                apart[both] = apart[turned]
                apart[:, both] = apart[:, turned]
        if (position == before).all():
            break
    return position
