"""H-tree over square leaves: lengths and area."""

import math

from twin.circuits.blocks import htree_wire
from twin.circuits.gates import cell_height
from twin.data import constant


def htree_root(leaves, leaf):
    """Root bus a min(n - c, c), c = floor(log2 n)."""
    c = leaves.bit_length() - 1
    return leaf * min(leaves - c, c)


def htree_path(leaves, leaf):
    """Root bus and branches (P - 1) a, P the power of two from n up."""
    return htree_root(leaves, leaf) + (2 ** htree_stages(leaves) - 1) * leaf


def htree_stages(leaves):
    return math.ceil(math.log2(leaves))


def htree_area(n, leaves, leaf, wires):
    """Root: wires / fold x 28F x its length, and the stages of branches but the last.

    Stage k, P a / 2^k long in each direction: k x (repeater width + 28F) x wires / fold x a quarter of that length.
    """
    stages = htree_stages(leaves)
    weighted = sum(k * 2**stages * leaf / 2**k / 4 for k in range(1, stages))
    across = cell_height(n) * htree_root(leaves, leaf) + weighted * (htree_wire(n)["repeater_width"] + cell_height(n))
    return wires / constant("tile", "htree_fold") * across
