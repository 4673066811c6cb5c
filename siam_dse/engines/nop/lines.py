"""Loads of lines and rings of nodes, link by link."""

import numpy as np

from siam_dse.core.arrays import FloatArray


def line_loads(source: FloatArray, destination: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Flits over every link of lines, one way and the other; parameters and returns as of :func:`ring_loads`."""
    sources, destinations = source.cumsum(axis=-1), destination.cumsum(axis=-1)
    before = destinations - destination
    onward = sources * (destinations[..., -1:] - destinations)
    back = (sources[..., -1:] - sources + source) * before
    return onward, back


def ring_loads(source: FloatArray, destination: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Flits over every link of rings, one way and the other, if each source sends one to each destination.

    Parameters
    ----------
    source, destination : (..., k)
        Weights of the nodes; other axes broadcast.

    Returns
    -------
    onward, back : (..., k)
        At the node that a link leaves, to the next one and to the one before.

    Notes
    -----
    Of two ways of k / 2 the one onward is taken. With T the longest way onward, the link from l on carries the sum over
    the sources s = l - T + 1 .. l of the destinations l + 1 .. s + T: differences of prefix sums on the ring unrolled.
    """
    k = source.shape[-1]
    back = _onward(source[..., ::-1], destination[..., ::-1], (k - 1) // 2)[..., ::-1]
    return _onward(source, destination, k // 2), back


def _onward(source: FloatArray, destination: FloatArray, longest: int) -> FloatArray:
    """Flits from every node to the next one, of ways up to ``longest``, (..., k)."""
    k = source.shape[-1]
    if longest == 0:
        return np.zeros(np.broadcast_shapes(source.shape, destination.shape))
    # three rounds of the ring: a way may begin in the one before and end in the one after
    sources, destinations = (np.concatenate([each] * 3, axis=-1) for each in (source, destination))
    passed = destinations.cumsum(axis=-1)  # destinations up to a place
    here = slice(k, 2 * k)
    before = slice(k - longest, 2 * k - longest)
    met = (sources[..., : 2 * k] * passed[..., longest : 2 * k + longest]).cumsum(axis=-1)
    sent = sources.cumsum(axis=-1)
    window = sent[..., here] - sent[..., before]
    return np.asarray(met[..., here] - met[..., before] - passed[..., here] * window)
