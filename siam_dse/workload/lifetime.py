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
    reads, the map it makes, and every map that a later layer still needs count at that layer. The network's outputs go
    to the host as they are made.

    Parameters
    ----------
    network : Network

    Returns
    -------
    (L,) int64
    """
    born, read, size = network.edge_producer, network.edge_consumer, network.edge_values
    held = np.zeros(network.n_layers, dtype=np.int64)
    for producer in np.unique(born):
        mine = born == producer
        first, final = max(int(producer), 0), int(read[mine].max())
        held[first : final + 1] += size[mine].max()
    return held
