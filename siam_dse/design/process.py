"""Process of a design: its row in the table of nodes, and the supply that its digital logic needs."""

import numpy as np

from siam_dse.core.arrays import FloatArray, IntArray, unique_rows
from siam_dse.core.once import once, pick
from siam_dse.design.designs import Designs
from siam_dse.design.fields import fields
from siam_dse.technology.gates import Node, all_nodes, table_rows
from siam_dse.technology.supply import node_at_supply, supply_ratio
from siam_dse.technology.technology import Technology


@once
def node_row(designs: Designs) -> IntArray:
    """Row of the node table of each design, (U,), from ``node_nm`` and ``roadmap``."""
    if len(designs) == 1:
        return _row(designs.technology, designs.node_nm.item(), designs.roadmap.item())
    first, each = unique_rows([designs.node_nm, designs.roadmap])
    return _rows(designs.technology, designs.node_nm[first], designs.roadmap[first])[each]


@once
def _row(technology: Technology, node_nm: float, roadmap: int) -> IntArray:
    return _rows(technology, np.array([node_nm]), np.array([roadmap]))


def _rows(technology: Technology, node_nm: FloatArray, roadmap: IntArray) -> IntArray:
    return table_rows(technology, node_nm, np.asarray(fields(technology)["roadmap"].choices)[roadmap])


@once
def crossbar_node(designs: Designs) -> Node:
    """Node of each design's crossbars at ``supply_v``, (U,)."""
    technology, row = designs.technology, node_row(designs)
    if not np.any(designs.supply_v):
        return pick(all_nodes(technology), row)
    first, each = unique_rows([row, designs.supply_v])
    return pick(node_at_supply(technology, row[first], designs.supply_v[first]), each)


@once
def crossbar_logic_supply(designs: Designs) -> FloatArray:
    """Supply of the clocked logic in a crossbar over that of its node, (U,): 1 where ``supply_v`` is given."""
    return np.where(designs.supply_v > 0, 1.0, logic_supply(designs))


@once
def logic_supply(designs: Designs) -> FloatArray:
    """Supply of the digital logic at ``clock_hz`` over the node's nominal one, (U,).

    Accumulators and buffers are clocked by it; rows, sensing and cells of a crossbar have no clock.
    """
    return supply_ratio(designs.technology, node_row(designs), designs.clock_hz)
