"""Networks on chip and on package of random designs against the scalar twin, which routes every packet: to 1e-9."""

import pytest
from numpy.testing import assert_allclose
from twin import noc, nop
from twin.mapping import map_network
from twin.network import edges, layers
from twin.package import as_designs, load_network
from twin.package_networks import Package, mapping_designs
from twin.traffic import transfers

QUICK = [("resnet20", 1), ("lenet5", 2), ("vgg8", 3), ("densenet40", 4)]
MANY = [("resnet20", 11), ("lenet5", 12), ("vgg8", 13), ("densenet40", 14), ("mobilenet_v2", 15)]
IN_ORDER = ["row_major", "snake"]  # one plan; the other is whole in test_twin


@pytest.mark.parametrize(("name", "seed"), QUICK)
def test_networks_on_chip_and_package_agree_with_the_twin(name, seed):
    _compare(name, mapping_designs(20, seed, nop_placement=IN_ORDER))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "seed"), MANY)
def test_networks_on_chip_and_package_of_many_designs_agree_with_the_twin(name, seed):
    _compare(name, mapping_designs(200, seed, nop_placement=IN_ORDER))


def _compare(name, plain):
    network = load_network(name)
    package = Package(network, as_designs(plain))
    its_layers, its_edges = layers(network), edges(network)
    for i, d in enumerate(plain):
        mapping = map_network(d, its_layers, its_edges)
        moved = transfers(d, its_layers, its_edges, mapping)
        tile_area_m2 = package.tile_area_m2(i)
        _same(noc.by_layer(d, its_layers, mapping, moved, tile_area_m2), package.by_layer(i, "noc"), (i, d))
        _same(nop.with_overflow(d, its_layers, its_edges, mapping, moved), package.by_layer(i, "nop"), (i, d))
        _same(noc.router(d, tile_area_m2), package.router(i), (i, d))
        _same(nop.links(d, mapping), package.links(i), (i, d))


def _same(mine, wanted, where):
    for name, values in wanted.items():
        assert_allclose(mine[name], values, rtol=1e-9, atol=0, err_msg=f"{name} of {where}")
