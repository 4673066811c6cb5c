"""H-tree of a tile and bus of a processing element: length, energy, delay, area, leakage."""

from dataclasses import dataclass

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray
from siam_dse.technology.gates import Node, gate_constants
from siam_dse.technology.wires import RepeatedWire, htree_wire, relaxed_delay_upper_metal


@dataclass(frozen=True)
class HTreeLengths:
    """Wire lengths of an H-tree over n x n leaves; arrays (U,), metres."""

    branches_m: FloatArray  # of one path, all branches together
    root_m: FloatArray
    longest_branch_m: FloatArray


def htree_lengths(leaves: IntArray | FloatArray, leaf_m: FloatArray) -> HTreeLengths:
    """Lengths of the path from the root of an H-tree to a leaf.

    Parameters
    ----------
    leaves : (U,) leaves along a side, n
    leaf_m : (U,) [m] side of a leaf, a

    Returns
    -------
    HTreeLengths

    Notes
    -----
    With P = 2^ceil(log2 n) and c = floor(log2 n): branches (P - 1) a, root bus a min(n - c, c).

    References
    ----------
    [neurosim13] HTree.cpp (measured through energies of 2 to 16 leaves, exact).
    """
    wide = 2.0 ** np.ceil(np.log2(leaves))
    floor_log = np.floor(np.log2(leaves))
    return HTreeLengths(
        branches_m=(wide - 1) * leaf_m,
        root_m=leaf_m * np.minimum(leaves - floor_log, floor_log),
        longest_branch_m=leaf_m * wide / 2,
    )


def htree_path(lengths: HTreeLengths) -> FloatArray:
    """Wire that one bit travels between root and leaf [m]."""
    return lengths.branches_m + lengths.root_m


def htree_area(
    node: Node, leaves: IntArray, leaf_m: FloatArray, bus_bits: FloatArray | IntArray, fold: FloatArray | float
) -> FloatArray:
    """Area of an H-tree's repeaters and wires.

    Parameters
    ----------
    node : Node
    leaves : (U,) along a side
    leaf_m : (U,) [m]
    bus_bits : (U,) [bit]
    fold : layers that the wires are folded in

    Returns
    -------
    (U,) float64 [m2]

    Notes
    -----
    Root: bus x cell height / fold x root length. Stage k of the branches but the last, P a / 2^k long in each
    direction: k x (repeater width + cell height) x bus / fold x a quarter of that length.

    References
    ----------
    [neurosim13] HTree.cpp (measured, exact).
    """
    lengths = htree_lengths(leaves, leaf_m)
    height = gate_constants(node)["cell_height"] * node.feature_m
    wires = bus_bits / fold
    stages = np.ceil(np.log2(leaves))
    weighted = np.zeros(len(node))
    branch = lengths.longest_branch_m
    for stage in range(1, int(stages.max(initial=0))):
        weighted = weighted + np.where(stage < stages, stage * branch / (2 * 2), 0.0)
        branch = branch / 2
    return np.asarray(wires * (height * lengths.root_m + weighted * (htree_wire(node).repeater_width_m + height)))


def source_htree_latency(node: Node, leaves: IntArray, leaf_m: FloatArray) -> FloatArray:
    """Latency of an H-tree as the source counts it [s]: validation only (option ``neurosim_htree``).

    It passes the branches twice and takes upper-metal wires, four times as wide where a branch is long.

    References
    ----------
    [neurosim13] HTree.cpp, CalculateLatency (measured, exact).
    """
    k = node.technology.constants("wires")
    lengths = htree_lengths(leaves, leaf_m)
    wire = htree_wire(node)
    normal = relaxed_delay_upper_metal(node, wire, k["htree_width_normal"])
    wide = relaxed_delay_upper_metal(node, wire, k["htree_width_long"])
    stages = np.ceil(np.log2(leaves))
    total = lengths.root_m * normal
    branch = lengths.longest_branch_m
    for stage in range(int(stages.max(initial=0))):
        is_long = branch >= k["htree_long_branch"] * node.feature_m
        total = total + np.where(stage < stages, 2 * branch * np.where(is_long, wide, normal), 0.0)
        branch = branch / 2
    return np.asarray(total)


def source_htree_leakage(node: Node, leaves: IntArray, leaf_m: FloatArray) -> FloatArray:
    """Leakage of an H-tree as the source counts it [W]: one wire of the bus, one path; validation only."""
    lengths = htree_lengths(leaves, leaf_m)
    return np.asarray((htree_path(lengths) - leaf_m) * htree_wire(node).leakage_w_per_m)


def bus_length(units: IntArray, unit_m: FloatArray) -> FloatArray:
    """Length of a bus past ``units`` units [m]: between the first and the last."""
    return np.asarray((units - 1) * unit_m)


def wire_energy(wire: RepeatedWire, length_m: FloatArray) -> FloatArray:
    """Energy of a bit over ``length_m`` [J], toggle activity included."""
    return np.asarray(wire.energy_j_per_m * length_m)
