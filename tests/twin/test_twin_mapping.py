"""Mapping and traffic of random designs against the scalar twin: whole numbers are equal, volumes to 1e-9."""

import pytest
from numpy.testing import assert_allclose
from twin.mapping import full_sum_bits, map_network, partial_sum_bits
from twin.network import edges, layers
from twin.package import as_designs, load_network
from twin.package_networks import Package, mapping_designs
from twin.random_designs import random_designs
from twin.traffic import transfers

QUICK = [("resnet20", 1), ("lenet5", 2), ("vgg8", 3), ("densenet40", 4), ("mobilenet_v2", 5)]
MANY = [("resnet20", 11), ("lenet5", 12), ("vgg8", 13), ("densenet40", 14), ("mobilenet_v2", 15), ("googlenet", 16)]


@pytest.mark.parametrize(("name", "seed"), QUICK)
def test_mapping_and_traffic_agree_with_the_twin(name, seed):
    _compare(name, [*mapping_designs(20, seed), *random_designs(20, seed)])


@pytest.mark.slow
@pytest.mark.parametrize(("name", "seed"), MANY)
def test_mapping_and_traffic_of_many_designs_agree_with_the_twin(name, seed):
    _compare(name, [*mapping_designs(200, seed), *random_designs(200, seed)])


def _compare(name, plain):
    network = load_network(name)
    package = Package(network, as_designs(plain))
    its_layers, its_edges = layers(network), edges(network)
    for i, d in enumerate(plain):
        mapping = map_network(d, its_layers, its_edges)
        wanted = package.mapping(i)
        share, wanted_share = mapping.pop("utilisation"), wanted.pop("utilisation")
        assert mapping == wanted, (i, d)
        assert_allclose(share, wanted_share, rtol=1e-9, atol=0)
        partial, full = package.sum_bits(i)
        assert [partial_sum_bits(d, layer) for layer in its_layers] == partial
        assert [full_sum_bits(d, layer) for layer in its_layers] == full
        _compare_transfers(transfers(d, its_layers, its_edges, mapping), package.transfers(i))


def _compare_transfers(mine, wanted):
    volumes = ("tile_bits", "chiplet_bits", "accumulated")
    for name in wanted[0]:
        ours, theirs = ([transfer[name] for transfer in each] for each in (mine, wanted))
        if name in volumes:
            assert_allclose(ours, theirs, rtol=1e-9, atol=0)
        else:
            assert ours == theirs, name
