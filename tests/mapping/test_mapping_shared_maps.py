"""Maps with several readers: across the package once to each chiplet."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.design.designs import Designs
from siam_dse.engines.nop.routes import transfer_routes
from siam_dse.mapping.place import map_network
from siam_dse.mapping.traffic import kept_values, transfers
from siam_dse.workload.load import load_network
from siam_dse.workload.network import HOST
from siam_dse.workload.yaml_reader import parse_network

# Four layers of a tile each: 64 x 8 columns fill its 512. Layer c reads a quarter of what a makes, d all of it, and
# d adds it to its output as well.
FAN_OUT = """\
name: fan_out
dataset: none
layers:
- {name: a, ifm: [4, 4, 64], kernel: 1, out: 64}
- {name: b, ifm: [4, 4, 64], kernel: 1, out: 64}
- {name: c, ifm: [2, 2, 64], kernel: 1, out: 64}
- {name: d, ifm: [4, 4, 64], kernel: 1, out: 64}
edges:
- {to: a, from: input}
- {to: b, from: a}
- {to: c, from: {layer: a, read_as: [2, 2, 64]}}
- {to: d, from: a, residual: a}
"""
MAP_BITS = 4 * 4 * 64 * 8
B, C, D, ADDED = 1, 2, 3, 4  # edges


def moved(network, **fields):
    designs = Designs.grid(**{"duplication": "none", "n_chiplets": 0, **fields})
    mapping = map_network(designs, network)
    return mapping, transfers(designs, network, mapping)


def test_a_chiplet_takes_a_map_in_once():
    # two tiles a chiplet: a and b share one, c and d the next. c brings its quarter there, d the other three.
    mapping, t = moved(parse_network(FAN_OUT, "fan_out"), tiles_per_chiplet=2)
    assert_array_equal(mapping.first_chiplet[0], [0, 0, 1, 1])
    assert_array_equal(t.crosses[0, B : ADDED + 1], [False, True, True, True])
    assert_array_equal(t.chiplet_bits[0, C : ADDED + 1], [MAP_BITS / 4, 3 * MAP_BITS / 4, 0])
    # inside the chiplet each has its own
    assert_array_equal(t.tile_bits[0, C : ADDED + 1], [MAP_BITS / 4, MAP_BITS, MAP_BITS])
    route = transfer_routes(mapping, t)
    assert_array_equal(route.bits[(route.transfer >= B) & (route.transfer <= ADDED)], [MAP_BITS / 4, 3 * MAP_BITS / 4])


def test_a_buffer_keeps_what_an_earlier_layer_read():
    # of a's 1024 values c reads 256; on one chiplet b has them all before, on two d finds c's quarter
    network = parse_network(FAN_OUT, "fan_out")
    for tiles, kept in ((4, [0, 0, 256, 1024]), (2, [0, 0, 0, 256]), (1, [0, 0, 0, 0])):
        mapping, _ = moved(network, tiles_per_chiplet=tiles)
        assert_array_equal(kept_values(network, mapping), [kept])


def test_chiplets_apart_take_a_map_in_each():
    _, t = moved(parse_network(FAN_OUT, "fan_out"), tiles_per_chiplet=1)
    assert_array_equal(t.chiplet_bits[0, B : ADDED + 1], [MAP_BITS, MAP_BITS / 4, MAP_BITS, 0])


@pytest.mark.parametrize("name", ["googlenet", "resnet50", "densenet40"])
def test_nothing_crosses_twice_and_nothing_is_missing(name):
    network = load_network(name)
    mapping, t = moved(network, tiles_per_chiplet=[9, 36], duplication=["none", "serial"], n_chiplets=[0, 60])
    for key in range(len(mapping.n_chiplets)):
        first, spanned = mapping.first_chiplet[key], mapping.spanned_chiplets[key]
        most: dict[tuple[int, int], float] = {}
        came: dict[tuple[int, int], float] = {}
        edges = zip(network.edge_producer.tolist(), network.edge_consumer.tolist(), strict=True)
        for edge, (producer, consumer) in enumerate(edges):
            if spanned[consumer] > 1 or (producer != HOST and first[producer] == first[consumer]):
                continue
            where = producer, int(first[consumer])
            most[where] = max(most.get(where, 0), network.edge_values[edge] * 8.0)
            came[where] = came.get(where, 0) + t.chiplet_bits[key, edge]
        assert most
        assert_allclose(np.array(list(came.values())), np.array(list(most.values())), rtol=1e-12, atol=0)
