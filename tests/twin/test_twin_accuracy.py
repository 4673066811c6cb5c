"""SQNR of each layer and top-1 lost of random designs against the scalar twin, to 1e-9."""

import pytest
from twin import accuracy, package_engines
from twin.agreement import assert_agree
from twin.network import layers
from twin.package import load_network
from twin.random_designs import random_designs

# Designs that lose something but not all: what random ones seldom are.
USEFUL = {
    "adc_bits": (5, 11),
    "adc_bits_first_last": [0, 0, 4, 9],
    "cell_sigma": [0.0, 0.0, 0.01, 0.03, 0.1, 0.2],
    "weight_bits": (4, 9),
    "activation_bits": (4, 9),
    "crossbar_rows": (16, 512),
}


@pytest.mark.parametrize(
    ("name", "n", "seed"),
    [
        ("lenet5", 30, 1),
        ("resnet20", 15, 2),
        *(pytest.param(name, 200, 3, marks=pytest.mark.slow) for name in ("lenet5", "resnet20", "vgg8")),
    ],
)
@pytest.mark.parametrize("useful", [{}, USEFUL], ids=["any", "useful"])
def test_accuracy_agrees_with_the_twin(name, n, seed, useful):
    network, plain = load_network(name), random_designs(n, seed, **useful)
    its_layers, found = layers(network), package_engines.accuracy(plain, network)
    for i, d in enumerate(plain):
        mine = accuracy.layer_sqnr_db(d, its_layers)
        wanted = dict(enumerate(found["layer_sqnr_db"][i]))
        assert_agree(dict(enumerate(mine)), wanted, f"SQNR by layer of design {i} on {name}: {d}")
        wanted = {key: found[key][i] for key in ("sqnr_db", "accuracy_loss_pct")}
        assert_agree(accuracy.accuracy(d, network, its_layers), wanted, f"design {i} on {name}: {d}")
