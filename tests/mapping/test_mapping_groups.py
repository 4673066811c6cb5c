"""Grouped layers split over chiplets, and outputs after pooling: hand counts."""

import pytest
from numpy.testing import assert_allclose, assert_array_equal

from siam_dse.design.designs import Designs
from siam_dse.mapping.place import map_network
from siam_dse.mapping.split import input_share, readers
from siam_dse.mapping.traffic import transfers
from siam_dse.workload.load import load_network
from siam_dse.workload.yaml_reader import parse_network

# Tiles of 512 x 512 cells. Depthwise: groups of 9 rows x 8 columns, 56 of them along a tile's diagonal: 1024 groups on
# 19 tiles. Of two groups: each 9 x 128 rows x 128 x 8 columns, 3 x 2 tiles, side by side 3 x 4.
DEPTHWISE = "{name: a, ifm: [8, 8, 1024], kernel: 3, out: 1024, padding: 1, groups: 1024}"
TWO_GROUPS = "{name: a, ifm: [8, 8, 256], kernel: 3, out: 256, padding: 1, groups: 2}"


@pytest.mark.parametrize(
    ("layer", "tiles_per_chiplet", "chiplets", "of_a_value", "share"),
    [
        (DEPTHWISE, 4, 5, 1, 4 / 19),  # four of 19 tiles a chiplet, each with channels of its own
        (TWO_GROUPS, 2, 6, 2, 1 / 6),  # a chiplet has a row block of one group: a third of half the channels
        (TWO_GROUPS, 4, 3, 2, 1 / 3),  # a row block of both
        (TWO_GROUPS, 1, 12, 2, 1 / 6),  # two tiles read the same
    ],
)
def test_chiplets_read_the_channels_of_their_groups(layer, tiles_per_chiplet, chiplets, of_a_value, share):
    network = parse_network(f"name: grouped\ndataset: none\nlayers:\n- {layer}\n", "grouped")
    designs = Designs.grid(duplication="none", n_chiplets=0, tiles_per_chiplet=tiles_per_chiplet)
    mapping = map_network(designs, network)
    assert mapping.spanned_chiplets[0, 0] == chiplets
    assert readers(network, mapping)[0, 0] == of_a_value
    assert_allclose(input_share(mapping, network)[0, 0], share, rtol=1e-15, atol=0)
    moved = transfers(designs, network, mapping)
    assert_allclose(moved.chiplet_bits[0, 0], network.input_values[0] * 8 * share, rtol=1e-15, atol=0)
    assert moved.tile_bits[0, 0] == network.input_values[0] * 8 * of_a_value


def test_outputs_leave_after_pooling():
    # SqueezeNet's last convolution makes 13 x 13 x 1000 values, averaged to 1000
    network, designs = load_network("squeezenet"), Designs.grid()
    assert network.output_values[-1] == 169_000
    assert network.pooled_values[-1] == 1000
    moved = transfers(designs, network, map_network(designs, network))
    assert_array_equal(moved.chiplet_bits[0, -1], 1000 * 8)


@pytest.mark.parametrize("name", ["vgg8", "resnet50", "googlenet", "lenet5"])
def test_pooled_values_are_what_readers_see(name):
    # an average before a fully connected layer is the edge's own
    network = load_network(name)
    for edge, producer in enumerate(network.edge_producer.tolist()):
        if producer >= 0 and network.kind[network.edge_consumer[edge]] == 0:
            assert network.edge_values[edge] == network.pooled_values[producer]
