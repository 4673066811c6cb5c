"""Leaders: front members that moved the front far when they joined it, whose surroundings are not worked out yet.

A front of twenty thousand members gains most where a new member lies far beyond the others: behind a change that they
had not made, such as cells of four bits for two, there are more like it. Seen as one among so many, it would wait long
until its neighbours were tried, or those of the members that lie near it were crossed with it.
"""

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, chunks, least_of
from siam_dse.search.scale import relative

_COMPARED = 1500  # members of a front that a new one is compared with, at most
_AT_ONCE = 100  # rows
_CLOSE = 6000  # members that the nearest are looked for among, at most
_UNEVEN = 0.5  # of the logarithm of objectives' weights in a distance
FADING = 0.9  # of a gain, from a generation to the next


def gains(front: FloatArray, joined: FloatArray, rng: np.random.Generator) -> FloatArray:
    """How far a front falls short of each of n designs that join it, (n,), as a logarithm; 0 for the first ones.

    Parameters
    ----------
    front, joined : (F, M), (n, M)
        Objectives. Of a large front some members, drawn at random, stand for all.
    rng : Generator

    Notes
    -----
    The additive epsilon indicator of the front against one design (E. Zitzler et al., IEEE Trans. Evol. Comput. 7(2),
    2003, 117), relative as a front's worst gap is: what some member has to gain in every objective to be as good.
    """
    if not len(front) or not len(joined):
        return np.zeros(len(joined))
    every = np.concatenate([front, joined])
    front, joined = relative(front, every), relative(joined, every)
    some = front if len(front) <= _COMPARED else front[rng.choice(len(front), _COMPARED, replace=False)]
    out = np.empty(len(joined))
    for part in chunks(len(joined), _AT_ONCE):
        short = np.full((part.stop - part.start, len(some)), -np.inf)
        for theirs, own in zip(some.T, joined[part].T, strict=True):
            np.maximum(short, theirs - own[:, None], out=short)
        out[part] = short.min(axis=1)
    return out


def nearest(front: FloatArray, member: int, n: int, rng: np.random.Generator) -> IntArray:
    """The n members of a scaled front (F, M) nearest to one, objectives weighted at random, in random order."""
    among = np.arange(len(front)) if len(front) <= _CLOSE else rng.choice(len(front), _CLOSE, replace=False)
    weights = np.exp(_UNEVEN * rng.normal(size=front.shape[1]))
    distance = (((front[among] - front[member]) * weights) ** 2).sum(axis=1)
    return rng.permutation(among[least_of(distance, min(n, len(among)))])
