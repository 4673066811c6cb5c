"""The partition rule against hand-written networks, a slow twin, and its own limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from siam_dse.mapping.partition import chiplets_filled, partition

WEIGHT_BITS, CROSSBARS_ALONG_TILE = 8, 4


def resnet_cifar(blocks):
    """(kernel, channels in, channels out) of the 6n+2 CIFAR ResNet without projections, as SIAM lists it."""
    rows = [(3, 3, 16)] + [(3, 16, 16)] * (2 * blocks) + [(3, 16, 32)] + [(3, 32, 32)] * (2 * blocks - 1)
    return [*rows, (3, 32, 64), *[(3, 64, 64)] * (2 * blocks - 1)]


def vgg(stages, classifier):
    """Stages of 3 x 3 convolutions, then fully connected layers."""
    rows, channels = [], 3
    for width, depth in stages:
        for _ in range(depth):
            rows.append((3, channels, width))
            channels = width
    return rows + [(1, a, b) for a, b in classifier]


def resnet50_without_projections():
    """Bottlenecks of ResNet-50 without projection shortcuts; the first reads 128 channels, as SIAM's table has it."""
    rows, channels = [(7, 3, 64)], 128
    for width, depth in ((64, 3), (128, 4), (256, 6), (512, 3)):
        for _ in range(depth):
            rows += [(1, channels, width), (3, width, width), (1, width, 4 * width)]
            channels = 4 * width
    return [*rows, (1, 2048, 1000)]


# SIAM lists ResNet-110 with its first widened layers one position later than the original network: 36 layers of
# 16 channels, one 16 -> 32, 35 of 32, one 32 -> 64, 35 of 64.
RESNET110 = [(3, 3, 16), *[(3, 16, 16)] * 36, (3, 16, 32), *[(3, 32, 32)] * 35, (3, 32, 64), *[(3, 64, 64)] * 35]
NETWORKS = {
    "resnet110": [*RESNET110, (1, 64, 100)],
    # the last four convolutions see 2 x 2 maps, smaller than their kernel: 2 x 2 x 512 rows
    "vgg19": [
        *vgg([(64, 2), (128, 2), (256, 4), (512, 4)], []),
        *[(2, 512, 512)] * 4,
        *[(1, 2048, 4096), (1, 4096, 4096), (1, 4096, 100)],
    ],
    "resnet50": resnet50_without_projections(),
    "vgg16": vgg([(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)], [(4096, 4096), (4096, 4096), (4096, 1000)]),
}
# Total tiles and chiplets needed at 4 / 9 / 16 / 25 / 36 tiles a chiplet, by the rule worked by hand for 8-bit weights
# in 1-bit cells and 16 crossbars a tile.
NEEDED = {
    ("resnet110", 64): (326, (99, 50, 25, 14, 10)),
    ("resnet110", 128): (146, (37, 18, 10, 6, 5)),
    ("resnet110", 256): (110, (28, 13, 7, 5, 4)),
    ("vgg19", 64): (4952, (1239, 557, 313, 205, 142)),
    ("vgg19", 128): (1253, (314, 146, 83, 56, 40)),
    ("vgg19", 256): (327, (84, 43, 24, 17, 12)),
    ("resnet50", 64): (2846, (714, 333, 186, 132, 85)),
    ("resnet50", 128): (802, (205, 101, 59, 39, 25)),
    ("resnet50", 256): (281, (78, 38, 22, 13, 9)),
    ("vgg16", 64): (6416, (1605, 716, 404, 261, 181)),
    ("vgg16", 128): (1617, (405, 184, 106, 68, 49)),
    ("vgg16", 256): (421, (107, 54, 31, 21, 15)),
}


def tiles_of(rows, size):
    """Tiles of each layer by the rule, counted with plain integers."""
    side = CROSSBARS_ALONG_TILE * size
    return [-(-k * k * c // side) * -(-n * WEIGHT_BITS // side) for k, c, n in rows]


@pytest.mark.parametrize(("name", "size"), NEEDED)
def test_chiplets_needed(name, size):
    total, needed = NEEDED[name, size]
    tiles = np.array([tiles_of(NETWORKS[name], size)] * 5)
    capacity = np.array([4, 9, 16, 25, 36])
    assert tiles[0].sum() == total
    assert_array_equal(partition(tiles, capacity).chiplets, needed)
    assert_array_equal(chiplets_filled(tiles, capacity), needed)


def slow_partition(tiles, capacity):
    """One design, one layer at a time, with a list of chiplets."""
    chiplets, placed = [], []
    for wanted in tiles:
        if wanted > capacity:
            span = -(-wanted // capacity)
            placed.append((len(chiplets), span, 0))
            chiplets += [None] * span  # closed: never shared
            continue
        if not chiplets or chiplets[-1] is None or chiplets[-1] + wanted > capacity:
            chiplets.append(0)
        placed.append((len(chiplets) - 1, 1, chiplets[-1]))
        chiplets[-1] += wanted
    return placed, len(chiplets)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.integers(1, 20))
def test_against_slow_twin(tiles, capacity):
    fast = partition(np.array([tiles]), np.array([capacity]))
    placed, chiplets = slow_partition(tiles, capacity)
    got = np.stack([fast.first_chiplet[0], fast.spanned_chiplets[0], fast.first_tile[0]], axis=1)
    assert_array_equal(got, placed)
    assert fast.chiplets[0] == chiplets == chiplets_filled(np.array([tiles]), np.array([capacity]))[0]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30), st.integers(1, 20))
def test_bounds(tiles, capacity):
    filled = chiplets_filled(np.array([tiles]), np.array([capacity]))[0]
    assert -(-sum(tiles) // capacity) <= filled <= sum(-(-t // capacity) for t in tiles)


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(0, 40)), min_size=1, max_size=30),
    st.integers(1, 20),
)
@pytest.mark.slow
def test_more_tiles_never_take_fewer_chiplets(rows, capacity):
    fewer, more = (np.array(column) for column in zip(*((tiles, tiles + extra) for tiles, extra in rows), strict=True))
    filled = chiplets_filled(np.stack([fewer, more]), np.array([capacity, capacity]))
    assert filled[0] <= filled[1]


@given(
    st.lists(st.integers(-3, 3).map(lambda near: 2**22 + near), min_size=1, max_size=6),
    st.sampled_from([1, 3, 1024, 2**22 - 1, 2**22, 2**22 + 1, 2**23 - 1]),
)
@pytest.mark.slow
def test_as_exact_for_millions_of_tiles(tiles, capacity):
    placed, chiplets = slow_partition_of_large(tiles, capacity)
    got = partition(np.array([tiles]), np.array([capacity]))
    assert_array_equal(np.stack([got.first_chiplet[0], got.spanned_chiplets[0], got.first_tile[0]], axis=1), placed)
    assert got.chiplets[0] == chiplets == chiplets_filled(np.array([tiles]), np.array([capacity]))[0]


def slow_partition_of_large(tiles, capacity):
    """One design, one layer at a time, with whole numbers."""
    placed, chiplets, used = [], 0, capacity
    for wanted in tiles:
        if used + wanted <= capacity:
            placed.append((chiplets - 1, 1, used))
            used += wanted
            continue
        span = -(-wanted // capacity)
        placed.append((chiplets, span, 0))
        chiplets += span
        used = wanted if span == 1 else capacity
    return placed, chiplets
