"""Latency of a network whose branches run at the same time: the longest way through its graph."""

from collections.abc import Mapping

import numpy as np

from siam_dse.core.arrays import FloatArray
from siam_dse.workload.network import Network


def longest_path(network: Network, layer_s: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Latency along the longest way through the network's graph, split by engine.

    A layer starts when every feature map that it reads or adds has arrived; layers that do not wait for each other run
    at the same time, each on tiles of its own; those that share weights run one after the other.
    Links that two branches use at once are not shared between them, so this is a lower bound of the latency; the sum
    over layers is the upper one.

    Parameters
    ----------
    network : Network
        Layers in an order of execution: every producer comes before its consumers.
    layer_s : engine -> (D, L) [s]

    Returns
    -------
    engine -> (D,) [s]; the sum over engines is the length of the path

    Notes
    -----
    finish(l) = max over producers finish(p) + latency(l); a chain gives the sum over its layers.
    """
    parts = np.stack(list(layer_s.values()))  # (E, D, L)
    n_engines, n_designs, n_layers = parts.shape
    finish = np.zeros((n_engines, n_designs, n_layers))
    total = np.zeros((n_designs, n_layers))
    every = np.arange(n_designs)
    last_use = np.arange(n_layers)  # of the tiles of each layer
    for layer in range(n_layers):
        producers = network.edge_producer[(network.edge_consumer == layer) & (network.edge_producer >= 0)]
        owner = network.weights_of[layer]
        if owner >= 0:
            producers = np.append(producers, last_use[owner])
            last_use[owner] = layer
        finish[:, :, layer] = parts[:, :, layer]
        if len(producers):
            last = producers[np.argmax(total[:, producers], axis=1)]
            finish[:, :, layer] += finish[:, every, last]
        total[:, layer] = finish[:, :, layer].sum(axis=0)
    end = np.argmax(total, axis=1)
    return {engine: finish[e, every, end] for e, engine in enumerate(layer_s)}
