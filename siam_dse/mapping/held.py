"""Feature maps that chiplets hold: how much at once, in the order of execution."""

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.mapping.mapping import Mapping
from siam_dse.mapping.split import input_share
from siam_dse.workload.network import EDGE_KINDS, Network


def held_values(network: Network, mapping: Mapping) -> FloatArray:
    """Most values that a chiplet holds at any time for those of its layers that do not come after each, (U, L).

    Layers run one after another. A chiplet holds what its layers read or add, from when it is made (the network's input
    from the start) until the last of them is done, and a map that several of them need once. Each chiplet of a split
    layer holds the share of the input that it reads, and as many parts of what is added as there are chiplets. What a
    layer makes goes to the chiplets that need it at once; the network's output goes to the host.

    Parameters
    ----------
    network : Network
        Layers in an order of execution.
    mapping : Mapping

    Returns
    -------
    (U, L) float64; the largest among the layers of a chiplet is what it holds at its fullest.
    """
    chiplet = np.ascontiguousarray(mapping.first_chiplet.T)
    edges = np.lexsort((network.edge_consumer, network.edge_producer))
    maps = _maps(network, mapping, edges, chiplet)
    holding, peak = np.zeros((2, *chiplet.shape))  # of each layer at this step; for the layers up to each at any step
    born, until = np.maximum(network.edge_producer[edges], 0), network.edge_consumer[edges]
    waiting: set[int] = set()
    for step in range(network.n_layers):
        for edge in np.flatnonzero(born == step).tolist():
            holding[until[edge]] += maps[edge]
            waiting.add(int(until[edge]))
        together, before = np.zeros(chiplet.shape[1]), -1
        for layer in sorted(waiting):
            if before >= 0:
                together *= chiplet[layer] == chiplet[before]
            together += holding[layer]
            np.maximum(peak[layer], together, out=peak[layer])
            before = layer
        waiting.discard(step)
    return np.ascontiguousarray(peak.T)


def _maps(network: Network, mapping: Mapping, edges: IntArray, chiplet: IntArray) -> list[FloatArray]:
    """Values that the consumer's chiplet holds for each of ``edges``, sorted by producer and consumer, (U,) each.

    Where the next consumer of the same map lies on the same chiplet, the map counts there, as large as for any of them.
    """
    producer, consumer = network.edge_producer[edges], network.edge_consumer[edges]
    share = np.ascontiguousarray(input_share(network, mapping).T)
    is_residual = network.edge_kind[edges] == EDGE_KINDS.index("residual")
    maps: list[FloatArray] = []
    for edge, (layer, values) in enumerate(zip(consumer.tolist(), network.edge_values[edges].tolist(), strict=True)):
        here = values / mapping.spanned_chiplets[:, layer] if is_residual[edge] else values * share[layer]
        if edge and producer[edge - 1] == producer[edge]:
            joined = chiplet[consumer[edge - 1]] == chiplet[layer]
            np.maximum(here, maps[-1] * joined, out=here)
            maps[-1] = maps[-1] * ~joined
        maps.append(here)
    return maps
