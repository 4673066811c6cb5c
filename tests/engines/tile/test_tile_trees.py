"""Adder trees: counts by hand and by an independent walk, and the linear law of the adder."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from siam_dse.engines.tile.library import calibrated_library
from siam_dse.engines.tile.trees import adder_law, tree_counts
from siam_dse.technology.gates import node_rows
from siam_dse.technology.logic import adder_delay, adder_energy
from siam_dse.technology.technology import packaged_technology


def walked(inputs, bits, halving):
    """Pair the numbers of a stage, one stage after another; on the path an adder of one bit counts two."""
    numbers, adders, total, path = [bits] * inputs, 0, 0, 0
    width = bits
    while len(numbers) > 1:
        pairs, odd = divmod(len(numbers), 2)
        adders, total, path = adders + pairs, total + pairs * width, path + max(width, 2)
        width += 1
        numbers = [width] * (pairs + (0 if halving else odd))
    return adders, total, path


def test_three_inputs():
    # Two adders of 8 and 9 bits, in two stages; the source drops the odd input and counts one, but both stages' delay.
    whole = tree_counts(np.array([3]), np.array([8]))
    source = tree_counts(np.array([3]), np.array([8]), halving=True)
    assert (whole.adders, whole.adder_bits, whole.stages, whole.path_bits) == (2, 17, 2, 17)
    assert (source.adders, source.adder_bits, source.stages, source.path_bits) == (1, 8, 2, 17)


@pytest.mark.parametrize("halving", [False, True])
def test_huge_trees_are_counted_alone_as_in_a_list(halving):
    # 2^24 inputs: 2^24 - 1 adders in 24 stages; the sum of stage x pairs is 2^24 - 25. No list of 16 million is made.
    huge = tree_counts(np.array([[1 << 24, 7], [0, 300]]), np.array([[1, 4], [8, 5]]), halving=halving)
    small = tree_counts(np.array([[1, 7], [0, 300]]), np.array([[1, 4], [8, 5]]), halving=halving)
    assert huge.adders[0, 0] == (1 << 24) - 1
    assert huge.adder_bits[0, 0] == 2 * (1 << 24) - 26
    assert huge.stages[0, 0] == 24
    for name in ("adders", "adder_bits", "stages", "path_bits"):
        assert (getattr(huge, name).ravel()[1:] == getattr(small, name).ravel()[1:]).all()


@given(st.integers(1, 300), st.integers(1, 30))
@pytest.mark.slow
def test_as_many_adders_as_inputs_but_one(inputs, bits):
    got = tree_counts(np.array([inputs]), np.array([bits]))
    assert got.adders == inputs - 1
    assert got.stages == int(np.ceil(np.log2(inputs)))
    assert (got.adders, got.adder_bits, got.path_bits) == walked(inputs, bits, halving=False)


@given(st.integers(1, 8), st.integers(1, 30))
@pytest.mark.slow
def test_powers_of_two_are_whole_either_way(stages, bits):
    whole, source = (tree_counts(np.array([2**stages]), np.array([bits]), halving=h) for h in (False, True))
    assert whole.adder_bits == source.adder_bits == walked(2**stages, bits, halving=True)[1]


@pytest.mark.parametrize(("node", "roadmap"), [(22.0, "lstp"), (65.0, "hp"), (7.0, "lstp")])
@given(bits=st.integers(2, 64))
@pytest.mark.slow
def test_the_law_is_the_adder(node, roadmap, bits):
    library = calibrated_library(
        node_rows(packaged_technology(), [node], [roadmap]), np.zeros(1, dtype=bool), np.zeros(1, dtype=bool)
    )
    law, gate, many = adder_law(library), library.adder_nand, np.array([float(bits)])
    assert_allclose(law.energy(np.ones(1), many), adder_energy(library.node, many, gate), rtol=1e-9, atol=0)
    assert_allclose(law.delay(np.ones(1), many), adder_delay(library.node, many, gate), rtol=1e-9, atol=0)


def test_tree_of_the_program():
    # Printed by DNN+NeuroSim V1.3 at 22 nm LSTP: 16 trees of two 8-bit inputs, 177.97571 um2, 0.137255 pJ, 0.494884 ns.
    library = calibrated_library(
        node_rows(packaged_technology(), [22.0], ["lstp"]), np.zeros(1, dtype=bool), np.zeros(1, dtype=bool)
    )
    law, tree = adder_law(library), tree_counts(np.array([2]), np.array([8]))
    assert_allclose(16 * tree.adder_bits * law.area_per_bit_m2, 177.97571e-12, rtol=1e-6, atol=0)
    assert_allclose(16 * law.energy(tree.adders, tree.adder_bits), 0.137255e-12, rtol=1e-5, atol=0)
    assert_allclose(law.delay(tree.stages, tree.path_bits), 0.494884e-9, rtol=1e-5, atol=0)
    assert_allclose(16 * tree.adder_bits * law.leakage_per_bit_w, 0.017180e-6, rtol=1e-4, atol=0)
