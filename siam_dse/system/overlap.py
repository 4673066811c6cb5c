"""Networks that work behind the compute of a layer: what of their time shows in its latency."""

from collections.abc import Mapping, Set

import numpy as np

from siam_dse.core.arrays import FloatArray, total


def exposed(busy_s: Mapping[str, FloatArray], networks: Set[str]) -> dict[str, FloatArray]:
    """What each engine adds to the latency of a layer whose engines overlap.

    Inputs of the next positions arrive in a second buffer while a layer works on those before: it takes as long as the
    longest of its work and of each network. Work counts in full; a network counts where it takes longer than the work
    and the networks before it. That the first inputs have nothing to hide behind is left out.

    Parameters
    ----------
    busy_s : engine -> (D, L) [s]
        What each takes by itself, networks in the order in which they count.
    networks : engines that hide

    Returns
    -------
    engine -> (D, L) [s]

    Notes
    -----
    noc = max(noc - compute, 0), nop = max(nop - max(compute, noc), 0): the sum is the longest.
    """
    shown_s = total(values for name, values in busy_s.items() if name not in networks)
    out = {}
    for name, values in busy_s.items():
        if name not in networks:
            out[name] = values
            continue
        out[name] = np.maximum(values - shown_s, 0)
        shown_s = np.maximum(values, shown_s)
    return out
