"""H-tree and bus: lengths by hand, printed values of the program, limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from siam_dse.engines.tile.interconnect import bus_length, htree_area, htree_lengths, htree_path, wire_energy
from siam_dse.technology.gates import node_rows
from siam_dse.technology.technology import packaged_technology
from siam_dse.technology.wires import bus_wire, htree_wire


@pytest.mark.parametrize(("leaves", "branches", "root"), [(1, 0, 0), (2, 1, 1), (4, 3, 2), (6, 7, 2), (16, 15, 4)])
def test_lengths_in_leaves(leaves, branches, root):
    # P = 2^ceil(log2 n): branches P - 1; root min(n - c, c) with c = floor(log2 n).
    lengths = htree_lengths(np.array([leaves]), np.array([1.0]))
    assert lengths.branches_m == branches
    assert lengths.root_m == root
    assert htree_path(lengths) == branches + root


@pytest.mark.parametrize(
    ("leaves", "bus", "unit_um", "fold", "area_um2", "energy_pj"),
    [  # Printed by DNN+NeuroSim V1.3 at 32 nm LSTP.
        (4, 512, 300, 4, 116367.36, 42.277784),
        (16, 128, 100, 16, 13765.12, 13.387965),
        (3, 2048, 1000, 16, 273203.20, 450.963030),
    ],
)
def test_htrees_of_the_program(leaves, bus, unit_um, fold, area_um2, energy_pj):
    node, n, leaf = node_rows(packaged_technology(), [32.0], ["lstp"]), np.array([leaves]), np.array([unit_um * 1e-6])
    assert_allclose(htree_area(node, n, leaf, np.array([bus]), fold), area_um2 * 1e-12, rtol=1e-6, atol=0)
    energy = bus * wire_energy(htree_wire(node), htree_path(htree_lengths(n, leaf)))
    assert_allclose(energy, energy_pj * 1e-12, rtol=1e-5, atol=0)


def test_bus_of_the_program():
    # 22 nm LSTP, four units of 400 um, 128 bits: 8.981936 pJ over 1200 um.
    node = node_rows(packaged_technology(), [22.0], ["lstp"])
    length = bus_length(np.array([4]), np.array([400e-6]))
    assert_allclose(length, 1.2e-3, rtol=1e-12, atol=0)
    assert_allclose(128 * wire_energy(bus_wire(node), length), 8.981936e-12, rtol=1e-5, atol=0)


def test_one_leaf_needs_no_tree():
    node, one, leaf = node_rows(packaged_technology(), [32.0], ["hp"]), np.array([1]), np.array([1e-3])
    assert htree_area(node, one, leaf, np.array([512]), 16) == 0
    assert htree_path(htree_lengths(one, leaf)) == 0
    assert bus_length(one, leaf) == 0


@given(st.integers(1, 40), st.floats(1e-6, 1e-2))
def test_path_grows_with_leaves_and_scales_with_the_leaf(leaves, leaf):
    here = htree_path(htree_lengths(np.array([leaves]), np.array([leaf])))
    assert htree_path(htree_lengths(np.array([2 * leaves]), np.array([leaf]))) > here
    twice = htree_path(htree_lengths(np.array([leaves]), np.array([2 * leaf])))
    assert_allclose(twice, 2 * here, rtol=1e-12, atol=0)
