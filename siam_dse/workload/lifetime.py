"""Lifetimes of feature maps: how many values must be held while each layer runs."""

import numpy as np

from siam_dse.core.arrays import IntArray
from siam_dse.core.once import once
from siam_dse.workload.network import Network


@once
def live_values(network: Network) -> IntArray:
    """Values held while each layer runs, (L,).

    Layers run one after another. A feature map is held from the layer that makes it (the network's input from the
    start) to the last layer that reads or adds it, in the form its readers see, after pooling. So the maps a layer
    reads, the map it makes, and every map that a later layer still needs count at that layer. Parts of a map that
    products read (queries, keys, values) are apart, those of other layers overlap. The network's outputs go to the host
    as they are made.

    Parameters
    ----------
    network : Network

    Returns
    -------
    (L,) int64
    """
    producer, edges = np.unique(network.edge_producer, return_inverse=True)
    final, size, parts = np.zeros((3, len(producer)), dtype=np.int64)
    of_product = network.is_product[network.edge_consumer]
    np.maximum.at(final, edges, network.edge_consumer)
    np.maximum.at(size, edges[~of_product], network.edge_values[~of_product])
    np.add.at(parts, edges[of_product], network.edge_values[of_product])
    np.maximum(size, parts, out=size)
    more = np.zeros(network.n_layers + 1, dtype=np.int64)  # values more than at the layer before
    np.add.at(more, np.maximum(producer, 0), size)
    np.subtract.at(more, final + 1, size)
    return np.cumsum(more)[:-1]
