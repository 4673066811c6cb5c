"""Lifetimes of feature maps, counted by hand."""

import numpy as np
from numpy.testing import assert_array_equal

from siam_dse.workload.lifetime import live_values
from siam_dse.workload.load import load_network


def test_a_chain_holds_what_a_layer_reads_and_makes():
    network = load_network("lenet5")
    values = live_values(network)
    # c1 reads 32 x 32 x 1 (or 28 x 28 padded: 784) and makes 6 pooled maps of 14 x 14
    own = [network.edge_values[network.edge_consumer == layer].sum() for layer in range(network.n_layers)]
    made = [network.edge_values[network.edge_producer == layer].max(initial=0) for layer in range(network.n_layers)]
    made[-1] = 0  # to the host
    assert_array_equal(values, np.add(own, made))


def test_a_residual_is_held_until_it_is_added():
    network = load_network("resnet20")
    values = live_values(network)
    residual = np.flatnonzero(network.edge_kind == 1)[0]
    producer, consumer = network.edge_producer[residual], network.edge_consumer[residual]
    for layer in range(producer + 1, consumer + 1):
        own = network.edge_values[network.edge_consumer == layer].max()
        assert values[layer] >= network.edge_values[residual]
        assert values[layer] >= own
    # between the two convolutions of a block: the block's input (residual), the first map, the second map
    assert values[consumer] == 3 * 32 * 32 * 16
