"""Duplication: fits the package, spends its tiles, and follows the rule of least total latency."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from siam_dse.design.designs import Designs
from siam_dse.mapping.copy_search import CopySearch
from siam_dse.mapping.duplication import copies_per_layer
from siam_dse.mapping.partition import chiplets_filled, partition

layers = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 2000)), min_size=1, max_size=12)


def copies(tiles, positions, capacity, allowed, rule="serial"):
    designs = Designs.grid(duplication=rule, tiles_per_chiplet=[capacity])
    return copies_per_layer(designs, np.array([tiles]), np.array(positions), np.array([allowed]))[0]


@settings(max_examples=60)
@given(layers, st.integers(1, 30), st.integers(0, 20), st.sampled_from(["serial", "pipeline"]))
@pytest.mark.slow
def test_copies_fit_the_chiplets_allowed(rows, capacity, spare, rule):
    tiles, positions = (np.array(column) for column in zip(*rows, strict=True))
    allowed = chiplets_filled(tiles[None], np.array([capacity]))[0] + spare
    r = copies(tiles, positions, capacity, allowed, rule)
    assert np.all(r >= 1)
    assert np.all(r <= positions)
    assert chiplets_filled((tiles * r)[None], np.array([capacity]))[0] <= allowed


@settings(max_examples=60)
@given(layers, st.integers(1, 30), st.integers(0, 20))
@pytest.mark.slow
def test_no_layer_could_still_be_copied_within_its_chiplets(rows, capacity, spare):
    tiles, positions = (np.array(column) for column in zip(*rows, strict=True))
    allowed = chiplets_filled(tiles[None], np.array([capacity]))[0] + spare
    r = copies(tiles, positions, capacity, allowed)
    placed = partition((tiles * r)[None], np.array([capacity]))
    for chiplet in np.unique(placed.first_chiplet[0]):
        members = placed.first_chiplet[0] == chiplet
        room = placed.spanned_chiplets[0][members][0] * capacity - (tiles * r)[members].sum()
        growable = members & (r < positions)
        assert np.all(tiles[growable] > room)


def test_none_leaves_one_copy():
    assert_array_equal(copies([4, 2], [100, 100], 100, 1, "none"), [1, 1])


def test_serial_is_proportional_to_the_root_of_positions_per_tile():
    # Two layers of one tile with 1600 and 100 positions: copies 4 : 1, 100 tiles give 80 + 20, where the sum of
    # latencies 1600/80 + 100/20 = 25 is least; 79 + 21 gives 1600/79 + 100/21 = 25.01.
    assert_array_equal(copies([1, 1], [1600, 100], 100, 1), [80, 20])


def test_pipeline_equalises_stages():
    # 300 and 100 positions, one tile each, 100 tiles: 75 and 25 copies, 4 positions each.
    assert_array_equal(copies([1, 1], [300, 100], 100, 1, "pipeline"), [75, 25])


def test_serial_close_to_exhaustive_least_latency():
    rng = np.random.default_rng(1)
    for _ in range(20):
        tiles, positions, capacity = rng.integers(1, 5, 2), rng.integers(5, 400, 2), 40
        r = copies(tiles, positions, capacity, 1)
        got = np.sum(positions / r)
        best = min(
            positions[0] / a + positions[1] / min((capacity - a * tiles[0]) // tiles[1], positions[1])
            for a in range(1, positions[0] + 1)
            if (capacity - a * tiles[0]) // tiles[1] >= 1
        )
        assert got <= best * 1.05  # floors leave at most a tile or two to the last copy


def test_more_chiplets_never_cost_latency():
    tiles, positions = np.array([1, 3, 8, 20]), np.array([1024, 256, 64, 16])
    latency = [np.sum(positions / copies(tiles, positions, 16, n)) for n in range(3, 40)]
    assert np.all(np.diff(latency) <= 1e-9)


def test_layers_alike_share_what_is_left_over():
    # Ten equal layers of 4 tiles, chiplets of 8: five chiplets hold one copy each. A sixth and a seventh have 16 tiles
    # for four more copies (two layers of two copies fill the chiplets that one copy of four layers did), though lambda
    # would double all ten at once.
    r = copies([4] * 10, [100] * 10, 8, 7)
    assert_array_equal(np.sort(r), [1] * 6 + [2] * 4)


def test_copies_do_not_depend_on_the_designs_beside_them():
    rng = np.random.default_rng(4)
    n, layers = 40, 9
    tiles, positions = rng.integers(1, 300, (n, layers)), rng.integers(1, 3000, layers)
    capacity = rng.choice([4, 16, 100], n)
    allowed = chiplets_filled(tiles, capacity) + rng.integers(0, 30, n)
    designs = Designs.from_columns(
        {"duplication": rng.choice(["none", "serial", "pipeline"], n), "tiles_per_chiplet": capacity}
    )
    together = copies_per_layer(designs, tiles, positions, allowed)
    for i in range(n):
        alone = copies_per_layer(designs.take([i]), tiles[[i]], positions, allowed[[i]])
        assert_array_equal(alone[0], together[i])


def test_layers_of_millions_of_chiplets_take_no_more_memory_than_others():
    tiles = np.array([[3_000_000, 5, 7]] * 400)
    designs = Designs.grid(duplication="serial", tiles_per_chiplet=[1] * 400)
    needed = chiplets_filled(tiles, designs.tiles_per_chiplet)
    copies = copies_per_layer(designs, tiles, np.array([4, 4, 4]), needed)
    assert_array_equal(copies, np.ones((400, 3)))


def slow_copies(tiles, positions, capacity, allowed):
    """Copies of one design before each chiplet's tiles are used up: plain bisection, then one layer after another."""

    def fits(trial):
        return chiplets_filled((tiles * trial)[None], np.array([capacity]))[0] <= allowed

    weight, best = np.sqrt(positions / tiles), np.ones_like(tiles)
    low, high = np.log((1 / weight).min()), np.log((positions / weight).max())
    while high - low >= 1e-4:
        middle = (low + high) / 2
        trial = np.clip(np.floor(np.exp(middle) * weight), 1, positions).astype(np.int64)
        if fits(trial):
            best, low = trial, middle
        else:
            high = middle
    gain = np.where(best < positions, positions / (best * (best + 1)) / tiles, 0)
    for layer in np.argsort(-gain, kind="stable")[: np.count_nonzero(gain)]:
        trial = best.copy()
        trial[layer] += 1
        if not fits(trial):
            break
        best = trial
    return best


@settings(max_examples=60)
@given(layers, st.integers(1, 30), st.integers(0, 20), st.sampled_from([1, 2, 30, 300, 1000]))
def test_copies_against_slow_twin(rows, capacity, spare, n_keys):
    tiles, positions = (np.array(column) for column in zip(*rows, strict=True))
    allowed = chiplets_filled(tiles[None], np.array([capacity]))[0] + spare
    package = CopySearch(
        np.tile(tiles, (n_keys, 1)),
        positions,
        lambda positions, tiles: np.sqrt(positions / tiles),
        np.full(n_keys, capacity),
        np.full(n_keys, allowed),
    )
    want = slow_copies(tiles, positions, capacity, allowed)
    assert_array_equal(package.copies(), np.tile(want[:, None], n_keys))
