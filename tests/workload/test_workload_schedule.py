"""The longest way through a network's graph, against hand counts and a slow search over all ways."""

import numpy as np
from numpy.testing import assert_allclose

from siam_dse.workload.load import load_network
from siam_dse.workload.schedule import longest_path


def latencies(network, n=3, seed=0):
    rng = np.random.default_rng(seed)
    return {engine: rng.uniform(1, 2, (n, network.n_layers)) for engine in ("crossbar", "noc")}


def test_a_chain_takes_the_sum_of_its_layers():
    network = load_network("vgg16")
    layer_s = latencies(network)
    path = longest_path(network, layer_s)
    for engine, values in layer_s.items():
        assert_allclose(path[engine], values.sum(axis=1), rtol=1e-12, atol=0)


def test_a_projection_runs_beside_the_layers_it_is_added_to():
    network = load_network("resnet18")
    names = list(network.layer_names)
    ones = np.ones((1, network.n_layers))
    # All but the three projections lie on the longest way: 17 convolutions and the classifier.
    assert longest_path(network, {"crossbar": ones})["crossbar"] == network.n_layers - 3
    slow = ones.copy()
    projection = next(i for i, name in enumerate(names) if "proj" in name)
    slow[0, projection] = 10.0
    # Its block's second convolution waits for it instead of for the first one: 10 in place of 1.
    assert longest_path(network, {"crossbar": slow})["crossbar"] == network.n_layers - 3 - 1 + 10


def longest_of_all_ways(network, cost):
    producers = [
        [int(p) for p, c in zip(network.edge_producer, network.edge_consumer, strict=True) if c == layer and p >= 0]
        for layer in range(network.n_layers)
    ]
    finish = []
    for layer in range(network.n_layers):
        finish.append(cost[layer] + max((finish[p] for p in producers[layer]), default=0.0))
    return max(finish)


def test_against_a_scalar_twin_with_branches():
    for name in ("googlenet", "squeezenet", "densenet121"):
        network = load_network(name)
        layer_s = latencies(network)
        path = longest_path(network, layer_s)
        total = layer_s["crossbar"] + layer_s["noc"]
        expected = [longest_of_all_ways(network, total[i]) for i in range(3)]
        assert_allclose(path["crossbar"] + path["noc"], expected, rtol=1e-12, atol=0)
        assert (path["crossbar"] + path["noc"] <= total.sum(axis=1) * (1 + 1e-12)).all()
